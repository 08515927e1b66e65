//! How Linux verifies an ECDSA signature (`ecdsa.c`, `ecdsa-x962.c`), with its rules for points and numbers.

use super::two_numbers::TwoNumbers;
use super::{Errno, Rule, Version, p192};
use crate::public_key::{Curve, EcPublicKey, are_scalars, fixed_len};
use crate::work::{Operation, Work, cost_of_ecdsa};

/// Verifies an ECDSA signature over a digest.
///
/// # Errors
/// EINVAL if the key is not a point or a number is too long, EBADMSG if r or s is out of range, EKEYREJECTED if the
/// signature does not verify. EKEYREJECTED also if the question is too expensive.
pub(super) fn verify(
    curve: Option<Curve>,
    key: &[u8],
    hash: &[u8],
    signature: &[u8],
    version: Version,
    work: &mut Work,
) -> Result<(), Errno> {
    // Linux counts in words of eight bytes, for r and s as well as for coordinates.
    let room = coordinate_len(curve).next_multiple_of(8);
    let point_bytes = key;
    let key = read_point(curve, point_bytes, version)?;
    let (r, s) = TwoNumbers::read(signature, |number, _| match number {
        [] => Err(Errno::EINVAL),
        [0, rest @ ..] if rest.len() == room => Ok(rest),
        number if number.len() > room => Err(Errno::EINVAL),
        number => Ok(number),
    })?;
    let verifies = match (&key, curve) {
        (EcPoint::Other(key), Some(curve)) => {
            if !are_scalars(curve, r, s) {
                return Err(Errno::EBADMSG);
            }
            // The length of the point identifies the curve.
            let operation = Operation::new("ECDSA", &[key.point(), hash, r, s], cost_of_ecdsa(curve));
            work.verifies(&operation, || key.verify_scalars(hash, r, s).is_ok())?
        }
        (EcPoint::P192(point), _) => match (in_bytes(r), in_bytes(s)) {
            (Some(r), Some(s)) if p192::are_scalars(&r, &s) => {
                let operation = Operation::new("ECDSA P-192", &[point_bytes, hash, &r, &s], COST_OF_P192);
                work.verifies(&operation, || point.vartime_verify(hash, &r, &s))?
            }
            _ => return Err(Errno::EBADMSG),
        },
        (EcPoint::Other(_), None) => return Err(Errno::EINVAL),
    };
    if verifies { Ok(()) } else { Err(Errno::EKEYREJECTED) }
}

/// The cost of a verification by `p192`, which is not optimised, in the units of [`Work::LIMIT`].
const COST_OF_P192: u64 = 4_000_000;

/// A point on a curve that Linux knows.
pub(super) enum EcPoint {
    P192(Box<p192::Point>),
    Other(EcPublicKey),
}

fn coordinate_len(curve: Option<Curve>) -> usize {
    curve.map_or(p192::LEN, Curve::coordinate_len)
}

/// The number in as many bytes as P-192 uses, if it fits.
fn in_bytes(number: &[u8]) -> Option<[u8; p192::LEN]> {
    fixed_len(number, p192::LEN)?.try_into().ok()
}

/// Reads an uncompressed point. Its coordinates may have missing or additional leading zeros, as long as the number of
/// eight-byte words is the same. With [`Rule::PointsInWords`] they consist of whole words, and an octet may follow.
pub(super) fn read_point(curve: Option<Curve>, point: &[u8], version: Version) -> Result<EcPoint, Errno> {
    let len = coordinate_len(curve);
    let Some((4, coordinates)) = point.split_first() else { return Err(Errno::EINVAL) };
    let half = coordinates.len() / 2;
    let well_formed = if version.has(Rule::PointsInWords) {
        half == len.next_multiple_of(8)
    } else {
        coordinates.len().is_multiple_of(2) && half.next_multiple_of(8) == len.next_multiple_of(8)
    };
    if !well_formed {
        return Err(Errno::EINVAL);
    }
    let (x, rest) = coordinates.split_at(half);
    let (y, _) = rest.split_at(half);
    let Some(curve) = curve else {
        let both = in_bytes(x).zip(in_bytes(y)).ok_or(Errno::EINVAL)?;
        let point = p192::Point::new(&both.0, &both.1).ok_or(Errno::EINVAL)?;
        return Ok(EcPoint::P192(Box::new(point)));
    };
    let mut plain = vec![4];
    for coordinate in [x, y] {
        plain.extend(fixed_len(coordinate, len).ok_or(Errno::EINVAL)?);
    }
    EcPublicKey::from_sec1(curve, &plain).map(EcPoint::Other).map_err(|_| Errno::EINVAL)
}
