//! An allocator that keeps freed memory so that it can be searched: a real one would give it to the next allocation.
//! `realloc` is an allocation, a copy and a `dealloc`, the worst case.
#![allow(unsafe_code)]
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::HashMap;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering::SeqCst};

pub struct Graveyard;

/// The largest number of freed blocks that are kept.
const MAX: usize = 1 << 22;

static WATCHING: AtomicBool = AtomicBool::new(false);
static COUNT: AtomicUsize = AtomicUsize::new(0);
static BLOCKS: [(AtomicPtr<u8>, AtomicUsize); MAX] =
    [const { (AtomicPtr::new(null_mut()), AtomicUsize::new(0)) }; MAX];

// SAFETY: the system's allocator, which gets some blocks back later or never.
unsafe impl GlobalAlloc for Graveyard {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeroed, so that secrets freed before recording are not found.
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if WATCHING.load(SeqCst) {
            let place = COUNT.fetch_add(1, SeqCst);
            if let Some((kept, len)) = BLOCKS.get(place) {
                kept.store(block, SeqCst);
                len.store(layout.size(), SeqCst);
            }
            // Blocks over `MAX` are lost; `freed_in` checks for that.
            return;
        }
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(block, layout) }
    }
}

/// The memory that was freed while `operation` ran, never to be used again.
pub fn freed_in(operation: impl FnOnce()) -> Vec<&'static [u8]> {
    let first = COUNT.load(SeqCst);
    WATCHING.store(true, SeqCst);
    operation();
    WATCHING.store(false, SeqCst);
    let end = COUNT.load(SeqCst);
    assert!(end <= MAX, "more than {MAX} blocks were freed");
    let block = |(block, len): &(AtomicPtr<u8>, AtomicUsize)| {
        // SAFETY: it was allocated with this length and is not given back. Bytes that were never written have some
        // value, which is what a search of freed memory reads.
        unsafe { std::slice::from_raw_parts(block.load(SeqCst), len.load(SeqCst)) }
    };
    BLOCKS[first..end].iter().map(block).collect()
}

/// A secret, and the length of a part that counts as found: at least eight bytes.
pub struct Needle {
    pub what: String,
    pub bytes: Vec<u8>,
    pub window: usize,
}

/// A secret as it may be in memory: unchanged, in the opposite byte order (numbers in limbs), in base64 at each
/// alignment.
pub fn needles(what: &str, bytes: &[u8]) -> Vec<Needle> {
    let needle = |form: &str, bytes: Vec<u8>, window| Needle { what: format!("{what}{form}"), bytes, window };
    let mut list =
        vec![needle("", bytes.to_vec(), 8), needle(", limbs", bytes.iter().rev().copied().collect(), 8)];
    for skipped in 0..3 {
        list.push(needle(", base64", base64(&bytes[skipped..]), 12));
    }
    list
}

/// Whole groups of three bytes only.
fn base64(bytes: &[u8]) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |three: &[u8]| {
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        [18, 12, 6, 0].map(|shift| ALPHABET[(bits >> shift) as usize & 63])
    };
    bytes.chunks_exact(3).flat_map(group).collect()
}

/// The needles found in the blocks, each once for each length of block: any window of theirs, at any offset.
pub fn found(blocks: &[&[u8]], needles: &[Needle]) -> Vec<String> {
    let three =
        |bytes: &[u8]| usize::from(bytes[0]) | usize::from(bytes[1]) << 8 | usize::from(bytes[2]) << 16;
    let mut likely = vec![false; 1 << 24];
    let mut windows = HashMap::<&[u8], Vec<(usize, &[u8])>>::new();
    for (number, needle) in needles.iter().enumerate() {
        for window in needle.bytes.windows(needle.window) {
            // One repeated byte could be anything.
            if window.iter().any(|byte| *byte != window[0]) {
                likely[three(window)] = true;
                windows.entry(&window[..8]).or_default().push((number, window));
            }
        }
    }
    let mut hits = std::collections::BTreeMap::<(usize, usize), usize>::new();
    for block in blocks {
        for (at, eight) in block.windows(8).enumerate() {
            if !likely[three(eight)] {
                continue;
            }
            for (number, window) in windows.get(eight).into_iter().flatten() {
                if block[at..].starts_with(window) {
                    *hits.entry((*number, block.len())).or_default() += 1;
                }
            }
        }
    }
    let tell = |((number, len), count): ((usize, usize), usize)| {
        format!("{}: {count} windows in freed blocks of {len} bytes", needles[number].what)
    };
    hits.into_iter().map(tell).collect()
}
