//! Builds the one form of CMS that a strict Linux takes.

use super::{ID_DATA, ID_SIGNED_DATA, SignerIdentifier};
use crate::algorithm::Digest;
use crate::asn1::{tag, write, write_algorithm};
use crate::key::KeyAlgorithm;

/// Builds a detached SignedData with one SignerInfo: no certificates, no attributes, parameters absent everywhere but
/// in RSA's signatureAlgorithm, where they are NULL.
///
/// Versions are 1 with issuer and serial number, 3 with a subject key identifier (RFC 5652 §5.1, §5.3). The bytes
/// are those that the kernel's `scripts/sign-file` makes with OpenSSL 4.0 (with `-k` for the key identifier).
///
/// `signature` is taken as it is: whether it has the length or form of its algorithm is the caller's business.
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
