//! Trusted certificates: every element in every odd form, every extension, names, times, keys.

use mldsa::dynamic::Parameters;
use modsig::algorithm::Digest;
use modsig::public_key::Curve;

use super::build::{AKID, BASIC_CONSTRAINTS, Certificate, KEY_USAGE, SKID, Signer, name, of_one, sign_tbs};
use super::keys::{self, Key, integer};
use super::tree::{Node, changes, cons, null, oid, prim, raw, seq, set};
use super::{Kernel, Material};

/// The most that a kernel has room for, with some to spare.
const ROOM: usize = 60_000;

/// A certificate, and a module that tells whether its key is trusted.
struct Case {
    name: String,
    certificate: Vec<u8>,
    file: Vec<u8>,
}

pub fn kernels(material: &Material) -> Vec<Kernel> {
    let mut cases = Vec::new();
    trees(material, &mut cases);
    extensions(material, &mut cases);
    parts(material, &mut cases);
    algorithms(material, &mut cases);
    let mut kernels: Vec<Kernel> = Vec::new();
    let mut used = ROOM;
    for case in cases {
        // A certificate that ends the list would hide those behind it: it gets a kernel of its own.
        let whole = case.certificate.starts_with(&[0x30, 0x82])
            && usize::from(case.certificate[2]) * 256 + usize::from(case.certificate[3]) + 4
                == case.certificate.len();
        if used + case.certificate.len() > ROOM || !whole {
            used = if whole { 0 } else { ROOM };
            kernels.push(Kernel::new(&format!("certificates{}", kernels.len()), Vec::new()));
        }
        used += case.certificate.len();
        let kernel = kernels.last_mut().unwrap();
        if !whole {
            // One before and one behind.
            let around =
                [80, 81].map(|number| Certificate::new("around", number, &keys::ec(Curve::P256, number)));
            kernel.certificates.push(around[0].own().ber());
            kernel.certificates.push(case.certificate);
            kernel.certificates.push(around[1].own().ber());
            for (at, certificate) in around.iter().enumerate() {
                let cms = of_one(&Signer::of(certificate), &material.module);
                kernel.add(format!("{}around{at}", case.name), material.signed(&cms.ber()));
            }
        } else {
            kernel.certificates.push(case.certificate);
        }
        kernel.add(case.name, case.file);
    }
    kernels
}

/// A certificate of its own name and number, so that none takes another's place.
fn numbered(cases: &[Case], key: &Key) -> Certificate {
    let number = cases.len();
    let mut certificate = Certificate::new(&format!("certificate {number}"), 0, key);
    certificate.serial = vec![0x40, (number >> 8) as u8, number as u8];
    let id = [vec![0xcc; 18], vec![(number >> 8) as u8, number as u8]].concat();
    certificate.set_extension(SKID, Some(prim(4, id.clone())));
    certificate.set_extension(AKID, Some(seq(vec![prim(0x80, id)])));
    certificate
}

fn add(material: &Material, cases: &mut Vec<Case>, what: &str, certificate: &Certificate, tree: &Node) {
    let file = material.signed(&of_one(&Signer::of(certificate), &material.module).ber());
    cases.push(Case { name: what.into(), certificate: tree.ber(), file });
}

/// Stands for the number of the case in the trees that are changed.
const MARK: [u8; 4] = [0x5a, 0xa5, 0x3c, 0xc3];

/// The same bytes with the number of the case in the place of the mark.
fn renumbered(mut bytes: Vec<u8>, number: usize) -> Vec<u8> {
    for at in 0..bytes.len().saturating_sub(MARK.len() - 1) {
        if bytes[at..at + MARK.len()] == MARK {
            bytes[at..at + MARK.len()].copy_from_slice(&(0x4000_0000 | number as u32).to_be_bytes());
        }
    }
    bytes
}

fn trees(material: &Material, cases: &mut Vec<Case>) {
    let key = keys::ec(Curve::P256, 90);
    let mut own = Certificate::new("certificate", 0, &key);
    own.serial = MARK.to_vec();
    let id = [vec![0xcc; 16], MARK.to_vec()].concat();
    own.set_extension(SKID, Some(prim(4, id.clone())));
    own.set_extension(AKID, Some(seq(vec![prim(0x80, id)])));
    let mut issued = own.clone();
    issued.issuer = name("somebody else whose name is as long as this");
    issued.set_extension(AKID, None);
    let mut add = |what: String, certificate: &Certificate, bytes: Vec<u8>| {
        let mut certificate = certificate.clone();
        certificate.serial = renumbered(certificate.serial.clone(), cases.len());
        let file = material.signed(&of_one(&Signer::of(&certificate), &material.module).ber());
        cases.push(Case { name: what, certificate: bytes, file });
        cases.len()
    };
    let mut number = 0;
    for (family, certificate, every, at) in [("tbsown", &own, 2, 0), ("tbsissued", &issued, 2, 1)] {
        for (what, tbs) in changes(&certificate.tbs(&key), &[]).into_iter().skip(at).step_by(every) {
            // The change to the TBSCertificate, signed rightly.
            let tbs = raw(renumbered(tbs.ber(), number));
            let tree = sign_tbs(tbs, &key, Digest::Sha256);
            number = add(format!("{family}-{what}"), certificate, tree.ber());
        }
    }
    for (what, tree) in changes(&own.own(), &[&[0]]) {
        // With the TBSCertificate's signature as it was before it got its number: wrong, but for what ends earlier.
        number = add(format!("whole-{what}"), &own, renumbered(tree.ber(), number));
    }
    for (what, tree) in changes(&issued.own(), &[&[0]]) {
        number = add(format!("wholeissued-{what}"), &issued, renumbered(tree.ber(), number));
    }
}

fn extensions(material: &Material, cases: &mut Vec<Case>) {
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
    // Who is the authority of a self-issued one.
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

fn parts(material: &Material, cases: &mut Vec<Case>) {
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
    // Pairs of subjects that Linux may or may not show alike: with one key identifier the second takes the place of
    // the first.
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

fn algorithms(material: &Material, cases: &mut Vec<Case>) {
    let ec = keys::ec(Curve::P256, 94);
    let keys_list: Vec<(&str, Key)> = vec![
        ("p256", ec.clone()),
        ("p384", keys::ec(Curve::P384, 95)),
        ("p521", keys::ec(Curve::P521, 96)),
        ("rsa512", material.rsa("mutants/rsa512.pem")),
        ("rsa1024", material.rsa("mutants/rsa1024.pem")),
        ("rsa1536", material.rsa("mutants/rsa1536.pem")),
        ("rsa2040", material.rsa("mutants/rsa2040.pem")),
        ("rsa2048", material.rsa("keys/rsa2048.pem")),
        ("rsae3", material.rsa("mutants/rsa2048-e3.pem")),
        ("rsa2560", material.rsa("mutants/rsa2560.pem")),
        ("rsa4096", material.rsa("keys/rsa4096.pem")),
        ("rsa8192", material.rsa("mutants/rsa8192.pem")),
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
        // Signed by another key under its own name: a bad self-signature.
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
    points(material, cases);
    rsa_keys(material, cases);
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
        let der = material.file(&format!("mutants/other-{other}.der"));
        let mut tree = Node::parse(&der);
        let sid = seq(vec![tree.at(&[0, 3]).clone(), tree.at(&[0, 1]).clone()]);
        let signer = Signer { key: ec.clone(), sid, digest: Digest::Sha256, attributes: None, version: 1 };
        let file = material.signed(&of_one(&signer, &material.module).ber());
        cases.push(Case { name: format!("other-{other}"), certificate: der, file });
    }
    // Lengths around what the list wants.
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

/// Points and curves, in certificates that somebody else signed: they are used only when a module comes.
fn points(material: &Material, cases: &mut Vec<Case>) {
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
        ("long", vec![Node { form: super::tree::Form::Octets(1), ..prim(6, Curve::P256.oid().as_bytes()) }]),
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

/// A certificate by somebody else, with its SubjectPublicKeyInfo changed.
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

fn rsa_keys(material: &Material, cases: &mut Vec<Case>) {
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
    // The exponent 1: whoever has the padding has the signature.
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
