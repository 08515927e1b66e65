//! `MlDsaSign`: one private key, as a seed or expanded, and many signatures.

use super::{Case, encodings};
use crate::error::Malformed;
use crate::fields::Fields;
use crate::report::{Group, compare_bytes};
use crate::scheme::{Implementation, Message, PrivateKey, PublicKey, Scheme};

pub(super) fn run<I: Implementation>(
    scheme: Scheme<I>,
    group: &Fields<'_>,
    cases: &[Case<'_>],
    name: String,
) -> Result<Group, Malformed> {
    let key = private_key(scheme, group)?;
    let mut report = Group::new(name);
    for case in cases {
        let work = Work::read(case)?;
        let outcome = match &key {
            Err(refused) => Err(refused.clone()),
            Ok(key) => work.run(scheme, key),
        };
        case.count(&mut report, outcome);
    }
    Ok(report)
}

/// The key; the inner error says why it was rejected.
fn private_key<I: Implementation>(
    scheme: Scheme<I>,
    group: &Fields<'_>,
) -> Result<Result<I::PrivateKey, String>, Malformed> {
    let key = if group.has("privateSeed") {
        let seed = group.hex("privateSeed")?;
        // Empty for seeds of the wrong length, which PKCS #8 cannot contain.
        let pkcs8 = group.hex_opt("privateKeyPkcs8")?.filter(|der| !der.is_empty());
        key_from_seed(scheme, &seed, pkcs8.as_deref())
    } else {
        let bytes = group.hex("privateKey")?;
        scheme.private_key_from_expanded(&bytes).map_err(|error| format!("privateKey: {error}"))
    };
    let public_key = group.hex_opt("publicKey")?;
    Ok(key.and_then(|key| {
        if let Some(public_key) = public_key {
            compare_bytes("publicKey", &key.public_key_bytes(), &public_key)?;
        }
        Ok(key)
    }))
}

fn key_from_seed<I: Implementation>(
    scheme: Scheme<I>,
    seed: &[u8],
    pkcs8: Option<&[u8]>,
) -> Result<I::PrivateKey, String> {
    if let Some(der) = pkcs8 {
        compare_bytes("privateKeyPkcs8", &encodings::seed(scheme.set(), der)?, seed)?;
    }
    scheme.private_key_from_seed(seed).map_err(|error| format!("privateSeed: {error}"))
}

/// Runs one case.
struct Work {
    message: Option<Message>,
    mu: Option<Message>,
    rnd: [u8; 32],
    signature: Vec<u8>,
}

impl Work {
    fn read(case: &Case<'_>) -> Result<Self, Malformed> {
        let work = Self {
            message: case.message()?,
            mu: case.mu()?,
            rnd: if case.fields.has("rnd") { case.fields.hex_array("rnd")? } else { [0; 32] },
            signature: case.fields.hex("sig")?,
        };
        if work.message.is_none() && work.mu.is_none() {
            return Err(case.fields.error("msg", "is missing, and `mu` too"));
        }
        Ok(work)
    }

    /// Signs the message, or mu if there is no message, and verifies with every given value.
    fn run<I: Implementation>(&self, scheme: Scheme<I>, key: &I::PrivateKey) -> Result<(), String> {
        if let (Some(message), Some(Message::Mu(mu))) = (&self.message, &self.mu) {
            let computed = key.mu(message).map_err(|error| format!("ctx: {error}"))?;
            compare_bytes("mu", &computed, mu)?;
        }
        let forms = || [&self.message, &self.mu].into_iter().flatten();
        if let Some(message) = forms().next() {
            let signature = key.sign(message, &self.rnd).map_err(|error| format!("ctx: {error}"))?;
            compare_bytes("sig", &signature, &self.signature)?;
        }
        let public_key = scheme.public_key(&key.public_key_bytes())?;
        if forms().all(|message| public_key.verify(message, &self.signature)) {
            Ok(())
        } else {
            Err("sig: is the expected one, but does not verify".to_owned())
        }
    }
}
