//! What Linux refuses in FIPS mode (`crypto/testmgr.c`, `rsa.c`, `rsa_helper.c`, `ecc.c`): read in 6.1, 6.12, 7.2 and 7.3.

use super::log::Log;
use super::{Config, Errno, Rule, rsa};
use crate::algorithm::Digest;
use crate::public_key::Curve;

/// The shortest RSA modulus, in bytes.
const MIN_RSA_LEN: usize = 256;

/// Whether RSA (PKCS#1 v1.5) with this digest exists.
pub(super) fn has_rsa_with(digest: Digest, config: &Config) -> bool {
    digest != Digest::Sha1 || config.version.has(Rule::FipsRsaSha1)
}

/// Whether ECDSA on this curve exists; P-192 is `None`.
pub(super) fn has_curve(curve: Option<Curve>, config: &Config) -> bool {
    !config.in_fips_mode() || (curve.is_some() && config.version.has(Rule::FipsEcdsa))
}

/// Checks the length of an RSA key's modulus, and its exponent ([`Rule::FipsExponent`]).
///
/// # Errors
/// EINVAL; nothing outside FIPS mode, and nothing about a malformed key, which is another error.
pub(super) fn check_rsa(key: &[u8], config: &Config, log: &mut Log) -> Result<(), Errno> {
    let Ok((n, e)) = rsa::read_key(key) else { return Ok(()) };
    if !config.in_fips_mode() {
        return Ok(());
    }
    if rsa::without_leading_zeros(n).len() < MIN_RSA_LEN {
        log.add("RSA: key size not allowed in FIPS mode");
        return Err(Errno::EINVAL);
    }
    let e = rsa::without_leading_zeros(e);
    let odd = e.last().is_some_and(|last| last % 2 == 1);
    // An odd number of three bytes is over 2^16.
    let allowed = odd && (3..=32).contains(&e.len());
    if allowed || !config.version.has(Rule::FipsExponent) { Ok(()) } else { Err(Errno::EINVAL) }
}
