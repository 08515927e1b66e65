//! Private keys: RFC 9881's examples, OpenSSL's files, inconsistent and unsupported keys.

mod common;

use common::{Node, oid};
use mldsa::MalformedKey;
use mldsa::dynamic::Parameters;
use modsig::cert::Certificate;
use modsig::key::{KeyAlgorithm, KeyError, KeyForm, PrivateKey};
use modsig::public_key::Curve;

const FORMS: [(KeyForm, &str); 3] =
    [(KeyForm::Seed, "seed"), (KeyForm::Expanded, "expanded"), (KeyForm::Both, "both")];

/// The contents of a one-block PEM file.
fn pem(file: &[u8]) -> Vec<u8> {
    modsig::pem::blocks(file).unwrap()[0].contents.to_vec()
}

/// All nine example keys are read, belong to the example certificate, and are written again byte for byte.
/// Kills: a form misread; a tag of another form written; parameters written.
#[test]
fn rfc_9881_examples() {
    let mut count = 0;
    for parameters in Parameters::ALL {
        let name = parameters.name();
        let certificate =
            Certificate::from_pem_or_der(&common::vector(&format!("rfc9881/{name}.crt"))).unwrap();
        assert_eq!(certificate.check_self_signature(), Ok(()));
        let public = certificate.public_key();
        for (form, form_name) in FORMS {
            let file = common::vector(&format!("rfc9881/{name}-{form_name}.priv"));
            let key = PrivateKey::from_pem_or_der(&file).unwrap();
            assert_eq!(key.algorithm(), KeyAlgorithm::MlDsa(parameters));
            assert_eq!(key.public_key(), public);
            assert_eq!(key.form(), Some(form));
            assert_eq!(*key.to_der(form).unwrap(), pem(&file));
            assert_eq!(key.to_pem(form).unwrap().as_bytes(), file);
            for (other, _) in FORMS {
                match key.to_der(other) {
                    Ok(der) => assert_eq!(PrivateKey::from_der(&der).unwrap().public_key(), public),
                    Err(error) => {
                        assert_eq!(error, KeyError::NoSeed);
                        assert!(form == KeyForm::Expanded && other != KeyForm::Expanded);
                    }
                }
            }
            count += 1;
        }
        // The public key file holds the same key.
        let spki = pem(&common::vector(&format!("rfc9881/{name}.pub")));
        assert_eq!(public.to_spki_der(), spki);
    }
    assert_eq!(count, 9);
}

/// OpenSSL writes key and certificate into one PEM file, the key in both forms.
#[test]
fn openssl_bundles() {
    for name in ["mldsa44-ossl40", "mldsa65-ossl40", "mldsa87-ossl40"] {
        let key = common::private_key(name);
        assert_eq!(key.public_key(), common::certificate(name).public_key());
        let bundle = common::vector(&format!("modsig/keys/{name}.pem"));
        assert_eq!(*key.to_der(KeyForm::Both).unwrap(), pem(&bundle));
        assert!(bundle.starts_with(key.to_pem(KeyForm::Both).unwrap().as_bytes()));
    }
}

/// PKCS#8 of ML-DSA-44 with another privateKey inside.
fn with_inner(form: &str, change: impl FnOnce(&mut Node)) -> Result<PrivateKey, KeyError> {
    let mut tree = Node::parse(&pem(&common::vector(&format!("rfc9881/ML-DSA-44-{form}.priv"))));
    let mut inner = Node::parse(tree.at(&[2]).value());
    change(&mut inner);
    *tree.at(&[2]).value() = inner.der();
    PrivateKey::from_der(&tree.der())
}

/// Kills: seed and expanded key used without comparing them; damaged expanded keys signed with.
#[test]
fn seed_and_expanded_key_must_agree() {
    assert!(with_inner("both", |_| ()).is_ok());
    for at in [0, 31] {
        let other_seed = with_inner("both", |both| both.at(&[0]).value()[at] ^= 1);
        assert_eq!(other_seed.err(), Some(KeyError::SeedMismatch));
    }
    for at in [0, 64, 128, 1000, 2559] {
        let changed = with_inner("both", |both| both.at(&[1]).value()[at] ^= 1);
        assert_eq!(changed.err(), Some(KeyError::SeedMismatch), "{at}");
    }
    // Without the seed, the expanded key must be consistent: rho, tr, s1 and t0 (K cannot be checked).
    for (at, reason) in
        [(0, MalformedKey::T0Mismatch), (64, MalformedKey::TrMismatch), (2559, MalformedKey::T0Mismatch)]
    {
        let changed = with_inner("expanded", |expanded| expanded.value()[at] ^= 1);
        assert_eq!(changed.err(), Some(KeyError::MalformedExpandedKey(reason)), "{at}");
    }
    let out_of_range = with_inner("expanded", |expanded| expanded.value()[128] = 0xff);
    assert_eq!(out_of_range.err(), Some(KeyError::MalformedExpandedKey(MalformedKey::SecretRange)));
}

#[test]
fn wrong_lengths_are_named() {
    let length = |field, expected, found| Some(KeyError::WrongLength { field, expected, found });
    let cut = |node: &mut Node| {
        node.value().pop();
    };
    let grow = |node: &mut Node| node.value().push(0);
    assert_eq!(with_inner("seed", cut).err(), length("seed", 32, 31));
    assert_eq!(with_inner("seed", grow).err(), length("seed", 32, 33));
    assert_eq!(with_inner("expanded", cut).err(), length("expandedKey", 2560, 2559));
    assert_eq!(with_inner("expanded", grow).err(), length("expandedKey", 2560, 2561));
    assert_eq!(with_inner("both", |both| cut(both.at(&[0]))).err(), length("seed", 32, 31));
    assert_eq!(with_inner("both", |both| grow(both.at(&[1]))).err(), length("expandedKey", 2560, 2561));
    // The right bytes under another parameter set's OID.
    let mut tree = Node::parse(&pem(&common::vector("rfc9881/ML-DSA-44-expanded.priv")));
    tree.at(&[1]).children()[0] = oid("2.16.840.1.101.3.4.3.18");
    assert_eq!(PrivateKey::from_der(&tree.der()).err(), length("expandedKey", 4032, 2560));
}

#[test]
fn other_structures_are_refused() {
    let seed_file = pem(&common::vector("rfc9881/ML-DSA-44-seed.priv"));
    // A seed in an OCTET STRING is not a seed but an expanded key of the wrong length.
    let retagged = with_inner("seed", |seed| *seed = Node::Primitive(0x04, seed.value().clone()));
    assert_eq!(
        retagged.err(),
        Some(KeyError::WrongLength { field: "expandedKey", expected: 2560, found: 32 })
    );
    let unknown = with_inner("seed", |seed| *seed = Node::Primitive(0x81, seed.value().clone()));
    // Its offset counts from the start of the file, including the headers.
    assert!(
        matches!(unknown, Err(KeyError::Der(error)) if error.offset == seed_file.len() - 34),
        "{unknown:?}"
    );
    assert!(with_inner("both", |both| drop(both.children().pop())).is_err());
    assert!(with_inner("both", |both| both.children().push(common::NULL)).is_err());

    let mut tree = Node::parse(&seed_file);
    tree.at(&[1]).children().push(common::NULL);
    assert_eq!(PrivateKey::from_der(&tree.der()).err(), Some(KeyError::ParametersPresent));
    assert!(matches!(PrivateKey::from_der(&[&seed_file[..], &[0]].concat()), Err(KeyError::Der(_))));
    for cut in 0..seed_file.len() {
        assert!(PrivateKey::from_der(&seed_file[..cut]).is_err());
    }

    // OneAsymmetricKey version 1 with a public key: the right one, and another.
    let key = PrivateKey::from_der(&seed_file).unwrap();
    let mut public = [&[0][..], &key.public_key().subject_public_key()[..]].concat();
    let with_public = |public: &[u8]| {
        let mut tree = Node::parse(&seed_file);
        *tree.at(&[0]) = Node::Primitive(0x02, vec![1]);
        tree.children().push(Node::Primitive(0x81, public.to_vec()));
        PrivateKey::from_der(&tree.der())
    };
    assert!(with_public(&public).is_ok());
    public[1] ^= 1;
    assert_eq!(with_public(&public).err(), Some(KeyError::PublicKeyMismatch));
}

/// Recognised but unsupported forms are named; no message contains a byte of a key.
#[test]
fn unsupported_files_are_named() {
    let read = |name: &str| {
        PrivateKey::from_pem_or_der(&common::vector(&format!("modsig/keys/{name}"))).unwrap_err()
    };
    assert_eq!(read("p256-encrypted.pem"), KeyError::Encrypted);
    assert_eq!(read("p256-legacy-encrypted.pem"), KeyError::Encrypted);
    assert_eq!(
        read("p224.pem"),
        KeyError::UnsupportedAlgorithm { name: "EC on the curve 1.3.132.0.33".into() }
    );
    assert_eq!(read("mldsa44-ossl40.crt"), KeyError::NoPrivateKey { found: "CERTIFICATE".into() });
    assert!(matches!(read("mldsa44-ossl40.der"), KeyError::Der(_)));
    let encrypted = pem(&common::vector("modsig/keys/p256-encrypted.pem"));
    assert_eq!(PrivateKey::from_der(&encrypted).err(), Some(KeyError::Encrypted));
    let seed = common::vector("rfc9881/ML-DSA-44-seed.priv");
    assert_eq!(PrivateKey::from_pem_or_der(&[&seed[..], &seed].concat()).err(), Some(KeyError::SeveralKeys));
    assert_eq!(
        format!("{:?}", PrivateKey::from_pem_or_der(&seed).unwrap()),
        "PrivateKey { algorithm: MlDsa(MlDsa44), .. }"
    );
    for error in
        [read("p256-encrypted.pem"), read("p224.pem"), read("mldsa44-ossl40.crt"), KeyError::SeedMismatch]
    {
        assert!(error.to_string().contains(';') || error.to_string().contains(','), "{error}");
    }
}

const CLASSICAL: [(&str, KeyAlgorithm); 5] = [
    ("rsa2048", KeyAlgorithm::Rsa { bits: 2048 }),
    ("rsa4096", KeyAlgorithm::Rsa { bits: 4096 }),
    ("p256", KeyAlgorithm::Ec(Curve::P256)),
    ("p384", KeyAlgorithm::Ec(Curve::P384)),
    ("p521", KeyAlgorithm::Ec(Curve::P521)),
];

/// OpenSSL's RSA and EC keys are read, belong to their certificates, and are written again byte for byte, as PKCS#8
/// and in their traditional forms. Kills: a number left out or in another order; a leading zero; the public key lost.
#[test]
fn rsa_and_ec_keys_are_written_as_openssl_writes_them() {
    for (name, algorithm) in CLASSICAL {
        let file = common::vector(&format!("modsig/keys/{name}.pem"));
        let key = PrivateKey::from_pem_or_der(&file).unwrap();
        assert_eq!((key.algorithm(), key.form()), (algorithm, None));
        assert_eq!(key.public_key(), common::certificate(name).public_key());
        assert_eq!(*key.to_der(KeyForm::Seed).unwrap(), pem(&file));
        assert!(file.starts_with(key.to_pem(KeyForm::Seed).unwrap().as_bytes()));
        let (label, traditional) = key.to_traditional().unwrap();
        assert_eq!(label, if name.starts_with("rsa") { "RSA PRIVATE KEY" } else { "EC PRIVATE KEY" });
        let again = PrivateKey::from_der(&traditional).unwrap();
        assert_eq!(*again.to_der(KeyForm::Seed).unwrap(), pem(&file));
    }
    for name in ["rsa2048-pkcs1.pem", "p256-sec1.pem"] {
        let file = common::vector(&format!("modsig/keys/{name}"));
        let blocks = modsig::pem::blocks(&file).unwrap();
        let key = PrivateKey::from_pem_or_der(&file).unwrap();
        let (label, traditional) = key.to_traditional().unwrap();
        let block = blocks.iter().find(|block| block.label == label).unwrap();
        assert_eq!(*traditional, *block.contents, "{name}");
    }
    let ml_dsa = common::private_key("mldsa44-ossl40");
    assert_eq!(ml_dsa.to_traditional().err(), Some(KeyError::NoTraditionalForm));
}

/// Damaged keys are rejected before they sign. Kills: numbers accepted without checking them.
#[test]
fn inconsistent_rsa_and_ec_keys_are_refused() {
    let rsa = pem(&common::vector("modsig/keys/rsa2048.pem"));
    let change = |der: &[u8], change: &dyn Fn(&mut Node)| {
        let mut tree = Node::parse(der);
        let mut inner = Node::parse(tree.at(&[2]).value());
        change(&mut inner);
        *tree.at(&[2]).value() = inner.der();
        PrivateKey::from_der(&tree.der()).err()
    };
    assert_eq!(change(&rsa, &|_| ()), None);
    // modulus, d, p, q, dp, dq, qInv
    for number in [1, 3, 4, 5, 6, 7, 8] {
        for place in [1, 60, usize::MAX] {
            let error = change(&rsa, &|inner| {
                let value = inner.at(&[number]).value();
                let at = place.min(value.len() - 1);
                value[at] ^= 2;
            });
            assert_eq!(error, Some(KeyError::Inconsistent { what: "RSA numbers" }), "{number} {place}");
        }
    }
    assert!(change(&rsa, &|inner| inner.at(&[2]).value()[0] ^= 2).is_some());
    let swapped = change(&rsa, &|inner| inner.children().swap(4, 5));
    assert_eq!(swapped, Some(KeyError::Inconsistent { what: "RSA numbers" }));
    assert!(matches!(change(&rsa, &|inner| drop(inner.children().pop())), Some(KeyError::Der(_))));
    assert!(matches!(change(&rsa, &|inner| inner.children().push(common::NULL)), Some(KeyError::Der(_))));
    assert!(matches!(
        change(&rsa, &|inner| inner.at(&[3]).value()[0] |= 0x80),
        Some(KeyError::Der(_) | KeyError::Inconsistent { .. })
    ));
    let multi = change(&rsa, &|inner| *inner.at(&[0]).value() = vec![1]);
    assert_eq!(multi, Some(KeyError::UnsupportedAlgorithm { name: "RSA with more than two primes".into() }));

    let ec = pem(&common::vector("modsig/keys/p384.pem"));
    assert_eq!(change(&ec, &|_| ()), None);
    let other_scalar = change(&ec, &|inner| inner.at(&[1]).value()[5] ^= 1);
    assert_eq!(other_scalar, Some(KeyError::PublicKeyMismatch));
    let wrong = Some(KeyError::Inconsistent { what: "EC scalar and curve" });
    assert_eq!(change(&ec, &|inner| inner.at(&[1]).value().fill(0)), wrong);
    assert_eq!(change(&ec, &|inner| inner.at(&[1]).value().fill(0xff)), wrong);
    assert_eq!(change(&ec, &|inner| inner.at(&[1]).value().truncate(47)), wrong);
    let curve = |digits| Node::Constructed(0xa0, vec![oid(digits)]);
    assert_eq!(change(&ec, &|inner| inner.children().insert(2, curve("1.3.132.0.34"))), None);
    assert_eq!(
        change(&ec, &|inner| inner.children().insert(2, curve("1.3.132.0.35"))),
        Some(KeyError::Inconsistent { what: "names of the curve" })
    );
    // A key without its public key is valid; SEC 1 without a curve is not.
    assert_eq!(change(&ec, &|inner| drop(inner.children().pop())), None);
    let inner = Node::parse(&ec).at(&[2]).value().clone();
    assert_eq!(PrivateKey::from_der(&inner).err(), Some(KeyError::NoCurve));

    for (bits, name) in [(1024, "rsa1024.pem"), (2048, "rsa2048-pkcs1.pem")] {
        let key = PrivateKey::from_pem_or_der(&common::vector(&format!("modsig/keys/{name}"))).unwrap();
        assert_eq!(key.algorithm(), KeyAlgorithm::Rsa { bits });
        assert_eq!(key.algorithm().can_sign(), bits == 2048);
    }
}

/// Files that OpenSSL encrypted are read with the passphrase, and only with it.
#[test]
fn encrypted_files() {
    let read = |name: &str, passphrase: &[u8]| {
        let file = common::vector(&format!("modsig/keys/{name}"));
        PrivateKey::decrypt_pem_or_der(&file, Some(passphrase))
    };
    let p256 = common::private_key("p256");
    for name in ["p256-encrypted-aes128-sha512.pem", "p256-encrypted-aes192.pem", "p256-encrypted-scrypt.pem"]
    {
        assert_eq!(read(name, b"test").unwrap().public_key(), p256.public_key(), "{name}");
        for wrong in [&b"tesu"[..], b"", b"test\n"] {
            assert_eq!(read(name, wrong).err(), Some(KeyError::WrongPassphrase));
        }
    }
    assert!(read("p256-encrypted.pem", b"test").is_ok());
    let rsa = read("rsa2048-encrypted.der", b"test").unwrap();
    assert_eq!(rsa.public_key(), common::private_key("rsa2048").public_key());
    for name in ["p256-encrypted-des3.pem", "p256-encrypted-pbes1.pem", "p256-legacy-encrypted.pem"] {
        assert!(read(name, b"test").unwrap().old_form().is_some(), "{name}");
    }
    // A file cannot require excessive work.
    assert_eq!(read("p256-encrypted-iterations.pem", b"test").err(), Some(KeyError::CostlyEncryption));
    // An unnecessary passphrase is ignored.
    assert!(read("p256.pem", b"test").is_ok());
}

/// Encrypted output is read again, for each algorithm; salt and IV come from the seed.
#[test]
fn encryption_there_and_back() {
    for name in ["mldsa44-ossl40", "p256"] {
        let key = common::private_key(name);
        let der = key.to_encrypted_der(KeyForm::Both, b"secret", &[1; 32]).unwrap();
        assert_ne!(*der, *key.to_encrypted_der(KeyForm::Both, b"secret", &[2; 32]).unwrap());
        let again = PrivateKey::decrypt_pem_or_der(&der, Some(b"secret")).unwrap();
        assert_eq!(*again.to_der(KeyForm::Both).unwrap(), *key.to_der(KeyForm::Both).unwrap());
        assert_eq!(PrivateKey::from_der(&der).err(), Some(KeyError::Encrypted));
        let pem = key.to_encrypted_pem(KeyForm::Both, b"secret", &[1; 32]).unwrap();
        let again = PrivateKey::decrypt_pem_or_der(pem.as_bytes(), Some(b"secret")).unwrap();
        assert_eq!(again.public_key(), key.public_key());
        let plain = key.to_der(KeyForm::Both).unwrap();
        assert!(!der.windows(32).any(|window| window == &plain[plain.len() - 32..]));
    }
}

/// Different seeds give different keys, of the requested sizes.
#[test]
fn generation() {
    let seeds = [mldsa::Seed::from_bytes([7; 32]), mldsa::Seed::from_bytes([8; 32])];
    let algorithms = Curve::ALL.map(KeyAlgorithm::Ec).into_iter().chain([KeyAlgorithm::Rsa { bits: 2048 }]);
    for algorithm in algorithms {
        let [one, two] = seeds.each_ref().map(|seed| PrivateKey::generate(algorithm, seed).unwrap());
        assert_eq!((one.algorithm(), two.algorithm()), (algorithm, algorithm));
        assert_ne!(one.public_key(), two.public_key());
        let again = PrivateKey::from_der(&one.to_der(KeyForm::Seed).unwrap()).unwrap();
        assert_eq!(again.public_key(), one.public_key());
    }
    for bits in [0, 512, 1023, 4097, 8192] {
        let error = PrivateKey::generate(KeyAlgorithm::Rsa { bits }, &seeds[0]).err();
        assert_eq!(error, Some(KeyError::RsaSize { bits }));
    }
}

/// Damaged files of every kind give an error or a valid key, never a panic: one or two bytes changed, anywhere.
/// (Encrypted files are left out: a changed number of rounds only costs time.)
#[test]
fn changed_bytes_never_panic() {
    let mut state = 1_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut refused = 0;
    for name in
        ["rsa2048.pem", "rsa2048-pkcs1.pem", "p256.pem", "p256-sec1.pem", "p521.pem", "mldsa44-ossl40.pem"]
    {
        let file = common::vector(&format!("modsig/keys/{name}"));
        let blocks = modsig::pem::blocks(&file).unwrap();
        let der = blocks.iter().find(|block| block.label.ends_with("PRIVATE KEY")).unwrap().contents.to_vec();
        let whole = PrivateKey::from_der(&der);
        let sec1_without_curve = whole.is_err();
        assert!(!sec1_without_curve, "{name}");
        for round in 0..400 {
            let mut bad = der.clone();
            // The first bytes are the structure: change them more often.
            let places = [bad.len(), bad.len().min(40)];
            for _ in 0..=round % 2 {
                let at = random(places[round % 2]);
                bad[at] = random(256) as u8;
            }
            if random(8) == 0 {
                bad.truncate(random(der.len()));
            }
            match PrivateKey::from_der(&bad) {
                Ok(key) => assert!(key.to_der(KeyForm::Expanded).is_ok()),
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 2_000, "{refused}");
}
