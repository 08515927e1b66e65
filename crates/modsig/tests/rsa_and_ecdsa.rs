//! RSA and ECDSA signatures, byte by byte against the kernel's sign-file.

mod common;

use common::{certificate, module, private_key, vector};
use mldsa::Rnd;
use modsig::algorithm::Digest;
use modsig::cert::{CertError, Certificate};
use modsig::cms;
use modsig::key::{KeyAlgorithm, PrivateKey};
use modsig::public_key::PublicKey;
use modsig::signer::{IdentifierKind, Options, SignError, Signer, SignerError, wrap_signature};
use modsig::trailer;

fn signer(key: &str, digest: Digest, identifier: IdentifierKind) -> Signer {
    Signer::new(&private_key(key), &certificate(key), Options { digest, identifier }).unwrap()
}

/// RSA signatures are not randomised: the appended bytes equal sign-file's.
#[test]
fn rsa_equals_sign_file() {
    let module = module();
    let by_issuer = IdentifierKind::IssuerAndSerial;
    let mut count = 0;
    for (key, digest, identifier, suffix) in [
        ("rsa2048", Digest::Sha256, by_issuer, ""),
        ("rsa2048", Digest::Sha512, by_issuer, ""),
        ("rsa4096", Digest::Sha256, by_issuer, ""),
        ("rsa4096", Digest::Sha384, by_issuer, ""),
        ("rsa4096", Digest::Sha512, by_issuer, ""),
        ("rsa4096", Digest::Sha3_256, by_issuer, ""),
        ("rsa4096", Digest::Sha3_384, by_issuer, ""),
        ("rsa4096", Digest::Sha3_512, by_issuer, ""),
        ("rsa4096", Digest::Sha512, IdentifierKind::SubjectKeyId, ".k"),
    ] {
        let theirs = vector(&format!("modsig/cms/dummy.{key}.sf40.{digest}{suffix}.p7s"));
        let signer = signer(key, digest, identifier);
        for rnd in [Rnd::DETERMINISTIC, Rnd::from_bytes([count; 32])] {
            assert_eq!(signer.cms(&module, &rnd).unwrap(), theirs, "{key} {digest}{suffix}");
            assert_eq!(signer.sign(&module, &rnd).unwrap(), trailer::append(&theirs).unwrap());
        }
        assert!(signer.ml_dsa().is_none());
        count += 1;
    }
    assert_eq!(count, 9);
}

/// ECDSA: the CMS around the signature equals sign-file's, the signature verifies, and it is different each time,
/// except with `DETERMINISTIC`.
#[test]
fn ecdsa_verifies_and_has_sign_files_frame() {
    let module = module();
    let mut count = 0;
    for key in ["p256", "p384", "p521"] {
        for digest in Digest::SIGNING {
            for identifier in [IdentifierKind::IssuerAndSerial, IdentifierKind::SubjectKeyId] {
                let signer = signer(key, digest, identifier);
                let sign = |rnd: &Rnd| {
                    let cms = signer.cms(&module, rnd).unwrap();
                    let parsed = cms::parse(&cms).unwrap();
                    let [info] = &parsed.signers[..] else { panic!() };
                    assert_eq!(info.digest_algorithm.oid, digest.oid());
                    assert_eq!(info.signature_algorithm.parameters, None);
                    let public = signer.certificate().public_key();
                    assert_eq!(public.verify(digest, &module, info.signature), Ok(()), "{key} {digest}");
                    assert!(public.verify(digest, &module[1..], info.signature).is_err());
                    info.signature.to_vec()
                };
                let signatures = [
                    sign(&Rnd::DETERMINISTIC),
                    sign(&Rnd::DETERMINISTIC),
                    sign(&Rnd::from_bytes([1; 32])),
                    sign(&Rnd::from_bytes([2; 32])),
                ];
                assert_eq!(signatures[0], signatures[1]);
                assert_ne!(signatures[0], signatures[2]);
                assert_ne!(signatures[2], signatures[3]);
                count += 1;
            }
        }
    }
    assert_eq!(count, 36);
    // The same bytes as sign-file's around the same signature.
    for name in
        ["p256.sf40.sha256", "p384.sf40.sha384", "p384.sf40.sha3-512", "p521.sf40.sha512", "p521.sf40.sha256"]
    {
        let theirs = vector(&format!("modsig/cms/dummy.{name}.p7s"));
        let mut parts = name.split('.');
        let certificate = certificate(parts.next().unwrap());
        let digest = Digest::from_name(parts.nth(1).unwrap()).unwrap();
        let signature = cms::parse(&theirs).unwrap().signers[0].signature.to_vec();
        assert_eq!(certificate.public_key().verify(digest, &module, &signature), Ok(()), "{name}");
        let options = Options { digest, ..Options::default() };
        assert_eq!(wrap_signature(&certificate, options, &signature).unwrap(), theirs, "{name}");
    }
}

/// RFC 6979, appendix A.2.5: the nonce follows the standard. Kills: a hash truncated on the wrong
/// side, another HMAC, additional data where there should be none.
#[test]
fn deterministic_ecdsa_is_rfc_6979() {
    let scalar = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
    let (r, s) = (
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    );
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    };
    let curve = [0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    let sec1 = [&[0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20][..], &bytes(scalar), &curve].concat();
    let key = PrivateKey::from_der(&sec1).unwrap();
    let recipe = modsig::cert::SelfSigned {
        common_name: "RFC 6979",
        serial: [1; 20],
        not_before: der::DateTime::new(2026, 1, 1, 0, 0, 0).unwrap(),
        days: 1,
    };
    let certificate = recipe.issue(&key, &Rnd::DETERMINISTIC).unwrap();
    assert_eq!(certificate.check_self_signature(), Ok(()));
    let options = Options { digest: Digest::Sha256, ..Options::default() };
    let signer = Signer::new(&key, &certificate, options).unwrap();
    let cms = signer.cms(b"sample", &Rnd::DETERMINISTIC).unwrap();
    let expected = [&[0x30, 0x46, 0x02, 0x21, 0x00][..], &bytes(r), &[0x02, 0x21, 0x00], &bytes(s)].concat();
    assert_eq!(cms::parse(&cms).unwrap().signers[0].signature, expected);
}

/// Kills: a signer that accepts weak keys, or certificates of other keys.
#[test]
fn what_is_refused() {
    let bundle = vector("modsig/keys/rsa1024.pem");
    let (key, own) =
        (PrivateKey::from_pem_or_der(&bundle).unwrap(), Certificate::from_pem_or_der(&bundle).unwrap());
    assert_eq!(
        Signer::new(&key, &own, Options::default()).err(),
        Some(SignerError::UnfitKey(KeyAlgorithm::Rsa { bits: 1024 }))
    );
    let p384 = private_key("p384");
    for (other, name) in [("p256", "ECDSA P-256"), ("rsa2048", "RSA-2048"), ("mldsa65-ossl40", "ML-DSA-65")] {
        let error = Signer::new(&p384, &certificate(other), Options::default()).err();
        let expected =
            SignerError::KeyDoesNotMatchCertificate { key: "ECDSA P-384".into(), certificate: name.into() };
        assert_eq!(error, Some(expected));
    }
    for digest in [Digest::Sha1, Digest::Md5, Digest::Sha224] {
        let error = Signer::new(&p384, &certificate("p384"), Options { digest, ..Options::default() }).err();
        assert!(matches!(error, Some(SignerError::WeakDigest { .. })), "{error:?}");
    }
    let _: fn(SignError) -> String = |error| error.to_string();
}

/// Certificates by all algorithms, self-signed and by a CA of another algorithm.
#[test]
fn certificates_verify() {
    let recipe = |name| modsig::cert::SelfSigned {
        common_name: name,
        serial: [9; 20],
        not_before: der::DateTime::new(2026, 1, 1, 0, 0, 0).unwrap(),
        days: 30,
    };
    let keys = ["rsa2048", "p256", "p384", "p521", "mldsa44-ossl40"];
    for name in keys {
        let key = private_key(name);
        let own = recipe("own").issue(&key, &Rnd::DETERMINISTIC).unwrap();
        assert_eq!(own.check_self_signature(), Ok(()), "{name}");
        assert_eq!(own.public_key(), key.public_key());
        for authority in keys {
            let ca_key = private_key(authority);
            let ca = recipe("CA").issue_authority(&ca_key, &Rnd::DETERMINISTIC).unwrap();
            assert_eq!(ca.check_self_signature(), Ok(()));
            let issued =
                recipe("leaf").issue_by(key.public_key(), &ca_key, &ca, &Rnd::DETERMINISTIC).unwrap();
            assert_eq!(issued.issuer_der(), ca.subject_der());
            assert_eq!(issued.public_key(), key.public_key());
            assert_eq!((issued.subject(), issued.is_self_issued()), ("CN=leaf".into(), false));
            if authority != name {
                let wrong = recipe("x").issue_by(key.public_key(), &key, &ca, &Rnd::DETERMINISTIC);
                assert_eq!(wrong.err(), Some(CertError::IssuerKeyMismatch));
            }
        }
    }
}

/// A request with this common name, for the purpose of `module-key request`.
fn request(name: &str, key: &PrivateKey) -> Result<Vec<u8>, CertError> {
    use modsig::cert::{Purpose, Subject, request};
    request(&Subject::common_name(name)?, &Purpose::default(), key, &Rnd::DETERMINISTIC)
}

/// PKCS#10: the request contains the name and the public key, and the key's signature.
#[test]
fn certificate_requests_verify() {
    for name in ["rsa2048", "p384", "mldsa65-ossl40"] {
        let key = private_key(name);
        let der = request("me, myself", &key).unwrap();
        let mut tree = common::Node::parse(&der);
        assert_eq!(tree.der(), der);
        let spki = tree.at(&[0, 2]).der();
        assert_eq!(PublicKey::from_spki_der(&spki).as_ref(), Ok(key.public_key()));
        assert_eq!(*tree.at(&[0, 0]), common::Node::Primitive(0x02, vec![0]));
        assert_eq!(tree.at(&[0, 1, 0, 0, 1]).value(), b"me, myself");
        let info = tree.at(&[0]).der();
        let signature = tree.at(&[2]).value()[1..].to_vec();
        assert_eq!(key.public_key().verify(Digest::Sha512, &info, &signature), Ok(()));
    }
    let bad = request("", &private_key("p384"));
    assert_eq!(bad.err(), Some(CertError::CommonName));
}
