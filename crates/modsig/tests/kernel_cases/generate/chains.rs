//! Embedded certificates: chains to trusted ones, in every combination.

use modsig::algorithm::Digest;
use modsig::public_key::Curve;

use super::build::{AKID, Certificate, SKID, Signer, attribute, message};
use super::keys;
use super::tree::{Node, changes, cons, prim, seq};
use super::{Kernel, Material};

/// A chain: root, intermediate, leaf, each with its tree.
struct Chain {
    root: (Certificate, Node),
    middle: (Certificate, Node),
    leaf: (Certificate, Node),
}

/// How a certificate names its issuer.
#[derive(Clone, Copy)]
enum Authority {
    KeyId,
    Serial,
    Both,
    BothWrongKeyId,
    BothWrongSerial,
    WrongKeyId,
    WrongSerial,
    SerialWithoutIssuer,
    Nothing,
}

const AUTHORITIES: [(&str, Authority); 9] = [
    ("keyid", Authority::KeyId),
    ("serial", Authority::Serial),
    ("both", Authority::Both),
    ("bothwrongkeyid", Authority::BothWrongKeyId),
    ("bothwrongserial", Authority::BothWrongSerial),
    ("wrongkeyid", Authority::WrongKeyId),
    ("wrongserial", Authority::WrongSerial),
    ("serialonly", Authority::SerialWithoutIssuer),
    ("nothing", Authority::Nothing),
];

fn authority(how: Authority, issuer: &Certificate) -> Option<Node> {
    let key_id =
        |wrong: bool| prim(0x80, if wrong { vec![9; 20] } else { issuer.skid().unwrap_or_default() });
    let name = || cons(0xa1, vec![cons(0xa4, vec![issuer.issuer.clone()])]);
    let serial = |wrong: bool| prim(0x82, if wrong { vec![9] } else { issuer.serial.clone() });
    let parts = match how {
        Authority::KeyId => vec![key_id(false)],
        Authority::Serial => vec![name(), serial(false)],
        Authority::Both => vec![key_id(false), name(), serial(false)],
        Authority::BothWrongKeyId => vec![key_id(true), name(), serial(false)],
        Authority::BothWrongSerial => vec![key_id(false), name(), serial(true)],
        Authority::WrongKeyId => vec![key_id(true)],
        Authority::WrongSerial => vec![name(), serial(true)],
        Authority::SerialWithoutIssuer => vec![serial(false)],
        Authority::Nothing => return None,
    };
    Some(seq(parts))
}

fn chain(how: Authority) -> Chain {
    let [r, m, l] = [60, 61, 62].map(|number| keys::ec(Curve::P256, number));
    let mut root = Certificate::new("chain root", 60, &r);
    root.set_extension(AKID, authority(how, &root.clone()));
    let mut middle = Certificate::issued("chain middle", 61, &m, &root);
    middle.set_extension(AKID, authority(how, &root));
    let mut leaf = Certificate::issued("chain leaf", 62, &l, &middle);
    leaf.set_extension(AKID, authority(how, &middle));
    let trees = [root.own(), middle.tree(&r), leaf.tree(&m)];
    let [a, b, c] = trees;
    Chain { root: (root, a), middle: (middle, b), leaf: (leaf, c) }
}

pub fn kernels(material: &Material) -> Vec<Kernel> {
    let module = &material.module;
    let mut kernels = Vec::new();
    for (how_name, how) in AUTHORITIES {
        let Chain { root, middle, leaf } = chain(how);
        let trees = [&root.1, &middle.1, &leaf.1];
        for trusted in 0..8_usize {
            let certificates: Vec<Vec<u8>> =
                (0..3).filter(|at| trusted >> at & 1 == 1).map(|at| trees[at].ber()).collect();
            // A kernel without trusted keys cannot be asked.
            let filler = Certificate::new("filler", 69, &keys::ec(Curve::P256, 69)).own().ber();
            let certificates = if certificates.is_empty() { vec![filler] } else { certificates };
            let mut kernel = Kernel::new(&format!("chain{how_name}{trusted}"), certificates);
            for inside in 0..8_usize {
                for reversed in [false, true] {
                    let mut list: Vec<Node> =
                        (0..3).filter(|at| inside >> at & 1 == 1).map(|at| trees[at].clone()).collect();
                    if reversed {
                        list.reverse();
                        if list.len() < 2 {
                            continue;
                        }
                    }
                    let by_serial = message(1, list.clone(), vec![Signer::of(&leaf.0).info(module)]);
                    let suffix = if reversed { "r" } else { "" };
                    kernel.add(
                        format!("chain{how_name}{trusted}-{inside}{suffix}"),
                        material.signed(&by_serial.ber()),
                    );
                    if !reversed {
                        let by_key_id = message(3, list, vec![Signer::by_key_id(&leaf.0).info(module)]);
                        kernel.add(
                            format!("chain{how_name}{trusted}keyid-{inside}"),
                            material.signed(&by_key_id.ber()),
                        );
                    }
                }
            }
            kernels.push(kernel);
        }
    }
    let mut kernel = Kernel::new("chains", vec![chain(Authority::KeyId).root.1.ber()]);
    broken_chains(material, &mut kernel);
    signing_times(material, &mut kernel);
    kernels.push(kernel);
    kernels.push(inside_trees(material));
    kernels.extend(same_names(material));
    kernels
}

fn broken_chains(material: &Material, kernel: &mut Kernel) {
    let module = &material.module;
    let Chain { root, middle, leaf } = chain(Authority::KeyId);
    let own_key = |number| keys::ec(Curve::P256, number);
    let info = Signer::of(&leaf.0).info(module);
    let flip = |tree: &Node| tree.clone().with(|tree| *tree.nodes()[2].bytes().last_mut().unwrap() ^= 1);
    let bad_info = info.clone().with(|info| *info.nodes()[4].bytes().last_mut().unwrap() ^= 1);
    let other = Certificate::new("chain other", 63, &own_key(63));
    let lists: Vec<(&str, Vec<Node>)> = vec![
        ("right", vec![leaf.1.clone(), middle.1.clone()]),
        ("leafbad", vec![flip(&leaf.1), middle.1.clone()]),
        ("middlebad", vec![leaf.1.clone(), flip(&middle.1)]),
        ("rootbad", vec![leaf.1.clone(), middle.1.clone(), flip(&root.1)]),
        ("otherbad", vec![leaf.1.clone(), middle.1.clone(), flip(&other.own())]),
        ("other", vec![leaf.1.clone(), middle.1.clone(), other.own()]),
        ("twice", vec![leaf.1.clone(), leaf.1.clone(), middle.1.clone()]),
        ("leaftwo", vec![flip(&leaf.1), leaf.1.clone(), middle.1.clone()]),
        (
            "othermiddle",
            vec![leaf.1.clone(), {
                let mut fake = middle.0.clone();
                fake.key = own_key(64);
                fake.tree(&root.0.key)
            }],
        ),
        (
            "leafselfsigned",
            vec![{
                let mut own = leaf.0.clone();
                own.issuer = own.subject.clone();
                own.set_extension(AKID, None);
                own.own()
            }],
        ),
    ];
    for (what, list) in lists {
        for (which, info) in [("", &info), ("badsignature", &bad_info)] {
            let cms = message(1, list.clone(), vec![info.clone()]);
            kernel.add(format!("broken-{what}{which}"), material.signed(&cms.ber()));
        }
        let unknown = Certificate::new("nobody", 98, &own_key(98));
        let cms = message(1, list.clone(), vec![Signer::of(&unknown).info(module), info.clone()]);
        kernel.add(format!("broken-{what}second"), material.signed(&cms.ber()));
        let cms = message(1, list, vec![info.clone(), Signer::of(&unknown).info(module)]);
        kernel.add(format!("broken-{what}first"), material.signed(&cms.ber()));
    }
    // A loop of two that sign each other, and one that is its own issuer by key identifier alone.
    let (mut one, mut two) =
        (Certificate::new("loop one", 65, &own_key(65)), Certificate::new("loop two", 66, &own_key(66)));
    (one.issuer, two.issuer) = (two.subject.clone(), one.subject.clone());
    one.set_extension(AKID, authority(Authority::KeyId, &two));
    two.set_extension(AKID, authority(Authority::KeyId, &one));
    let list = vec![one.tree(&two.key), two.tree(&one.key)];
    let cms = message(1, list, vec![Signer::of(&one).info(module)]);
    kernel.add("broken-loop", material.signed(&cms.ber()));
    let mut own_authority = Certificate::new("own authority", 67, &own_key(67));
    own_authority.issuer = root.0.subject.clone();
    let cms = message(1, vec![own_authority.own()], vec![Signer::of(&own_authority).info(module)]);
    kernel.add("broken-ownauthority", material.signed(&cms.ber()));
    // Without SKID anywhere, by serial number.
    let (mut a, mut b) = (root.0.clone(), leaf.0.clone());
    a.set_extension(SKID, None);
    b.set_extension(AKID, authority(Authority::Serial, &a));
    b.issuer = a.subject.clone();
    let cms = message(1, vec![b.tree(&a.key)], vec![Signer::of(&b).info(module)]);
    kernel.add("broken-noskid", material.signed(&cms.ber()));
    for digest in [Digest::Sha1, Digest::Sha224, Digest::Sha3_512] {
        let mut leaf = leaf.0.clone();
        leaf.digest = digest;
        leaf.issuer = root.0.subject.clone();
        leaf.set_extension(AKID, authority(Authority::KeyId, &root.0));
        let cms = message(1, vec![leaf.tree(&root.0.key)], vec![Signer::of(&leaf).info(module)]);
        kernel.add(format!("broken-digest{digest}"), material.signed(&cms.ber()));
    }
}

fn signing_times(material: &Material, kernel: &mut Kernel) {
    let module = &material.module;
    let Chain { middle, leaf, .. } = chain(Authority::KeyId);
    for (what, tag, time) in [
        ("inside", 0x17, "260101000000Z"),
        ("atstart", 0x17, "250101000000Z"),
        ("before", 0x17, "241231235959Z"),
        ("beforemidnight", 0x17, "241231240000Z"),
        ("atend", 0x18, "21250101000000Z"),
        ("after", 0x18, "21250101000001Z"),
    ] {
        let time = attribute("1.2.840.113549.1.9.5", vec![prim(tag, time.as_bytes())]);
        let signed = Signer::of(&leaf.0).attributes(module, vec![time.clone()]);
        // Under [2], where nothing records that there are attributes.
        let attributes = signed.attributes.clone().unwrap();
        let info = Signer::of(&leaf.0)
            .info(module)
            .with(|info| info.nodes().insert(3, cons(0xa2, vec![seq(attributes)])));
        for (which, list) in [("none", vec![]), ("leaf", vec![leaf.1.clone(), middle.1.clone()])] {
            let cms = message(1, list.clone(), vec![info.clone()]);
            kernel.add(format!("time-{what}{which}"), material.signed(&cms.ber()));
            let cms = message(1, list, vec![signed.info(module)]);
            kernel.add(format!("timeset-{what}{which}"), material.signed(&cms.ber()));
        }
    }
}

/// Every change to an embedded certificate, of a signer that is trusted by another certificate.
fn inside_trees(material: &Material) -> Kernel {
    let module = &material.module;
    let Chain { root, leaf, .. } = chain(Authority::KeyId);
    let mut issued = leaf.0.clone();
    issued.issuer = root.0.subject.clone();
    issued.set_extension(AKID, authority(Authority::Both, &root.0));
    let mut kernel = Kernel::new("insidetrees", vec![root.1.ber()]);
    let info = Signer::of(&issued).info(module);
    for (what, changed) in changes(&issued.tree(&root.0.key), &[]) {
        let cms = message(1, vec![changed], vec![info.clone()]);
        kernel.add(format!("insidetree-{what}"), material.signed(&cms.ber()));
    }
    kernel
}

/// Several trusted certificates with one name.
fn same_names(material: &Material) -> Vec<Kernel> {
    let module = &material.module;
    let key = |number| keys::ec(Curve::P256, number);
    let one = Certificate::new("same", 70, &key(70));
    // The same subject and key identifier: one name in the keyring.
    let mut renewed = Certificate::new("same", 70, &key(70));
    renewed.serial = vec![0x41, 70, 2];
    let mut impostor = renewed.clone();
    impostor.key = key(71);
    // The same key identifier, another subject; the same serial number and issuer, another key identifier.
    let mut other_subject = Certificate::new("same other", 70, &key(72));
    other_subject.serial = vec![0x42];
    let mut same_serial = Certificate::new("same", 71, &key(73));
    same_serial.serial = one.serial.clone();
    let mut without = Certificate::new("same", 70, &key(74));
    without.set_extension(SKID, None);
    without.set_extension(AKID, None);
    let all = [
        ("one", &one),
        ("renewed", &renewed),
        ("impostor", &impostor),
        ("othersubject", &other_subject),
        ("sameserial", &same_serial),
        ("without", &without),
    ];
    let mut kernels = Vec::new();
    for (a, first) in all {
        for (b, second) in all {
            let mut kernel = Kernel::new(&format!("same{a}{b}"), vec![first.own().ber(), second.own().ber()]);
            for (c, signer) in all {
                let cms = message(1, vec![], vec![Signer::of(signer).info(module)]);
                kernel.add(format!("same-{a}.{b}.{c}"), material.signed(&cms.ber()));
                if signer.skid().is_some() {
                    let cms = message(3, vec![], vec![Signer::by_key_id(signer).info(module)]);
                    kernel.add(format!("samekeyid-{a}.{b}.{c}"), material.signed(&cms.ber()));
                }
                let cms = message(1, vec![signer.own()], vec![Signer::of(signer).info(module)]);
                kernel.add(format!("sameinside-{a}.{b}.{c}"), material.signed(&cms.ber()));
            }
            kernels.push(kernel);
        }
    }
    kernels
}
