//! The memory that a caller of [`small`](crate::small) provides.

use crate::matrix::Streamed;
use crate::params::{N, ParameterSet};
use crate::poly::{UNIFORM_LEN, UniformPoly};
use crate::{keygen, signing, verifying};
use core::fmt;

/// The memory of [`from_seed_in`](crate::small::from_seed_in) and [`from_expanded_in`](crate::small::from_expanded_in): 4,864 bytes for each
/// parameter set. They wipe it.
pub struct KeygenWorkspace(pub(crate) keygen::Memory<Streamed>);

/// The memory of [`verify_in`](crate::small::verify_in) and [`verify_mu_in`](crate::small::verify_mu_in): 5,120 bytes for each parameter set.
/// All of its contents are public.
pub struct VerifyWorkspace(pub(crate) verifying::SmallMemory);

/// The memory of [`sign_in`](crate::small::sign_in) and [`sign_mu_in`](crate::small::sign_mu_in): 10,816, 12,864 or 15,168 bytes, and 768
/// for each of the `KEPT` polynomials of the matrix A that an attempt keeps for the next one. They wipe all but A, which is
/// public.
///
/// A has K·L polynomials: 16, 30 or 56. With more than 0, signing is faster; with more than K·L, it is not faster than with K·L.
///
/// ```
/// use mldsa::{MlDsa44, small::SignWorkspace};
///
/// assert_eq!(size_of::<SignWorkspace<MlDsa44>>(), 10_816);
/// assert_eq!(size_of::<SignWorkspace<MlDsa44, 8>>(), 10_816 + 8 * 768);
/// ```
#[repr(C)] // A is at the end
pub struct SignWorkspace<P: ParameterSet, const KEPT: usize = 0> {
    pub(crate) memory: signing::SmallMemory<P>,
    pub(crate) kept: [UniformPoly; KEPT],
}

impl KeygenWorkspace {
    /// Memory for an operation: all zero.
    pub const NEW: Self = Self(keygen::Memory::NEW);
}

impl VerifyWorkspace {
    /// Memory for an operation: all zero.
    pub const NEW: Self = Self(verifying::SmallMemory::NEW);
}

impl<P: ParameterSet, const KEPT: usize> SignWorkspace<P, KEPT> {
    /// Memory for an operation: all zero.
    pub const NEW: Self =
        Self { memory: signing::SmallMemory::NEW, kept: [UniformPoly([0; UNIFORM_LEN]); KEPT] };
}

impl Default for KeygenWorkspace {
    fn default() -> Self {
        Self::NEW
    }
}

impl Default for VerifyWorkspace {
    fn default() -> Self {
        Self::NEW
    }
}

impl<P: ParameterSet, const KEPT: usize> Default for SignWorkspace<P, KEPT> {
    fn default() -> Self {
        Self::NEW
    }
}

impl fmt::Debug for KeygenWorkspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeygenWorkspace(..)")
    }
}

impl fmt::Debug for VerifyWorkspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifyWorkspace(..)")
    }
}

impl<P: ParameterSet, const KEPT: usize> fmt::Debug for SignWorkspace<P, KEPT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignWorkspace<{}, {KEPT}>(..)", P::NAME)
    }
}

/// The sizes in the documentation.
const _: () = {
    use crate::params::{MlDsa44, MlDsa65, MlDsa87};
    use core::mem::size_of;
    const POLY: usize = 4 * N;
    assert!(size_of::<KeygenWorkspace>() == 4 * POLY + UNIFORM_LEN && 4 * POLY + UNIFORM_LEN == 4864);
    assert!(size_of::<VerifyWorkspace>() == 4864 + 8 * 32);
    assert!(size_of::<SignWorkspace<MlDsa44>>() == 10816);
    assert!(size_of::<SignWorkspace<MlDsa65>>() == 12864);
    assert!(size_of::<SignWorkspace<MlDsa87>>() == 15168);
    assert!(size_of::<SignWorkspace<MlDsa87, 56>>() == 15168 + 56 * UNIFORM_LEN);
};
