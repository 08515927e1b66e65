//! What is measured: one file a library, and each of its operations as a [`Job`].

mod aws_lc;
#[cfg(any(feature = "openssl", feature = "wolfssl"))]
mod c;
mod fips204;
mod libcrux;
mod mldsa_native;
mod ours;
mod pqcrypto;
mod rust_crypto;

use crate::inputs::Inputs;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// A key pair from a seed.
    Keygen,
    /// A signature.
    Sign,
    /// A verification that succeeds.
    Verify,
}

impl Operation {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Keygen, Self::Sign, Self::Verify];

    /// As the tables have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keygen => "keygen",
            Self::Sign => "sign",
            Self::Verify => "verify",
        }
    }
}

/// Where the key is when the clock starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Key {
    /// There is none yet: key generation.
    None,
    /// In its encoding: the time includes the library's own function that reads it, with whatever that checks.
    Read,
    /// In an object of the library which holds the encoding: read and checked before, nothing computed ahead.
    Held,
    /// In an object of the library which holds it decoded, perhaps with the matrix A and its hash.
    Expanded,
}

impl Key {
    /// As the tables have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Read => "read",
            Self::Held => "held",
            Self::Expanded => "expanded",
        }
    }
}

/// Does the operation on input number i, and writes its result where it is told: a public key, a signature, or
/// a byte that is 1 if the signature is good. Copying that much is 30 ns at most, and everybody pays it.
pub type Run = Box<dyn FnMut(usize, &mut [u8])>;

/// One operation of one library.
pub struct Job {
    /// The library, and its variant if it has several.
    pub library: &'static str,
    /// What it does.
    pub operation: Operation,
    /// Where its key is.
    pub key: Key,
    /// It draws its own randomness: a seed or rnd cannot be given.
    pub random: bool,
    /// Does it.
    pub run: Run,
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Job({} {} {:?})", self.library, self.operation.name(), self.key)
    }
}

/// Collects the jobs of one library.
struct Jobs {
    library: &'static str,
    jobs: Vec<Job>,
}

impl Jobs {
    fn of(library: &'static str) -> Self {
        Self { library, jobs: Vec::new() }
    }

    fn add(mut self, operation: Operation, key: Key, run: impl FnMut(usize, &mut [u8]) + 'static) -> Self {
        let job = Job { library: self.library, operation, key, random: false, run: Box::new(run) };
        self.jobs.push(job);
        self
    }

    /// Such as draw their own randomness.
    fn add_random(self, operation: Operation, key: Key, run: impl FnMut(usize, &mut [u8]) + 'static) -> Self {
        let mut jobs = self.add(operation, key, run);
        jobs.jobs.last_mut().expect("one was added").random = true;
        jobs
    }
}

/// All jobs of all libraries on one parameter set.
pub fn jobs(inputs: &'static Inputs) -> Vec<Job> {
    let mut jobs = ours::jobs(inputs);
    for others in [
        mldsa_native::jobs(inputs),
        pqcrypto::jobs(inputs),
        aws_lc::jobs(inputs),
        libcrux::jobs(inputs),
        fips204::jobs(inputs),
        rust_crypto::jobs(inputs),
    ] {
        jobs.extend(others);
    }
    #[cfg(any(feature = "openssl", feature = "wolfssl"))]
    jobs.extend(c::jobs(inputs));
    jobs
}
