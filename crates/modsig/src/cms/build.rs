//! Builds CMS in the one form that every Linux accepts.

use super::{ID_DATA, ID_SIGNED_DATA, SignerIdentifier};
use crate::algorithm::Digest;
use crate::asn1::{tag, write, write_algorithm};
use crate::key::KeyAlgorithm;

/// Builds a detached SignedData with one SignerInfo: no certificates, no attributes. Parameters are absent, except NULL
/// in RSA's signatureAlgorithm.
///
/// The version is 1 with issuer and serial number, 3 with a subject key identifier (RFC 5652 §5.1, §5.3). The bytes
/// equal those of the kernel's `scripts/sign-file` with OpenSSL 4.0 (with `-k` for the key identifier).
///
/// `signature` is not checked: the caller ensures its length and form.
pub fn build(
    sid: &SignerIdentifier<'_>,
    digest: Digest,
    algorithm: KeyAlgorithm,
    signature: &[u8],
) -> Vec<u8> {
    let (version, sid) = match sid {
        SignerIdentifier::IssuerAndSerial { issuer, serial } => {
            (1, write(tag::SEQUENCE, &[issuer, &write(tag::INTEGER, &[serial])]))
        }
        SignerIdentifier::SubjectKeyId(id) => (3, write(tag::context(0), &[id])),
    };
    let version = write(tag::INTEGER, &[&[version]]);
    let digest_der = write_algorithm(&digest.oid());
    let signer_info = write(
        tag::SEQUENCE,
        &[
            &version,
            &sid,
            &digest_der,
            &algorithm.in_signer_info(digest),
            &write(tag::OCTET_STRING, &[signature]),
        ],
    );
    let signed_data = write(
        tag::SEQUENCE,
        &[
            &version,
            &write(tag::SET, &[&digest_der]),
            &write(tag::SEQUENCE, &[&write(tag::OID, &[ID_DATA.as_bytes()])]),
            &write(tag::SET, &[&signer_info]),
        ],
    );
    write(
        tag::SEQUENCE,
        &[
            &write(tag::OID, &[ID_SIGNED_DATA.as_bytes()]),
            &write(tag::context_constructed(0), &[&signed_data]),
        ],
    )
}
