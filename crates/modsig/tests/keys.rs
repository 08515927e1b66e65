//! Private keys: RFC 9881's examples, OpenSSL's files, what is inconsistent, and what is not supported.

mod common;

use common::{Node, oid};
use mldsa::MalformedKey;
use mldsa::dynamic::Parameters;
use modsig::cert::{Certificate, PublicKey};
use modsig::key::{KeyError, KeyForm, PrivateKey};

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
        let PublicKey::MlDsa(public) = certificate.public_key() else { panic!() };
        for (form, form_name) in FORMS {
            let file = common::vector(&format!("rfc9881/{name}-{form_name}.priv"));
            let key = PrivateKey::from_pem_or_der(&file).unwrap();
            assert_eq!(key.parameters(), parameters);
            assert_eq!(key.verifying_key(), **public);
            assert_eq!(key.has_seed(), form != KeyForm::Expanded);
            assert_eq!(*key.to_der(form).unwrap(), pem(&file));
            assert_eq!(key.to_pem(form).unwrap().as_bytes(), file);
            for (other, _) in FORMS {
                match key.to_der(other) {
                    Ok(der) => assert_eq!(PrivateKey::from_der(&der).unwrap().verifying_key(), **public),
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
        assert!(spki.ends_with(public.as_bytes()));
    }
    assert_eq!(count, 9);
}

/// OpenSSL writes key and certificate into one PEM file, the key in both forms.
#[test]
fn openssl_bundles() {
    for name in ["mldsa44-ossl40", "mldsa65-ossl40", "mldsa87-ossl40"] {
        let key = common::private_key(name);
        let PublicKey::MlDsa(public) = common::certificate(name).public_key().clone() else { panic!() };
        assert_eq!(key.verifying_key(), *public);
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
    // Without the seed the expanded key must not contradict itself: rho, tr, s1 and t0 (K cannot be checked).
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
    // A seed in an OCTET STRING's tag is no seed, but an expanded key of the wrong length.
    let retagged = with_inner("seed", |seed| *seed = Node::Primitive(0x04, seed.value().clone()));
    assert_eq!(
        retagged.err(),
        Some(KeyError::WrongLength { field: "expandedKey", expected: 2560, found: 32 })
    );
    let unknown = with_inner("seed", |seed| *seed = Node::Primitive(0x81, seed.value().clone()));
    // Its offset is the place in the whole file: after the headers.
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
    let mut public = [&[0][..], key.verifying_key().as_bytes()].concat();
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

/// What is recognised and not supported is named; nothing of a key is in any message.
#[test]
fn unsupported_files_are_named() {
    let read = |name: &str| {
        PrivateKey::from_pem_or_der(&common::vector(&format!("modsig/keys/{name}"))).unwrap_err()
    };
    assert_eq!(read("p256-encrypted.pem"), KeyError::Encrypted);
    assert_eq!(read("p256-legacy-encrypted.pem"), KeyError::Encrypted);
    assert_eq!(read("p256-sec1.pem"), KeyError::UnsupportedAlgorithm { name: "EC (SEC 1)".into() });
    assert_eq!(read("rsa4096.pem"), KeyError::UnsupportedAlgorithm { name: "RSA".into() });
    assert_eq!(read("p384.pem"), KeyError::UnsupportedAlgorithm { name: "EC public key".into() });
    assert_eq!(read("mldsa44-ossl40.crt"), KeyError::NoPrivateKey { found: "CERTIFICATE".into() });
    assert!(matches!(read("mldsa44-ossl40.der"), KeyError::Der(_)));
    let encrypted = pem(&common::vector("modsig/keys/p256-encrypted.pem"));
    assert_eq!(PrivateKey::from_der(&encrypted).err(), Some(KeyError::Encrypted));
    let sec1 = pem(&common::vector("modsig/keys/p256-sec1.pem"));
    assert_eq!(
        PrivateKey::from_der(&sec1).err(),
        Some(KeyError::UnsupportedAlgorithm { name: "EC (SEC 1)".into() })
    );
    let seed = common::vector("rfc9881/ML-DSA-44-seed.priv");
    assert_eq!(PrivateKey::from_pem_or_der(&[&seed[..], &seed].concat()).err(), Some(KeyError::SeveralKeys));
    assert_eq!(
        format!("{:?}", PrivateKey::from_pem_or_der(&seed).unwrap()),
        "PrivateKey { parameters: MlDsa44, .. }"
    );
    for error in
        [read("p256-encrypted.pem"), read("rsa4096.pem"), read("mldsa44-ossl40.crt"), KeyError::SeedMismatch]
    {
        assert!(error.to_string().contains(';') || error.to_string().contains(','), "{error}");
    }
}
