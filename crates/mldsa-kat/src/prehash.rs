//! The hash functions of HashML-DSA, with their names in NIST's tests.

use std::fmt;
use std::str::FromStr;

use mldsa::{Context, Mu, prehash};
use sha2::Digest;
use shake::{ExtendableOutput, Update, XofReader};

/// An approved hash function (FIPS 204, section 5.4; the twelve `hashAlg` of ACVP).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names are sufficient
pub enum HashAlg {
    Sha2_224,
    Sha2_256,
    Sha2_384,
    Sha2_512,
    Sha2_512_224,
    Sha2_512_256,
    Sha3_224,
    Sha3_256,
    Sha3_384,
    Sha3_512,
    Shake128,
    Shake256,
}

/// The name is not one of the twelve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownHash;

impl HashAlg {
    /// All twelve.
    pub const ALL: [Self; 12] = [
        Self::Sha2_224,
        Self::Sha2_256,
        Self::Sha2_384,
        Self::Sha2_512,
        Self::Sha2_512_224,
        Self::Sha2_512_256,
        Self::Sha3_224,
        Self::Sha3_256,
        Self::Sha3_384,
        Self::Sha3_512,
        Self::Shake128,
        Self::Shake256,
    ];

    /// The name in ACVP's `hashAlg`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha2_224 => "SHA2-224",
            Self::Sha2_256 => "SHA2-256",
            Self::Sha2_384 => "SHA2-384",
            Self::Sha2_512 => "SHA2-512",
            Self::Sha2_512_224 => "SHA2-512/224",
            Self::Sha2_512_256 => "SHA2-512/256",
            Self::Sha3_224 => "SHA3-224",
            Self::Sha3_256 => "SHA3-256",
            Self::Sha3_384 => "SHA3-384",
            Self::Sha3_512 => "SHA3-512",
            Self::Shake128 => "SHAKE-128",
            Self::Shake256 => "SHAKE-256",
        }
    }

    /// Computes the digest: 256 bits for SHAKE128, 512 bits for SHAKE256 (FIPS 204, algorithm 4).
    pub fn digest(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha2_224 => sha2::Sha224::digest(message).to_vec(),
            Self::Sha2_256 => sha2::Sha256::digest(message).to_vec(),
            Self::Sha2_384 => sha2::Sha384::digest(message).to_vec(),
            Self::Sha2_512 => sha2::Sha512::digest(message).to_vec(),
            Self::Sha2_512_224 => sha2::Sha512_224::digest(message).to_vec(),
            Self::Sha2_512_256 => sha2::Sha512_256::digest(message).to_vec(),
            Self::Sha3_224 => sha3::Sha3_224::digest(message).to_vec(),
            Self::Sha3_256 => sha3::Sha3_256::digest(message).to_vec(),
            Self::Sha3_384 => sha3::Sha3_384::digest(message).to_vec(),
            Self::Sha3_512 => sha3::Sha3_512::digest(message).to_vec(),
            Self::Shake128 => xof::<shake::Shake128, 32>(message),
            Self::Shake256 => xof::<shake::Shake256, 64>(message),
        }
    }

    /// Computes mu of the digest of `message`.
    pub(crate) fn mu(self, tr: &[u8; 64], context: Context<'_>, message: &[u8]) -> Mu {
        let digest = self.digest(message);
        match self {
            Self::Sha2_224 => Mu::of_digest::<prehash::Sha224>(tr, context, &digest),
            Self::Sha2_256 => Mu::of_digest::<prehash::Sha256>(tr, context, &digest),
            Self::Sha2_384 => Mu::of_digest::<prehash::Sha384>(tr, context, &digest),
            Self::Sha2_512 => Mu::of_digest::<prehash::Sha512>(tr, context, &digest),
            Self::Sha2_512_224 => Mu::of_digest::<prehash::Sha512_224>(tr, context, &digest),
            Self::Sha2_512_256 => Mu::of_digest::<prehash::Sha512_256>(tr, context, &digest),
            Self::Sha3_224 => Mu::of_digest::<prehash::Sha3_224>(tr, context, &digest),
            Self::Sha3_256 => Mu::of_digest::<prehash::Sha3_256>(tr, context, &digest),
            Self::Sha3_384 => Mu::of_digest::<prehash::Sha3_384>(tr, context, &digest),
            Self::Sha3_512 => Mu::of_digest::<prehash::Sha3_512>(tr, context, &digest),
            Self::Shake128 => Mu::of_digest::<prehash::Shake128>(tr, context, &digest),
            Self::Shake256 => Mu::of_digest::<prehash::Shake256>(tr, context, &digest),
        }
        // Cannot fail: `digest` has the length of that hash function. A test covers all twelve.
        .expect("the digest has the length of its hash function")
    }
}

fn xof<X: Default + Update + ExtendableOutput, const N: usize>(message: &[u8]) -> Vec<u8> {
    let mut xof = X::default();
    xof.update(message);
    let mut digest = vec![0; N];
    xof.finalize_xof().read(&mut digest);
    digest
}

impl fmt::Display for HashAlg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for HashAlg {
    type Err = UnknownHash;

    fn from_str(name: &str) -> Result<Self, UnknownHash> {
        Self::ALL.into_iter().find(|hash| hash.name() == name).ok_or(UnknownHash)
    }
}

impl fmt::Display for UnknownHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be one of")?;
        for (i, hash) in HashAlg::ALL.into_iter().enumerate() {
            write!(f, "{} {hash}", if i == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownHash {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hash_has_its_name_and_makes_a_mu_of_its_own() {
        let mut seen = Vec::new();
        for hash in HashAlg::ALL {
            assert_eq!(hash.name().parse(), Ok(hash));
            let mu = *hash.mu(&[0; 64], Context::EMPTY, b"abc").as_bytes();
            assert!(!seen.contains(&mu), "{hash}: the same mu as another hash");
            seen.push(mu);
        }
        assert!("SHA-1".parse::<HashAlg>().unwrap_err().to_string().ends_with("SHAKE-128, SHAKE-256"));
    }
}
