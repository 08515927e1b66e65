//! ML-DSA with one parameter set on one back end: every call into `mldsa` that a vector causes is here.

use mldsa::dynamic::{AnySigningKey, AnyVerifyingKey, Parameters};
use mldsa::{Context, ContextTooLong, MalformedKey, Mu, MuHasher, Rnd, Seed, Signature, hazmat, small};

use crate::backend::{Kernels, on};
use crate::prehash::HashAlg;

/// What is signed, through which interface of FIPS 204.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// ML-DSA.Sign and ML-DSA.Verify (algorithms 2 and 3).
    Pure {
        /// M, of any length.
        message: Vec<u8>,
        /// ctx, 0 to 255 bytes.
        context: Vec<u8>,
    },
    /// HashML-DSA.Sign and HashML-DSA.Verify (algorithms 4 and 5).
    PreHash {
        /// PH.
        hash: HashAlg,
        /// M, of any length, before the hash.
        message: Vec<u8>,
        /// ctx, 0 to 255 bytes.
        context: Vec<u8>,
    },
    /// ML-DSA.Sign_internal and ML-DSA.Verify_internal (algorithms 7 and 8) on M′.
    Internal(Vec<u8>),
    /// The same, from the 64 bytes of mu on ("external mu").
    Mu([u8; 64]),
}

/// One parameter set on one back end.
#[derive(Clone, Copy, Debug)]
pub struct Scheme {
    set: Parameters,
    kernels: Kernels,
}

/// A private key and the scheme that it is used with.
pub struct PrivateKey {
    key: AnySigningKey,
    kernels: Kernels,
}

/// A public key and the scheme that it is used with.
pub struct PublicKey {
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

impl Scheme {
    /// `set` on the back end of `kernels`.
    pub const fn new(set: Parameters, kernels: Kernels) -> Self {
        Self { set, kernels }
    }

    /// The parameter set.
    pub const fn set(self) -> Parameters {
        self.set
    }

    /// ML-DSA.KeyGen_internal (algorithm 6) of a 32-byte seed xi.
    pub fn private_key_from_seed(self, seed: &[u8; 32]) -> PrivateKey {
        let seed = Seed::from_bytes(*seed);
        let key = on!(self.kernels,
            auto => AnySigningKey::from_seed(self.set, &seed),
            b => with_set!(self.set, P => hazmat::from_seed::<P, _>(b, &seed).into()),
            small => with_set!(self.set, P => small::from_seed::<P>(&seed, &mut None).clone().into()),
            small b => with_set!(self.set, P => hazmat::from_seed_small::<P, _>(b, &seed, &mut None).clone().into()));
        PrivateKey { key, kernels: self.kernels }
    }

    /// skDecode (algorithm 25) with the checks of `mldsa`.
    ///
    /// # Errors
    /// [`MalformedKey`]: the length, the ranges, or parts that do not belong together.
    pub fn private_key_from_expanded(self, bytes: &[u8]) -> Result<PrivateKey, MalformedKey> {
        let key = on!(self.kernels,
            auto => AnySigningKey::from_expanded(self.set, bytes)?,
            b => with_set!(self.set, P => hazmat::from_expanded::<P, _>(b, bytes)?.into()),
            small => with_set!(self.set, P => small::from_expanded::<P>(bytes, &mut None)?.clone().into()),
            small b => with_set!(self.set, P => hazmat::from_expanded_small::<P, _>(b, bytes, &mut None)?.clone().into()));
        Ok(PrivateKey { key, kernels: self.kernels })
    }

    /// A public key from its encoding.
    ///
    /// # Errors
    /// [`MalformedKey`]: the length.
    pub fn public_key(self, bytes: &[u8]) -> Result<PublicKey, MalformedKey> {
        Ok(PublicKey { key: AnyVerifyingKey::from_bytes(self.set, bytes)?, kernels: self.kernels })
    }
}

impl PrivateKey {
    /// skEncode (algorithm 24): 2560, 4032 or 4896 bytes.
    pub fn as_expanded_bytes(&self) -> &[u8] {
        self.key.as_expanded_bytes()
    }

    /// The public key that belongs to it.
    pub fn public_key(&self) -> PublicKey {
        PublicKey { key: self.key.verifying_key(), kernels: self.kernels }
    }

    /// mu, computed here and not inside of a signing function.
    ///
    /// # Errors
    /// [`ContextTooLong`].
    pub fn mu(&self, message: &Message) -> Result<Mu, ContextTooLong> {
        mu(self.key.tr(), message)
    }

    /// Signs; `rnd` is 32 zero bytes for the deterministic variant. The signature has 2420, 3309 or 4627 bytes.
    ///
    /// # Errors
    /// [`ContextTooLong`].
    pub fn sign(&self, message: &Message, rnd: &[u8; 32]) -> Result<Vec<u8>, ContextTooLong> {
        let rnd = Rnd::from_bytes(*rnd);
        if let (Kernels::Auto, Message::Pure { message, context }) = (self.kernels, message) {
            return Ok(self.key.sign(message, Context::new(context)?, &rnd).as_bytes().to_vec());
        }
        if let (Kernels::Small, Message::Pure { message, context }) = (self.kernels, message) {
            let context = Context::new(context)?;
            return Ok(each!(AnySigningKey, &self.key, key => {
                small::sign(key, message, context, &rnd, &mut None).as_bytes().to_vec()
            }));
        }
        let mu = self.mu(message)?;
        Ok(on!(self.kernels,
            auto => self.key.sign_mu(&mu, &rnd).as_bytes().to_vec(),
            b => each!(AnySigningKey, &self.key, key => hazmat::sign_mu(b, key, &mu, &rnd).as_bytes().to_vec()),
            small => each!(AnySigningKey, &self.key, key => small::sign_mu(key, &mu, &rnd, &mut None).as_bytes().to_vec()),
            small b => each!(AnySigningKey, &self.key, key => hazmat::sign_mu_small(b, key, &mu, &rnd, &mut None).as_bytes().to_vec())))
    }
}

impl PublicKey {
    /// pkEncode (algorithm 22): 1312, 1952 or 2592 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.key.as_bytes()
    }

    /// Whether `signature`, of any length, is one of `message`. A context over 255 bytes has none.
    pub fn verify(&self, message: &Message, signature: &[u8]) -> bool {
        if let (Kernels::Auto, Message::Pure { message, context }) = (self.kernels, message) {
            return Context::new(context)
                .is_ok_and(|context| self.key.verify(message, context, signature).is_ok());
        }
        if let (Kernels::Small, Message::Pure { message, context }) = (self.kernels, message) {
            let Ok(context) = Context::new(context) else { return false };
            return each!(AnyVerifyingKey, &self.key, key => Signature::from_bytes(signature)
                .is_ok_and(|signature| small::verify(key, message, context, &signature).is_ok()));
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
                .is_ok_and(|signature| small::verify_mu(key, &mu, &signature).is_ok())),
            small b => each!(AnyVerifyingKey, &self.key, key => Signature::from_bytes(signature)
                .is_ok_and(|signature| hazmat::verify_mu_small(b, key, &mu, &signature).is_ok())))
    }
}

/// mu of a message, whatever the interface.
fn mu(tr: &[u8; 64], message: &Message) -> Result<Mu, ContextTooLong> {
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
