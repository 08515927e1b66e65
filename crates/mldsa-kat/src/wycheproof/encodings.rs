//! The ASN.1 encodings of keys (RFC 9881) that the vectors contain in addition to the raw ones.

use mldsa::dynamic::Parameters;
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::Decode;
use spki::{ObjectIdentifier, SubjectPublicKeyInfoRef};

/// id-ml-dsa-44, -65 and -87 (RFC 9881, section 2).
const fn oid(set: Parameters) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(match set {
        Parameters::MlDsa44 => "2.16.840.1.101.3.4.3.17",
        Parameters::MlDsa65 => "2.16.840.1.101.3.4.3.18",
        Parameters::MlDsa87 => "2.16.840.1.101.3.4.3.19",
    })
}

/// The public key in a SubjectPublicKeyInfo: strict DER, the object identifier of `set`, no parameters, a whole number of
/// bytes. The code that decodes the key checks its length.
pub(super) fn public_key(set: Parameters, der: &[u8]) -> Result<Vec<u8>, String> {
    let spki = SubjectPublicKeyInfoRef::from_der(der).map_err(|error| format!("publicKeyDer: {error}"))?;
    if spki.algorithm.oid != oid(set) || spki.algorithm.parameters.is_some() {
        return Err(format!("publicKeyDer: the algorithm is not {set} without parameters"));
    }
    match spki.subject_public_key.as_bytes() {
        Some(key) => Ok(key.to_vec()),
        None => Err("publicKeyDer: the key is not a whole number of bytes".to_owned()),
    }
}

/// The seed in a OneAsymmetricKey of the seed form: `[0] IMPLICIT OCTET STRING (SIZE (32))`.
pub(super) fn seed(set: Parameters, der: &[u8]) -> Result<Vec<u8>, String> {
    let info = PrivateKeyInfoRef::from_der(der).map_err(|error| format!("privateKeyPkcs8: {error}"))?;
    if info.algorithm.oid != oid(set) || info.algorithm.parameters.is_some() {
        return Err(format!("privateKeyPkcs8: the algorithm is not {set} without parameters"));
    }
    match info.private_key.as_bytes() {
        [0x80, 32, seed @ ..] if seed.len() == 32 => Ok(seed.to_vec()),
        _ => Err("privateKeyPkcs8: the key is not a seed of 32 bytes under the tag [0]".to_owned()),
    }
}
