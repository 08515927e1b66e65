//! Writes the seeds of the corpus from the test vectors: `sh fuzz/seed.sh`. The same files each time; what fuzzing found
//! lies beside them under other names. And the dictionaries of the targets whose input is text.

use mldsa::dynamic::{AnySigningKey, Parameters};
use mldsa::{Context, Rnd, Seed};
use modsig::algorithm::Digest;
use modsig::kernel::ConfigOption;
use modsig::verdict::{KeyKind, Policy};
use modsig_cli::files::{Compression, pack};
use modsig_cli::kernel_choice::KernelChoice;
use modsig_fuzz::der_tree::write;
use modsig_fuzz::keys::bases;
use modsig_fuzz::policy_file::written;
use modsig_fuzz::script::write_piece;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn put(target: &str, name: &str, bytes: &[u8]) {
    let folder = root().join("corpus").join(target);
    fs::create_dir_all(&folder).unwrap();
    let target = modsig_fuzz::TARGETS.iter().find(|it| it.name == target).unwrap();
    // The replay asks all questions of each file.
    let question: &[u8] = if target.questions > 1 { &[0] } else { &[] };
    fs::write(folder.join(format!("seed-{name}")), [question, bytes].concat()).unwrap();
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
    policies();
    kernels();
    command_lines();
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
    let old_keys = [
        "p256-v1-md5-des.der",
        "p256-v1-sha1-rc2-40.der",
        "p256-pem-des-ede3.pem",
        "p256-legacy.p12",
        "p256-open.p12",
        "mldsa44-openssl35-bare-seed.der",
    ];
    for name in old_keys {
        put("private_key", name, &vector(&format!("modsig/keys/old/{name}")));
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
        let stream = pack(format, contents, None).unwrap();
        put("compressed", format.name(), &[&[number], &stream[..]].concat());
        put(
            "compressed",
            &format!("{}-empty", format.name()),
            &[&[number], &pack(format, b"", None).unwrap()[..]].concat(),
        );
        put("compressed", &format!("{}-twice", format.name()), &[&[number], &stream[..], &stream].concat());
        put(
            "compressed",
            &format!("{}-pack", format.name()),
            // The comma makes it one of those that are packed.
            &[&[modsig_fuzz::compressed::PACK | number], &contents[..], b","].concat(),
        );
        // A kilobyte for each byte and more: what a bomb starts as.
        put(
            "compressed",
            &format!("{}-zeros", format.name()),
            &[&[number], &pack(format, &[0; 100_000], None).unwrap()[..]].concat(),
        );
    }
}

fn hashes() {
    let bytes: Vec<u8> = (0..1500u32).map(|at| ((at * at) >> 3) as u8).collect();
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
                input[0] = 192;
                put("mldsa_verify", &format!("{parameters}-{name}-short"), &input);
            }
        }
    }
    put("mldsa_verify", "nothing", &[192]);
    put("mldsa_keys", "short", &[[192].as_slice(), &[0; 100]].concat());
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

/// The words of a language, as libFuzzer reads them: `-dict=`.
fn dictionary<'w>(target: &str, words: impl IntoIterator<Item = &'w str>) {
    let words: BTreeSet<&str> = words.into_iter().filter(|word| word.len() > 1).collect();
    let escaped = |word: &&str| word.replace('"', "\\\"").replace('\n', "\\x0a");
    let lines: String = words.iter().map(|word| format!("\"{}\"\n", escaped(word))).collect();
    fs::create_dir_all(root().join("dictionaries")).unwrap();
    fs::write(root().join(format!("dictionaries/{target}.dict")), lines).unwrap();
}

fn policies() {
    let documented = fs::read_to_string(root().join("../docs/guide/policy.md")).unwrap();
    let example = documented.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    put("policy_file", "documented", example.as_bytes());
    for (name, policy) in Policy::PRESETS {
        put("policy_file", name, format!("base = \"{name}\"\n").as_bytes());
        put("policy_file", &format!("{name}-written"), written(&policy, None).as_bytes());
        let kernel = KernelChoice::named("debian-7.2").unwrap();
        put("policy_file", &format!("{name}-with-kernel"), written(&policy, Some(&kernel)).as_bytes());
    }
    for (name, text) in [
        ("empty", ""),
        ("sha1", "digests = [\"sha1\"]"),
        ("nothing", "algorithms = []"),
        ("lines", "min-signers = 2\nkernel = \"waiver\"\nkernel-options.CRYPTO_RSA = false"),
        ("two-names", "[kernel-options]\nCRYPTO_SHA1 = false\nCONFIG_CRYPTO_SHA1 = true\n"),
        ("unknown", "\n\nmin-signer = 1"),
        ("string", "base = \"\"\"\ndefault\"\"\""),
        ("bits", "min-rsa-bits = 4096\nmax-rsa-bits = 2048"),
        ("number", "min-signers = 99999999999999999999"),
        ("table", "kernel-options = { CRYPTO_MLDSA = true, \"X\" = 1 }"),
    ] {
        put("policy_file", name, text.as_bytes());
    }
    let words = example.split([' ', '\n', ',', '[', ']', '"']);
    let kinds = KeyKind::ALL.map(KeyKind::name);
    let digests = Digest::SIGNING.map(Digest::name);
    dictionary("policy_file", words.chain(kinds).chain(digests).chain(["\"\"\"", "= [", "\"]"]));
}

fn kernels() {
    let all: String = ConfigOption::ALL.iter().map(|option| format!("{}=y\n", option.name())).collect();
    for (name, text) in [
        ("all", format!("CONFIG_MODULE_SIG=y\n{all}")),
        ("modules", format!("CONFIG_MODULE_SIG=m\r\n{}", all.replace("=y", "=m"))),
        ("off", format!("CONFIG_MODULE_SIG=y\n{}", all.replace("=y", "=n"))),
        ("without", all.clone()),
        ("none", "# Linux/x86 7.2.0 Kernel Configuration\n".to_owned()),
        ("twice", "CONFIG_MODULE_SIG=y\nCONFIG_MODULE_SIG=n\nCONFIG_LOCALVERSION=\"=\"\n".to_owned()),
    ] {
        put("kernel_config", name, text.as_bytes());
    }
    let options =
        [("option", "CRYPTO_MLDSA"), ("option-long", "CONFIG_CRYPTO_SHA1"), ("option-unknown", "X")];
    for (name, option) in options {
        put("kernel_config", name, &[&[3], option.as_bytes()].concat());
    }
    let names = ConfigOption::ALL.map(ConfigOption::name);
    let more = ["CONFIG_MODULE_SIG=y", "=y\n", "=m\n", " is not set", "CONFIG_"];
    dictionary("kernel_config", names.into_iter().chain(more));
}

/// The options and verbs of a command, with values that some of them take.
fn words(command: &clap::Command, into: &mut Vec<String>) {
    for argument in command.get_arguments() {
        into.extend(argument.get_long().map(|name| format!("--{name}")));
        into.extend(argument.get_short().map(|name| format!("-{name}")));
        into.extend(argument.get_possible_values().iter().map(|value| value.get_name().to_owned()));
    }
    for verb in command.get_subcommands() {
        into.push(verb.get_name().to_owned());
        words(verb, into);
    }
}

fn command_lines() {
    for (name, line) in [
        ("sign", "0 --key k --cert=c --hash sha512 --skid --deterministic --jobs 2 a.ko b.ko"),
        ("sign-detached", "0 -q --key k --detached --output o --force a.ko"),
        ("sign-attach", "0 --attach --cert c --signature s a.ko"),
        ("sign-strip", "0 --strip --no-sync --any-file a.ko"),
        ("sign-extract", "0 --extract --force --files-from list -0"),
        ("sign-prepare", "0 prepare --cert c --resign a.ko"),
        ("sign-attach-raw", "0 attach --cert c -v a.ko"),
        ("sign-both", "0 --strip --extract a.ko"),
        ("verify", "1 --trust t --trust=u --policy cnsa2 --kernel waiver --kernel-option CRYPTO_SHA1=n a.ko"),
        ("verify-explain", "1 --explain --kernel-config c a.ko"),
        ("verify-json", "1 --json --trust t --jobs 0 a.ko"),
        ("verify-both", "1 --trust t -q -v a.ko"),
        ("key-generate", "2 generate --algorithm ml-dsa-87 --common-name N --out k"),
        ("key-show", "2 show k c"),
        ("key-check", "2 check --cert c k"),
        ("key-convert", "2 convert --encrypt k --out l"),
        ("key-public", "2 public --format der c"),
        ("key-request", "2 request k --out r"),
        ("key-help", "2 help generate"),
        ("sign-file", "3 -dpk sha512 k c a.ko b.ko"),
        ("sign-file-raw", "3 -s r sha512 c a.ko"),
        ("help", "1 --help"),
        ("help-short", "0 prepare -h"),
        ("version", "2 --version"),
        ("nothing", "0"),
        ("operands", "1 --trust t -- --x -"),
        ("slip", "1 --trsut t a.ko"),
    ] {
        put("command_line", name, line.replacen(' ', "", 1).replace(' ', "\n").as_bytes());
    }
    let mut all = ["\n--", "\n-", "CRYPTO_MLDSA=n", "sha3-512"].map(str::to_owned).to_vec();
    for program in modsig_fuzz::command_line::PROGRAMS {
        let mut command = program();
        command.build();
        words(&command, &mut all);
    }
    dictionary("command_line", all.iter().map(String::as_str));
}
