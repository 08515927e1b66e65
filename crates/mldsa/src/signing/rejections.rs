//! Every rejection of algorithm 7 is taken, by both sources of the key.

extern crate std;

use super::*;
use crate::backend::Portable;
use crate::encoding::keys::PrivateKeyWriter;
use crate::encoding::pack_t0;
use crate::keygen::{Memory, keygen_internal};
use crate::params::{D, MlDsa44, MlDsa65, MlDsa87};
use crate::poly::UNIFORM_LEN;
use crate::schedule::Fast;

const SEED: [u8; 32] = [7; 32];
const RND: [u8; 32] = [9; 32];

const ZERO: UniformPoly = UniformPoly([0; UNIFORM_LEN]);

/// How many messages are signed with each key: enough for the rarest of the rejections below.
const MESSAGES: u8 = 100;

/// How many attempts ended in each way.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    accepted: usize,
    low_bits: usize,
    response: usize,
    t0_product: usize,
    hint_count: usize,
}

/// Counts the attempts of one signature, at most `limit`.
fn count<P: ParameterSet>(
    mut key: impl KeySource<P, Portable>,
    mu: &[u8; MU_LEN],
    limit: usize,
    counts: &mut Counts,
) {
    let mut signature = P::SignatureBytes::ZEROED;
    let mut writer = SignatureWriter::new::<P>(&mut signature);
    let mut work = Workspace::<P>::NEW;
    work.challenge_input.as_mut()[..MU_LEN].copy_from_slice(mu);
    for _ in 0..limit {
        match attempt(Portable, &mut key, &mut work, &mut writer) {
            Ok(()) => {
                counts.accepted += 1;
                break;
            }
            Err(Rejection::LowBits) => counts.low_bits += 1,
            Err(Rejection::Response) => counts.response += 1,
            Err(Rejection::T0Product) => counts.t0_product += 1,
            Err(Rejection::HintCount) => counts.hint_count += 1,
        }
    }
}

/// Counts the attempts of many signatures, at most `limit` each. Both sources must agree.
fn count_all<P: ParameterSet>(sk: &P::SigningKeyBytes, limit: usize) -> Counts {
    let mut expanded = Expanded::<P>::EMPTY;
    expanded.fill(Portable, sk);
    let (mut counts, mut streaming) = (Counts::default(), Counts::default());
    for message in 0..MESSAGES {
        let mu = [message; MU_LEN];
        count(ExpandedKeySource::new(Portable, &expanded, &mu, &RND), &mu, limit, &mut counts);
        let kept = [0, 3, P::K * P::L][usize::from(message % 3)];
        let (mut bytes, mut kept) = (ZERO, std::vec![ZERO; kept]);
        let mut source = StreamingKeySource::<P, _>::new(Portable, sk, &mut bytes, &mut kept);
        source.start(&mu, &RND);
        count(source, &mu, limit, &mut streaming);
    }
    assert_eq!(counts, streaming, "{}", P::NAME);
    std::println!("{}: {counts:?}", P::NAME);
    counts
}

fn key<P: ParameterSet>() -> P::SigningKeyBytes {
    let (mut pk, mut sk) = (P::VerifyingKeyBytes::ZEROED, P::SigningKeyBytes::ZEROED);
    keygen_internal::<P, _, Fast>(Portable, &SEED, &mut pk, &mut sk, &mut { Memory::NEW });
    sk
}

/// Replaces t0 by coefficients 2^12 and −2^12 + 1 in a fixed pattern, so that c·t0 is as large as it can be.
fn set_largest_t0<P: ParameterSet>(sk: &mut P::SigningKeyBytes) {
    let mut state = 1_u32;
    for i in 0..P::K {
        let t0 = Poly(core::array::from_fn(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if state >> 31 == 0 { 1 << (D - 1) } else { 1 - (1 << (D - 1)) }
        }));
        pack_t0(Portable, &t0, PrivateKeyWriter::new::<P>(sk).t0(i));
    }
}

fn every_rejection_is_taken<P: ParameterSet>() {
    let mut sk = key::<P>();
    let counts = count_all::<P>(&sk, MAX_ATTEMPTS);
    assert_eq!(counts.accepted, usize::from(MESSAGES));
    assert!(counts.low_bits > 0 && counts.response > 0, "{counts:?}");

    // With keys from key generation, the conditions of line 28 are too rare for a test.
    set_largest_t0::<P>(&mut sk);
    // With such a t0, few attempts succeed.
    let counts = count_all::<P>(&sk, 20);
    assert!(counts.hint_count > 0, "{counts:?}");
    let possible = (P::TAU as i32) << (D - 1) >= P::GAMMA2.value();
    assert_eq!(counts.t0_product > 0, possible, "{counts:?}");
}

/// Kills: a condition of line 23 or 28 that is never checked, or that is checked after another one has hidden it.
#[test]
fn every_rejection_is_taken_44() {
    every_rejection_is_taken::<MlDsa44>();
}

#[test]
fn every_rejection_is_taken_65() {
    every_rejection_is_taken::<MlDsa65>();
}

#[test]
fn every_rejection_is_taken_87() {
    every_rejection_is_taken::<MlDsa87>();
}
