//! The constant-time vocabulary.
//!
//! Everything that computes on secrets uses masks: all ones for true, zero for false. Where a secret's function
//! becomes public by the standard's own design, it passes through [`declassify`], with the reason.

#[cfg(mldsa_ct_check)]
pub mod memcheck;

/// All ones where a = b, else zero.
#[inline(always)]
pub(crate) const fn eq_mask(a: i32, b: i32) -> i32 {
    let difference = a ^ b;
    !((difference | difference.wrapping_neg()) >> 31)
}

/// Why a value that was computed from secrets may be known.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reason {
    /// Which half-bytes of the stream RejBoundedPoly throws away says nothing about those it keeps.
    RejectedHalfByte,
    /// Whether an attempt at a signature is rejected, and by which polynomial: independent of the key
    /// (FIPS 204, section 3.6.3; the attempts are rejected so that this is so).
    RejectedAttempt,
    /// c̃ of an attempt: published if the attempt is accepted, and a hash of w1 with mu otherwise, which
    /// is as if drawn at random.
    Challenge,
    /// The signature: published.
    Signature,
    /// rho: the first 32 bytes of the public key.
    PublicSeed,
    /// t1: published in the public key.
    PublicKey,
    /// Whether a private key that was given is consistent: the answer of the function.
    KeyCheck,
}

/// Marks a value as public from here on.
///
/// A plain move in ordinary builds. The check of the binary (`checks/constant-time`) hooks in here.
#[inline(always)]
pub(crate) fn declassify<T: Copy>(value: T, _reason: Reason) -> T {
    #[cfg(mldsa_ct_check)]
    memcheck::make_defined((&raw const value).cast(), size_of::<T>(), _reason);
    value
}

/// Marks the memory behind a reference as public from here on.
#[inline(always)]
pub(crate) fn declassify_ref<T: ?Sized>(memory: &T, _reason: Reason) -> &T {
    #[cfg(mldsa_ct_check)]
    memcheck::make_defined((&raw const *memory).cast(), size_of_val(memory), _reason);
    memory
}
