//! `ml-dsa` of RustCrypto. It has no HashML-DSA, and draws no randomness that we could give for a mu.

use ml_dsa::{
    ExpandedSigningKey, MlDsa44, MlDsa65, MlDsa87, MlDsaParams, Signature, SigningKey, VerifyingKey,
};
use mldsa::dynamic::Parameters;

use super::{Answer, Library, Message};

/// RustCrypto's.
pub struct RustCrypto;

macro_rules! with_set {
    ($set:expr, $function:ident($($argument:expr),*)) => {
        match $set {
            Parameters::MlDsa44 => $function::<MlDsa44>($($argument),*),
            Parameters::MlDsa65 => $function::<MlDsa65>($($argument),*),
            Parameters::MlDsa87 => $function::<MlDsa87>($($argument),*),
        }
    };
}

impl Library for RustCrypto {
    fn name(&self) -> String {
        "ml-dsa 0.1.2".to_owned()
    }

    fn keygen(&self, set: Parameters, seed: &[u8; 32]) -> Answer<(Vec<u8>, Vec<u8>)> {
        Some(Ok(with_set!(set, keygen(seed))))
    }

    fn read(&self, set: Parameters, private: &[u8]) -> Answer<Vec<u8>> {
        Some(with_set!(set, public_of(private)))
    }

    fn sign(
        &self,
        set: Parameters,
        private: &[u8],
        message: &Message,
        rnd: Option<&[u8; 32]>,
    ) -> Answer<Vec<u8>> {
        with_set!(set, sign(private, message, rnd?))
    }

    fn verify(&self, set: Parameters, public: &[u8], message: &Message, signature: &[u8]) -> Option<bool> {
        with_set!(set, verify(public, message, signature))
    }
}

fn keygen<P: MlDsaParams>(seed: &[u8; 32]) -> (Vec<u8>, Vec<u8>) {
    let key = SigningKey::<P>::from_seed(&(*seed).into());
    let public = AsRef::<VerifyingKey<P>>::as_ref(&key).encode().to_vec();
    #[allow(deprecated, reason = "the expanded encoding is, and is what the others have")]
    (public, key.expanded_key().to_expanded().to_vec())
}

fn read<P: MlDsaParams>(private: &[u8]) -> Result<ExpandedSigningKey<P>, String> {
    let bytes = private.try_into().map_err(|_| "length".to_owned())?;
    #[allow(deprecated, reason = "the expanded encoding is, and is what the others have")]
    Ok(ExpandedSigningKey::from_expanded(bytes))
}

fn public_of<P: MlDsaParams>(private: &[u8]) -> Result<Vec<u8>, String> {
    Ok(read::<P>(private)?.verifying_key().encode().to_vec())
}

fn sign<P: MlDsaParams>(private: &[u8], message: &Message, rnd: &[u8; 32]) -> Answer<Vec<u8>> {
    let key = match read::<P>(private) {
        Ok(key) => key,
        Err(error) => return Some(Err(error)),
    };
    let signature = match (message, *rnd == [0; 32]) {
        (Message::Pure(message, context), true) => {
            key.sign_deterministic(message, context).map_err(|error| error.to_string())
        }
        (Message::Pure(message, context), false) => match u8::try_from(context.len()) {
            // Its public function for a given rnd takes M'.
            Ok(len) => Ok(key.sign_internal(&[&[0, len], context, message], &(*rnd).into())),
            Err(_) => return None,
        },
        (Message::Mu(mu), true) => Ok(key.sign_mu_deterministic(&(*mu).into())),
        _ => return None,
    };
    Some(signature.map(|signature| signature.encode().to_vec()))
}

fn verify<P: MlDsaParams>(public: &[u8], message: &Message, signature: &[u8]) -> Option<bool> {
    if matches!(message, Message::PreHash(..)) {
        return None;
    }
    let Ok(public) = public.try_into() else { return Some(false) };
    let key = VerifyingKey::<P>::decode(public);
    let Ok(signature) = Signature::<P>::try_from(signature) else { return Some(false) };
    match message {
        Message::Pure(message, context) => Some(key.verify_with_context(message, context, &signature)),
        Message::Mu(mu) => Some(key.verify_mu(&(*mu).into(), &signature)),
        Message::PreHash(..) => None,
    }
}
