//! The structure of a message: versions, sets, optional parts, several signers.

use modsig::public_key::Curve;

use super::super::build::{self, Certificate, Signer, message, of_one};
use super::super::keys::{self, Key};
use super::super::tree::{Form, Node, algorithm, cons, null, oid, prim, seq, set};
use super::super::{Kernel, Material};
use super::{CONTENT, DIGESTS};

pub fn cases(material: &Material, p256: &Certificate, ml_dsa: &Certificate, kernel: &mut Kernel) {
    let module = &material.module;
    let right = of_one(&Signer::of(p256), module);
    let by_key_id = of_one(&Signer::by_key_id(p256), module);
    for signed_data in [0, 1, 2, 3, 4, 5, 255] {
        for signer in [0, 1, 2, 3, 4, 5, 255] {
            for (family, tree) in [("version", &right), ("versionkeyid", &by_key_id)] {
                let changed = tree.clone().with(|tree| {
                    *tree.at(&[1, 0, 0]).bytes() = vec![signed_data];
                    *tree.at(&[1, 0, 3, 0, 0]).bytes() = vec![signer];
                });
                kernel.add(format!("{family}-{signed_data}.{signer}"), material.signed(&changed.ber()));
            }
        }
    }
    for content_type in [
        "1.2.840.113549.1.7.1",
        "1.2.840.113549.1.7.2",
        "1.2.840.113549.1.7.3",
        "1.3.6.1.4.1.311.2.1.4",
        "1.2.3",
        "1.2.840.113549.1.9.16.1.4",
    ] {
        for (what, content) in [
            ("absent", None),
            ("octets", Some(prim(4, module.clone()))),
            ("emptyoctets", Some(prim(4, []))),
            ("sequence", Some(seq(vec![null()]))),
        ] {
            let changed = right.clone().with(|tree| {
                let node = tree.at(CONTENT).nodes();
                node[0] = oid(content_type);
                node.extend(content.map(|content| cons(0xa0, vec![content])));
            });
            kernel.add(format!("content-{content_type}.{what}"), material.signed(&changed.ber()));
        }
        let changed = right.clone().with(|tree| *tree.at(&[0]) = oid(content_type));
        kernel.add(format!("contentinfo-{content_type}"), material.signed(&changed.ber()));
    }
    // Sets that are sequences, and missing elements.
    for (what, change) in [
        ("digestsequence", Box::new(|tree: &mut Node| tree.at(DIGESTS).tag = 0x30) as Box<dyn Fn(&mut Node)>),
        ("signersequence", Box::new(|tree: &mut Node| tree.at(&[1, 0, 3]).tag = 0x30)),
        ("nosigners", Box::new(|tree: &mut Node| drop(tree.at(&[1, 0]).nodes().pop()))),
        ("emptysigners", Box::new(|tree: &mut Node| tree.at(&[1, 0, 3]).nodes().clear())),
        ("onlytype", Box::new(|tree: &mut Node| drop(tree.nodes().pop()))),
        (
            "onlytypeindefinite",
            Box::new(|tree: &mut Node| {
                tree.nodes().pop();
                tree.form = Form::Indefinite;
            }),
        ),
        ("emptycrls", Box::new(|tree: &mut Node| tree.at(&[1, 0]).nodes().insert(3, cons(0xa1, vec![])))),
        (
            "crl",
            Box::new(|tree: &mut Node| {
                let list = seq(vec![
                    seq(vec![prim(2, [1]), algorithm("1.2.840.113549.1.1.11")]),
                    algorithm("1.2.840.113549.1.1.11"),
                    prim(3, [0, 1]),
                ]);
                tree.at(&[1, 0]).nodes().insert(3, cons(0xa1, vec![list]));
            }),
        ),
        (
            "crlsequence",
            Box::new(|tree: &mut Node| {
                tree.at(&[1, 0]).nodes().insert(3, cons(0xa3, vec![seq(vec![null()])]))
            }),
        ),
        (
            "emptycertificates",
            Box::new(|tree: &mut Node| tree.at(&[1, 0]).nodes().insert(3, cons(0xa0, vec![]))),
        ),
        (
            "emptycertificates2",
            Box::new(|tree: &mut Node| tree.at(&[1, 0]).nodes().insert(3, cons(0xa2, vec![]))),
        ),
        ("nothinginside", Box::new(|tree: &mut Node| tree.at(&[1]).nodes().clear())),
        ("algorithmsempty", Box::new(|tree: &mut Node| tree.at(DIGESTS).nodes().clear())),
    ] {
        kernel.add(
            format!("structure-{what}"),
            material.signed(&right.clone().with(|tree| change(tree)).ber()),
        );
    }
    let own = p256.own();
    for (what, node) in [
        ("crlofcertificates", cons(0xa1, vec![seq(vec![own.clone(), own.clone()])])),
        ("certificates2", cons(0xa2, vec![own.clone()])),
        ("certificates0", cons(0xa0, vec![own.clone()])),
        ("certificatesextended", cons(0xa0, vec![cons(0xa0, own.clone().nodes().clone())])),
        ("certificatesattribute", cons(0xa0, vec![cons(0xa1, vec![null()])])),
        ("certificatesindefinite", Node { form: Form::Indefinite, ..cons(0xa0, vec![own.clone()]) }),
        ("certificateindefinite", cons(0xa0, vec![Node { form: Form::Indefinite, ..own.clone() }])),
        ("certificatetrailing", cons(0xa0, vec![own.clone().with(|tree| tree.nodes().push(null()))])),
        ("certificatenull", cons(0xa0, vec![null()])),
        ("certificateset", cons(0xa0, vec![set(own.clone().nodes().clone())])),
    ] {
        let changed = right.clone().with(|tree| tree.at(&[1, 0]).nodes().insert(3, node));
        kernel.add(format!("structure-{what}"), material.signed(&changed.ber()));
    }
    several(material, p256, ml_dsa, kernel);
}

/// Several signers, in every order.
fn several(material: &Material, p256: &Certificate, ml_dsa: &Certificate, kernel: &mut Kernel) {
    let module = &material.module;
    let unknown = Certificate::new("unknown", 99, &keys::ec(Curve::P256, 99));
    let bad = |signer: &Signer| {
        let mut info = signer.info(module);
        let at = info.nodes().len() - 1;
        *info.nodes()[at].bytes().last_mut().unwrap() ^= 1;
        info
    };
    let with_digest =
        |digits: &str| Signer::of(p256).info(module).with(|info| info.nodes()[2] = algorithm(digits));
    let infos: Vec<(&str, Node)> = vec![
        ("p", Signer::of(p256).info(module)),
        ("m", Signer::of(ml_dsa).info(module)),
        ("pbad", bad(&Signer::of(p256))),
        ("mbad", bad(&Signer::of(ml_dsa))),
        ("u", Signer::of(&unknown).info(module)),
        ("ubad", bad(&Signer::of(&unknown))),
        ("sm3", with_digest("1.2.156.10197.1.401")),
        ("streebog", with_digest("1.2.643.7.1.1.2.2")),
        ("shake", with_digest("2.16.840.1.101.3.4.2.12")),
        (
            "slh",
            Signer::of(p256).info(module).with(|info| info.nodes()[3] = algorithm("2.16.840.1.101.3.4.3.20")),
        ),
        ("gost", Signer::of(p256).info(module).with(|info| info.nodes()[3] = algorithm("1.2.643.7.1.1.1.1"))),
        // Version 1 and a key identifier: the serial number of the signer before it counts.
        ("stale", Signer::of(p256).info(module).with(|info| info.nodes()[1] = p256.by_key_id())),
        (
            "emptysid",
            Signer::of(p256).info(module).with(|info| info.nodes()[1] = seq(vec![seq(vec![]), prim(2, [])])),
        ),
    ];
    for (a, one) in &infos {
        let cms = message(1, vec![], vec![one.clone()]);
        kernel.add(format!("several-{a}"), material.signed(&cms.ber()));
        for (b, two) in &infos {
            let cms = message(1, vec![], vec![one.clone(), two.clone()]);
            kernel.add(format!("several-{a}.{b}"), material.signed(&cms.ber()));
        }
    }
    for (what, list) in
        [("upm", [4, 0, 1]), ("pum", [0, 4, 1]), ("uum", [4, 4, 1]), ("sm3um", [6, 4, 1]), ("uuu", [4, 4, 4])]
    {
        let cms = message(1, vec![], list.map(|at: usize| infos[at].1.clone()).to_vec());
        kernel.add(format!("several-{what}"), material.signed(&cms.ber()));
    }
    let by_key_id = Signer::by_key_id(p256).info(module);
    for (what, id) in [
        ("empty", vec![]),
        ("zero", vec![0]),
        ("short", p256.skid().unwrap()[..19].to_vec()),
        ("serialandissuer", {
            let mut issuer = p256.issuer.clone();
            let contents: Vec<u8> = issuer.nodes().iter().flat_map(Node::ber).collect();
            [&p256.serial[..], &contents].concat()
        }),
    ] {
        let info = by_key_id.clone().with(|info| *info.nodes()[1].bytes() = id);
        kernel.add(format!("keyid-{what}"), material.signed(&message(3, vec![], vec![info]).ber()));
    }
    for (what, serial) in [
        ("padded", [&[0], &p256.serial[..]].concat()),
        ("empty", vec![]),
        ("other", vec![1]),
        ("negative", vec![0xff]),
    ] {
        let info = Signer::of(p256).info(module).with(|info| *info.at(&[1, 1]).bytes() = serial);
        kernel.add(format!("serialno-{what}"), material.signed(&message(1, vec![], vec![info]).ber()));
    }
    let issuer =
        |tag: u8| build::name(&format!("{:_<40}", "p256")).with(|name| name.at(&[0, 0, 1]).tag = tag);
    for tag in [0x0c, 0x13, 0x14, 0x1e] {
        let info = Signer::of(p256).info(module).with(|info| *info.at(&[1, 0]) = issuer(tag));
        kernel.add(format!("issuer-tag{tag:02x}"), material.signed(&message(1, vec![], vec![info]).ber()));
    }
    let wrong_key = Signer { key: Key::Ec(Curve::P256, [&[0][..], &[5; 31]].concat()), ..Signer::of(p256) };
    kernel.add("wrongkey-same", material.signed(&of_one(&wrong_key, module).ber()));
    let wrong_key = Signer { key: ml_dsa.key.clone(), ..Signer::of(p256) };
    kernel.add("wrongkey-otheralgorithm", material.signed(&of_one(&wrong_key, module).ber()));
}
