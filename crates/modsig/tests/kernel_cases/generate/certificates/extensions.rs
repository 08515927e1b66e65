//! Extensions of a trusted certificate.

use modsig::algorithm::Digest;
use modsig::public_key::Curve;

use super::super::Material;
use super::super::build::{AKID, BASIC_CONSTRAINTS, Certificate, KEY_USAGE, SKID, name, sign_tbs};
use super::super::keys;
use super::super::tree::{Node, cons, oid, prim, seq};
use super::{Case, add, numbered};

pub fn cases(material: &Material, cases: &mut Vec<Case>) {
    let key = keys::ec(Curve::P256, 91);
    let values: Vec<(&'static str, &str, Vec<Vec<u8>>)> = vec![
        (
            SKID,
            "skid",
            vec![
                vec![],
                vec![4],
                vec![4, 0],
                vec![4, 1, 9],
                vec![4, 2, 9],
                vec![4, 0x81, 1, 9],
                vec![4, 1, 9, 9],
                vec![0x30, 1, 9],
                [&[4, 127][..], &[7; 127]].concat(),
                [&[4, 130][..], &[7; 130]].concat(),
                [&[4, 0x81, 130][..], &[7; 130]].concat(),
            ],
        ),
        (
            KEY_USAGE,
            "usage",
            vec![
                vec![],
                vec![3, 2, 7],
                vec![3, 2, 7, 0x80],
                vec![3, 2, 8, 0x80],
                vec![3, 2, 1, 6],
                vec![3, 3, 7, 0, 0x80],
                vec![4, 2, 7, 0x80],
                vec![3, 9, 0, 0x80],
                vec![3, 2, 0xff, 0x80],
                vec![3, 2, 7, 0x80, 0],
            ],
        ),
        (
            BASIC_CONSTRAINTS,
            "basic",
            vec![
                vec![],
                vec![0x30],
                vec![0x30, 0],
                vec![0x30, 3, 1, 1, 0xff],
                vec![0x30, 3, 1, 1, 0],
                vec![0x30, 3, 1, 1, 1],
                vec![0x30, 6, 1, 1, 0xff, 2, 1, 0],
                vec![0x30, 3, 2, 1, 0],
                vec![0x31, 0],
                vec![0x30, 1],
                vec![0x30, 0, 0],
                vec![0x30, 2, 1, 1],
                vec![0x30, 4, 1, 1, 0xff, 9],
            ],
        ),
        (
            AKID,
            "akid",
            vec![
                vec![],
                vec![0x30],
                vec![0x30, 0],
                vec![0x30, 1, 0],
                vec![0x30, 2, 0x80, 0],
                vec![0x30, 3, 0x80, 1, 9],
                vec![0x31, 0],
                vec![0x30, 0x80, 0x80, 1, 9, 0, 0],
                vec![0x30, 0x80, 0, 0],
                vec![0x30, 3, 0x82, 1, 9],
                vec![0x30, 3, 0x81, 1, 9],
                vec![0x30, 2, 0xa1, 0],
                vec![0x30, 4, 0xa1, 2, 0x82, 0],
                vec![0x30, 4, 0xa1, 2, 0x83, 0],
                vec![0x30, 6, 0xa1, 4, 0xa3, 2, 5, 0],
                vec![0x30, 6, 0xa1, 4, 0xa4, 2, 0x30, 0],
                vec![0x30, 4, 0xa1, 2, 0xa4, 0],
                vec![0x30, 5, 0xa1, 3, 0x89, 1, 0],
                vec![0x30, 5, 0xa1, 3, 0x86, 1, 65],
                vec![0x30, 8, 0xa1, 6, 0xa5, 4, 0xa1, 2, 5, 0],
                vec![0x30, 12, 0xa1, 10, 0xa5, 8, 0xa0, 2, 5, 0, 0xa1, 2, 5, 0],
                vec![0x30, 10, 0xa1, 8, 0xa0, 6, 6, 1, 42, 0xa0, 1, 0],
                vec![0x30, 11, 0xa1, 9, 0xa0, 7, 6, 1, 42, 0xa0, 2, 5, 0],
                vec![0x30, 6, 0x80, 1, 9, 0x80, 1, 9],
                vec![0x30, 0, 0, 0],
            ],
        ),
    ];
    for (extension, what, list) in values {
        for (at, value) in list.into_iter().enumerate() {
            for own in [true, false] {
                let mut certificate = numbered(cases, &key);
                if !own {
                    certificate.issuer = name("somebody else whose name is as long as this");
                }
                certificate.set_extension(extension, None);
                let tbs = certificate.tbs(&key).with(|tbs| {
                    let list = tbs.nodes().last_mut().unwrap().at(&[0]).nodes();
                    list.push(seq(vec![oid(extension), prim(4, value.clone())]));
                });
                let tree = sign_tbs(tbs, &key, Digest::Sha256);
                add(
                    material,
                    cases,
                    &format!("extension-{what}{at}{}", if own { "" } else { "issued" }),
                    &certificate,
                    &tree,
                );
            }
        }
    }
    // Extensions twice, critical, unknown, empty, and none.
    for extension in [SKID, KEY_USAGE, BASIC_CONSTRAINTS, AKID] {
        let mut certificate = numbered(cases, &key);
        let found = certificate.extensions.iter().find(|(oid, _)| *oid == extension).cloned();
        certificate.extensions.extend(found);
        add(material, cases, &format!("extension-twice{extension}"), &certificate, &certificate.own());
        let mut certificate = numbered(cases, &key);
        certificate.set_extension(extension, None);
        add(material, cases, &format!("extension-without{extension}"), &certificate, &certificate.own());
    }
    for (what, node) in [
        ("critical", seq(vec![oid("1.2.3.4"), prim(1, [0xff]), prim(4, [1])])),
        ("criticalfalse", seq(vec![oid("1.2.3.4"), prim(1, [0]), prim(4, [1])])),
        ("criticaltwice", seq(vec![oid("1.2.3.4"), prim(1, [0]), prim(1, [0]), prim(4, [1])])),
        ("novalue", seq(vec![oid("1.2.3.4")])),
        ("empty", seq(vec![])),
        (
            "eku",
            seq(vec![oid("2.5.29.37"), prim(1, [0xff]), prim(4, seq(vec![oid("1.3.6.1.5.5.7.3.1")]).ber())]),
        ),
        ("emptyvalue", seq(vec![oid("1.2.3.4"), prim(4, [])])),
    ] {
        let certificate = numbered(cases, &key);
        let tbs =
            certificate.tbs(&key).with(|tbs| tbs.nodes().last_mut().unwrap().at(&[0]).nodes().push(node));
        let tree = sign_tbs(tbs, &key, Digest::Sha256);
        add(material, cases, &format!("extension-{what}"), &certificate, &tree);
    }
    let mut certificate = numbered(cases, &key);
    certificate.extensions.clear();
    add(material, cases, "extension-none", &certificate, &certificate.own());
    // The authority of a self-issued certificate.
    let id = |certificate: &Certificate| prim(0x80, certificate.skid().unwrap());
    let issuer = |certificate: &Certificate| cons(0xa1, vec![cons(0xa4, vec![certificate.issuer.clone()])]);
    let serial = |certificate: &Certificate| prim(0x82, certificate.serial.clone());
    type Part<'a> = Box<dyn Fn(&Certificate) -> Vec<Node> + 'a>;
    let forms: Vec<(&str, Part<'_>)> = vec![
        ("keyid", Box::new(|c| vec![id(c)])),
        ("serial", Box::new(|c| vec![issuer(c), serial(c)])),
        ("both", Box::new(|c| vec![id(c), issuer(c), serial(c)])),
        ("wrongkeyid", Box::new(|_| vec![prim(0x80, [1; 20])])),
        ("wrongserial", Box::new(|c| vec![issuer(c), prim(0x82, [1])])),
        ("keyidwrongserial", Box::new(|c| vec![id(c), issuer(c), prim(0x82, [1])])),
        ("wrongkeyidserial", Box::new(|c| vec![prim(0x80, [1; 20]), issuer(c), serial(c)])),
        ("serialbeforeissuer", Box::new(|c| vec![serial(c), issuer(c)])),
        (
            "twoissuers",
            Box::new(|c| {
                vec![
                    cons(0xa1, vec![cons(0xa4, vec![name("x")]), cons(0xa4, vec![c.issuer.clone()])]),
                    serial(c),
                ]
            }),
        ),
    ];
    for (what, parts) in forms {
        for wrong in [false, true] {
            let mut certificate = numbered(cases, &key);
            let node = seq(parts(&certificate));
            certificate.set_extension(AKID, Some(node));
            let signer = if wrong { keys::ec(Curve::P256, 92) } else { key.clone() };
            let tree = certificate.tree(&signer);
            let suffix = if wrong { "wrongsignature" } else { "" };
            add(material, cases, &format!("authority-{what}{suffix}"), &certificate, &tree);
        }
    }
}
