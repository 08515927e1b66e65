//! Pseudorandom sampling (FIPS 204, section 7.3), in lanes: as many polynomials share a permutation as the back
//! end has lanes for.

use crate::backend::Backend;
use crate::params::{Eta, Gamma1, MU_LEN, N, ParameterSet, RHO_LEN, packed_len};
use crate::poly::{Poly, UNIFORM_LEN, UniformPoly, wipe};
use crate::{encoding, poly::Secret};
use keccak_lanes::{Backend as _, Chain, LANES, Lanes, RATE128, RATE256, Shake256};

/// FIPS 204, Algorithm 29 (SampleInBall). In: c̃. Out: `tau` coefficients ±1, the others 0.
///
/// Branches and indexes depend on c̃ alone, which is declassified before ([`Reason::Challenge`]).
pub(crate) fn vartime_sample_in_ball<B: Backend>(backend: B, tau: usize, c_tilde: &[u8], c: &mut Poly) {
    let mut stream = Shake256::new(backend.keccak());
    stream.absorb(c_tilde);
    let mut stream = stream.finalize();
    let mut block = [0u8; RATE256];
    stream.read(&mut block);
    let mut signs = u64::from_le_bytes(core::array::from_fn(|i| block[i]));
    let mut next = 8;
    c.0.fill(0);
    for i in N - tau..N {
        let j = loop {
            if next == RATE256 {
                stream.read(&mut block);
                next = 0;
            }
            let j = usize::from(block[next]);
            next += 1;
            if j <= i {
                break j;
            }
        };
        c.0[i] = c.0[j];
        c.0[j] = 1 - 2 * (signs & 1) as i32;
        signs >>= 1;
    }
}

/// Whole blocks that RejNTTPoly reads at first: five hold 280 triples, and more than 24 of them are rejected
/// with a probability below 2^−150.
const UNIFORM_BLOCKS: usize = UNIFORM_LEN.div_ceil(RATE128);
/// Where the polynomial ends in the last of these blocks.
const UNIFORM_LAST: usize = UNIFORM_LEN - (UNIFORM_BLOCKS - 1) * RATE128;

/// FIPS 204, Algorithm 30 (RejNTTPoly), on as many seeds rho‖s‖r as `polys` is long (at most [`LANES`]), where
/// s and r are the low and the high byte of each nonce. `chain` rides along, on `message`.
///
/// Public data only. Out: every triple below q.
fn vartime_rej_ntt_poly<B: Backend>(
    backend: B,
    lanes: &mut Lanes<B::Keccak>,
    rho: &[u8; RHO_LEN],
    nonces: [u16; LANES],
    polys: &mut [UniformPoly],
    chain: &mut Chain<RATE256>,
    (message, complete): (&[u8], bool),
) {
    let active = polys.len();
    lanes.start_seeds(RATE128, rho, nonces);
    for block in 0..UNIFORM_BLOCKS {
        match chain.absorb_next(message, complete) {
            Some(state) => lanes.permute_and_chain(active, state),
            None => lanes.permute(active),
        }
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

/// Appends the triples below q to a polynomial that has `filled` already; returns how many it has then.
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

/// FIPS 204, Algorithm 32 (ExpandA): row after row of Â, made as they are asked for.
///
/// Holds the polynomials of one batch of lanes and those left over from the one before, not the matrix.
pub(crate) struct ExpandA<'a, P: ParameterSet, B: Backend> {
    backend: B,
    lanes: Lanes<B::Keccak>,
    rho: &'a [u8; RHO_LEN],
    /// `polys[start..end]` are made and not yet given out.
    polys: [UniformPoly; LANES + MAX_L - 1],
    start: usize,
    end: usize,
    /// How many of the K·L polynomials have been made.
    made: usize,
    _parameters: core::marker::PhantomData<P>,
}

/// The largest L of the three sets.
const MAX_L: usize = 7;

impl<'a, P: ParameterSet, B: Backend> ExpandA<'a, P, B> {
    pub(crate) fn new(backend: B, rho: &'a [u8; RHO_LEN]) -> Self {
        Self {
            backend,
            lanes: Lanes::new(backend.keccak()),
            rho,
            polys: [const { UniformPoly([0; UNIFORM_LEN]) }; LANES + MAX_L - 1],
            start: 0,
            end: 0,
            made: 0,
            _parameters: core::marker::PhantomData,
        }
    }

    /// The next row: L polynomials. Called K times. While it is made, the hash `chain` goes on over `message` (which is
    /// `complete` or still grows), as far as it can for nearly nothing.
    pub(crate) fn vartime_next_row(
        &mut self,
        chain: &mut Chain<RATE256>,
        (message, complete): (&[u8], bool),
    ) -> &[UniformPoly] {
        while self.end - self.start < P::L {
            self.polys.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            let left = (P::K * P::L).saturating_sub(self.made);
            if left == 0 {
                break;
            }
            // As few batches as can be, and these alike: a lane that is free in one is there for the chain.
            let batch = left.div_ceil(left.div_ceil(B::Keccak::WIDTH.min(LANES)));
            // FIPS 204 hashes rho‖s‖r for row r and column s.
            let nonces = core::array::from_fn(|lane| {
                let i = self.made + lane;
                u16::from_le_bytes([(i % P::L) as u8, (i / P::L) as u8])
            });
            let polys = &mut self.polys[self.end..self.end + batch];
            let message = (message, complete);
            vartime_rej_ntt_poly(self.backend, &mut self.lanes, self.rho, nonces, polys, chain, message);
            self.end += batch;
            self.made += batch;
        }
        let row = self.start..(self.start + P::L).min(self.end);
        self.start = row.end;
        &self.polys[row]
    }
}

/// FIPS 204, Algorithm 33 (ExpandS): gives each of the L polynomials of s1 and then the K of s2 to `each`,
/// with its number. In: rho', 64 bytes. Out: coefficients in −eta..=eta.
#[inline(never)] // so that its stack is not held together with that of other parts of key generation
pub(crate) fn expand_s<P: ParameterSet, B: Backend>(
    backend: B,
    rho_prime: &[u8],
    mut each: impl FnMut(usize, &Poly),
) {
    let count = P::K + P::L;
    let mut lanes = Lanes::new(backend.keccak());
    let mut polys = Secret::new([const { Poly([0; N]) }; LANES]);
    let mut first = 0;
    while first < count {
        let active = B::Keccak::WIDTH.min(LANES).min(count - first);
        rej_bounded_poly(backend, &mut lanes, P::ETA, rho_prime, first, &mut polys.0[..active]);
        for (i, poly) in polys.0[..active].iter().enumerate() {
            each(first + i, poly);
        }
        first += active;
    }
}

/// FIPS 204, Algorithm 31 (RejBoundedPoly), on the seeds rho'‖first, rho'‖first + 1, … (16 bits, little endian).
fn rej_bounded_poly<B: Backend>(
    backend: B,
    lanes: &mut Lanes<B::Keccak>,
    eta: Eta,
    rho_prime: &[u8],
    first: usize,
    polys: &mut [Poly],
) {
    lanes.start_seeds(RATE256, rho_prime, consecutive(first));
    let mut filled = [0; LANES];
    let mut blocks = Secret::new([const { Block([0; RATE256]) }; LANES]);
    while filled[..polys.len()].iter().any(|&filled| filled < N) {
        lanes.permute_and_squeeze(RATE256, &mut blocks.0[..polys.len()]);
        for ((poly, filled), block) in polys.iter_mut().zip(&mut filled).zip(&blocks.0) {
            *filled = backend.reject_bounded(eta, &block.0, poly, *filled);
        }
    }
}

/// One block of SHAKE256's output.
#[derive(Clone, Copy)]
struct Block([u8; RATE256]);

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

/// The nonces `first`, `first` + 1, … of as many lanes.
fn consecutive(first: usize) -> [u16; LANES] {
    core::array::from_fn(|lane| (first + lane) as u16)
}

/// How many packed mask polynomials are kept at most: a batch, and some left over when the next is made early.
const MASKS: usize = LANES + 1;

/// Bytes of a mask polynomial at gamma1 = 2^19, the larger.
const MASK_LEN: usize = packed_len(Gamma1::Pow19.bits());

/// FIPS 204, Algorithm 34 (ExpandMask) as one stream: polynomial kappa of all attempts together, kappa = 0, 1, 2, …
///
/// An attempt takes L of them, so no lane idles and what one attempt leaves starts the next. Where the back end hashes eight
/// lanes at the price of one, the next masks are made beside the hash of w1, one lane left for that. Wiped on drop.
pub(crate) struct ExpandMask<B: Backend> {
    backend: B,
    lanes: Lanes<B::Keccak>,
    gamma1: Gamma1,
    rho_double_prime: [u8; 64],
    /// Packed polynomials; those from `next` to `end` are unread.
    packed: [[u8; MASK_LEN]; MASKS],
    next: usize,
    end: usize,
    /// The nonce of the next polynomial to be made.
    kappa: usize,
}

impl<B: Backend> ExpandMask<B> {
    pub(crate) fn new(backend: B, gamma1: Gamma1, rho_double_prime: &[u8; 64]) -> Self {
        Self {
            backend,
            lanes: Lanes::new(backend.keccak()),
            gamma1,
            rho_double_prime: *rho_double_prime,
            packed: [[0; MASK_LEN]; MASKS],
            next: 0,
            end: 0,
            kappa: 0,
        }
    }

    /// The next polynomial: coefficients in −gamma1 + 1..=gamma1.
    #[inline]
    pub(crate) fn next(&mut self, y: &mut Poly) {
        if self.next == self.end {
            self.refill(B::Keccak::WIDTH.min(LANES), &mut Chain::new(), (&[], false));
        }
        encoding::unpack_mask(self.backend, self.gamma1, &self.packed[self.next % MASKS], y);
        self.next += 1;
    }

    /// While `hash` goes on over `message`, which is complete: the masks of the next attempt, which needs `wanted`, if
    /// these cost next to nothing then, and are not there already.
    #[inline]
    pub(crate) fn refill_beside(&mut self, wanted: usize, hash: &mut Chain<RATE256>, message: &[u8]) {
        if B::Keccak::WIDTH == LANES && self.end - self.next < wanted {
            self.refill(LANES - 1, hash, (message, true));
        }
    }

    /// Makes as many polynomials as there is room for, at most `batch`.
    fn refill(&mut self, batch: usize, hash: &mut Chain<RATE256>, (message, complete): (&[u8], bool)) {
        self.packed.copy_within(self.next..self.end, 0);
        let left = self.end - self.next;
        let packed = &mut self.packed[left..];
        let active = batch.min(packed.len());
        // 16 bits are the standard's; they wrap after 9,362 attempts at ML-DSA-87, which no signature ever takes.
        self.lanes.start_seeds(RATE256, &self.rho_double_prime, consecutive(self.kappa));
        let len = packed_len(self.gamma1.bits());
        for at in (0..len).step_by(RATE256) {
            match hash.absorb_next(message, complete) {
                Some(state) => self.lanes.permute_and_chain(active, state),
                None => self.lanes.permute(active),
            }
            self.lanes.squeeze_at(&mut packed[..active], at, RATE256.min(len - at));
        }
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

/// SHAKE256 of the parts, one after the other (FIPS 204, section 3.7: H).
pub(crate) fn h<B: Backend>(backend: B, parts: &[&[u8]], out: &mut [u8]) {
    let mut hash = Shake256::new(backend.keccak());
    for part in parts {
        hash.absorb(part);
    }
    hash.finalize().read(out);
}

/// tr = H(pk, 64).
pub(crate) fn public_key_hash<B: Backend>(backend: B, pk: &[u8]) -> [u8; MU_LEN] {
    let mut tr = [0; MU_LEN];
    h(backend, &[pk], &mut tr);
    tr
}
