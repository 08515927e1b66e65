//! Pseudorandom sampling (FIPS 204, section 7.3). Depending on the [`Schedule`], as many polynomials share a permutation as
//! the back end has lanes, or they are sampled one after another.

mod batches;
mod in_ball;
mod one;

pub(crate) use batches::RidingHash;
pub(crate) use in_ball::vartime_sample_in_ball;
pub(crate) use one::OneByOne;

use crate::backend::Backend;
use crate::fault::{self, Site};
use crate::params::{Array, Eta, Gamma1, MASK_LEN, MU_LEN, N, ParameterSet, RHO_LEN, Zero, packed_len};
use crate::poly::{Poly, UNIFORM_LEN, UniformPoly, wipe};
use crate::schedule::Schedule;
use crate::{encoding, poly::Secret};
use batches::Batches;
use keccak_lanes::{InterleavedShake, LANES, Lanes, RATE128, RATE256, Shake256, Sponges};

/// A hash whose permutations run together with those of lanes, where an extra state costs nearly nothing.
pub(crate) struct PiggybackHash<'a>(Option<(&'a mut InterleavedShake<RATE256>, &'a [u8], bool)>);

impl<'a> PiggybackHash<'a> {
    pub(crate) const NONE: Self = Self(None);

    /// The hash of `message`, which is `complete` or will grow.
    #[inline]
    pub(crate) fn new(hash: &'a mut InterleavedShake<RATE256>, message: &'a [u8], complete: bool) -> Self {
        Self(Some((hash, message, complete)))
    }

    /// Permutes the first `active` lanes, and the state of the hash if a block of its message can be absorbed.
    #[inline]
    fn permute<K: keccak_lanes::Backend>(&mut self, sponges: &mut impl Sponges<K>, active: usize) {
        let next = self.0.as_mut().and_then(|(hash, message, complete)| hash.absorb_next(message, *complete));
        match next {
            Some(state) => sponges.permute_and_extra(active, state),
            None => sponges.permute(active),
        }
    }
}

/// Number of whole blocks that RejNTTPoly reads first. Five blocks hold 280 triples; the probability that more than 24 of
/// these are rejected is below 2^−150.
const UNIFORM_BLOCKS: usize = UNIFORM_LEN.div_ceil(RATE128);
/// The offset in the last of these blocks at which the polynomial ends.
const UNIFORM_LAST: usize = UNIFORM_LEN - (UNIFORM_BLOCKS - 1) * RATE128;

/// FIPS 204, Algorithm 30 (RejNTTPoly), for each element of `polys` (at most [`LANES`]) on its seed rho‖s‖r, where
/// s and r are the low and the high byte of its nonce.
///
/// Public data only. Out: every triple below q.
fn vartime_rej_ntt_poly<B: Backend>(
    backend: B,
    lanes: &mut impl Sponges<B::Keccak>,
    rho: &[u8; RHO_LEN],
    nonces: [u16; LANES],
    polys: &mut [UniformPoly],
    piggyback: &mut PiggybackHash<'_>,
) {
    let active = polys.len();
    lanes.start_seeds(RATE128, rho, nonces);
    for block in 0..UNIFORM_BLOCKS {
        piggyback.permute(lanes, active);
        lanes.squeeze_at(polys, block * RATE128, RATE128);
    }
    let mut filled = [N; LANES];
    let mut block = [0u8; RATE128];
    for (lane, poly) in polys.iter_mut().enumerate() {
        filled[lane] = backend.vartime_reject_uniform(&mut poly.0);
        if filled[lane] < N {
            lanes.squeeze(lane, &mut block);
            filled[lane] = top_up(poly, filled[lane], &block[UNIFORM_LAST..]);
        }
    }
    while filled.iter().any(|&filled| filled < N) {
        lanes.permute(active);
        for (lane, poly) in polys.iter_mut().enumerate() {
            lanes.squeeze(lane, &mut block);
            filled[lane] = top_up(poly, filled[lane], &block);
        }
    }
}

/// Appends the triples below q to a polynomial that holds `filled` triples; returns the new number.
fn top_up(poly: &mut UniformPoly, mut filled: usize, triples: &[u8]) -> usize {
    for triple in triples.chunks_exact(3) {
        if filled == N {
            break;
        }
        let value = u32::from_le_bytes([triple[0], triple[1], triple[2] & 0x7f, 0]);
        if value < crate::params::Q as u32 {
            poly.0[3 * filled..][..3].copy_from_slice(triple);
            filled += 1;
        }
    }
    filled
}

/// FIPS 204, Algorithm 32 (ExpandA): the rows of Â in order, each expanded when it is requested.
///
/// Stores the polynomials of one batch of lanes and those left over from the previous batch, not the matrix.
pub(crate) struct ExpandA<'a, P: ParameterSet, B: Backend> {
    backend: B,
    lanes: Lanes<B::Keccak>,
    rho: &'a [u8; RHO_LEN],
    /// `polys[start..end]` are expanded and not yet returned.
    polys: [UniformPoly; LANES + MAX_L - 1],
    start: usize,
    end: usize,
    /// How many of the K·L polynomials have been expanded.
    made: usize,
    batches: Batches,
    _parameters: core::marker::PhantomData<P>,
}

/// The largest L of the three sets.
const MAX_L: usize = 7;

impl<'a, P: ParameterSet, B: Backend> ExpandA<'a, P, B> {
    /// `hash` says what [`vartime_next_row`](Self::vartime_next_row) is called with.
    pub(crate) fn new(backend: B, rho: &'a [u8; RHO_LEN], hash: RidingHash) -> Self {
        Self {
            backend,
            lanes: Lanes::new(backend.keccak()),
            rho,
            polys: [const { UniformPoly([0; UNIFORM_LEN]) }; LANES + MAX_L - 1],
            start: 0,
            end: 0,
            made: 0,
            batches: Batches::new::<P, B>(hash),
            _parameters: core::marker::PhantomData,
        }
    }

    /// Returns the next row: L polynomials. The caller calls this K times. The permutations of `piggyback` run together
    /// with those that expand the row.
    pub(crate) fn vartime_next_row(&mut self, mut piggyback: PiggybackHash<'_>) -> &[UniformPoly] {
        while self.end - self.start < P::L {
            self.polys.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            let (batch, hash_rides) = self.batches.next();
            if batch == 0 {
                break;
            }
            let nonces = core::array::from_fn(|lane| nonce_of_a::<P>(self.made + lane));
            let polys = &mut self.polys[self.end..self.end + batch];
            let mut no_hash = PiggybackHash::NONE;
            let riding = if hash_rides { &mut piggyback } else { &mut no_hash };
            vartime_rej_ntt_poly(self.backend, &mut self.lanes, self.rho, nonces, polys, riding);
            self.end += batch;
            self.made += batch;
        }
        let row = self.start..(self.start + P::L).min(self.end);
        self.start = row.end;
        &self.polys[row]
    }
}

/// [`ExpandA`] of all rows at once, sampled in place.
pub(crate) fn vartime_expand_a<P: ParameterSet, B: Backend>(
    backend: B,
    rho: &[u8; RHO_LEN],
    hash: RidingHash,
    mut piggyback: PiggybackHash<'_>,
    a_hat: &mut P::Matrix,
) {
    let mut lanes = Lanes::new(backend.keccak());
    let mut batches = Batches::new::<P, B>(hash);
    let (mut made, mut rest) = (0, a_hat.as_mut());
    // A hash whose message is known never waits.
    while let (batch @ 1.., _) = batches.next() {
        let (polys, later) = rest.split_at_mut(batch);
        let nonces = core::array::from_fn(|lane| nonce_of_a::<P>(made + lane));
        vartime_rej_ntt_poly(backend, &mut lanes, rho, nonces, polys, &mut piggyback);
        made += batch;
        rest = later;
    }
}

/// The two bytes that FIPS 204 hashes after rho for polynomial i of Â, counted row by row: s‖r for row r and column s.
#[inline]
fn nonce_of_a<P: ParameterSet>(i: usize) -> u16 {
    u16::from_le_bytes([(i % P::L) as u8, (i / P::L) as u8])
}

/// FIPS 204, Algorithm 33 (ExpandS): calls `each` with the index and the polynomial, for the L polynomials of s1 and then
/// the K of s2. In: rho', 64 bytes. Out: coefficients in −eta..=eta. The caller wipes `poly`.
#[inline(never)] // so that its stack frame does not add to those of other parts of key generation
pub(crate) fn expand_s<P: ParameterSet, B: Backend, S: Schedule>(
    backend: B,
    rho_prime: &[u8],
    poly: &mut Poly,
    mut each: impl FnMut(usize, &Poly),
) {
    let count = P::K + P::L;
    let mut lanes = S::Sponges::new(backend.keccak());
    S::with_polys(poly, |polys| {
        let mut first = 0;
        while first < count {
            let active = S::Sponges::<B::Keccak>::WIDTH.min(count - first);
            let polys = &mut polys[..active];
            rej_bounded_poly::<B, S>(backend, &mut lanes, P::ETA, rho_prime, first, polys);
            for (i, poly) in polys.iter().enumerate() {
                each(first + i, poly);
            }
            first += active;
        }
    });
}

/// FIPS 204, Algorithm 31 (RejBoundedPoly), on the seeds rho'‖first, rho'‖first + 1, … (16 bits, little endian).
fn rej_bounded_poly<B: Backend, S: Schedule>(
    backend: B,
    lanes: &mut S::Sponges<B::Keccak>,
    eta: Eta,
    rho_prime: &[u8],
    first: usize,
    polys: &mut [Poly],
) {
    lanes.start_seeds(RATE256, rho_prime, consecutive(first));
    let mut filled = [0; LANES];
    let mut blocks = Secret::new(S::Batch::<Block>::ZEROED);
    let blocks = &mut blocks.0.as_mut()[..polys.len()];
    while filled[..polys.len()].iter().any(|&filled| filled < N) {
        lanes.permute(blocks.len());
        lanes.squeeze_at(blocks, 0, RATE256);
        for ((poly, filled), block) in polys.iter_mut().zip(&mut filled).zip(&*blocks) {
            *filled = backend.reject_bounded(eta, &block.0, poly, *filled);
        }
    }
}

/// One block of SHAKE256's output.
#[derive(Clone, Copy)]
struct Block([u8; RATE256]);

impl Zero for Block {
    const ZERO: Self = Self([0; RATE256]);
}

impl AsMut<[u8]> for Block {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl zeroize::Zeroize for Block {
    fn zeroize(&mut self) {
        wipe(&mut self.0);
    }
}

/// The nonces `first`, `first` + 1, …, one for each lane.
fn consecutive(first: usize) -> [u16; LANES] {
    core::array::from_fn(|lane| (first + lane) as u16)
}

/// FIPS 204, Algorithm 34 (ExpandMask) as one stream over all attempts: polynomial kappa for kappa = 0, 1, 2, …
///
/// An attempt takes L polynomials. The next attempt starts with those that are left over, so no lane idles. Where it saves
/// time, masks of the next attempt are computed together with the hash of w1, which takes one of the lanes. Wiped on drop.
pub(crate) struct ExpandMask<B: Backend> {
    backend: B,
    lanes: Lanes<B::Keccak>,
    gamma1: Gamma1,
    rho_double_prime: [u8; 64],
    /// Packed polynomials; those from `next` to `end` are unread. One batch, and the polynomials left over when the next batch
    /// is computed in advance.
    packed: [[u8; MASK_LEN]; LANES + 1],
    next: usize,
    end: usize,
    /// The nonce of the next polynomial to expand.
    kappa: usize,
}

impl<B: Backend> ExpandMask<B> {
    pub(crate) fn new(backend: B, gamma1: Gamma1, rho_double_prime: &[u8; 64]) -> Self {
        Self {
            backend,
            lanes: Lanes::new(backend.keccak()),
            gamma1,
            rho_double_prime: *rho_double_prime,
            packed: [[0; MASK_LEN]; LANES + 1],
            next: 0,
            end: 0,
            kappa: 0,
        }
    }

    /// Writes the next polynomial to `y`: coefficients in −gamma1 + 1..=gamma1.
    #[inline]
    pub(crate) fn next(&mut self, y: &mut Poly) {
        if self.next == self.end {
            self.refill(Lanes::<B::Keccak>::WIDTH, PiggybackHash::NONE);
        }
        let packed = &self.packed[self.next % self.packed.len()];
        encoding::unpack_mask(self.backend, self.gamma1, packed, y);
        self.next += 1;
    }

    /// Expands masks for the next attempt while `hash` absorbs `message`, which is complete. Does nothing if `wanted` masks
    /// are available already, or if that would cost time.
    #[inline]
    pub(crate) fn refill_with_hash(
        &mut self,
        wanted: usize,
        hash: &mut InterleavedShake<RATE256>,
        message: &[u8],
    ) {
        let width = Lanes::<B::Keccak>::WIDTH;
        // Four lanes: only if the masks of an attempt are whole batches and the one that shares its lanes with the hash. Else
        // more masks are left over at the end than the hash saves.
        let pays = width == LANES || width == 4 && wanted % width == width - 1;
        if pays && self.end - self.next < wanted {
            self.refill(width - 1, PiggybackHash::new(hash, message, true));
        }
    }

    /// Expands as many polynomials as fit, at most `batch`.
    fn refill(&mut self, batch: usize, mut piggyback: PiggybackHash<'_>) {
        self.packed.copy_within(self.next..self.end, 0);
        let left = self.end - self.next;
        let active = batch.min(self.packed.len() - left);
        let Self { lanes, gamma1, rho_double_prime, packed, .. } = self;
        let packed = &mut packed[left..left + active];
        expand_packed_masks(lanes, *gamma1, rho_double_prime, self.kappa, packed, &mut piggyback);
        self.kappa += active;
        self.next = 0;
        self.end = left + active;
    }
}

impl<B: Backend> Drop for ExpandMask<B> {
    fn drop(&mut self) {
        wipe(&mut self.rho_double_prime);
        wipe(self.packed.as_flattened_mut());
    }
}

/// Mask polynomials kappa, kappa + 1, … (at most [`LANES`]), packed: 576 or 640 bytes at the start of each element.
#[inline]
fn expand_packed_masks<K: keccak_lanes::Backend, T: AsMut<[u8]>>(
    lanes: &mut impl Sponges<K>,
    gamma1: Gamma1,
    rho_double_prime: &[u8; 64],
    kappa: usize,
    packed: &mut [T],
    piggyback: &mut PiggybackHash<'_>,
) {
    // The standard has 16-bit nonces: they would wrap after 9,362 attempts at ML-DSA-87, far above MAX_ATTEMPTS.
    lanes.start_seeds(RATE256, rho_double_prime, consecutive(kappa));
    let len = packed_len(gamma1.bits());
    for at in (0..len).step_by(RATE256) {
        piggyback.permute(lanes, packed.len());
        lanes.squeeze_at(packed, at, RATE256.min(len - at));
    }
}

/// SHAKE256 of the concatenated parts (FIPS 204, section 3.7: H).
pub(crate) fn h<B: Backend>(backend: B, parts: &[&[u8]], out: &mut [u8]) {
    let mut hash = Shake256::new(backend.keccak());
    for part in parts {
        hash.absorb(part);
    }
    hash.finalize_into(out);
    fault::point(Site::Hash, out);
}

/// tr = H(pk, 64).
pub(crate) fn public_key_hash<B: Backend>(backend: B, pk: &[u8]) -> [u8; MU_LEN] {
    let mut tr = [0; MU_LEN];
    h(backend, &[pk], &mut tr);
    tr
}
