//! A signature, its message, its context and its key, changed by an edit script: nothing verifies unless all is as it was.

use crate::claims::claim;
use crate::script::Script;
use mldsa::dynamic::{AnySigningKey, AnyVerifyingKey, Parameters};
use mldsa::{Context, Rnd, Seed};
use std::sync::OnceLock;

/// What is claimed.
pub const CLAIMS: &[&str] =
    &["sign, mutate, verify: unchanged it verifies", "sign, mutate, verify: changed it does not"];

/// Every input asks all.
pub const QUESTIONS: u8 = 1;

/// The longest input, in bytes.
pub const MAX_LEN: usize = 256;

/// How many edits are made at most.
const MAX_EDITS: usize = 24;

/// Something signed: signature, message, context, public key.
#[derive(Clone, PartialEq)]
struct Signed {
    parameters: Parameters,
    parts: [Vec<u8>; 4],
}

fn bases() -> &'static [Signed] {
    static BASES: OnceLock<Vec<Signed>> = OnceLock::new();
    BASES.get_or_init(|| {
        let mut bases = Vec::new();
        for parameters in Parameters::ALL {
            for (number, context) in [&b""[..], b"context"].into_iter().enumerate() {
                let key = AnySigningKey::from_seed(parameters, &Seed::from_bytes([number as u8; 32]));
                let message = b"a message of some length";
                let known = Context::new(context).expect("short");
                let signature = key.sign(message, known, &Rnd::DETERMINISTIC).as_bytes().to_vec();
                let public = key.verifying_key().as_bytes().to_vec();
                bases.push(Signed {
                    parameters,
                    parts: [signature, message.to_vec(), context.to_vec(), public],
                });
            }
        }
        bases
    })
}

/// The first byte chooses what was signed; then edits, each with a byte before it for the part.
pub fn run(data: &[u8]) {
    let mut script = Script(data);
    let base = &bases()[usize::from(script.byte()) % bases().len()];
    let mut edited = base.clone();
    for _ in 0..MAX_EDITS {
        if script.is_empty() {
            break;
        }
        match script.byte() % 6 {
            part @ 0..=3 => script.edit(&mut edited.parts[usize::from(part)]),
            // The hints: the last 83 bytes at most, where a signature's other encodings would be.
            4 => {
                let signature = &mut edited.parts[0];
                let mut hints = signature.split_off(signature.len() - signature.len().min(83));
                script.edit(&mut hints);
                signature.extend(hints);
            }
            // A byte moves from the message to the context, or back.
            _ => {
                let [_, message, context, _] = &mut edited.parts;
                if script.byte() & 1 == 0 && !message.is_empty() {
                    context.push(message.remove(0));
                } else if let Some(byte) = context.pop() {
                    message.insert(0, byte);
                }
            }
        }
    }
    let [signature, message, context, public] = &edited.parts;
    let key = AnyVerifyingKey::from_bytes(base.parameters, public).ok();
    let good = key.zip(Context::new(context).ok());
    let good = good.is_some_and(|(key, context)| key.verify(message, context, signature).is_ok());
    if edited == *base {
        claim("sign, mutate, verify: unchanged it verifies", good);
    } else {
        claim("sign, mutate, verify: changed it does not", !good);
    }
}
