//! The choice of a back end.

#[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
use super::{Avx2, Avx512};
use super::{Backend, Portable, sealed::Sealed};
#[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
use super::{Neon, NeonSha3};
use crate::state::{LANES, States};

/// Code to run on a back end that is known only at run time. (A closure cannot be generic.)
pub trait Visitor {
    /// What [`visit`](Self::visit) returns.
    type Output;

    /// Runs the code on this back end.
    fn visit<B: Backend>(self, backend: B) -> Self::Output;
}

/// Visits the best back end that the CPU supports and that `--cfg mldsa_backend="…"` allows. `portable`, `avx2` and `neon`
/// allow nothing better than themselves. A CPU without the named back end gets the next simpler one.
#[inline]
pub fn with_best<V: Visitor>(visitor: V) -> V::Output {
    Best::new().accept(visitor)
}

/// Visits every back end of this build that the CPU supports, the simplest first, whatever `--cfg mldsa_backend` allows.
/// For tests and benchmarks.
pub fn with_each<V: Visitor + Clone>(visitor: V) {
    visitor.clone().visit(Portable);
    #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
    {
        if let Some(backend) = Avx2::detect() {
            visitor.clone().visit(backend);
        }
        if let Some(backend) = Avx512::detect() {
            visitor.visit(backend);
        }
    }
    #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
    {
        if let Some(backend) = Neon::detect() {
            visitor.clone().visit(backend);
        }
        if let Some(backend) = NeonSha3::detect() {
            visitor.visit(backend);
        }
    }
}

/// The back end that [`with_best`] chooses, chosen once at run time and dispatched at each call. For callers that hash
/// long messages and do not want a type parameter.
#[derive(Clone, Copy, Debug)]
pub struct Best(Choice);

#[derive(Clone, Copy, Debug)]
enum Choice {
    Portable(Portable),
    #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
    Avx2(Avx2),
    #[cfg(all(modsig_x86, not(any(mldsa_backend = "portable", mldsa_backend = "avx2"))))]
    Avx512(Avx512),
    #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
    Neon(Neon),
    #[cfg(all(modsig_neon, not(any(mldsa_backend = "portable", mldsa_backend = "neon"))))]
    NeonSha3(NeonSha3),
}

/// Runs an expression on the chosen back end.
macro_rules! chosen {
    ($best:expr, $backend:ident => $call:expr) => {
        match $best.0 {
            Choice::Portable($backend) => $call,
            #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
            Choice::Avx2($backend) => $call,
            #[cfg(all(modsig_x86, not(any(mldsa_backend = "portable", mldsa_backend = "avx2"))))]
            Choice::Avx512($backend) => $call,
            #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
            Choice::Neon($backend) => $call,
            #[cfg(all(modsig_neon, not(any(mldsa_backend = "portable", mldsa_backend = "neon"))))]
            Choice::NeonSha3($backend) => $call,
        }
    };
}

impl Best {
    /// Chooses a back end.
    #[inline]
    pub fn new() -> Self {
        #[cfg(all(modsig_x86, not(any(mldsa_backend = "portable", mldsa_backend = "avx2"))))]
        if let Some(backend) = Avx512::detect() {
            return Self(Choice::Avx512(backend));
        }
        #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
        if let Some(backend) = Avx2::detect() {
            return Self(Choice::Avx2(backend));
        }
        #[cfg(all(modsig_neon, not(any(mldsa_backend = "portable", mldsa_backend = "neon"))))]
        if let Some(backend) = NeonSha3::detect_best() {
            return Self(Choice::NeonSha3(backend));
        }
        #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
        if let Some(backend) = Neon::detect() {
            return Self(Choice::Neon(backend));
        }
        Self(Choice::Portable(Portable))
    }

    /// Returns the name of the chosen back end.
    pub fn name(self) -> &'static str {
        fn name<B: Backend>(_: B) -> &'static str {
            B::NAME
        }
        chosen!(self, backend => name(backend))
    }

    #[inline]
    fn accept<V: Visitor>(self, visitor: V) -> V::Output {
        chosen!(self, backend => visitor.visit(backend))
    }
}

/// [`Best::new`].
#[inline]
pub fn best() -> Best {
    Best::new()
}

impl Default for Best {
    fn default() -> Self {
        Self::new()
    }
}

impl Sealed for Best {}

impl Backend for Best {
    const NAME: &'static str = "best";
    /// The largest of all back ends; [`width`](Backend::width) returns that of the chosen one.
    const WIDTH: usize = LANES;

    #[inline]
    fn detect() -> Option<Self> {
        Some(Self::new())
    }

    #[inline]
    fn width(self) -> usize {
        chosen!(self, backend => backend.width())
    }

    #[inline]
    fn permute(self, state: &mut [u64; 25]) {
        chosen!(self, backend => backend.permute(state));
    }

    #[inline]
    fn permute_lanes(self, states: &mut States, active: usize) {
        chosen!(self, backend => backend.permute_lanes(states, active));
    }

    #[inline]
    fn permute_lanes_and_extra(self, states: &mut States, active: usize, extra: &mut [u64; 25]) {
        chosen!(self, backend => backend.permute_lanes_and_extra(states, active, extra));
    }

    #[inline]
    fn xor_blocks(self, states: &mut States, blocks: [&[u8]; LANES]) {
        chosen!(self, backend => backend.xor_blocks(states, blocks));
    }

    #[inline]
    fn copy_blocks(self, states: &States, blocks: [&mut [u8]; LANES]) {
        chosen!(self, backend => backend.copy_blocks(states, blocks));
    }
}
