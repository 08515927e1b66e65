//! Parameter sets and lengths. The constants are literals so that cbindgen writes them as such; assertions check each.

use crate::result::modsig_mldsa_result;
use mldsa::dynamic::Parameters;

/// ML-DSA-44, security category 2.
pub const MODSIG_MLDSA_44: u32 = 44;
/// ML-DSA-65, security category 3.
pub const MODSIG_MLDSA_65: u32 = 65;
/// ML-DSA-87, security category 5.
pub const MODSIG_MLDSA_87: u32 = 87;

/// Bytes of a seed (xi of FIPS 204), the shortest form of a private key.
pub const MODSIG_MLDSA_SEED_LEN: usize = 32;
/// Bytes of the randomness of one signature (rnd of FIPS 204).
pub const MODSIG_MLDSA_RND_LEN: usize = 32;
/// Bytes of a message representative (mu of FIPS 204).
pub const MODSIG_MLDSA_MU_LEN: usize = 64;
/// The largest number of bytes in a context.
pub const MODSIG_MLDSA_MAX_CONTEXT_LEN: usize = 255;

/// Bytes of a public key of ML-DSA-44.
pub const MODSIG_MLDSA_44_PUBLIC_KEY_LEN: usize = 1312;
/// Bytes of a public key of ML-DSA-65.
pub const MODSIG_MLDSA_65_PUBLIC_KEY_LEN: usize = 1952;
/// Bytes of a public key of ML-DSA-87, the longest.
pub const MODSIG_MLDSA_87_PUBLIC_KEY_LEN: usize = 2592;

/// Bytes of an expanded private key of ML-DSA-44.
pub const MODSIG_MLDSA_44_EXPANDED_KEY_LEN: usize = 2560;
/// Bytes of an expanded private key of ML-DSA-65.
pub const MODSIG_MLDSA_65_EXPANDED_KEY_LEN: usize = 4032;
/// Bytes of an expanded private key of ML-DSA-87, the longest.
pub const MODSIG_MLDSA_87_EXPANDED_KEY_LEN: usize = 4896;

/// Bytes of a signature of ML-DSA-44.
pub const MODSIG_MLDSA_44_SIGNATURE_LEN: usize = 2420;
/// Bytes of a signature of ML-DSA-65.
pub const MODSIG_MLDSA_65_SIGNATURE_LEN: usize = 3309;
/// Bytes of a signature of ML-DSA-87, the longest.
pub const MODSIG_MLDSA_87_SIGNATURE_LEN: usize = 4627;

const _: () = {
    use Parameters::{MlDsa44, MlDsa65, MlDsa87};
    assert!(MODSIG_MLDSA_SEED_LEN == mldsa::SEED_LEN);
    assert!(MODSIG_MLDSA_MU_LEN == mldsa::MU_LEN);
    assert!(MODSIG_MLDSA_44_PUBLIC_KEY_LEN == MlDsa44.verifying_key_len());
    assert!(MODSIG_MLDSA_65_PUBLIC_KEY_LEN == MlDsa65.verifying_key_len());
    assert!(MODSIG_MLDSA_87_PUBLIC_KEY_LEN == MlDsa87.verifying_key_len());
    assert!(MODSIG_MLDSA_44_EXPANDED_KEY_LEN == MlDsa44.expanded_key_len());
    assert!(MODSIG_MLDSA_65_EXPANDED_KEY_LEN == MlDsa65.expanded_key_len());
    assert!(MODSIG_MLDSA_87_EXPANDED_KEY_LEN == MlDsa87.expanded_key_len());
    assert!(MODSIG_MLDSA_44_SIGNATURE_LEN == MlDsa44.signature_len());
    assert!(MODSIG_MLDSA_65_SIGNATURE_LEN == MlDsa65.signature_len());
    assert!(MODSIG_MLDSA_87_SIGNATURE_LEN == MlDsa87.signature_len());
};

/// The set with this number.
pub(crate) fn parameters(set: u32) -> Result<Parameters, modsig_mldsa_result> {
    match set {
        MODSIG_MLDSA_44 => Ok(Parameters::MlDsa44),
        MODSIG_MLDSA_65 => Ok(Parameters::MlDsa65),
        MODSIG_MLDSA_87 => Ok(Parameters::MlDsa87),
        _ => Err(modsig_mldsa_result::MODSIG_MLDSA_ERR_SET),
    }
}

/// The number of a set.
pub(crate) const fn number(parameters: Parameters) -> u32 {
    match parameters {
        Parameters::MlDsa44 => MODSIG_MLDSA_44,
        Parameters::MlDsa65 => MODSIG_MLDSA_65,
        Parameters::MlDsa87 => MODSIG_MLDSA_87,
    }
}

/// Returns the bytes of a public key of `set`; 0 if there is no such set.
///
/// Example: allocate memory for a set that is known at run time.
///
/// ```c
/// uint8_t *public_key = malloc(modsig_mldsa_public_key_len(set));
/// ```
#[unsafe(no_mangle)]
pub extern "C" fn modsig_mldsa_public_key_len(set: u32) -> usize {
    parameters(set).map_or(0, Parameters::verifying_key_len)
}

/// Returns the bytes of an expanded private key of `set`; 0 if there is no such set.
#[unsafe(no_mangle)]
pub extern "C" fn modsig_mldsa_expanded_key_len(set: u32) -> usize {
    parameters(set).map_or(0, Parameters::expanded_key_len)
}

/// Returns the bytes of a signature of `set`; 0 if there is no such set.
#[unsafe(no_mangle)]
pub extern "C" fn modsig_mldsa_signature_len(set: u32) -> usize {
    parameters(set).map_or(0, Parameters::signature_len)
}
