//! Streams: however input and output are cut into pieces, on every back end the bytes are those of one shot.

use crate::claims::claim;
use crate::question;
use crate::script::Script;
use keccak_lanes::backend::Portable;
#[cfg(all(target_arch = "x86_64", not(mldsa_backend = "portable")))]
use keccak_lanes::backend::{Avx2, Avx512};
use keccak_lanes::{Backend, RATE128, RATE256, Shake, shake256_many};
use mldsa::{Context, MU_LEN, Mu, MuHasher};
use shake::digest::{ExtendableOutput, Update, XofReader};

/// What is claimed.
pub const CLAIMS: &[&str] = &[
    "hashing: SHAKE128 in pieces is that of another implementation",
    "hashing: SHAKE256 in pieces is that of another implementation",
    "hashing: SHAKE256 of several messages in lanes is that of each",
    "hashing: mu in pieces is mu of the whole message",
    "hashing: mu of several messages is that of each",
];

/// The longest input, in bytes.
pub const MAX_LEN: usize = 640;

/// Three questions to each of three back ends, and two about mu.
pub const QUESTIONS: u8 = 11;

/// How much output is squeezed: two blocks of SHAKE128, and some.
const OUT: usize = 350;

/// The question; then 24 bytes that say where to cut; the others are the message.
pub fn run(data: &[u8]) {
    let Some((question, data)) = question(data, QUESTIONS) else { return };
    let (cuts, message) = data.split_at(data.len().min(24));
    match (question / 3, question % 3) {
        (3.., which) => check_mu(cuts, message, which == 0),
        (what, 0) => pieces_agree(Portable, what, cuts, message),
        #[cfg(all(target_arch = "x86_64", not(mldsa_backend = "portable")))]
        (what, 1) => {
            if let Some(backend) = Avx2::detect() {
                pieces_agree(backend, what, cuts, message);
            }
        }
        #[cfg(all(target_arch = "x86_64", not(mldsa_backend = "portable")))]
        (what, 2) => {
            if let Some(backend) = Avx512::detect() {
                pieces_agree(backend, what, cuts, message);
            }
        }
        _ => {}
    }
}

fn oracle<H: Default + Update + ExtendableOutput>(message: &[u8]) -> Vec<u8> {
    let mut hasher = H::default();
    hasher.update(message);
    let mut out = vec![0; OUT];
    hasher.finalize_xof().read(&mut out);
    out
}

/// Cuts a slice into pieces as long as the script says; the last is what is left.
fn pieces<'m>(cuts: &[u8], mut message: &'m [u8]) -> Vec<&'m [u8]> {
    let mut script = Script(cuts);
    let mut pieces = Vec::new();
    while !script.is_empty() {
        let cut = usize::from(script.byte()) % (message.len() + 1);
        let (piece, rest) = message.split_at(cut);
        pieces.push(piece);
        message = rest;
    }
    pieces.push(message);
    pieces
}

fn pieces_agree<B: Backend>(backend: B, what: u8, cuts: &[u8], message: &[u8]) {
    let parts = pieces(cuts, message);
    match what {
        0 => {
            let right = squeezed::<B, RATE128>(backend, &parts, cuts) == oracle::<shake::Shake128>(message);
            claim("hashing: SHAKE128 in pieces is that of another implementation", right);
        }
        1 => {
            let right = squeezed::<B, RATE256>(backend, &parts, cuts) == oracle::<shake::Shake256>(message);
            claim("hashing: SHAKE256 in pieces is that of another implementation", right);
        }
        // The pieces as messages of their own, with a prefix that all have.
        _ => {
            let messages: Vec<[&[u8]; 2]> = parts.iter().map(|part| [&b"prefix"[..], part]).collect();
            let mut outputs = vec![[0; 64]; messages.len()];
            shake256_many(backend, &messages, &mut outputs);
            let right = messages.iter().zip(&outputs).all(|(message, output)| {
                let mut expected = [0; 64];
                let mut hasher = shake::Shake256::default();
                message.iter().for_each(|part| hasher.update(part));
                hasher.finalize_xof().read(&mut expected);
                expected == *output
            });
            claim("hashing: SHAKE256 of several messages in lanes is that of each", right);
        }
    }
}

fn squeezed<B: Backend, const RATE: usize>(backend: B, parts: &[&[u8]], cuts: &[u8]) -> Vec<u8> {
    let mut sponge = Shake::<B, RATE>::new(backend);
    for part in parts {
        sponge.absorb(part);
    }
    let mut reader = sponge.finalize();
    let mut out = vec![0; OUT];
    let mut rest = &mut out[..];
    for cut in cuts.iter().rev() {
        let (piece, later) = rest.split_at_mut(usize::from(*cut).min(rest.len()));
        reader.read(piece);
        rest = later;
    }
    reader.read(rest);
    out
}

fn check_mu(cuts: &[u8], message: &[u8], one: bool) {
    let tr = [cuts.first().copied().unwrap_or_default(); MU_LEN];
    let Ok(context) = Context::new(cuts) else { return };
    let parts = pieces(cuts, message);
    if one {
        let mut hasher = MuHasher::new(&tr, context);
        parts.iter().for_each(|part| hasher.update(part));
        let same = hasher.finalize().as_bytes() == Mu::of_message(&tr, context, message).as_bytes();
        claim("hashing: mu in pieces is mu of the whole message", same);
        return;
    }
    let mut mus = vec![Mu::of_message(&tr, context, b""); parts.len()];
    Mu::of_messages(&tr, context, &parts, &mut mus);
    let each = |(part, mu): (&&[u8], &Mu)| Mu::of_message(&tr, context, part).as_bytes() == mu.as_bytes();
    let same = parts.iter().zip(&mus).all(each);
    claim("hashing: mu of several messages is that of each", same);
}
