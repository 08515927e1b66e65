//! A back end that counts the calls of another one's kernels, for `benches/overhead`. Compiled only with
//! `--cfg mldsa_counting`.

extern crate std;

use super::{Backend, sealed::Sealed};
use crate::state::{LANES, States};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::mem::take;

/// A kernel, and the arguments on which its time depends.
pub type Call = (&'static str, usize, usize);

std::thread_local!(static CALLS: RefCell<BTreeMap<Call, u32>> = const { RefCell::new(BTreeMap::new()) });

/// Counts one call in this thread.
pub fn count(call: Call) {
    CALLS.with_borrow_mut(|calls| *calls.entry(call).or_default() += 1);
}

/// Returns the calls in this thread since the last call of this function.
pub fn counts() -> BTreeMap<Call, u32> {
    CALLS.with_borrow_mut(take)
}

/// `B`, with its calls counted.
#[derive(Clone, Copy, Debug)]
pub struct Counting<B>(pub B);

impl<B> Sealed for Counting<B> {}

impl<B: Backend> Backend for Counting<B> {
    const NAME: &'static str = B::NAME;
    const WIDTH: usize = B::WIDTH;

    fn detect() -> Option<Self> {
        B::detect().map(Self)
    }

    fn permute(self, state: &mut [u64; 25]) {
        count(("permute", 0, 0));
        self.0.permute(state);
    }

    fn permute_lanes(self, states: &mut States, active: usize) {
        count(("permute_lanes", active, 0));
        self.0.permute_lanes(states, active);
    }

    fn permute_lanes_and_extra(self, states: &mut States, active: usize, extra: &mut [u64; 25]) {
        count(("permute_lanes_and_extra", active, 0));
        self.0.permute_lanes_and_extra(states, active, extra);
    }

    fn xor_blocks(self, states: &mut States, blocks: [&[u8]; LANES]) {
        count(("xor_blocks", blocks.iter().filter(|block| !block.is_empty()).count(), blocks[0].len()));
        self.0.xor_blocks(states, blocks);
    }

    fn copy_blocks(self, states: &States, blocks: [&mut [u8]; LANES]) {
        count(("copy_blocks", blocks.iter().filter(|block| !block.is_empty()).count(), blocks[0].len()));
        self.0.copy_blocks(states, blocks);
    }
}
