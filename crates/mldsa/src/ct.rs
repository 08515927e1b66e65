//! The constant-time operations.
//!
//! Code that computes on secrets uses masks: all ones for true, zero for false. A value that was computed from secrets but is
//! public by the design of the standard passes through [`declassify`], with the reason.

#[cfg(mldsa_ct_check)]
pub mod memcheck;

/// All ones where a = b, else zero.
#[inline(always)]
pub(crate) const fn eq_mask(a: i32, b: i32) -> i32 {
    let difference = a ^ b;
    !((difference | difference.wrapping_neg()) >> 31)
}

/// Why a value that was computed from secrets is public.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reason {
    /// Which half-bytes of the stream RejBoundedPoly rejects: independent of the values of those it accepts.
    RejectedHalfByte,
    /// Whether an attempt at a signature is rejected, and by which polynomial: independent of the key (FIPS 204,
    /// section 3.6.3; this independence is the purpose of the rejections).
    RejectedAttempt,
    /// c̃ of an attempt: published if the attempt is accepted, and otherwise a hash of mu and w1, which is
    /// indistinguishable from random.
    Challenge,
    /// The signature: published.
    Signature,
    /// rho: the first 32 bytes of the public key.
    PublicSeed,
    /// t1: published in the public key.
    PublicKey,
    /// Whether a private key is consistent: the result of the function.
    KeyCheck,
}

/// Marks a value as public.
///
/// A plain move in ordinary builds. The constant-time check of the binary (`checks/constant-time`) uses this function.
#[inline(always)]
pub(crate) fn declassify<T: Copy>(value: T, _reason: Reason) -> T {
    #[cfg(mldsa_ct_check)]
    memcheck::make_defined((&raw const value).cast(), size_of::<T>(), _reason);
    value
}

/// Marks the memory behind a reference as public.
#[inline(always)]
pub(crate) fn declassify_ref<T: ?Sized>(memory: &T, _reason: Reason) -> &T {
    #[cfg(mldsa_ct_check)]
    memcheck::make_defined((&raw const *memory).cast(), size_of_val(memory), _reason);
    memory
}
