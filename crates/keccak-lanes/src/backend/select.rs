//! The one place where a back end is chosen.

#[cfg(all(target_arch = "x86_64", not(mldsa_backend = "portable")))]
use super::{Avx2, Avx512};
use super::{Backend, Portable, sealed::Sealed};
use crate::state::{LANES, States};

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
    Best::new().accept(visitor)
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

/// The best back end (as [`with_best`] chooses), chosen once at run time and looked up at each call: for
/// callers that hash long messages and do not want a type parameter.
#[derive(Clone, Copy, Debug)]
pub struct Best(Choice);

#[derive(Clone, Copy, Debug)]
enum Choice {
    Portable(Portable),
    #[cfg(all(target_arch = "x86_64", not(mldsa_backend = "portable")))]
    Avx2(Avx2),
    #[cfg(all(target_arch = "x86_64", not(any(mldsa_backend = "portable", mldsa_backend = "avx2"))))]
    Avx512(Avx512),
}

/// Does something with the back end that was chosen.
macro_rules! chosen {
    ($best:expr, $backend:ident => $call:expr) => {
        match $best.0 {
            Choice::Portable($backend) => $call,
            #[cfg(all(target_arch = "x86_64", not(mldsa_backend = "portable")))]
            Choice::Avx2($backend) => $call,
            #[cfg(all(target_arch = "x86_64", not(any(mldsa_backend = "portable", mldsa_backend = "avx2"))))]
            Choice::Avx512($backend) => $call,
        }
    };
}

impl Best {
    /// Chooses.
    #[inline]
    pub fn new() -> Self {
        #[cfg(all(target_arch = "x86_64", not(any(mldsa_backend = "portable", mldsa_backend = "avx2"))))]
        if let Some(backend) = Avx512::detect() {
            return Self(Choice::Avx512(backend));
        }
        #[cfg(all(target_arch = "x86_64", not(mldsa_backend = "portable")))]
        if let Some(backend) = Avx2::detect() {
            return Self(Choice::Avx2(backend));
        }
        Self(Choice::Portable(Portable))
    }

    /// The name of the back end that was chosen.
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
    /// As many as any has; [`width`](Backend::width) says what the chosen one has.
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
    fn permute_lanes_and_chain(self, states: &mut States, active: usize, chain: &mut [u64; 25]) {
        chosen!(self, backend => backend.permute_lanes_and_chain(states, active, chain));
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
