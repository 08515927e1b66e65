//! The checks of one record.

use std::fmt;

use super::record::{Record, Seed};
use super::{Interface, Signing, xi_and_rnd};
use crate::report::compare_bytes;
use crate::scheme::{Implementation, Message, PrivateKey, PublicKey, Scheme};

/// The number of reproduced signatures for each kind of randomness, for the report.
#[derive(Default)]
pub(super) struct Tally {
    deterministic: usize,
    hedged: usize,
    verified: usize,
}

/// The `rnd` of deterministic signing.
const ZERO: [u8; 32] = [0; 32];

pub(super) fn check<I: Implementation>(
    record: &Record,
    scheme: Scheme<I>,
    interface: Interface,
    signing: Signing,
    tally: &mut Tally,
) -> Result<(), String> {
    length("mlen", record.mlen, &record.msg)?;
    length("smlen", record.smlen, &record.sm)?;
    let signature = record
        .sm
        .strip_suffix(record.msg.as_slice())
        .filter(|signature| signature.len() == scheme.set().signature_len())
        .ok_or_else(|| {
            format!("sm: is not a signature of {} bytes followed by msg", scheme.set().signature_len())
        })?;
    let key = scheme.private_key_from_expanded(&record.sk).map_err(|error| format!("sk: {error}"))?;
    compare_bytes("pk of sk", &key.public_key_bytes(), &record.pk)?;
    let message = message(record, interface);
    let public_key = scheme.public_key(&record.pk).map_err(|error| format!("pk: {error}"))?;
    if !public_key.verify(&message, signature) {
        return Err("sm: the signature does not verify".to_owned());
    }
    let drbg = match &record.seed {
        Some(Seed::Drbg(seed)) => Some(xi_and_rnd(seed)),
        _ => None,
    };
    let xi = record.xi.or(match &record.seed {
        Some(Seed::Xi(xi)) => Some(*xi),
        _ => drbg.map(|(xi, _)| xi),
    });
    if let Some(xi) = xi {
        let from_xi = scheme.private_key_from_seed(&xi).map_err(|error| format!("xi: {error}"))?;
        compare_bytes("sk of xi", &from_xi.expanded_bytes(), &record.sk)?;
    }
    let hedged = record.rng.or(drbg.map(|(_, rnd)| rnd));
    let candidates = match (signing, record.rng, hedged) {
        (Signing::VerifyOnly, _, _) => {
            tally.verified += 1;
            return Ok(());
        }
        (Signing::Deterministic, _, _) => vec![ZERO],
        (Signing::Hedged, _, Some(rnd)) | (Signing::Auto, Some(rnd), _) => vec![rnd],
        (Signing::Hedged, _, None) => {
            return Err("rnd: the record has neither the field `rng` nor a `seed` of 48 bytes".to_owned());
        }
        (Signing::Auto, None, hedged) => [ZERO].into_iter().chain(hedged).collect(),
    };
    for rnd in &candidates {
        let again = key.sign(&message, rnd).map_err(|error| format!("ctx: {error}"))?;
        if again == signature {
            let counter = if *rnd == ZERO { &mut tally.deterministic } else { &mut tally.hedged };
            *counter += 1;
            return Ok(());
        }
    }
    Err("sm: the signature verifies, but does not come out again; \
         if its randomness is not in the file, use --signing verify-only"
        .to_owned())
}

fn length(name: &str, declared: Option<u64>, bytes: &[u8]) -> Result<(), String> {
    match declared {
        Some(declared) if declared != bytes.len() as u64 => {
            Err(format!("{name}: is {declared}, the field has {} bytes", bytes.len()))
        }
        _ => Ok(()),
    }
}

fn message(record: &Record, interface: Interface) -> Message {
    let (message, context) = (record.msg.clone(), record.ctx.clone());
    match interface {
        Interface::Pure => Message::Pure { message, context },
        Interface::PreHash(hash) => Message::PreHash { hash, message, context },
        Interface::Internal => Message::Internal(message),
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "signatures: {} deterministic, {} hedged, {} verified only",
            self.deterministic, self.hedged, self.verified
        )
    }
}
