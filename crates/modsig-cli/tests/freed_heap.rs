//! The programs leave nothing secret in freed memory: neither the key nor its file's text nor the passphrase, whether they make
//! a key, read it, convert it or sign with it.
//!
//! This program runs itself: the child's arguments are those of the program that it becomes, under an allocator that keeps
//! what is freed and searches it at the end. On optimised code only, as `crates/modsig/tests/freed_heap.rs`, which searches more.

#[path = "../../modsig/tests/common/graveyard.rs"]
mod graveyard;

use graveyard::{Graveyard, Needle, found, freed_in, needles};
use modsig::key::{KeyForm, PrivateKey};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

#[global_allocator]
static ALLOCATOR: Graveyard = Graveyard;

const PASSPHRASE: &str = "c0rrect~h0rse/b4ttery+st4ple";
/// The program that the child becomes, and the key that it handles (read when it has ended, with [`PASSPHRASE`]).
const PROGRAM: &str = "FREED_HEAP_PROGRAM";
const KEY: &str = "FREED_HEAP_KEY";
/// The child shall leave a copy of the key: the control.
const CONTROL: &str = "FREED_HEAP_CONTROL";

/// What `cargo test -- --list` asks of each test binary, and `cargo nextest` before it runs one.
fn list() {
    if !std::env::args().any(|argument| argument == "--ignored") {
        println!("freed_heap: test");
    }
}

fn main() -> ExitCode {
    if std::env::var_os(PROGRAM).is_none() && std::env::args().any(|argument| argument == "--list") {
        list();
        return ExitCode::SUCCESS;
    }
    if cfg!(debug_assertions) {
        println!("skipped: freed memory is searched in optimised builds only");
        return ExitCode::SUCCESS;
    }
    match std::env::var(PROGRAM) {
        Ok(program) => child(&program),
        Err(_) => parent(),
    }
}

/// The secrets of a key's file.
fn secrets(file: &Path) -> Vec<Needle> {
    let bytes = std::fs::read(file).expect("the key's file");
    let key = PrivateKey::decrypt_pem_or_der(&bytes, Some(PASSPHRASE.as_bytes())).expect("a key");
    let mut list = needles("passphrase", PASSPHRASE.as_bytes());
    match key.to_traditional() {
        // ECPrivateKey ::= SEQUENCE { version, OCTET STRING of 32, … }
        Ok((_, der)) => list.extend(needles("scalar", &der[7..39])),
        Err(_) => {
            let expanded = key.to_der(KeyForm::Expanded).expect("it has this form");
            // rho, K, tr, s1, s2, t0: 4032 bytes of ML-DSA-65.
            let expanded = &expanded[expanded.len() - 4032..];
            list.extend(needles("K", &expanded[32..64]));
            list.extend(needles("s1, s2, t0", &expanded[128..]));
            if let Ok(seed) = key.to_der(KeyForm::Seed) {
                list.extend(needles("seed", &seed[seed.len() - 32..]));
            }
        }
    }
    list
}

fn child(program: &str) -> ExitCode {
    let control = std::env::var_os(CONTROL).map(|key| std::fs::read(key).expect("the key's file"));
    let mut exit = ExitCode::FAILURE;
    let blocks = freed_in(|| {
        exit = match program {
            "module-key" => modsig_cli::module_key::main(),
            _ => modsig_cli::sign_module::main(),
        };
        drop(std::hint::black_box(control));
    });
    let finds = found(&blocks, &secrets(Path::new(&std::env::var_os(KEY).expect("the key's name"))));
    println!("{} freed blocks, {} kinds of finds", blocks.len(), finds.len());
    finds.iter().for_each(|find| println!("FOUND {find}"));
    exit
}

/// A run of one program: its output.
fn run(program: &str, key: &Path, arguments: &[&Path], environment: &[(&str, &Path)]) -> String {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(arguments).env(PROGRAM, program).env(KEY, key).envs(environment.iter().copied());
    let done = command.output().expect("it runs");
    let printed = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{arguments:?}: {printed}{}", String::from_utf8_lossy(&done.stderr));
    assert!(printed.contains(" freed blocks, "), "{arguments:?}: {printed}");
    printed
}

fn parent() -> ExitCode {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let passphrase = at("passphrase");
    std::fs::write(&passphrase, format!("{PASSPHRASE}\n")).expect("it is written");
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors/modules/dummy.ko");
    let pin = [("KBUILD_SIGN_PIN", Path::new(PASSPHRASE))];
    // program, key searched for (read when it has ended), arguments; `@name` is a file in the folder
    let runs: [(&str, &str, &str, bool); 14] = [
        ("module-key", "a.pem", "generate --out @a.pem", false),
        (
            "module-key",
            "b.pem",
            "generate --form both --encrypt --passphrase-file @passphrase --out @b.pem",
            false,
        ),
        ("module-key", "c.pem", "generate --algorithm p-256 --out @c.pem", false),
        ("module-key", "d.pem", "generate --encrypt --algorithm p-256 --out @d.pem", true),
        ("module-key", "a.pem", "convert @a.pem --form both --out @e.pem", false),
        ("module-key", "a.pem", "convert @a.pem --form expanded --format der --out @f.der", false),
        ("module-key", "b.pem", "convert @b.pem --passphrase-file @passphrase --out @g.pem", false),
        ("module-key", "c.pem", "convert @c.pem --traditional --out @h.pem", false),
        ("module-key", "c.pem", "convert @c.pem --encrypt --out @i.pem", true),
        ("sign-module", "a.pem", "--key @a.pem --output @1.ko MODULE", false),
        ("sign-module", "b.pem", "--key @b.pem --passphrase-file @passphrase --output @2.ko MODULE", false),
        ("sign-module", "f.der", "--deterministic --key @f.der --cert @a.x509 --output @3.ko MODULE", false),
        ("sign-module", "c.pem", "--key @c.pem --output @4.ko MODULE", false),
        ("sign-module", "d.pem", "--key @d.pem --output @5.ko MODULE", true),
    ];
    let mut wrong = 0;
    for (program, key, arguments, with_pin) in runs {
        let arguments: Vec<PathBuf> = arguments
            .split(' ')
            .map(|word| match word.strip_prefix('@') {
                Some(name) => at(name),
                None if word == "MODULE" => module.clone(),
                None => word.into(),
            })
            .collect();
        let arguments: Vec<&Path> = arguments.iter().map(PathBuf::as_path).collect();
        let printed = run(program, &at(key), &arguments, if with_pin { &pin } else { &[] });
        let finds: Vec<&str> = printed.lines().filter(|line| line.starts_with("FOUND")).collect();
        println!("{program} {}: {}", arguments[0].display(), if finds.is_empty() { "nothing" } else { "" });
        finds.iter().for_each(|find| println!("    {find}"));
        wrong += finds.len();
    }
    // The search can find: the same with a copy of the key's file left behind.
    let (key, out) = (at("a.pem"), at("j.pem"));
    let arguments = [Path::new("convert"), &key, Path::new("--out"), &out];
    let printed = run("module-key", &key, &arguments, &[(CONTROL, &key)]);
    assert!(printed.contains("FOUND seed, base64"), "a copy is not found: {printed}");
    println!("test result: {}. {} runs, {wrong} finds", if wrong == 0 { "ok" } else { "FAILED" }, runs.len());
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
