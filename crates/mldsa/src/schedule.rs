//! Memory for time: the two ways in which the operations go. Every algorithm exists once; a schedule says how many sponges
//! work at once, and whether what is used more than once is kept or made again.

use crate::backend::Backend;
use crate::matrix::{Kept, OneByOne, Product};
use crate::params::{Array, ParameterSet, RHO_LEN, Zero};
use crate::sampling::{ExpandA, MASK_LEN};
use keccak_lanes::{LANES, Lanes, OneLane, Sponges};

/// What [`Fast`] and [`Small`] differ in.
pub(crate) trait Schedule {
    /// What hashes seeds.
    type Sponges<K: keccak_lanes::Backend>: Sponges<K>;
    /// One thing for each sponge.
    type Batch<T: Zero + Send + Sync + 'static>: Array<T>;
    /// Packed mask polynomials that are kept.
    type Masks: Array<[u8; MASK_LEN]>;
    /// Â, from rho, times a vector.
    type Product<'a, P: ParameterSet, B: Backend>: Product<P> + From<(B, &'a [u8; RHO_LEN])>;
}

/// As fast as can be: as many sponges as the back end has lanes for, and vectors in NTT form.
pub(crate) struct Fast;

impl Schedule for Fast {
    type Sponges<K: keccak_lanes::Backend> = Lanes<K>;
    type Batch<T: Zero + Send + Sync + 'static> = [T; LANES];
    /// A batch, and some left over when the next is made early.
    type Masks = [[u8; MASK_LEN]; LANES + 1];
    type Product<'a, P: ParameterSet, B: Backend> = Kept<P, B, ExpandA<'a, P, B>>;
}

/// In little stack: one of everything.
pub(crate) struct Small;

impl Schedule for Small {
    type Sponges<K: keccak_lanes::Backend> = OneLane<K>;
    type Batch<T: Zero + Send + Sync + 'static> = [T; 1];
    type Masks = [[u8; MASK_LEN]; 1];
    type Product<'a, P: ParameterSet, B: Backend> = OneByOne<'a, P, B>;
}
