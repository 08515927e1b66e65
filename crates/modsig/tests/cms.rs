//! The built CMS, byte by byte against the kernel's sign-file, and the strictness of the parser.

mod common;

use common::{Node, algorithm, path};
use mldsa::dynamic::Parameters;
use modsig::algorithm::Digest;
use modsig::asn1::{DerError, DerProblem};
use modsig::cms::{self, CmsError, SignerIdentifier};
use modsig::key::KeyAlgorithm;
use modsig::signer::{IdentifierKind, Options, Signer};

fn cms_of(name: &str) -> Vec<u8> {
    let path = format!("modsig/cms/dummy.{name}.p7s");
    if name.ends_with("ossl40.sf40.sha512") || name == "mldsa65-ossl40.sf40.sha512.k" {
        let file = common::signed(name);
        return common::split(&file).1.to_vec();
    }
    common::vector(&path)
}

/// For the same certificate and signature, our CMS and that of `sign-file` with OpenSSL 4.0 are the same bytes.
/// Kills: any wrong length, version, tag, OID, order, or parameters that should be absent.
#[test]
fn build_equals_openssl_4() {
    let names = ["mldsa44", "mldsa65", "mldsa87"]
        .map(|key| [format!("{key}-ossl40.sf40.sha512"), format!("{key}-ossl40.sf40.sha512.k")]);
    let more =
        ["sha256", "sha384", "sha3-256", "sha3-512"].map(|digest| format!("mldsa44-ossl40.sf40.{digest}"));
    let mut compared = 0;
    for name in names.iter().flatten().chain(&more) {
        let theirs = cms_of(name);
        let key = name.split('.').next().unwrap();
        let certificate = common::certificate(key);
        let parsed = cms::parse(&theirs).unwrap();
        let [signer] = &parsed.signers[..] else { panic!("{name}") };
        let sid = match name.ends_with(".k") {
            true => SignerIdentifier::SubjectKeyId(certificate.subject_key_id().unwrap()),
            false => SignerIdentifier::IssuerAndSerial {
                issuer: certificate.issuer_der(),
                serial: certificate.serial(),
            },
        };
        assert_eq!(signer.sid, sid);
        let digest = Digest::from_name(name.split('.').nth(2).unwrap()).unwrap();
        let parameters = Parameters::from_name(&key.replace("mldsa", "ML-DSA-")[..9]).unwrap();
        assert_eq!(
            cms::build(&sid, digest, KeyAlgorithm::MlDsa(parameters), signer.signature),
            theirs,
            "{name}"
        );
        compared += 1;
    }
    assert_eq!(compared, 10);
}

/// The signer's output differs from OpenSSL's only in the signature, and has the lengths measured with the kernel.
#[test]
fn signer_output_equals_openssl_4_but_for_the_signature() {
    let module = common::module();
    for (key, length) in [("mldsa44-ossl40", 2_581), ("mldsa65-ossl40", 3_470), ("mldsa87-ossl40", 4_788)] {
        for (identifier, shorter) in
            [(IdentifierKind::IssuerAndSerial, 0), (IdentifierKind::SubjectKeyId, 44)]
        {
            let options = Options { identifier, ..Options::default() };
            let signer = Signer::new(&common::private_key(key), &common::certificate(key), options).unwrap();
            let by_mu = signer.ml_dsa().unwrap();
            let mut hasher = by_mu.mu_hasher();
            module.chunks(999).for_each(|chunk| hasher.update(chunk));
            let ours = by_mu.cms_of_mu(&hasher.finalize(), &mldsa::Rnd::DETERMINISTIC).unwrap();
            let suffix = if shorter == 0 { "" } else { ".k" };
            let theirs = cms_of(&format!("{key}.sf40.sha512{suffix}"));
            assert_eq!((ours.len(), theirs.len()), (length - shorter, length - shorter));
            let signature = cms::parse(&theirs).unwrap().signers[0].signature_offset;
            assert_eq!(ours[..signature], theirs[..signature]);
            assert_ne!(ours[signature..], theirs[signature..]);
        }
    }
}

/// Every CMS of the fixtures parses, and its parts match its name.
#[test]
fn fixtures_parse() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors/modsig/cms");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let name = name.strip_prefix("dummy.").unwrap().strip_suffix(".p7s").unwrap();
        let der = common::cms(name);
        let parsed = cms::parse(&der).unwrap();
        let [signer] = &parsed.signers[..] else { panic!("{name}") };
        let by_key_id = name.ends_with(".k");
        assert_eq!((parsed.version, signer.version), if by_key_id { (3, 3) } else { (1, 1) });
        assert_eq!(signer.signed_attributes.is_some(), name.contains("sf35"), "{name}");
        let digest = Digest::from_oid(&signer.digest_algorithm.oid).unwrap();
        assert_eq!(Some(digest.name()), name.split('.').nth(2), "{name}");
        assert_eq!(parsed.content_offset, None);
        assert!(parsed.certificates.is_empty() && parsed.unsorted_sets.is_empty());
        assert_eq!(der[signer.signature_offset..], *signer.signature);
        count += 1;
    }
    assert_eq!(count, 39);
}

fn problem(der: &[u8]) -> DerProblem {
    match cms::parse(der) {
        Err(CmsError::Der(error)) => error.problem,
        other => panic!("{other:?}"),
    }
}

/// DER only. Kills: BER accepted, bytes after the message or inside it accepted.
#[test]
fn only_der() {
    let good = cms_of("mldsa65-ossl40.sf40.sha512");
    assert!(cms::parse(&good).is_ok());
    assert_eq!(problem(&[&good[..], &[0]].concat()), DerProblem::TrailingBytes { count: 1 });
    assert_eq!(problem(&[&good[..], &[0, 0]].concat()), DerProblem::TrailingBytes { count: 2 });
    // Indefinite length of the outermost element, with its end-of-contents octets; Linux accepts it.
    assert_eq!(problem(&[&[0x30, 0x80], &good[4..], &[0, 0]].concat()), DerProblem::IndefiniteLength);
    // Padded length.
    assert_eq!(problem(&[&[0x30, 0x83, 0], &good[2..]].concat()), DerProblem::InvalidHeader);
    assert_eq!(problem(&good[..good.len() - 1]), DerProblem::Truncated);
    assert_eq!(problem(&good[..good.len() / 2]), DerProblem::Truncated);
    assert_eq!(problem(&[]), DerProblem::Missing);
    assert_eq!(problem(b"-----BEGIN CMS-----\n"), DerProblem::UnexpectedTag { expected: 0x30, found: b'-' });
    assert_eq!(problem(&vec![0x30; 65_536]), DerProblem::TooLong { limit: 65_535 });
    assert_eq!(problem(&vec![0x30; 65_535]), DerProblem::TrailingBytes { count: 65_535 - 2 - 0x30 });

    // One additional element at the end of each SEQUENCE with a fixed list of fields.
    let tree = Node::parse(&good);
    let extra = Node::Primitive(0x02, vec![7]);
    for place in [
        &[][..],
        &[1],
        path::SIGNED_DATA,
        path::ENCAPSULATED,
        path::SIGNER,
        &[1, 0, 3, 0, 1],
        &[1, 0, 1, 0],
        &[1, 0, 3, 0, 3],
    ] {
        let mut tree = tree.clone();
        tree.at(place).children().extend([extra.clone(), extra.clone()]);
        assert!(cms::parse(&tree.der()).is_err(), "{place:?}");
    }
    // One too few.
    for place in [
        &[][..],
        &[1],
        path::SIGNED_DATA,
        path::ENCAPSULATED,
        path::SIGNER,
        &[1, 0, 3, 0, 1],
        &[1, 0, 1, 0],
        &[1, 0, 3, 0, 3],
    ] {
        let mut tree = tree.clone();
        tree.at(place).children().pop();
        assert!(cms::parse(&tree.der()).is_err(), "{place:?}");
    }
    // Padded integers: the serial number and the versions.
    for place in [path::VERSION, &[1, 0, 3, 0, 0], &[1, 0, 3, 0, 1, 1]] {
        let mut tree = tree.clone();
        let value = tree.at(place).value();
        assert!(value[0] < 0x80);
        value.insert(0, 0);
        assert!(matches!(problem(&tree.der()), DerProblem::InvalidValue(_)), "{place:?}");
    }
}

/// Attributes that are not in DER order are rejected: the signature covers their encoding.
#[test]
fn signed_attributes_must_be_sorted() {
    let mut tree = Node::parse(&common::cms("mldsa44-ossl35.sf35.sha512"));
    let attributes = tree.at(path::SIGNER).children()[3].children();
    assert_eq!(attributes.len(), 2);
    attributes.swap(0, 1);
    assert_eq!(problem(&tree.der()), DerProblem::SetNotSorted);
    tree.at(path::SIGNER).children()[3].children().clear();
    assert_eq!(problem(&tree.der()), DerProblem::Missing);
}

/// The signature covers the attributes encoded as a SET instead of the content (RFC 5652 §5.4). Kills: the tag `[0]`
/// signed.
#[test]
fn attributes_are_signed_as_a_set() {
    let der = common::cms("mldsa44-ossl35.sf35.sha512");
    let parsed = cms::parse(&der).unwrap();
    let attributes = parsed.signers[0].signed_attributes.as_ref().unwrap();
    let signed = attributes.signed_bytes();
    assert_eq!((attributes.raw[0], signed[0]), (0xa0, 0x31));
    assert_eq!(attributes.raw[1..], signed[1..]);
    assert_eq!(der[attributes.offset..][..signed.len()], *attributes.raw);
    assert_eq!(
        attributes.attributes.iter().map(|attribute| attribute.values.len()).collect::<Vec<_>>(),
        [1, 1]
    );
}

/// The sets for which RFC 5652 requires no order are reported with their offsets if they are unsorted; revocation lists
/// are skipped, whatever they contain. Kills: a sorted set reported, an unsorted one not reported or at another offset;
/// fields after a revocation list not read.
#[test]
fn optional_sets_and_their_order() {
    let good = Node::parse(&cms_of("mldsa65-ossl40.sf40.sha512"));
    let number = |value: u8| Node::Primitive(0x02, vec![value]);
    let unsorted = |change: &dyn Fn(&mut Node)| {
        let mut tree = good.clone();
        change(&mut tree);
        let der = tree.der();
        let parsed = cms::parse(&der).unwrap();
        let certificates: Vec<Vec<u8>> = parsed.certificates.iter().map(|one| one.der.to_vec()).collect();
        for one in &parsed.certificates {
            assert_eq!(der[one.offset..][..one.der.len()], *one.der);
        }
        let sets: Vec<(&str, u8)> =
            parsed.unsorted_sets.iter().map(|&(field, offset)| (field, der[offset])).collect();
        (sets, certificates, parsed.signers.len())
    };
    let with = |tag: u8, children: Vec<Node>| {
        move |tree: &mut Node| {
            tree.at(path::SIGNED_DATA).children().insert(3, Node::Constructed(tag, children.clone()));
        }
    };
    let none = || Vec::<Vec<u8>>::new();
    let (one, two) = (number(1).der(), number(2).der());
    let sha = |last: u8| algorithm(&format!("2.16.840.1.101.3.4.2.{last}"));
    let digests =
        |list: [u8; 2]| move |tree: &mut Node| *tree.at(path::DIGESTS).children() = list.map(sha).to_vec();
    assert_eq!(unsorted(&digests([1, 3])), (vec![], none(), 1));
    assert_eq!(unsorted(&digests([3, 3])), (vec![], none(), 1));
    assert_eq!(unsorted(&digests([3, 1])), (vec![("SignedData.digestAlgorithms", 0x31)], none(), 1));
    assert_eq!(unsorted(&with(0xa0, vec![])), (vec![], none(), 1));
    assert_eq!(
        unsorted(&with(0xa0, vec![number(1), number(2)])),
        (vec![], vec![one.clone(), two.clone()], 1)
    );
    assert_eq!(
        unsorted(&with(0xa0, vec![number(2), number(1)])),
        (vec![("SignedData.certificates", 0xa0)], vec![two, one], 1)
    );
    for lists in [vec![], vec![number(1)], vec![number(2), number(1)]] {
        assert_eq!(unsorted(&with(0xa1, lists)), (vec![], none(), 1));
    }
    let twice = |first: u8, second: u8| {
        move |tree: &mut Node| {
            let mut signers = vec![tree.at(path::SIGNER).clone(); 2];
            signers[0].at(&[path::SIGNATURE]).value()[0] = first;
            signers[1].at(&[path::SIGNATURE]).value()[0] = second;
            *tree.at(path::SIGNERS).children() = signers;
        }
    };
    assert_eq!(unsorted(&twice(1, 2)), (vec![], none(), 2));
    assert_eq!(unsorted(&twice(2, 1)), (vec![("SignedData.signerInfos", 0x31)], none(), 2));
    // Errors inside are found.
    for (place, at, tag) in
        [(path::SIGNED_DATA, 3, 0xa0), (path::SIGNED_DATA, 3, 0xa1), (path::SIGNER, 5, 0xa1)]
    {
        let mut tree = good.clone();
        tree.at(place).children().insert(at, Node::Primitive(tag, vec![0x30, 5, 0]));
        assert_eq!(problem(&tree.der()), DerProblem::Truncated);
    }
}

/// Each error names the field, its offset, and what is wrong.
#[test]
fn messages() {
    let error = |problem| DerError { offset: 7, field: "SignerInfo.sid", problem };
    for (problem, text) in [
        (DerProblem::Truncated, "the data ends inside this element"),
        (DerProblem::IndefiniteLength, "indefinite length (BER); DER is required"),
        (DerProblem::InvalidHeader, "its tag or length is not DER"),
        (DerProblem::UnexpectedTag { expected: 0x30, found: 4 }, "tag 0x04 instead of 0x30"),
        (DerProblem::TrailingBytes { count: 3 }, "3 unexpected bytes at its end"),
        (DerProblem::Missing, "it is missing"),
        (DerProblem::InvalidValue("so it is"), "so it is"),
        (DerProblem::TooLong { limit: 9 }, "it is longer than 9 bytes"),
        (DerProblem::SetNotSorted, "the set is not sorted as DER requires"),
    ] {
        assert_eq!(problem.to_string(), text);
        assert_eq!(error(problem).to_string(), format!("SignerInfo.sid at offset 7: {text}"));
        let whole = format!("malformed CMS: SignerInfo.sid at offset 7: {text}");
        assert_eq!(CmsError::from(error(problem)).to_string(), whole);
    }
    assert_eq!(error(DerProblem::Missing).shifted(5).offset, 12);
    let mut tree = Node::parse(&cms_of("mldsa65-ossl40.sf40.sha512"));
    *tree.at(path::CONTENT_TYPE) = common::oid("1.2.840.113549.1.7.3");
    let error = cms::parse(&tree.der()).unwrap_err();
    assert!(matches!(error, CmsError::NotSignedData { offset: 4, .. }));
    let text = "ContentInfo.contentType at offset 4: 1.2.840.113549.1.7.3 is not signedData";
    assert_eq!(error.to_string(), text);
}

/// No input makes the parsers panic: every truncation and many changed bytes of each kind of input.
#[test]
fn nothing_panics() {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random as usize
    };
    let inputs = [
        common::cms("mldsa44-ossl35.sf35.sha512"),
        common::cms("p384.sf40.sha512.k"),
        common::vector("modsig/keys/p384.der"),
        common::vector("modsig/keys/mldsa44-ossl40.pem"),
        common::vector("modsig/keys/p256-encrypted.pem"),
        common::vector("rfc9881/ML-DSA-44-seed.priv"),
    ];
    let all = |bytes: &[u8]| {
        let _ = cms::parse(bytes);
        let _ = modsig::cert::Certificate::read_all(bytes);
        let _ = modsig::pem::blocks(bytes);
        let _ = modsig::trailer::split(bytes);
        // Reading a key computes one: only if it is not a whole ML-DSA key.
        if bytes.len() < 200 {
            let _ = modsig::key::PrivateKey::from_pem_or_der(bytes);
        }
    };
    for input in &inputs {
        for cut in (0..input.len()).step_by(1 + input.len() / 400) {
            all(&input[..cut]);
        }
        for _ in 0..400 {
            let mut changed = input.clone();
            for _ in 0..=next() % 3 {
                let at = next() % changed.len().min(if next() % 2 == 0 { 300 } else { usize::MAX });
                changed[at] = next() as u8;
            }
            all(&changed);
        }
    }
    // Deep nesting and lengths of all sizes.
    all(&[0x30, 0x80].repeat(30_000));
    all(&[0xa0, 0x84, 0xff, 0xff, 0xff, 0xff].repeat(100));
    all(&[0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
}
