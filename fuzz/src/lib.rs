//! What must hold for every input: one file a target, one function `run` in it.
//!
//! A property is a *claim*: it has a name, and it panics if it does not hold. That gives each of them a negative control:
//! `MODSIG_FUZZ_SABOTAGE="the claim's name"` turns it over, and then the replay of the corpus must fail
//! (`tests/replay.rs` does that for every claim of every target, and so shows that the corpus reaches it).

pub mod back_ends;
pub mod certificate;
pub mod claims;
pub mod cms;
pub mod compressed;
pub mod der_tree;
pub mod elf;
pub mod hashing;
pub mod kernel_verdict;
pub mod keys;
pub mod mldsa_keys;
pub mod mldsa_verify;
pub mod private_key;
pub mod script;
pub mod sign_mutate_verify;
pub mod trailer;

/// One fuzz target.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name: that of its file, its binary and its folder in `corpus/`.
    pub name: &'static str,
    /// Checks all claims on one input.
    pub run: fn(&[u8]),
    /// What it claims.
    pub claims: &'static [&'static str],
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "trailer", run: trailer::run, claims: trailer::CLAIMS },
    Target { name: "cms", run: cms::run, claims: cms::CLAIMS },
    Target { name: "certificate", run: certificate::run, claims: certificate::CLAIMS },
    Target { name: "private_key", run: private_key::run, claims: private_key::CLAIMS },
    Target { name: "elf", run: elf::run, claims: elf::CLAIMS },
    Target { name: "compressed", run: compressed::run, claims: compressed::CLAIMS },
    Target { name: "hashing", run: hashing::run, claims: hashing::CLAIMS },
    Target { name: "mldsa_keys", run: mldsa_keys::run, claims: mldsa_keys::CLAIMS },
    Target { name: "mldsa_verify", run: mldsa_verify::run, claims: mldsa_verify::CLAIMS },
    Target { name: "sign_mutate_verify", run: sign_mutate_verify::run, claims: sign_mutate_verify::CLAIMS },
    Target { name: "kernel_verdict", run: kernel_verdict::run, claims: kernel_verdict::CLAIMS },
];
