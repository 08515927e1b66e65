//! Streams: however input and output are cut into pieces, on every back end the bytes are those of one shot.

use crate::claims::claim;
use crate::script::Script;
use keccak_lanes::backend::{Visitor, with_each};
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

/// The longest output that is squeezed.
const OUT: usize = 700;

/// The first 24 bytes say where to cut; the others are the message.
pub fn run(data: &[u8]) {
    let (cuts, message) = data.split_at(data.len().min(24));
    let expected = (oracle::<shake::Shake128>(message), oracle::<shake::Shake256>(message));
    with_each(Pieces { cuts, message, expected: &expected });
    check_mu(cuts, message);
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

#[derive(Clone, Copy)]
struct Pieces<'a> {
    cuts: &'a [u8],
    message: &'a [u8],
    expected: &'a (Vec<u8>, Vec<u8>),
}

impl Visitor for Pieces<'_> {
    type Output = ();

    fn visit<B: Backend>(self, backend: B) {
        let parts = pieces(self.cuts, self.message);
        let right = squeezed::<B, RATE128>(backend, &parts, self.cuts) == self.expected.0;
        claim("hashing: SHAKE128 in pieces is that of another implementation", right);
        let right = squeezed::<B, RATE256>(backend, &parts, self.cuts) == self.expected.1;
        claim("hashing: SHAKE256 in pieces is that of another implementation", right);
        // The pieces as messages of their own, with a prefix that all have.
        let messages: Vec<[&[u8]; 2]> = parts.iter().map(|part| [&b"prefix"[..], part]).collect();
        let mut outputs = vec![[0; 64]; messages.len()];
        shake256_many(backend, &messages, &mut outputs);
        let right = messages
            .iter()
            .zip(&outputs)
            .all(|(message, output)| oracle::<shake::Shake256>(&message.concat()).starts_with(output));
        claim("hashing: SHAKE256 of several messages in lanes is that of each", right);
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

fn check_mu(cuts: &[u8], message: &[u8]) {
    let tr = [cuts.first().copied().unwrap_or_default(); MU_LEN];
    let Ok(context) = Context::new(cuts) else { return };
    let whole = Mu::of_message(&tr, context, message);
    let parts = pieces(cuts, message);
    let mut hasher = MuHasher::new(&tr, context);
    parts.iter().for_each(|part| hasher.update(part));
    let same = hasher.finalize().as_bytes() == whole.as_bytes();
    claim("hashing: mu in pieces is mu of the whole message", same);
    let mut mus = vec![whole; parts.len()];
    Mu::of_messages(&tr, context, &parts, &mut mus);
    let each = |(part, mu): (&&[u8], &Mu)| Mu::of_message(&tr, context, part).as_bytes() == mu.as_bytes();
    let same = parts.iter().zip(&mus).all(each);
    claim("hashing: mu of several messages is that of each", same);
}
