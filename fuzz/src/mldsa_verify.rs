//! Verification of bytes of any length: it answers, and every back end and both schedules give the same answer.

use crate::back_ends::{BACK_ENDS, Question, one_of};
use crate::claims::claim;
use crate::question;
use crate::script::{Script, fitted};
use mldsa::backend::Backend;
use mldsa::dynamic::{AnyVerifyingKey, Parameters};
use mldsa::{Context, Mu, ParameterSet, Signature, VerifyingKey, hazmat};

/// What is claimed.
pub const CLAIMS: &[&str] = &[
    "mldsa verify: a public key is accepted by its length alone, and kept",
    "mldsa verify: a signature of another length is refused",
    "mldsa verify: back ends, schedules, expanded keys and batches agree",
    "mldsa verify: in a batch, the same twice gets the same answer twice",
    "mldsa verify: a good signature with one bit changed is bad",
];

/// The longest input, in bytes.
pub const MAX_LEN: usize = 7400;

/// Each back end with each way to verify; and a bit that is changed.
pub const QUESTIONS: u8 = 4 * BACK_ENDS + 1;

struct Case<'a> {
    way: u8,
    key: &'a [u8],
    context: Context<'a>,
    message: &'a [u8],
    signature: &'a [u8],
}

/// From this value on of the byte for the parameter set, key and signature are taken as they are; below it they are given
/// their right lengths.
const AS_IT_IS: u8 = 192;

/// The input: a byte for the question, one for the parameter set; public key, context and message, each with its length; the signature.
pub fn run(data: &[u8]) {
    let Some((question, data)) = question(data, QUESTIONS) else { return };
    let mut script = Script(data);
    let set = script.byte();
    let parameters = Parameters::ALL[usize::from(set % 3)];
    let (key, context, message) = (script.piece(), script.piece(), script.piece());
    let (mut key, mut signature) = (key.to_vec(), script.0.to_vec());
    if set < AS_IT_IS {
        key = fitted(&key, parameters.verifying_key_len());
        signature = fitted(&signature, parameters.signature_len());
    }
    let (key, signature) = (&key[..], &signature[..]);
    let any = AnyVerifyingKey::from_bytes(parameters, key);
    let kept = any.as_ref().ok().map(AnyVerifyingKey::as_bytes);
    let expected = (key.len() == parameters.verifying_key_len()).then_some(key);
    claim("mldsa verify: a public key is accepted by its length alone, and kept", kept == expected);
    let (Ok(any), Ok(context)) = (any, Context::new(context)) else { return };
    let good = any.verify(message, context, signature).is_ok();
    if signature.len() != parameters.signature_len() {
        claim("mldsa verify: a signature of another length is refused", !good);
        return;
    }
    if question < 4 * BACK_ENDS {
        let case = Case { way: question / BACK_ENDS, key, context, message, signature };
        let answer = one_of(parameters, &case, question);
        let agree = answer.is_none_or(|answer| answer == good);
        claim("mldsa verify: back ends, schedules, expanded keys and batches agree", agree);
    } else if good {
        let mut other = signature.to_vec();
        let at = message.len() * 37 % other.len();
        other[at] ^= 1 << (context.as_bytes().len() % 8);
        let bad = any.verify(message, context, &other).is_err();
        claim("mldsa verify: a good signature with one bit changed is bad", bad);
    }
}

impl Question for Case<'_> {
    type Answer = bool;

    fn ask<P: ParameterSet, B: Backend>(&self, backend: B) -> bool {
        let key = VerifyingKey::<P>::from_bytes(self.key).expect("its length is right");
        let signature = Signature::<P>::from_bytes(self.signature).expect("its length is right");
        match self.way {
            0 => hazmat::verify(backend, &key, self.message, self.context, &signature).is_ok(),
            1 => hazmat::verify_small(backend, &key, self.message, self.context, &signature).is_ok(),
            way => {
                let mu = Mu::of_message(&hazmat::tr(backend, &key), self.context, self.message);
                let expanded = hazmat::expand_verifying_key(backend, &key);
                if way == 2 {
                    return hazmat::verify_mu_expanded(backend, &expanded, &mu, &signature).is_ok();
                }
                let mut verdicts = [Ok(()); 2];
                hazmat::verify_batch(
                    backend,
                    &expanded,
                    &[(mu, &signature), (mu, &signature)],
                    &mut verdicts,
                );
                let [first, second] = verdicts.map(|verdict| verdict.is_ok());
                claim("mldsa verify: in a batch, the same twice gets the same answer twice", first == second);
                first
            }
        }
    }
}
