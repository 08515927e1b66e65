//! The crate `mldsa` on one back end: all calls into it that a vector causes.

use mldsa::dynamic::{AnySigningKey, AnyVerifyingKey, Parameters};
use mldsa::small::{self, KeygenWorkspace, SignWorkspace, VerifyWorkspace};
use mldsa::{Context, ContextTooLong, Mu, MuHasher, Rnd, Seed, Signature, hazmat};

use crate::backend::{Kernels, on};
use crate::scheme::{Implementation, Message, PrivateKey, PublicKey};

/// How many polynomials of A a workspace keeps: some, but not all.
const KEPT: usize = 7;

/// A private key and the back end on which it is used.
pub struct MldsaPrivateKey {
    key: AnySigningKey,
    kernels: Kernels,
}

/// A public key and the back end on which it is used.
pub struct MldsaPublicKey {
    key: AnyVerifyingKey,
    kernels: Kernels,
}

/// Runs an expression with `$P` as the type of the parameter set.
macro_rules! with_set {
    ($set:expr, $P:ident => $body:expr) => {
        match $set {
            Parameters::MlDsa44 => {
                type $P = mldsa::MlDsa44;
                $body
            }
            Parameters::MlDsa65 => {
                type $P = mldsa::MlDsa65;
                $body
            }
            Parameters::MlDsa87 => {
                type $P = mldsa::MlDsa87;
                $body
            }
        }
    };
}

/// Runs an expression with the key of one set that is in `$any`.
macro_rules! each {
    ($any:ident, $key:expr, $one:ident => $body:expr) => {
        match $key {
            $any::MlDsa44($one) => $body,
            $any::MlDsa65($one) => $body,
            $any::MlDsa87($one) => $body,
        }
    };
}

impl Implementation for Kernels {
    type PrivateKey = MldsaPrivateKey;
    type PublicKey = MldsaPublicKey;

    fn private_key_from_seed(self, set: Parameters, seed: &[u8]) -> Result<MldsaPrivateKey, String> {
        let seed: [u8; 32] = seed.try_into().map_err(|_| format!("{} bytes, must be 32", seed.len()))?;
        let seed = Seed::from_bytes(seed);
        let key = on!(self,
            auto => AnySigningKey::from_seed(set, &seed),
            b => with_set!(set, P => hazmat::from_seed::<P, _>(b, &seed).into()),
            small => with_set!(set, P => {
                small::from_seed_in::<P>(&seed, &mut None, &mut KeygenWorkspace::default()).clone().into()
            }),
            small b => with_set!(set, P => hazmat::from_seed_small::<P, _>(b, &seed, &mut None).clone().into()));
        Ok(MldsaPrivateKey { key, kernels: self })
    }

    fn private_key_from_expanded(self, set: Parameters, bytes: &[u8]) -> Result<MldsaPrivateKey, String> {
        let key = on!(self,
        auto => AnySigningKey::from_expanded(set, bytes),
        b => with_set!(set, P => hazmat::from_expanded::<P, _>(b, bytes).map(Into::into)),
        small => with_set!(set, P => {
            let mut workspace = KeygenWorkspace::default();
            small::from_expanded_in::<P>(bytes, &mut None, &mut workspace).map(|key| key.clone().into())
        }),
        small b => with_set!(set, P => {
            hazmat::from_expanded_small::<P, _>(b, bytes, &mut None).map(|key| key.clone().into())
        }));
        Ok(MldsaPrivateKey { key: key.map_err(|error| error.to_string())?, kernels: self })
    }

    fn public_key(self, set: Parameters, bytes: &[u8]) -> Result<MldsaPublicKey, String> {
        let key = AnyVerifyingKey::from_bytes(set, bytes).map_err(|error| error.to_string())?;
        Ok(MldsaPublicKey { key, kernels: self })
    }
}

/// Converts a key that was read in another way; the back end is the one that `mldsa` chooses.
impl From<AnySigningKey> for MldsaPrivateKey {
    fn from(key: AnySigningKey) -> Self {
        Self { key, kernels: Kernels::Auto }
    }
}

/// Converts a key that was read in another way; the back end is the one that `mldsa` chooses.
impl From<AnyVerifyingKey> for MldsaPublicKey {
    fn from(key: AnyVerifyingKey) -> Self {
        Self { key, kernels: Kernels::Auto }
    }
}

impl PrivateKey for MldsaPrivateKey {
    fn expanded_bytes(&self) -> Vec<u8> {
        self.key.as_expanded_bytes().to_vec()
    }

    fn public_key_bytes(&self) -> Vec<u8> {
        self.key.verifying_key().as_bytes().to_vec()
    }

    fn mu(&self, message: &Message) -> Result<[u8; 64], String> {
        Ok(*mu(self.key.tr(), message).map_err(|error| error.to_string())?.as_bytes())
    }

    fn sign(&self, message: &Message, rnd: &[u8; 32]) -> Result<Vec<u8>, String> {
        let rnd = Rnd::from_bytes(*rnd);
        if let (Kernels::Auto, Message::Pure { message, context }) = (self.kernels, message) {
            let context = Context::new(context).map_err(|error| error.to_string())?;
            return Ok(self.key.sign(message, context, &rnd).as_bytes().to_vec());
        }
        if let (Kernels::Small, Message::Pure { message, context }) = (self.kernels, message) {
            let context = Context::new(context).map_err(|error| error.to_string())?;
            return Ok(each!(AnySigningKey, &self.key, key => {
                let mut workspace = SignWorkspace::<_, KEPT>::default();
                small::sign_in(key, message, context, &rnd, &mut None, &mut workspace).as_bytes().to_vec()
            }));
        }
        let mu = Mu::from_bytes(self.mu(message)?);
        Ok(on!(self.kernels,
        auto => self.key.sign_mu(&mu, &rnd).as_bytes().to_vec(),
        b => each!(AnySigningKey, &self.key, key => hazmat::sign_mu(b, key, &mu, &rnd).as_bytes().to_vec()),
        small => each!(AnySigningKey, &self.key, key => {
            let mut workspace = SignWorkspace::<_, KEPT>::default();
            small::sign_mu_in(key, &mu, &rnd, &mut None, &mut workspace).as_bytes().to_vec()
        }),
        small b => each!(AnySigningKey, &self.key, key => {
            hazmat::sign_mu_small(b, key, &mu, &rnd, &mut None).as_bytes().to_vec()
        })))
    }
}

impl PublicKey for MldsaPublicKey {
    fn verify(&self, message: &Message, signature: &[u8]) -> bool {
        if let (Kernels::Auto, Message::Pure { message, context }) = (self.kernels, message) {
            return Context::new(context)
                .is_ok_and(|context| self.key.verify(message, context, signature).is_ok());
        }
        if let (Kernels::Small, Message::Pure { message, context }) = (self.kernels, message) {
            let Ok(context) = Context::new(context) else { return false };
            return each!(AnyVerifyingKey, &self.key, key => Signature::from_bytes(signature)
            .is_ok_and(|signature| {
                let mut workspace = VerifyWorkspace::default();
                small::verify_in(key, message, context, &signature, &mut workspace).is_ok()
            }));
        }
        let tr = on!(self.kernels,
            auto => self.key.tr(),
            b => each!(AnyVerifyingKey, &self.key, key => hazmat::tr(b, key)),
            small => self.key.tr(),
            small b => each!(AnyVerifyingKey, &self.key, key => hazmat::tr(b, key)));
        let Ok(mu) = mu(&tr, message) else { return false };
        on!(self.kernels,
            auto => self.key.verify_mu(&mu, signature).is_ok(),
            b => each!(AnyVerifyingKey, &self.key, key => Signature::from_bytes(signature)
                .is_ok_and(|signature| hazmat::verify_mu(b, key, &mu, &signature).is_ok())),
            small => each!(AnyVerifyingKey, &self.key, key => Signature::from_bytes(signature)
                .is_ok_and(|signature| {
                    small::verify_mu_in(key, &mu, &signature, &mut VerifyWorkspace::default()).is_ok()
                })),
            small b => each!(AnyVerifyingKey, &self.key, key => Signature::from_bytes(signature)
                .is_ok_and(|signature| hazmat::verify_mu_small(b, key, &mu, &signature).is_ok())))
    }
}

/// mu of a message, for any interface. `tr` is the hash of the public key.
///
/// # Errors
/// [`ContextTooLong`].
pub fn mu(tr: &[u8; 64], message: &Message) -> Result<Mu, ContextTooLong> {
    Ok(match message {
        Message::Pure { message, context } => Mu::of_message(tr, Context::new(context)?, message),
        Message::PreHash { hash, message, context } => hash.mu(tr, Context::new(context)?, message),
        Message::Internal(message) => {
            let mut hasher = MuHasher::internal(tr);
            hasher.update(message);
            hasher.finalize()
        }
        Message::Mu(mu) => Mu::from_bytes(*mu),
    })
}
