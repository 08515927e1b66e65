//! PKCS#12 files (RFC 7292; `.p12`, `.pfx`): a private key with its certificates, under one passphrase.
//!
//! ```text
//! PFX
//! ├─ version 3
//! ├─ authSafe ContentInfo: data, an OCTET STRING with
//! │  └─ SEQUENCE OF ContentInfo: data or encryptedData, each with
//! │     └─ SafeContents, a SEQUENCE OF SafeBag
//! │        ├─ keyBag                   PKCS#8
//! │        ├─ pkcs8ShroudedKeyBag      encrypted PKCS#8
//! │        ├─ certBag                  X.509
//! │        └─ crlBag, secretBag        not read
//! └─ macData OPTIONAL                  HMAC over authSafe's contents
//! ```

use der::asn1::ObjectIdentifier;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::digest::block_api::{BlockSizeUser, EagerHash};
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::budget::Budget;
use super::encrypted::{decrypt, decrypt_with, name_of};
use super::pbe::{self, Password, Purpose, pkcs12_kdf};
use super::{KeyError, PrivateKey};
use crate::asn1::{AlgorithmIdentifier, DerError, DerProblem, Element, Walk, tag};

/// The contents of a PKCS#12 file.
#[derive(Debug)]
pub struct Pkcs12 {
    /// The private key; `None` if the file holds certificates only.
    pub key: Option<PrivateKey>,
    /// The certificates in DER, in the order of the file. Not parsed.
    pub certificates: Vec<Vec<u8>>,
}

const PFX: &str = "PFX";
const SAFE: &str = "AuthenticatedSafe";
const BAG: &str = "SafeBag";
const MAC: &str = "PFX.macData";

const fn oid(digits: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(digits)
}

const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
const ENVELOPED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.3");
const ENCRYPTED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.6");
const KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.1");
const SHROUDED_KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.2");
const CERT_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.3");
const X509: ObjectIdentifier = oid("1.2.840.113549.1.9.22.1");

/// The most bags and encrypted parts that are read.
const MAX_PARTS: usize = 256;

/// Whether the bytes begin as a PFX: a SEQUENCE with version 3 and then a SEQUENCE. PKCS#8 has version 0 or 1. The
/// lengths may be BER's indefinite ones.
pub fn looks_like_pkcs12(bytes: &[u8]) -> bool {
    let inside = match bytes {
        [0x30, 0..=0x80, rest @ ..] => Some(rest),
        [0x30, length @ 0x81..=0x84, rest @ ..] => rest.get(usize::from(length & 0x7f)..),
        _ => None,
    };
    inside.is_some_and(|inside| inside.starts_with(&[tag::INTEGER, 1, 3, tag::SEQUENCE]))
}

impl Pkcs12 {
    /// Reads a file: checks its MAC, then decrypts its parts. Without a passphrase, the empty one is tried.
    ///
    /// # Errors
    /// [`KeyError`]: `Encrypted` if the empty passphrase is wrong and no other was given; `WrongPassphrase` also for a
    /// damaged file; `CostlyEncryption`, `UnsupportedEncryption`, `SeveralKeys`; those of the key inside. Offsets count
    /// from the start of the part that was being read.
    pub fn open(bytes: &[u8], passphrase: Option<&[u8]>) -> Result<Self, KeyError> {
        open(bytes, passphrase.unwrap_or_default()).map_err(|error| match error {
            KeyError::WrongPassphrase if passphrase.is_none() => KeyError::Encrypted,
            other => other,
        })
    }
}

fn open(bytes: &[u8], passphrase: &[u8]) -> Result<Pkcs12, KeyError> {
    let pfx = Pfx::read(bytes).map_err(KeyError::Der)?;
    let mut budget = Budget::new();
    let password = match pfx.mac {
        None => Password::new(passphrase),
        Some(mac) => {
            let mac = MacData::read(mac)?;
            let password = Password::new(passphrase);
            // An empty passphrase is written in two ways: as no characters with a final zero, or as nothing at all.
            match mac.is_of(pfx.content, &password, &mut budget)? {
                true => password,
                false if passphrase.is_empty() => {
                    let none = Password::none();
                    if !mac.is_of(pfx.content, &none, &mut budget)? {
                        return Err(KeyError::WrongPassphrase);
                    }
                    none
                }
                false => return Err(KeyError::WrongPassphrase),
            }
        }
    };
    let mut reader = Reader { password, budget, keys: Vec::new(), certificates: Vec::new(), parts: 0 };
    reader.authenticated_safe(pfx.content)?;
    let mut keys = reader.keys.into_iter();
    let key = keys.next();
    if keys.next().is_some() {
        return Err(KeyError::SeveralKeys);
    }
    Ok(Pkcs12 { key: key.map(|key| key.in_old_form("PKCS#12", true)), certificates: reader.certificates })
}

/// The outermost structure.
struct Pfx<'a> {
    /// AuthenticatedSafe, over which the MAC is computed.
    content: &'a [u8],
    mac: Option<Element<'a>>,
}

impl<'a> Pfx<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, DerError> {
        let mut outside = Walk::new(bytes);
        let sequence = outside.expect(tag::SEQUENCE, PFX)?;
        outside.finish(PFX)?;
        let mut walk = sequence.walk();
        let version = walk.expect(tag::INTEGER, "PFX.version")?;
        if version.value != [3] {
            return Err(version.error("PFX.version", DerProblem::InvalidValue("it is not 3")));
        }
        let auth_safe = walk.expect(tag::SEQUENCE, "PFX.authSafe")?;
        let (kind, content) = content_info(&auth_safe)?;
        if kind != DATA {
            let why = DerProblem::InvalidValue("not protected by a passphrase but by a signature");
            return Err(auth_safe.error("PFX.authSafe", why));
        }
        let mac = walk.optional(tag::SEQUENCE, MAC)?;
        walk.finish(PFX)?;
        Ok(Self { content: octets(&content)?, mac })
    }
}

/// ContentInfo ::= SEQUENCE { contentType, content [0] EXPLICIT }. Returns the type and the element inside the tag.
fn content_info<'a>(element: &Element<'a>) -> Result<(ObjectIdentifier, Element<'a>), DerError> {
    const FIELD: &str = "ContentInfo";
    let mut walk = element.walk();
    let kind = walk.expect(tag::OID, FIELD)?.oid(FIELD)?;
    let explicit = walk.expect(tag::context_constructed(0), FIELD)?;
    walk.finish(FIELD)?;
    let mut inside = explicit.walk();
    let content = inside.any(FIELD)?;
    inside.finish(FIELD)?;
    Ok((kind, content))
}

fn octets<'a>(element: &Element<'a>) -> Result<&'a [u8], DerError> {
    match element.tag() {
        tag::OCTET_STRING => Ok(element.value),
        found => {
            let problem = DerProblem::UnexpectedTag { expected: tag::OCTET_STRING, found };
            Err(element.error("ContentInfo.content", problem))
        }
    }
}

/// MacData ::= SEQUENCE { mac DigestInfo, macSalt OCTET STRING, iterations INTEGER DEFAULT 1 }
struct MacData<'a> {
    hash: ObjectIdentifier,
    expected: &'a [u8],
    salt: &'a [u8],
    rounds: u32,
}

impl<'a> MacData<'a> {
    fn read(element: Element<'a>) -> Result<Self, KeyError> {
        let fields = || {
            let mut walk = element.walk();
            let mut digest_info = walk.expect(tag::SEQUENCE, MAC)?.walk();
            let hash = AlgorithmIdentifier::read(&mut digest_info, MAC)?.oid;
            let expected = digest_info.expect(tag::OCTET_STRING, MAC)?.value;
            digest_info.finish(MAC)?;
            let salt = pbe::salt(&mut walk, "PFX.macData.macSalt")?;
            let rounds = match walk.optional(tag::INTEGER, MAC)? {
                Some(number) => pbe::rounds(&number)?,
                None => Some(1),
            };
            walk.finish(MAC)?;
            Ok((hash, expected, salt, rounds))
        };
        let (hash, expected, salt, rounds) = fields().map_err(KeyError::Der)?;
        Ok(Self { hash, expected, salt, rounds: rounds.ok_or(KeyError::CostlyEncryption)? })
    }

    /// Whether this is the MAC of the content under the password.
    fn is_of(&self, content: &[u8], password: &Password<'_>, budget: &mut Budget) -> Result<bool, KeyError> {
        budget.spend(self.rounds.into())?;
        let utf16 = &password.utf16;
        Ok(match self.hash.to_string().as_str() {
            "1.3.14.3.2.26" => self.matches::<Sha1>(content, utf16),
            "2.16.840.1.101.3.4.2.1" => self.matches::<Sha256>(content, utf16),
            "2.16.840.1.101.3.4.2.2" => self.matches::<Sha384>(content, utf16),
            "2.16.840.1.101.3.4.2.3" => self.matches::<Sha512>(content, utf16),
            "2.16.840.1.101.3.4.2.4" => self.matches::<Sha224>(content, utf16),
            _ => {
                let name = format!("PKCS#12 with a MAC of {}", name_of(&self.hash));
                return Err(KeyError::UnsupportedEncryption { name });
            }
        })
    }

    fn matches<D: Digest + EagerHash + BlockSizeUser>(&self, content: &[u8], utf16: &[u8]) -> bool {
        let mut key = Zeroizing::new(vec![0; <D as Digest>::output_size()]);
        pkcs12_kdf::<D>(Purpose::Mac, utf16, self.salt, self.rounds, &mut key);
        // An HMAC takes a key of any length.
        let Ok(mut mac) = Hmac::<D>::new_from_slice(&key) else { return false };
        mac.update(content);
        mac.verify_slice(self.expected).is_ok()
    }
}

/// Collects what is inside.
struct Reader<'a> {
    password: Password<'a>,
    budget: Budget,
    keys: Vec<PrivateKey>,
    certificates: Vec<Vec<u8>>,
    parts: usize,
}

impl Reader<'_> {
    fn authenticated_safe(&mut self, bytes: &[u8]) -> Result<(), KeyError> {
        let mut walk = sequence(bytes, SAFE).map_err(KeyError::Der)?;
        while !walk.is_empty() {
            self.count()?;
            let info = walk.expect(tag::SEQUENCE, SAFE).map_err(KeyError::Der)?;
            let (kind, content) = content_info(&info).map_err(KeyError::Der)?;
            match kind {
                DATA => self.safe_contents(octets(&content).map_err(KeyError::Der)?)?,
                ENCRYPTED_DATA => {
                    let (algorithm, data) = encrypted_data(&content).map_err(KeyError::Der)?;
                    let plain = decrypt_with(&algorithm, data, &self.password, &mut self.budget)?;
                    self.safe_contents(&plain.bytes)?;
                }
                ENVELOPED_DATA => {
                    let name = "a public key (PKCS#12 with envelopedData)".into();
                    return Err(KeyError::UnsupportedEncryption { name });
                }
                _ => {
                    let problem = DerProblem::InvalidValue("neither data nor encryptedData");
                    return Err(KeyError::Der(info.error(SAFE, problem)));
                }
            }
        }
        Ok(())
    }

    /// SafeContents ::= SEQUENCE OF SafeBag { bagId, bagValue [0] EXPLICIT, bagAttributes SET OPTIONAL }. A nested
    /// safeContentsBag is not read: no known program writes one.
    fn safe_contents(&mut self, bytes: &[u8]) -> Result<(), KeyError> {
        let mut walk = sequence(bytes, BAG).map_err(KeyError::Der)?;
        while !walk.is_empty() {
            self.count()?;
            let (kind, value) = bag(&mut walk).map_err(KeyError::Der)?;
            match kind {
                KEY_BAG => self.keys.push(PrivateKey::from_pkcs8(value.raw)?),
                SHROUDED_KEY_BAG => {
                    let plain = decrypt(value.raw, &self.password, &mut self.budget)?;
                    self.keys.push(PrivateKey::from_decrypted(plain)?);
                }
                CERT_BAG => self.certificates.extend(certificate(&value).map_err(KeyError::Der)?),
                _ => {}
            }
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), KeyError> {
        self.parts += 1;
        let problem = DerProblem::InvalidValue("more than 256 parts");
        let error = DerError { offset: 0, field: SAFE, problem };
        if self.parts <= MAX_PARTS { Ok(()) } else { Err(KeyError::Der(error)) }
    }
}

/// The elements of one SEQUENCE that no byte follows.
fn sequence<'a>(bytes: &'a [u8], field: &'static str) -> Result<Walk<'a>, DerError> {
    let mut outside = Walk::new(bytes);
    let sequence = outside.expect(tag::SEQUENCE, field)?;
    outside.finish(field)?;
    Ok(sequence.walk())
}

fn bag<'a>(walk: &mut Walk<'a>) -> Result<(ObjectIdentifier, Element<'a>), DerError> {
    let mut bag = walk.expect(tag::SEQUENCE, BAG)?.walk();
    let kind = bag.expect(tag::OID, BAG)?.oid(BAG)?;
    let mut explicit = bag.expect(tag::context_constructed(0), BAG)?.walk();
    let value = explicit.any(BAG)?;
    explicit.finish(BAG)?;
    bag.optional(tag::SET, BAG)?;
    bag.finish(BAG)?;
    Ok((kind, value))
}

/// CertBag ::= SEQUENCE { certId, certValue [0] EXPLICIT OCTET STRING }; `None` for a certificate that is not X.509.
fn certificate(value: &Element<'_>) -> Result<Option<Vec<u8>>, DerError> {
    let (kind, content) = content_info(value)?;
    if kind != X509 {
        return Ok(None);
    }
    octets(&content).map(|der| Some(der.to_vec()))
}

/// EncryptedData ::= SEQUENCE { version, EncryptedContentInfo { contentType, algorithm, [0] IMPLICIT OCTET STRING } }
/// (RFC 5652 §8).
fn encrypted_data<'a>(content: &Element<'a>) -> Result<(AlgorithmIdentifier<'a>, &'a [u8]), DerError> {
    const FIELD: &str = "EncryptedData";
    if content.tag() != tag::SEQUENCE {
        let problem = DerProblem::UnexpectedTag { expected: tag::SEQUENCE, found: content.tag() };
        return Err(content.error(FIELD, problem));
    }
    let mut walk = content.walk();
    walk.expect(tag::INTEGER, FIELD)?;
    let mut info = walk.expect(tag::SEQUENCE, FIELD)?.walk();
    info.expect(tag::OID, FIELD)?;
    let algorithm = AlgorithmIdentifier::read(&mut info, FIELD)?;
    let data = info.expect(tag::context(0), FIELD)?;
    info.finish(FIELD)?;
    walk.finish(FIELD)?;
    Ok((algorithm, data.value))
}
