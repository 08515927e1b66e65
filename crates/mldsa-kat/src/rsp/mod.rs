//! PQCsignKAT-style response files: `name = value` text, as NIST's PQC project asked of submitters.
//!
//! A record begins with its `count`; the other fields may stand in any order. Values are hexadecimal
//! but for the three decimal numbers `count`, `mlen` and `smlen`. Lines that are blank or begin
//! with `#` are skipped, unknown fields too.
//!
//! | field | needed | what is checked |
//! |---|---|---|
//! | `pk`, `sk` | yes | `sk` is well formed and its public key is `pk` |
//! | `msg`, `sm` | yes | `sm` is signature ‖ `msg`; the signature verifies with `pk` |
//! | `mlen`, `smlen` | no | they are the lengths of `msg` and `sm` |
//! | `ctx` | no | the context; absent means empty |
//! | `xi`, `seed` | no | the key pair follows from xi |
//! | `rng`, `seed` | no | the signature comes out byte by byte |
//!
//! xi is the field `xi`, or a `seed` of 32 bytes, or the first 32 bytes that NIST's [`Drbg`] gives for
//! a `seed` of 48. The `rnd` of hedged signing is the field `rng`, or the next 32 bytes of that DRBG:
//! the order in which key generation and signing ask for them. [`Signing`] says which is assumed.
//!
//! [`generate`] writes the file that NIST's `PQCgenKAT_sign` makes with such an implementation.

mod check;
mod generate;
mod record;

use crate::drbg::Drbg;
use crate::error::Malformed;
use crate::prehash::HashAlg;
use crate::report::{Group, Report};
use crate::scheme::{Implementation, Scheme};

pub use generate::generate;

/// The interface of FIPS 204 that the records were made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interface {
    /// ML-DSA with `ctx` (algorithms 2 and 3).
    Pure,
    /// HashML-DSA with `ctx` (algorithms 4 and 5).
    PreHash(HashAlg),
    /// Sign_internal (algorithm 7): `msg` is M′, without prefix. `ctx` is not used.
    Internal,
}

/// How the signatures of the records were made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Signing {
    /// With the field `rng` if a record has it; else either of the two below
    #[default]
    Auto,
    /// With 32 zero bytes
    Deterministic,
    /// With the field `rng`, or with what NIST's DRBG gives after xi
    Hedged,
    /// Unknown: the signatures are verified, but not computed again
    VerifyOnly,
}

/// Runs every record of `file` with the parameter set and implementation of `scheme`.
///
/// # Errors
/// [`Malformed`] with the line, or the record and field; also when there is no record.
pub fn run<I: Implementation>(
    file: &str,
    scheme: Scheme<I>,
    interface: Interface,
    signing: Signing,
) -> Result<Report, Malformed> {
    let records = record::parse(file)?;
    let mut group = Group::new("");
    let mut tally = check::Tally::default();
    for record in &records {
        let outcome = check::check(record, scheme, interface, signing, &mut tally);
        group.count(format!("count {} (line {})", record.count, record.line), outcome);
    }
    group.name = format!("{} {interface}, {tally}", scheme.set());
    Ok(Report { groups: vec![group] })
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

/// xi and rnd from a 48-byte `seed`: two calls of the DRBG, as key generation and signing make them.
fn xi_and_rnd(seed: &[u8; 48]) -> ([u8; 32], [u8; 32]) {
    let mut drbg = Drbg::new(seed);
    (drbg.bytes(), drbg.bytes())
}
