//! The modules that the cases are made of, the certificate to trust, and answers in words.

use std::path::PathBuf;

use modsig::cert::Certificate;
use modsig::kernel::Answer;
use modsig::key::PrivateKey;
use modsig::signer::{Options, Signer};

use super::generate::Material;

fn vector(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors");
    std::fs::read(folder.join(name)).unwrap()
}

/// The DER of the certificate whose key signed the modules.
pub fn certificate() -> Vec<u8> {
    vector("modsig/keys/mldsa65-ossl40.der")
}

/// Signed and unsigned modules.
pub fn read() -> Material {
    let signed = vector("modsig/signed/dummy.mldsa65-ossl40.sf40.sha512.ko");
    let unsigned = match modsig::trailer::split(&signed) {
        Ok(modsig::trailer::Split::Signed(parts)) => parts.module.to_vec(),
        _ => panic!("the vector is signed"),
    };
    let pem = vector("modsig/keys/mldsa65-ossl40.pem");
    let key = PrivateKey::from_pem_or_der(&pem).unwrap();
    let certificate = Certificate::read_all(&pem).unwrap().remove(0);
    let signer = Signer::new(&key, &certificate, Options::default()).unwrap();
    // All signatures of a key and these options have the same length.
    let appended = signed.len() - unsigned.len();
    let mut pages = unsigned.clone();
    pages.resize((unsigned.len() + appended).next_multiple_of(4096) - appended, 0);
    let signature = signer.sign(&pages, &mldsa::Rnd::DETERMINISTIC).unwrap();
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
