//! The one place where a back end is chosen.

#[cfg(all(target_arch = "x86_64", not(mldsa_backend = "portable")))]
use super::{Avx2, Avx512};
use super::{Backend, Portable};

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
