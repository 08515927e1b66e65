//! Verification of bytes of any length: it answers, and every back end and both schedules give the same answer.

use crate::back_ends::{Question, each};
use crate::claims::claim;
use crate::script::Script;
use mldsa::backend::Backend;
use mldsa::dynamic::{AnyVerifyingKey, Parameters};
use mldsa::{Context, MlDsa44, MlDsa65, MlDsa87, Mu, ParameterSet, Signature, VerifyingKey, hazmat};

/// What is claimed.
pub const CLAIMS: &[&str] = &[
    "mldsa verify: a public key is accepted by its length alone, and kept",
    "mldsa verify: a signature of another length is refused",
    "mldsa verify: back ends, schedules, expanded keys and batches agree",
    "mldsa verify: a good signature with one bit changed is bad",
];

struct Case<'a> {
    key: &'a [u8],
    context: Context<'a>,
    message: &'a [u8],
    signature: &'a [u8],
}

/// The input: a byte for the parameter set; public key, context and message, each with its length; the signature.
pub fn run(data: &[u8]) {
    let mut script = Script(data);
    let parameters = Parameters::ALL[usize::from(script.byte() % 3)];
    let (key, context, message) = (script.piece(), script.piece(), script.piece());
    let signature = script.0;
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
    let case = Case { key, context, message, signature };
    let answers = match parameters {
        Parameters::MlDsa44 => each::<MlDsa44, _>(&case),
        Parameters::MlDsa65 => each::<MlDsa65, _>(&case),
        Parameters::MlDsa87 => each::<MlDsa87, _>(&case),
    };
    let agree = answers.iter().flatten().all(|answer| *answer == good);
    claim("mldsa verify: back ends, schedules, expanded keys and batches agree", agree);
    if good {
        let mut other = signature.to_vec();
        let at = message.len() * 37 % other.len();
        other[at] ^= 1 << (context.as_bytes().len() % 8);
        let bad = any.verify(message, context, &other).is_err();
        claim("mldsa verify: a good signature with one bit changed is bad", bad);
    }
}

impl Question for Case<'_> {
    type Answer = [bool; 5];

    fn ask<P: ParameterSet, B: Backend>(&self, backend: B) -> [bool; 5] {
        let key = VerifyingKey::<P>::from_bytes(self.key).expect("its length is right");
        let signature = Signature::<P>::from_bytes(self.signature).expect("its length is right");
        let mu = Mu::of_message(&hazmat::tr(backend, &key), self.context, self.message);
        let expanded = hazmat::expand_verifying_key(backend, &key);
        let mut verdicts = [Ok(()); 2];
        hazmat::verify_batch(backend, &expanded, &[(mu, &signature), (mu, &signature)], &mut verdicts);
        [
            hazmat::verify(backend, &key, self.message, self.context, &signature).is_ok(),
            hazmat::verify_small(backend, &key, self.message, self.context, &signature).is_ok(),
            hazmat::verify_mu_expanded(backend, &expanded, &mu, &signature).is_ok(),
            verdicts[0].is_ok(),
            verdicts[1].is_ok(),
        ]
    }
}
