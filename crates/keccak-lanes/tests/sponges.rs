//! Single sponges and lanes, on every back end, against the `shake` crate.

mod common;

use common::{Random, shake};
use keccak_lanes::backend::{Visitor, with_each};
use keccak_lanes::{Backend, LANES, Lanes, RATE128, RATE256, STATE_BYTES, Shake, shake256_many};

/// Runs a generic function on each back end, and [`Best`](keccak_lanes::Best) too.
macro_rules! on_each {
    ($function:ident) => {{
        #[derive(Clone)]
        struct Test;
        impl Visitor for Test {
            type Output = ();
            fn visit<B: Backend>(self, backend: B) {
                $function(backend);
            }
        }
        with_each(Test);
        $function(keccak_lanes::best());
    }};
}

/// Splits `bytes` at random, empty pieces included.
fn pieces<'a>(random: &mut Random, mut bytes: &'a [u8]) -> Vec<&'a [u8]> {
    let mut pieces = vec![];
    while !bytes.is_empty() {
        let (piece, rest) = bytes.split_at(random.below(bytes.len().min(300) + 1));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

#[test]
fn one_sponge_in_any_pieces() {
    fn test<B: Backend, const RATE: usize>(backend: B) {
        let mut random = Random::new(10);
        for len in 0..3 * RATE + 10 {
            let message = random.bytes(len);
            let expected = shake(RATE, &[&message], 3 * RATE + 17);
            let mut sponge = Shake::<B, RATE>::new(backend);
            for piece in pieces(&mut random, &message) {
                sponge.absorb(piece);
            }
            let mut reader = sponge.finalize();
            let mut output = vec![0; expected.len()];
            let mut rest = &mut output[..];
            while !rest.is_empty() {
                let (piece, later) = rest.split_at_mut(random.below(rest.len().min(300) + 1));
                reader.read(piece);
                rest = later;
            }
            assert_eq!(output, expected, "{}: {len} bytes", B::NAME);
        }
    }
    fn both<B: Backend>(backend: B) {
        test::<B, RATE128>(backend);
        test::<B, RATE256>(backend);
    }
    on_each!(both);
}

/// Kills: `finalize_into` that reads nothing, or leaves bytes of the message behind.
#[test]
fn one_sponge_twice() {
    fn test<B: Backend>(backend: B) {
        let mut random = Random::new(15);
        let mut sponge = Shake::<B, RATE256>::new(backend);
        for len in [0, 1, RATE256 - 1, RATE256, 2 * RATE256 + 5] {
            let message = random.bytes(len);
            let mut output = [0; RATE256 + 9];
            sponge.absorb(&message).finalize_into(&mut output);
            assert_eq!(output[..], shake(RATE256, &[&message], output.len()), "{}: {len} bytes", B::NAME);
        }
    }
    on_each!(test);
}

/// A first block, then the rest. Kills: padding that is OR-ed into the state.
#[test]
fn lanes_with_two_blocks() {
    fn test<B: Backend>(backend: B) {
        let mut random = Random::new(16);
        for rate in [RATE128, RATE256] {
            for len in 0..rate {
                let message = random.bytes(rate + len);
                let (first, last) = message.split_at(rate);
                let lane = len % LANES;
                let mut lanes = Lanes::new(backend);
                lanes.absorb_block(lane, first);
                lanes.permute(LANES);
                lanes.absorb_last(lane, rate, last);
                lanes.permute(LANES);
                let mut output = vec![0; rate];
                lanes.squeeze(lane, &mut output);
                assert_eq!(output, shake(rate, &[&message], rate), "{}: rate {rate}, {len} bytes", B::NAME);
            }
        }
    }
    on_each!(test);
}

#[test]
fn different_computations_share_permutations() {
    fn test<B: Backend>(backend: B) {
        let mut random = Random::new(11);
        for round in 0..60 {
            let active = 1 + round % LANES;
            let rates: Vec<usize> = (0..active).map(|_| [RATE128, RATE256][random.below(2)]).collect();
            let inputs: Vec<Vec<u8>> = rates
                .iter()
                .map(|rate| {
                    let len = random.below(*rate);
                    random.bytes(len)
                })
                .collect();
            let extra_input = random.bytes(5 * RATE256 - 1);
            let mut extra = [0; 25];
            let mut lanes = Lanes::new(backend);
            for lane in 0..active {
                lanes.start_lane(lane, rates[lane], &inputs[lane]);
            }
            let mut outputs = vec![vec![]; active];
            for block in 0..5 {
                let mut bytes =
                    extra_input[block * RATE256..].iter().take(RATE256).copied().collect::<Vec<_>>();
                if block == 4 {
                    bytes.push(0x1f | 0x80);
                }
                for (word, bytes) in extra.iter_mut().zip(bytes.chunks(8)) {
                    *word ^= u64::from_le_bytes(bytes.try_into().unwrap());
                }
                lanes.permute_and_extra(active, &mut extra);
                for lane in 0..active {
                    let mut block = vec![0; rates[lane]];
                    lanes.squeeze(lane, &mut block);
                    outputs[lane].extend(block);
                }
            }
            for lane in 0..active {
                let expected = shake(rates[lane], &[&inputs[lane]], 5 * rates[lane]);
                assert_eq!(outputs[lane], expected, "{}: lane {lane} of {active}", B::NAME);
            }
            let expected = shake(RATE256, &[&extra_input], 8);
            assert_eq!(extra[0].to_le_bytes(), expected[..], "{}: extra state with {active} lanes", B::NAME);
        }
    }
    on_each!(test);
}

#[test]
fn seeds_with_nonces() {
    fn test<B: Backend>(backend: B) {
        let mut random = Random::new(12);
        let mut lanes = Lanes::new(backend);
        for rate in [RATE128, RATE256] {
            for len in 0..=rate - 3 {
                let seed = random.bytes(len);
                let nonces: [u16; LANES] = std::array::from_fn(|_| random.word() as u16);
                lanes.start_seeds(rate, &seed, nonces);
                // More than five blocks, as ExpandA reads.
                let active = 1 + len % LANES;
                let mut outputs = vec![[0u8; 768]; active];
                lanes.permute_and_squeeze(rate, &mut outputs);
                for lane in 0..active {
                    let expected = shake(rate, &[&seed, &nonces[lane].to_le_bytes()], 768);
                    assert_eq!(outputs[lane][..], expected, "{}: rate {rate}, seed {len}", B::NAME);
                }
            }
        }
    }
    on_each!(test);
}

#[test]
fn blocks_of_different_lengths() {
    fn test<B: Backend>(backend: B) {
        let mut random = Random::new(13);
        for round in 0..400 {
            let mut lens: [usize; LANES] = std::array::from_fn(|_| random.below(STATE_BYTES + 1));
            match round % 4 {
                0 => lens = [RATE128; LANES],
                1 => lens = [RATE256; LANES],
                2 => lens[random.below(LANES)..].fill(0),
                _ => {}
            }
            let inputs = lens.map(|len| random.bytes(len));
            let before: [Vec<u8>; LANES] = std::array::from_fn(|_| random.bytes(STATE_BYTES));
            let mut lanes = Lanes::new(backend);
            for (lane, state) in before.iter().enumerate() {
                lanes.absorb_block(lane, state);
            }
            lanes.absorb_blocks(inputs.each_ref().map(Vec::as_slice));
            // The bytes before and after each output must not change.
            let mut outputs = lens.map(|len| vec![0xa5; len + 20]);
            let mut targets = outputs.iter_mut().zip(lens).map(|(output, len)| &mut output[10..10 + len]);
            lanes.squeeze_blocks(std::array::from_fn(|_| targets.next().unwrap()));
            for lane in 0..LANES {
                let mut expected = before[lane].clone();
                for (byte, input) in expected.iter_mut().zip(&inputs[lane]) {
                    *byte ^= input;
                }
                let mut all = [0; STATE_BYTES];
                lanes.squeeze(lane, &mut all);
                assert_eq!(all[..], expected, "{}: {lens:?}", B::NAME);
                let output = [&[0xa5; 10][..], &expected[..lens[lane]], &[0xa5; 10]].concat();
                assert_eq!(outputs[lane], output, "{}: {lens:?}", B::NAME);
            }
        }
    }
    on_each!(test);
}

/// More than 200 bytes, lane numbers above eight, invalid rates: no panic, and the documented result.
#[test]
fn out_of_range_is_clamped() {
    fn test<B: Backend>(backend: B) {
        let long: Vec<u8> = (0..300).map(|i| i as u8).collect();
        let mut lanes = Lanes::new(backend);
        lanes.absorb_block(9, &long);
        let mut block = [0; STATE_BYTES];
        lanes.squeeze(1, &mut block);
        assert_eq!(block, long[..STATE_BYTES]);
        lanes.reset();
        lanes.absorb_blocks([&long; LANES]);
        let mut outputs = vec![[0xa5; 300]; LANES + 3];
        lanes.squeeze_at(&mut outputs, 0, 300);
        for (lane, output) in outputs.iter().enumerate() {
            let read = if lane < LANES { STATE_BYTES } else { 0 };
            assert_eq!(output[..read], long[..read], "{}", B::NAME);
            assert_eq!(output[read..], [0xa5; 300][read..], "{}", B::NAME);
        }
        lanes.squeeze_at(&mut outputs, 290, 136);
        assert_eq!(outputs[7][290..], long[..10]);
        lanes.squeeze_at(&mut outputs, 301, 136);
        for rate in [0, 7, 8, 201, usize::MAX] {
            lanes.absorb_last(3, rate, &long);
            lanes.start_lane(3, rate, &long);
            lanes.start_seeds(rate, &long, [7; LANES]);
            lanes.permute_and_squeeze(rate, &mut outputs);
        }
        lanes.permute_and_squeeze(RATE128, &mut [[0u8; 0]; 3]);
        lanes.permute_and_squeeze::<[u8; 8]>(RATE128, &mut []);
    }
    on_each!(test);
}

#[test]
fn many_messages() {
    fn test<B: Backend>(backend: B) {
        let mut random = Random::new(14);
        let prefixes: Vec<Vec<u8>> = (0..601).map(|i| random.bytes(i * 7 % 150)).collect();
        let bodies: Vec<Vec<u8>> = (0..601).map(|i| random.bytes(i)).collect();
        let messages: Vec<[&[u8]; 3]> =
            prefixes.iter().zip(&bodies).map(|(prefix, body)| [&prefix[..], &[0], body]).collect();
        let expected: Vec<Vec<u8>> = messages.iter().map(|parts| shake(RATE256, parts, RATE256)).collect();
        let check = |messages: &[[&[u8]; 3]], expected: &[Vec<u8>]| {
            let mut outputs = vec![[0u8; 64]; messages.len()];
            shake256_many(backend, messages, &mut outputs);
            for (n, (output, expected)) in outputs.iter().zip(expected).enumerate() {
                assert_eq!(output[..], expected[..64], "{}: {n} of {}", B::NAME, messages.len());
            }
        };
        check(&messages, &expected);
        // Every small number of messages, the longest first too.
        for count in 0..=19 {
            check(&messages[..count], &expected[..count]);
            check(&messages[601 - count..], &expected[601 - count..]);
            let reversed: Vec<_> = messages.iter().rev().step_by(13).take(count).copied().collect();
            let expected: Vec<_> = expected.iter().rev().step_by(13).take(count).cloned().collect();
            check(&reversed, &expected);
        }
        // A whole block as output; an empty output; fewer outputs than messages.
        let mut outputs = vec![[0u8; RATE256]; 5];
        shake256_many(backend, &messages[200..], &mut outputs);
        assert_eq!(outputs[4][..], expected[204]);
        shake256_many(backend, &messages, &mut [[0u8; 0]; 7]);
        let mut one = [[0u8; 32]];
        shake256_many::<B, 0, 32>(backend, &[[]], &mut one);
        assert_eq!(one[0][..], shake(RATE256, &[], 32));
    }
    on_each!(test);
}
