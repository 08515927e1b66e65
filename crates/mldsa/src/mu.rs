//! The message representative mu (FIPS 204, algorithms 2 to 5 and 7, line 6): the value that is signed.
//!
//! Every signature is a signature of a [`Mu`], whether the message is in one piece, a stream, prehashed, or a mu from another
//! implementation.

use crate::error::{ContextTooLong, DigestLength};
use crate::fault::{self, Site};
use crate::params::MU_LEN;
use crate::prehash::PreHash;
use keccak_lanes::Shake256;

/// 64 bytes: H(tr‖M').
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mu([u8; MU_LEN]);

impl Mu {
    /// Creates mu from 64 bytes of another implementation ("external mu").
    pub const fn from_bytes(bytes: [u8; MU_LEN]) -> Self {
        Self(bytes)
    }

    /// Returns the 64 bytes.
    pub const fn as_bytes(&self) -> &[u8; MU_LEN] {
        &self.0
    }

    /// Computes mu of a message in one piece. `tr` is the hash of the public key.
    pub fn of_message(tr: &[u8; MU_LEN], context: Context<'_>, message: &[u8]) -> Self {
        Self::of_message_on(keccak_lanes::best(), tr, context, message)
    }

    pub(crate) fn of_message_on<K: keccak_lanes::Backend>(
        keccak: K,
        tr: &[u8; MU_LEN],
        context: Context<'_>,
        message: &[u8],
    ) -> Self {
        let mut hash = Shake256::new(keccak);
        hash.absorb(tr).absorb(&[PURE, context.len]).absorb(context.bytes).absorb(message);
        let mut mu = Self([0; MU_LEN]);
        hash.finalize_into(&mut mu.0);
        mu
    }

    /// Computes mu of many messages under one key, up to the end of the shorter slice. As many messages as the back end has
    /// lanes are hashed together, on one core. Put the longest messages first for the best speed.
    pub fn of_messages(tr: &[u8; MU_LEN], context: Context<'_>, messages: &[&[u8]], mus: &mut [Self]) {
        /// The number of messages in one call of the hash function.
        const CHUNK: usize = 8 * keccak_lanes::LANES;

        let prefix = [PURE, context.len];
        for (messages, mus) in messages.chunks(CHUNK).zip(mus.chunks_mut(CHUNK)) {
            let mut parts: [[&[u8]; 4]; CHUNK] = [[&[]; 4]; CHUNK];
            for (parts, message) in parts.iter_mut().zip(messages) {
                *parts = [tr, &prefix, context.bytes, message];
            }
            let mut hashes = [[0; MU_LEN]; CHUNK];
            keccak_lanes::shake256_many(keccak_lanes::best(), &parts[..messages.len()], &mut hashes);
            for (mu, hash) in mus.iter_mut().zip(hashes) {
                *mu = Self(hash);
                fault::point(Site::Mu, &mut mu.0[..]);
            }
        }
    }

    /// Computes mu of a digest: HashML-DSA (FIPS 204, algorithms 4 and 5). `digest` is the digest of the message under `H`.
    ///
    /// # Errors
    /// [`DigestLength`] if the length of `digest` is not [`PreHash::DIGEST_LEN`].
    pub fn of_digest<H: PreHash>(
        tr: &[u8; MU_LEN],
        context: Context<'_>,
        digest: &[u8],
    ) -> Result<Self, DigestLength> {
        if digest.len() != H::DIGEST_LEN {
            return Err(DigestLength { expected: H::DIGEST_LEN, found: digest.len() });
        }
        let mut hasher = MuHasher::start(tr, PRE_HASHED, context);
        hasher.update(H::OID);
        hasher.update(digest);
        Ok(hasher.finalize())
    }
}

/// A context: at most 255 bytes that name the purpose of a signature. Signer and verifier must use the same context.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context<'a> {
    bytes: &'a [u8],
    len: u8,
}

impl<'a> Context<'a> {
    /// The empty context, the default.
    pub const EMPTY: Self = Self { bytes: &[], len: 0 };

    /// Creates a context of at most 255 bytes.
    ///
    /// # Errors
    /// [`ContextTooLong`] if there are more than 255 bytes.
    pub fn new(bytes: &'a [u8]) -> Result<Self, ContextTooLong> {
        let len = u8::try_from(bytes.len()).map_err(|_| ContextTooLong)?;
        Ok(Self { bytes, len })
    }

    /// Returns the bytes.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

/// The domain byte of ML-DSA over the message itself.
const PURE: u8 = 0;
/// The domain byte of HashML-DSA.
const PRE_HASHED: u8 = 1;

/// Computes mu of a message that arrives in pieces of any size.
#[derive(Clone)]
pub struct MuHasher(Hasher);

type Hasher = Shake256<keccak_lanes::Best>;

impl MuHasher {
    /// Starts with the prefix of H's input: tr, the domain byte 0, the length of the context, the context.
    pub fn new(tr: &[u8; MU_LEN], context: Context<'_>) -> Self {
        Self::start(tr, PURE, context)
    }

    fn start(tr: &[u8; MU_LEN], domain: u8, context: Context<'_>) -> Self {
        let mut hasher = Self::internal(tr);
        hasher.update(&[domain, context.len]);
        hasher.update(context.bytes);
        hasher
    }

    /// Starts with tr only: the "internal" interface of FIPS 204, section 6, where the caller passes M' with its prefix. Use
    /// this only for tests of that interface.
    pub fn internal(tr: &[u8; MU_LEN]) -> Self {
        let mut hash = Hasher::new(keccak_lanes::best());
        hash.absorb(tr);
        Self(hash)
    }

    /// Absorbs the next bytes of the message.
    pub fn update(&mut self, message: &[u8]) {
        self.0.absorb(message);
    }

    /// Ends the message and returns mu.
    pub fn finalize(self) -> Mu {
        let mut mu = [0; MU_LEN];
        self.0.finalize().read(&mut mu);
        Mu(mu)
    }
}

impl core::fmt::Debug for MuHasher {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("MuHasher(..)")
    }
}
