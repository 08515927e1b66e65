//! Signed attributes (RFC 5652 §5.3, §5.4, §11): contentType and messageDigest, each exactly once.

use super::Problem;
use crate::algorithm::Digest;
use crate::asn1::{Walk, tag};
use crate::cms::{Attribute, ID_CONTENT_TYPE, ID_DATA, ID_MESSAGE_DIGEST, SignedAttributes};

/// What was found in a signer's attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttributesFact {
    /// There are none.
    None,
    /// contentType and messageDigest are there, once.
    Present,
    /// One of the two is missing.
    Missing,
    /// One of the two is repeated, or has not one value, or a wrong one.
    Odd,
}

/// Checks the attributes against the module; the signature over them is the caller's to check.
pub(super) fn check(
    attributes: &SignedAttributes<'_>,
    digest: Option<Digest>,
    module: &[u8],
) -> (AttributesFact, Option<(usize, Problem)>) {
    for (attribute, oid) in [("contentType", ID_CONTENT_TYPE), ("messageDigest", ID_MESSAGE_DIGEST)] {
        let found: Vec<&Attribute<'_>> = attributes.attributes.iter().filter(|a| a.oid == oid).collect();
        let count = found.iter().map(|attribute| attribute.values.len()).sum();
        let (1, [one]) = (count, found.as_slice()) else {
            let fact = if found.is_empty() { AttributesFact::Missing } else { AttributesFact::Odd };
            let offset = found.first().map_or(attributes.offset, |attribute| attribute.offset);
            return (fact, Some((offset, Problem::AttributeCount { attribute, found: count })));
        };
        let value = one.values.first().copied().unwrap_or_default();
        let expected = if oid == ID_CONTENT_TYPE { tag::OID } else { tag::OCTET_STRING };
        let Ok(value) = Walk::new(value).expect(expected, attribute) else {
            return (AttributesFact::Odd, Some((one.offset, Problem::AttributeValue { attribute })));
        };
        if oid == ID_CONTENT_TYPE {
            if value.value != ID_DATA.as_bytes() {
                return (AttributesFact::Odd, Some((one.offset, Problem::AttributeValue { attribute })));
            }
        } else if let Some(actual) = digest.and_then(|digest| digest.hash(module)) {
            // A digest that cannot be computed is a finding of its own, and the signature is not good then.
            if actual != value.value {
                return (AttributesFact::Present, Some((one.offset, Problem::MessageDigest)));
            }
        }
    }
    (AttributesFact::Present, None)
}
