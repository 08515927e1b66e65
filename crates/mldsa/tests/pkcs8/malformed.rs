//! Inconsistent and malformed files are rejected, with the right error and offset.

use super::*;

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
