//! The contents of a new certificate, and the certificate while it waits for its signature.

use core::time::Duration;

use der::asn1::{GeneralizedTime, ObjectIdentifier, OctetString, UtcTime};
use der::{DateTime, Encode as _};
use mldsa::Rnd;
use sha1::{Digest as _, Sha1};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::time::{Time, Validity};

use super::{CertError, Certificate, Subject, check_own_signature};
use crate::algorithm::{Digest, Signature};
use crate::asn1::{AlgorithmIdentifier, DerError, Walk, tag, write};
use crate::key::{KeyAlgorithm, PrivateKey};
use crate::public_key::PublicKey;

/// What a certificate's key may be used for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Purpose {
    /// `false`: basicConstraints critical CA:FALSE, keyUsage digitalSignature. `true`: basicConstraints critical
    /// CA:TRUE, keyUsage critical keyCertSign and cRLSign, without digitalSignature.
    pub authority: bool,
    /// The pathLenConstraint of an authority: how many authorities may follow below it.
    pub path_len: Option<u8>,
    /// The extended key usages, in this order, not critical; no extension if there are none.
    pub extended: Vec<ObjectIdentifier>,
}

impl Purpose {
    /// id-kp-codeSigning (RFC 5280 §4.2.1.12). openSUSE's kernel asks for it in the signer's certificate.
    pub const CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");

    /// Red Hat's usage for kernel modules: `shim` boots nothing that a key with it signed.
    pub const MODULE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.2312.16.1.2");

    /// The extensions that do not depend on a key, in OpenSSL's order.
    pub(super) fn extensions(&self) -> Result<Vec<Extension>, der::Error> {
        let path_len_constraint = self.path_len.filter(|_| self.authority);
        let constraints = BasicConstraints { ca: self.authority, path_len_constraint };
        let usage = match self.authority {
            false => KeyUsage(KeyUsages::DigitalSignature.into()),
            true => KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign),
        };
        let mut extensions = vec![extension(true, &constraints)?, extension(self.authority, &usage)?];
        if !self.extended.is_empty() {
            extensions.push(extension(false, &ExtendedKeyUsage(self.extended.clone()))?);
        }
        Ok(extensions)
    }
}

fn extension<T: der::oid::AssociatedOid + der::Encode>(
    critical: bool,
    value: &T,
) -> Result<Extension, der::Error> {
    Ok(Extension { extn_id: T::OID, critical, extn_value: OctetString::new(value.to_der()?)? })
}

/// A serial number: a positive INTEGER of at most 20 octets (RFC 5280 §4.1.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serial(Vec<u8>);

impl Serial {
    /// Makes exactly 20 octets of 20 random bytes: the top bit is cleared, the next bit is set, 158 bits remain random.
    pub fn random(mut bytes: [u8; 20]) -> Self {
        let [first, ..] = &mut bytes;
        *first = (*first & 0x7f) | 0x40;
        Self(bytes.to_vec())
    }

    /// Reads hexadecimal digits, perhaps with colons between the bytes: an unsigned number.
    ///
    /// # Errors
    /// [`CertError::Serial`] if it is none, is zero, or needs more than 20 octets as an INTEGER.
    pub fn from_hex(text: &str) -> Result<Self, CertError> {
        let digits: Vec<char> = text.chars().filter(|&c| c != ':').collect();
        // No longer number fits, with or without zeros before it.
        if digits.is_empty() || digits.len() > 42 {
            return Err(CertError::Serial);
        }
        let mut octets = Vec::new();
        for pair in digits.rchunks(2).rev() {
            let octet = pair.iter().try_fold(0_u8, |octet, c| {
                let digit = c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())?;
                Some(octet << 4 | digit)
            });
            octets.push(octet.ok_or(CertError::Serial)?);
        }
        let start = octets.iter().position(|&octet| octet != 0).ok_or(CertError::Serial)?;
        octets.drain(..start);
        if octets.first().is_some_and(|first| *first >= 0x80) {
            octets.insert(0, 0);
        }
        if octets.len() > 20 { Err(CertError::Serial) } else { Ok(Self(octets)) }
    }
}

/// The contents of a new certificate. The caller supplies time and randomness.
#[derive(Debug, Clone)]
pub struct Template<'a> {
    /// The subject.
    pub subject: &'a Subject,
    /// The serial number.
    pub serial: &'a Serial,
    /// Start of the validity period; encoded as UTCTime until 2049, as GeneralizedTime from 2050.
    pub not_before: DateTime,
    /// Length of the validity period, in days of 86,400 seconds.
    pub days: u32,
    /// What the key may be used for.
    pub purpose: &'a Purpose,
    /// The digest that an RSA or ECDSA key signs the certificate with; ML-DSA does not use it.
    pub digest: Digest,
}

/// Who signs a certificate.
#[derive(Debug, Clone, Copy)]
pub enum Issuer<'a> {
    /// The certified key itself.
    Itself,
    /// The key of this certificate.
    Authority(&'a Certificate),
}

impl Template<'_> {
    /// Writes the TBSCertificate for a public key: X.509 v3, the extensions of the purpose, subject and authority key
    /// identifier. The bytes equal those of OpenSSL 4.0 with the kernel's configuration, except serial number, times,
    /// key and signature.
    ///
    /// # Errors
    /// [`CertError::Validity`]; [`CertError::UnsupportedAlgorithm`] for a key that cannot sign;
    /// [`CertError::WeakSignature`] if the authority's certificate is signed with a refused digest, or [`Self::digest`]
    /// is one.
    pub fn to_be_signed(&self, key: &PublicKey, issuer: Issuer<'_>) -> Result<ToBeSigned, CertError> {
        let own_id = key_identifier(key);
        let (issuer, issuer_id, signer) = match issuer {
            Issuer::Itself => (self.subject.as_der(), Some(own_id.clone()), key),
            // The name as encoded: Linux compares bytes.
            Issuer::Authority(authority) => {
                if let Some(digest) = authority.weak_signature() {
                    return Err(CertError::WeakSignature(digest));
                }
                let id = authority.subject_key_id().map(<[u8]>::to_vec);
                (authority.subject_der(), id, authority.public_key())
            }
        };
        if self.digest.weakness().is_some() || !Digest::SIGNING.contains(&self.digest) {
            return Err(CertError::WeakSignature(self.digest));
        }
        let unsupported = |key: &PublicKey| CertError::UnsupportedAlgorithm { name: key.to_string() };
        KeyAlgorithm::of(key).ok_or_else(|| unsupported(key))?;
        let algorithm = KeyAlgorithm::of(signer).ok_or_else(|| unsupported(signer))?;
        let validity = self.validity()?.to_der().map_err(encoding)?;
        let extensions =
            self.extensions(own_id, issuer_id).and_then(|list| list.to_der()).map_err(encoding)?;
        let tbs = write(
            tag::SEQUENCE,
            &[
                &write(tag::context_constructed(0), &[&write(tag::INTEGER, &[&[2]])]),
                &write(tag::INTEGER, &[&self.serial.0]),
                &algorithm.in_certificate(self.digest),
                issuer,
                &validity,
                self.subject.as_der(),
                &key.to_spki_der(),
                &write(tag::context_constructed(3), &[&extensions]),
            ],
        );
        ToBeSigned::from_der(tbs)
    }

    fn extensions(&self, own: Vec<u8>, issuer: Option<Vec<u8>>) -> Result<Vec<Extension>, der::Error> {
        let mut extensions = self.purpose.extensions()?;
        extensions.push(extension(false, &SubjectKeyIdentifier(OctetString::new(own)?))?);
        if let Some(id) = issuer {
            let key_identifier = Some(OctetString::new(id)?);
            extensions
                .push(extension(false, &AuthorityKeyIdentifier { key_identifier, ..Default::default() })?);
        }
        Ok(extensions)
    }

    fn validity(&self) -> Result<Validity, CertError> {
        if self.days == 0 {
            return Err(CertError::Validity);
        }
        let length = Duration::from_secs(u64::from(self.days) * 86_400);
        let end = self.not_before.unix_duration().checked_add(length).ok_or(CertError::Validity)?;
        let end = DateTime::from_unix_duration(end).map_err(|_| CertError::Validity)?;
        Ok(Validity::new(time(self.not_before), time(end)))
    }
}

/// UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280 §4.1.2.5).
fn time(date: DateTime) -> Time {
    match UtcTime::from_date_time(date) {
        Ok(short) => Time::UtcTime(short),
        Err(_) => Time::GeneralTime(GeneralizedTime::from_date_time(date)),
    }
}

/// Encoding cannot fail here: all lengths are far below the encoder's limits.
pub(super) fn encoding(error: der::Error) -> CertError {
    CertError::Der(DerError::from_der(TBS, &error))
}

/// RFC 5280 §4.2.1.2, method 1: the SHA-1 of the key's bits, as OpenSSL and the kernel's build compute it. It only
/// identifies the key and authenticates nothing.
fn key_identifier(public_key: &PublicKey) -> Vec<u8> {
    Sha1::digest(public_key.subject_public_key()).to_vec()
}

const TBS: &str = "TBSCertificate";

/// A TBSCertificate: all of a certificate but the signature, over exactly these bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToBeSigned {
    der: Vec<u8>,
    algorithm: Vec<u8>,
    digest: Digest,
}

impl ToBeSigned {
    /// Reads the fields that a signature depends on; [`Self::attach`] reads all.
    ///
    /// # Errors
    /// [`CertError::Der`]; [`CertError::UnsupportedAlgorithm`] if it names a signature algorithm that this crate does
    /// not write, [`CertError::WeakSignature`] if that uses a refused digest.
    pub fn from_der(der: Vec<u8>) -> Result<Self, CertError> {
        let (algorithm, oid) = read_algorithm(&der).map_err(CertError::Der)?;
        let digest = match Signature::from_oid(&oid) {
            Some(Signature::MlDsa(_)) => Digest::Sha512,
            Some(Signature::RsaWith(digest) | Signature::EcdsaWith(digest)) => digest,
            _ => return Err(CertError::UnsupportedAlgorithm { name: Signature::name_of_oid(&oid) }),
        };
        if digest.weakness().is_some() {
            return Err(CertError::WeakSignature(digest));
        }
        Ok(Self { der, algorithm, digest })
    }

    /// The TBSCertificate.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The digest in the name of the signature algorithm: SHA-512 for ML-DSA, which has none there.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Signs it.
    ///
    /// # Errors
    /// [`CertError::IssuerKeyMismatch`] if the key is not for the signature algorithm that it names;
    /// [`CertError::Fault`]; [`CertError::External`]; those of [`Certificate::from_der`].
    pub fn sign(&self, key: &PrivateKey, rnd: &Rnd) -> Result<Certificate, CertError> {
        if key.algorithm().in_certificate(self.digest) != self.algorithm {
            return Err(CertError::IssuerKeyMismatch);
        }
        // The signature is verified before it leaves: a faulty one could reveal the key.
        let signature = key.sign(&self.der, self.digest, rnd)?;
        self.attach(&signature, key.public_key()).map_err(|error| match error {
            CertError::IssuerSignature => CertError::Fault,
            other => other,
        })
    }

    /// Makes the certificate with a signature by the key `signer`: raw ML-DSA, PKCS#1 v1.5, or ECDSA in DER. Verifies it.
    ///
    /// # Errors
    /// [`CertError::IssuerSignature`] if it does not verify; those of [`Certificate::from_der`].
    pub fn attach(&self, signature: &[u8], signer: &PublicKey) -> Result<Certificate, CertError> {
        let bits = write(tag::BIT_STRING, &[&[0], signature]);
        let certificate = Certificate::from_der(&write(tag::SEQUENCE, &[&self.der, &self.algorithm, &bits]))?;
        certificate.check_signature_by(signer)?;
        Ok(certificate)
    }

    /// The certified public key.
    ///
    /// # Errors
    /// Those of [`Certificate::from_der`].
    pub fn public_key(&self) -> Result<PublicKey, CertError> {
        Ok(self.unsigned()?.public_key)
    }

    /// Whether subject and issuer are the same bytes.
    ///
    /// # Errors
    /// Those of [`Certificate::from_der`].
    pub fn is_self_issued(&self) -> Result<bool, CertError> {
        Ok(self.unsigned()?.is_self_issued())
    }

    /// A certificate with an empty signature, to read the fields; it does not leave this type.
    fn unsigned(&self) -> Result<Certificate, CertError> {
        let bits = write(tag::BIT_STRING, &[&[0]]);
        Certificate::from_der(&write(tag::SEQUENCE, &[&self.der, &self.algorithm, &bits]))
    }
}

impl Certificate {
    /// Verifies the certificate's signature with the key of its issuer.
    ///
    /// # Errors
    /// [`CertError::IssuerSignature`] if it does not verify; the others as [`Self::check_self_signature`].
    pub fn check_signature_by(&self, issuer: &PublicKey) -> Result<(), CertError> {
        let parameters = self.parts.signature_parameters.as_ref().map(|range| self.part(range));
        let (tbs, signature) = (self.part(&self.parts.tbs), self.part(&self.parts.signature));
        check_own_signature(issuer, &self.parts.signature_oid, parameters, tbs, signature).map_err(|error| {
            match error {
                CertError::SelfSignature => CertError::IssuerSignature,
                other => other,
            }
        })
    }
}

/// The AlgorithmIdentifier of a TBSCertificate, raw, and its OID.
fn read_algorithm(der: &[u8]) -> Result<(Vec<u8>, ObjectIdentifier), DerError> {
    let mut outside = Walk::new(der);
    let tbs = outside.expect(tag::SEQUENCE, TBS)?;
    outside.finish(TBS)?;
    let mut walk = tbs.walk();
    walk.optional(tag::context_constructed(0), "TBSCertificate.version")?;
    walk.expect(tag::INTEGER, "TBSCertificate.serialNumber")?;
    let algorithm = AlgorithmIdentifier::read(&mut walk, "TBSCertificate.signature")?;
    Ok((algorithm.raw.to_vec(), algorithm.oid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mldsa::Seed;
    use mldsa::dynamic::Parameters;

    fn key(seed: u8) -> PrivateKey {
        PrivateKey::from_seed(Parameters::MlDsa44, &Seed::from_bytes([seed; 32]))
    }

    fn prepared(key: &PrivateKey, digest: Digest) -> Result<ToBeSigned, CertError> {
        let template = Template {
            subject: &Subject::common_name("n").unwrap(),
            serial: &Serial::random([1; 20]),
            not_before: DateTime::new(2026, 1, 1, 0, 0, 0).unwrap(),
            days: 1,
            purpose: &Purpose::default(),
            digest,
        };
        template.to_be_signed(key.public_key(), Issuer::Itself)
    }

    /// Kills: a certificate with a signature of another key, or over other bytes; a panic on half a TBSCertificate.
    #[test]
    fn only_a_signature_of_these_bytes_makes_a_certificate() {
        let (own, other) = (key(1), key(2));
        let tbs = prepared(&own, Digest::Sha512).unwrap();
        let signature = own.sign(tbs.as_der(), tbs.digest(), &Rnd::DETERMINISTIC).unwrap();
        let certificate = tbs.attach(&signature, own.public_key()).unwrap();
        assert_eq!(certificate.check_self_signature(), Ok(()));
        assert_eq!(tbs.sign(&own, &Rnd::DETERMINISTIC).as_ref(), Ok(&certificate));
        assert_eq!((tbs.is_self_issued(), tbs.public_key().as_ref()), (Ok(true), Ok(own.public_key())));
        let template = Template {
            subject: &Subject::common_name("m").unwrap(),
            serial: &Serial::random([1; 20]),
            not_before: DateTime::new(2026, 1, 1, 0, 0, 0).unwrap(),
            days: 1,
            purpose: &Purpose::default(),
            digest: Digest::Sha512,
        };
        let issued = template.to_be_signed(other.public_key(), Issuer::Authority(&certificate)).unwrap();
        assert_eq!(issued.is_self_issued(), Ok(false));
        assert_eq!(tbs.attach(&signature, other.public_key()), Err(CertError::IssuerSignature));
        assert_eq!(tbs.attach(&signature[1..], own.public_key()), Err(CertError::IssuerSignature));
        let again = ToBeSigned::from_der(tbs.as_der().to_vec()).unwrap();
        assert_eq!(again, tbs);
        for place in 0..tbs.as_der().len() {
            let half = ToBeSigned::from_der(tbs.as_der()[..place].to_vec());
            assert!(half.is_err(), "{place} bytes");
            let mut changed = tbs.as_der().to_vec();
            changed[place] ^= 1;
            let made = ToBeSigned::from_der(changed).and_then(|tbs| tbs.attach(&signature, own.public_key()));
            assert!(made.is_err(), "byte {place}");
        }
        // RSA's and ECDSA's keys do not sign what names ML-DSA.
        let rsa = PrivateKey::generate(KeyAlgorithm::Rsa { bits: 2048 }, &Seed::from_bytes([3; 32])).unwrap();
        assert_eq!(tbs.sign(&rsa, &Rnd::DETERMINISTIC), Err(CertError::IssuerKeyMismatch));
        assert_eq!(prepared(&rsa, Digest::Sha1), Err(CertError::WeakSignature(Digest::Sha1)));
    }

    #[test]
    fn serial_numbers() {
        for (text, octets) in [
            ("1", &[1][..]),
            ("0a:ff", &[0x0a, 0xff]),
            ("000000000000000000000000000000000000000001", &[1]),
            ("80", &[0, 0x80]),
            ("7fffffffffffffffffffffffffffffffffffffff", &[&[0x7f][..], &[0xff; 19]].concat()),
        ] {
            assert_eq!(Serial::from_hex(text), Ok(Serial(octets.to_vec())), "{text}");
        }
        for text in [
            "",
            "0",
            "00:00",
            "-1",
            "g",
            "1 2",
            "80ffffffffffffffffffffffffffffffffffffff",
            &"0".repeat(99),
            &format!("{:099}", 1),
        ] {
            assert_eq!(Serial::from_hex(text), Err(CertError::Serial), "{text}");
        }
    }
}
