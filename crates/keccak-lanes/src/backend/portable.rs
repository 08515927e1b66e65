//! Plain Rust, for every target, and the reference that the other back ends are tested against.

use super::{Backend, scalar, sealed::Sealed};
use crate::lanes::{LANES, States};

/// The back end in plain Rust.
#[derive(Clone, Copy, Debug)]
pub struct Portable;

impl Sealed for Portable {}

impl Backend for Portable {
    const NAME: &'static str = "portable";
    const WIDTH: usize = 1;

    #[inline]
    fn detect() -> Option<Self> {
        Some(Self)
    }

    fn permute(self, state: &mut [u64; 25]) {
        scalar::keccak_f1600(state);
    }

    fn permute_lanes(self, states: &mut States, active: usize) {
        for lane in 0..active.min(LANES) {
            let mut state = states.lane(lane);
            scalar::keccak_f1600(&mut state);
            states.set_lane(lane, &state);
        }
    }
}
