//! The three parameter sets of FIPS 204, as data (tables 1 and 2).

use crate::poly::{NttPoly, Poly, UniformPoly};
use core::fmt::Debug;

/// Degree of the polynomials: R_q = Z_q[X]/(X^N + 1).
pub const N: usize = 256;
/// The modulus, 2^23 − 2^13 + 1.
pub const Q: i32 = (1 << 23) - (1 << 13) + 1;
/// A 512th root of unity in Z_q.
pub const ZETA: i32 = 1753;
/// Bits dropped from t.
pub const D: u32 = 13;

/// Length in bytes of the seed xi.
pub const SEED_LEN: usize = 32;
/// Length in bytes of rho, K and rnd.
pub(crate) const RHO_LEN: usize = 32;
/// Length in bytes of tr and of the message representative mu.
pub const MU_LEN: usize = 64;

/// Bits of a coefficient of t1: 23 − d, as q − 1 has 23 bits.
pub(crate) const T1_BITS: usize = 23 - D as usize;
/// Bits of a coefficient of t0.
pub(crate) const T0_BITS: usize = D as usize;

/// The range of the secret coefficients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eta {
    /// −2..=2
    Two,
    /// −4..=4
    Four,
}

impl Eta {
    /// Returns the number.
    pub const fn value(self) -> i32 {
        match self {
            Eta::Two => 2,
            Eta::Four => 4,
        }
    }

    /// Returns the bits of a packed coefficient: bitlen(2 eta).
    pub const fn bits(self) -> usize {
        bitlen(2 * self.value() as u32)
    }
}

/// The range of the mask y: −gamma1 + 1..=gamma1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gamma1 {
    /// 2^17
    Pow17,
    /// 2^19
    Pow19,
}

impl Gamma1 {
    /// Returns the number.
    pub const fn value(self) -> i32 {
        match self {
            Gamma1::Pow17 => 1 << 17,
            Gamma1::Pow19 => 1 << 19,
        }
    }

    /// Returns the bits of a packed coefficient: 1 + bitlen(gamma1 − 1).
    pub const fn bits(self) -> usize {
        1 + bitlen(self.value() as u32 - 1)
    }
}

/// Half the step between high parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gamma2 {
    /// (q − 1)/88
    Q88,
    /// (q − 1)/32
    Q32,
}

impl Gamma2 {
    /// Returns the number.
    pub const fn value(self) -> i32 {
        match self {
            Gamma2::Q88 => (Q - 1) / 88,
            Gamma2::Q32 => (Q - 1) / 32,
        }
    }

    /// Returns the number of high parts: m = (q − 1)/(2 gamma2).
    pub const fn high_parts(self) -> i32 {
        (Q - 1) / (2 * self.value())
    }

    /// Returns the bits of a packed high part: bitlen(m − 1).
    pub const fn bits(self) -> usize {
        bitlen(self.high_parts() as u32 - 1)
    }
}

/// FIPS 204, section 2.3: bitlen.
pub(crate) const fn bitlen(x: u32) -> usize {
    (u32::BITS - x.leading_zeros()) as usize
}

/// Bytes of a polynomial packed at `bits` bits a coefficient.
pub(crate) const fn packed_len(bits: usize) -> usize {
    N * bits / 8
}

/// Bytes of a packed mask polynomial at gamma1 = 2^19, the larger.
pub(crate) const MASK_LEN: usize = packed_len(Gamma1::Pow19.bits());

/// An element type of the arrays of this crate: a type with an all-zero value.
pub trait Zero: Clone {
    /// All zero.
    const ZERO: Self;
}

impl Zero for u8 {
    const ZERO: Self = 0;
}

impl<T: Zero, const LEN: usize> Zero for [T; LEN] {
    const ZERO: Self = [const { T::ZERO }; LEN];
}

/// An array whose length depends on the parameter set.
pub trait Array<T: Zero>: AsRef<[T]> + AsMut<[T]> + Clone + Send + Sync + 'static {
    /// All zero.
    const ZEROED: Self;

    /// Borrows a slice of exactly this length as an array.
    #[doc(hidden)]
    fn from_slice(slice: &[T]) -> Option<&Self>;
}

impl<T: Zero + Send + Sync + 'static, const LEN: usize> Array<T> for [T; LEN] {
    const ZEROED: Self = Self::ZERO;

    fn from_slice(slice: &[T]) -> Option<&Self> {
        slice.try_into().ok()
    }
}

mod sealed {
    pub trait Sealed {}
}

/// One of ML-DSA-44, ML-DSA-65, ML-DSA-87. Sealed.
#[allow(private_bounds)]
pub trait ParameterSet:
    sealed::Sealed + Copy + Clone + Debug + PartialEq + Eq + Send + Sync + 'static
{
    /// The name in FIPS 204, such as `ML-DSA-65`.
    const NAME: &'static str;
    /// The object identifier of keys and signatures, such as `2.16.840.1.101.3.4.3.18` (RFC 9881, section 2).
    const OID: &'static str;
    /// Rows of A.
    const K: usize;
    /// Columns of A.
    const L: usize;
    /// Range of the secret coefficients.
    const ETA: Eta;
    /// Number of ±1 in the challenge c.
    const TAU: usize;
    /// Collision strength of c̃ in bits.
    const LAMBDA: usize;
    /// Range of the mask.
    const GAMMA1: Gamma1;
    /// Low-order rounding range.
    const GAMMA2: Gamma2;
    /// Most ones in the hint.
    const OMEGA: usize;

    /// tau · eta: the largest absolute value of a coefficient of c·s1 or c·s2.
    const BETA: i32 = Self::TAU as i32 * Self::ETA.value();
    /// Length of c̃ in bytes.
    const C_TILDE_LEN: usize = Self::LAMBDA / 4;
    /// Length of an encoded public key in bytes: rho, then t1.
    const VERIFYING_KEY_LEN: usize = RHO_LEN + Self::K * packed_len(T1_BITS);
    /// Length of an encoded, expanded private key in bytes: rho, K, tr, s1, s2, t0.
    const SIGNING_KEY_LEN: usize = 2 * RHO_LEN
        + MU_LEN
        + (Self::K + Self::L) * packed_len(Self::ETA.bits())
        + Self::K * packed_len(T0_BITS);
    /// Length of an encoded signature in bytes: c̃, z, h.
    const SIGNATURE_LEN: usize =
        Self::C_TILDE_LEN + Self::L * packed_len(Self::GAMMA1.bits()) + Self::OMEGA + Self::K;

    /// `[u8; VERIFYING_KEY_LEN]`.
    type VerifyingKeyBytes: Array<u8>;
    /// `[u8; SIGNING_KEY_LEN]`.
    type SigningKeyBytes: Array<u8>;
    /// `[u8; SIGNATURE_LEN]`.
    type SignatureBytes: Array<u8>;
    /// `[u8; C_TILDE_LEN]`.
    #[doc(hidden)]
    type CTilde: Array<u8>;
    /// `[u8; MU_LEN + K · packed_len(bits of w1)]`: mu‖w1, the input of the hash c̃.
    #[doc(hidden)]
    type ChallengeInput: Array<u8>;
    /// `[u8; K · 416]`: t0, packed.
    #[doc(hidden)]
    type T0Bytes: Array<u8>;
    /// `[Poly; K]`.
    #[doc(hidden)]
    type PolyK: Array<Poly>;
    /// `[NttPoly; K]`.
    #[doc(hidden)]
    type NttK: Array<NttPoly>;
    /// `[NttPoly; L]`.
    #[doc(hidden)]
    type NttL: Array<NttPoly>;
    /// `[UniformPoly; K · L]`.
    #[doc(hidden)]
    type Matrix: Array<UniformPoly>;
}

/// ML-DSA-44: security category 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MlDsa44;
/// ML-DSA-65: security category 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MlDsa65;
/// ML-DSA-87: security category 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MlDsa87;

impl sealed::Sealed for MlDsa44 {}
impl sealed::Sealed for MlDsa65 {}
impl sealed::Sealed for MlDsa87 {}

impl ParameterSet for MlDsa44 {
    const NAME: &'static str = "ML-DSA-44";
    const OID: &'static str = "2.16.840.1.101.3.4.3.17";
    const K: usize = 4;
    const L: usize = 4;
    const ETA: Eta = Eta::Two;
    const TAU: usize = 39;
    const LAMBDA: usize = 128;
    const GAMMA1: Gamma1 = Gamma1::Pow17;
    const GAMMA2: Gamma2 = Gamma2::Q88;
    const OMEGA: usize = 80;
    type VerifyingKeyBytes = [u8; 1312];
    type SigningKeyBytes = [u8; 2560];
    type SignatureBytes = [u8; 2420];
    type CTilde = [u8; 32];
    type ChallengeInput = [u8; MU_LEN + 4 * 192];
    type T0Bytes = [u8; 4 * 416];
    type PolyK = [Poly; 4];
    type NttK = [NttPoly; 4];
    type NttL = [NttPoly; 4];
    type Matrix = [UniformPoly; 4 * 4];
}

impl ParameterSet for MlDsa65 {
    const NAME: &'static str = "ML-DSA-65";
    const OID: &'static str = "2.16.840.1.101.3.4.3.18";
    const K: usize = 6;
    const L: usize = 5;
    const ETA: Eta = Eta::Four;
    const TAU: usize = 49;
    const LAMBDA: usize = 192;
    const GAMMA1: Gamma1 = Gamma1::Pow19;
    const GAMMA2: Gamma2 = Gamma2::Q32;
    const OMEGA: usize = 55;
    type VerifyingKeyBytes = [u8; 1952];
    type SigningKeyBytes = [u8; 4032];
    type SignatureBytes = [u8; 3309];
    type CTilde = [u8; 48];
    type ChallengeInput = [u8; MU_LEN + 6 * 128];
    type T0Bytes = [u8; 6 * 416];
    type PolyK = [Poly; 6];
    type NttK = [NttPoly; 6];
    type NttL = [NttPoly; 5];
    type Matrix = [UniformPoly; 6 * 5];
}

impl ParameterSet for MlDsa87 {
    const NAME: &'static str = "ML-DSA-87";
    const OID: &'static str = "2.16.840.1.101.3.4.3.19";
    const K: usize = 8;
    const L: usize = 7;
    const ETA: Eta = Eta::Two;
    const TAU: usize = 60;
    const LAMBDA: usize = 256;
    const GAMMA1: Gamma1 = Gamma1::Pow19;
    const GAMMA2: Gamma2 = Gamma2::Q32;
    const OMEGA: usize = 75;
    type VerifyingKeyBytes = [u8; 2592];
    type SigningKeyBytes = [u8; 4896];
    type SignatureBytes = [u8; 4627];
    type CTilde = [u8; 64];
    type ChallengeInput = [u8; MU_LEN + 8 * 128];
    type T0Bytes = [u8; 8 * 416];
    type PolyK = [Poly; 8];
    type NttK = [NttPoly; 8];
    type NttL = [NttPoly; 7];
    type Matrix = [UniformPoly; 8 * 7];
}

/// Compares the array types above with the lengths in FIPS 204, tables 1 and 2.
#[allow(dead_code)] // used below, which Rust 1.85 does not see
const fn check<P: ParameterSet>(beta: i32, verifying_key: usize, signing_key: usize, signature: usize) {
    use core::mem::size_of;
    assert!(P::BETA == beta);
    assert!(P::VERIFYING_KEY_LEN == verifying_key && size_of::<P::VerifyingKeyBytes>() == verifying_key);
    assert!(P::SIGNING_KEY_LEN == signing_key && size_of::<P::SigningKeyBytes>() == signing_key);
    assert!(P::SIGNATURE_LEN == signature && size_of::<P::SignatureBytes>() == signature);
    assert!(size_of::<P::CTilde>() == P::C_TILDE_LEN);
    assert!(size_of::<P::ChallengeInput>() == MU_LEN + P::K * packed_len(P::GAMMA2.bits()));
    assert!(size_of::<P::T0Bytes>() == P::K * packed_len(T0_BITS));
    assert!(size_of::<P::PolyK>() == P::K * size_of::<Poly>());
    assert!(size_of::<P::NttK>() == P::K * size_of::<NttPoly>());
    assert!(size_of::<P::NttL>() == P::L * size_of::<NttPoly>());
    assert!(size_of::<P::Matrix>() == P::K * P::L * size_of::<UniformPoly>());
}

const _: () = {
    check::<MlDsa44>(78, 1312, 2560, 2420);
    check::<MlDsa65>(196, 1952, 4032, 3309);
    check::<MlDsa87>(120, 2592, 4896, 4627);
};
