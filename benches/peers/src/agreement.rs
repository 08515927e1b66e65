//! Every job gives the bytes it should before any of them is timed: the same public keys and the same signatures
//! from every library, and nobody accepts a forgery.

use crate::inputs::{Inputs, Set};
use crate::libraries::{Job, Operation};
use mldsa::{Context, MlDsa44, MlDsa65, MlDsa87, ParameterSet, Signature, VerifyingKey};

/// How many bytes `operation` writes.
pub fn output_len(operation: Operation, inputs: &Inputs) -> usize {
    match operation {
        Operation::Keygen => inputs.public_key.len(),
        Operation::Sign => inputs.signatures[0].len(),
        Operation::Verify => 1,
    }
}

/// Runs `job` on every input and compares. Returns how many results were compared.
///
/// # Errors
/// Which result differs.
pub fn check(job: &mut Job, inputs: &Inputs) -> Result<usize, String> {
    let mut out = vec![0; output_len(job.operation, inputs)];
    let count = match job.operation {
        Operation::Keygen => inputs.seeds.len(),
        Operation::Sign => inputs.signed(),
        Operation::Verify => inputs.messages.len(),
    };
    for i in 0..count {
        out.fill(0);
        (job.run)(i, &mut out);
        let good = match job.operation {
            // Nothing to compare a random key with. It is not the one that another call gave.
            Operation::Keygen if job.random => {
                out != inputs.public_keys[i] && out.iter().any(|byte| *byte != 0)
            }
            Operation::Keygen => out == inputs.public_keys[i],
            Operation::Sign if job.random => verifies(inputs, i, &out),
            Operation::Sign => out == inputs.signatures[i],
            Operation::Verify => (out[0] == 1) == (i < inputs.signed()),
        };
        if !good {
            return Err(format!("{job:?} on {}: result {i} is not the expected one", inputs.set));
        }
    }
    Ok(count)
}

/// Whether this repository accepts the signature that somebody made of message i.
fn verifies(inputs: &Inputs, i: usize, signature: &[u8]) -> bool {
    match inputs.set {
        Set::MlDsa44 => verifies_in::<MlDsa44>(inputs, i, signature),
        Set::MlDsa65 => verifies_in::<MlDsa65>(inputs, i, signature),
        Set::MlDsa87 => verifies_in::<MlDsa87>(inputs, i, signature),
    }
}

fn verifies_in<P: ParameterSet>(inputs: &Inputs, i: usize, signature: &[u8]) -> bool {
    let key = VerifyingKey::<P>::from_bytes(&inputs.public_key).expect("a good public key");
    Signature::from_bytes(signature)
        .and_then(|signature| key.verify(&inputs.messages[i], Context::EMPTY, &signature))
        .is_ok()
}
