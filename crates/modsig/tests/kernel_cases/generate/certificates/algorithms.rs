//! Algorithms of a trusted certificate: of its key and of its signature, and how long it is.

use mldsa::dynamic::Parameters;
use modsig::algorithm::Digest;
use modsig::public_key::Curve;

use super::super::Material;
use super::super::build::{Signer, name, of_one};
use super::super::keys::{self, Key};
use super::super::tree::{Node, prim, seq};
use super::{Case, add, numbered, public_keys};

pub fn cases(material: &Material, cases: &mut Vec<Case>) {
    let ec = keys::ec(Curve::P256, 94);
    let keys_list: Vec<(&str, Key)> = vec![
        ("p256", ec.clone()),
        ("p384", keys::ec(Curve::P384, 95)),
        ("p521", keys::ec(Curve::P521, 96)),
        ("rsa512", material.rsa("kernel-cases/rsa512.pem")),
        ("rsa1024", material.rsa("kernel-cases/rsa1024.pem")),
        ("rsa1536", material.rsa("kernel-cases/rsa1536.pem")),
        ("rsa2040", material.rsa("kernel-cases/rsa2040.pem")),
        ("rsa2048", material.rsa("keys/rsa2048.pem")),
        ("rsae3", material.rsa("kernel-cases/rsa2048-e3.pem")),
        ("rsa2560", material.rsa("kernel-cases/rsa2560.pem")),
        ("rsa4096", material.rsa("keys/rsa4096.pem")),
        ("rsa8192", material.rsa("kernel-cases/rsa8192.pem")),
        ("mldsa44", keys::ml_dsa(Parameters::MlDsa44, 97)),
        ("mldsa65", keys::ml_dsa(Parameters::MlDsa65, 97)),
        ("mldsa87", keys::ml_dsa(Parameters::MlDsa87, 97)),
    ];
    for (what, key) in &keys_list {
        for digest in [
            Digest::Sha1,
            Digest::Sha224,
            Digest::Sha256,
            Digest::Sha384,
            Digest::Sha512,
            Digest::Sha3_256,
            Digest::Sha3_384,
            Digest::Sha3_512,
        ] {
            if (what.starts_with("mldsa") && digest != Digest::Sha256)
                || (*what == "rsa512" && !matches!(digest, Digest::Sha1 | Digest::Sha224))
                || (["rsa8192", "rsa4096"].contains(what) && digest != Digest::Sha256)
            {
                continue;
            }
            let mut certificate = numbered(cases, key);
            certificate.digest = digest;
            let tree = certificate.own();
            let signer = if *what == "rsa512" {
                Signer::of(&certificate).digest(Digest::Sha256)
            } else {
                Signer::of(&certificate)
            };
            let file = material.signed(&of_one(&signer, &material.module).ber());
            cases.push(Case { name: format!("own-{what}.{digest}"), certificate: tree.ber(), file });
        }
        // Signed by another key under its own name: an invalid self-signature.
        let certificate = numbered(cases, key);
        if *what != "rsa512" {
            add(
                material,
                cases,
                &format!("ownwrong-{what}"),
                &certificate,
                &certificate.tree(&keys::ec(Curve::P256, 95)),
            );
        }
    }
    public_keys::points(material, cases);
    public_keys::rsa_keys(material, cases);
    // Self-signed certificates of other algorithms, as OpenSSL makes them.
    for other in [
        "secp224r1",
        "secp256k1",
        "brainpoolP256r1",
        "brainpoolP384r1",
        "brainpoolP512r1",
        "sect283r1",
        "ED25519",
        "ED448",
        "dsa",
        "rsa-pss-signature",
        "rsa-pss-key",
        "rsa-md5",
    ] {
        let der = material.file(&format!("kernel-cases/other-{other}.der"));
        let mut tree = Node::parse(&der);
        let sid = seq(vec![tree.at(&[0, 3]).clone(), tree.at(&[0, 1]).clone()]);
        let signer = Signer { key: ec.clone(), sid, digest: Digest::Sha256, attributes: None, version: 1 };
        let file = material.signed(&of_one(&signer, &material.module).ber());
        cases.push(Case { name: format!("other-{other}"), certificate: der, file });
    }
    // Lengths around the limits of the list.
    for target in [255_usize, 257, 258, 259, 260, 261, 262, 300] {
        let mut certificate = numbered(cases, &ec);
        certificate.extensions.clear();
        certificate.issuer = name("i");
        let empty = certificate.own().ber().len();
        let filler = "x".repeat(target.saturating_sub(empty).max(1));
        certificate.subject = name(&filler);
        let mut tree = certificate.own();
        for more in 0..6 {
            if tree.ber().len() >= target {
                break;
            }
            certificate.subject = name(&format!("{filler}{}", "y".repeat(more)));
            tree = certificate.own();
        }
        let len = tree.ber().len();
        add(material, cases, &format!("length-{target}is{len}"), &certificate, &tree);
    }
    let certificate = numbered(cases, &ec);
    let mut long = certificate.own();
    long.nodes().push(prim(4, vec![0; 50_000]));
    add(material, cases, "length-behind", &certificate, &long);
}
