//! The object identifiers that Linux numbers (`include/linux/oid_registry.h`), and how it prints others.

use core::fmt::Write as _;

use der::asn1::ObjectIdentifier;

use super::{Rule, Version};

const fn oid(digits: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(digits)
}

pub(super) const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
pub(super) const SIGNED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.2");
pub(super) const EMAIL_ADDRESS: ObjectIdentifier = oid("1.2.840.113549.1.9.1");
pub(super) const CONTENT_TYPE: ObjectIdentifier = oid("1.2.840.113549.1.9.3");
pub(super) const MESSAGE_DIGEST: ObjectIdentifier = oid("1.2.840.113549.1.9.4");
pub(super) const SIGNING_TIME: ObjectIdentifier = oid("1.2.840.113549.1.9.5");
pub(super) const SMIME_CAPABILITIES: ObjectIdentifier = oid("1.2.840.113549.1.9.15");
pub(super) const MS_INDIRECT_DATA: ObjectIdentifier = oid("1.3.6.1.4.1.311.2.1.4");
pub(super) const MS_STATEMENT_TYPE: ObjectIdentifier = oid("1.3.6.1.4.1.311.2.1.11");
pub(super) const MS_SP_OPUS_INFO: ObjectIdentifier = oid("1.3.6.1.4.1.311.2.1.12");
pub(super) const COMMON_NAME: ObjectIdentifier = oid("2.5.4.3");
pub(super) const ORGANIZATION: ObjectIdentifier = oid("2.5.4.10");
pub(super) const SUBJECT_KEY_ID: ObjectIdentifier = oid("2.5.29.14");
pub(super) const KEY_USAGE: ObjectIdentifier = oid("2.5.29.15");
pub(super) const BASIC_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.19");
pub(super) const AUTHORITY_KEY_ID: ObjectIdentifier = oid("2.5.29.35");
pub(super) const GOST_KEY_256: ObjectIdentifier = oid("1.2.643.7.1.1.1.1");
pub(super) const GOST_KEY_512: ObjectIdentifier = oid("1.2.643.7.1.1.1.2");
pub(super) const GOST_SIGNATURE_256: ObjectIdentifier = oid("1.2.643.7.1.1.3.2");
pub(super) const SM2: ObjectIdentifier = oid("1.2.156.10197.1.301");
pub(super) const SM2_WITH_SM3: ObjectIdentifier = oid("1.2.156.10197.1.501");
pub(super) const GOST_SIGNATURE_512: ObjectIdentifier = oid("1.2.643.7.1.1.3.3");

const fn always(digits: &str) -> (ObjectIdentifier, Option<Rule>) {
    (oid(digits), None)
}

const fn with(rule: Rule, digits: &str) -> (ObjectIdentifier, Option<Rule>) {
    (oid(digits), Some(rule))
}

/// Every object identifier that a known version of Linux numbers, in the order of the numbers: log messages print them.
/// One with a rule is numbered by the versions that have the rule.
static REGISTRY: [(ObjectIdentifier, Option<Rule>); 112] = [
    always("1.2.840.10030.4.3"),
    always("1.2.840.10040.4.1"),
    always("1.2.840.10045.2.1"),
    always("1.2.840.10045.3.1.1"),
    always("1.2.840.10045.3.1.7"),
    always("1.2.840.10045.4.1"),
    always("1.2.840.10045.4.3.1"),
    always("1.2.840.10045.4.3.2"),
    always("1.2.840.10045.4.3.3"),
    always("1.2.840.10045.4.3.4"),
    always("1.2.840.113549.1.1.1"),
    with(Rule::Md4AndMd5, "1.2.840.113549.1.1.2"),
    with(Rule::Md4AndMd5, "1.2.840.113549.1.1.3"),
    with(Rule::Md4AndMd5, "1.2.840.113549.1.1.4"),
    always("1.2.840.113549.1.1.5"),
    always("1.2.840.113549.1.1.11"),
    always("1.2.840.113549.1.1.12"),
    always("1.2.840.113549.1.1.13"),
    always("1.2.840.113549.1.1.14"),
    always("1.2.840.113549.1.7.1"),
    always("1.2.840.113549.1.7.2"),
    always("1.2.840.113549.1.9.1"),
    always("1.2.840.113549.1.9.3"),
    always("1.2.840.113549.1.9.4"),
    always("1.2.840.113549.1.9.5"),
    always("1.2.840.113549.1.9.15"),
    always("1.2.840.113549.1.9.16.2.11"),
    with(Rule::Md4AndMd5, "1.2.840.113549.2.2"),
    with(Rule::Md4AndMd5, "1.2.840.113549.2.4"),
    with(Rule::Md4AndMd5, "1.2.840.113549.2.5"),
    always("1.2.840.48018.1.2.2"),
    always("1.2.840.113554.1.2.2"),
    always("1.2.840.113554.1.2.2.3"),
    always("1.3.6.1.4.1.311.2.1.4"),
    always("1.3.6.1.4.1.311.2.1.11"),
    always("1.3.6.1.4.1.311.2.1.12"),
    always("1.3.6.1.4.1.311.2.1.15"),
    always("1.3.6.1.4.1.311.2.1.21"),
    always("1.3.6.1.4.1.311.16.4"),
    always("1.3.6.1.4.1.311.2.2.10"),
    with(Rule::NegoEx, "1.3.6.1.4.1.311.2.2.30"),
    always("1.3.6.1.5.5.2"),
    always("1.3.6.1.5.2.5"),
    always("1.3.5.1.5.2.7"),
    always("1.3.6.1.5.5.14"),
    always("1.3.6.1.5.5.7.1.1"),
    always("1.3.14.3.2.26"),
    always("1.3.132.0.34"),
    with(Rule::P521, "1.3.132.0.35"),
    always("2.16.840.1.101.3.4.2.1"),
    always("2.16.840.1.101.3.4.2.2"),
    always("2.16.840.1.101.3.4.2.3"),
    always("2.16.840.1.101.3.4.2.4"),
    always("2.5.4.3"),
    always("2.5.4.4"),
    always("2.5.4.6"),
    always("2.5.4.7"),
    always("2.5.4.8"),
    always("2.5.4.10"),
    always("2.5.4.11"),
    always("2.5.4.12"),
    always("2.5.4.13"),
    always("2.5.4.41"),
    always("2.5.4.42"),
    always("2.5.4.43"),
    always("2.5.4.44"),
    always("2.5.29.14"),
    always("2.5.29.15"),
    always("2.5.29.17"),
    always("2.5.29.18"),
    always("2.5.29.19"),
    always("2.5.29.31"),
    always("2.5.29.32"),
    always("2.5.29.35"),
    always("2.5.29.37"),
    always("1.2.752.43.14.2"),
    always("1.2.752.43.14.3"),
    always("1.2.643.2.2.35.1"),
    always("1.2.643.2.2.35.2"),
    always("1.2.643.2.2.35.3"),
    always("1.2.643.7.1.1.1.1"),
    always("1.2.643.7.1.1.1.2"),
    always("1.2.643.7.1.1.2.2"),
    always("1.2.643.7.1.1.2.3"),
    always("1.2.643.7.1.1.3.2"),
    always("1.2.643.7.1.1.3.3"),
    always("1.2.643.7.1.2.1.1.1"),
    always("1.2.643.7.1.2.1.1.2"),
    always("1.2.643.7.1.2.1.1.3"),
    always("1.2.643.7.1.2.1.1.4"),
    always("1.2.643.7.1.2.1.2.1"),
    always("1.2.643.7.1.2.1.2.2"),
    always("1.2.643.7.1.2.1.2.3"),
    always("1.2.156.10197.1.301"),
    always("1.2.156.10197.1.401"),
    always("1.2.156.10197.1.501"),
    always("1.2.156.10197.1.504"),
    always("2.23.133.10.1.3"),
    always("2.23.133.10.1.4"),
    always("2.23.133.10.1.5"),
    with(Rule::Sha3, "2.16.840.1.101.3.4.2.8"),
    with(Rule::Sha3, "2.16.840.1.101.3.4.2.9"),
    with(Rule::Sha3, "2.16.840.1.101.3.4.2.10"),
    with(Rule::Sha3, "2.16.840.1.101.3.4.3.10"),
    with(Rule::Sha3, "2.16.840.1.101.3.4.3.11"),
    with(Rule::Sha3, "2.16.840.1.101.3.4.3.12"),
    with(Rule::Sha3, "2.16.840.1.101.3.4.3.14"),
    with(Rule::Sha3, "2.16.840.1.101.3.4.3.15"),
    with(Rule::Sha3, "2.16.840.1.101.3.4.3.16"),
    with(Rule::MlDsa, "2.16.840.1.101.3.4.3.17"),
    with(Rule::MlDsa, "2.16.840.1.101.3.4.3.18"),
    with(Rule::MlDsa, "2.16.840.1.101.3.4.3.19"),
];

/// An object identifier as Linux sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    /// Linux's number for it; all unknown ones have the count of known ones.
    pub(super) number: usize,
    /// The object identifier, if it is known.
    pub(super) oid: Option<ObjectIdentifier>,
}

impl Known {
    /// Looks up the contents octets of an OBJECT IDENTIFIER.
    pub(super) fn look_up(contents: &[u8], version: Version) -> Self {
        let mut number = 0;
        for (oid, rule) in &REGISTRY {
            if rule.is_some_and(|rule| !version.has(rule)) {
                continue;
            }
            if oid.as_bytes() == contents {
                return Self { number, oid: Some(*oid) };
            }
            number += 1;
        }
        Self { number, oid: None }
    }

    /// Whether it is this object identifier.
    pub(super) fn is(&self, oid: &ObjectIdentifier) -> bool {
        self.oid.as_ref() == Some(oid)
    }
}

impl Default for Known {
    /// The initial value of Linux's variable: number 0, the first of the list.
    fn default() -> Self {
        Self { number: 0, oid: REGISTRY.first().map(|(oid, _)| *oid) }
    }
}

/// The size of Linux's buffer for the digits, in bytes, without the terminating zero.
const TEXT_LEN: usize = 49;

/// The digits as Linux logs them: the first octet counts as two arcs whatever its value, a malformed identifier ends in
/// `(bad)`, and what does not fit is truncated.
pub(super) fn digits(contents: &[u8]) -> String {
    let mut text = String::new();
    let Some((first, rest)) = contents.split_first() else { return "(bad)".into() };
    // Writing to a String cannot fail.
    let _ = write!(text, "{}.{}", first / 40, first % 40);
    let mut octets = rest.iter();
    while let Some(&octet) = octets.next() {
        let mut arc = u64::from(octet & 0x7f);
        let mut more = octet & 0x80 != 0;
        while more {
            let Some(&octet) = octets.next() else {
                text.push_str("(bad)");
                text.truncate(TEXT_LEN);
                return text;
            };
            arc = arc << 7 | u64::from(octet & 0x7f);
            more = octet & 0x80 != 0;
        }
        let _ = write!(text, ".{arc}");
        if text.len() > TEXT_LEN {
            break;
        }
    }
    text.truncate(TEXT_LEN);
    text
}
