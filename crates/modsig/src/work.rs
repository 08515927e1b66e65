//! Limits the cost of one question about a file: every expensive operation is cached, counted and bounded.
//!
//! A CMS of 64 KB can require minutes of public-key operations: it chooses the length of RSA exponents, the number of
//! signers that share a chain of certificates, and how often a signature is repeated. So both verifiers compute through
//! [`Work::once`], which
//!
//! - computes each operation once for a file, however often it is needed;
//! - charges each question for the distinct operations that it needs, cached or not, so that the result of a question
//!   does not depend on earlier ones;
//! - fails when [`Work::LIMIT`] is spent. From then on the only answer to the question is "too expensive to evaluate".

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use mldsa::dynamic::Parameters;
use sha2::{Digest as _, Sha256};

use crate::public_key::{Curve, PublicKey};

/// The identifier of an operation: a hash of everything that its result depends on.
type Name = [u8; 32];

/// The result of an operation; `None` stands for a signature that does not verify.
type Outcome = Option<Vec<u8>>;

/// The results for all questions about one file (or about one set of certificates).
#[derive(Debug, Clone, Default)]
pub(crate) struct Memo(Arc<Mutex<Computations>>);

#[derive(Debug, Default)]
struct Computations {
    outcomes: HashMap<Name, Outcome>,
    /// Their cost, in the units of [`Work::LIMIT`].
    cost: u64,
}

impl Memo {
    /// How many operations were computed, and their cost.
    #[cfg(test)]
    pub(crate) fn computed(&self) -> (usize, u64) {
        let computations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (computations.outcomes.len(), computations.cost)
    }

    /// Inserts a result that was computed elsewhere.
    pub(crate) fn insert(&self, operation: &Operation, outcome: Outcome) {
        let mut computations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        computations.outcomes.insert(operation.name, outcome);
    }
}

/// An operation: its identifier and its cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operation {
    name: Name,
    cost: u64,
    /// It reads the whole module.
    reads_module: bool,
}

impl Operation {
    /// `kind` names the function that is computed, `inputs` are its arguments.
    pub(crate) fn new(kind: &str, inputs: &[&[u8]], cost: u64) -> Self {
        Self { name: Self::name(kind, inputs), cost, reads_module: false }
    }

    /// An operation whose cost is one pass over the module.
    pub(crate) fn reading_module(kind: &str, inputs: &[&[u8]]) -> Self {
        Self { name: Self::name(kind, inputs), cost: 0, reads_module: true }
    }

    fn name(kind: &str, inputs: &[&[u8]]) -> Name {
        let mut hash = Sha256::new();
        for part in [kind.as_bytes()].iter().chain(inputs) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

/// The remaining work of one question.
#[derive(Debug)]
pub(crate) struct Work {
    memo: Memo,
    charged: HashSet<Name>,
    left: u64,
    readings_left: u32,
    /// The limit for all questions together.
    total: u64,
    exceeded: bool,
}

impl Default for Work {
    /// The work of the first question about a file.
    fn default() -> Self {
        Self::new(&Memo::default())
    }
}

impl Work {
    /// The limit of one question. A unit is about a nanosecond on an ordinary core of 2020, so this is a fifth of a
    /// second: 340 RSA-4096 signatures with the exponent 65537, or 500 of P-256. Real modules have at most a handful.
    pub(crate) const LIMIT: u64 = 200_000_000;

    /// The limit for all questions about one file, as a multiple of [`Self::LIMIT`]. The questions are about the same
    /// signatures, so real files stay far below it.
    const QUESTIONS: u64 = 3;

    /// The number of ML-DSA keys with which one question may hash the module: each key requires its own hash (FIPS 204,
    /// Algorithm 7, line 6), and a CMS has room for 27 signatures. With the eight digests that a CMS may also use, a module of
    /// 32 MiB, the most that a compressed file of 1 MiB unpacks to, is hashed within a second.
    pub(crate) const READINGS: u32 = 6;

    /// What a trusted certificate adds to [`Self::LIMIT`]: its own signature, verified when a keyring is created.
    pub(crate) const CERTIFICATE: u64 = 4_000_000;

    /// Starts a question about a file.
    pub(crate) fn new(memo: &Memo) -> Self {
        Self {
            memo: memo.clone(),
            charged: HashSet::new(),
            left: Self::LIMIT,
            readings_left: Self::READINGS,
            total: Self::LIMIT * Self::QUESTIONS,
            exceeded: false,
        }
    }

    /// Starts the question which of some trusted certificates are usable.
    pub(crate) fn of_certificates(memo: &Memo, count: usize) -> Self {
        let left = (count as u64).saturating_mul(Self::CERTIFICATE).saturating_add(Self::LIMIT);
        Self { left, total: u64::MAX, ..Self::new(memo) }
    }

    /// Whether the question exceeded its limit. Then the only valid answer is "too expensive to evaluate".
    pub(crate) fn is_exceeded(&self) -> bool {
        self.exceeded
    }

    /// The result of an operation, computed by `compute` unless it is cached.
    ///
    /// # Errors
    /// [`TooExpensive`], from the first operation over the limit.
    pub(crate) fn once(
        &mut self,
        operation: &Operation,
        compute: impl FnOnce() -> Outcome,
    ) -> Result<Outcome, TooExpensive> {
        if self.exceeded {
            return Err(TooExpensive);
        }
        if self.charged.insert(operation.name) {
            let left = self.left.checked_sub(operation.cost);
            let readings_left = self.readings_left.checked_sub(operation.reads_module.into());
            let (Some(left), Some(readings_left)) = (left, readings_left) else { return Err(self.exceed()) };
            (self.left, self.readings_left) = (left, readings_left);
        }
        // No code panics while it holds the lock, and a poisoned lock still holds complete results.
        let mut computations = self.memo.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(outcome) = computations.outcomes.get(&operation.name) {
            return Ok(outcome.clone());
        }
        let cost = computations.cost.saturating_add(operation.cost);
        if cost > self.total {
            drop(computations);
            return Err(self.exceed());
        }
        computations.cost = cost;
        drop(computations);
        let outcome = compute();
        let mut computations = self.memo.0.lock().unwrap_or_else(PoisonError::into_inner);
        computations.outcomes.insert(operation.name, outcome.clone());
        Ok(outcome)
    }

    /// The same for an operation with a yes-or-no result.
    ///
    /// # Errors
    /// [`TooExpensive`], as [`Self::once`].
    pub(crate) fn verifies(
        &mut self,
        operation: &Operation,
        verify: impl FnOnce() -> bool,
    ) -> Result<bool, TooExpensive> {
        self.once(operation, || verify().then(Vec::new)).map(|outcome| outcome.is_some())
    }

    fn exceed(&mut self) -> TooExpensive {
        self.exceeded = true;
        TooExpensive
    }
}

/// A question needs more work than [`Work::LIMIT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooExpensive;

/// The cost of an RSA public operation: multiplications of numbers of `modulus_len` bytes, one or two for each bit of
/// the exponent. An even modulus has no Montgomery form: each multiplication is followed by a division.
pub(crate) fn cost_of_rsa(modulus_len: usize, exponent_bits: usize, odd: bool) -> u64 {
    let limbs = modulus_len.div_ceil(8) as u64;
    let multiplications = (exponent_bits as u64).saturating_mul(if odd { 5 } else { 8 }) / 4 + 40;
    let multiplication = limbs.saturating_mul(limbs).saturating_mul(if odd { 2 } else { 8 }) + 200;
    multiplications.saturating_mul(multiplication)
}

/// The cost of an ECDSA verification.
pub(crate) fn cost_of_ecdsa(curve: Curve) -> u64 {
    match curve {
        Curve::P256 => 400_000,
        Curve::P384 => 1_000_000,
        Curve::P521 => 1_200_000,
    }
}

/// The cost of an ML-DSA verification of a message of `len` bytes.
pub(crate) fn cost_of_ml_dsa(parameters: Parameters, len: usize) -> u64 {
    let verification = match parameters {
        Parameters::MlDsa44 => 200_000,
        Parameters::MlDsa65 => 300_000,
        Parameters::MlDsa87 => 500_000,
    };
    (len as u64).saturating_mul(4).saturating_add(verification)
}

/// The cost of verifying one signature over a digest with a key.
pub(crate) fn cost_of(key: &PublicKey) -> u64 {
    match key {
        PublicKey::Rsa(key) => {
            // The exponent's first octet is not zero.
            cost_of_rsa(key.signature_len(), key.exponent().len() * 8, true)
        }
        PublicKey::Ec(key) => cost_of_ecdsa(key.curve()),
        PublicKey::MlDsa(key) => cost_of_ml_dsa(key.parameters(), 0),
        PublicKey::Other { .. } => 0,
    }
}

#[cfg(test)]
mod tests;
