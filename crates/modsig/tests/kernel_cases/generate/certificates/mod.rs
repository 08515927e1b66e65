//! Trusted certificates: every element in every unusual form, every extension, names, times, keys.

mod algorithms;
mod extensions;
mod parts;
mod public_keys;

use modsig::algorithm::Digest;
use modsig::public_key::Curve;

use super::build::{AKID, Certificate, SKID, Signer, name, of_one, sign_tbs};
use super::keys::{self, Key};
use super::tree::{Node, changes, prim, raw, seq};
use super::{Kernel, Material};

/// The largest number of certificates for one kernel, with a margin.
const ROOM: usize = 60_000;

/// A certificate, and a module that shows whether its key is trusted.
struct Case {
    name: String,
    certificate: Vec<u8>,
    file: Vec<u8>,
}

pub fn kernels(material: &Material) -> Vec<Kernel> {
    let mut cases = Vec::new();
    trees(material, &mut cases);
    extensions::cases(material, &mut cases);
    parts::cases(material, &mut cases);
    algorithms::cases(material, &mut cases);
    let mut kernels: Vec<Kernel> = Vec::new();
    let mut used = ROOM;
    for case in cases {
        // A certificate that ends the list would hide those after it: it gets a kernel of its own.
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
            // One before and one after.
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

/// A certificate with its own name and number, so that none replaces another.
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

/// Placeholder for the number of the case in the changed trees.
const MARK: [u8; 4] = [0x5a, 0xa5, 0x3c, 0xc3];

/// The same bytes with the number of the case instead of the placeholder.
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
            // The changed TBSCertificate, with a valid signature.
            let tbs = raw(renumbered(tbs.ber(), number));
            let tree = sign_tbs(tbs, &key, Digest::Sha256);
            number = add(format!("{family}-{what}"), certificate, tree.ber());
        }
    }
    for (what, tree) in changes(&own.own(), &[&[0]]) {
        // With the signature over the TBSCertificate before it got its number: invalid, except where Linux stops
        // earlier.
        number = add(format!("whole-{what}"), &own, renumbered(tree.ber(), number));
    }
    for (what, tree) in changes(&issued.own(), &[&[0]]) {
        number = add(format!("wholeissued-{what}"), &issued, renumbered(tree.ber(), number));
    }
}
