//! ECDSA verification on P-192 (SP 800-186 appendix H.1.1; FIPS 186-5 §6.4.2). Linux still accepts such keys, and the
//! crates of the other curves have no stable release for this one. Only the kernel model uses it: the strict verifier
//! rejects P-192.
//!
//! All data are public: nothing here is constant-time.

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{CheckedAdd as _, NonZero, Odd, U192};

/// The length of a coordinate, and of r and of s, in bytes.
pub(super) const LEN: usize = 24;

/// p = 2^192 - 2^64 - 1.
const P: U192 = U192::from_be_hex("fffffffffffffffffffffffffffffffeffffffffffffffff");
/// The order of the generator, a prime below p.
const N: U192 = U192::from_be_hex("ffffffffffffffffffffffff99def836146bc9b1b4d22831");
const B: U192 = U192::from_be_hex("64210519e59c80e70fa7e9ab72243049feb8deecc146b9b1");
const GENERATOR: [U192; 2] = [
    U192::from_be_hex("188da80eb03090f67cbf20eb43a18800f4ff0afd82ff1012"),
    U192::from_be_hex("07192b95ffc8da78631011ed6b24cdd573f977a11e794811"),
];

type Field = FixedMontyForm<{ U192::LIMBS }>;
type Modulus = FixedMontyParams<{ U192::LIMBS }>;

/// A point on the curve that is not the point at infinity.
pub(super) struct Point {
    x: Field,
    y: Field,
    field: Modulus,
}

/// In Jacobian coordinates: (X/Z², Y/Z³); Z = 0 is the point at infinity.
#[derive(Clone, Copy)]
struct Jacobian {
    x: Field,
    y: Field,
    z: Field,
}

/// Whether r and s are numbers from 1 to n - 1.
pub(super) fn are_scalars(r: &[u8; LEN], s: &[u8; LEN]) -> bool {
    [r, s].into_iter().all(|bytes| {
        let number = U192::from_be_slice(bytes);
        number != U192::ZERO && number < N
    })
}

fn modulus(of: U192) -> Option<Modulus> {
    let odd: Odd<U192> = Option::from(Odd::new(of))?;
    Some(Modulus::new_vartime(odd))
}

impl Point {
    /// Creates the point with these coordinates; `None` if it is not on the curve.
    pub(super) fn new(x: &[u8; LEN], y: &[u8; LEN]) -> Option<Self> {
        Self::at([U192::from_be_slice(x), U192::from_be_slice(y)])
    }

    fn at([x, y]: [U192; 2]) -> Option<Self> {
        if x >= P || y >= P {
            return None;
        }
        let field = modulus(P)?;
        let element = |number: &U192| Field::new(number, &field);
        let (x, y) = (element(&x), element(&y));
        let right = x.square().mul(&x).sub(&x.double().add(&x)).add(&element(&B));
        (y.square() == right).then_some(Self { x, y, field })
    }

    fn jacobian(&self) -> Jacobian {
        Jacobian { x: self.x, y: self.y, z: Field::one(&self.field) }
    }

    /// Whether r and s are a signature over a digest, of which the first 24 bytes count. `false` if they are out of
    /// range.
    pub(super) fn vartime_verify(&self, hash: &[u8], r: &[u8; LEN], s: &[u8; LEN]) -> bool {
        are_scalars(r, s) && self.verifies(hash, r, s).unwrap_or(false)
    }

    fn verifies(&self, hash: &[u8], r: &[u8; LEN], s: &[u8; LEN]) -> Option<bool> {
        let order = modulus(N)?;
        let n: NonZero<U192> = Option::from(NonZero::new(N))?;
        let hash = hash.get(..LEN.min(hash.len())).unwrap_or_default();
        let mut padded = [0; LEN];
        padded.iter_mut().rev().zip(hash.iter().rev()).for_each(|(to, from)| *to = *from);
        let e = U192::from_be_slice(&padded).rem_vartime(&n);
        let (r, s) = (U192::from_be_slice(r), U192::from_be_slice(s));
        let w: Field = Option::from(Field::new(&s, &order).invert_vartime())?;
        let u1 = Field::new(&e, &order).mul(&w).retrieve();
        let u2 = Field::new(&r, &order).mul(&w).retrieve();
        let sum = combination(&Self::at(GENERATOR)?, u1, self, u2);
        if sum.is_infinity() {
            return Some(false);
        }
        // x mod n = r, without a division: x is r or, if that is below p, r + n.
        let z_squared = sum.z.square();
        let is_x = |candidate: &U192| Field::new(candidate, &self.field).mul(&z_squared) == sum.x;
        let above = r.checked_add(&N).into_option().filter(|above| *above < P);
        Some(is_x(&r) || above.is_some_and(|above| is_x(&above)))
    }
}

/// u1 G + u2 Q, in one pass over the bits.
fn combination(g: &Point, u1: U192, q: &Point, u2: U192) -> Jacobian {
    let (g, q) = (g.jacobian(), q.jacobian());
    let both = g.add(&q);
    let zero = g.z.sub(&g.z);
    let mut sum = Jacobian { x: g.x, y: g.y, z: zero };
    for bit in (0..U192::BITS).rev() {
        sum = sum.double();
        sum = match (u1.bit_vartime(bit), u2.bit_vartime(bit)) {
            (true, true) => sum.add(&both),
            (true, false) => sum.add(&g),
            (false, true) => sum.add(&q),
            (false, false) => sum,
        };
    }
    sum
}

impl Jacobian {
    fn is_infinity(&self) -> bool {
        self.z == self.z.sub(&self.z)
    }

    /// 2P. The order is odd, so that no point has y = 0; infinity stays infinity.
    fn double(&self) -> Self {
        let z_squared = self.z.square();
        let m = self.x.sub(&z_squared).mul(&self.x.add(&z_squared));
        let m = m.double().add(&m);
        let y_squared = self.y.square();
        let s = self.x.mul(&y_squared).double().double();
        let x = m.square().sub(&s.double());
        let y = m.mul(&s.sub(&x)).sub(&y_squared.square().double().double().double());
        Self { x, y, z: self.y.mul(&self.z).double() }
    }

    /// P + Q, for all P and Q.
    fn add(&self, other: &Self) -> Self {
        if self.is_infinity() {
            return *other;
        }
        if other.is_infinity() {
            return *self;
        }
        let (z1, z2) = (self.z.square(), other.z.square());
        let (u1, u2) = (self.x.mul(&z2), other.x.mul(&z1));
        let (s1, s2) = (self.y.mul(&z2).mul(&other.z), other.y.mul(&z1).mul(&self.z));
        let (h, r) = (u2.sub(&u1), s2.sub(&s1));
        if u1 == u2 && s1 == s2 {
            return self.double();
        }
        let h_squared = h.square();
        let (h_cubed, v) = (h_squared.mul(&h), u1.mul(&h_squared));
        let x = r.square().sub(&h_cubed).sub(&v.double());
        let y = r.mul(&v.sub(&x)).sub(&s1.mul(&h_cubed));
        // P = -Q has h = 0, and z = 0 is infinity.
        Self { x, y, z: h.mul(&self.z).mul(&other.z) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> [u8; LEN] {
        let number = U192::from_be_hex(hex);
        let mut out = [0; LEN];
        for (index, byte) in out.iter_mut().enumerate() {
            let shifted = number.shr_vartime(8 * (23 - index as u32));
            *byte = (shifted.as_words()[0] & 0xff) as u8;
        }
        out
    }

    /// n G is infinity, (n - 1) G is -G, 2 G by addition equals 2 G by doubling, and infinity is neutral. Kills: a
    /// wrong constant, a wrong formula, a missing case of the addition.
    #[test]
    fn the_group() {
        let g = Point::at(GENERATOR).unwrap();
        let one = g.jacobian();
        let times = |k: U192| combination(&g, k, &g, U192::ZERO);
        assert!(times(N).is_infinity());
        assert!(times(U192::ZERO).is_infinity());
        let same = |a: &Jacobian, b: &Jacobian| {
            a.x.mul(&b.z.square()) == b.x.mul(&a.z.square())
                && a.y.mul(&b.z.square()).mul(&b.z) == b.y.mul(&a.z.square()).mul(&a.z)
        };
        let last = times(N.wrapping_sub(&U192::ONE));
        assert!(last.add(&one).is_infinity() && one.add(&last).is_infinity());
        assert!(!same(&last, &one));
        assert!(same(&one.add(&one), &one.double()) && same(&times(U192::from_u8(2)), &one.double()));
        let three = times(U192::from_u8(3));
        assert!(same(&three, &one.double().add(&one)) && same(&three, &one.add(&one.double())));
        assert!(same(&times(N).add(&three), &three) && same(&three.add(&times(N)), &three));
        assert!(times(N).double().is_infinity());
        // k G and (k - m) G + m G.
        let split = combination(&g, U192::from_u32(1000), &g, U192::from_u32(337));
        assert!(same(&split, &times(U192::from_u32(1337))));
    }

    /// RFC 6979 appendix A.2.3, "sample" with SHA-256. Any changed value is no longer a signature.
    #[test]
    fn published_signature() {
        let x = bytes("ac2c77f529f91689fea0ea5efec7f210d8eea0b9e047ed56");
        let y = bytes("3bc723e57670bd4887ebc732c523063d0a7c957bc97c1c43");
        let key = Point::new(&x, &y).unwrap();
        let hash = crate::algorithm::Digest::Sha256.hash(b"sample").unwrap();
        let r = bytes("4b0b8ce98a92866a2820e20aa6b75b56382e0f9bfd5ecb55");
        let s = bytes("ccdb006926ea9565cbadc840829d8c384e06de1f1e381b85");
        assert!(key.vartime_verify(&hash, &r, &s));
        for at in 0..LEN {
            let changed = |mut value: [u8; LEN]| {
                value[at] ^= 1;
                value
            };
            assert!(!key.vartime_verify(&hash, &changed(r), &s));
            assert!(!key.vartime_verify(&hash, &r, &changed(s)));
            let mut other = hash.clone();
            other[at] ^= 1;
            assert!(!key.vartime_verify(&other, &r, &s));
            assert!(Point::new(&changed(x), &y).is_none() && Point::new(&x, &changed(y)).is_none());
        }
        // Bytes of a digest after the first 24 do not count.
        assert!(key.vartime_verify(&hash[..LEN], &r, &s));
        for bad in [[0; LEN], bytes("ffffffffffffffffffffffff99def836146bc9b1b4d22831"), [0xff; LEN]] {
            assert!(!are_scalars(&bad, &s) && !are_scalars(&r, &bad));
            assert!(!key.vartime_verify(&hash, &bad, &s) && !key.vartime_verify(&hash, &r, &bad));
        }
        assert!(Point::new(&[0xff; LEN], &y).is_none() && Point::new(&[0; LEN], &[0; LEN]).is_none());
    }
}
