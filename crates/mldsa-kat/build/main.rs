//! Records the compiler, the target and the profile for the header of reports, and the commit if the builder or the packed
//! archive names it. Git is not asked: two builds of the same source are the same bytes.

mod vectors;

use std::path::Path;
use std::process::Command;
use std::{env, fs};

fn main() {
    vectors::main();
    println!("cargo::rerun-if-env-changed=MLDSA_KAT_COMMIT");
    record("COMPILER", compiler());
    record("TARGET", env::var("TARGET").ok());
    record("PROFILE", env::var("PROFILE").ok());
    record("COMMIT", env::var("MLDSA_KAT_COMMIT").ok().or_else(packed_commit));
}

/// Sets `MLDSA_KAT_BUILD_name` for `env!`; empty if the value is not known.
fn record(name: &str, value: Option<String>) {
    let value: String = value.unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
    println!("cargo::rustc-env=MLDSA_KAT_BUILD_{name}={}", value.trim());
}

/// What `rustc --version` prints.
fn compiler() -> Option<String> {
    let output = Command::new(env::var_os("RUSTC")?).arg("--version").output().ok()?;
    String::from_utf8(output.stdout).ok()
}

/// The commit in the archive that `cargo package` makes; `-modified` if there were changes that no commit has.
fn packed_commit() -> Option<String> {
    let file = Path::new(&env::var_os("CARGO_MANIFEST_DIR")?).join(".cargo_vcs_info.json");
    let text = fs::read_to_string(file).ok()?;
    let value = text.split("\"sha1\"").nth(1)?.split('"').nth(1)?;
    let modified = text.split("\"dirty\"").nth(1).is_some_and(|rest| rest.contains("true"));
    Some(format!("{value}{}", if modified { "-modified" } else { "" }))
}
