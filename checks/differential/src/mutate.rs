//! Signatures that are nearly good.

use mldsa::dynamic::Parameters;

use crate::naive;
use crate::random::Random;

/// A signature made from a good one, and the name of what was done.
pub struct AlteredSignature {
    /// The case.
    pub case: &'static str,
    /// The bytes.
    pub signature: Vec<u8>,
}

/// How many altered signatures [`of`] makes at most of each case.
const FLIPS: usize = 2;

/// Alterations of `good`. None of them may verify.
pub fn of(set: Parameters, good: &[u8], random: &mut Random) -> Vec<AlteredSignature> {
    let mut altered = Vec::new();
    let mut add = |case, signature: Vec<u8>| {
        if signature != good {
            altered.push(AlteredSignature { case, signature });
        }
    };
    let z = naive::z_start(set);
    let (hints, _) = naive::hints(set);
    let parts = [
        ("verify: a bit of c~ flipped", 0..z),
        ("verify: a bit of z flipped", z..hints),
        ("verify: a bit of the hints flipped", hints..good.len()),
    ];
    for (case, range) in parts {
        for _ in 0..FLIPS {
            let mut signature = good.to_vec();
            signature[range.start + random.below(range.len())] ^= 1 << random.below(8);
            add(case, signature);
        }
    }
    add("verify: signature a byte too short", good[..good.len() - 1].to_vec());
    add("verify: signature a byte too long", [good, &[0]].concat());
    add("verify: signature empty", Vec::new());
    let other = *random.pick(&Parameters::ALL);
    let mut resized = good.to_vec();
    resized.resize(other.signature_len(), 0);
    add("verify: signature as long as another set's", resized);
    add("verify: signature all zero", vec![0; good.len()]);
    add("verify: signature all ones", vec![0xff; good.len()]);
    let mut kept = random.bytes(good.len());
    kept[hints..].copy_from_slice(&good[hints..]);
    add("verify: signature random but for its hints", kept);
    for (case, signature) in altered_hints(set, good, random) {
        add(case, signature);
    }
    altered
}

/// The same hints written in another way, so that only the rules of HintBitUnpack (algorithm 21) forbid them.
fn altered_hints(set: Parameters, good: &[u8], random: &mut Random) -> Vec<(&'static str, Vec<u8>)> {
    let (start, omega) = naive::hints(set);
    let hints = &good[start..];
    let counters = &hints[omega..];
    let total = usize::from(*counters.last().unwrap_or(&0));
    let polynomials = counters.len();
    let begin = |i: usize| if i == 0 { 0 } else { usize::from(counters[i - 1]) };
    let with = |change: &dyn Fn(&mut [u8])| {
        let mut signature = good.to_vec();
        change(&mut signature[start..]);
        signature
    };
    let mut altered = Vec::new();

    // A polynomial with at least two hints: two neighbours the other way round.
    let several: Vec<usize> =
        (0..polynomials).filter(|&i| usize::from(counters[i]) - begin(i) >= 2).collect();
    if !several.is_empty() {
        let i = *random.pick(&several);
        let at = begin(i) + random.below(usize::from(counters[i]) - begin(i) - 1);
        altered.push(("verify: hints out of order", with(&|hints| hints.swap(at, at + 1))));
    }
    if total < omega {
        // An index twice, where there is room for one more.
        let some: Vec<usize> = (0..polynomials).filter(|&i| usize::from(counters[i]) > begin(i)).collect();
        if !some.is_empty() {
            let i = *random.pick(&some);
            let at = begin(i) + random.below(usize::from(counters[i]) - begin(i));
            altered.push((
                "verify: a hint twice",
                with(&|hints| {
                    hints.copy_within(at..total, at + 1);
                    hints[omega + i..].iter_mut().for_each(|counter| *counter += 1);
                }),
            ));
        }
        let at = total + random.below(omega - total);
        let value = 1 + random.below(255) as u8;
        altered.push(("verify: padding of the hints not zero", with(&|hints| hints[at] = value)));
        altered
            .push(("verify: padding counted as hints", with(&|hints| hints[omega + polynomials - 1] += 1)));
    }
    let i = random.below(polynomials);
    for value in [omega as u8 + 1, 255] {
        altered.push(("verify: a counter of hints over omega", with(&|hints| hints[omega + i] = value)));
    }
    if let Some(i) = (1..polynomials).find(|&i| counters[i - 1] > 0) {
        altered.push((
            "verify: counters of hints that fall",
            with(&|hints| hints[omega + i] = counters[i - 1] - 1),
        ));
    }
    altered
}
