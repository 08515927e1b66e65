//! Signed attributes: which, how many, in which order, in which form.

use modsig::algorithm::Digest;

use super::super::build::{Certificate, Signer, attribute, message, of_one};
use super::super::tree::{Node, cons, null, oid, prim, seq};
use super::super::{Kernel, Material};
use super::SIGNER;

pub fn cases(material: &Material, p256: &Certificate, ml_dsa: &Certificate, kernel: &mut Kernel) {
    const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
    const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
    const SIGNING_TIME: &str = "1.2.840.113549.1.9.5";
    let hash = |digest: Digest| prim(4, digest.hash(&material.module).unwrap());
    let data = || oid("1.2.840.113549.1.7.1");
    let time = |tag, text: &str| attribute(SIGNING_TIME, vec![prim(tag, text.as_bytes())]);
    let right =
        || vec![attribute(CONTENT_TYPE, vec![data()]), attribute(MESSAGE_DIGEST, vec![hash(Digest::Sha512)])];
    let with = |more: Vec<Node>| [right(), more].concat();
    let lists: Vec<(&str, Vec<Node>)> = vec![
        ("right", right()),
        ("reversed", right().into_iter().rev().collect()),
        ("nothing", vec![]),
        ("nocontenttype", right()[1..].to_vec()),
        ("nodigest", right()[..1].to_vec()),
        ("other", with(vec![attribute("1.2.3", vec![null()])])),
        ("otherempty", with(vec![attribute("1.2.3", vec![])])),
        ("othertwo", with(vec![attribute("1.2.3", vec![null(), null()])])),
        ("othertwice", with(vec![attribute("1.2.3", vec![null()]), attribute("1.2.3", vec![null()])])),
        ("twocontenttypes", with(vec![attribute(CONTENT_TYPE, vec![data()])])),
        ("twodigests", with(vec![attribute(MESSAGE_DIGEST, vec![hash(Digest::Sha512)])])),
        ("contenttypevalues", vec![attribute(CONTENT_TYPE, vec![data(), data()]), right()[1].clone()]),
        (
            "digestvalues",
            vec![
                right()[0].clone(),
                attribute(MESSAGE_DIGEST, vec![hash(Digest::Sha512), hash(Digest::Sha512)]),
            ],
        ),
        ("contenttypeempty", vec![attribute(CONTENT_TYPE, vec![]), right()[1].clone()]),
        ("digestempty", vec![right()[0].clone(), attribute(MESSAGE_DIGEST, vec![])]),
        (
            "contenttypesigned",
            vec![attribute(CONTENT_TYPE, vec![oid("1.2.840.113549.1.7.2")]), right()[1].clone()],
        ),
        ("contenttypeunknown", vec![attribute(CONTENT_TYPE, vec![oid("1.2.3")]), right()[1].clone()]),
        (
            "contenttypeoctets",
            vec![attribute(CONTENT_TYPE, vec![prim(4, data().bytes().clone())]), right()[1].clone()],
        ),
        (
            "digestbits",
            vec![
                right()[0].clone(),
                attribute(MESSAGE_DIGEST, vec![prim(3, hash(Digest::Sha512).bytes().clone())]),
            ],
        ),
        (
            "digestconstructed",
            vec![right()[0].clone(), attribute(MESSAGE_DIGEST, vec![cons(0x24, vec![hash(Digest::Sha512)])])],
        ),
        ("digestwrong", vec![right()[0].clone(), attribute(MESSAGE_DIGEST, vec![prim(4, [7; 64])])]),
        ("digestshort", vec![right()[0].clone(), attribute(MESSAGE_DIGEST, vec![prim(4, [7; 63])])]),
        ("digestnone", vec![right()[0].clone(), attribute(MESSAGE_DIGEST, vec![prim(4, [])])]),
        ("digestother", vec![right()[0].clone(), attribute(MESSAGE_DIGEST, vec![hash(Digest::Sha256)])]),
        ("utctime", with(vec![time(0x17, "260101000000Z")])),
        ("gentime", with(vec![time(0x18, "20510101000000Z")])),
        ("gentimeearly", with(vec![time(0x18, "20260101000000Z")])),
        ("gentime1949", with(vec![time(0x18, "19490101000000Z")])),
        ("utctime1969", with(vec![time(0x17, "690101000000Z")])),
        ("utctimeshort", with(vec![time(0x17, "2601010000Z")])),
        ("utctimezone", with(vec![time(0x17, "260101000000+0100")])),
        ("utctimeday", with(vec![time(0x17, "260229000000Z")])),
        ("utctimehour24", with(vec![time(0x17, "260228240000Z")])),
        ("utctimeleap", with(vec![time(0x17, "260228235960Z")])),
        ("timeoctets", with(vec![time(0x04, "260101000000Z")])),
        ("twotimes", with(vec![time(0x17, "260101000000Z"), time(0x17, "260101000000Z")])),
        ("smime", with(vec![attribute("1.2.840.113549.1.9.15", vec![seq(vec![])])])),
        ("smimetwice", with(vec![attribute("1.2.840.113549.1.9.15", vec![seq(vec![]), seq(vec![])])])),
        ("opus", with(vec![attribute("1.3.6.1.4.1.311.2.1.12", vec![seq(vec![])])])),
        ("statement", with(vec![attribute("1.3.6.1.4.1.311.2.1.11", vec![seq(vec![])])])),
    ];
    for (what, list) in lists {
        for (family, certificate, digest) in [
            ("attrp256", p256, Digest::Sha512),
            ("attrmldsa", ml_dsa, Digest::Sha512),
            ("attrmldsa256", ml_dsa, Digest::Sha256),
        ] {
            let signer = Signer { attributes: Some(list.clone()), ..Signer::of(certificate).digest(digest) };
            let cms = of_one(&signer, &material.module);
            kernel.add(format!("{family}-{what}"), material.signed(&cms.ber()));
            // The same as a SEQUENCE under [2].
            let changed = of_one(&Signer::of(certificate).digest(digest), &material.module).with(|tree| {
                tree.at(SIGNER).nodes().insert(3, cons(0xa2, vec![seq(list.clone())]));
            });
            kernel.add(format!("{family}sequence-{what}"), material.signed(&changed.ber()));
        }
    }
    // Signed with the tag `[0]`; unsigned attributes.
    let signer = Signer::of(ml_dsa).attributes(&material.module, vec![]);
    let wrong = ml_dsa.key.sign(Digest::Sha512, &cons(0xa0, signer.attributes.clone().unwrap()).ber());
    let changed = of_one(&signer, &material.module).with(|tree| *tree.at(SIGNER).nodes()[5].bytes() = wrong);
    kernel.add("attrmldsa-signedas0", material.signed(&changed.ber()));
    for (what, node) in [
        ("set", cons(0xa1, vec![attribute("1.2.3", vec![null()])])),
        ("empty", cons(0xa1, vec![])),
        ("sequence", cons(0xa3, vec![attribute("1.2.3", vec![null()])])),
        ("valuesempty", cons(0xa1, vec![attribute("1.2.3", vec![])])),
        ("null", cons(0xa1, vec![null()])),
        ("big", cons(0xa1, vec![attribute("1.2.3", vec![prim(4, vec![0; 60_000])])])),
    ] {
        let changed =
            of_one(&Signer::of(p256), &material.module).with(|tree| tree.at(SIGNER).nodes().push(node));
        kernel.add(format!("unsigned-{what}"), material.signed(&changed.ber()));
    }
    // Two signers, with and without attributes.
    let signers: Vec<(&str, Signer)> = vec![
        ("m", Signer::of(ml_dsa)),
        ("p", Signer::of(p256)),
        ("ma", Signer::of(ml_dsa).attributes(&material.module, vec![])),
        ("pa", Signer::of(p256).attributes(&material.module, vec![])),
        ("ms", Signer::of(ml_dsa).digest(Digest::Sha256).attributes(&material.module, vec![])),
    ];
    for (a, one) in &signers {
        for (b, two) in &signers {
            let cms = message(1, vec![], vec![one.info(&material.module), two.info(&material.module)]);
            kernel.add(format!("attrtwo-{a}.{b}"), material.signed(&cms.ber()));
        }
    }
}
