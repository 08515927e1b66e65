//! Plain Rust, for every target, and the reference that the other back ends are tested against.

use super::{Backend, scalar, sealed::Sealed};
use crate::state::{LANES, States};

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
        *state = keccak_f1600(*state);
    }

    fn permute_lanes(self, states: &mut States, active: usize) {
        for lane in 0..active.min(LANES) {
            states.set_lane(lane, &keccak_f1600(states.lane(lane)));
        }
    }
}

/// Whether this build may use an instruction that computes !b & c (`andn`, `bic`).
const HAS_ANDN: bool = cfg!(any(target_feature = "bmi1", target_arch = "aarch64", target_arch = "arm"));

#[inline]
fn keccak_f1600(state: [u64; 25]) -> [u64; 25] {
    if HAS_ANDN { scalar::keccak_f1600(state) } else { scalar::keccak_f1600_complementing(state) }
}

/// [`Backend::xor_blocks`], one lane at a time.
pub(super) fn xor_blocks(states: &mut States, blocks: [&[u8]; LANES]) {
    for (lane, block) in blocks.into_iter().enumerate() {
        states.xor_lane(lane, 0, block);
    }
}

/// [`Backend::copy_blocks`], one lane at a time.
pub(super) fn copy_blocks(states: &States, blocks: [&mut [u8]; LANES]) {
    for (lane, block) in blocks.into_iter().enumerate() {
        states.copy_lane(lane, 0, block);
    }
}
