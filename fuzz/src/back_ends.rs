//! A question to one of the back ends that this CPU has.

use mldsa::backend::{Backend, Portable};
use mldsa::dynamic::Parameters;
use mldsa::{MlDsa44, MlDsa65, MlDsa87, ParameterSet};

/// A question that is generic over parameter set and back end. (A closure cannot be.)
pub trait Question {
    /// What a back end answers.
    type Answer;

    /// Asks one.
    fn ask<P: ParameterSet, B: Backend>(&self, backend: B) -> Self::Answer;
}

/// How many there are at most.
pub const BACK_ENDS: u8 = 3;

/// The answer of the `number`-th back end (modulo as many as there are). None if this CPU has not got it.
pub fn one<P: ParameterSet, Q: Question>(question: &Q, number: u8) -> Option<Q::Answer> {
    match number % BACK_ENDS {
        0 => Some(question.ask::<P, _>(Portable)),
        #[cfg(all(target_arch = "x86_64", not(mldsa_backend = "portable")))]
        1 => mldsa::backend::Avx2::detect().map(|backend| question.ask::<P, _>(backend)),
        #[cfg(all(target_arch = "x86_64", not(mldsa_backend = "portable")))]
        2 => mldsa::backend::Avx512::detect().map(|backend| question.ask::<P, _>(backend)),
        _ => None,
    }
}

/// The same, for a parameter set that is known at run time.
pub fn one_of<Q: Question>(parameters: Parameters, question: &Q, number: u8) -> Option<Q::Answer> {
    match parameters {
        Parameters::MlDsa44 => one::<MlDsa44, _>(question, number),
        Parameters::MlDsa65 => one::<MlDsa65, _>(question, number),
        Parameters::MlDsa87 => one::<MlDsa87, _>(question, number),
    }
}
