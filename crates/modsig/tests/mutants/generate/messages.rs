//! Trailers and messages: every field, every element in every odd form, every bit.

use mldsa::dynamic::Parameters;
use modsig::algorithm::Digest;
use modsig::public_key::Curve;
use modsig::trailer::MARKER;

use super::build::{self, Certificate, Signer, attribute, message, of_one};
use super::keys::{self, Key};
use super::tree::{Node, algorithm, changes, cons, null, oid, prim, seq, set};
use super::{Kernel, Material};

pub fn kernels(material: &Material) -> Vec<Kernel> {
    let p256 = Certificate::new("p256", 1, &keys::ec(Curve::P256, 1));
    let ml_dsa = Certificate::new("mldsa44", 2, &keys::ml_dsa(Parameters::MlDsa44, 2));
    let certificates = [&p256, &ml_dsa].map(|certificate| certificate.own().ber()).to_vec();

    let mut trailers = Kernel::new("trailer", certificates.clone());
    trailer(material, &p256, &mut trailers);
    let mut flips = Kernel::new("flips", certificates.clone());
    for (family, cms) in [
        ("flipserial", of_one(&Signer::of(&p256), &material.module)),
        ("flipkeyid", of_one(&Signer::by_key_id(&p256), &material.module)),
    ] {
        every_bit(material, family, &cms.ber(), &mut flips);
    }
    let mut attribute_flips = Kernel::new("flipsattributes", certificates.clone());
    let with_attributes = Signer::of(&ml_dsa).attributes(&material.module, vec![]);
    let cms = of_one(&with_attributes, &material.module).ber();
    every_bit(material, "flipattributes", &cms[..cms.len() - 2420], &mut attribute_flips);
    for mutant in &mut attribute_flips.mutants {
        // The signature behind the part that was flipped.
        let head = mutant.file.len() - 40 - (cms.len() - 2420);
        let changed = mutant.file[head..mutant.file.len() - 40].to_vec();
        mutant.file = material.signed(&[&changed[..], &cms[cms.len() - 2420..]].concat());
    }

    let mut trees = Kernel::new("trees", certificates.clone());
    for (family, cms) in [
        ("serial", of_one(&Signer::of(&p256), &material.module)),
        ("keyid", of_one(&Signer::by_key_id(&p256), &material.module)),
    ] {
        for (what, changed) in changes(&cms, &[]) {
            trees.add(format!("{family}-{what}"), material.signed(&changed.ber()));
        }
    }
    let mut attribute_trees = Kernel::new("treesattributes", certificates.clone());
    let cms = of_one(&with_attributes, &material.module);
    for (what, changed) in changes(&cms, &[]) {
        if what.starts_with("1.0.3") {
            attribute_trees.add(format!("attributes-{what}"), material.signed(&changed.ber()));
        }
    }
    let mut rest = Kernel::new("messages", certificates);
    algorithms(material, &p256, &ml_dsa, &mut rest);
    attributes(material, &p256, &ml_dsa, &mut rest);
    structure(material, &p256, &ml_dsa, &mut rest);
    vec![trailers, flips, attribute_flips, trees, attribute_trees, rest]
}

fn every_bit(material: &Material, family: &str, cms: &[u8], kernel: &mut Kernel) {
    for at in 0..cms.len() {
        for bit in 0..8 {
            let mut changed = cms.to_vec();
            changed[at] ^= 1 << bit;
            kernel.add(format!("{family}-{at}.{bit}"), material.signed(&changed));
        }
    }
}

fn trailer(material: &Material, certificate: &Certificate, kernel: &mut Kernel) {
    let cms = of_one(&Signer::of(certificate), &material.module).ber();
    let right = material.signed(&cms);
    let info = right.len() - 40;
    kernel.add("trailer-right", right.clone());
    for field in 0..8 {
        for value in [0, 1, 2, 3, 4, 128, 255] {
            let mut file = right.clone();
            file[info + field] = value;
            kernel.add(format!("trailer-field{field}is{value}"), file);
        }
    }
    // Which of several is told first.
    for (name, bytes, sig_len) in [
        ("idtypeandfield", [1, 0, 9, 0, 0, 0, 0, 0], cms.len() as u32),
        ("idtypeandlen", [0, 0, 9, 0, 0, 0, 0, 0], u32::MAX),
        ("fieldandlen", [1, 0, 2, 0, 0, 0, 0, 0], u32::MAX),
        ("fieldandnocms", [1, 0, 2, 0, 0, 0, 0, 0], 0),
        ("zeros", [0; 8], 0),
    ] {
        let mut file = right[..info].to_vec();
        file.extend(bytes);
        file.extend(sig_len.to_be_bytes());
        file.extend(MARKER);
        kernel.add(format!("trailer-{name}"), file);
    }
    let lengths =
        [0, 1, 2, 3, 4, 100, info as u32 - 2, info as u32 - 1, info as u32, info as u32 + 1, u32::MAX];
    let near = [-3_i32, -2, -1, 1, 2, 3].map(|by| (cms.len() as i32 + by) as u32);
    for length in lengths.into_iter().chain(near).chain([(cms.len() as u32).swap_bytes()]) {
        let mut file = right.clone();
        file[info + 8..info + 12].copy_from_slice(&length.to_be_bytes());
        kernel.add(format!("trailer-siglen{length}"), file);
    }
    for behind in [vec![0], vec![0, 0], b"\n".to_vec(), vec![0xff; 7], cms.clone(), cms[..20].to_vec()] {
        kernel.add(
            format!("trailer-behindcms{}", kernel.mutants.len()),
            material.signed(&[&cms[..], &behind].concat()),
        );
        kernel.add(format!("trailer-behindmarker{}", kernel.mutants.len()), [&right[..], &behind].concat());
    }
    for (name, file) in [
        ("unsigned", material.module.clone()),
        ("nonewline", right[..right.len() - 1].to_vec()),
        ("markeronly", MARKER.to_vec()),
        ("markerandone", [&[0], &MARKER[..]].concat()),
        ("elevenandmarker", [&[0; 11], &MARKER[..]].concat()),
        ("twelveandmarker", [&[0; 12], &MARKER[..]].concat()),
        ("thirteenandmarker", [&[0; 13], &MARKER[..]].concat()),
        ("onebyte", vec![0x7f]),
        ("markeraftermodule", [&material.module[..], MARKER].concat()),
        ("twomarkers", [&right[..], MARKER].concat()),
        ("nomodule", right[material.module.len()..].to_vec()),
        ("onebytemodule", right[material.module.len() - 1..].to_vec()),
        ("markercase", [&right[..right.len() - 28], b"~module signature appended~\n"].concat()),
        ("signedtwice", {
            let cms = of_one(&Signer::of(certificate), &right).ber();
            let mut file = right.clone();
            file.extend_from_slice(&cms);
            file.extend([0, 0, 2, 0, 0, 0, 0, 0]);
            file.extend((cms.len() as u32).to_be_bytes());
            file.extend_from_slice(MARKER);
            file
        }),
    ] {
        kernel.add(format!("trailer-{name}"), file);
    }
    for at in [0, 1, material.module.len() / 2, material.module.len() - 1] {
        let mut file = right.clone();
        file[at] ^= 1;
        kernel.add(format!("trailer-moduleflip{at}"), file);
    }
    for cut in [1, 2, 3, 4, 10, 50, 100, cms.len() - 2, cms.len() - 1] {
        kernel.add(format!("trailer-cmscut{cut}"), material.signed(&cms[..cms.len() - cut]));
        kernel.add(format!("trailer-cmsheadcut{cut}"), material.signed(&cms[cut..]));
    }
    for len in [65_534, 65_535, 65_536, 70_000] {
        let mut long = cms.clone();
        long.resize(len, 0);
        kernel.add(format!("trailer-cmspadded{len}"), material.signed(&long));
    }
}

/// Places in a message of one signer.
const DIGESTS: &[usize] = &[1, 0, 1];
const CONTENT: &[usize] = &[1, 0, 2];
const SIGNER: &[usize] = &[1, 0, 3, 0];

fn algorithms(material: &Material, p256: &Certificate, ml_dsa: &Certificate, kernel: &mut Kernel) {
    let digests = [
        "1.2.840.113549.2.5",
        "1.3.14.3.2.26",
        "2.16.840.1.101.3.4.2.1",
        "2.16.840.1.101.3.4.2.2",
        "2.16.840.1.101.3.4.2.3",
        "2.16.840.1.101.3.4.2.4",
        "2.16.840.1.101.3.4.2.5",
        "2.16.840.1.101.3.4.2.6",
        "2.16.840.1.101.3.4.2.7",
        "2.16.840.1.101.3.4.2.8",
        "2.16.840.1.101.3.4.2.9",
        "2.16.840.1.101.3.4.2.10",
        "2.16.840.1.101.3.4.2.11",
        "2.16.840.1.101.3.4.2.12",
        "1.2.156.10197.1.401",
        "1.2.643.7.1.1.2.2",
        "1.2.643.7.1.1.2.3",
        "1.2.840.113549.1.1.11",
        "1.2.840.113549.1.7.1",
        "1.2.3.4",
        "2.5.4.3",
        "1.3.6.1.4.1.311.99.4294967295.1.2.3.4.5.6.7.8.9.10",
    ];
    let signatures = [
        "1.2.840.113549.1.1.1",
        "1.2.840.113549.1.1.5",
        "1.2.840.113549.1.1.10",
        "1.2.840.113549.1.1.11",
        "1.2.840.113549.1.1.13",
        "1.2.840.10045.2.1",
        "1.2.840.10045.4.1",
        "1.2.840.10045.4.3.1",
        "1.2.840.10045.4.3.2",
        "1.2.840.10045.4.3.3",
        "1.2.840.10045.4.3.4",
        "2.16.840.1.101.3.4.3.9",
        "2.16.840.1.101.3.4.3.10",
        "2.16.840.1.101.3.4.3.11",
        "2.16.840.1.101.3.4.3.12",
        "1.2.643.7.1.1.1.1",
        "1.2.643.7.1.1.1.2",
        "1.2.643.7.1.1.3.2",
        "2.16.840.1.101.3.4.3.17",
        "2.16.840.1.101.3.4.3.18",
        "2.16.840.1.101.3.4.3.19",
        "2.16.840.1.101.3.4.3.20",
        "2.16.840.1.101.3.4.3.33",
        "1.3.101.112",
        "1.2.156.10197.1.501",
        "1.2.156.10197.1.301",
        "1.2.3.4",
        "2.16.840.1.101.3.4.2.3",
    ];
    for (family, certificate) in [("p256", p256), ("mldsa44", ml_dsa)] {
        let right = of_one(&Signer::of(certificate), &material.module);
        for digits in digests {
            for (what, parameters) in
                [("absent", None), ("null", Some(null())), ("octets", Some(prim(4, [1, 2])))]
            {
                let node = seq([Some(oid(digits)), parameters].into_iter().flatten().collect());
                let changed = right.clone().with(|tree| tree.at(SIGNER).nodes()[2] = node.clone());
                kernel.add(format!("digest{family}-{digits}.{what}"), material.signed(&changed.ber()));
                let changed = right.clone().with(|tree| tree.at(DIGESTS).nodes()[0] = node);
                kernel.add(format!("digests{family}-{digits}.{what}"), material.signed(&changed.ber()));
            }
        }
        for digits in signatures {
            for (what, parameters) in [("absent", None), ("null", Some(null()))] {
                let node = seq([Some(oid(digits)), parameters].into_iter().flatten().collect());
                let changed = right.clone().with(|tree| tree.at(SIGNER).nodes()[3] = node);
                kernel.add(format!("algorithm{family}-{digits}.{what}"), material.signed(&changed.ber()));
            }
        }
        for (what, bytes) in [
            ("empty", vec![]),
            ("unfinished", vec![0x60, 0x86]),
            ("unfinished2", vec![0x2a, 0x86, 0x48, 0xff]),
            ("zero", vec![0]),
            ("high", vec![0xff, 0x7f]),
            ("long", vec![0x2a; 60]),
            ("long64bit", vec![0x2a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
            ("exactly", [&[0x2a, 0x86, 0x48][..], &[0x81; 0], &[9; 40]].concat()),
            ("padded", vec![0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x80, 0x03]),
        ] {
            for place in [2, 3] {
                let node = seq(vec![prim(6, bytes.clone())]);
                let changed = right.clone().with(|tree| tree.at(SIGNER).nodes()[place] = node);
                kernel.add(format!("oid{family}-{what}{place}"), material.signed(&changed.ber()));
            }
        }
        for digest in [
            Digest::Sha1,
            Digest::Sha224,
            Digest::Sha256,
            Digest::Sha384,
            Digest::Sha3_256,
            Digest::Sha3_384,
            Digest::Sha3_512,
        ] {
            let cms = of_one(&Signer::of(certificate).digest(digest), &material.module);
            kernel.add(format!("right{family}-{digest}"), material.signed(&cms.ber()));
        }
        kernel.add(
            format!("right{family}-keyid"),
            material.signed(&of_one(&Signer::by_key_id(certificate), &material.module).ber()),
        );
    }
}

fn attributes(material: &Material, p256: &Certificate, ml_dsa: &Certificate, kernel: &mut Kernel) {
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
    // Signed with the tag that they are written with; unsigned attributes.
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

fn structure(material: &Material, p256: &Certificate, ml_dsa: &Certificate, kernel: &mut Kernel) {
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
    // Sets that are sequences, and things that are missing altogether.
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
                tree.form = super::tree::Form::Indefinite;
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
        (
            "certificatesindefinite",
            Node { form: super::tree::Form::Indefinite, ..cons(0xa0, vec![own.clone()]) },
        ),
        (
            "certificateindefinite",
            cons(0xa0, vec![Node { form: super::tree::Form::Indefinite, ..own.clone() }]),
        ),
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
        // Version 1 and a key identifier: the serial number of the one before counts.
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
