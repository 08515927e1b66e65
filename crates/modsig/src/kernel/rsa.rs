//! How Linux verifies an RSA signature: its own limits on keys, and an error for each kind of wrong padding.
//!
//! The crate `rsa` is not enough: it only returns valid or invalid, and rejects keys that Linux accepts (even moduli,
//! exponents of one). This module computes the encoded message for any key.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, ConcatenatingMul as _, NonZero, Odd};

use super::hash::hash_len;
use super::log::Log;
use super::two_numbers::TwoNumbers;
use super::{Errno, Rule, Version};
use crate::algorithm::Digest;
use crate::public_key::{digest_info_prefix, fixed_len};
use crate::work::{Operation, cost_of_rsa};

/// The lengths of moduli that Linux accepts, in bits, counted in words of 64 bits.
pub(super) const MODULUS_BITS: [usize; 6] = [512, 1024, 1536, 2048, 3072, 4096];

/// The longest number that Linux's arithmetic supports, in bits.
const MAX_NUMBER_BITS: usize = 16_384;

/// The length of a modulus as Linux counts it, in bytes: whole words of 64 bits.
fn counted_len(modulus: &[u8]) -> usize {
    without_leading_zeros(modulus).len().next_multiple_of(8)
}

/// Reads modulus and exponent of an RSAPublicKey. Neither may be empty, nor the exponent longer than the modulus.
///
/// # Errors
/// EINVAL for such numbers, EBADMSG if it is not a SEQUENCE of two INTEGERs.
pub(super) fn read_key(key: &[u8]) -> Result<(&[u8], &[u8]), Errno> {
    TwoNumbers::read(key, |number, modulus| match modulus {
        _ if number.is_empty() => Err(Errno::EINVAL),
        Some(modulus) if number.len() > modulus.len() => Err(Errno::EINVAL),
        _ => Ok(number),
    })
}

/// Verifies an RSASSA-PKCS1-v1_5 signature over a digest.
///
/// # Errors
/// EBADMSG or EINVAL if the key is malformed, ENOMEM if it is too long; EINVAL, EBADMSG or EKEYREJECTED for the
/// signature, depending on the padding. EKEYREJECTED also if the question is too expensive.
pub(super) fn verify(
    key: &[u8],
    digest: Digest,
    hash: &[u8],
    signature: &[u8],
    version: Version,
    log: &mut Log,
) -> Result<(), Errno> {
    let (n, e) = read_key(key)?;
    let (n, e) = (without_leading_zeros(n), without_leading_zeros(e));
    // The exponent is read first.
    if let Some(long) = [e, n].into_iter().find(|number| number.len() * 8 > MAX_NUMBER_BITS) {
        log.add(format!("MPI: mpi too large ({} bits)", long.len() * 8));
        return Err(Errno::ENOMEM);
    }
    let len = counted_len(n);
    if !MODULUS_BITS.contains(&(len * 8)) || signature.len() != len || hash.is_empty() {
        return Err(Errno::EINVAL);
    }
    let odd = n.last().is_some_and(|last| last % 2 == 1);
    // A result is kept for other kernels too, so the name tells the range.
    let narrow = version.has(Rule::RsaRange);
    let name = if narrow { "RSA" } else { "RSA, s < n" };
    let operation = Operation::new(name, &[n, e, signature], cost_of_rsa(len, e.len() * 8, odd));
    let encoded = log.work.once(&operation, || vartime_public_operation(n, e, signature, narrow))?;
    let encoded = encoded.ok_or(Errno::EINVAL)?;
    check_padding(&fixed_len(&encoded, len).unwrap_or_default(), digest, hash)
}

/// EMSA-PKCS1-v1_5 (RFC 8017 §9.2), from the left.
fn check_padding(encoded: &[u8], digest: Digest, hash: &[u8]) -> Result<(), Errno> {
    let rest = encoded.strip_prefix(&[0]).ok_or(Errno::EINVAL)?;
    let rest = rest.strip_prefix(&[1]).ok_or(Errno::EBADMSG)?;
    let ones = rest.iter().take_while(|&&byte| byte == 0xff).count();
    let rest = rest.get(ones..).and_then(|rest| rest.strip_prefix(&[0])).ok_or(Errno::EBADMSG)?;
    if ones < 8 {
        return Err(Errno::EBADMSG);
    }
    // If Linux has no prefix for a digest, it has no algorithm for it either.
    let expected = vec![0; hash_len(digest).ok_or(Errno::EINVAL)?];
    let rest = rest.strip_prefix(&*digest_info_prefix(digest, &expected)).ok_or(Errno::EBADMSG)?;
    if rest == hash { Ok(()) } else { Err(Errno::EKEYREJECTED) }
}

/// signature^e mod n; `None` unless signature < n, or, if the range is narrow, 1 < signature < n - 1.
pub(crate) fn vartime_public_operation(
    n: &[u8],
    e: &[u8],
    signature: &[u8],
    narrow: bool,
) -> Option<Vec<u8>> {
    let modulus = BoxedUint::from_be_slice_vartime(n);
    let base = BoxedUint::from_be_slice(without_leading_zeros(signature), modulus.bits_precision()).ok()?;
    let one = BoxedUint::one_with_precision(modulus.bits_precision());
    let below_last = modulus.wrapping_sub(&one);
    if base >= modulus || narrow && (base <= one || base >= below_last) {
        return None;
    }
    if e.is_empty() {
        return Some(one.to_be_bytes_trimmed_vartime().into_vec());
    }
    let odd: Option<Odd<BoxedUint>> = Odd::new(modulus.clone()).into();
    let result = match odd {
        Some(modulus) => {
            let exponent = BoxedUint::from_be_slice_vartime(e);
            let parameters = BoxedMontyParams::new_vartime(modulus);
            let power = BoxedMontyForm::new(base, &parameters)
                .pow_bounded_exp(&exponent, exponent.bit_width_vartime());
            power.retrieve()
        }
        // An even modulus has no Montgomery form.
        None => vartime_power(&base, e, &Option::from(NonZero::new(modulus))?),
    };
    Some(result.to_be_bytes_trimmed_vartime().into_vec())
}

/// base^e mod any modulus, with a division at each step.
fn vartime_power(base: &BoxedUint, e: &[u8], modulus: &NonZero<BoxedUint>) -> BoxedUint {
    let mut result = BoxedUint::one_with_precision(modulus.bits_precision());
    for byte in e {
        for bit in (0..8).rev() {
            result = result.concatenating_mul(&result).rem_vartime(modulus);
            if byte >> bit & 1 == 1 {
                result = result.concatenating_mul(base).rem_vartime(modulus);
            }
        }
    }
    result
}

pub(super) fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both methods compute the same power, for exponents of all kinds. Kills: a Montgomery form of the wrong
    /// precision, a truncated exponent, missing cases for the exponents 0 and 1.
    #[test]
    fn montgomery_and_division_agree() {
        let mut modulus = [0xa5; 64];
        let signature = [0x3c; 64];
        let exponents: [&[u8]; 7] = [&[], &[1], &[3], &[1, 0, 1], &[0xff; 9], &[0x80; 64], &[0x7f; 200]];
        for low in [0xa5, 0xff, 0x01] {
            modulus[63] = low;
            for e in exponents {
                let fast = vartime_public_operation(&modulus, e, &signature, true).unwrap();
                let wide = BoxedUint::from_be_slice_vartime(&modulus);
                let base = BoxedUint::from_be_slice(&signature, wide.bits_precision()).unwrap();
                let slow = vartime_power(&base, e, &NonZero::new(wide).unwrap());
                assert_eq!(fast, slow.to_be_bytes_trimmed_vartime().into_vec(), "{e:?}");
            }
        }
        // The range: 1 and n - 1 are bases without the rule of later versions, n never. Kills: one range for all versions.
        let mut last = modulus;
        last[63] -= 1;
        for (base, wide) in [(&[1][..], Some(vec![1])), (&last, Some(last.to_vec())), (&modulus, None)] {
            assert_eq!(vartime_public_operation(&modulus, &[3], base, false), wide);
            assert_eq!(vartime_public_operation(&modulus, &[3], base, true), None);
        }
        // Even modulus: 3^2 mod 2^511.
        modulus = [0; 64];
        modulus[0] = 0x80;
        let mut three = [0; 64];
        three[63] = 3;
        assert_eq!(vartime_public_operation(&modulus, &[2], &three, true), Some(vec![9]));
    }
}
