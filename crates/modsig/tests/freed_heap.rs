//! No secret is left in freed memory: keys of every algorithm are read from every form of file, used to sign, written
//! in every form, and dropped; then all memory freed in between is searched. One test, because the allocator watches
//! the whole process.
//!
//! [`KNOWN`] lists what other crates leave; `docs/assurance/constant-time.md` explains it.
//!
//! Optimised code only: a debug build copies values through the stack, and the copies get into unused memory of moved
//! enums.
#![cfg(not(debug_assertions))]

mod common;
#[path = "common/graveyard.rs"]
mod graveyard;

use common::vector;
use graveyard::{Graveyard, Needle, found, freed_in, needles};
use mldsa::backend::{Backend, NttPoly, Poly, Portable};
use mldsa::dynamic::{AnySigningKey, Parameters};
use mldsa::{Rnd, Seed};
use modsig::cert::{Certificate, SelfSigned};
use modsig::key::{KeyAlgorithm, KeyForm, PrivateKey};
use modsig::signer::{BatchSigner, Options, Signer};
use std::hint::black_box;
use zeroize::Zeroizing;

#[global_allocator]
static ALLOCATOR: Graveyard = Graveyard;

const PASSPHRASE: &[u8] = b"c0rrect~h0rse/b4ttery+st4ple";
const FORMS: [KeyForm; 3] = [KeyForm::Seed, KeyForm::Expanded, KeyForm::Both];

/// Secrets that are found and that other crates would have to wipe: (operation, secret, whose).
const KNOWN: [(&str, &str, &str); 3] = [
    ("RSA", "p, limbs", "crypto-bigint, for rsa"),
    ("RSA", "q, limbs", "crypto-bigint, for rsa"),
    ("RSA", "q inverse, limbs", "crypto-bigint, for rsa"),
];

/// `bits` a coefficient, subtracted from `from`.
fn unpacked(bytes: &[u8], bits: usize, from: i32) -> [i32; 256] {
    let bit = |at: usize| i32::from(bytes[at / 8] >> (at % 8) & 1);
    std::array::from_fn(|i| from - (0..bits).map(|b| bit(i * bits + b) << b).sum::<i32>())
}

/// Seed, K, s1, s2, t0: packed, unpacked, transformed; those that are packed in base64 too.
fn ml_dsa_secrets(parameters: Parameters, seed: &Seed) -> Vec<Needle> {
    let key = AnySigningKey::from_seed(parameters, seed);
    let expanded = key.as_expanded_bytes();
    let (polys, eta_bits, eta) = match parameters {
        Parameters::MlDsa44 => (8, 3, 2),
        Parameters::MlDsa65 => (11, 4, 4),
        Parameters::MlDsa87 => (15, 3, 2),
    };
    let mut list = needles("seed", seed.as_bytes());
    list.extend(needles("K", &expanded[32..64]));
    let (secrets, t0) = expanded[128..].split_at(polys * 32 * eta_bits);
    let packed = secrets.chunks_exact(32 * eta_bits).map(|packed| ("s", packed, eta_bits, eta));
    for (what, packed, bits, from) in packed.chain(t0.chunks_exact(416).map(|t0| ("t0", t0, 13, 1 << 12))) {
        list.extend(needles(&format!("{what}, packed"), packed));
        let poly = Poly(unpacked(packed, bits, from));
        let mut transformed = NttPoly([0; 256]);
        Portable.ntt(&poly, &mut transformed);
        for (form, coefficients) in [("", poly.0), (", transformed", transformed.0)] {
            let bytes = coefficients.iter().flat_map(|c| c.to_le_bytes()).collect();
            list.push(Needle { what: format!("{what}{form}"), bytes, window: 32 });
        }
    }
    list
}

/// The values of the INTEGERs (except short ones) and OCTET STRINGs of a traditional key: for RSA those after n, and
/// the EC scalar.
fn traditional_secrets(key: &PrivateKey) -> Vec<Needle> {
    let (label, der) = key.to_traditional().unwrap();
    let tree = common::Node::parse(&der);
    let rsa = ["version", "n", "e", "d", "p", "q", "dp", "dq", "q inverse"];
    let names = if label.starts_with("RSA") { &rsa[..] } else { &["version", "scalar"] };
    let secret = |name: &&str| !["version", "n", "e"].contains(name);
    let mut tree = tree;
    let mut list = Vec::new();
    for (place, name) in names.iter().enumerate().filter(|(_, name)| secret(name)) {
        let common::Node::Primitive(_, value) = tree.at(&[place]) else { panic!("{name}") };
        list.extend(needles(name, value.strip_prefix(&[0]).unwrap_or(value)));
    }
    list
}

struct Report {
    finds: Vec<String>,
    operations: usize,
}

impl Report {
    /// Runs it and searches the memory that it freed.
    fn watch(&mut self, what: &str, secrets: &[Needle], operation: impl FnOnce()) {
        let blocks = freed_in(operation);
        let bytes: usize = blocks.iter().map(|block| block.len()).sum();
        let finds = found(&blocks, secrets);
        println!("{what}: {} blocks, {bytes} bytes freed; {} kinds of finds", blocks.len(), finds.len());
        assert!(blocks.len() > 1, "{what}: nothing was freed");
        self.operations += 1;
        for find in finds {
            match KNOWN.iter().find(|(of, secret, _)| what.contains(of) && find.starts_with(secret)) {
                Some((_, _, whose)) => println!("    {find}: {whose}"),
                None => self.finds.push(format!("{what}: {find}")),
            }
        }
    }
}

/// Runs it on a stack of its own. The code that computes the secrets to search for leaves copies on its stack, and such
/// a copy would get into unused memory of a moved enum.
fn apart<T: Send>(compute: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(compute).join().unwrap())
}

/// Every operation with a key.
fn exercise(report: &mut Report, key: PrivateKey, secrets: &[Needle]) {
    let name = key.algorithm().to_string();
    let name = name.as_str();
    let not_before = der::DateTime::new(2026, 1, 1, 0, 0, 0).unwrap();
    let recipe = SelfSigned { common_name: "freed heap", serial: [1; 20], not_before, days: 1 };
    let certificate = recipe.issue(&key, &Rnd::DETERMINISTIC).unwrap();
    let forms = if key.form().is_some() { &FORMS[..] } else { &FORMS[..1] };

    // The files are created before: their memory belongs to the caller.
    let mut files: Vec<(String, Zeroizing<Vec<u8>>)> = Vec::new();
    for &form in forms {
        let pem = key.to_pem(form).unwrap();
        let bundle = [pem.as_bytes(), certificate.to_pem().as_bytes()].concat();
        files.push((format!("{form:?}, PEM with certificate"), Zeroizing::new(bundle)));
        files.push((format!("{form:?}, DER"), key.to_der(form).unwrap()));
    }
    let encrypted = key.to_encrypted_pem(forms[forms.len() - 1], PASSPHRASE, &[5; 32]).unwrap();
    files.push(("encrypted PEM".into(), Zeroizing::new(encrypted.as_bytes().to_vec())));
    if let Ok((label, der)) = key.to_traditional() {
        files.push((
            "traditional PEM".into(),
            Zeroizing::new(modsig::pem::encode(label, &der).as_bytes().to_vec()),
        ));
        files.push(("traditional DER".into(), der));
    }

    for (what, file) in &files {
        report.watch(&format!("{name}: read, {what}"), secrets, || {
            let read = PrivateKey::decrypt_pem_or_der(file, Some(PASSPHRASE)).unwrap();
            assert_eq!(read.public_key(), certificate.public_key());
        });
    }
    report.watch(&format!("{name}: certificates read beside the key"), secrets, || {
        assert_eq!(Certificate::read_all(&files[0].1).unwrap().len(), 1);
    });
    report.watch(&format!("{name}: sign"), secrets, || {
        let signer = Signer::new(&key, &certificate, Options::default()).unwrap();
        let appended = signer.sign(b"module", &Rnd::from_bytes([3; 32])).unwrap();
        let batch = BatchSigner::new(&signer);
        let rnds: Vec<Rnd> = (0..9).map(|n| Rnd::from_bytes([n; 32])).collect();
        assert!(batch.sign(&[&b"module"[..]; 9], &rnds).iter().all(Result::is_ok));
        black_box(appended);
    });
    report.watch(&format!("{name}: certificate"), secrets, || {
        black_box(recipe.issue(&key, &Rnd::DETERMINISTIC).unwrap());
    });
    for &form in forms {
        report.watch(&format!("{name}: write, {form:?}"), secrets, || {
            black_box(key.to_der(form).unwrap());
            black_box(key.to_pem(form).unwrap());
            black_box(key.to_encrypted_pem(form, PASSPHRASE, &[9; 32]).unwrap());
        });
    }
    if key.form().is_none() {
        report.watch(&format!("{name}: write, traditional"), secrets, || {
            let (label, der) = key.to_traditional().unwrap();
            black_box(modsig::pem::encode(label, &der));
        });
    }
    report.watch(&format!("{name}: drop"), secrets, || drop((key, certificate.clone())));
}

/// Keys in old forms, whose decryption is our own.
fn read_old_forms(report: &mut Report) {
    let p256 = PrivateKey::from_pem_or_der(&vector("modsig/keys/p256.pem")).unwrap();
    let secrets = apart(|| traditional_secrets(&p256));
    for name in [
        "p256-v1-md5-des.der",
        "p256-v1-sha1-rc2-40.der",
        "p256-v2-des3.der",
        "p256-pem-aes-256.pem",
        "p256-legacy.p12",
        "p256-openssl3.p12",
    ] {
        let file = vector(&format!("modsig/keys/old/{name}"));
        report.watch(&format!("read, {name}"), &secrets, || {
            let read = PrivateKey::decrypt_pem_or_der(&file, Some(b"test")).unwrap();
            assert_eq!(read.public_key(), p256.public_key());
        });
    }
    // A bare seed of ML-DSA-44 in PKCS#8.
    let seed = *b"the seed that must not be found.";
    let head = b"\x30\x32\x02\x01\0\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x11\x04\x20";
    let file = Zeroizing::new([&head[..], &seed].concat());
    let secrets = apart(|| ml_dsa_secrets(Parameters::MlDsa44, &Seed::from_bytes(seed)));
    report.watch("read, a bare seed", &secrets, || {
        assert!(PrivateKey::from_der(&file).unwrap().old_form().is_some());
    });
}

#[test]
fn no_secret_in_freed_memory() {
    let mut report = Report { finds: Vec::new(), operations: 0 };
    let seed = *b"the seed that must not be found.";
    for parameters in Parameters::ALL {
        let seed = Seed::from_bytes(seed);
        let mut secrets = apart(|| ml_dsa_secrets(parameters, &seed));
        secrets.extend(needles("passphrase", PASSPHRASE));
        report.watch(&format!("{parameters}: make"), &secrets, || {
            black_box(PrivateKey::generate(KeyAlgorithm::MlDsa(parameters), &seed).unwrap());
        });
        exercise(&mut report, PrivateKey::from_seed(parameters, &seed), &secrets);
    }
    for name in ["rsa2048", "p256", "p384", "p521"] {
        let key = PrivateKey::from_pem_or_der(&vector(&format!("modsig/keys/{name}.pem"))).unwrap();
        let mut secrets = apart(|| traditional_secrets(&key));
        secrets.extend(needles("passphrase", PASSPHRASE));
        exercise(&mut report, key, &secrets);
    }
    read_old_forms(&mut report);
    println!("{} operations, {} finds", report.operations, report.finds.len());
    assert!(report.operations >= 3 * 14 + 4 * 10);

    // The search works: it finds copies that are not wiped, in each form.
    let key = PrivateKey::from_seed(Parameters::MlDsa44, &Seed::from_bytes(seed));
    let secrets = apart(|| ml_dsa_secrets(Parameters::MlDsa44, &Seed::from_bytes(seed)));
    let der = key.to_der(KeyForm::Both).unwrap();
    let pem = key.to_pem(KeyForm::Both).unwrap();
    for (copy, forms) in
        [(der.to_vec(), 1), (pem.as_bytes().to_vec(), 3), (der.iter().rev().copied().collect(), 1)]
    {
        let finds = found(&freed_in(|| drop(black_box(copy))), &secrets);
        assert!(finds.len() >= 4 * forms, "a copy is not found: {finds:?}");
    }
    let finds = found(
        &freed_in(|| {
            // A growing vector leaves its old contents.
            let mut growing = Zeroizing::new(seed.to_vec());
            growing.push(0);
        }),
        &secrets,
    );
    assert_eq!(finds.len(), 1, "{finds:?}");

    assert!(report.finds.is_empty(), "{:#?}", report.finds);
}
