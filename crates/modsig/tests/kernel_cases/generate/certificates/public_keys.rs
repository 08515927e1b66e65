//! Points, curves and RSA numbers: the key in a trusted certificate.

use modsig::algorithm::Digest;
use modsig::public_key::Curve;

use super::super::Material;
use super::super::build::{AKID, name, sign_tbs};
use super::super::keys::{self, Key, integer};
use super::super::tree::{Form, Node, changes, null, oid, prim, seq};
use super::{Case, add, numbered};

/// Points and curves, in certificates signed by another key: Linux uses them only when a module is loaded.
pub fn points(material: &Material, cases: &mut Vec<Case>) {
    for (curve, number) in [(Curve::P256, 94), (Curve::P521, 96)] {
        let key = keys::ec(curve, number);
        let point = key.public();
        let len = curve.coordinate_len();
        let (x, y) = point[1..].split_at(len);
        let long = |number: &[u8], by: usize| [vec![0; by], number.to_vec()].concat();
        let lists: Vec<(&str, Vec<u8>)> = vec![
            ("right", point.clone()),
            ("compressed", [&[2 + (y[len - 1] & 1)], x].concat()),
            ("hybrid", [&[6 + (y[len - 1] & 1)], x, y].concat()),
            ("tag5", [&[5], x, y].concat()),
            ("empty", vec![]),
            ("infinity", vec![0]),
            ("onlytag", vec![4]),
            ("longer", [&point[..], &[0]].concat()),
            ("shorter", point[..point.len() - 1].to_vec()),
            ("longer2", [&point[..], &[0, 0]].concat()),
            ("padded1", [&[4][..], &long(x, 1), &long(y, 1)].concat()),
            ("padded6", [&[4][..], &long(x, 6), &long(y, 6)].concat()),
            ("padded7", [&[4][..], &long(x, 7), &long(y, 7)].concat()),
            ("padded8", [&[4][..], &long(x, 8), &long(y, 8)].concat()),
            ("zeros", [&[4][..], &vec![0; 2 * len]].concat()),
            ("swapped", [&[4], y, x].concat()),
            ("flipped", {
                let mut point = point.clone();
                point[2 * len] ^= 1;
                point
            }),
            ("ff", [&[4][..], &vec![0xff; 2 * len]].concat()),
        ];
        for (what, bytes) in lists {
            let bits = prim(3, [&[0], &bytes[..]].concat());
            issued_with_key(
                material,
                cases,
                &format!("point{}-{what}", curve.name().replace('-', "")),
                &key,
                |info| info.nodes()[1] = bits,
            );
        }
        for (what, unused) in [("1", 1), ("7", 7), ("255", 255)] {
            let bits = prim(3, [&[unused], &point[..]].concat());
            issued_with_key(
                material,
                cases,
                &format!("unusedbits{}-{what}", curve.name().replace('-', "")),
                &key,
                |info| info.nodes()[1] = bits,
            );
        }
    }
    let key = keys::ec(Curve::P256, 94);
    for (what, parameters) in [
        ("absent", vec![]),
        ("null", vec![null()]),
        ("p384", vec![prim(6, Curve::P384.oid().as_bytes())]),
        ("unknown", vec![oid("1.2.3")]),
        ("empty", vec![prim(6, [])]),
        ("sequence", vec![seq(vec![prim(6, Curve::P256.oid().as_bytes())])]),
        ("long", vec![Node { form: Form::Octets(1), ..prim(6, Curve::P256.oid().as_bytes()) }]),
        ("twice", vec![prim(6, Curve::P256.oid().as_bytes()), null()]),
    ] {
        issued_with_key(material, cases, &format!("curve-{what}"), &key, |info| {
            let algorithm = info.at(&[0]).nodes();
            algorithm.truncate(1);
            algorithm.extend(parameters);
        });
    }
    for (what, digits) in [
        ("ed25519", "1.3.101.112"),
        ("rsa", "1.2.840.113549.1.1.1"),
        ("pss", "1.2.840.113549.1.1.10"),
        ("mldsa44", "2.16.840.1.101.3.4.3.17"),
        ("gost", "1.2.643.7.1.1.1.1"),
        ("sm2", "1.2.156.10197.1.301"),
        ("ecdsa", "1.2.840.10045.4.3.2"),
    ] {
        issued_with_key(material, cases, &format!("keyoid-{what}"), &key, |info| {
            info.at(&[0]).nodes()[0] = oid(digits)
        });
    }
}

/// A certificate signed by another key, with its SubjectPublicKeyInfo changed.
fn issued_with_key(
    material: &Material,
    cases: &mut Vec<Case>,
    what: &str,
    key: &Key,
    change: impl FnOnce(&mut Node),
) {
    let mut certificate = numbered(cases, key);
    certificate.issuer = name("somebody else whose name is as long as this");
    certificate.set_extension(AKID, None);
    let issuer = keys::ec(Curve::P256, 90);
    let tbs = certificate.tbs(&issuer).with(|tbs| change(tbs.at(&[6])));
    let tree = sign_tbs(tbs, &issuer, Digest::Sha256);
    add(material, cases, what, &certificate, &tree);
}

pub fn rsa_keys(material: &Material, cases: &mut Vec<Case>) {
    let key = material.rsa("keys/rsa2048.pem");
    let Key::Rsa(rsa) = &key else { return };
    let right = seq(vec![integer(&rsa.n), integer(&rsa.e)]);
    let even = {
        let mut n = rsa.n.clone();
        n[255] ^= 1;
        n
    };
    let mut lists: Vec<(String, Vec<u8>)> =
        changes(&right, &[]).into_iter().map(|(what, tree)| (format!("tree{what}"), tree.ber())).collect();
    for (what, bytes) in [
        ("right", right.ber()),
        ("behind", [&right.ber()[..], &[0, 0]].concat()),
        ("negative", seq(vec![prim(2, rsa.n.clone()), integer(&rsa.e)]).ber()),
        ("padded", seq(vec![prim(2, [vec![0; 9], rsa.n.clone()].concat()), integer(&rsa.e)]).ber()),
        ("epadded", seq(vec![integer(&rsa.n), prim(2, [vec![0; 200], rsa.e.clone()].concat())]).ber()),
        ("elong", seq(vec![integer(&rsa.n), prim(2, vec![1; 257])]).ber()),
        ("elonger", seq(vec![integer(&rsa.n), prim(2, vec![1; 258])]).ber()),
        ("e0", seq(vec![integer(&rsa.n), prim(2, [0])]).ber()),
        ("e1", seq(vec![integer(&rsa.n), prim(2, [1])]).ber()),
        ("e2", seq(vec![integer(&rsa.n), prim(2, [2])]).ber()),
        ("e65536", seq(vec![integer(&rsa.n), prim(2, [1, 0, 0])]).ber()),
        ("even", seq(vec![integer(&even), integer(&rsa.e)]).ber()),
        ("n0", seq(vec![prim(2, [0]), integer(&rsa.e)]).ber()),
        ("swapped", seq(vec![integer(&rsa.e), integer(&rsa.n)]).ber()),
        ("huge", seq(vec![prim(2, vec![0x55; 2049]), integer(&rsa.e)]).ber()),
        ("large", seq(vec![prim(2, vec![0x55; 2048]), integer(&rsa.e)]).ber()),
        (
            "n2047",
            seq(vec![
                prim(2, {
                    let mut n = rsa.n.clone();
                    n[0] &= 0x7f;
                    n
                }),
                integer(&rsa.e),
            ])
            .ber(),
        ),
        (
            "n2041",
            seq(vec![
                prim(2, {
                    let mut n = rsa.n.clone();
                    n[0] = 1;
                    n
                }),
                integer(&rsa.e),
            ])
            .ber(),
        ),
        (
            "n1984",
            seq(vec![
                prim(2, {
                    let mut n = rsa.n[7..].to_vec();
                    n[0] |= 1;
                    n
                }),
                integer(&rsa.e),
            ])
            .ber(),
        ),
        ("empty", vec![]),
    ] {
        lists.push((what.into(), bytes));
    }
    for (what, bytes) in lists {
        let bits = prim(3, [&[0], &bytes[..]].concat());
        issued_with_key(material, cases, &format!("rsakey-{what}"), &key, |info| info.nodes()[1] = bits);
    }
    // The exponent 1: the padding is the signature.
    let bits = seq(vec![integer(&rsa.n), prim(2, [1])]).ber();
    issued_with_key(material, cases, "rsakey-e1forged", &key, |info| {
        info.nodes()[1] = prim(3, [&[0], &bits[..]].concat())
    });
    let case = cases.last_mut().unwrap();
    let hash = Digest::Sha512.hash(&material.module).unwrap();
    let forged = keys::Rsa::encoded(Digest::Sha512, &hash, 256);
    let at = case.file.len() - 40 - 256;
    case.file[at..at + 256].copy_from_slice(&forged);
}
