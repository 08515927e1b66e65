//! What `kernel_verdict` starts from: modules signed in every way that one may meet, and the certificates that are trusted.

use crate::der_tree::{Node, parse, write};
use modsig::algorithm::Digest;
use modsig::cert::Certificate;
use modsig::key::PrivateKey;
use modsig::signer::{IdentifierKind, Options, Signer};
use modsig::trailer::{Split, append, split};
use modsig::trust::TrustStore;
use std::sync::OnceLock;

/// A signed module in parts.
pub struct Base {
    /// What makes it special.
    pub name: &'static str,
    /// The module.
    pub module: Vec<u8>,
    /// The CMS.
    pub cms: Vec<Node>,
}

/// All bases, and who is trusted.
pub struct Bases {
    /// The signed modules.
    pub all: Vec<Base>,
    /// The certificates that are trusted.
    pub trust: TrustStore,
    /// Everything that a trusted key has signed.
    pub signed: Vec<Vec<u8>>,
}

const MODULE: &[u8] = b"A module as far as a signature is concerned: some bytes.";

macro_rules! vector {
    ($name:literal) => {
        include_bytes!(concat!("../../test-vectors/modsig/", $name))
    };
}

/// Key and certificate, in one file.
const TRUSTED: [&[u8]; 6] = [
    vector!("keys/mldsa44-ossl40.pem"),
    vector!("keys/mldsa65-ossl40.pem"),
    vector!("keys/mldsa87-ossl40.pem"),
    vector!("keys/rsa2048.pem"),
    vector!("keys/p256.pem"),
    vector!("keys/p384.pem"),
];
const UNTRUSTED: &[u8] = vector!("keys/mldsa44-ossl35.pem");

/// Signed by the kernel's own `sign-file`: with what OpenSSL 4 and 3.5 write, and with SHA-1.
const BY_SIGN_FILE: [(&str, &[u8]); 3] = [
    ("sign-file", vector!("signed/dummy.mldsa44-ossl40.sf40.sha512.ko")),
    ("sign-file with attributes", vector!("signed/dummy.mldsa65-ossl35.sf35.sha512.ko")),
    ("sign-file with SHA-1", vector!("signed/dummy.rsa4096.sf40.sha1.ko")),
];
const SIGN_FILE_CERTIFICATES: [&[u8]; 2] = [vector!("keys/mldsa65-ossl35.der"), vector!("keys/rsa4096.der")];

/// The bases, made once.
pub fn bases() -> &'static Bases {
    static BASES: OnceLock<Bases> = OnceLock::new();
    BASES.get_or_init(make)
}

fn signer(pem: &[u8], options: Options) -> Signer {
    let key = PrivateKey::from_pem_or_der(pem).expect("a key of the test vectors");
    let certificate = Certificate::from_pem_or_der(pem).expect("a certificate of the test vectors");
    Signer::new(&key, &certificate, options).expect("they belong together")
}

/// What a signer makes of a module, as a tree.
fn cms(signer: &Signer, module: &[u8]) -> Vec<Node> {
    let der = signer.cms(module, &mldsa::Rnd::DETERMINISTIC).expect("it signs");
    parse(&der).expect("it is DER")
}

/// ContentInfo > [0] > SignedData.
fn signed_data(cms: &mut [Node]) -> &mut Vec<Node> {
    cms[0].nodes()[1].nodes()[0].nodes()
}

/// The SignerInfos: the last element of SignedData.
fn signer_infos(cms: &mut [Node]) -> &mut Vec<Node> {
    signed_data(cms).last_mut().expect("signerInfos").nodes()
}

/// SHA-512, so that Linux with the waiver takes it.
fn with_attributes(signer: &Signer, signed: &mut Vec<Vec<u8>>) -> Vec<Node> {
    let attribute = |last: u8, value: Node| {
        let oid = [b"\x2a\x86\x48\x86\xf7\x0d\x01\x09".as_slice(), &[last]].concat();
        Node::of(0x30, vec![Node::new(6, &oid), Node::of(0x31, vec![value])])
    };
    let hash = Digest::Sha512.hash(MODULE).expect("computed");
    let attributes = vec![
        attribute(3, Node::new(6, b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01")),
        attribute(4, Node::new(4, &hash)),
    ];
    let set = write(&[Node::of(0x31, attributes.clone())]);
    let mut cms = cms(signer, &set);
    signed.push(set);
    signer_infos(&mut cms)[0].nodes().insert(3, Node::of(0xa0, attributes));
    cms
}

fn make() -> Bases {
    let mut signed = vec![MODULE.to_vec()];
    let signers = TRUSTED.map(|pem| signer(pem, Options::default()));
    let [mldsa44, mldsa65, mldsa87, rsa, p256, p384] = signers.each_ref();
    let by_key_id = Options { identifier: IdentifierKind::SubjectKeyId, ..Options::default() };
    let by_key_id = signer(TRUSTED[1], by_key_id);
    let untrusted = signer(UNTRUSTED, Options::default());

    let both = |first: &Signer, second: &Signer, module: &[u8]| {
        let mut cms_of_both = cms(first, MODULE);
        signer_infos(&mut cms_of_both).append(signer_infos(&mut cms(second, module)));
        cms_of_both
    };
    let mut embedded = cms(mldsa44, MODULE);
    let certificate = parse(mldsa44.certificate().as_der()).expect("it is DER");
    signed_data(&mut embedded).insert(3, Node::of(0xa0, certificate));
    let twice = [MODULE, &append(&write(&cms(p256, MODULE))).expect("short")].concat();
    signed.push(twice.clone());
    signed.push(b"another".to_vec());

    let base = |name, cms| Base { name, module: MODULE.to_vec(), cms };
    let mut all = vec![
        base("ML-DSA-44", cms(mldsa44, MODULE)),
        base("ML-DSA-65", cms(mldsa65, MODULE)),
        base("ML-DSA-87", cms(mldsa87, MODULE)),
        base("RSA", cms(rsa, MODULE)),
        base("P-256", cms(p256, MODULE)),
        base("P-384", cms(p384, MODULE)),
        base("by key identifier", cms(&by_key_id, MODULE)),
        base("ML-DSA-44 and P-256", both(mldsa44, p256, MODULE)),
        base("P-256 and RSA", both(p256, rsa, MODULE)),
        base("trusted and untrusted", both(mldsa44, &untrusted, MODULE)),
        base("good and bad", both(p256, mldsa44, b"another")),
        base("untrusted", cms(&untrusted, MODULE)),
        base("embedded certificate", embedded),
        base("signed attributes", with_attributes(mldsa44, &mut signed)),
        Base { name: "twice", cms: cms(p256, &twice), module: twice },
    ];
    for (name, file) in BY_SIGN_FILE {
        let Ok(Split::Signed(parts)) = split(file) else { unreachable!("a signed module of the vectors") };
        signed.push(parts.module.to_vec());
        let cms = parse(parts.cms).expect("DER");
        all.push(Base { name, module: parts.module.to_vec(), cms });
    }
    let mut trust: TrustStore = signers.iter().map(|signer| signer.certificate().clone()).collect();
    for der in SIGN_FILE_CERTIFICATES {
        trust.add(Certificate::from_der(der).expect("a certificate of the test vectors"));
    }
    Bases { all, trust, signed }
}
