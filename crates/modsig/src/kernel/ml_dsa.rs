//! Which ML-DSA signatures Linux rejects as malformed, before any arithmetic: EBADMSG instead of EKEYREJECTED
//! (`lib/crypto/mldsa.c`). The checks are those of FIPS 204, Algorithm 27 (sigDecode) with Algorithm 21
//! (HintBitUnpack), and the norm check of Algorithm 8, line 13.

use mldsa::dynamic::Parameters;

/// FIPS 204, tables 1 and 2: the values that determine the format of a signature.
struct Form {
    /// λ/4, the length of c̃ in bytes.
    c_tilde_len: usize,
    k: usize,
    l: usize,
    /// log2 of γ1.
    gamma1_bits: u32,
    /// β = τη.
    beta: i32,
    omega: usize,
}

const fn form(parameters: Parameters) -> Form {
    match parameters {
        Parameters::MlDsa44 => Form { c_tilde_len: 32, k: 4, l: 4, gamma1_bits: 17, beta: 39 * 2, omega: 80 },
        Parameters::MlDsa65 => Form { c_tilde_len: 48, k: 6, l: 5, gamma1_bits: 19, beta: 49 * 4, omega: 55 },
        Parameters::MlDsa87 => Form { c_tilde_len: 64, k: 8, l: 7, gamma1_bits: 19, beta: 60 * 2, omega: 75 },
    }
}

/// Number of coefficients of a polynomial.
const N: usize = 256;

/// Whether the length is wrong, a coefficient of z is too large, or the hint is not encoded correctly.
pub(super) fn is_malformed(parameters: Parameters, signature: &[u8]) -> bool {
    let form = form(parameters);
    // A coefficient of z takes 1 + log2(γ1) bits.
    let z_len = form.l * N * (form.gamma1_bits as usize + 1) / 8;
    if signature.len() != form.c_tilde_len + z_len + form.omega + form.k {
        return true;
    }
    let (_, rest) = signature.split_at(form.c_tilde_len);
    let (z, hint) = rest.split_at(z_len);
    z_is_too_large(z, &form) || hint_is_malformed(hint, &form)
}

/// ‖z‖∞ ≥ γ1 - β.
fn z_is_too_large(z: &[u8], form: &Form) -> bool {
    let gamma1 = 1_i32 << form.gamma1_bits;
    let width = form.gamma1_bits + 1;
    let (mut pending, mut bits) = (0_u32, 0);
    for &byte in z {
        pending |= u32::from(byte) << bits;
        bits += 8;
        if bits >= width {
            // At most 20 bits: fits in i32.
            let coefficient = gamma1 - (pending & ((1 << width) - 1)) as i32;
            if coefficient.abs() >= gamma1 - form.beta {
                return true;
            }
            pending >>= width;
            bits -= width;
        }
    }
    false
}

/// FIPS 204, Algorithm 21: counts do not decrease and are at most ω, positions increase in each polynomial, the rest is
/// zero.
fn hint_is_malformed(hint: &[u8], form: &Form) -> bool {
    let (positions, counts) = hint.split_at(form.omega);
    let mut start = 0;
    for &count in counts {
        let end = usize::from(count);
        let Some(mine) = positions.get(start..end) else { return true };
        if mine.windows(2).any(|pair| matches!(pair, [a, b] if a >= b)) {
            return true;
        }
        start = end;
    }
    positions.iter().skip(start).any(|&position| position != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A signature whose coefficients of z are 0 but for one; c̃ and hint are zero.
    fn with_coefficient(parameters: Parameters, at: usize, value: i32) -> Vec<u8> {
        let form = form(parameters);
        let width = form.gamma1_bits as usize + 1;
        let z_len = form.l * N * width / 8;
        let mut signature = vec![0; form.c_tilde_len + z_len + form.omega + form.k];
        for index in 0..form.l * N {
            let encoded = (1 << form.gamma1_bits) - if index == at { value } else { 0 };
            for bit in (0..width).filter(|bit| encoded >> bit & 1 == 1) {
                let place = index * width + bit;
                signature[form.c_tilde_len + place / 8] |= 1 << (place % 8);
            }
        }
        signature
    }

    /// The smallest coefficient that is too large, and the largest that is not, with both signs, at both ends of z.
    /// Kills: `>` for `>=`, another β or γ1, a last coefficient that is not read.
    #[test]
    fn z_at_its_bound() {
        // γ1 - β by FIPS 204, table 1.
        for (parameters, bound) in Parameters::ALL.into_iter().zip([130_994, 524_092, 524_168]) {
            let form = form(parameters);
            for at in [0, 1, form.l * N - 1] {
                for (value, malformed) in
                    [(bound, true), (-bound, true), (bound - 1, false), (1 - bound, false)]
                {
                    let signature = with_coefficient(parameters, at, value);
                    assert_eq!(
                        is_malformed(parameters, &signature),
                        malformed,
                        "{parameters:?} {at} {value}"
                    );
                }
            }
        }
    }

    /// Hints at the limits of FIPS 204, Algorithm 21. Kills: a count of ω that is rejected, one of ω + 1 that is not,
    /// positions that are compared across polynomials, a rest that is not read to its end.
    #[test]
    fn hints_at_their_limits() {
        for parameters in Parameters::ALL {
            let form = form(parameters);
            let len = with_coefficient(parameters, 0, 0).len();
            let malformed = |positions: &[u8], counts: &[u8]| {
                let mut signature = with_coefficient(parameters, 0, 0);
                let hint = &mut signature[len - form.omega - form.k..];
                hint[..positions.len()].copy_from_slice(positions);
                let (_, last) = hint.split_at_mut(form.omega);
                // The last count stands for the polynomials that are not named.
                last.fill(*counts.last().unwrap());
                last[..counts.len()].copy_from_slice(counts);
                is_malformed(parameters, &signature)
            };
            let omega = u8::try_from(form.omega).unwrap();
            let rising: Vec<u8> = (0..omega).collect();
            assert!(!malformed(&[], &[0]));
            assert!(!malformed(&rising, &[omega]));
            assert!(malformed(&rising, &[omega + 1]));
            assert!(!malformed(&[7, 7], &[1, 2]), "one position in two polynomials");
            assert!(malformed(&[7, 7], &[2]), "one position twice");
            assert!(malformed(&[8, 7], &[2]), "descending");
            assert!(malformed(&[7, 8], &[2, 1, 2]), "counts that decrease");
            assert!(malformed(&[7, 8], &[1]), "a position that no count covers");
            let mut last = vec![0; form.omega];
            *last.last_mut().unwrap() = 1;
            assert!(malformed(&last, &[0]), "the last byte of the rest");
        }
    }
}
