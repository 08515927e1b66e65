//! The messages: each problem says what is wrong, with its numbers, and what to do, and has its kind.

use crate::common::{self, Node, algorithm, path, with_cms};
use crate::{GOOD, message};
use modsig::algorithm::{Digest, Weakness};
use modsig::asn1::DerProblem;
use modsig::cert::CertError;
use modsig::kernel::{self, Answer, Config, Errno, Keyring};
use modsig::trailer::{TrailerProblem, Unsigned};
use modsig::verdict::{KeyKind, Kind, Outcome, Policy, PolicyError, Problem, verify};

fn answer(refusal: Option<Errno>, log: &[&str]) -> Answer {
    let mut answer = kernel::answer(&[], &Keyring::new(core::iter::empty::<&[u8]>(), &Config::STRICT));
    answer.refusal = refusal;
    answer.log = log.iter().map(|line| (*line).to_owned()).collect();
    answer
}

/// Kills: a variant without a text, with a wrong text, without its numbers, with a wrong remedy or kind.
#[test]
fn problems() {
    use Problem as P;
    const FORM: &str = "sign the module again with a tool that writes the form that Linux requires";
    const DER: &str =
        "the signature is damaged or was made by a tool that does not write DER: sign the module again";
    const CHANGED: &str =
        "do not load it: the module or its signature was changed; get it again from its source";
    const ALLOWED: &str = "sign with what the policy allows, or change the policy";
    const NOTHING_AFTER: &str =
        "get the file again, or remove the signature and sign again; nothing may follow a signature";
    let text = || "X".to_owned();
    let mut cases = vec![
        (
            P::Unsigned(Unsigned::NoMarker),
            Kind::Unsigned,
            "unsigned: no signature is appended",
            "sign it: sign-module",
        ),
        (
            P::Unsigned(Unsigned::Empty),
            Kind::Unsigned,
            "unsigned: the file contains no module",
            "get the file again",
        ),
        (
            P::Unsigned(Unsigned::BytesAfterMarker { marker: 17, extra: 5 }),
            Kind::Unsigned,
            "unsigned: 5 bytes follow the signature marker (at offset 17)",
            NOTHING_AFTER,
        ),
        (P::Unsigned(Unsigned::MarkerWithoutNewline), Kind::Unsigned, "lacks its newline", NOTHING_AFTER),
        (
            P::Trailer(TrailerProblem::IdType(9)),
            Kind::Malformed,
            "malformed signature trailer: id_type is 9, not 2",
            "only PKCS#7 (CMS) module signatures exist today: sign the module again",
        ),
        (
            P::Der { field: "SignerInfo.sid", problem: DerProblem::TrailingBytes { count: 3 } },
            Kind::Malformed,
            "malformed CMS: SignerInfo.sid: 3 unexpected bytes at its end",
            DER,
        ),
        (P::NotSignedData { content_type: text() }, Kind::Malformed, "the CMS is X, not signedData", DER),
        (P::ContentType { content_type: text() }, Kind::Malformed, "the signed content is X, not data", FORM),
        (P::ContentAttached, Kind::Malformed, "must be detached", FORM),
        (P::NoDigestAlgorithms, Kind::Malformed, "lists no digest algorithm", FORM),
        (P::NoSigners, Kind::Malformed, "has no SignerInfo", FORM),
        (P::SignedDataVersion(7), Kind::Malformed, "SignedData has version 7, not 1 or 3", FORM),
        (
            P::SignerVersion { signed_data: 5, signer: 6 },
            Kind::Malformed,
            "SignerInfo has version 6 in a SignedData of version 5",
            FORM,
        ),
        (
            P::IdentifierVersion { version: 1 },
            Kind::Malformed,
            "version 1 with a key identifier, which requires version 3",
            FORM,
        ),
        (
            P::IdentifierVersion { version: 3 },
            Kind::Malformed,
            "version 3 with issuer and serial number, which require version 1",
            FORM,
        ),
        (
            P::DigestNotListed { digest: text() },
            Kind::Malformed,
            "digest X is not listed in digestAlgorithms",
            FORM,
        ),
        (
            P::ParametersPresent { field: "F", algorithm: "A" },
            Kind::Malformed,
            "F has parameters, but A requires them absent",
            FORM,
        ),
        (P::ParametersNotNull { field: "F" }, Kind::Malformed, "F must have NULL parameters", FORM),
        (
            P::DigestMismatch { digest: text(), signature: Digest::Sha384 },
            Kind::Malformed,
            "the digest algorithm is X, but the signature algorithm uses sha384",
            FORM,
        ),
        (
            P::CertificatesInside,
            Kind::RefusedByPolicy,
            "the CMS contains certificates, which the policy refuses",
            "sign without certificates in the CMS, as sign-module does",
        ),
        (
            P::TooFewSigners { found: 1, wanted: 2 },
            Kind::RefusedByPolicy,
            "signed by 1 trusted keys, but the policy requires 2",
            "have the other signers sign it, too, and trust their certificates",
        ),
        (P::DigestNotAllowed(Digest::Sha3_256), Kind::RefusedByPolicy, "does not allow sha3-256", ALLOWED),
        (
            P::KeyNotAllowed { key: text() },
            Kind::RefusedByPolicy,
            "the policy does not allow X keys",
            ALLOWED,
        ),
        (
            P::RsaLength { bits: 1, min: 2, max: 3 },
            Kind::RefusedByPolicy,
            "the RSA key has 1 bits; 2 to 3 are allowed",
            "sign with a key of a length that the policy allows",
        ),
        (
            P::RsaExponent,
            Kind::RefusedByPolicy,
            "exponent that is even or below 65537",
            "make a new RSA key with the usual exponent, 65537",
        ),
        (
            P::TooExpensive,
            Kind::TooExpensive,
            "too expensive to evaluate: it requires more public-key operations than any real signature",
            "do not load it: no common tool signs like this; sign the module again with one key",
        ),
        (
            P::EmbeddedCertificate(CertError::SelfSignature),
            Kind::Malformed,
            "cannot be read: the certificate's own",
            DER,
        ),
        (
            P::EmbeddedCertificateRefused(Errno::EBADMSG),
            Kind::Malformed,
            "Linux refuses the message because of a certificate in the CMS (EBADMSG)",
            "sign the module again without certificates inside",
        ),
        (
            P::CertificatesInsideRefused(Errno::EKEYREJECTED),
            Kind::Malformed,
            "do not match the signature or one another, so Linux refuses the message (EKEYREJECTED)",
            "sign the module again without certificates inside",
        ),
        (
            P::WeakDigest { digest: Digest::Sha1, weakness: Weakness::CollisionsPublished, field: "F" },
            Kind::RefusedByPolicy,
            "sha1 in F is refused: collisions are public",
            "sign again with sha512, and with a certificate that is signed with it",
        ),
        (
            P::WeakDigest { digest: Digest::Sha224, weakness: Weakness::TooShort, field: "F" },
            Kind::RefusedByPolicy,
            "sha224 in F is refused: a 224-bit digest",
            "sign again with sha512, and with a certificate that is signed with it",
        ),
        (
            P::UnsupportedDigest { name: text() },
            Kind::Unsupported,
            "digest algorithm X is not supported in module signatures",
            "sign again with sha512",
        ),
        (
            P::UnsupportedSignature { name: text() },
            Kind::Unsupported,
            "signature algorithm X is not supported",
            "sign again with ML-DSA, RSA (PKCS#1 v1.5) or ECDSA",
        ),
        (
            P::UnknownSigner { identifier: text() },
            Kind::UnknownSigner,
            "signed by X, but no trusted certificate matches",
            "give the signer's certificate with --trust, if you trust it",
        ),
        (
            P::AlgorithmMismatch { signature: text(), key: "Y".into() },
            Kind::BadSignature,
            "the signature is X, but the trusted key is Y",
            CHANGED,
        ),
        (
            P::SignatureLength { expected: 1, found: 2 },
            Kind::BadSignature,
            "the signature is 2 bytes long, not 1",
            CHANGED,
        ),
        (P::BadSignature, Kind::BadSignature, "does not match the module and the trusted key", CHANGED),
        (P::MessageDigest, Kind::BadSignature, "the signed digest does not match the module", CHANGED),
        (
            P::AttributeCount { attribute: "A", found: 2 },
            Kind::Malformed,
            "have 2 values of A, not exactly one",
            FORM,
        ),
        (
            P::AttributeValue { attribute: "A" },
            Kind::Malformed,
            "the signed attribute A has a wrong value",
            FORM,
        ),
        (
            P::SignedAttributes,
            Kind::RefusedByPolicy,
            "is valid but has signed attributes",
            "sign without signed attributes, which a strict Linux refuses: use sign-module, or openssl cms -sign -binary -noattr (for ML-DSA, OpenSSL 4 or later)",
        ),
        (
            P::SignedAttributesDigest(Digest::Sha256),
            Kind::RefusedByPolicy,
            "but its signed attributes use sha256",
            "sign again with sha512",
        ),
    ];
    // A kernel's error has the kind that its number implies; the log distinguishes two cases of one number.
    for (errno, log, kind) in [
        (Errno::ENODATA, "", Kind::Unsigned),
        (Errno::ENOKEY, "", Kind::UnknownSigner),
        (Errno::ENOPKG, "", Kind::Unsupported),
        (Errno::ENOENT, "", Kind::Unsupported),
        (Errno::EKEYREJECTED, "PKCS7: module is signed with has authattrs", Kind::RefusedByPolicy),
        (Errno::EKEYREJECTED, "something else", Kind::BadSignature),
        (Errno::EINVAL, "", Kind::Malformed),
        (Errno::ENOMEM, "", Kind::Malformed),
        (Errno::EBADMSG, "", Kind::Malformed),
        (Errno::EMSGSIZE, "", Kind::Malformed),
    ] {
        let text = "Linux refuses it: refused with E";
        cases.push((P::Kernel(answer(Some(errno), &[log])), kind, text, "see the kernel's log messages"));
    }
    cases.push((P::Kernel(answer(None, &[])), Kind::Good, "loaded", "see the kernel's log messages"));
    assert_eq!(cases.len(), 42 + 10 + 1);
    for (problem, kind, words, remedy) in cases {
        let text = problem.to_string();
        assert!(text.contains(words), "{problem:?}: {text}");
        assert_eq!((problem.kind(), problem.remedy()), (kind, remedy), "{problem:?}");
    }
}

/// The most serious finding decides, whichever was made first. Kills: an order by offset, or another one.
#[test]
fn the_most_serious_finding_decides() {
    let signer = |name: &str| Node::parse(&message(name)).at(path::SIGNER).clone();
    let unknown = || signer("wrong-mldsa65.sf40.sha512");
    let bad = || {
        let mut signer = signer(GOOD);
        signer.at(&[path::SIGNATURE]).value()[1000] ^= 1;
        signer
    };
    let unsupported = || {
        let mut signer = signer(GOOD);
        signer.children()[path::ALGORITHM] = algorithm("1.2.3.4");
        signer
    };
    let malformed = || {
        let mut signer = signer(GOOD);
        signer.at(&[path::SIGNER_VERSION]).value()[0] = 2;
        signer
    };
    let weak = || {
        let mut signer = signer(GOOD);
        signer.children()[path::DIGEST] = algorithm("1.3.14.3.2.26");
        signer
    };
    // The policy refuses SHA-512, so each signer except the weak one also has a finding of that kind.
    let policy = Policy::DEFAULT.with_digests([Digest::Sha3_512]).unwrap();
    let ranked: [(&dyn Fn() -> Node, Kind); 6] = [
        (&|| signer(GOOD), Kind::RefusedByPolicy),
        (&unknown, Kind::UnknownSigner),
        (&bad, Kind::BadSignature),
        (&unsupported, Kind::Unsupported),
        (&malformed, Kind::Malformed),
        (&weak, Kind::RefusedByPolicy),
    ];
    for (number, (lesser, _)) in ranked.iter().enumerate() {
        for (worse, kind) in &ranked[number..] {
            for signers in [vec![lesser(), worse()], vec![worse(), lesser()]] {
                let mut tree = Node::parse(&message(GOOD));
                *tree.at(path::SIGNERS).children() = signers;
                let verdict = verify(&with_cms(&tree.der()), &common::trust_all(), &policy);
                assert_eq!(verdict.kind(), *kind, "{:?}", verdict.findings);
                assert_eq!(verdict.findings[0].problem.kind(), *kind);
            }
        }
    }
}

#[test]
fn kinds_and_outcomes() {
    let kinds = [
        (Kind::Good, "good"),
        (Kind::Unsigned, "unsigned"),
        (Kind::UnknownSigner, "unknown signer"),
        (Kind::RefusedByPolicy, "refused by policy"),
        (Kind::Unsupported, "unsupported"),
        (Kind::Malformed, "malformed"),
        (Kind::BadSignature, "bad signature"),
        (Kind::TooExpensive, "too expensive to evaluate"),
    ];
    assert!(kinds.iter().all(|(kind, text)| kind.to_string() == *text));
    let outcomes = [
        (Outcome::Passed, "passed"),
        (Outcome::Warned, "warned"),
        (Outcome::Failed, "failed"),
        (Outcome::Skipped, "skipped"),
    ];
    assert!(outcomes.iter().all(|(outcome, text)| outcome.to_string() == *text));
}

#[test]
fn policies() {
    for kind in KeyKind::ALL {
        assert_eq!(kind.to_string(), kind.name());
    }
    assert_eq!(KeyKind::ML_DSA_65.to_string(), "ml-dsa-65");
    let weakness = Weakness::CollisionsPublished;
    for (error, text) in [
        (
            PolicyError::WeakDigest { digest: Digest::Md5, weakness },
            "md5 cannot be allowed: collisions are public",
        ),
        (
            PolicyError::UnsupportedDigest(Digest::Sm3),
            "sm3 is not a digest of module signatures; use sha256, sha384, sha512, sha3-256, sha3-384, sha3-512",
        ),
        (PolicyError::NothingAllowed, "the policy allows nothing"),
        (PolicyError::RsaBits { min: 1, max: 2 }, "RSA of 1 to 2 bits: give a range that starts at 2048"),
        (PolicyError::NoSigners, "at least one signer"),
    ] {
        assert!(error.to_string().contains(text), "{error}");
    }
}
