//! Adds the signers of one CMS to another: one module, several keys.

use core::fmt;

use super::{CERTIFICATES, CmsError, DIGESTS, ID_SIGNED_DATA, SIGNERS, parse};
use crate::asn1::{DerError, Element, Walk, tag, write};

/// Why signers cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AddError {
    /// One of the two is no SignedData.
    Cms(CmsError),
    /// The two name their signers in different ways. Linux refuses such a mixture (`pkcs7_note_signerinfo_version`:
    /// version 1 needs version 1, 3 needs 3).
    Naming {
        /// The existing signers are named by subject key identifiers.
        existing_by_key_id: bool,
    },
    /// The two sign different types of content.
    ContentType,
}

impl fmt::Display for AddError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cms(error) => write!(f, "{error}"),
            Self::Naming { existing_by_key_id } => {
                let how = if *existing_by_key_id { "key identifier" } else { "issuer and serial number" };
                write!(f, "its signers are named by {how}, and Linux refuses a mixture")
            }
            Self::ContentType => f.write_str("the two signatures are about different types of content"),
        }
    }
}

impl core::error::Error for AddError {}

impl From<DerError> for AddError {
    fn from(error: DerError) -> Self {
        Self::Cms(error.into())
    }
}

/// The SignedData of `existing` with the signers of `added` as well. Both must be detached signatures of the same bytes;
/// no signature is checked.
///
/// digestAlgorithms, certificates and signerInfos are the union of both, each encoding once and in the order of DER.
/// Certificate revocation lists are those of `existing`.
///
/// # Errors
/// [`AddError`].
pub fn add_signers(existing: &[u8], added: &[u8]) -> Result<Vec<u8>, AddError> {
    let [one, two] = [read(existing)?, read(added)?];
    if one.version.raw != two.version.raw {
        return Err(AddError::Naming { existing_by_key_id: one.version.value == [3] });
    }
    if one.content.raw != two.content.raw {
        return Err(AddError::ContentType);
    }
    let certificates = union(&one.certificates, &two.certificates);
    let certificates = match certificates.is_empty() {
        true => Vec::new(),
        false => write(tag::context_constructed(0), &certificates),
    };
    let signed_data = write(
        tag::SEQUENCE,
        &[
            one.version.raw,
            &write(tag::SET, &union(&one.digests, &two.digests)),
            one.content.raw,
            &certificates,
            one.revocations,
            &write(tag::SET, &union(&one.signers, &two.signers)),
        ],
    );
    Ok(write(
        tag::SEQUENCE,
        &[
            &write(tag::OID, &[ID_SIGNED_DATA.as_bytes()]),
            &write(tag::context_constructed(0), &[&signed_data]),
        ],
    ))
}

/// The parts of a SignedData, raw.
struct Parts<'a> {
    version: Element<'a>,
    digests: Vec<&'a [u8]>,
    content: Element<'a>,
    certificates: Vec<&'a [u8]>,
    /// The whole `[1]`, or nothing.
    revocations: &'a [u8],
    signers: Vec<&'a [u8]>,
}

/// Checks the whole structure, then takes it apart.
fn read(der: &[u8]) -> Result<Parts<'_>, AddError> {
    parse(der).map_err(AddError::Cms)?;
    let mut walk = Walk::new(der).expect(tag::SEQUENCE, "ContentInfo")?.walk();
    walk.any("ContentInfo.contentType")?;
    let mut walk = walk.expect(tag::context_constructed(0), "ContentInfo.content")?.walk();
    let mut walk = walk.expect(tag::SEQUENCE, "SignedData")?.walk();
    let version = walk.expect(tag::INTEGER, "SignedData.version")?;
    let digests = elements(walk.expect(tag::SET, DIGESTS)?, DIGESTS)?;
    let content = walk.expect(tag::SEQUENCE, "SignedData.encapContentInfo")?;
    let certificates = match walk.optional(tag::context_constructed(0), CERTIFICATES)? {
        Some(set) => elements(set, CERTIFICATES)?,
        None => Vec::new(),
    };
    let revocations = walk.optional(tag::context_constructed(1), "SignedData.crls")?;
    let revocations = revocations.map_or(&[][..], |set| set.raw);
    let signers = elements(walk.expect(tag::SET, SIGNERS)?, SIGNERS)?;
    Ok(Parts { version, digests, content, certificates, revocations, signers })
}

fn elements<'a>(set: Element<'a>, field: &'static str) -> Result<Vec<&'a [u8]>, DerError> {
    let mut walk = set.walk();
    let mut elements = Vec::new();
    while !walk.is_empty() {
        elements.push(walk.any(field)?.raw);
    }
    Ok(elements)
}

/// A SET OF with the elements of both (X.690 §11.6): DER encodings are self-delimiting, so they sort as bytes.
fn union<'a>(one: &[&'a [u8]], two: &[&'a [u8]]) -> Vec<&'a [u8]> {
    let mut all = [one, two].concat();
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::super::{SignerIdentifier, build};
    use super::*;
    use crate::algorithm::Digest;
    use crate::key::KeyAlgorithm;
    use crate::public_key::Curve;

    fn cms(serial: u8, digest: Digest, key_id: bool) -> Vec<u8> {
        let sid = match key_id {
            true => SignerIdentifier::SubjectKeyId(&[serial; 20]),
            false => SignerIdentifier::IssuerAndSerial { issuer: &[0x30, 0], serial: &[serial] },
        };
        build(&sid, digest, KeyAlgorithm::Ec(Curve::P256), &[serial; 8])
    }

    /// Kills: sets that are not in DER's order, an algorithm named twice, a signer that is lost.
    #[test]
    fn the_union_is_der_in_any_order() {
        let (one, two, three) =
            (cms(1, Digest::Sha512, false), cms(2, Digest::Sha256, false), cms(3, Digest::Sha256, false));
        let both = add_signers(&one, &two).unwrap();
        assert_eq!(both, add_signers(&two, &one).unwrap());
        let all = add_signers(&both, &three).unwrap();
        assert_eq!(all, add_signers(&three, &add_signers(&two, &one).unwrap()).unwrap());
        let parsed = parse(&all).unwrap();
        assert_eq!((parsed.unsorted_sets.len(), parsed.version), (0, 1));
        assert_eq!((parsed.signers.len(), parsed.digest_algorithms.len()), (3, 2));
        // A signer that is there already is not there twice.
        assert_eq!(add_signers(&all, &two).unwrap(), all);
    }

    #[test]
    fn what_linux_refuses_is_not_built() {
        let (by_name, by_id) = (cms(1, Digest::Sha512, false), cms(2, Digest::Sha512, true));
        assert_eq!(add_signers(&by_name, &by_id), Err(AddError::Naming { existing_by_key_id: false }));
        assert_eq!(add_signers(&by_id, &by_name), Err(AddError::Naming { existing_by_key_id: true }));
        assert_eq!(parse(&add_signers(&by_id, &cms(3, Digest::Sha512, true)).unwrap()).unwrap().version, 3);
        for len in 0..by_name.len() {
            assert!(matches!(add_signers(&by_name[..len], &by_name), Err(AddError::Cms(_))));
        }
    }
}
