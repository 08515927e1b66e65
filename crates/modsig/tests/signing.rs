//! The signer: its signatures verify, and it rejects what it must not sign with.

mod common;

use common::{Node, certificate, private_key};
use mldsa::Rnd;
use modsig::algorithm::Digest;
use modsig::cert::Certificate;
use modsig::signer::{BatchSigner, IdentifierKind, Options, Signer, SignerError};
use modsig::trust::TrustStore;
use modsig::verdict::{Kind, Policy, verify};

/// All digests, both identifiers, all parameter sets, hedged and deterministic: the signed files are good.
#[test]
fn what_is_signed_is_good() {
    let module = common::module();
    let trust = common::trust_all();
    let mut count = 0;
    for key in ["mldsa44-ossl40", "mldsa65-ossl40", "mldsa87-ossl40"] {
        for digest in Digest::SIGNING {
            for identifier in [IdentifierKind::IssuerAndSerial, IdentifierKind::SubjectKeyId] {
                let signer =
                    Signer::new(&private_key(key), &certificate(key), Options { digest, identifier })
                        .unwrap();
                let rnd = if count % 2 == 0 { Rnd::DETERMINISTIC } else { Rnd::from_bytes([count; 32]) };
                let file = [&module[..], &signer.sign(&module, &rnd).unwrap()].concat();
                let verdict = verify(&file, &trust, &Policy::default());
                assert!(verdict.is_good(), "{:?}", verdict.findings);
                assert_eq!(verdict.kernel.to_string(), "loaded");
                assert_eq!(verdict.signers[0].digest, digest.name());
                assert_eq!(verdict.signers[0].algorithm, signer.algorithm().to_string());
                assert_eq!(verdict.module_len, module.len());
                // A wrong module, and an empty trust store.
                let mut wrong = file.clone();
                wrong[100] ^= 1;
                assert_eq!(verify(&wrong, &trust, &Policy::default()).kind(), Kind::BadSignature);
                assert_eq!(verify(&file, &TrustStore::new(), &Policy::default()).kind(), Kind::UnknownSigner);
                count += 1;
            }
        }
    }
    assert_eq!(count, 36);
}

/// The empty module cannot be signed so that Linux reads it: the trailer requires a byte before the CMS.
#[test]
fn tiny_modules() {
    let signer =
        Signer::new(&private_key("mldsa44-ossl40"), &certificate("mldsa44-ossl40"), Options::default())
            .unwrap();
    let trust = common::trust_all();
    for (module, kind) in [(&b""[..], Kind::Malformed), (b"x", Kind::Good)] {
        let file = [module, &signer.sign(module, &Rnd::DETERMINISTIC).unwrap()].concat();
        assert_eq!(verify(&file, &trust, &Policy::default()).kind(), kind);
    }
}

/// Kills: a signer that accepts another key's certificate, or a refused digest.
#[test]
fn what_is_refused() {
    let key = private_key("mldsa44-ossl40");
    let refusal = |certificate: &Certificate, options| Signer::new(&key, certificate, options).err();
    let own = certificate("mldsa44-ossl40");
    for other in ["mldsa44-ossl35", "mldsa65-ossl40", "rsa4096"] {
        let error = refusal(&certificate(other), Options::default());
        assert!(
            matches!(&error, Some(SignerError::KeyDoesNotMatchCertificate { key, .. }) if key == "ML-DSA-44"),
            "{error:?}"
        );
    }
    for (name, weak) in [
        ("sha1", true),
        ("SHA-1", true),
        ("md5", true),
        ("sha224", true),
        ("shake256", false),
        ("sm3", false),
    ] {
        let digest = Digest::from_name(name).unwrap();
        let error = refusal(&own, Options { digest, ..Options::default() }).unwrap();
        assert_eq!(matches!(error, SignerError::WeakDigest { .. }), weak);
        assert!(
            error.to_string().contains(digest.name()) && error.to_string().contains("use sha512"),
            "{error}"
        );
    }
    // The right key in a certificate that is signed with SHA-1.
    let mut tree = Node::parse(own.as_der());
    let sha1 = Node::Constructed(0x30, vec![common::oid("1.2.840.113549.1.1.5"), common::NULL]);
    (*tree.at(&[0, 2]), *tree.at(&[1])) = (sha1.clone(), sha1);
    let error = refusal(&Certificate::from_der(&tree.der()).unwrap(), Options::default());
    assert!(matches!(error, Some(SignerError::WeakCertificate { digest: Digest::Sha1, .. })), "{error:?}");
    // Named by an identifier that the certificate does not have.
    let mut tree = Node::parse(own.as_der());
    tree.at(&[0, 7, 0]).children().remove(2);
    let by_id = Options { identifier: IdentifierKind::SubjectKeyId, ..Options::default() };
    assert_eq!(
        refusal(&Certificate::from_der(&tree.der()).unwrap(), by_id),
        Some(SignerError::NoSubjectKeyId)
    );
}

/// A batch of modules gives the same results as one at a time, in the same order; one wrong file is reported, and no
/// other.
#[test]
fn a_batch_is_the_same_as_one_by_one() {
    // Lengths around the hash's block of 136 bytes, more modules than the 64 of one call of the hash, in no order.
    let modules: Vec<Vec<u8>> = (0..150_usize).map(|n| vec![n as u8; n * 7919 % 3001 + 1]).collect();
    let modules: Vec<&[u8]> = modules.iter().map(Vec::as_slice).collect();
    let rnds: Vec<Rnd> = (0..150).map(|n| Rnd::from_bytes([n; 32])).collect();
    for key in ["mldsa44-ossl40", "mldsa65-ossl40", "mldsa87-ossl40"] {
        let options = |digest| Options { digest, ..Options::default() };
        let [signer, other] = [Digest::Sha512, Digest::Sha256]
            .map(|digest| Signer::new(&private_key(key), &certificate(key), options(digest)).unwrap());
        let batch = BatchSigner::new(&signer);
        let signed = batch.sign(&modules, &rnds);
        let mut files = Vec::new();
        for ((module, rnd), appended) in modules.iter().zip(&rnds).zip(signed) {
            let appended = appended.unwrap();
            assert_eq!(appended, signer.sign(module, rnd).unwrap());
            files.push([module, &appended[..]].concat());
        }
        assert_eq!(files.len(), 150);
        let verify = |batch: &BatchSigner<'_>, files: &[Vec<u8>]| {
            batch.verify(&files.iter().map(Vec::as_slice).collect::<Vec<_>>())
        };
        assert_eq!(verify(&batch, &files), [true; 150]);
        // A changed module, a changed signature, no signature, half a trailer, signed twice, another digest's name.
        files[3][0] ^= 1;
        let at = files[77].len() - 100;
        files[77][at] ^= 1;
        files[78] = modules[78].to_vec();
        files[79].pop();
        files[80] = [&files[80], &signer.sign(&files[80], &rnds[0]).unwrap()[..]].concat();
        files[149] = [modules[149], &other.sign(modules[149], &rnds[0]).unwrap()].concat();
        let wrong = [3, 77, 78, 79, 80, 149];
        for (place, good) in verify(&batch, &files).into_iter().enumerate() {
            assert_eq!(good, !wrong.contains(&place), "{place}");
        }
        assert!(verify(&BatchSigner::new(&other), &files)[149]);
    }
}
