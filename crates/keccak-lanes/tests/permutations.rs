//! The permutations of each back end, against known values and against each other.

mod common;

use common::Random;
use keccak_lanes::backend::{Visitor, with_each};
use keccak_lanes::{Backend, LANES, Lanes, Portable, Sponges, States};
use std::sync::Mutex;

/// Keccak-f[1600] of the all-zero state, as in the Keccak team's `KeccakF-1600-IntermediateValues.txt`.
const ZERO_PERMUTED: [u64; 25] = [
    0xF1258F7940E1DDE7,
    0x84D5CCF933C0478A,
    0xD598261EA65AA9EE,
    0xBD1547306F80494D,
    0x8B284E056253D057,
    0xFF97A42D7F8E6FD4,
    0x90FEE5A0A44647C4,
    0x8C5BDA0CD6192E76,
    0xAD30A6F71B19059C,
    0x30935AB7D08FFC64,
    0xEB5AA93F2317D635,
    0xA9A6E6260D712103,
    0x81A57C16DBCF555F,
    0x43B831CD0347C826,
    0x01F22F1A11A5569F,
    0x05E5635A21D9AE61,
    0x64BEFEF28CC970F2,
    0x613670957BC46611,
    0xB87C5A554FD00ECB,
    0x8C3EE88A1CCF32C8,
    0x940C7922AE3A2614,
    0x1841F924A2C509E4,
    0x16F53526E70465C2,
    0x75F644E97F30A13B,
    0xEAF1FF7B5CECA249,
];

/// FIPS 202, section 3, transcribed literally: slow, and independent of the portable code.
fn literal_keccak_f1600(a: &mut [u64; 25]) {
    let mut lfsr = 1u16;
    for _ in 0..24 {
        let c: Vec<u64> = (0..5).map(|x| (0..5).fold(0, |sum, y| sum ^ a[x + 5 * y])).collect();
        for i in 0..25 {
            a[i] ^= c[(i + 4) % 5] ^ c[(i + 1) % 5].rotate_left(1);
        }
        let (mut x, mut y, mut moving) = (1, 0, a[1]);
        for t in 0..24 {
            (x, y) = (y, (2 * x + 3 * y) % 5);
            (moving, a[x + 5 * y]) = (a[x + 5 * y], moving.rotate_left((t + 1) * (t + 2) / 2 % 64));
        }
        for y in 0..5 {
            let row: Vec<u64> = (0..5).map(|x| a[x + 5 * y]).collect();
            for x in 0..5 {
                a[x + 5 * y] = row[x] ^ (!row[(x + 1) % 5] & row[(x + 2) % 5]);
            }
        }
        for j in 0..7 {
            a[0] ^= u64::from(lfsr & 1) << ((1 << j) - 1);
            lfsr = (lfsr << 1) ^ (if lfsr & 0x80 != 0 { 0x171 } else { 0 });
        }
    }
}

/// How many random inputs: each back end has a single path, whatever the values. Miri is a thousand times slower.
const ROUNDS: usize = if cfg!(miri) { 1 } else { 20 };

/// Numbers of active lanes: none, each number, more than exist.
fn counts() -> impl Iterator<Item = usize> {
    (0..ROUNDS).flat_map(|_| (0..=LANES + 2).chain([usize::MAX]))
}

fn random_state(random: &mut Random) -> [u64; 25] {
    std::array::from_fn(|_| random.word())
}

fn random_states(random: &mut Random) -> States {
    States(std::array::from_fn(|_| std::array::from_fn(|_| random.word())))
}

#[test]
fn known_values() {
    #[derive(Clone)]
    struct Test;
    impl Visitor for Test {
        type Output = ();
        fn visit<B: Backend>(self, backend: B) {
            let mut random = Random::new(1);
            let mut state = [0; 25];
            backend.permute(&mut state);
            assert_eq!(state, ZERO_PERMUTED, "{}", B::NAME);
            for _ in 0..ROUNDS * 5 {
                let mut state = random_state(&mut random);
                let mut expected = state;
                literal_keccak_f1600(&mut expected);
                backend.permute(&mut state);
                assert_eq!(state, expected, "{}", B::NAME);
            }
        }
    }
    with_each(Test);
}

#[test]
fn lanes_are_independent_states() {
    #[derive(Clone)]
    struct Test;
    impl Visitor for Test {
        type Output = ();
        fn visit<B: Backend>(self, backend: B) {
            let mut random = Random::new(2);
            for active in counts() {
                let before = random_states(&mut random);
                let mut after = before.clone();
                backend.permute_lanes(&mut after, active);
                for lane in 0..active.min(LANES) {
                    let mut expected = before.lane(lane);
                    Portable.permute(&mut expected);
                    assert_eq!(after.lane(lane), expected, "{}: lane {lane} of {active}", B::NAME);
                }
            }
        }
    }
    with_each(Test);
}

#[test]
fn lanes_and_one_extra_state() {
    #[derive(Clone)]
    struct Test;
    impl Visitor for Test {
        type Output = ();
        fn visit<B: Backend>(self, backend: B) {
            let mut random = Random::new(3);
            for active in counts() {
                let before = random_states(&mut random);
                let mut after = before.clone();
                let mut extra = random_state(&mut random);
                let mut expected_extra = extra;
                Portable.permute(&mut expected_extra);
                backend.permute_lanes_and_extra(&mut after, active, &mut extra);
                assert_eq!(extra, expected_extra, "{}: extra state with {active} lanes", B::NAME);
                for lane in 0..active.min(LANES) {
                    let mut expected = before.lane(lane);
                    Portable.permute(&mut expected);
                    assert_eq!(after.lane(lane), expected, "{}: lane {lane} of {active}", B::NAME);
                }
            }
        }
    }
    with_each(Test);
}

/// Compares the features that the standard library detects with the back ends that ran. Kills: a back end that is
/// silently skipped.
#[test]
fn every_back_end_of_this_cpu_runs() {
    static RAN: Mutex<Vec<&str>> = Mutex::new(Vec::new());
    #[derive(Clone)]
    struct Test;
    impl Visitor for Test {
        type Output = ();
        fn visit<B: Backend>(self, _: B) {
            RAN.lock().unwrap().push(B::NAME);
        }
    }
    with_each(Test);
    #[allow(unused_mut)]
    let mut expected = vec!["portable"];
    #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
    {
        use std::arch::is_x86_feature_detected as has;
        if has!("avx2") && has!("bmi1") && has!("bmi2") {
            expected.push("avx2");
            let foundation = has!("avx512f") && has!("avx512bw") && has!("avx512dq") && has!("avx512vl");
            if foundation && has!("avx512vbmi") && has!("avx512vbmi2") {
                expected.push("avx512");
            }
        }
    }
    #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
    {
        expected.push("neon");
        if std::arch::is_aarch64_feature_detected!("sha3") {
            expected.push("neon-sha3");
        }
    }
    let ran = RAN.lock().unwrap();
    println!("back ends that ran: {ran:?}");
    assert_eq!(*ran, expected);
    // FEAT_SHA3 is the best choice on Apple's systems only.
    let not_sha3 = cfg!(all(modsig_neon, not(target_vendor = "apple"), not(mldsa_backend = "neon-sha3")));
    let allowed = if not_sha3 || cfg!(any(mldsa_backend = "avx2", mldsa_backend = "neon")) {
        &expected[..expected.len().min(2)]
    } else {
        &expected
    };
    assert_eq!(Some(&keccak_lanes::best().name()), allowed.last(), "the best, or what was forced");
}

/// Kills: a back end that reports another number of lanes, or is not detected again. Values would not show it.
#[test]
fn each_back_end_tells_its_width() {
    static WIDTHS: Mutex<Vec<(&str, usize)>> = Mutex::new(Vec::new());
    #[derive(Clone)]
    struct Test;
    impl Visitor for Test {
        type Output = ();
        fn visit<B: Backend>(self, backend: B) {
            assert!(B::detect().is_some(), "{}", B::NAME);
            assert_eq!(backend.width(), B::WIDTH, "{}", B::NAME);
            assert_eq!(<Lanes<B> as Sponges<B>>::WIDTH, B::WIDTH, "{}", B::NAME);
            WIDTHS.lock().unwrap().push((B::NAME, B::WIDTH));
        }
    }
    with_each(Test);
    let best = keccak_lanes::Best::detect().unwrap();
    let widths = WIDTHS.lock().unwrap();
    let chosen = widths.iter().find(|(name, _)| *name == best.name());
    assert_eq!(chosen.map(|(_, width)| *width), Some(best.width()));
    for (name, width) in widths.iter() {
        let expected = match *name {
            "portable" => 1,
            "avx2" | "neon" => 4,
            "avx512" => 8,
            _ => 2, // FEAT_SHA3
        };
        assert_eq!(*width, expected, "{name}");
    }
}
