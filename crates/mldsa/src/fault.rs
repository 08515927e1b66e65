//! Fault injection. `checks/faults.sh` builds with `--cfg mldsa_fault` and flips one bit of one value, to see what happens to the
//! signature (`docs/assurance/faults.md`). `backend::faulty` flips bits of polynomials when a leaf kernel returns them. The few values
//! that no kernel of this crate computes have a call of [`point`], which does nothing in an ordinary build.

#[cfg(mldsa_fault)]
mod inject;

#[cfg(mldsa_fault)]
pub(crate) use inject::{Flip, point};

/// Does nothing in an ordinary build.
#[cfg(not(mldsa_fault))]
#[inline(always)]
pub(crate) const fn point(_site: Site, _value: &mut [u8]) {}

/// The values that can be faulted: the outputs of leaf kernels and of hashes. `checks/faults/run.py` reads this list.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(mldsa_fault), allow(dead_code, reason = "those of kernels are used in `backend::faulty`"))]
pub(crate) enum Site {
    /// Hashes of one message: rho, rho' and K of a new key, tr, rho''.
    Hash,
    /// mu of one message, or of several.
    Mu,
    /// c̃.
    CTilde,
    /// The finished signature.
    Signature,
    /// ŝ1, ŝ2, t̂0, ŷ, ĉ.
    Ntt,
    /// t, w, c·s1, c·s2, c·t0.
    InvNtt,
    /// A row of Â·ŝ1, or of Â·ŷ.
    Dot,
    /// ĉ∘ŝ2, ĉ∘t̂0.
    Mul,
    /// ĉ∘ŝ1 + ŷ.
    MulAdd,
    /// t = A·s1 + s2; low parts for the hints.
    Add,
    /// w0 − c·s2.
    Sub,
    /// The bytes of Â.
    RejectUniform,
    /// s1, s2 of a new key.
    RejectBounded,
    /// s1, s2, t0, t1, w1, z, packed.
    Pack,
    /// s1, s2, t0, y, w1, unpacked.
    Unpack,
    /// t0 and t1.
    Power2Round,
    /// w0.
    DecomposeLow,
    /// w1.
    DecomposeHigh,
    /// The hints of a row.
    MakeHint,
    /// The result of a norm check, inverted.
    NormReaches,
}
