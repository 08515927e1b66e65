//! How Linux parses a CMS (`pkcs7_parser.c`): what it keeps, and what it rejects while parsing.

use super::ber::{self, Reader, Seen};
use super::certificate::{self, KeyId, X509Certificate};
use super::grammar::{CONTENT_INFO, Cms};
use super::log::Log;
use super::oid::{self, Known};
use super::signature::SignatureAlgorithm;
use super::time::decode_time;
use super::{Config, Errno, Rule, Version};
use crate::algorithm::{self, Digest};
use crate::asn1::tag;

/// A CMS as Linux stores it.
#[derive(Debug)]
pub(super) struct Message<'a> {
    /// eContentType: data, or Microsoft's, which no module may use.
    pub(super) content_type: Known,
    /// The content is inside.
    pub(super) has_content: bool,
    pub(super) certificates: Vec<X509Certificate>,
    /// One or more.
    pub(super) signers: Vec<Signer<'a>>,
}

impl Message<'_> {
    /// Whether there are signed attributes: then every signer has some.
    pub(super) fn has_attributes(&self) -> bool {
        self.signers.first().is_some_and(|signer| signer.attributes.is_some())
    }
}

/// A SignerInfo as Linux stores it.
#[derive(Debug)]
pub(super) struct Signer<'a> {
    /// From 1.
    pub(super) number: usize,
    /// Serial number and issuer, or the key identifier.
    pub(super) id: KeyId,
    pub(super) digest: Digest,
    pub(super) algorithm: SignatureAlgorithm,
    pub(super) signature: &'a [u8],
    /// The signed attributes with their header.
    pub(super) attributes: Option<&'a [u8]>,
    pub(super) message_digest: Option<&'a [u8]>,
    pub(super) signing_time: Option<i64>,
}

/// Parses a message; bytes may follow it.
///
/// # Errors
/// Linux's, in its order: the first error in the message decides.
pub(super) fn parse<'a>(data: &'a [u8], config: &Config, log: &mut Log) -> Result<Message<'a>, Errno> {
    let mut parts = Parts {
        data,
        config,
        log,
        last_oid: Known::default(),
        version: 0,
        content_type: Known::default(),
        has_content: false,
        pending: Vec::new(),
        certificates: Vec::new(),
        signers: Vec::new(),
        by_key_id: false,
        serial: &[],
        issuer: &[],
        key_id: &[],
        signer: Unfinished::default(),
    };
    ber::walk(data, &CONTENT_INFO, &mut parts)?;
    let Parts { content_type, has_content, certificates, signers, .. } = parts;
    let message = Message { content_type, has_content, certificates, signers };
    let with = message.has_attributes();
    if message.signers.is_empty() || message.signers.iter().any(|s| s.attributes.is_some() != with) {
        log.add("PKCS7: Inconsistently supplied authAttrs");
        return Err(Errno::EINVAL);
    }
    Ok(message)
}

/// The state of the parser. Serial number, issuer and key identifier persist from one signer to the next.
struct Parts<'a, 'c> {
    data: &'a [u8],
    config: &'c Config,
    log: &'c mut Log,
    last_oid: Known,
    version: u8,
    content_type: Known,
    has_content: bool,
    /// Certificates of a list that has not ended yet; those of a revocation list stay here.
    pending: Vec<X509Certificate>,
    certificates: Vec<X509Certificate>,
    signers: Vec<Signer<'a>>,
    by_key_id: bool,
    serial: &'a [u8],
    issuer: &'a [u8],
    key_id: &'a [u8],
    signer: Unfinished<'a>,
}

/// The signer that is being read.
#[derive(Default)]
struct Unfinished<'a> {
    digest: Option<Digest>,
    algorithm: Option<SignatureAlgorithm>,
    signature: &'a [u8],
    attributes: Option<&'a [u8]>,
    has_content_type: bool,
    message_digest: Option<&'a [u8]>,
    signing_time: Option<i64>,
    has_smime_capabilities: bool,
    has_opus_info: bool,
    has_statement_type: bool,
}

impl Reader for Parts<'_, '_> {
    type Action = Cms;

    fn act(&mut self, action: Cms, seen: Seen) -> Result<(), Errno> {
        let value = seen.value(self.data);
        match action {
            Cms::Oid => self.note_oid(value, seen),
            Cms::ContentInfoType if !self.last_oid.is(&oid::SIGNED_DATA) => {
                return self.refuse(Errno::EINVAL, "PKCS7: Only support pkcs7_signedData type");
            }
            Cms::ContentInfoType => {}
            Cms::SignedDataVersion => match *value {
                [version @ (1 | 3)] => self.version = version,
                _ => return self.refuse(Errno::EINVAL, "PKCS7: Unsupported SignedData version"),
            },
            Cms::ContentType => {
                if !self.last_oid.is(&oid::DATA) && !self.last_oid.is(&oid::MS_INDIRECT_DATA) {
                    let line = format!("PKCS7: Unsupported data type {}", self.last_oid.number);
                    return self.refuse(Errno::EINVAL, line);
                }
                self.content_type = self.last_oid;
            }
            Cms::Content => self.has_content = true,
            Cms::Certificate => self.note_certificate(seen)?,
            Cms::CertificatesEnd => self.certificates.append(&mut self.pending),
            Cms::SignerVersion => self.note_signer_version(value)?,
            Cms::Issuer => self.issuer = value,
            Cms::Serial => self.serial = value,
            Cms::KeyId => self.key_id = value,
            Cms::DigestAlgorithm => {
                let version = self.config.version;
                let Some(digest) = self.last_oid.oid.and_then(|oid| digest_algorithm(&oid, version)) else {
                    let line = format!("Unsupported digest algo: {}", self.last_oid.number);
                    return self.refuse(Errno::ENOPKG, line);
                };
                self.signer.digest = Some(digest);
            }
            Cms::Attribute => self.note_attribute(seen)?,
            Cms::AttributesEnd => {
                if !self.signer.has_content_type || self.signer.message_digest.is_none() {
                    return self.refuse(Errno::EBADMSG, "PKCS7: Missing required AuthAttr");
                }
                self.signer.attributes = Some(seen.whole(self.data));
            }
            Cms::SignatureAlgorithm => {
                let version = self.config.version;
                let Some(algorithm) = self.last_oid.oid.and_then(|oid| signature_algorithm(&oid, version))
                else {
                    let line = format!("Unsupported pkey algo: {}", self.last_oid.number);
                    return self.refuse(Errno::ENOPKG, line);
                };
                self.signer.algorithm = Some(algorithm);
            }
            Cms::Signature => self.signer.signature = value,
            Cms::SignerEnd => self.end_signer()?,
        }
        Ok(())
    }
}

impl<'a> Parts<'a, '_> {
    fn refuse(&mut self, errno: Errno, line: impl Into<String>) -> Result<(), Errno> {
        self.log.add(line);
        Err(errno)
    }

    fn note_oid(&mut self, value: &[u8], seen: Seen) {
        self.last_oid = Known::look_up(value, self.config.version);
        if self.last_oid.oid.is_none() {
            self.log.add(format!("PKCS7: Unknown OID: [{}] {}", seen.start, oid::digits(value)));
        }
    }

    fn note_certificate(&mut self, seen: Seen) -> Result<(), Errno> {
        if seen.tag != tag::SEQUENCE {
            return Err(Errno::EBADMSG);
        }
        let start = seen.start.saturating_sub(seen.header);
        let mut end = seen.start + seen.len;
        if self.data.get(start + 1) == Some(&0x80) {
            // Linux adds the end-of-contents octets to a length that already includes them.
            end = (end + 2).min(self.data.len());
        }
        let certificate = self.data.get(start..end).unwrap_or_default();
        self.pending
            .push(certificate::parse(certificate, self.config, self.log).map_err(|refusal| refusal.errno)?);
        Ok(())
    }

    fn note_signer_version(&mut self, value: &[u8]) -> Result<(), Errno> {
        let version = match *value {
            [version @ (1 | 3)] => version,
            _ => return self.refuse(Errno::EINVAL, "PKCS7: Unsupported SignerInfo version"),
        };
        if (version == 1) != (self.version == 1) {
            return self.refuse(Errno::EBADMSG, "PKCS7: SignedData-SignerInfo version mismatch");
        }
        self.by_key_id = version == 3;
        Ok(())
    }

    /// One value of one signed attribute.
    fn note_attribute(&mut self, seen: Seen) -> Result<(), Errno> {
        let value = seen.value(self.data);
        let known = self.last_oid;
        let authenticode = self.content_type.is(&oid::MS_INDIRECT_DATA);
        let signer = &mut self.signer;
        let repeated = if known.is(&oid::CONTENT_TYPE) {
            core::mem::replace(&mut signer.has_content_type, true)
        } else if known.is(&oid::SIGNING_TIME) {
            signer.signing_time.is_some()
        } else if known.is(&oid::MESSAGE_DIGEST) {
            signer.message_digest.is_some()
        } else if known.is(&oid::SMIME_CAPABILITIES) {
            core::mem::replace(&mut signer.has_smime_capabilities, true)
        } else if known.is(&oid::MS_SP_OPUS_INFO) {
            core::mem::replace(&mut signer.has_opus_info, true)
        } else if known.is(&oid::MS_STATEMENT_TYPE) {
            core::mem::replace(&mut signer.has_statement_type, true)
        } else {
            return Ok(());
        };
        if repeated {
            let line = "PKCS7: Repeated/multivalue AuthAttrs not permitted";
            return self.refuse(Errno::EKEYREJECTED, line);
        }
        if known.is(&oid::CONTENT_TYPE) {
            let content_type = Known::look_up(value, self.config.version);
            if content_type.number != self.content_type.number {
                // The signer has no number yet: Linux prints 0.
                let line = format!(
                    "PKCS7: Mismatch between global data type ({}) and sinfo 0 ({})",
                    self.content_type.number, content_type.number
                );
                return self.refuse(Errno::EBADMSG, line);
            }
        } else if known.is(&oid::SIGNING_TIME) {
            self.signer.signing_time = Some(decode_time(seen.tag, value)?);
        } else if known.is(&oid::MESSAGE_DIGEST) {
            if seen.tag != tag::OCTET_STRING {
                return Err(Errno::EBADMSG);
            }
            self.signer.message_digest = Some(value);
        } else if !authenticode {
            let line = if known.is(&oid::SMIME_CAPABILITIES) {
                "PKCS7: S/MIME Caps only allowed with Authenticode"
            } else {
                "PKCS7: Authenticode AuthAttrs only allowed with Authenticode"
            };
            return self.refuse(Errno::EKEYREJECTED, line);
        }
        Ok(())
    }

    fn end_signer(&mut self) -> Result<(), Errno> {
        let signer = core::mem::take(&mut self.signer);
        if self.content_type.is(&oid::MS_INDIRECT_DATA) && signer.attributes.is_none() {
            return self.refuse(Errno::EBADMSG, "PKCS7: Authenticode requires AuthAttrs");
        }
        // The grammar requires both before the end.
        let (Some(digest), Some(algorithm)) = (signer.digest, signer.algorithm) else {
            return Err(Errno::EBADMSG);
        };
        let id = if self.by_key_id { self.key_id.to_vec() } else { [self.serial, self.issuer].concat() };
        self.signers.push(Signer {
            number: self.signers.len() + 1,
            id,
            digest,
            algorithm,
            signature: signer.signature,
            attributes: signer.attributes,
            message_digest: signer.message_digest,
            signing_time: signer.signing_time,
        });
        Ok(())
    }
}

/// The digests that a SignerInfo may name, among the object identifiers that this version numbers.
fn digest_algorithm(oid: &der::asn1::ObjectIdentifier, version: Version) -> Option<Digest> {
    let of_old =
        |digest: &Digest| version.has(Rule::Md4AndMd5) && matches!(digest, Digest::Md4 | Digest::Md5);
    Digest::from_oid(oid).filter(|digest| digest.is_known_to_linux() || of_old(digest))
}

/// The algorithms that a SignerInfo may name, among the object identifiers that this version numbers.
fn signature_algorithm(oid: &der::asn1::ObjectIdentifier, version: Version) -> Option<SignatureAlgorithm> {
    match algorithm::Signature::from_oid(oid) {
        Some(algorithm::Signature::RsaEncryption) => Some(SignatureAlgorithm::Rsa),
        Some(algorithm::Signature::EcdsaWith(_)) => Some(SignatureAlgorithm::Ecdsa),
        Some(algorithm::Signature::MlDsa(parameters)) => Some(SignatureAlgorithm::MlDsa(parameters)),
        _ if *oid == oid::GOST_KEY_256 || *oid == oid::GOST_KEY_512 => Some(SignatureAlgorithm::Ecrdsa),
        _ if *oid == oid::SM2_WITH_SM3 && version.has(Rule::Sm2) => Some(SignatureAlgorithm::Sm2),
        _ => None,
    }
}
