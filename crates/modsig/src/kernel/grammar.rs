//! The grammars that drive Linux's parsers: CMS (`pkcs7.asn1`), X.509 (`x509.asn1`), the authority key identifier
//! (`x509_akid.asn1`), and the values of ECDSA signatures and RSA keys. Linux ignores any field without an action.

use super::ber::{Inside, Step, Take, When};
use crate::asn1::tag::{self, context, context_constructed};

/// The actions of the CMS grammar.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cms {
    Oid,
    ContentInfoType,
    SignedDataVersion,
    ContentType,
    Content,
    Certificate,
    CertificatesEnd,
    SignerVersion,
    Issuer,
    Serial,
    KeyId,
    DigestAlgorithm,
    Attribute,
    AttributesEnd,
    SignatureAlgorithm,
    Signature,
    SignerEnd,
}

/// The actions of the grammars of a certificate and of its authority key identifier.
#[derive(Debug, Clone, Copy)]
pub(super) enum X509 {
    Oid,
    Serial,
    TbsAlgorithm,
    NameSegment,
    Issuer,
    NotBefore,
    NotAfter,
    Subject,
    Parameters,
    Key,
    Extension,
    TbsEnd,
    Signature,
    AuthorityKeyId,
    AuthorityIssuer,
    AuthoritySerial,
}

/// Which of two numbers: r and s, or n and e.
#[derive(Debug, Clone, Copy)]
pub(super) enum Number {
    First,
    Second,
}

use When::{Optional, Otherwise, Required};

/// An element whose contents are not walked.
const fn leaf<A: Copy>(when: When, tag: u8, act: Option<A>) -> Step<A> {
    Step::Take(Take { tag: Some(tag), when, act, inside: None })
}

/// An element with any tag.
const fn any<A: Copy>(when: When, act: Option<A>) -> Step<A> {
    Step::Take(Take { tag: None, when, act, inside: None })
}

/// A constructed element.
const fn walked<A: Copy>(when: When, tag: u8, inside: &'static Inside<A>) -> Step<A> {
    Step::Take(Take { tag: Some(tag), when, act: None, inside: Some(inside) })
}

/// Contents that are part of the grammar in which they occur.
const fn here<A: Copy>(steps: &'static [Step<A>]) -> Inside<A> {
    Inside { steps, many: false, called: false, act_at_end: None }
}

/// Contents that are a separate rule.
const fn rule<A: Copy>(steps: &'static [Step<A>]) -> Inside<A> {
    Inside { steps, many: false, called: true, act_at_end: None }
}

/// The same, repeated.
const fn here_many<A: Copy>(steps: &'static [Step<A>]) -> Inside<A> {
    Inside { steps, many: true, called: false, act_at_end: None }
}

/// The same, repeated.
const fn rule_many<A: Copy>(steps: &'static [Step<A>]) -> Inside<A> {
    Inside { steps, many: true, called: true, act_at_end: None }
}

/// ContentInfo.
pub(super) static CONTENT_INFO: [Step<Cms>; 1] = [walked(
    Required,
    tag::SEQUENCE,
    &here(&[
        leaf(Required, tag::OID, Some(Cms::Oid)),
        Step::Act(Cms::ContentInfoType),
        walked(
            Optional,
            context_constructed(0),
            &rule(&[walked(Required, tag::SEQUENCE, &here(&SIGNED_DATA))]),
        ),
    ]),
)];

static SIGNED_DATA: [Step<Cms>; 14] = [
    leaf(Required, tag::INTEGER, Some(Cms::SignedDataVersion)),
    walked(Optional, tag::SET, &DIGEST_ALGORITHMS),
    walked(Otherwise, tag::SEQUENCE, &DIGEST_ALGORITHMS),
    Step::OneOf,
    walked(
        Required,
        tag::SEQUENCE,
        &here(&[
            // The contentType has two actions: an unknown one is logged twice.
            leaf(Required, tag::OID, Some(Cms::Oid)),
            Step::Act(Cms::Oid),
            walked(Optional, context_constructed(0), &rule(&[any(Required, Some(Cms::Content))])),
        ]),
    ),
    Step::Act(Cms::ContentType),
    walked(
        Optional,
        context_constructed(0),
        &rule_many(&[
            any(Optional, Some(Cms::Certificate)),
            any(Otherwise, Some(Cms::Certificate)),
            Step::OneOf,
        ]),
    ),
    walked(Otherwise, context_constructed(2), &rule_many(&[any(Required, Some(Cms::Certificate))])),
    Step::Act(Cms::CertificatesEnd),
    // A revocation list is parsed as if its fields were certificates.
    walked(Optional, context_constructed(1), &REVOCATION_LISTS),
    walked(Otherwise, context_constructed(3), &REVOCATION_LISTS),
    walked(Optional, tag::SET, &SIGNER_INFOS),
    walked(Otherwise, tag::SEQUENCE, &SIGNER_INFOS),
    Step::OneOf,
];

static DIGEST_ALGORITHMS: Inside<Cms> = rule_many(&[walked(Required, tag::SEQUENCE, &ALGORITHM)]);

static ALGORITHM: Inside<Cms> = rule(&ALGORITHM_STEPS);

static ALGORITHM_STEPS: [Step<Cms>; 2] = [leaf(Required, tag::OID, Some(Cms::Oid)), any(Optional, None)];

static REVOCATION_LISTS: Inside<Cms> =
    rule_many(&[walked(Required, tag::SEQUENCE, &rule_many(&[any(Required, Some(Cms::Certificate))]))]);

static SIGNER_INFOS: Inside<Cms> = rule_many(&[walked(
    Required,
    tag::SEQUENCE,
    &Inside { steps: &SIGNER_INFO, many: false, called: true, act_at_end: Some(Cms::SignerEnd) },
)]);

static SIGNER_INFO: [Step<Cms>; 14] = [
    leaf(Required, tag::INTEGER, Some(Cms::SignerVersion)),
    walked(
        Optional,
        tag::SEQUENCE,
        &rule(&[
            walked(
                Required,
                tag::SEQUENCE,
                &here_many(&[walked(
                    Required,
                    tag::SET,
                    &here_many(&[walked(
                        Required,
                        tag::SEQUENCE,
                        &here(&[leaf(Required, tag::OID, Some(Cms::Oid)), any(Required, None)]),
                    )]),
                )]),
            ),
            Step::Act(Cms::Issuer),
            leaf(Required, tag::INTEGER, None),
            Step::Act(Cms::Serial),
        ]),
    ),
    leaf(Otherwise, context(0), Some(Cms::KeyId)),
    Step::OneOf,
    walked(Required, tag::SEQUENCE, &ALGORITHM),
    Step::Act(Cms::DigestAlgorithm),
    walked(
        Optional,
        context_constructed(0),
        &rule_many(&[walked(Required, tag::SEQUENCE, &SIGNED_ATTRIBUTE)]),
    ),
    Step::ActIfJustRead(Cms::AttributesEnd),
    // Attributes as a SEQUENCE under [2]: parsed, but nothing records that they exist.
    walked(
        Otherwise,
        context_constructed(2),
        &rule(&[walked(
            Required,
            tag::SEQUENCE,
            &here_many(&[walked(Required, tag::SEQUENCE, &SIGNED_ATTRIBUTE)]),
        )]),
    ),
    walked(Required, tag::SEQUENCE, &here(&ALGORITHM_STEPS)),
    Step::Act(Cms::SignatureAlgorithm),
    leaf(Required, tag::OCTET_STRING, Some(Cms::Signature)),
    walked(
        Optional,
        context_constructed(1),
        &rule_many(&[walked(Required, tag::SEQUENCE, &UNSIGNED_ATTRIBUTE)]),
    ),
    walked(
        Otherwise,
        context_constructed(3),
        &rule_many(&[walked(Required, tag::SEQUENCE, &UNSIGNED_ATTRIBUTE)]),
    ),
];

static SIGNED_ATTRIBUTE: Inside<Cms> = rule(&[
    leaf(Required, tag::OID, Some(Cms::Oid)),
    walked(Required, tag::SET, &here_many(&[any(Required, Some(Cms::Attribute))])),
]);

static UNSIGNED_ATTRIBUTE: Inside<Cms> =
    rule(&[leaf(Required, tag::OID, None), walked(Required, tag::SET, &here_many(&[any(Required, None)]))]);

/// Certificate.
pub(super) static CERTIFICATE: [Step<X509>; 1] = [walked(
    Required,
    tag::SEQUENCE,
    &here(&[
        walked(Required, tag::SEQUENCE, &here(&TBS_CERTIFICATE)),
        Step::Act(X509::TbsEnd),
        walked(Required, tag::SEQUENCE, &X509_ALGORITHM),
        leaf(Required, tag::BIT_STRING, Some(X509::Signature)),
    ]),
)];

static TBS_CERTIFICATE: [Step<X509>; 14] = [
    walked(Optional, context_constructed(0), &rule(&[leaf(Required, tag::INTEGER, None)])),
    leaf(Required, tag::INTEGER, None),
    Step::Act(X509::Serial),
    walked(Required, tag::SEQUENCE, &X509_ALGORITHM),
    Step::Act(X509::TbsAlgorithm),
    walked(Required, tag::SEQUENCE, &rule_many(&NAME)),
    Step::Act(X509::Issuer),
    walked(
        Required,
        tag::SEQUENCE,
        &here(&[
            leaf(Optional, tag::UTC_TIME, None),
            leaf(Otherwise, tag::GENERALIZED_TIME, None),
            Step::OneOf,
            Step::Act(X509::NotBefore),
            leaf(Optional, tag::UTC_TIME, None),
            leaf(Otherwise, tag::GENERALIZED_TIME, None),
            Step::OneOf,
            Step::Act(X509::NotAfter),
        ]),
    ),
    walked(Required, tag::SEQUENCE, &rule_many(&NAME)),
    Step::Act(X509::Subject),
    walked(
        Required,
        tag::SEQUENCE,
        &here(&[
            walked(Required, tag::SEQUENCE, &X509_ALGORITHM),
            leaf(Required, tag::BIT_STRING, Some(X509::Key)),
        ]),
    ),
    leaf(Optional, context(1), None),
    leaf(Optional, context(2), None),
    walked(
        Optional,
        context_constructed(3),
        &rule(&[walked(Required, tag::SEQUENCE, &here_many(&[walked(Required, tag::SEQUENCE, &EXTENSION)]))]),
    ),
];

static X509_ALGORITHM: Inside<X509> =
    rule(&[leaf(Required, tag::OID, Some(X509::Oid)), any(Optional, Some(X509::Parameters))]);

/// RelativeDistinguishedName, of which a Name has one or more.
static NAME: [Step<X509>; 1] = [walked(
    Required,
    tag::SET,
    &here_many(&[walked(
        Required,
        tag::SEQUENCE,
        &here(&[leaf(Required, tag::OID, Some(X509::Oid)), any(Required, Some(X509::NameSegment))]),
    )]),
)];

static EXTENSION: Inside<X509> = here(&[
    leaf(Required, tag::OID, Some(X509::Oid)),
    leaf(Optional, tag::BOOLEAN, None),
    leaf(Required, tag::OCTET_STRING, Some(X509::Extension)),
]);

/// AuthorityKeyIdentifier.
pub(super) static AUTHORITY_KEY_ID: [Step<X509>; 1] = [walked(
    Required,
    tag::SEQUENCE,
    &here(&[
        leaf(Optional, context(0), Some(X509::AuthorityKeyId)),
        walked(Optional, context_constructed(1), &rule_many(&GENERAL_NAME)),
        leaf(Optional, context(2), Some(X509::AuthoritySerial)),
    ]),
)];

/// The same without [`Rule::ImplicitNames`](super::Rule::ImplicitNames).
pub(super) static AUTHORITY_KEY_ID_6_1: [Step<X509>; 1] = [walked(
    Required,
    tag::SEQUENCE,
    &here(&[
        leaf(Optional, context(0), Some(X509::AuthorityKeyId)),
        walked(Optional, context_constructed(1), &rule_many(&GENERAL_NAME_6_1)),
        leaf(Optional, context(2), Some(X509::AuthoritySerial)),
    ]),
)];

static GENERAL_NAME: [Step<X509>; 10] = [
    walked(
        Optional,
        context_constructed(0),
        &rule(&[leaf(Required, tag::OID, None), walked(Required, context_constructed(0), &here(&ANYTHING))]),
    ),
    leaf(Otherwise, context(1), None),
    leaf(Otherwise, context(2), None),
    walked(Otherwise, context_constructed(3), &rule(&ANYTHING)),
    walked(
        Otherwise,
        context_constructed(4),
        &rule(&[walked(Required, tag::SEQUENCE, &here_many(&NAME)), Step::Act(X509::AuthorityIssuer)]),
    ),
    walked(
        Otherwise,
        context_constructed(5),
        &rule(&[
            walked(Optional, context_constructed(0), &rule(&ANYTHING)),
            walked(Required, context_constructed(1), &here(&ANYTHING)),
        ]),
    ),
    leaf(Otherwise, context(6), None),
    leaf(Otherwise, context(7), None),
    leaf(Otherwise, context(8), None),
    Step::OneOf,
];

static GENERAL_NAME_6_1: [Step<X509>; 10] = [
    walked(Optional, context_constructed(0), &rule(&ANYTHING)),
    walked(Otherwise, context_constructed(1), &rule(&IA5_STRING)),
    walked(Otherwise, context_constructed(2), &rule(&IA5_STRING)),
    walked(Otherwise, context_constructed(3), &rule(&ANYTHING)),
    walked(
        Otherwise,
        context_constructed(4),
        &rule(&[walked(Required, tag::SEQUENCE, &here_many(&NAME)), Step::Act(X509::AuthorityIssuer)]),
    ),
    walked(Otherwise, context_constructed(5), &rule(&ANYTHING)),
    walked(Otherwise, context_constructed(6), &rule(&IA5_STRING)),
    walked(Otherwise, context_constructed(7), &rule(&[leaf(Required, tag::OCTET_STRING, None)])),
    walked(Otherwise, context_constructed(8), &rule(&[leaf(Required, tag::OID, None)])),
    Step::OneOf,
];

static IA5_STRING: [Step<X509>; 1] = [leaf(Required, tag::IA5_STRING, None)];

static ANYTHING: [Step<X509>; 1] = [any(Required, None)];

/// A SEQUENCE of two INTEGERs: Ecdsa-Sig-Value, RSAPublicKey.
pub(super) static TWO_NUMBERS: [Step<Number>; 1] = [walked(
    Required,
    tag::SEQUENCE,
    &here(&[
        leaf(Required, tag::INTEGER, Some(Number::First)),
        leaf(Required, tag::INTEGER, Some(Number::Second)),
    ]),
)];
