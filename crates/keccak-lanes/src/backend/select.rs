//! The one place where a back end is chosen.

#[cfg(all(target_arch = "x86_64", not(mldsa_backend = "portable")))]
use super::{Avx2, Avx512};
use super::{Backend, Portable, sealed::Sealed};
use crate::lanes::States;

/// Something to do with a back end that is known only at run time. (A closure cannot be generic.)
pub trait Visitor {
    /// What [`visit`](Self::visit) gives back.
    type Output;

    /// Does it with this back end.
    fn visit<B: Backend>(self, backend: B) -> Self::Output;
}

/// Visits the best back end that this CPU has and that `--cfg mldsa_backend="…"` allows: `portable` and
/// `avx2` allow nothing better than themselves; a CPU that lacks what is named gets the next below.
#[inline]
pub fn with_best<V: Visitor>(visitor: V) -> V::Output {
    #[cfg(all(target_arch = "x86_64", not(mldsa_backend = "portable")))]
    {
        #[cfg(not(mldsa_backend = "avx2"))]
        if let Some(backend) = Avx512::detect() {
            return visitor.visit(backend);
        }
        if let Some(backend) = Avx2::detect() {
            return visitor.visit(backend);
        }
    }
    visitor.visit(Portable)
}

/// Visits every back end of this build that the CPU has, the simplest first, whatever was forced: for tests and benches.
pub fn with_each<V: Visitor + Clone>(visitor: V) {
    visitor.clone().visit(Portable);
    #[cfg(all(target_arch = "x86_64", not(mldsa_backend = "portable")))]
    {
        if let Some(backend) = Avx2::detect() {
            visitor.clone().visit(backend);
        }
        if let Some(backend) = Avx512::detect() {
            visitor.visit(backend);
        }
    }
}

/// The best back end of this CPU, chosen anew at each permutation: for one long chain, and for types that must not
/// depend on the back end. The choice is a load and a branch.
#[derive(Clone, Copy, Debug)]
pub struct Best(());

/// The best back end.
pub fn best() -> Best {
    Best(())
}

struct Permute<'a>(&'a mut [u64; 25]);

impl Visitor for Permute<'_> {
    type Output = ();

    #[inline]
    fn visit<B: Backend>(self, backend: B) {
        backend.permute(self.0);
    }
}

struct PermuteLanes<'a>(&'a mut States, usize);

impl Visitor for PermuteLanes<'_> {
    type Output = ();

    #[inline]
    fn visit<B: Backend>(self, backend: B) {
        backend.permute_lanes(self.0, self.1);
    }
}

impl Sealed for Best {}

impl Backend for Best {
    const NAME: &'static str = "best";
    const WIDTH: usize = crate::lanes::LANES;

    fn detect() -> Option<Self> {
        Some(best())
    }

    #[inline]
    fn permute(self, state: &mut [u64; 25]) {
        with_best(Permute(state));
    }

    #[inline]
    fn permute_lanes(self, states: &mut States, active: usize) {
        with_best(PermuteLanes(states, active));
    }
}
