//! Where a signature can be faulted. `checks/faults.sh` builds with `--cfg mldsa_fault` and flips one bit of one value, to see what
//! becomes of the signature (`docs/assurance/faults.md`). Polynomials are faulted as they leave a leaf kernel, by a back end that does
//! just that; the few values that no kernel of ours gives have a [`point`] of their own, which in an ordinary build is nothing.

#[cfg(mldsa_fault)]
mod back_end;
#[cfg(mldsa_fault)]
mod inject;

#[cfg(mldsa_fault)]
pub(crate) use {back_end::Faulty, inject::point};

/// Does nothing: this is an ordinary build.
#[cfg(not(mldsa_fault))]
#[inline(always)]
pub(crate) const fn point(_site: Site, _value: &mut [u8]) {}

/// What can be faulted: the outputs of leaf kernels, and of hashes. `checks/faults/run.py` reads this list.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(mldsa_fault), allow(dead_code, reason = "the kernels' are for the back end with faults"))]
pub(crate) enum Site {
    /// Hashes of one message: rho, rho' and K of a new key, tr, rho''.
    Hash,
    /// mu, of the message or of many.
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
    /// Bytes of Â.
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
    /// A test that rejects: it accepts, or the other way round.
    NormReaches,
}
