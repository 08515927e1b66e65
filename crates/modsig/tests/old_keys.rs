//! Private keys in old and foreign forms: weak encryption, encrypted PEM, PKCS#12, ML-DSA drafts. Each is read as the
//! key that OpenSSL or Java wrote, is named, and is written again only in today's form.

mod common;

use common::{Node, oid, vector};
use mldsa::Rnd;
use mldsa::dynamic::Parameters;
use modsig::cert::Certificate;
use modsig::key::{KeyError, KeyForm, Pkcs12, PrivateKey, looks_like_pkcs12};
use modsig::signer::{Options, Signer};
use modsig::trust::TrustStore;
use modsig::verdict::{Policy, verify};

fn old(name: &str) -> Vec<u8> {
    vector(&format!("modsig/keys/old/{name}"))
}

fn read(name: &str, passphrase: &str) -> Result<PrivateKey, KeyError> {
    PrivateKey::decrypt_pem_or_der(&old(name), Some(passphrase.as_bytes()))
}

/// The files that OpenSSL 3.0 and Java 17 wrote, the key inside, and the name of the form.
const FILES: [(&str, &str, &str); 31] = [
    ("p256-v1-md5-des.der", "p256", "PBES1 (MD5 and DES)"),
    ("p256-v1-md5-rc2-64.der", "p256", "PBES1 (MD5 and RC2)"),
    ("p256-v1-sha1-des.der", "p256", "PBES1 (SHA-1 and DES)"),
    ("p256-v1-sha1-rc2-64.der", "p256", "PBES1 (SHA-1 and RC2)"),
    ("p256-v1-sha1-3des.der", "p256", "PKCS#12 triple DES"),
    ("p256-v1-sha1-2des.der", "p256", "PKCS#12 triple DES with two keys"),
    ("p256-v1-sha1-rc2-128.der", "p256", "PKCS#12 RC2 with 128 bits"),
    ("p256-v1-sha1-rc2-40.der", "p256", "PKCS#12 RC2 with 40 bits"),
    ("p256-v2-des3.der", "p256", "triple DES"),
    ("p256-v2-des.der", "p256", "DES"),
    ("p256-prf-sha1.der", "p256", "PBKDF2 with HMAC-SHA-1"),
    ("p256-prf-sha224.der", "p256", ""),
    ("p256-prf-sha384.der", "p256", ""),
    ("p256-prf-sha512.der", "p256", ""),
    ("p256-pem-des.pem", "p256", "OpenSSL's encrypted PEM (Proc-Type)"),
    ("p256-pem-des-ede.pem", "p256", "OpenSSL's encrypted PEM (Proc-Type)"),
    ("p256-pem-des-ede3.pem", "p256", "OpenSSL's encrypted PEM (Proc-Type)"),
    ("p256-pem-rc2.pem", "p256", "OpenSSL's encrypted PEM (Proc-Type)"),
    ("p256-pem-aes-128.pem", "p256", "OpenSSL's encrypted PEM (Proc-Type)"),
    ("p256-pem-aes-192.pem", "p256", "OpenSSL's encrypted PEM (Proc-Type)"),
    ("p256-pem-aes-256.pem", "p256", "OpenSSL's encrypted PEM (Proc-Type)"),
    ("p521-pem-des-ede3.pem", "p521", "OpenSSL's encrypted PEM (Proc-Type)"),
    ("rsa2048-pem-des-ede3.pem", "rsa2048", "OpenSSL's encrypted PEM (Proc-Type)"),
    ("rsa2048-pem-aes-256.pem", "rsa2048", "OpenSSL's encrypted PEM (Proc-Type)"),
    ("rsa2048-v1-md5-des.der", "rsa2048", "PBES1 (MD5 and DES)"),
    ("rsa2048-v2-des3.der", "rsa2048", "triple DES"),
    ("p256-legacy.p12", "p256", "PKCS#12, PKCS#12 triple DES"),
    ("p256-openssl3.p12", "p256", "PKCS#12"),
    ("p256-rc2-128.p12", "p256", "PKCS#12, PKCS#12 RC2 with 128 bits"),
    ("p256-open.p12", "p256", "PKCS#12"),
    ("rsa2048-3des.p12", "rsa2048", "PKCS#12, PKCS#12 triple DES"),
];

/// A module that the key signs verifies with the certificate.
fn signs(key: &PrivateKey, certificate: &Certificate) {
    let signer = Signer::new(key, certificate, Options::default()).unwrap();
    let appended = signer.sign(b"a module", &Rnd::from_bytes([9; 32])).unwrap();
    let trust = TrustStore::from_iter([certificate.clone()]);
    assert!(verify(&[b"a module", &appended[..]].concat(), &trust, &Policy::default()).is_good());
}

/// Kills: a wrong key derivation, cipher or key length; a form without its note; a converted file that is old again;
/// a wrong passphrase that is called malformed.
#[test]
fn files_of_openssl_and_java_are_read() {
    for (name, expected, form) in FILES {
        let key = read(name, "test").unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(key.public_key(), common::private_key(expected).public_key(), "{name}");
        assert_eq!(key.old_form().map_or_else(String::new, ToString::to_string), form, "{name}");
        signs(&key, &common::certificate(expected));

        let converted = key.to_encrypted_der(KeyForm::Seed, b"new", &[7; 32]).unwrap();
        let again = PrivateKey::decrypt_pem_or_der(&converted, Some(b"new")).unwrap();
        assert_eq!(again.public_key(), key.public_key(), "{name}");
        assert_eq!(again.old_form(), None, "{name}");

        if name == "p256-open.p12" {
            continue; // not encrypted
        }
        assert_eq!(PrivateKey::from_pem_or_der(&old(name)).err(), Some(KeyError::Encrypted), "{name}");
        // Of all these, some have the right padding: once in 256 times.
        for number in 0..8 {
            let error = read(name, &format!("wrong {number}")).err();
            assert_eq!(error, Some(KeyError::WrongPassphrase), "{name}: {number}");
        }
        assert_eq!(read(name, "").err(), Some(KeyError::WrongPassphrase), "{name}");
    }
}

/// Kills: certificates lost, or of the first part only; an empty or non-ASCII passphrase that is hashed wrongly.
#[test]
fn pkcs12_holds_certificates() {
    let own = common::certificate("p256");
    for (name, passphrase, count) in [
        ("p256-legacy.p12", "test", 2),
        ("p256-openssl3.p12", "test", 2),
        ("p256-rc2-128.p12", "test", 1),
        ("p256-open.p12", "test", 1),
        ("p256-java.p12", "test12", 1),
        ("p256-java-legacy.p12", "test12", 1),
        ("p256-utf8.p12", "zażółć€", 1),
        ("p256-empty.p12", "", 1),
    ] {
        let file = old(name);
        assert!(looks_like_pkcs12(&file), "{name}");
        let contents = Pkcs12::open(&file, Some(passphrase.as_bytes()))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let certificates = Certificate::read_all(&contents.certificates.concat()).unwrap();
        assert_eq!(certificates.len(), count, "{name}");
        assert!(certificates.contains(&own), "{name}");
        signs(&contents.key.unwrap(), &own);
    }
    // Without a passphrase, the empty one is tried.
    assert!(Pkcs12::open(&old("p256-empty.p12"), None).is_ok());
    assert!(Pkcs12::open(&old("p256-open.p12"), None).is_ok());
    assert_eq!(Pkcs12::open(&old("p256-java.p12"), None).err(), Some(KeyError::Encrypted));
    let none = Pkcs12::open(&old("no-key.p12"), Some(b"test")).unwrap();
    assert!(none.key.is_none() && none.certificates.len() == 1);
    assert_eq!(read("no-key.p12", "test").err(), Some(KeyError::NoKeyInPkcs12));
    assert!(!looks_like_pkcs12(&vector("modsig/keys/rsa2048.der")));
    assert!(!looks_like_pkcs12(&old("p256-v2-des3.der")));
}

/// What is not supported is named, never called malformed.
#[test]
fn unknown_ciphers_are_named() {
    for (name, words) in [
        ("p256-v1-sha1-rc4-128.der", "PKCS#12 RC4 with 128 bits"),
        ("p256-v2-rc2.der", "RC2"),
        ("p256-prf-sha512t256.der", "PBKDF2 with HMAC-SHA-512/256"),
        ("p256-pem-camellia-128.pem", "CAMELLIA-128-CBC"),
        ("p256-rc4.p12", "PKCS#12 RC4 with 128 bits"),
    ] {
        let error = read(name, "test").unwrap_err();
        assert!(matches!(error, KeyError::UnsupportedEncryption { .. }), "{name}: {error}");
        assert!(error.to_string().contains(words), "{name}: {error}");
    }
    let mac = |digits| {
        let mut pfx = Node::parse(&old("p256-openssl3.p12"));
        pfx.at(&[2, 0, 0]).children()[0] = oid(digits);
        PrivateKey::decrypt_pem_or_der(&pfx.der(), Some(b"test")).unwrap_err().to_string()
    };
    assert!(mac("1.2.840.113549.1.5.14").contains("PBMAC1"));
    assert!(mac("1.2.3.4").contains("1.2.3.4"));
    let text = String::from_utf8(old("p256-pem-aes-128.pem")).unwrap();
    for (from, to) in
        [("AES-128-CBC,", "AES-128-CBC,zz"), ("AES-128-CBC,", "AES-128-CBC"), ("AES-128", "AES-256-CTR,")]
    {
        let error = PrivateKey::decrypt_pem_or_der(text.replace(from, to).as_bytes(), Some(b"test"));
        assert!(matches!(error, Err(KeyError::UnsupportedEncryption { .. })), "{to}: {error:?}");
    }
}

/// Every truncation and every flipped bit is an error and no panic. Kills: a MAC that is not checked.
#[test]
fn damaged_files_are_refused() {
    for name in ["p256-v1-md5-des.der", "p256-v2-des3.der", "p256-open.p12", "p256-pem-aes-128.pem"] {
        let file = old(name);
        for length in 0..file.len() - 1 {
            assert!(
                PrivateKey::decrypt_pem_or_der(&file[..length], Some(b"test")).is_err(),
                "{name} {length}"
            );
        }
    }
    let file = old("p256-legacy.p12");
    for length in (0..file.len()).step_by(7) {
        assert!(Pkcs12::open(&file[..length], Some(b"test")).is_err(), "{length}");
    }
    let mut pfx = Node::parse(&file);
    let content = pfx.at(&[1, 1, 0]).value().clone();
    for at in (0..content.len()).step_by(content.len() / 9) {
        pfx.at(&[1, 1, 0]).value()[at] ^= 1;
        let error = PrivateKey::decrypt_pem_or_der(&pfx.der(), Some(b"test")).err();
        assert_eq!(error, Some(KeyError::WrongPassphrase), "{at}");
        pfx.at(&[1, 1, 0]).value()[at] ^= 1;
    }
    assert!(PrivateKey::decrypt_pem_or_der(&pfx.der(), Some(b"test")).is_ok());
}

/// Kills: rounds that are not limited, in each of the four places that name them; parts that each have their own limit.
#[test]
fn no_file_costs_more_than_its_budget() {
    let costly = |file: &[u8]| {
        assert_eq!(
            PrivateKey::decrypt_pem_or_der(file, Some(b"test")).err(),
            Some(KeyError::CostlyEncryption)
        );
    };
    // 10,000,001 rounds; more than 32 bits; 2^32 - 1.
    for rounds in [vec![0, 0x98, 0x96, 0x81], vec![1, 0, 0, 0, 0], vec![0, 0xff, 0xff, 0xff, 0xff]] {
        let mut pbes1 = Node::parse(&old("p256-v1-md5-des.der"));
        *pbes1.at(&[0, 1, 1]).value() = rounds.clone();
        costly(&pbes1.der());
        let mut pbes2 = Node::parse(&old("p256-v2-des3.der"));
        *pbes2.at(&[0, 1, 0, 1, 1]).value() = rounds.clone();
        costly(&pbes2.der());
        let mut pfx = Node::parse(&old("p256-openssl3.p12"));
        *pfx.at(&[2, 2]).value() = rounds;
        costly(&pfx.der());
    }
    // Three hashes a round: the budget is spent at a third of the rounds.
    let mut pkcs12 = Node::parse(&old("p256-v1-sha1-3des.der"));
    *pkcs12.at(&[0, 1, 1]).value() = vec![0x40, 0, 0];
    costly(&pkcs12.der());
    let mut zero = Node::parse(&old("p256-v1-md5-des.der"));
    *zero.at(&[0, 1, 1]).value() = vec![0];
    assert!(matches!(PrivateKey::decrypt_pem_or_der(&zero.der(), Some(b"test")), Err(KeyError::Der(_))));
    let mut salt = Node::parse(&old("p256-v1-md5-des.der"));
    *salt.at(&[0, 1, 0]).value() = vec![1; 129];
    assert!(matches!(PrivateKey::decrypt_pem_or_der(&salt.der(), Some(b"test")), Err(KeyError::Der(_))));
}

/// PKCS#8 with these bytes as privateKey.
fn pkcs8(parameters: Parameters, inner: &[u8]) -> Vec<u8> {
    Node::Constructed(
        0x30,
        vec![
            Node::Primitive(2, vec![0]),
            Node::Constructed(0x30, vec![oid(parameters.oid())]),
            Node::Primitive(4, inner.to_vec()),
        ],
    )
    .der()
}

/// Kills: a draft form read as another set or with another public key; a public key that is not compared.
#[test]
fn draft_forms_of_ml_dsa_are_read() {
    for parameters in Parameters::ALL {
        let seed = mldsa::Seed::from_bytes([3; 32]);
        let key = PrivateKey::from_seed(parameters, &seed);
        let full = mldsa::dynamic::AnySigningKey::from_seed(parameters, &seed);
        let expanded = full.as_expanded_bytes().to_vec();
        let public = key.public_key().subject_public_key();
        let pair = [&expanded[..], &public].concat();
        let wrapped = Node::Primitive(4, pair.clone()).der();
        let wrong_seed = PrivateKey::from_seed(parameters, &mldsa::Seed::from_bytes([4; 32]));
        for (inner, words, form) in [
            (&[3; 32][..], "a bare seed", KeyForm::Seed),
            (&expanded, "a bare expanded key", KeyForm::Expanded),
            (&pair, "a bare private and public key", KeyForm::Expanded),
            (&wrapped, "private and public key in one string", KeyForm::Expanded),
        ] {
            let read = PrivateKey::from_der(&pkcs8(parameters, inner)).unwrap();
            assert_eq!(read.public_key(), key.public_key(), "{parameters}: {words}");
            assert_eq!(read.form(), Some(form), "{parameters}: {words}");
            let old = read.old_form().unwrap();
            assert!(old.to_string().contains(words) && !old.is_encrypted(), "{parameters}: {old}");
            let again = PrivateKey::from_der(&read.to_der(form).unwrap()).unwrap();
            assert_eq!((again.public_key(), again.old_form()), (key.public_key(), None));
        }
        for (start, wrap) in [(0, false), (4, true)] {
            let mut other = if wrap { wrapped.clone() } else { pair.clone() };
            let at = start + expanded.len();
            other[at..].copy_from_slice(&wrong_seed.public_key().subject_public_key());
            let error = PrivateKey::from_der(&pkcs8(parameters, &other)).err();
            assert_eq!(error, Some(KeyError::PublicKeyMismatch));
        }
        // Another set than the identifier's, and a damaged key.
        for other in Parameters::ALL.into_iter().filter(|&other| other != parameters) {
            let error = PrivateKey::from_der(&pkcs8(other, &expanded)).err();
            let (expected, found) = (other.expanded_key_len(), expanded.len());
            assert_eq!(error, Some(KeyError::WrongLength { field: "expandedKey", expected, found }));
            assert!(PrivateKey::from_der(&pkcs8(other, &pair)).is_err());
            assert!(PrivateKey::from_der(&pkcs8(other, &wrapped)).is_err());
        }
        let mut damaged = expanded.clone();
        damaged[0] ^= 1;
        let error = PrivateKey::from_der(&pkcs8(parameters, &damaged)).err();
        assert!(matches!(error, Some(KeyError::MalformedExpandedKey(_))), "{error:?}");
        assert!(PrivateKey::from_der(&pkcs8(parameters, &[3; 33])).is_err());
    }
}

/// A PFX without MAC around these SafeContents.
fn pfx(bags: Vec<Node>) -> Vec<u8> {
    let data = |content: &Node| {
        let octets = Node::Primitive(4, content.der());
        Node::Constructed(0x30, vec![oid("1.2.840.113549.1.7.1"), Node::Constructed(0xa0, vec![octets])])
    };
    let safe = Node::Constructed(0x30, vec![data(&Node::Constructed(0x30, bags))]);
    Node::Constructed(0x30, vec![Node::Primitive(2, vec![3]), data(&safe)]).der()
}

fn bag(number: u8, value: Node) -> Node {
    let kind = oid(&format!("1.2.840.113549.1.12.10.1.{number}"));
    Node::Constructed(0x30, vec![kind, Node::Constructed(0xa0, vec![value])])
}

/// Every algorithm in PKCS#12, plain and encrypted, with its certificate.
#[test]
fn pkcs12_of_every_algorithm() {
    for name in ["mldsa44-ossl40", "mldsa65-ossl40", "mldsa87-ossl40", "rsa4096", "p256", "p384", "p521"] {
        let (key, certificate) = (common::private_key(name), common::certificate(name));
        let plain = key.to_der(KeyForm::Seed).unwrap();
        let locked = key.to_encrypted_der(KeyForm::Seed, b"test", &[1; 32]).unwrap();
        let octets = Node::Primitive(4, certificate.as_der().to_vec());
        let x509 = vec![oid("1.2.840.113549.1.9.22.1"), Node::Constructed(0xa0, vec![octets])];
        let certificate_bag = || bag(3, Node::Constructed(0x30, x509.clone()));
        for (number, der) in [(1, &plain), (2, &locked)] {
            let file = pfx(vec![certificate_bag(), bag(number, Node::parse(der))]);
            let contents = Pkcs12::open(&file, Some(b"test")).unwrap();
            assert_eq!(contents.certificates, [certificate.as_der()], "{name}");
            signs(&contents.key.unwrap(), &certificate);
        }
        let both = pfx(vec![bag(1, Node::parse(&plain)), bag(2, Node::parse(&locked))]);
        assert_eq!(Pkcs12::open(&both, Some(b"test")).err(), Some(KeyError::SeveralKeys), "{name}");
        // Bags of other kinds are passed over, and their number is limited.
        let other = || bag(5, Node::Primitive(4, vec![1]));
        assert!(Pkcs12::open(&pfx(vec![other(); 200]), None).unwrap().key.is_none());
        assert!(matches!(Pkcs12::open(&pfx(vec![other(); 300]), None), Err(KeyError::Der(_))));
    }
}

/// Kills: forms that agree with our own idea of them only.
#[test]
fn ml_dsa_as_openssl_3_5_writes_it() {
    let public = modsig::pem::blocks(&old("mldsa44-openssl35.pub")).unwrap();
    for (name, form) in [
        ("mldsa44-openssl35-bare-seed.der", "triple DES, a bare seed of an old ML-DSA draft"),
        (
            "mldsa44-openssl35-oqskeypair.der",
            "triple DES, private and public key in one string, as liboqs writes them",
        ),
        ("mldsa44-openssl35.p12", "PKCS#12, PKCS#12 triple DES"),
    ] {
        let key = read(name, "test").unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(key.public_key().to_spki_der(), *public[0].contents, "{name}");
        assert_eq!(key.old_form().unwrap().to_string(), form);
        assert_eq!(read(name, "wrong").err(), Some(KeyError::WrongPassphrase), "{name}");
    }
    let contents = Pkcs12::open(&old("mldsa44-openssl35.p12"), Some(b"test")).unwrap();
    let certificate = Certificate::from_der(&contents.certificates[0]).unwrap();
    signs(&contents.key.unwrap(), &certificate);
}
