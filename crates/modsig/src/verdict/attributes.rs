//! Signed attributes (RFC 5652 §5.3, §5.4, §11): contentType and messageDigest, each exactly once.

use super::Problem;
use crate::algorithm::Digest;
use crate::asn1::{Walk, tag};
use crate::cms::{Attribute, ID_CONTENT_TYPE, ID_DATA, ID_MESSAGE_DIGEST, SignedAttributes};
use crate::module_cache::ModuleCache;

/// Checks the attributes against the module; the caller verifies the signature over them. Returns the first problem and
/// its offset.
pub(super) fn check(
    attributes: &SignedAttributes<'_>,
    digest: Option<Digest>,
    cache: &ModuleCache<'_>,
) -> Option<(usize, Problem)> {
    for (attribute, oid) in [("contentType", ID_CONTENT_TYPE), ("messageDigest", ID_MESSAGE_DIGEST)] {
        let found: Vec<&Attribute<'_>> = attributes.attributes.iter().filter(|a| a.oid == oid).collect();
        let count = found.iter().map(|attribute| attribute.values.len()).sum();
        let (1, [one]) = (count, found.as_slice()) else {
            let offset = found.first().map_or(attributes.offset, |attribute| attribute.offset);
            return Some((offset, Problem::AttributeCount { attribute, found: count }));
        };
        let value = one.values.first().copied().unwrap_or_default();
        let expected = if oid == ID_CONTENT_TYPE { tag::OID } else { tag::OCTET_STRING };
        let Ok(value) = Walk::new(value).expect(expected, attribute) else {
            return Some((one.offset, Problem::AttributeValue { attribute }));
        };
        if oid == ID_CONTENT_TYPE {
            if value.value != ID_DATA.as_bytes() {
                return Some((one.offset, Problem::AttributeValue { attribute }));
            }
        } else if let Some(actual) = digest.and_then(|digest| cache.digest(digest)) {
            // A digest that cannot be computed has its own finding, so the file is not good.
            if actual != value.value {
                return Some((one.offset, Problem::MessageDigest));
            }
        }
    }
    None
}
