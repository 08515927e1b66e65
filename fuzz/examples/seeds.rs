//! Writes the seeds of the corpus from the test vectors: `sh fuzz/seed.sh`. The same files each time; what fuzzing found
//! lies beside them under other names.

use mldsa::dynamic::{AnySigningKey, Parameters};
use mldsa::{Context, Rnd, Seed};
use modsig_cli::files::Compression;
use modsig_fuzz::der_tree::write;
use modsig_fuzz::keys::bases;
use modsig_fuzz::script::write_piece;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn put(target: &str, name: &str, bytes: &[u8]) {
    let folder = root().join("corpus").join(target);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("seed-{name}")), bytes).unwrap();
}

fn vector(path: &str) -> Vec<u8> {
    fs::read(root().join("../test-vectors").join(path)).unwrap()
}

fn main() {
    trailers();
    copies();
    elves();
    packed();
    hashes();
    ml_dsa();
    scripts();
}

fn trailers() {
    let base = bases().all.iter().find(|base| base.name == "P-256").unwrap();
    let tail = modsig::trailer::append(&write(&base.cms)).unwrap();
    let file = [&base.module, &tail[..]].concat();
    put("trailer", "signed", &file);
    put("trailer", "twice", &[&file, &tail[..]].concat());
    put("trailer", "bytes-behind", &[&file, &b"\n"[..]].concat());
    put("trailer", "no-newline", &file[..file.len() - 1]);
    put("trailer", "marker", modsig::trailer::MARKER);
    put("trailer", "marker-alone", &file[file.len() - 35..]);
    for (name, from_end, value) in [("id-type", 38, 1), ("algo", 40, 1), ("pad", 33, 1), ("too-long", 32, 1)]
    {
        let mut file = file.clone();
        let at = file.len() - from_end;
        file[at] = value;
        put("trailer", name, &file);
    }
    let mut pieces = Vec::new();
    write_piece(&mut pieces, b"module");
    put("trailer", "pieces", &[&pieces, &b"cms"[..]].concat());
}

/// Vectors that are inputs as they are, the short ones of each kind.
fn copies() {
    for name in [
        "dummy.mldsa44-ossl35.sf35.sha512",
        "dummy.mldsa44-ossl40.sf40.sha512.k",
        "dummy.p256.sf40.sha256",
        "dummy.p384.sf40.sha1",
        "dummy.rsa2048.sf40.sha512",
    ] {
        put("cms", name, &vector(&format!("modsig/cms/{name}.p7s")));
    }
    put("cms", "not-signed-data", b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x00");
    for base in bases().all.iter().filter(|base| base.module.len() < 100 && write(&base.cms).len() < 7000) {
        put("cms", &base.name.replace(' ', "-"), &write(&base.cms));
    }
    let certificates = [
        "p256.der",
        "p384.der",
        "p521.der",
        "rsa2048.der",
        "p256-sha1.der",
        "rsa2048-md5.der",
        "mldsa44-ossl40.der",
        "p256.pem",
        "p224.pem",
    ];
    for name in certificates {
        put("certificate", name, &vector(&format!("modsig/keys/{name}")));
    }
    let two = [vector("modsig/keys/p256.der"), vector("modsig/keys/rsa2048.der")].concat();
    put("certificate", "two.der", &two);
    put("certificate", "cut.der", &two[..1000]);
    let keys = [
        "p256.pem",
        "p256-sec1.pem",
        "p224.pem",
        "p521.pem",
        "rsa1024.pem",
        "rsa2048-pkcs1.pem",
        "p256-encrypted.pem",
        "p256-encrypted-des3.pem",
        "p256-encrypted-iterations.pem",
        "p256-encrypted-scrypt.pem",
        "p256-legacy-encrypted.pem",
    ];
    for name in keys {
        put("private_key", name, &vector(&format!("modsig/keys/{name}")));
    }
    for name in ["ML-DSA-44-seed", "ML-DSA-87-seed", "ML-DSA-44-both", "ML-DSA-44-expanded"] {
        put("private_key", name, &vector(&format!("rfc9881/{name}.priv")));
    }
    let blocks = modsig::pem::blocks(&vector("modsig/keys/p256-encrypted.pem")).unwrap();
    put("private_key", "p256-encrypted.der", &blocks[0].contents);
    put("private_key", "cut.der", &blocks[0].contents[..100]);
}

/// The smallest file that is taken for a module, of 64 and of 32 bits.
fn elves() {
    const NAMES: &[u8] = b"\0.modinfo\0.gnu.linkonce.this_module\0.shstrtab\0";
    for wide in [true, false] {
        let word = |value: u32| {
            if wide { u64::from(value).to_le_bytes().to_vec() } else { value.to_le_bytes().to_vec() }
        };
        let header_len: u16 = if wide { 64 } else { 52 };
        let section_len: u16 = if wide { 64 } else { 40 };
        let names_at = u32::from(header_len);
        let sections_at = names_at + NAMES.len() as u32 + 2;
        let mut file = b"\x7fELF".to_vec();
        file.extend([if wide { 2 } else { 1 }, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        file.extend([1, 0, 62, 0, 1, 0, 0, 0]);
        file.extend([word(0), word(0), word(sections_at)].concat());
        file.extend([0; 4]);
        for value in [header_len, 0, 0, section_len, 4, 3] {
            file.extend(value.to_le_bytes());
        }
        file.extend(NAMES);
        file.extend([0; 2]);
        let names_len = NAMES.len() as u32;
        for (name, kind, at, len) in
            [(0, 0u32, 0, 0), (1, 1, names_at, 4), (10, 1, names_at, 8), (36, 3, names_at, names_len)]
        {
            let name: u32 = name;
            file.extend([name.to_le_bytes(), kind.to_le_bytes()].concat());
            file.extend([word(0), word(0), word(at), word(len)].concat());
            file.extend([0; 8]);
            file.extend([word(1), word(0)].concat());
        }
        put("elf", if wide { "64" } else { "32" }, &file);
    }
    put("elf", "gzip", b"\x1f\x8b\x08");
    put("elf", "header", b"\x7fELF\x02\x01\x01");
}

fn packed() {
    let contents = b"contents contents contents contents of a module";
    for (number, format) in (0u8..).zip(Compression::ALL) {
        let stream = format.pack(contents).unwrap();
        put("compressed", format.name(), &[&[number], &stream[..]].concat());
        put(
            "compressed",
            &format!("{}-empty", format.name()),
            &[&[number], &format.pack(b"").unwrap()[..]].concat(),
        );
        put("compressed", &format!("{}-twice", format.name()), &[&[number], &stream[..], &stream].concat());
        put("compressed", &format!("{}-pack", format.name()), &[&[0x80 | number], &contents[..]].concat());
        // A kilobyte for each byte and more: what a bomb starts as.
        put(
            "compressed",
            &format!("{}-zeros", format.name()),
            &[&[number], &format.pack(&[0; 100_000]).unwrap()[..]].concat(),
        );
    }
}

fn hashes() {
    let bytes: Vec<u8> = (0..1500u32).map(|at| (at * at >> 3) as u8).collect();
    for len in [0, 1, 24, 25, 24 + 135, 24 + 136, 24 + 168, 24 + 273, 700, 1500] {
        put("hashing", &len.to_string(), &bytes[..len]);
    }
}

fn ml_dsa() {
    for (number, parameters) in (0u8..).zip(Parameters::ALL) {
        let key = AnySigningKey::from_seed(parameters, &Seed::from_bytes([number; 32]));
        put("mldsa_keys", &format!("{parameters}-seed"), &[&[number], &[number; 32][..]].concat());
        put("mldsa_keys", &format!("{parameters}-expanded"), &[&[number], key.as_expanded_bytes()].concat());
        let mut wrong = key.as_expanded_bytes().to_vec();
        wrong[200] ^= 0x10;
        put("mldsa_keys", &format!("{parameters}-wrong"), &[&[number], &wrong[..]].concat());
        for (name, context) in [("plain", &b""[..]), ("context", b"ctx")] {
            let known = Context::new(context).unwrap();
            let signature = key.sign(b"message", known, &Rnd::DETERMINISTIC);
            let mut input = vec![number];
            write_piece(&mut input, key.verifying_key().as_bytes());
            write_piece(&mut input, context);
            write_piece(&mut input, b"message");
            input.extend(signature.as_bytes());
            put("mldsa_verify", &format!("{parameters}-{name}"), &input);
            input.pop();
            if number == 0 {
                put("mldsa_verify", &format!("{parameters}-{name}-short"), &input);
            }
        }
    }
    put("mldsa_verify", "nothing", &[0]);
    put("mldsa_keys", "short", &[0; 100]);
    for base in 0..6u8 {
        put("sign_mutate_verify", &format!("{base}"), &[base]);
        put("sign_mutate_verify", &format!("{base}-flip"), &[base, 0, 0, base * 3, 17, 2]);
        put("sign_mutate_verify", &format!("{base}-hints"), &[base, 4, 8, 0, 80, 1, 4, 7, 0, 3, 1]);
        put("sign_mutate_verify", &format!("{base}-context"), &[base, 5, 0]);
    }
}

/// Each base as it is, for each kernel; then one edit of every kind on each, here and there.
fn scripts() {
    for base in 0..bases().all.len() as u8 {
        for how in [0u8, 0x40, 0x80] {
            put("kernel_verdict", &format!("{base:02}-{how:02x}"), &[base, how, 0]);
        }
        for what in 0..14u8 {
            let at = base.wrapping_mul(7).wrapping_add(what.wrapping_mul(5));
            let how = [0, 0x40, 0x80, 1, 2, 4, 8][usize::from(base.wrapping_add(what) % 7)];
            put(
                "kernel_verdict",
                &format!("{base:02}-edit-{what:02}"),
                &[base, how, 1, what, 0, at, 1, 3, at, 2, 1],
            );
        }
    }
}
