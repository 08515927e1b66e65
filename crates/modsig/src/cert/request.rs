//! Certificate requests: PKCS#10 (RFC 2986), for a certificate authority that keeps its own key.

use der::Encode as _;
use mldsa::Rnd;

use super::CertError;
use super::issue::{Role, common_name, encoding, sign_der};
use crate::asn1::{tag, write};
use crate::key::PrivateKey;

/// extensionRequest, PKCS#9 (RFC 2985 §5.4.2).
const EXTENSION_REQUEST: der::asn1::ObjectIdentifier =
    der::asn1::ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.14");

/// A certificate request in DER for a key, signed with it: the common name (1 to 64 characters, written as
/// UTF8String), and a request for basicConstraints critical CA:FALSE and keyUsage digitalSignature. RSA and ECDSA sign
/// with SHA-512. PEM label: `CERTIFICATE REQUEST`.
///
/// # Errors
/// [`CertError::CommonName`], [`CertError::Fault`].
pub fn request(name: &str, key: &PrivateKey, rnd: &Rnd) -> Result<Vec<u8>, CertError> {
    let subject = common_name(name)?.to_der().map_err(encoding)?;
    let extensions =
        Role::Signer.extensions().and_then(|extensions| extensions.to_der()).map_err(encoding)?;
    // Attribute ::= SEQUENCE { type, SET OF value }; attributes ::= [0] IMPLICIT SET OF Attribute
    let oid = write(tag::OID, &[EXTENSION_REQUEST.as_bytes()]);
    let attribute = write(tag::SEQUENCE, &[&oid, &write(tag::SET, &[&extensions])]);
    let info = write(
        tag::SEQUENCE,
        &[
            &write(tag::INTEGER, &[&[0]]),
            &subject,
            &key.public_key().to_spki_der(),
            &write(tag::context_constructed(0), &[&attribute]),
        ],
    );
    sign_der(&info, key, rnd)
}
