//! Key files: reads and writes the examples of RFC 9881 and keys from OpenSSL; rejects every inconsistency.

mod malformed;
mod pem;
mod published;

use mldsa::dynamic::{AnySigningKey, AnyVerifyingKey, Parameters};
use mldsa::pkcs8::{
    DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, ErrorKind, LineEnding,
    PrivateKeyForm, ReadError, WriteError, private_key_der_len, public_key_der_len,
};
use mldsa::{MalformedKey, MlDsa44, MlDsa65, MlDsa87, ParameterSet, Seed, SigningKey, VerifyingKey};

const FORMS: [(PrivateKeyForm, &str); 3] =
    [(PrivateKeyForm::Seed, "seed"), (PrivateKeyForm::Expanded, "expanded"), (PrivateKeyForm::Both, "both")];

const SEQUENCE: u8 = 0x30;
const OCTETS: u8 = 0x04;
const BITS: u8 = 0x03;
const OID: u8 = 0x06;
const SEED: u8 = 0x80;

/// One DER element, written by the test and not by the crate under test.
fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let len = contents.len();
    let mut der = vec![tag];
    match len {
        0..=0x7f => der.push(len as u8),
        0x80..=0xff => der.extend([0x81, len as u8]),
        _ => der.extend([0x82, (len >> 8) as u8, len as u8]),
    }
    [der, contents].concat()
}

/// id-ml-dsa-44, -65, -87: 17, 18, 19.
fn oid(last: u8) -> Vec<u8> {
    element(OID, &[&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, last]])
}

/// A OneAsymmetricKey with this privateKey, followed by these elements.
fn info(version: u8, algorithm: &[&[u8]], choice: &[u8], rest: &[u8]) -> Vec<u8> {
    let version = [0x02, 1, version];
    element(SEQUENCE, &[&version, &element(SEQUENCE, algorithm), &element(OCTETS, &[choice]), rest])
}

fn vector(name: &str) -> String {
    let path = format!("{}/../../test-vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The first block of a PEM file: files from OpenSSL also contain a certificate.
fn first_block(text: &str) -> &str {
    let end = text.match_indices("-----\n").nth(1).expect("a block").0;
    &text[..end + 6]
}

/// The bytes that a PEM block of any label encodes.
fn der_of(pem: &str) -> Vec<u8> {
    let mut memory = vec![0; pem.len()];
    pkcs8::der::pem::decode(pem.as_bytes(), &mut memory).expect("PEM").1.to_vec()
}

/// The offsets at which the contents of an element begin and end.
fn extent(der: &[u8]) -> (usize, usize) {
    match der[1] {
        len @ 0..=0x7f => (2, 2 + usize::from(len)),
        0x81 => (3, 3 + usize::from(der[2])),
        0x82 => (4, 4 + usize::from(der[2]) * 256 + usize::from(der[3])),
        other => panic!("a length octet {other:#x}"),
    }
}

fn contents(der: &[u8]) -> &[u8] {
    let (start, end) = extent(der);
    &der[start..end]
}

fn elements(mut der: &[u8]) -> Vec<&[u8]> {
    let mut elements = Vec::new();
    while !der.is_empty() {
        let (element, rest) = der.split_at(extent(der).1);
        elements.push(element);
        der = rest;
    }
    elements
}

/// A key and the parts of its file.
struct Parts {
    key: SigningKey<MlDsa44>,
    seed: [u8; 32],
    expanded: Vec<u8>,
}

fn parts() -> Parts {
    let seed = [7; 32];
    let key = SigningKey::from_seed(&Seed::from_bytes(seed));
    Parts { expanded: key.as_expanded_bytes().to_vec(), key, seed }
}

/// Reads with every function: all results must agree.
fn read(der: &[u8]) -> Result<SigningKey<MlDsa44>, ReadError> {
    let exact = SigningKey::<MlDsa44>::from_pkcs8_der(der);
    let any = AnySigningKey::from_pkcs8_der(der);
    if exact.is_ok() || !matches!(exact, Err(ReadError::Algorithm { .. })) {
        assert_eq!(any, exact.clone().map(Into::into));
    }
    let by_trait = <SigningKey<MlDsa44> as DecodePrivateKey>::from_pkcs8_der(der);
    assert_eq!(by_trait.is_ok(), exact.is_ok());
    exact
}

#[test]
fn the_default_is_the_seed_or_what_is_known() {
    fn check<P: ParameterSet>() {
        let key = SigningKey::<P>::from_seed(&Seed::from_bytes([1; 32]));
        let expanded = SigningKey::<P>::from_expanded(key.as_expanded_bytes()).expect("consistent");
        for (key, form) in [(&key, PrivateKeyForm::Seed), (&expanded, PrivateKeyForm::Expanded)] {
            let der = key.to_pkcs8_der().expect("written");
            assert_eq!(der.as_bytes(), key.to_pkcs8_der_as(form).expect("written").as_bytes());
        }
        let mut memory = [0; 53];
        let short = Err(WriteError::Memory { needed: 54, found: 53 });
        assert_eq!(key.write_pkcs8_der(PrivateKeyForm::Seed, &mut memory), short);
        assert_eq!(expanded.write_pkcs8_der(PrivateKeyForm::Both, &mut memory), Err(WriteError::NoSeed));
    }
    check::<MlDsa44>();
    check::<MlDsa65>();
    check::<MlDsa87>();
}

/// The functions for programs with their own PKCS#8 reader, such as `modsig`.
#[test]
fn the_inner_choice_is_read_alone_with_its_own_offsets() {
    let Parts { key, expanded, .. } = parts();
    let seed = element(SEED, &[&[7; 32]]);
    let read = |bytes: &[u8]| AnySigningKey::from_private_key_choice(Parameters::MlDsa44, bytes);
    assert_eq!(read(&seed), Ok(key.into()));
    let both = element(SEQUENCE, &[&element(OCTETS, &[&[7; 32]]), &element(OCTETS, &[&expanded])]);
    let key = read(&both).expect("consistent");
    let forms = [seed, element(OCTETS, &[&expanded]), both];
    for ((form, _), choice) in FORMS.into_iter().zip(&forms) {
        assert_eq!(PrivateKeyForm::of_private_key_choice(choice), Ok(form));
        assert_eq!(*key.to_private_key_choice_as(form).expect("written"), *choice);
    }
    assert!(matches!(PrivateKeyForm::of_private_key_choice(&[5, 0]), Err(ReadError::Der { .. })));
    let short = element(OCTETS, &[&expanded[1..]]);
    let wrong = ReadError::Length { field: "expandedKey", offset: 4, expected: 2560, found: 2559 };
    assert_eq!(read(&short), Err(wrong));
}

/// A worker of a web server, a musl thread: 512 KiB must suffice, without optimisation too.
#[test]
fn a_thread_of_512_kib_suffices() {
    let worker = std::thread::Builder::new().stack_size(512 * 1024).spawn(|| {
        for (form, _) in FORMS {
            let key = SigningKey::<MlDsa87>::from_seed(&Seed::from_bytes([1; 32]));
            let file = key.to_pkcs8_der_as(form).expect("written");
            assert_eq!(AnySigningKey::from_pkcs8_der(file.as_bytes()), Ok(key.clone().into()));
            let pem = key.to_pkcs8_pem_as(form, LineEnding::LF).expect("written");
            assert_eq!(SigningKey::from_pkcs8_pem(&pem), Ok(key));
        }
    });
    worker.expect("spawns").join().expect("no overflow");
}
