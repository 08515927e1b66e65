//! Trailers and messages: every field, every element in every unusual form, every bit.

mod algorithms;
mod attributes;
mod structure;

use mldsa::dynamic::Parameters;
use modsig::public_key::Curve;
use modsig::trailer::MARKER;

use super::build::{Certificate, Signer, of_one};
use super::keys;
use super::tree::changes;
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
    for case in &mut attribute_flips.cases {
        // The signature after the part that was flipped.
        let head = case.file.len() - 40 - (cms.len() - 2420);
        let changed = case.file[head..case.file.len() - 40].to_vec();
        case.file = material.signed(&[&changed[..], &cms[cms.len() - 2420..]].concat());
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
    algorithms::cases(material, &p256, &ml_dsa, &mut rest);
    attributes::cases(material, &p256, &ml_dsa, &mut rest);
    structure::cases(material, &p256, &ml_dsa, &mut rest);
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
    // Which of several errors comes first.
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
            format!("trailer-behindcms{}", kernel.cases.len()),
            material.signed(&[&cms[..], &behind].concat()),
        );
        kernel.add(format!("trailer-behindmarker{}", kernel.cases.len()), [&right[..], &behind].concat());
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

/// Paths in a message with one signer.
const DIGESTS: &[usize] = &[1, 0, 1];
const CONTENT: &[usize] = &[1, 0, 2];
const SIGNER: &[usize] = &[1, 0, 3, 0];
