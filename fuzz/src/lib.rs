//! What must hold for every input: one file a target, one function `run` in it.
//!
//! A property is a *claim*: it has a name, and it panics if it does not hold. That gives each of them a negative control:
//! `MODSIG_FUZZ_SABOTAGE="the claim's name"` turns it over, and then the replay of the corpus must fail
//! (`tests/replay.rs` does that for every claim of every target, and so shows that the corpus reaches it).
//!
//! An input must cost little, so that millions of them can be tried: where there are several questions about the same bytes
//! (which back end, which schedule, which judge), an input asks *one*, and its first byte says which. The replay asks all of
//! each file.

pub mod back_ends;
pub mod certificate;
pub mod claims;
pub mod cms;
pub mod command_line;
pub mod compressed;
pub mod der_tree;
pub mod efi_variables;
pub mod elf;
pub mod hashing;
pub mod kernel_config;
pub mod kernel_image;
pub mod kernel_verdict;
pub mod keys;
pub mod mldsa_keys;
pub mod mldsa_verify;
pub mod policy_file;
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
    /// How many questions there are. From two on, the first byte of the input chooses one (modulo their number).
    pub questions: u8,
    /// The longest input, in bytes, that the fuzzer makes.
    pub max_len: usize,
}

/// The question that an input asks, of so many, and what it asks it about.
pub fn question(data: &[u8], questions: u8) -> Option<(u8, &[u8])> {
    data.split_first().map(|(first, rest)| (first % questions, rest))
}

macro_rules! targets {
    ($($name:ident),*) => {
        &[$(Target {
            name: stringify!($name),
            run: $name::run,
            claims: $name::CLAIMS,
            questions: $name::QUESTIONS,
            max_len: $name::MAX_LEN,
        }),*]
    };
}

/// All of them.
pub const TARGETS: &[Target] = targets![
    trailer,
    cms,
    certificate,
    private_key,
    elf,
    compressed,
    hashing,
    mldsa_keys,
    mldsa_verify,
    sign_mutate_verify,
    kernel_verdict,
    policy_file,
    kernel_config,
    command_line,
    kernel_image,
    efi_variables
];
