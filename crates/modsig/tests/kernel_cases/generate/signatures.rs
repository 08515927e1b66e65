//! Signatures and keys of each algorithm: lengths, numbers, paddings, encodings.

use mldsa::dynamic::Parameters;
use modsig::algorithm::Digest;
use modsig::public_key::Curve;

use super::build::{Certificate, Signer, message, of_one};
use super::keys::{self, Key, Rsa, integer, padded};
use super::tree::{Form, Node, changes, null, prim, seq};
use super::{Kernel, Material};

pub fn kernels(material: &Material) -> Vec<Kernel> {
    vec![ecdsa(material), rsa(material), ml_dsa(material), embedded(material)]
}

/// The message with another signature.
fn with_signature(cms: &Node, signature: Vec<u8>) -> Vec<u8> {
    let mut changed = cms.clone();
    *changed.at(&[1, 0, 3, 0]).nodes().last_mut().unwrap().bytes() = signature;
    changed.ber()
}

fn order(curve: Curve) -> Vec<u8> {
    let hex = match curve {
        Curve::P256 => "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551".to_owned(),
        Curve::P384 => {
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
                .to_owned()
        }
        _ => {
            format!("01{}fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409", "ff".repeat(32))
        }
    };
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}

/// a - b, for a at least b, of one length.
fn minus(a: &[u8], b: &[u8]) -> Vec<u8> {
    let (mut out, mut borrow) = (a.to_vec(), 0);
    for at in (0..a.len()).rev() {
        let difference = i32::from(a[at]) - i32::from(b[at]) - borrow;
        borrow = i32::from(difference < 0);
        out[at] = difference.rem_euclid(256) as u8;
    }
    out
}

fn ecdsa(material: &Material) -> Kernel {
    let mut kernel = Kernel::new("ecdsa", Vec::new());
    for (number, curve) in [(10, Curve::P256), (11, Curve::P384), (12, Curve::P521)] {
        let family = format!("ec{}", curve.name().replace('-', ""));
        let certificate = Certificate::new(&family, number, &keys::ec(curve, number));
        kernel.certificates.push(certificate.own().ber());
        let cms = of_one(&Signer::of(&certificate), &material.module);
        let mut add = |what: &str, signature: Vec<u8>| {
            kernel.add(format!("{family}-{what}"), material.signed(&with_signature(&cms, signature)));
        };
        let (r, s) = certificate.key.ecdsa(Digest::Sha512, &material.module);
        let n = padded(&order(curve), r.len());
        let pair = |r: Vec<u8>, s: Vec<u8>| seq(vec![prim(2, r), prim(2, s)]).ber();
        let good = seq(vec![integer(&r), integer(&s)]);
        add("right", good.ber());
        add("malleated", seq(vec![integer(&r), integer(&minus(&n, &s))]).ber());
        add("raw", [&r[..], &s].concat());
        add("swapped", seq(vec![integer(&s), integer(&r)]).ber());
        let rounded = r.len().next_multiple_of(8);
        for len in [r.len(), r.len() + 1, rounded, rounded + 1, rounded + 2, 80] {
            let long = |number: &[u8]| padded(number, len.max(keys::trimmed(number).len()));
            add(&format!("padded{len}"), pair(long(&r), long(&s)));
            add(&format!("paddedr{len}"), pair(long(&r), integer(&s).bytes().clone()));
            let mut full = long(&r);
            full[0] = 0xff;
            add(&format!("full{len}"), pair(full, integer(&s).bytes().clone()));
        }
        add("trimmed", pair(keys::trimmed(&r), keys::trimmed(&s)));
        for (what, number) in [
            ("0", vec![0]),
            ("1", vec![1]),
            ("none", vec![]),
            ("n", n.clone()),
            ("nminus1", minus(&n, &padded(&[1], n.len()))),
            ("ff", vec![0xff; r.len()]),
        ] {
            add(&format!("r{what}"), pair(number.clone(), s.clone()));
            add(&format!("s{what}"), pair(r.clone(), number));
        }
        for (what, changed) in changes(&good, &[]) {
            add(&format!("tree{what}"), changed.ber());
        }
        add("behind", [&good.ber()[..], &[0]].concat());
        add("empty", vec![]);
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
            let cms = of_one(&Signer::of(&certificate).digest(digest), &material.module);
            kernel.add(format!("{family}-{digest}"), material.signed(&cms.ber()));
        }
    }
    kernel
}

fn rsa(material: &Material) -> Kernel {
    let mut kernel = Kernel::new("rsa", Vec::new());
    let digests = [
        Digest::Sha1,
        Digest::Sha224,
        Digest::Sha256,
        Digest::Sha384,
        Digest::Sha512,
        Digest::Sha3_256,
        Digest::Sha3_384,
        Digest::Sha3_512,
    ];
    let files = [
        ("512", "kernel-cases/rsa512.pem"),
        ("1024", "kernel-cases/rsa1024.pem"),
        ("1536", "kernel-cases/rsa1536.pem"),
        ("2040", "kernel-cases/rsa2040.pem"),
        ("2048", "keys/rsa2048.pem"),
        ("e3", "kernel-cases/rsa2048-e3.pem"),
        ("2560", "kernel-cases/rsa2560.pem"),
        ("3072", "kernel-cases/rsa3072.pem"),
        ("4096", "keys/rsa4096.pem"),
        ("8192", "kernel-cases/rsa8192.pem"),
    ];
    for (number, (bits, file)) in files.into_iter().enumerate() {
        let key = material.rsa(file);
        // Not self-signed: Linux accepts the certificate whatever its key is.
        let mut certificate = Certificate::new(&format!("rsa{bits}"), 20 + number as u8, &key);
        let issuer = Certificate::new("rsa issuer", 19, &keys::ec(Curve::P256, 19));
        certificate.issuer = issuer.subject.clone();
        certificate.set_extension(super::build::AKID, None);
        kernel.certificates.push(certificate.tree(&issuer.key).ber());
        let family = format!("rsa{bits}");
        for digest in digests {
            let fits = match &key {
                Key::Rsa(key) => key.n.len() >= 64 + 19 + 11,
                _ => true,
            };
            if ["8192", "4096"].contains(&bits) && digest != Digest::Sha256 {
                continue;
            }
            if fits || digest == Digest::Sha1 || digest == Digest::Sha256 {
                let cms = of_one(&Signer::of(&certificate).digest(digest), &material.module);
                kernel.add(format!("{family}-{digest}"), material.signed(&cms.ber()));
            }
        }
        let Key::Rsa(rsa) = &key else { continue };
        if !["2048", "2040", "e3"].contains(&bits) {
            continue;
        }
        let cms = of_one(&Signer::of(&certificate).digest(Digest::Sha256), &material.module);
        let hash = Digest::Sha256.hash(&material.module).unwrap();
        let len = rsa.n.len();
        let right = Rsa::encoded(Digest::Sha256, &hash, len);
        let signature = rsa.sign_encoded(&right);
        let mut add = |what: &str, signature: Vec<u8>| {
            kernel.add(format!("{family}-{what}"), material.signed(&with_signature(&cms, signature)));
        };
        for (what, signature) in [
            ("right", signature.clone()),
            ("paddedleft", [&[0], &signature[..]].concat()),
            ("paddedleft8", [&[0; 8], &signature[..]].concat()),
            ("cutleft", signature[1..].to_vec()),
            ("paddedright", [&signature[..], &[0]].concat()),
            ("cutright", signature[..len - 1].to_vec()),
            ("empty", vec![]),
            ("zeros", vec![0; len]),
            ("one", padded(&[1], len)),
            ("two", padded(&[2], len)),
            ("n", rsa.n.clone()),
            ("nminus1", minus(&rsa.n, &padded(&[1], len))),
            ("nminus2", minus(&rsa.n, &padded(&[2], len))),
            ("nminussignature", minus(&rsa.n, &signature)),
            ("ff", vec![0xff; len]),
            ("flipfirst", [&[signature[0] ^ 1], &signature[1..]].concat()),
            ("fliplast", [&signature[..len - 1], &[signature[len - 1] ^ 1]].concat()),
        ] {
            add(what, signature);
        }
        // Paddings with one error.
        for (what, at, value) in [
            ("lead1", 0, 1),
            ("type0", 1, 0),
            ("type2", 1, 2),
            ("ps0", 2, 0),
            ("psfe", 5, 0xfe),
            ("short", 9, 0),
            ("shortbyone", 10, 0),
            ("prefix", len - 51, 0x31),
            ("prefixlast", len - 33, 0x21),
            ("hash", len - 32, hash[0] ^ 1),
            ("hashlast", len - 1, hash[31] ^ 1),
            ("separator", len - 52, 1),
        ] {
            let mut changed = right.clone();
            changed[at] = value;
            add(&format!("padding{what}"), rsa.sign_encoded(&changed));
        }
        // DigestInfo without NULL, of another digest, truncated, and the hash without it.
        let bare = |info: &[u8]| [&[0, 1][..], &vec![0xff; len - info.len() - 3], &[0], info].concat();
        let without_null =
            seq(vec![seq(vec![prim(6, Digest::Sha256.oid().as_bytes())]), prim(4, hash.clone())]).ber();
        add("withoutnull", rsa.sign_encoded(&bare(&without_null)));
        add("otherdigest", rsa.sign_encoded(&Rsa::encoded(Digest::Sha3_256, &hash, len)));
        add("barehash", rsa.sign_encoded(&bare(&hash)));
        add("nothing", rsa.sign_encoded(&bare(&[])));
        add(
            "longhash",
            rsa.sign_encoded(&bare(&[&Rsa::encoded(Digest::Sha256, &hash, 62)[11..], &[0]].concat())),
        );
        // As if the key had the length that Linux counts.
        let counted = len.next_multiple_of(8);
        let wide = Rsa::encoded(Digest::Sha256, &hash, counted);
        let number = keys::power(&wide, &rsa.d, &rsa.n);
        add("counted", padded(&number, counted));
        for (what, parameters) in [("absent", None), ("null", Some(null()))] {
            let changed = cms.clone().with(|tree| {
                let algorithm = tree.at(&[1, 0, 3, 0, 3]).nodes();
                algorithm.truncate(1);
                algorithm.extend(parameters);
            });
            kernel.add(format!("{family}-parameters{what}"), material.signed(&changed.ber()));
        }
    }
    kernel
}

fn ml_dsa(material: &Material) -> Kernel {
    let mut kernel = Kernel::new("mldsa", Vec::new());
    for (number, parameters) in
        [(40, Parameters::MlDsa44), (41, Parameters::MlDsa65), (42, Parameters::MlDsa87)]
    {
        let key = keys::ml_dsa(parameters, number);
        let certificate = Certificate::new(&format!("mldsa{number}"), number, &key);
        kernel.certificates.push(certificate.own().ber());
        let family = parameters.name().replace('-', "").to_lowercase();
        for (what, cms) in ml_dsa_messages(material, &certificate, parameters, &[]) {
            kernel.add(format!("{family}-{what}"), material.signed(&cms));
        }
        for other in Parameters::ALL {
            let changed = of_one(&Signer::of(&certificate), &material.module).with(|tree| {
                tree.at(&[1, 0, 3, 0]).nodes()[3] = super::tree::algorithm(keys::ml_dsa_oid(other))
            });
            kernel.add(format!("{family}-oid{}", other.name()), material.signed(&changed.ber()));
        }
        let Key::MlDsa(signing) = &key else { continue };
        let cms = of_one(&Signer::of(&certificate), &material.module);
        let context = mldsa::Context::new(b"module").unwrap();
        let hash = Digest::Sha512.hash(&material.module).unwrap();
        for (what, signature) in [
            ("context", signing.sign(&material.module, context, &mldsa::Rnd::DETERMINISTIC)),
            ("hash", signing.sign(&hash, mldsa::Context::EMPTY, &mldsa::Rnd::DETERMINISTIC)),
        ] {
            kernel.add(
                format!("{family}-{what}"),
                material.signed(&with_signature(&cms, signature.as_bytes().to_vec())),
            );
        }
    }
    kernel
}

/// Messages with signatures that are malformed or wrong in each part.
fn ml_dsa_messages(
    material: &Material,
    certificate: &Certificate,
    parameters: Parameters,
    certificates: &[Node],
) -> Vec<(String, Vec<u8>)> {
    let (c_tilde, omega, k) = match parameters {
        Parameters::MlDsa44 => (32, 80, 4),
        Parameters::MlDsa65 => (48, 55, 6),
        Parameters::MlDsa87 => (64, 75, 8),
    };
    let info = Signer::of(certificate).info(&material.module);
    let signature = info.clone().nodes()[4].bytes().clone();
    let len = signature.len();
    let hints = len - omega - k;
    let mut out = Vec::new();
    let mut add = |what: String, signature: Vec<u8>| {
        let info = info.clone().with(|info| *info.nodes()[4].bytes() = signature);
        out.push((what, message(1, certificates.to_vec(), vec![info]).ber()));
    };
    add("right".into(), signature.clone());
    for (what, signature) in [
        ("short", signature[..len - 1].to_vec()),
        ("long", [&signature[..], &[0]].concat()),
        ("empty", vec![]),
        ("zeros", vec![0; len]),
        ("ff", vec![0xff; len]),
    ] {
        add(what.into(), signature);
    }
    for at in [
        0,
        c_tilde - 1,
        c_tilde,
        c_tilde + 1,
        c_tilde + 2,
        c_tilde + 700,
        hints - 1,
        hints,
        hints + 1,
        hints + omega / 2,
        hints + omega - 1,
        hints + omega,
        len - 2,
        len - 1,
    ] {
        for flip in [1, 0x80, 0xff] {
            let mut changed = signature.clone();
            changed[at] ^= flip;
            add(format!("flip{at}.{flip:02x}"), changed);
        }
    }
    // The smallest and the largest z that can be encoded.
    for (what, value) in [("zmin", 0), ("zmax", 0xff)] {
        let mut changed = signature.clone();
        changed[c_tilde..c_tilde + 5].fill(value);
        add(what.into(), changed);
    }
    // Hints: swapped, repeated, none, all counts the largest.
    let mut swapped = signature.clone();
    swapped.swap(hints, hints + 1);
    add("hintswapped".into(), swapped);
    let mut repeated = signature.clone();
    repeated[hints + 1] = repeated[hints];
    add("hintrepeated".into(), repeated);
    let mut none = signature.clone();
    none[hints..].fill(0);
    add("hintnone".into(), none);
    for count in [omega as u8, omega as u8 + 1, 255] {
        let mut counts = signature.clone();
        counts[hints + omega..].fill(count);
        add(format!("hintcounts{count}"), counts);
    }
    let mut falling = signature;
    falling[hints + omega] = 3;
    falling[hints + omega + 1] = 2;
    add("hintfalling".into(), falling);
    out
}

/// The signer's certificate is embedded: errors of the arithmetic then have their own numbers.
fn embedded(material: &Material) -> Kernel {
    let module = &material.module;
    let p256 = Certificate::new("inside p256", 50, &keys::ec(Curve::P256, 50));
    let rsa = Certificate::new("inside rsa", 51, &material.rsa("keys/rsa2048.pem"));
    let ml_dsa = Certificate::new("inside mldsa", 52, &keys::ml_dsa(Parameters::MlDsa44, 52));
    let mut kernel =
        Kernel::new("inside", [&p256, &rsa, &ml_dsa].map(|certificate| certificate.own().ber()).to_vec());
    for (what, cms) in ml_dsa_messages(material, &ml_dsa, Parameters::MlDsa44, &[ml_dsa.own()]) {
        kernel.add(format!("insidemldsa-{what}"), material.signed(&cms));
    }
    for certificate in [&p256, &rsa] {
        let own = certificate.own();
        let family = if certificate.serial == p256.serial { "insidep256" } else { "insidersa" };
        let info = Signer::of(certificate).info(module);
        let signature = info.clone().nodes()[4].bytes().clone();
        let mut add = |what: String, signature: Vec<u8>| {
            let info = info.clone().with(|info| *info.nodes()[4].bytes() = signature);
            kernel.add(
                format!("{family}-{what}"),
                material.signed(&message(1, vec![own.clone()], vec![info]).ber()),
            );
        };
        for at in 0..signature.len() {
            if at < 10 || at % 16 == 0 || at + 4 > signature.len() {
                for flip in [1, 0x80] {
                    let mut changed = signature.clone();
                    changed[at] ^= flip;
                    add(format!("flip{at}.{flip:02x}"), changed);
                }
            }
        }
        if let Key::Rsa(rsa) = &certificate.key {
            let hash = Digest::Sha512.hash(module).unwrap();
            let right = Rsa::encoded(Digest::Sha512, &hash, rsa.n.len());
            for at in 0..right.len() {
                if at < 14 || at + 90 > right.len() {
                    let mut changed = right.clone();
                    changed[at] ^= 0x01;
                    add(format!("padding{at}"), rsa.sign_encoded(&changed));
                }
            }
        } else {
            for (what, changed) in changes(&Node::parse(&signature), &[]) {
                add(format!("tree{what}"), changed.ber());
            }
            let (r, s) = certificate.key.ecdsa(Digest::Sha512, module);
            for len in [31, 32, 33, 34, 40, 41, 42] {
                let long = |number: &[u8]| padded(number, len.max(keys::trimmed(number).len()));
                add(format!("padded{len}"), seq(vec![prim(2, long(&r)), prim(2, long(&s))]).ber());
            }
            let n = order(Curve::P256);
            for (what, number) in [("0", vec![0]), ("n", n.clone()), ("1", vec![1])] {
                add(format!("r{what}"), seq(vec![integer(&number), integer(&s)]).ber());
                add(format!("s{what}"), seq(vec![integer(&r), integer(&number)]).ber());
            }
        }
        let mut file = material.signed(&message(1, vec![own.clone()], vec![info.clone()]).ber());
        kernel.add(format!("{family}-right"), file.clone());
        file[5] ^= 1;
        kernel.add(format!("{family}-moduleflip"), file);
        let indefinite = message(1, vec![Node { form: Form::Indefinite, ..own.clone() }], vec![info.clone()]);
        kernel.add(format!("{family}-indefinite"), material.signed(&indefinite.ber()));
    }
    kernel
}
