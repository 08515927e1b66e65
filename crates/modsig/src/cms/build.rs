//! Builds the one form of CMS that a strict Linux takes.

use mldsa::dynamic::Parameters;

use super::{ID_DATA, ID_SIGNED_DATA, SignerIdentifier};
use crate::algorithm::{Digest, Signature};
use crate::asn1::{tag, write, write_algorithm};

/// Builds a detached SignedData with one SignerInfo: no certificates, no attributes, parameters absent everywhere.
///
/// Versions are 1 with issuer and serial number, 3 with a subject key identifier (RFC 5652 §5.1, §5.3). The bytes
/// are those that the kernel's `scripts/sign-file` makes with OpenSSL 4.0 (with `-k` for the key identifier).
///
/// `signature` is taken as it is: its length is the caller's business ([`Parameters::signature_len`]).
pub fn build(
    sid: &SignerIdentifier<'_>,
    digest: Digest,
    parameters: Parameters,
    signature: &[u8],
) -> Vec<u8> {
    let (version, sid) = match sid {
        SignerIdentifier::IssuerAndSerial { issuer, serial } => {
            (1, write(tag::SEQUENCE, &[issuer, &write(tag::INTEGER, &[serial])]))
        }
        SignerIdentifier::SubjectKeyId(id) => (3, write(tag::context(0), &[id])),
    };
    let version = write(tag::INTEGER, &[&[version]]);
    let digest = write_algorithm(&digest.oid());
    let signer_info = write(
        tag::SEQUENCE,
        &[
            &version,
            &sid,
            &digest,
            &write_algorithm(&Signature::ml_dsa_oid(parameters)),
            &write(tag::OCTET_STRING, &[signature]),
        ],
    );
    let signed_data = write(
        tag::SEQUENCE,
        &[
            &version,
            &write(tag::SET, &[&digest]),
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
