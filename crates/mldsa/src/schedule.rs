//! The trade-off between memory and time. Every algorithm exists once, generic over a schedule. The schedule decides how many
//! sponges run in parallel, and how many intermediate values are stored instead of computed again.

use crate::params::{Array, Zero};
use crate::poly::{Poly, Secret};
use keccak_lanes::{LANES, Lanes, OneLane, Sponges};

/// The differences between [`Fast`] and [`Small`]. [`matrix`](crate::matrix) adds how it multiplies Â by a vector.
pub(crate) trait Schedule {
    /// The sponges that expand seeds.
    type Sponges<K: keccak_lanes::Backend>: Sponges<K>;
    /// An array with one element for each sponge.
    type Batch<T: Zero + Send + Sync + 'static>: Array<T>;

    /// Calls a function with one polynomial for each sponge: further stack, wiped afterwards, or only `poly`.
    fn with_polys<R>(poly: &mut Poly, function: impl FnOnce(&mut [Poly]) -> R) -> R;
}

/// The fastest: one sponge for each lane of the back end, and vectors stored in NTT form.
pub(crate) struct Fast;

impl Schedule for Fast {
    type Sponges<K: keccak_lanes::Backend> = Lanes<K>;
    type Batch<T: Zero + Send + Sync + 'static> = [T; LANES];

    #[inline]
    fn with_polys<R>(_: &mut Poly, function: impl FnOnce(&mut [Poly]) -> R) -> R {
        function(&mut Secret::new([const { Poly::ZERO }; LANES]).0)
    }
}

/// The least memory: one sponge, and one polynomial of each vector at a time, in memory of the caller.
pub(crate) struct Small;

impl Schedule for Small {
    type Sponges<K: keccak_lanes::Backend> = OneLane<K>;
    type Batch<T: Zero + Send + Sync + 'static> = [T; 1];

    #[inline]
    fn with_polys<R>(poly: &mut Poly, function: impl FnOnce(&mut [Poly]) -> R) -> R {
        function(core::slice::from_mut(poly))
    }
}
