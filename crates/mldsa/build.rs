//! Sets `cfg(modsig_x86)` or `cfg(modsig_neon)` where this crate has vector back ends: the only place that knows which targets
//! and compilers they need. Reads environment variables of cargo and runs `rustc --version`; nothing else.
//!
//! `modsig-keccak`, `modsig-mldsa` and `mldsa-kat` have the same file, since packages cannot share one: `./check msrv` compares
//! them. `--cfg mldsa_backend="portable"` is not known here; the code adds `not(mldsa_backend = "portable")`.

use std::env;
use std::process::Command;

/// The first Rust 1.x for the vector back ends: 1.86 has safe functions with target features, 1.87 safe intrinsics, 1.88
/// `as_chunks`, 1.89 AVX-512. Older compilers build the portable back end only.
const VECTORS: u32 = 89;

/// Also called by the build script of `mldsa-kat`.
pub fn main() {
    // Otherwise, cargo runs this again for each changed file. A change of this file or of the compiler needs no line.
    println!("cargo::rerun-if-env-changed=RUSTC");
    println!("cargo::rustc-check-cfg=cfg(modsig_x86, modsig_neon)");
    if minor_version().is_none_or(|minor| minor < VECTORS) {
        return;
    }
    let target = |name: &str| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    let has_neon = target("FEATURE").split(',').any(|feature| feature == "neon");
    match target("ARCH").as_str() {
        "x86_64" => println!("cargo::rustc-cfg=modsig_x86"),
        "aarch64" if has_neon && target("ENDIAN") == "little" => println!("cargo::rustc-cfg=modsig_neon"),
        _ => {}
    }
}

/// `n` of "rustc 1.n.…", or `None` if the compiler prints something else.
fn minor_version() -> Option<u32> {
    let output = Command::new(env::var_os("RUSTC")?).arg("--version").output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    version.strip_prefix("rustc 1.")?.split('.').next()?.parse().ok()
}
