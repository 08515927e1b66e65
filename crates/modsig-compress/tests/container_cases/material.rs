//! The modules that the cases are made of, the certificate to trust, and answers in words.

use std::path::PathBuf;

use modsig::cert::Certificate;
use modsig::kernel::{Answer, Compression, Version};
use modsig::key::PrivateKey;
use modsig::signer::{Options, Signer};

use super::generate::Material;

fn vector(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors");
    std::fs::read(folder.join(name)).unwrap()
}

/// The DER of the certificate whose key signed the modules: RSA, which all versions of Linux know.
pub fn certificate() -> Vec<u8> {
    vector("modsig/keys/rsa2048.der")
}

/// Signed and unsigned modules.
pub fn read() -> Material {
    let signed = vector("modsig/signed/dummy.mldsa65-ossl40.sf40.sha512.ko");
    let mut unsigned = match modsig::trailer::split(&signed) {
        Ok(modsig::trailer::Split::Signed(parts)) => parts.module.to_vec(),
        _ => panic!("the vector is signed"),
    };
    // The cases need three pages; what follows the sections of a module is ignored.
    unsigned.resize(unsigned.len() + 2_048, 0);
    let key = PrivateKey::from_pem_or_der(&vector("modsig/keys/rsa2048.pem")).unwrap();
    let certificate = Certificate::read_all(&certificate()).unwrap().remove(0);
    let signer = Signer::new(&key, &certificate, Options::default()).unwrap();
    let sign = |module: &[u8]| signer.sign(module, &mldsa::Rnd::DETERMINISTIC).unwrap();
    let signed = [unsigned.clone(), sign(&unsigned)].concat();
    // All signatures of a key and these options have the same length.
    let appended = signed.len() - unsigned.len();
    let mut pages = unsigned.clone();
    pages.resize((unsigned.len() + appended).next_multiple_of(4096) - appended, 0);
    let signature = sign(&pages);
    pages.extend(signature);
    assert_eq!(pages.len() % 4096, 0);
    Material { signed, unsigned, pages }
}

/// An answer in words, without the steps after the signature: `accepted`, or `refused ERRNO LOG`.
pub fn words(answer: &Answer) -> String {
    match answer.user_errno() {
        None => "accepted".into(),
        Some(errno) => {
            let lines: Vec<&str> = answer.log_lines().collect();
            let log = if lines.is_empty() { "-".into() } else { lines.join(" | ") };
            format!("refused {} {log}", errno.number())
        }
    }
}

/// The variants of the kernel gate that are asked: name, version, compression.
pub const VARIANTS: [(&str, Version, Compression); 6] = [
    ("7.3-gzip", Version::V7_3, Compression::Gzip),
    ("7.3-xz", Version::V7_3, Compression::Xz),
    ("7.3-zstd", Version::V7_3, Compression::Zstd),
    ("6.12-xz", Version::V6_12, Compression::Xz),
    ("6.12-zstd", Version::V6_12, Compression::Zstd),
    ("6.1-xz", Version::V6_1, Compression::Xz),
];
