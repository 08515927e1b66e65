//! The parts of a certificate, collected while the parser walks the grammar.

use der::Decode as _;
use der::asn1::ObjectIdentifier;
use sha2::Digest as _;

use super::{AUTHORITY_KEY_ID_NAME, KeyId, Refusal, Usage, X509Certificate};
use crate::algorithm::{self, Digest};
use crate::asn1::tag;
use crate::kernel::ber::{Reader, Seen};
use crate::kernel::grammar::X509;
use crate::kernel::log::Log;
use crate::kernel::oid::{self, Known};
use crate::kernel::problem::{CertificatePart, CertificateProblem};
use crate::kernel::signature::{Key, KeyAlgorithm, SignatureAlgorithm};
use crate::kernel::time::decode_time;
use crate::kernel::{Config, Errno, Rule};
use crate::public_key::{Curve, name_of_curve};
use crate::text::hex;

/// The state of the parser.
pub(super) struct Parts<'a, 'l> {
    pub(super) data: &'a [u8],
    config: &'l Config,
    pub(super) log: &'l mut Log,
    last_oid: Known,
    /// The contents octets of the same, for identifiers that Linux does not number.
    last_oid_bytes: &'a [u8],
    serial: &'a [u8],
    issuer: &'a [u8],
    names: NameParts<'a>,
    subject: Option<&'a [u8]>,
    /// The subject as Linux prints it.
    subject_text: Vec<u8>,
    valid: [i64; 2],
    tbs_algorithm: Option<(Known, SignatureAlgorithm, Option<Digest>)>,
    parameters: &'a [u8],
    key: Option<(KeyAlgorithm, &'a [u8])>,
    skid: Option<&'a [u8]>,
    pub(super) authority: Option<&'a [u8]>,
    authority_issuer: Option<&'a [u8]>,
    authority_id: Option<KeyId>,
    authority_skid: Option<KeyId>,
    usage: Usage,
    tbs: &'a [u8],
    signature: &'a [u8],
    /// The part that the parser is in.
    pub(super) part: CertificatePart,
    /// Why an action rejected the certificate, if it is more specific than the part.
    pub(super) problem: Option<CertificateProblem>,
}

/// The parts of a name that Linux prints: common name, organization, e-mail address. It stores their lengths in one
/// octet.
#[derive(Default, Clone, Copy)]
struct NameParts<'a> {
    common_name: &'a [u8],
    organization: &'a [u8],
    email: &'a [u8],
}

impl NameParts<'_> {
    /// The name as Linux prints it.
    fn text(&self) -> Vec<u8> {
        let (name, organization) = (self.common_name, self.organization);
        let repeats = name.starts_with(organization)
            || matches!((name.get(..7), organization.get(..7)), (Some(a), Some(b)) if a == b);
        if !name.is_empty() && !organization.is_empty() && !repeats {
            return [organization, b": ", name].concat();
        }
        let parts = [name, organization, self.email];
        parts.into_iter().find(|part| !part.is_empty()).unwrap_or_default().to_vec()
    }
}

impl<'a, 'l> Parts<'a, 'l> {
    pub(super) fn new(data: &'a [u8], config: &'l Config, log: &'l mut Log) -> Self {
        Self {
            data,
            config,
            log,
            last_oid: Known::default(),
            last_oid_bytes: &[],
            serial: &[],
            issuer: &[],
            names: NameParts::default(),
            subject: None,
            subject_text: Vec::new(),
            valid: [0, 0],
            tbs_algorithm: None,
            parameters: &[],
            key: None,
            skid: None,
            authority: None,
            authority_issuer: None,
            authority_id: None,
            authority_skid: None,
            usage: Usage::default(),
            tbs: &[],
            signature: &[],
            part: CertificatePart::Start,
            problem: None,
        }
    }

    pub(super) fn finish(self) -> Result<X509Certificate, Refusal> {
        let config = self.config;
        // A complete walk of the grammar has read both.
        let (Some((algorithm, key)), Some((_, signature_algorithm, digest))) = (self.key, self.tbs_algorithm)
        else {
            return Err(Refusal { errno: Errno::EBADMSG, problem: CertificateProblem::Malformed(self.part) });
        };
        let unsupported = digest.is_some_and(|digest| !config.has_digest(digest));
        let signed = match digest {
            None => self.tbs.to_vec(),
            Some(digest) => digest.hash(self.tbs).filter(|_| !unsupported).unwrap_or_default(),
        };
        let listed = if config.version.has(Rule::BlacklistBySha256) {
            sha2::Sha256::digest(self.tbs).to_vec()
        } else {
            signed.clone()
        };
        let blacklisted = config.blacklist.iter().any(|hash| hash[..] == listed[..]);
        if blacklisted {
            self.log.add(format!("X.509: Cert {} is blacklisted", hex(&listed)));
        }
        let mut name = self.subject_text;
        // Linux stores names as strings that end at the first zero.
        name.truncate(name.iter().position(|&byte| byte == 0).unwrap_or(name.len()));
        name.extend_from_slice(b": ");
        name.extend_from_slice(hex(self.skid.unwrap_or(self.serial)).as_bytes());
        let mut certificate = X509Certificate {
            id: [self.serial, self.issuer].concat(),
            skid: self.skid.map(<[u8]>::to_vec),
            authority_id: self.authority_id,
            authority_skid: self.authority_skid,
            key: Key { algorithm, bytes: key.to_vec() },
            valid_from: self.valid[0],
            valid_to: self.valid[1],
            self_signed: false,
            unsupported,
            blacklisted,
            usage: self.usage,
            name,
            algorithm: signature_algorithm,
            digest,
            signature: self.signature.to_vec(),
            signed,
        };
        if self.subject == Some(self.issuer) {
            certificate.check_own_signature(config, self.log)?;
        }
        Ok(certificate)
    }
}

impl Reader for Parts<'_, '_> {
    type Action = X509;

    fn act(&mut self, action: X509, seen: Seen) -> Result<(), Errno> {
        let value = seen.value(self.data);
        match action {
            X509::Oid => {
                self.last_oid = Known::look_up(value, self.config.version);
                self.last_oid_bytes = value;
            }
            X509::Serial => self.serial = value,
            X509::TbsAlgorithm => {
                self.note_algorithm()?;
                self.part = CertificatePart::Issuer;
            }
            X509::NameSegment => self.note_name_segment(value),
            X509::Issuer => {
                self.issuer = value;
                self.names = NameParts::default();
                self.part = CertificatePart::Validity;
            }
            X509::NotBefore => self.valid[0] = decode_time(seen.tag, value)?,
            X509::NotAfter => {
                self.valid[1] = decode_time(seen.tag, value)?;
                self.part = CertificatePart::Subject;
            }
            X509::Subject => {
                self.subject = Some(value);
                self.subject_text = core::mem::take(&mut self.names).text();
                self.part = CertificatePart::PublicKey;
            }
            // The parameters of the key are those between subject and key.
            X509::Parameters if self.subject.is_some() && self.key.is_none() => {
                self.parameters = seen.whole(self.data);
            }
            X509::Parameters => {}
            X509::Key => {
                self.note_key(value)?;
                self.part = CertificatePart::Extensions;
            }
            X509::Extension => {
                let name = extension_name(self.last_oid);
                if let Err(errno) = self.note_extension(value) {
                    return self.refuse(errno, CertificateProblem::Extension { name });
                }
            }
            X509::TbsEnd => {
                self.tbs = seen.whole(self.data);
                self.part = CertificatePart::Signature;
            }
            X509::Signature => self.note_signature(value)?,
            X509::AuthorityKeyId => {
                self.authority_skid.get_or_insert_with(|| value.to_vec());
            }
            X509::AuthorityIssuer => self.authority_issuer = Some(value),
            X509::AuthoritySerial => {
                if let (Some(issuer), None) = (self.authority_issuer, &self.authority_id) {
                    self.authority_id = Some([value, issuer].concat());
                }
            }
        }
        Ok(())
    }
}

impl<'a> Parts<'a, '_> {
    /// Rejects the certificate and records why.
    fn refuse<T>(&mut self, errno: Errno, problem: CertificateProblem) -> Result<T, Errno> {
        self.problem = Some(problem);
        Err(errno)
    }

    /// The name of the algorithm read last, or the digits of its OID.
    fn last_name(&self) -> String {
        match ObjectIdentifier::from_bytes(self.last_oid_bytes) {
            Ok(oid) => algorithm::Signature::name_of_oid(&oid),
            Err(_) => "an unknown algorithm".into(),
        }
    }

    fn note_algorithm(&mut self) -> Result<(), Errno> {
        let unknown = CertificateProblem::SignatureAlgorithm { name: self.last_name() };
        let Some(oid) = self.last_oid.oid else { return self.refuse(Errno::ENOPKG, unknown) };
        let (algorithm, digest) = match algorithm::Signature::from_oid(&oid) {
            // Linux before 6.12 names this object identifier md4WithRSAEncryption.
            Some(algorithm::Signature::RsaWith(Digest::Md5)) => (SignatureAlgorithm::Rsa, Some(Digest::Md4)),
            Some(algorithm::Signature::RsaWith(digest)) => (SignatureAlgorithm::Rsa, Some(digest)),
            Some(algorithm::Signature::EcdsaWith(digest)) => (SignatureAlgorithm::Ecdsa, Some(digest)),
            Some(algorithm::Signature::MlDsa(parameters)) => (SignatureAlgorithm::MlDsa(parameters), None),
            _ if oid == oid::GOST_SIGNATURE_256 => (SignatureAlgorithm::Ecrdsa, Some(Digest::Streebog256)),
            _ if oid == oid::GOST_SIGNATURE_512 => (SignatureAlgorithm::Ecrdsa, Some(Digest::Streebog512)),
            _ if oid == oid::SM2_WITH_SM3 && self.config.version.has(Rule::Sm2) => {
                (SignatureAlgorithm::Sm2, Some(Digest::Sm3))
            }
            _ => return self.refuse(Errno::ENOPKG, unknown),
        };
        self.tbs_algorithm = Some((self.last_oid, algorithm, digest));
        Ok(())
    }

    fn note_name_segment(&mut self, value: &'a [u8]) {
        // Linux stores the length in one octet.
        let kept = value.get(..value.len() % 256).unwrap_or_default();
        let segment = match self.last_oid {
            known if known.is(&oid::COMMON_NAME) => &mut self.names.common_name,
            known if known.is(&oid::ORGANIZATION) => &mut self.names.organization,
            known if known.is(&oid::EMAIL_ADDRESS) => &mut self.names.email,
            _ => return,
        };
        *segment = kept;
    }

    fn note_key(&mut self, value: &'a [u8]) -> Result<(), Errno> {
        let unknown = CertificateProblem::KeyAlgorithm { name: self.last_name() };
        let Some(oid) = self.last_oid.oid else { return self.refuse(Errno::ENOPKG, unknown) };
        let algorithm = match algorithm::Signature::from_oid(&oid) {
            Some(algorithm::Signature::RsaEncryption) => KeyAlgorithm::Rsa,
            Some(algorithm::Signature::EcPublicKey) => match curve(self.parameters, self.config) {
                Ok(algorithm) => algorithm,
                Err(Errno::ENOPKG) => {
                    let name = format!("EC on {}", curve_name(self.parameters));
                    return self.refuse(Errno::ENOPKG, CertificateProblem::KeyAlgorithm { name });
                }
                Err(errno) => return Err(errno),
            },
            Some(algorithm::Signature::MlDsa(parameters)) => KeyAlgorithm::MlDsa(parameters),
            _ if oid == oid::GOST_KEY_256 || oid == oid::GOST_KEY_512 => KeyAlgorithm::Ecrdsa,
            _ if oid == oid::SM2 && self.config.version.has(Rule::Sm2) => KeyAlgorithm::Sm2,
            _ => return self.refuse(Errno::ENOPKG, unknown),
        };
        self.key = Some((algorithm, whole_octets(value)?));
        Ok(())
    }

    fn note_signature(&mut self, value: &'a [u8]) -> Result<(), Errno> {
        let inner = self.tbs_algorithm.map_or(Known::default(), |(known, ..)| known);
        if self.last_oid.number != inner.number {
            self.log.add(format!(
                "X.509: signatureAlgorithm ({}) differs from tbsCertificate.signature ({})",
                self.last_oid.number, inner.number
            ));
            return self.refuse(Errno::EINVAL, CertificateProblem::AlgorithmsDiffer);
        }
        self.signature = whole_octets(value)?;
        Ok(())
    }

    /// Linux checks four extensions at most, each at fixed offsets.
    fn note_extension(&mut self, value: &'a [u8]) -> Result<(), Errno> {
        let known = self.last_oid;
        if known.is(&oid::SUBJECT_KEY_ID) {
            match *value {
                [tag::OCTET_STRING, length, ref id @ ..]
                    if self.skid.is_none() && !id.is_empty() && usize::from(length) == id.len() =>
                {
                    self.skid = Some(id);
                }
                _ => return Err(Errno::EBADMSG),
            }
        } else if known.is(&oid::AUTHORITY_KEY_ID) {
            self.authority = Some(value);
        } else if self.last_oid_bytes == EXTENDED_KEY_USAGE {
            self.usage.code_signing |= has_code_signing(value);
        } else if !self.config.version.has(Rule::UsagesAreRead) {
            return Ok(());
        } else if known.is(&oid::KEY_USAGE) {
            let &[tag::BIT_STRING, length, unused @ ..8, bits, ref more @ ..] = value else {
                return Err(Errno::EBADMSG);
            };
            self.usage.digital_signature |= bits & 0x80 != 0;
            let has_bit_5 = (length == 2 && unused <= 2) || (length == 3 && !more.is_empty());
            self.usage.key_cert_sign |= has_bit_5 && bits & 0x04 != 0;
        } else if known.is(&oid::BASIC_CONSTRAINTS) {
            match *value {
                [tag::SEQUENCE, length, ref rest @ ..] if usize::from(length) == rest.len() => match *rest {
                    [] => {}
                    [tag::BOOLEAN, 1, 0xff, ..] => self.usage.authority = true,
                    _ => return Err(Errno::EBADMSG),
                },
                _ => return Err(Errno::EBADMSG),
            }
        }
        Ok(())
    }
}

/// 2.5.29.37, without tag and length.
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];

/// id-kp-codeSigning, 1.3.6.1.5.5.7.3.3, with tag and length.
const CODE_SIGNING: [u8; 10] = [tag::OID, 8, 0x2b, 6, 1, 5, 5, 7, 3, 3];

/// Whether an ExtKeyUsageSyntax has codeSigning. SUSE's kernel knows purposes of ten bytes only; with another one in the
/// list it is not known what the kernel does, and the answer is no.
fn has_code_signing(value: &[u8]) -> bool {
    let [tag::SEQUENCE, length, purposes @ ..] = value else { return false };
    let (purposes, rest) = purposes.as_chunks::<10>();
    let whole = rest.is_empty() && usize::from(*length) == 10 * purposes.len();
    whole && purposes.iter().all(|one| one.starts_with(&[tag::OID, 8])) && purposes.contains(&CODE_SIGNING)
}

/// The name of an extension that Linux checks.
fn extension_name(known: Known) -> &'static str {
    match known {
        _ if known.is(&oid::SUBJECT_KEY_ID) => "subjectKeyIdentifier",
        _ if known.is(&oid::KEY_USAGE) => "keyUsage",
        _ if known.is(&oid::AUTHORITY_KEY_ID) => AUTHORITY_KEY_ID_NAME,
        _ => "basicConstraints",
    }
}

/// The contents of a BIT STRING without the octet that counts unused bits, which must be 0.
fn whole_octets(value: &[u8]) -> Result<&[u8], Errno> {
    value.strip_prefix(&[0]).ok_or(Errno::EBADMSG)
}

/// The algorithm of an EC key: that of the curve that the parameters name.
fn curve(parameters: &[u8], config: &Config) -> Result<KeyAlgorithm, Errno> {
    const P192: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01];
    let contents = match parameters {
        [tag::OID, length, contents @ ..]
            if !contents.is_empty() && usize::from(*length) == contents.len() =>
        {
            contents
        }
        _ => return Err(Errno::EBADMSG),
    };
    let version = config.version;
    let curve = Curve::ALL.into_iter().find(|curve| curve.oid().as_bytes() == contents);
    match curve {
        Some(Curve::P521) if !version.has(Rule::P521) => Err(Errno::ENOPKG),
        Some(curve) => Ok(KeyAlgorithm::Ec(Some(curve))),
        None if contents == P192 => Ok(KeyAlgorithm::Ec(None)),
        None if contents == oid::SM2.as_bytes() && version.has(Rule::Sm2) => Ok(KeyAlgorithm::Sm2),
        None => Err(Errno::ENOPKG),
    }
}

/// The name of the curve in the parameters, or the digits of its OID.
fn curve_name(parameters: &[u8]) -> String {
    match ObjectIdentifier::from_der(parameters) {
        Ok(oid) => name_of_curve(&oid),
        Err(_) => "an unknown curve".into(),
    }
}
