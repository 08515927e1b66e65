//! PQCsignKAT-style response files: `name = value` text, in the format of NIST's PQC project.
//!
//! A record begins with its `count`; the other fields may be in any order. Values are hexadecimal, except the decimal
//! numbers `count`, `mlen` and `smlen`. Blank lines and lines that begin with `#` are ignored; unknown fields too, with a note.
//!
//! | field | required | check |
//! |---|---|---|
//! | `pk`, `sk` | yes | `sk` is well formed and its public key is `pk` |
//! | `msg`, `sm` | yes | `sm` is signature ‖ `msg`; the signature verifies with `pk` |
//! | `mlen`, `smlen` | no | they are the lengths of `msg` and `sm` |
//! | `ctx` or `context` | no | the context; absent means empty |
//! | `xi`, `seed` | no | xi yields the key pair |
//! | `rng`, `seed` | no | signing again yields the same bytes |
//!
//! xi is the field `xi`, or a `seed` of 32 bytes, or the first 32 bytes of NIST's [`Drbg`] for a `seed` of 48 bytes. The `rnd`
//! of hedged signing is the field `rng`, or the next 32 bytes of that DRBG: key generation and signing draw them in this order.
//! [`Signing`] selects the kind.
//!
//! [`generate`] writes the file that NIST's `PQCgenKAT_sign` generates with such an implementation.

mod check;
mod generate;
mod record;

use mldsa::dynamic::Parameters;

use crate::drbg::Drbg;
use crate::error::Malformed;
use crate::prehash::HashAlg;
use crate::report::{Group, Report};
use crate::scheme::{Implementation, Scheme};

pub use generate::generate;

/// The interface of FIPS 204 that created the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interface {
    /// ML-DSA with `ctx` (algorithms 2 and 3).
    Pure,
    /// HashML-DSA with `ctx` (algorithms 4 and 5).
    PreHash(HashAlg),
    /// Sign_internal (algorithm 7): `msg` is M′, without a prefix. `ctx` is not used.
    Internal,
}

/// How the signatures of the records were made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Signing {
    /// With the field `rng` if a record has it, otherwise deterministic or hedged
    #[default]
    Auto,
    /// With 32 zero bytes
    Deterministic,
    /// With the field `rng`, or with the output of NIST's DRBG after xi
    Hedged,
    /// Unknown: verify the signatures, but do not compute them again
    VerifyOnly,
}

/// Runs every record of `file` with the parameter set and implementation of `scheme`.
///
/// # Errors
/// [`Malformed`] with the line, or the record and field; also if there is no record.
pub fn run<I: Implementation>(
    file: &str,
    scheme: Scheme<I>,
    interface: Interface,
    signing: Signing,
) -> Result<Report, Malformed> {
    let (records, unknown) = record::parse(file)?;
    let mut notes = Vec::new();
    if !unknown.is_empty() {
        let names: Vec<_> = unknown.into_iter().map(|name| format!("`{name}`")).collect();
        notes.push(format!("ignored: unknown fields {}", names.join(", ")));
    }
    if interface == Interface::Internal && records.iter().any(|record| !record.ctx.is_empty()) {
        notes.push("ignored: `ctx`, which the internal interface does not have".to_owned());
    }
    for record in &records {
        draft(record)?;
    }
    let mut group = Group::new("");
    let mut tally = check::Tally::default();
    for record in &records {
        let outcome = check::check(record, scheme, interface, signing, &mut tally);
        group.count(format!("count {} (line {})", record.count, record.line), outcome);
    }
    group.name = format!("{} {interface}, {tally}", scheme.set());
    Ok(Report { groups: vec![group], notes })
}

/// Names a file of the scheme from before FIPS 204: its private keys have a tr of 32 bytes in place of 64.
fn draft(record: &record::Record) -> Result<(), Malformed> {
    let length = record.sk.len();
    match Parameters::ALL.into_iter().find(|set| set.expanded_key_len() == length + 32) {
        None => Ok(()),
        Some(set) => Err(Malformed::new(
            format!("count {} (line {}), field `sk`", record.count, record.line),
            format!(
                "has {length} bytes, as CRYSTALS-Dilithium had before it became {set} ({} bytes); \
                 FIPS 204 gives other signatures",
                set.expanded_key_len()
            ),
        )),
    }
}

impl std::fmt::Display for Interface {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pure => f.write_str("pure"),
            Self::PreHash(hash) => write!(f, "preHash {hash}"),
            Self::Internal => f.write_str("internal"),
        }
    }
}

/// xi and rnd from a 48-byte `seed`: two calls of the DRBG, as in key generation and signing.
fn xi_and_rnd(seed: &[u8; 48]) -> ([u8; 32], [u8; 32]) {
    let mut drbg = Drbg::new(seed);
    (drbg.bytes(), drbg.bytes())
}
