//! Public keys: the kernel's RSA and ECDSA signatures verify, and similar invalid ones do not.

mod common;

use common::{Node, certificate, path};
use modsig::algorithm::Digest;
use modsig::public_key::{BadSignature, Curve, EcPublicKey, PublicKey, PublicKeyError, RsaPublicKey};

/// Signatures by the kernel's `scripts/sign-file` over the test module, without attributes.
const SIGNATURES: [(&str, &[&str]); 5] = [
    ("rsa2048", &["sha256", "sha512"]),
    ("rsa4096", &["sha224", "sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512"]),
    ("p256", &["sha256", "sha512"]),
    ("p384", &["sha1", "sha224", "sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512"]),
    ("p521", &["sha256", "sha512"]),
];

fn signature(key: &str, digest: &str) -> Vec<u8> {
    let mut tree = Node::parse(&common::cms(&format!("{key}.sf40.{digest}")));
    tree.at(path::SIGNER).at(&[path::SIGNATURE]).value().clone()
}

/// Weak digests verify, too: only policies refuse them. Kills: a wrong DigestInfo, a digest truncated wrongly for a
/// curve.
#[test]
fn kernel_signatures_verify() {
    let module = common::module();
    let mut tried = 0;
    for (name, digests) in SIGNATURES {
        let key = certificate(name).public_key().clone();
        for digest_name in digests {
            let digest = Digest::from_name(digest_name).unwrap();
            let signature = signature(name, digest_name);
            assert_eq!(key.verify(digest, &module, &signature), Ok(()), "{name} {digest}");
            let hash = digest.hash(&module).unwrap();
            assert_eq!(key.verify_prehash(digest, &hash, &signature), Ok(()));
            // Another module, another digest, a changed, truncated or longer signature.
            assert_eq!(key.verify(digest, &module[1..], &signature), Err(BadSignature));
            for other in Digest::SIGNING.into_iter().filter(|&other| other != digest) {
                assert_eq!(
                    key.verify(other, &module, &signature),
                    Err(BadSignature),
                    "{name} {digest} {other}"
                );
            }
            for at in [0, 1, 2, signature.len() / 2, signature.len() - 1] {
                let mut changed = signature.clone();
                changed[at] ^= 1;
                assert_eq!(key.verify(digest, &module, &changed), Err(BadSignature));
            }
            for changed in
                [&signature[1..], &signature[..signature.len() - 1], &[&signature[..], &[0]].concat(), &[]]
            {
                assert_eq!(key.verify(digest, &module, changed), Err(BadSignature));
            }
            tried += 1;
        }
    }
    assert_eq!(tried, 21);
    assert_eq!(certificate("rsa4096").public_key().verify(Digest::Md5, b"", &[0; 512]), Err(BadSignature));
}

/// RSA: s and s + n are equal modulo n, but only s is a valid signature (s < n).
#[test]
fn rsa_representatives_are_below_the_modulus() {
    let PublicKey::Rsa(key) = certificate("rsa2048").public_key().clone() else { panic!() };
    assert_eq!((key.bits(), key.signature_len(), key.exponent()), (2048, 256, vec![1, 0, 1]));
    let hash = Digest::Sha256.hash(&common::module()).unwrap();
    for signature in [vec![0; 256], vec![0xff; 256], key.modulus(), [vec![0; 255], vec![1]].concat()] {
        assert_eq!(key.verify_prehash(Digest::Sha256, &hash, &signature), Err(BadSignature));
    }
    // A digest of another length than its algorithm's.
    let signature = signature("rsa2048", "sha256");
    assert_eq!(key.verify_prehash(Digest::Sha256, &hash[..31], &signature), Err(BadSignature));
}

/// ECDSA: r and s from 1 to n - 1, minimal DER and nothing else.
#[test]
fn ecdsa_signatures_are_der() {
    let module = common::module();
    let key = certificate("p256").public_key().clone();
    let good = Node::parse(&signature("p256", "sha256"));
    let verify = |signature: &[u8]| key.verify(Digest::Sha256, &module, signature);
    assert_eq!(verify(&good.der()), Ok(()));
    for part in [0, 1] {
        let mut padded = good.clone();
        padded.at(&[part]).value().insert(0, 0);
        assert_eq!(verify(&padded.der()), Err(BadSignature));
        for number in [vec![], vec![0], vec![0; 33], vec![0x7f; 33]] {
            let mut changed = good.clone();
            *changed.at(&[part]).value() = number;
            assert_eq!(verify(&changed.der()), Err(BadSignature));
        }
    }
    let mut longer = good.clone();
    longer.children().push(common::NULL);
    assert_eq!(verify(&longer.der()), Err(BadSignature));
    let PublicKey::Ec(ec) = &key else { panic!() };
    let hash = Digest::Sha256.hash(&module).unwrap();
    let mut parts = good.clone();
    let (r, s) = (parts.at(&[0]).value().clone(), parts.at(&[1]).value().clone());
    assert_eq!(ec.verify_scalars(&hash, &r, &s), Ok(()));
    assert_eq!(ec.verify_scalars(&hash, &[&[0; 40], &r[..]].concat(), &s), Ok(()));
    assert_eq!(ec.verify_scalars(&hash, &s, &r), Err(BadSignature));
    assert_eq!(ec.verify_scalars(&hash, &[&[1; 40], &r[..]].concat(), &s), Err(BadSignature));
    assert_eq!(ec.verify_scalars(&hash, &[], &[]), Err(BadSignature));
}

/// Written keys equal OpenSSL's, and reading them gives the same key.
#[test]
fn subject_public_key_info() {
    let names =
        ["rsa2048", "rsa4096", "p256", "p384", "p521", "mldsa44-ossl40", "mldsa65-ossl40", "mldsa87-ossl40"];
    let shown = [
        "RSA-2048",
        "RSA-4096",
        "ECDSA P-256",
        "ECDSA P-384",
        "ECDSA P-521",
        "ML-DSA-44",
        "ML-DSA-65",
        "ML-DSA-87",
    ];
    for (name, shown) in names.into_iter().zip(shown) {
        let certificate = certificate(name);
        let key = certificate.public_key();
        let info = Node::parse(certificate.as_der()).at(&[0, 6]).der();
        assert_eq!(key.to_spki_der(), info, "{name}");
        assert_eq!(PublicKey::from_spki_der(&info).as_ref(), Ok(key));
        assert_eq!(key.to_string(), shown);
        assert!(PublicKey::from_spki_der(&info[..info.len() - 1]).is_err());
        assert!(PublicKey::from_spki_der(&[&info[..], &[0]].concat()).is_err());
        certificate.check_self_signature().unwrap();
    }
}

#[test]
fn impossible_keys() {
    let PublicKey::Rsa(rsa) = certificate("rsa2048").public_key().clone() else { panic!() };
    let (n, e) = (rsa.modulus(), rsa.exponent());
    assert_eq!(RsaPublicKey::new(&[&[0; 9], &n[..]].concat(), &[&[0], &e[..]].concat()).as_ref(), Ok(&*rsa));
    let mut even = n.clone();
    *even.last_mut().unwrap() &= 0xfe;
    let too_long = [&[1][..], &[0; 16_384 / 8 - 1], &[1]].concat();
    for (n, e) in
        [(&even, &e), (&vec![0; 256], &e), (&vec![], &e), (&n, &vec![0, 0]), (&e, &n), (&too_long, &e)]
    {
        assert_eq!(RsaPublicKey::new(n, e).err(), Some(PublicKeyError::RsaNumbers));
    }
    let mut negative = Node::parse(&rsa.to_der());
    negative.at(&[0]).value().remove(0);
    assert!(matches!(RsaPublicKey::from_der(&negative.der()), Err(PublicKeyError::Der(_))));
    for curve in Curve::ALL {
        let len = curve.coordinate_len();
        for point in [vec![], vec![0], vec![4; 2 * len + 1], [vec![4], vec![0; 2 * len]].concat()] {
            let error = EcPublicKey::from_sec1(curve, &point).err();
            assert_eq!(error, Some(PublicKeyError::Point { curve: curve.name() }));
        }
    }
    // A compressed point is the same key.
    let PublicKey::Ec(ec) = certificate("p384").public_key().clone() else { panic!() };
    let compressed = [&[2 + (ec.point()[96] & 1)], &ec.point()[1..49]].concat();
    assert_eq!(EcPublicKey::from_sec1(Curve::P384, &compressed).as_ref(), Ok(&*ec));
    // Another curve is recognised but not supported.
    let mut info = Node::parse(&PublicKey::Ec(ec).to_spki_der());
    *info.at(&[0, 1]) = common::oid("1.3.132.0.10");
    assert!(
        matches!(PublicKey::from_spki_der(&info.der()), Ok(PublicKey::Other { name, .. }) if name == "EC key on secp256k1")
    );
    info.at(&[0]).children().pop();
    assert!(PublicKey::from_spki_der(&info.der()).is_err());
}

/// Kills: an error without words.
#[test]
fn errors_are_shown() {
    assert_eq!(BadSignature.to_string(), "the signature does not verify");
    assert!(PublicKeyError::Point { curve: "P-256" }.to_string().ends_with("P-256"));
}
