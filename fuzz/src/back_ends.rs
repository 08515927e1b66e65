//! The same question to every back end that this CPU has, and to both schedules.

use mldsa::ParameterSet;
use mldsa::backend::{Backend, Portable};

/// A question that is generic over parameter set and back end. (A closure cannot be.)
pub trait Question {
    /// What each back end answers.
    type Answer;

    /// Asks one.
    fn ask<P: ParameterSet, B: Backend>(&self, backend: B) -> Self::Answer;
}

/// The answers, the portable back end's first.
pub fn each<P: ParameterSet, Q: Question>(question: &Q) -> Vec<Q::Answer> {
    let mut answers = vec![question.ask::<P, _>(Portable)];
    #[cfg(all(target_arch = "x86_64", not(mldsa_backend = "portable")))]
    {
        answers.extend(mldsa::backend::Avx2::detect().map(|backend| question.ask::<P, _>(backend)));
        answers.extend(mldsa::backend::Avx512::detect().map(|backend| question.ask::<P, _>(backend)));
    }
    answers
}
