//! Where a signature can be faulted: `ci/faults.sh` builds with `--cfg mldsa_fault` and flips one bit of one value named
//! here, to see what becomes of the signature (`docs/faults.md`). In an ordinary build a point is nothing.

#[cfg(mldsa_fault)]
mod inject;

#[cfg(mldsa_fault)]
pub(crate) use inject::point;

/// Does nothing: this is an ordinary build.
#[cfg(not(mldsa_fault))]
#[inline(always)]
pub(crate) const fn point<T: ?Sized>(_site: Site, _value: &mut T) {}

/// The values that can be faulted, in the order in which they are made. `ci/faults/run.py` reads this list.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Site {
    /// Key generation: rho, rho' and K.
    KeygenSeeds,
    /// A polynomial of s1, on its way to t.
    KeygenS,
    /// t̂ = Â·ŝ1, one row.
    KeygenTHat,
    /// t, one row.
    KeygenT,
    /// The finished private key, packed.
    KeygenPacked,
    /// The expanded key's K.
    KeyK,
    /// The expanded key's tr.
    KeyTr,
    /// A polynomial of the expanded key's ŝ1.
    KeyS1Hat,
    /// A polynomial of the expanded key's ŝ2.
    KeyS2Hat,
    /// The expanded key's t0, packed.
    KeyT0,
    /// A polynomial of Â.
    KeyA,
    /// mu.
    Mu,
    /// rho''.
    RhoDoublePrime,
    /// A polynomial of y.
    Y,
    /// A polynomial of ŷ.
    YHat,
    /// ŵ = Â·ŷ, one row.
    WHat,
    /// w, one row.
    W,
    /// w0, one row, after w1 was taken off.
    W0,
    /// w1, one row.
    W1,
    /// w1 packed, one row: what is hashed.
    W1Packed,
    /// mu, as it is hashed with w1.
    ChallengeMu,
    /// c̃.
    CTilde,
    /// c.
    C,
    /// ĉ.
    CHat,
    /// c·s2, one row.
    CS2,
    /// w0 − c·s2, one row.
    R0,
    /// z, one polynomial.
    Z,
    /// z packed, one polynomial.
    ZPacked,
    /// c·t0, one row.
    CT0,
    /// w0 − c·s2 + c·t0, one row.
    Low,
    /// w1 unpacked for the hints, one row.
    High,
    /// The hints of one row.
    Hint,
    /// The finished signature.
    Signature,
    /// A test that rejects: it accepts instead.
    Rejection,
}
