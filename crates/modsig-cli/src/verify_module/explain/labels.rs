//! What RFC 5652 (CMS) and RFC 5280 (X.509) call an element, by the element that it is in, its place and its tag.

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// `[0]` IMPLICIT on a string.
const PRIMITIVE_0: u8 = 0x80;
const CONSTRUCTED_0: u8 = 0xa0;
const CONSTRUCTED_1: u8 = 0xa1;
const CONSTRUCTED_3: u8 = 0xa3;

/// What the CMS itself is in. (`""` is an element without a name, and so are all in it.)
pub(super) const MESSAGE: &str = "message";

/// A field and its tag; without a tag it may have any.
type Field = (&'static str, Option<u8>);

/// The fields of an element, in their order. Each may be left out: then the next that fits is taken.
const fn fields(parent: &[u8]) -> &'static [Field] {
    match parent {
        b"message" => &[("ContentInfo", Some(SEQUENCE))],
        b"ContentInfo" => &[("contentType", Some(OID)), ("content", Some(CONSTRUCTED_0))],
        b"content" => &[("SignedData", Some(SEQUENCE))],
        b"SignedData" => &[
            ("version", Some(INTEGER)),
            ("digestAlgorithms", Some(SET)),
            ("encapContentInfo", Some(SEQUENCE)),
            ("certificates", Some(CONSTRUCTED_0)),
            ("crls", Some(CONSTRUCTED_1)),
            ("signerInfos", Some(SET)),
        ],
        b"encapContentInfo" => &[("eContentType", Some(OID)), ("eContent", Some(CONSTRUCTED_0))],
        b"SignerInfo" => &[
            ("version", Some(INTEGER)),
            ("issuerAndSerialNumber", Some(SEQUENCE)),
            ("subjectKeyIdentifier", Some(PRIMITIVE_0)),
            ("digestAlgorithm", Some(SEQUENCE)),
            ("signedAttrs", Some(CONSTRUCTED_0)),
            ("signatureAlgorithm", Some(SEQUENCE)),
            ("signature", Some(OCTET_STRING)),
            ("unsignedAttrs", Some(CONSTRUCTED_1)),
        ],
        b"issuerAndSerialNumber" => &[("issuer", Some(SEQUENCE)), ("serialNumber", Some(INTEGER))],
        b"Attribute" => &[("attrType", Some(OID)), ("attrValues", Some(SET))],
        b"AlgorithmIdentifier" | b"digestAlgorithm" | b"signatureAlgorithm" => {
            &[("algorithm", Some(OID)), ("parameters", None)]
        }
        b"Certificate" => &[
            ("tbsCertificate", Some(SEQUENCE)),
            ("signatureAlgorithm", Some(SEQUENCE)),
            ("signatureValue", Some(BIT_STRING)),
        ],
        b"tbsCertificate" => &[
            ("version", Some(CONSTRUCTED_0)),
            ("serialNumber", Some(INTEGER)),
            ("signatureAlgorithm", Some(SEQUENCE)),
            ("issuer", Some(SEQUENCE)),
            ("validity", Some(SEQUENCE)),
            ("subject", Some(SEQUENCE)),
            ("subjectPublicKeyInfo", Some(SEQUENCE)),
            ("extensions", Some(CONSTRUCTED_3)),
        ],
        b"subjectPublicKeyInfo" => {
            &[("AlgorithmIdentifier", Some(SEQUENCE)), ("subjectPublicKey", Some(BIT_STRING))]
        }
        _ => &[],
    }
}

/// What each element of a SET OF or SEQUENCE OF is called.
const fn members(parent: &[u8]) -> Option<&'static str> {
    match parent {
        b"digestAlgorithms" => Some("AlgorithmIdentifier"),
        b"signerInfos" => Some("SignerInfo"),
        b"signedAttrs" | b"unsignedAttrs" => Some("Attribute"),
        b"certificates" => Some("Certificate"),
        _ => None,
    }
}

/// Names the elements inside one element, one after the other.
pub(super) struct Names {
    members: Option<&'static str>,
    fields: &'static [Field],
}

impl Names {
    /// For the elements inside `parent`.
    pub(super) const fn inside(parent: &str) -> Self {
        Self { members: members(parent.as_bytes()), fields: fields(parent.as_bytes()) }
    }

    /// The next element's name; `""` if it has none.
    pub(super) fn next(&mut self, tag: u8) -> &'static str {
        if let Some(member) = self.members {
            return member;
        }
        let mut rest = self.fields;
        while let [(name, wanted), after @ ..] = rest {
            if wanted.is_none_or(|wanted| wanted == tag) {
                self.fields = after;
                return name;
            }
            rest = after;
        }
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_whatever_is_left_out() {
        let name_all = |parent: &str, tags: &[u8]| {
            let mut names = Names::inside(parent);
            tags.iter().map(|&tag| names.next(tag)).collect::<Vec<_>>()
        };
        assert_eq!(
            name_all("SignerInfo", &[INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, OCTET_STRING]),
            ["version", "issuerAndSerialNumber", "digestAlgorithm", "signatureAlgorithm", "signature"]
        );
        assert_eq!(
            name_all("SignerInfo", &[INTEGER, PRIMITIVE_0, SEQUENCE, CONSTRUCTED_0, SEQUENCE, OCTET_STRING]),
            [
                "version",
                "subjectKeyIdentifier",
                "digestAlgorithm",
                "signedAttrs",
                "signatureAlgorithm",
                "signature"
            ]
        );
        assert_eq!(name_all("signerInfos", &[SEQUENCE, SEQUENCE]), ["SignerInfo", "SignerInfo"]);
        assert_eq!(name_all("SignedData", &[OCTET_STRING, SET]), ["", "digestAlgorithms"]);
        assert_eq!(name_all("attrValues", &[OID]), [""]);
        assert_eq!(name_all(MESSAGE, &[SEQUENCE, SEQUENCE]), ["ContentInfo", ""]);
        assert_eq!(name_all("", &[SEQUENCE]), [""]);
    }
}
