//! Times, versions, serial numbers and names of a trusted certificate.

use modsig::algorithm::Digest;
use modsig::public_key::Curve;

use super::super::Material;
use super::super::build::{AKID, SKID, name, sign_tbs};
use super::super::keys;
use super::super::tree::{Node, oid, prim, seq, set};
use super::{Case, add, numbered};

pub fn cases(material: &Material, cases: &mut Vec<Case>) {
    let key = keys::ec(Curve::P256, 93);
    let times = [
        (0x17, "110101000000Z"),
        (0x17, "991231235959Z"),
        (0x17, "490101000000Z"),
        (0x17, "500101000000Z"),
        (0x17, "690101000000Z"),
        (0x17, "700101000000Z"),
        (0x17, "250229000000Z"),
        (0x17, "240229000000Z"),
        (0x17, "250101240000Z"),
        (0x17, "250101250000Z"),
        (0x17, "250101006000Z"),
        (0x17, "250101000060Z"),
        (0x17, "250101000061Z"),
        (0x17, "2501010000Z"),
        (0x17, "250101000000+0000"),
        (0x17, "250101000000z"),
        (0x17, "25O101000000Z"),
        (0x17, "251301000000Z"),
        (0x17, "250001000000Z"),
        (0x17, ""),
        (0x18, "20500101000000Z"),
        (0x18, "20490101000000Z"),
        (0x18, "19490101000000Z"),
        (0x18, "99991231235959Z"),
        (0x18, "21000229000000Z"),
        (0x18, "20500101000000.5Z"),
        (0x18, "205001010000Z"),
        (0x17, "20500101000000Z"),
        (0x18, "250101000000Z"),
        (0x13, "250101000000Z"),
    ];
    for (tag, text) in times {
        for end in [false, true] {
            let mut certificate = numbered(cases, &key);
            let place = if end { &mut certificate.not_after } else { &mut certificate.not_before };
            *place = prim(tag, text.as_bytes());
            add(
                material,
                cases,
                &format!("time{}-{tag:02x}{text}", u8::from(end)),
                &certificate,
                &certificate.own(),
            );
        }
    }
    for (what, validity) in [
        ("one", vec![prim(0x17, *b"250101000000Z")]),
        ("none", vec![]),
        ("three", vec![prim(0x17, *b"250101000000Z"); 3]),
    ] {
        let certificate = numbered(cases, &key);
        let tbs = certificate.tbs(&key).with(|tbs| *tbs.at(&[4]).nodes() = validity);
        add(material, cases, &format!("validity-{what}"), &certificate, &sign_tbs(tbs, &key, Digest::Sha256));
    }
    for (what, serial) in [
        ("empty", vec![]),
        ("zero", vec![0]),
        ("negative", vec![0xff]),
        ("padded", vec![0, 0, 1]),
        ("long", vec![0x33; 300]),
    ] {
        let mut certificate = numbered(cases, &key);
        certificate.serial = serial;
        add(material, cases, &format!("serialnumber-{what}"), &certificate, &certificate.own());
        let mut issued = numbered(cases, &key);
        issued.serial = certificate.serial;
        issued.set_extension(SKID, None);
        issued.set_extension(AKID, None);
        add(material, cases, &format!("serialnumber-{what}noskid"), &issued, &issued.own());
    }
    let part = |digits: &str, value: Node| seq(vec![oid(digits), value]);
    let text = |text: &str| prim(0x0c, text.as_bytes());
    let cn = |value: &str| set(vec![part("2.5.4.3", text(value))]);
    let o = |value: &str| set(vec![part("2.5.4.10", text(value))]);
    let email = |value: &str| set(vec![part("1.2.840.113549.1.9.1", prim(0x16, value.as_bytes()))]);
    let pad = || set(vec![part("2.5.4.11", text(&"padding so that it is long enough ".repeat(3)))]);
    // Pairs of subjects that Linux may or may not print alike: with one key identifier, the second replaces the first.
    let names: Vec<(&str, Node)> = vec![
        ("cn", seq(vec![cn("Acme signing"), pad()])),
        ("cno", seq(vec![o("Acme"), cn("Acme signing"), pad()])),
        ("other", seq(vec![o("Emca"), cn("Acme signing"), pad()])),
        ("joined", seq(vec![cn("Emca: Acme signing"), pad()])),
        ("seven", seq(vec![o("Acme sixth"), cn("Acme signing"), pad()])),
        ("o", seq(vec![o("Acme signing"), pad()])),
        ("email", seq(vec![email("Acme signing"), pad()])),
        ("cnemail", seq(vec![email("x@y"), cn("Acme signing"), pad()])),
        ("zero", seq(vec![cn("Acme signing\0more"), pad()])),
        ("long", seq(vec![cn(&"A".repeat(256)), o("Acme signing"), pad()])),
        ("long2", seq(vec![cn(&format!("Acme signing{}", "A".repeat(256))), pad()])),
        ("none", seq(vec![pad()])),
        ("empty", seq(vec![])),
        ("twocn", seq(vec![cn("first"), cn("Acme signing"), pad()])),
        ("emptyrdn", seq(vec![set(vec![])])),
        ("oempty", seq(vec![o(""), cn("Acme signing"), pad()])),
    ];
    for (what, subject) in names {
        let mut certificate = numbered(cases, &key);
        certificate.issuer = name("somebody else whose name is as long as this");
        certificate.subject = subject;
        certificate.set_extension(SKID, Some(prim(4, [0x5a; 20])));
        certificate.set_extension(AKID, None);
        add(material, cases, &format!("name-{what}"), &certificate, &certificate.own());
    }
}
