//! Key files: reads and writes the examples of RFC 9881 and keys from OpenSSL; rejects every inconsistency.

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

/// Kills: a form misread or written with the tag of another; parameters written; a line broken at another place.
#[test]
fn the_examples_of_rfc_9881_are_read_and_written_byte_for_byte() {
    let (mut private, mut public) = (0, 0);
    for set in Parameters::ALL {
        let pem = vector(&format!("rfc9881/{set}.pub"));
        let verifying_key = AnyVerifyingKey::from_public_key_pem(&pem).expect("an example");
        assert_eq!(verifying_key.parameters(), set);
        assert_eq!(verifying_key.to_public_key_pem(LineEnding::LF).expect("written"), pem);
        let mut memory = [0; 3000];
        let der = verifying_key.write_public_key_der(&mut memory).expect("written");
        assert_eq!(der.len(), public_key_der_len(set));
        assert_eq!(AnyVerifyingKey::from_public_key_der(der), Ok(verifying_key.clone()));
        public += 1;

        for (form, name) in FORMS {
            let pem = vector(&format!("rfc9881/{set}-{name}.priv"));
            let key = AnySigningKey::from_pkcs8_pem(&pem).expect("an example");
            assert_eq!((key.parameters(), key.verifying_key()), (set, verifying_key.clone()));
            assert_eq!(key.seed().is_some(), form != PrivateKeyForm::Expanded);
            assert_eq!(key.to_pkcs8_pem_as(form, LineEnding::LF).expect("written").as_str(), pem);
            let mut memory = [0; 5000];
            let der = key.write_pkcs8_der(form, &mut memory).expect("written");
            assert_eq!(der.len(), private_key_der_len(set, form));
            assert_eq!(der, key.to_pkcs8_der_as(form).expect("written").as_bytes());
            private += 1;

            for (other, _) in FORMS {
                let known = form != PrivateKeyForm::Expanded || other == PrivateKeyForm::Expanded;
                match key.to_pkcs8_der_as(other) {
                    Ok(der) if known => {
                        assert_eq!(AnySigningKey::from_pkcs8_der(der.as_bytes()), Ok(key.clone()));
                    }
                    Err(WriteError::NoSeed) if !known => {}
                    other => panic!("{set} {name}: {other:?}"),
                }
            }
        }
    }
    assert_eq!((private, public), (9, 3));
}

/// The self-signed example certificates contain the example keys, and their signatures verify.
#[test]
fn the_certificates_of_rfc_9881_hold_these_keys_and_verify() {
    let mut count = 0;
    for set in Parameters::ALL {
        let key =
            AnyVerifyingKey::from_public_key_pem(&vector(&format!("rfc9881/{set}.pub"))).expect("an example");
        let certificate = der_of(&vector(&format!("rfc9881/{set}.crt")));
        let [to_be_signed, algorithm, signature] =
            elements(contents(&certificate)).try_into().expect("three");
        assert_eq!(algorithm, element(SEQUENCE, &[&oid(17 + set as u8)]));
        // BIT STRING: no unused bits.
        let [0, signature @ ..] = contents(signature) else { panic!("unused bits") };
        key.verify(to_be_signed, mldsa::Context::EMPTY, signature).expect("self-signed");
        let mut memory = [0; 3000];
        let spki = key.write_public_key_der(&mut memory).expect("written");
        assert!(elements(contents(to_be_signed)).contains(&spki));
        count += 1;
    }
    assert_eq!(count, 3);
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

/// OpenSSL 4.0 writes both forms, followed by a certificate.
#[test]
fn openssl_s_keys_are_read_and_written_byte_for_byte() {
    let mut count = 0;
    for (set, name) in Parameters::ALL.into_iter().zip(["mldsa44", "mldsa65", "mldsa87"]) {
        for version in ["ossl35", "ossl40"] {
            let file = vector(&format!("modsig/keys/{name}-{version}.pem"));
            let pem = first_block(&file);
            let key = AnySigningKey::from_pkcs8_pem(pem).expect("OpenSSL's key");
            assert_eq!(key.parameters(), set);
            let again = key.to_pkcs8_pem_as(PrivateKeyForm::Both, LineEnding::LF).expect("written");
            assert_eq!(again.as_str(), pem);
            // The whole file, as the kernel's build writes it: a key and its certificate.
            assert_eq!(AnySigningKey::from_pkcs8_pem(&file), Ok(key));
            count += 1;
        }
    }
    assert_eq!(count, 6);
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

/// Kills: a comparison left out, or of the wrong halves; a signature with a damaged expanded key.
#[test]
fn seed_and_expanded_key_must_agree() {
    let Parts { key, seed, expanded } = parts();
    let both = |seed: &[u8], expanded: &[u8]| {
        let choice = element(SEQUENCE, &[&element(OCTETS, &[seed]), &element(OCTETS, &[expanded])]);
        read(&info(0, &[&oid(17)], &choice, &[]))
    };
    assert_eq!(both(&seed, &expanded), Ok(key));
    assert_eq!(both(&[8; 32], &expanded), Err(ReadError::SeedMismatch));
    // One bit in each part: rho, K, tr, s1, s2, t0.
    for at in [0, 32, 64, 128, 128 + 4 * 96, 2559] {
        let mut spoiled = expanded.clone();
        spoiled[at] ^= 1;
        assert_eq!(both(&seed, &spoiled), Err(ReadError::SeedMismatch), "byte {at}");
    }
    let other = SigningKey::<MlDsa44>::from_seed(&Seed::from_bytes([9; 32]));
    assert_eq!(both(&seed, other.as_expanded_bytes()), Err(ReadError::SeedMismatch));

    let alone = |expanded: &[u8]| read(&info(0, &[&oid(17)], &element(OCTETS, &[expanded]), &[]));
    assert_eq!(alone(&expanded).expect("consistent").seed(), None);
    for (at, reason) in
        [(0, MalformedKey::T0Mismatch), (64, MalformedKey::TrMismatch), (2559, MalformedKey::T0Mismatch)]
    {
        let mut spoiled = expanded.clone();
        spoiled[at] ^= 1;
        assert_eq!(alone(&spoiled), Err(ReadError::MalformedExpandedKey(reason)), "byte {at}");
    }
    let mut spoiled = expanded.clone();
    spoiled[128] |= 7; // eta − 7
    assert_eq!(alone(&spoiled), Err(ReadError::MalformedExpandedKey(MalformedKey::SecretRange)));
}

/// The offsets count from the start of the file. Kills: offsets of the inner structure that are not shifted.
#[test]
fn lengths_are_checked_and_the_place_is_named() {
    let Parts { seed, expanded, .. } = parts();
    let length = |field, offset, expected, found| Err(ReadError::Length { field, offset, expected, found });
    let seed_alone = |len: usize| read(&info(0, &[&oid(17)], &element(SEED, &[&[7; 40][..len]]), &[]));
    for len in [0, 31, 33] {
        // SEQUENCE 2, version 3, algorithm 13, OCTET STRING 2, [0] 2.
        assert_eq!(seed_alone(len), length("seed", 22, 32, len));
    }
    let expanded_alone = |bytes: &[u8]| read(&info(0, &[&oid(17)], &element(OCTETS, &[bytes]), &[]));
    for len in [2559, 2561] {
        let bytes = [&expanded[..], &[0]].concat();
        assert_eq!(expanded_alone(&bytes[..len]), length("expandedKey", 28, 2560, len));
    }
    let both = |seed: &[u8], expanded: &[u8]| {
        let choice = element(SEQUENCE, &[&element(OCTETS, &[seed]), &element(OCTETS, &[expanded])]);
        read(&info(0, &[&oid(17)], &choice, &[]))
    };
    assert_eq!(both(&seed[..31], &expanded), length("seed", 30, 32, 31));
    assert_eq!(both(&seed, &expanded[..2559]), length("expandedKey", 66, 2560, 2559));
}

/// Kills: parameters that are not checked; an object identifier that is not compared, or not completely.
#[test]
fn the_algorithm_must_be_ml_dsa_without_parameters() {
    let choice = element(SEED, &[&[7; 32]]);
    let with = |algorithm: &[&[u8]]| read(&info(0, algorithm, &choice, &[]));
    assert_eq!(with(&[&oid(17)]), Ok(parts().key));
    assert_eq!(with(&[&oid(17), &[0x05, 0]]), Err(ReadError::ParametersPresent)); // NULL
    assert_eq!(with(&[&oid(17), &oid(17)]), Err(ReadError::ParametersPresent));
    for last in [16, 18, 19, 20] {
        let Err(ReadError::Algorithm { expected, found }) = with(&[&oid(last)]) else { panic!("{last}") };
        assert_eq!((expected, found.as_bytes()), ("ML-DSA-44", contents(&oid(last))));
    }
    // The same file with another set: the seed then yields another key.
    let any = AnySigningKey::from_pkcs8_der(&info(0, &[&oid(18)], &choice, &[])).expect("ML-DSA-65");
    assert_eq!(any, SigningKey::<MlDsa65>::from_seed(&Seed::from_bytes([7; 32])).into());
    let rsa = element(OID, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]]);
    let error = AnySigningKey::from_pkcs8_der(&info(0, &[&rsa], &choice, &[])).expect_err("RSA");
    assert_eq!(
        error.to_string(),
        "the key's algorithm is 1.2.840.113549.1.1.1, not ML-DSA-44, ML-DSA-65 or ML-DSA-87"
    );
    let error =
        SigningKey::<MlDsa87>::from_pkcs8_der(&info(0, &[&oid(18)], &choice, &[])).expect_err("another");
    assert_eq!(error.to_string(), "the key's algorithm is ML-DSA-65, not ML-DSA-87");
}

#[test]
fn a_public_key_beside_the_private_key_must_be_its_own() {
    let Parts { key, .. } = parts();
    let choice = element(SEED, &[&[7; 32]]);
    let public = |bytes: &[u8]| element(0x81, &[&[0], bytes]);
    let with = |version, rest: &[u8]| read(&info(version, &[&oid(17)], &choice, rest));
    let good = key.verifying_key().as_bytes();
    assert_eq!(with(1, &public(good)), Ok(key.clone()));
    let mut bad = good.to_vec();
    bad[1311] ^= 1;
    assert_eq!(with(1, &public(&bad)), Err(ReadError::PublicKeyMismatch));
    assert_eq!(with(1, &public(&good[..1311])), Err(ReadError::PublicKeyMismatch));
    assert_eq!(with(1, &public(&[])), Err(ReadError::PublicKeyMismatch));
    // Attributes may precede it, and are ignored.
    assert_eq!(with(1, &[element(0xa0, &[]), public(good)].concat()), Ok(key.clone()));
    assert_eq!(with(0, &element(0xa0, &[])), Ok(key.clone()));
    // Version and presence must agree; there is no version 2.
    assert!(matches!(with(0, &public(good)), Err(ReadError::Der { .. })));
    assert!(matches!(with(1, &[]), Err(ReadError::Der { .. })));
    assert!(matches!(with(2, &public(good)), Err(ReadError::Der { .. })));
}

/// Kills: a reader that ignores trailing bytes.
#[test]
fn trailing_bytes_and_broken_der_are_refused_everywhere() {
    let Parts { seed, expanded, .. } = parts();
    let (seed, expanded) = (element(OCTETS, &[&seed]), element(OCTETS, &[&expanded]));
    let with = |choice: &[u8]| read(&info(0, &[&oid(17)], choice, &[]));
    let tagged = element(SEED, &[&[7; 32]]);
    let good = info(0, &[&oid(17)], &tagged, &[]);

    let trailing = |found: Result<_, ReadError>, field: &str, at: usize| match found {
        Err(ReadError::Der { field: found, offset, kind: ErrorKind::TrailingData { .. } }) => {
            assert_eq!((found, offset), (field, at));
        }
        other => panic!("{other:?}"),
    };
    trailing(read(&[&good[..], &[0]].concat()), "OneAsymmetricKey", good.len());
    trailing(with(&[&tagged[..], &[0]].concat()), "ML-DSA-PrivateKey", 54);
    trailing(with(&[&expanded[..], &[5, 0]].concat()), "ML-DSA-PrivateKey", 24 + expanded.len());
    let three = element(SEQUENCE, &[&seed, &expanded, &[5, 0]]);
    trailing(with(&three), "ML-DSA-PrivateKey.both", 28 + seed.len() + expanded.len());

    // Other alternatives: none, half of both, the halves exchanged, an explicit tag, a constructed string, the wrong tag.
    for choice in [
        vec![],
        element(SEQUENCE, &[]),
        element(SEQUENCE, &[&seed]),
        element(SEQUENCE, &[&expanded, &seed]),
        element(0xa0, &[&seed]),
        element(0x24, &[&seed]),
        element(0x81, &[&[7; 32]]),
        element(BITS, &[&[0], &[7; 32]]),
        [7; 32].to_vec(),
    ] {
        let error = with(&choice).expect_err("no choice");
        assert!(matches!(error, ReadError::Der { .. } | ReadError::Length { .. }), "{error:?}");
    }
    // A length in more octets than necessary is not DER.
    let long = [&[SEED, 0x81, 32][..], &[7; 32]].concat();
    assert!(matches!(with(&long), Err(ReadError::Der { .. })));
    // Every shorter file, and every file with one changed bit: an error or another key, never a panic.
    for len in 0..good.len() {
        assert!(matches!(read(&good[..len]), Err(ReadError::Der { .. })), "{len} bytes");
    }
    let mut refused = 0;
    for at in 0..8 * (good.len() - 32) {
        let mut spoiled = good.clone();
        spoiled[at / 8] ^= 1 << (at % 8);
        refused += usize::from(read(&spoiled).is_err());
    }
    assert_eq!(refused, 8 * 22);
}

/// The structure of the longer forms, bit by bit: version, algorithm, tags, lengths, the seed, the first bytes of rho.
#[test]
fn no_bit_of_the_longer_forms_may_be_another() {
    let Parts { key, .. } = parts();
    for (form, frame) in [(PrivateKeyForm::Expanded, 28), (PrivateKeyForm::Both, 66)] {
        let good = key.to_pkcs8_der_as(form).expect("written");
        let good = good.as_bytes();
        for at in 0..8 * (frame + 4) {
            let mut spoiled = good.to_vec();
            spoiled[at / 8] ^= 1 << (at % 8);
            assert!(read(&spoiled).is_err(), "bit {at}");
        }
        for len in (0..frame + 4).chain(good.len() - 4..good.len()) {
            assert!(matches!(read(&good[..len]), Err(ReadError::Der { .. })), "{len} bytes");
        }
    }
}

#[test]
fn public_keys_are_as_strict() {
    let key = parts().key.verifying_key().clone();
    let spki = |algorithm: &[&[u8]], bits: &[u8]| {
        element(SEQUENCE, &[&element(SEQUENCE, algorithm), &element(BITS, &[bits])])
    };
    let read = |der: &[u8]| {
        let exact = VerifyingKey::<MlDsa44>::from_public_key_der(der);
        let by_trait = <VerifyingKey<MlDsa44> as DecodePublicKey>::from_public_key_der(der);
        assert_eq!(by_trait.is_ok(), exact.is_ok());
        exact
    };
    let bits = [&[0], key.as_bytes()].concat();
    let good = spki(&[&oid(17)], &bits);
    assert_eq!(read(&good), Ok(key.clone()));
    assert_eq!(good, key.to_public_key_der().expect("written").as_bytes());
    assert_eq!(read(&spki(&[&oid(17), &[5, 0]], &bits)), Err(ReadError::ParametersPresent));
    assert!(matches!(read(&spki(&[&oid(18)], &bits)), Err(ReadError::Algorithm { .. })));
    let field = "subjectPublicKey";
    let length = |found| Err(ReadError::Length { field, offset: 22, expected: 1312, found });
    assert_eq!(read(&spki(&[&oid(17)], &bits[..1312])), length(1311));
    assert_eq!(read(&spki(&[&oid(17)], &[&bits[..], &[0]].concat())), length(1313));
    // The last seven bits unused: they are zero, as DER requires.
    let mut unused = bits.clone();
    (unused[0], unused[1312]) = (7, 0);
    assert!(matches!(
        read(&spki(&[&oid(17)], &unused)),
        Err(ReadError::Der { field: "subjectPublicKey", .. })
    ));
    assert!(matches!(read(&[&good[..], &[0]].concat()), Err(ReadError::Der { .. })));
    for len in 0..good.len() {
        assert!(matches!(read(&good[..len]), Err(ReadError::Der { .. })), "{len} bytes");
    }
    // A private key is not a public key, and vice versa.
    assert!(read(&info(0, &[&oid(17)], &element(SEED, &[&[7; 32]]), &[])).is_err());
    assert!(SigningKey::<MlDsa44>::from_pkcs8_der(&good).is_err());
}

#[test]
fn pem_must_have_a_block_with_its_label() {
    let key = parts().key;
    let private = key.to_pkcs8_pem(LineEnding::LF).expect("written");
    let public = key.verifying_key().to_public_key_pem(LineEnding::LF).expect("written");
    let crlf = key.to_pkcs8_pem_as(PrivateKeyForm::Seed, LineEnding::CRLF).expect("written");
    assert_eq!(SigningKey::from_pkcs8_pem(&crlf), Ok(key.clone()));
    assert_eq!(SigningKey::from_pkcs8_pem(&private), Ok(key));
    let error = SigningKey::<MlDsa44>::from_pkcs8_pem(&public).expect_err("another label");
    assert!(matches!(error, ReadError::Pem(_)), "{error:?}");
    assert!(error.to_string().contains("PRIVATE KEY"), "{error}");
    assert!(matches!(VerifyingKey::<MlDsa44>::from_public_key_pem(&private), Err(ReadError::Pem(_))));
    for text in ["", "-----BEGIN PRIVATE KEY-----", &private.replace("END PRIVATE", "END PUBLIC")] {
        assert!(matches!(SigningKey::<MlDsa44>::from_pkcs8_pem(text), Err(ReadError::Pem(_))), "{text}");
    }
}

/// Kills: a block of another label, or text between blocks, that stops the search for the key; two keys of which one is read
/// silently; a boundary that is recognised in the middle of a line.
#[test]
fn the_one_block_with_the_label_is_read() {
    let key = parts().key;
    let private = key.to_pkcs8_pem(LineEnding::LF).expect("written");
    let public = key.verifying_key().to_public_key_pem(LineEnding::LF).expect("written");
    let read = SigningKey::<MlDsa44>::from_pkcs8_pem;
    for text in [
        format!("{}{public}", *private),
        format!("{public}{}", *private),
        format!(
            "Bag Attributes: none\n{public}\n-----BEGIN PRIVATE KEY----- is not here\n{}the end\n",
            *private
        ),
        format!("{public}{}", *private).replace('\n', "\r\n"),
        format!("{public}{}", private.trim_end()),
    ] {
        assert_eq!(read(&text), Ok(key.clone()), "{text}");
        assert_eq!(VerifyingKey::from_public_key_pem(&text), Ok(key.verifying_key().clone()), "{text}");
    }
    for text in [
        format!("{}{}", *private, *private),
        format!("{}{public}{}", *private, *private),
        // The second key is inside the first block.
        format!("{}{}", private.split_at(80).0, *private),
        format!("{public}{}", private.replace("-----END", "----END")),
    ] {
        assert!(matches!(read(&text), Err(ReadError::Pem(_))), "{text}");
    }
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
