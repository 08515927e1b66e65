//! The trade-off between memory and time. Every algorithm exists once, generic over a schedule. The schedule decides how many
//! sponges run in parallel, and how many intermediate values are stored instead of computed again.

use crate::params::{Array, MASK_LEN, Zero};
use keccak_lanes::{LANES, Lanes, OneLane, Sponges};

/// The differences between [`Fast`] and [`Small`]. [`matrix`](crate::matrix) adds how it multiplies Â by a vector.
pub(crate) trait Schedule {
    /// The sponges that expand seeds.
    type Sponges<K: keccak_lanes::Backend>: Sponges<K>;
    /// An array with one element for each sponge.
    type Batch<T: Zero + Send + Sync + 'static>: Array<T>;
    /// Storage for packed mask polynomials.
    type Masks: Array<[u8; MASK_LEN]>;
}

/// The fastest: one sponge for each lane of the back end, and vectors stored in NTT form.
pub(crate) struct Fast;

impl Schedule for Fast {
    type Sponges<K: keccak_lanes::Backend> = Lanes<K>;
    type Batch<T: Zero + Send + Sync + 'static> = [T; LANES];
    /// One batch, and the polynomials left over when the next batch is computed in advance.
    type Masks = [[u8; MASK_LEN]; LANES + 1];
}

/// The smallest stack: one sponge, and one polynomial of each vector at a time.
pub(crate) struct Small;

impl Schedule for Small {
    type Sponges<K: keccak_lanes::Backend> = OneLane<K>;
    type Batch<T: Zero + Send + Sync + 'static> = [T; 1];
    type Masks = [[u8; MASK_LEN]; 1];
}
