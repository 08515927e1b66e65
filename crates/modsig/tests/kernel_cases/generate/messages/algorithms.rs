//! Digest and signature algorithms of a SignerInfo, and its signer identifier.

use modsig::algorithm::Digest;

use super::super::build::{Certificate, Signer, of_one};
use super::super::tree::{null, oid, prim, seq};
use super::super::{Kernel, Material};
use super::{DIGESTS, SIGNER};

pub fn cases(material: &Material, p256: &Certificate, ml_dsa: &Certificate, kernel: &mut Kernel) {
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
