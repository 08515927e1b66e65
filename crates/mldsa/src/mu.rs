//! The message representative mu (FIPS 204, algorithms 2 to 5 and 7, line 6): what is really signed.
//!
//! Every signature passes through here, whether its message came in one piece, in a stream, prehashed, or as a mu
//! that somebody else computed.

use crate::error::{ContextTooLong, DigestLength};
use crate::fault::{self, Site};
use crate::params::MU_LEN;
use crate::prehash::PreHash;
use keccak_lanes::Shake256;

/// 64 bytes: H(tr‖M').
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mu([u8; MU_LEN]);

impl Mu {
    /// From 64 bytes that were computed elsewhere ("external mu").
    pub const fn from_bytes(bytes: [u8; MU_LEN]) -> Self {
        Self(bytes)
    }

    /// The 64 bytes.
    pub const fn as_bytes(&self) -> &[u8; MU_LEN] {
        &self.0
    }

    /// mu of a message in one piece. `tr` is the public key's hash.
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
        hash.finalize().read(&mut mu.0);
        mu
    }

    /// mu of each of many messages under one key, as many as both slices have: on the lanes of one core together, as
    /// many as the back end has. Starting with the longest is best.
    pub fn of_messages(tr: &[u8; MU_LEN], context: Context<'_>, messages: &[&[u8]], mus: &mut [Self]) {
        /// How many are handed on at once.
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

    /// mu of a digest: HashML-DSA (FIPS 204, algorithms 4 and 5). `digest` is what `H` gave for the message.
    ///
    /// # Errors
    /// [`DigestLength`] if `digest` has not [`PreHash::DIGEST_LEN`] bytes.
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

/// A context: at most 255 bytes which name what a signature is for. Both sides must use the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context<'a> {
    bytes: &'a [u8],
    len: u8,
}

impl<'a> Context<'a> {
    /// The empty context, the default.
    pub const EMPTY: Self = Self { bytes: &[], len: 0 };

    /// A context of at most 255 bytes.
    ///
    /// # Errors
    /// [`ContextTooLong`] over 255 bytes.
    pub fn new(bytes: &'a [u8]) -> Result<Self, ContextTooLong> {
        let len = u8::try_from(bytes.len()).map_err(|_| ContextTooLong)?;
        Ok(Self { bytes, len })
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

/// The domain byte of ML-DSA over the message itself.
const PURE: u8 = 0;
/// The domain byte of HashML-DSA.
const PRE_HASHED: u8 = 1;

/// Computes mu from a message that comes in pieces of any size.
#[derive(Clone)]
pub struct MuHasher(Hasher);

type Hasher = Shake256<keccak_lanes::Best>;

impl MuHasher {
    /// Starts with H's prefix: tr, the domain byte 0, the context's length and bytes.
    pub fn new(tr: &[u8; MU_LEN], context: Context<'_>) -> Self {
        Self::start(tr, PURE, context)
    }

    fn start(tr: &[u8; MU_LEN], domain: u8, context: Context<'_>) -> Self {
        let mut hasher = Self::internal(tr);
        hasher.update(&[domain, context.len]);
        hasher.update(context.bytes);
        hasher
    }

    /// Starts with tr alone: for the "internal" interface of FIPS 204, section 6, where the caller feeds M' with its
    /// prefix. For tests of that interface and for nothing else.
    pub fn internal(tr: &[u8; MU_LEN]) -> Self {
        let mut hash = Hasher::new(keccak_lanes::best());
        hash.absorb(tr);
        Self(hash)
    }

    /// The next bytes of the message.
    pub fn update(&mut self, message: &[u8]) {
        self.0.absorb(message);
    }

    /// Ends the message.
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
