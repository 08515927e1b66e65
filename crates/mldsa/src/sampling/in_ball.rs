//! The challenge polynomial.

use crate::backend::Backend;
use crate::params::N;
use crate::poly::Poly;
use keccak_lanes::{RATE256, ShakeReader};

/// FIPS 204, Algorithm 29 (SampleInBall). In: c̃. Out: `tau` coefficients ±1, the others 0.
///
/// Branches and indexes depend on c̃ only, which the caller has declassified
/// ([`Reason::Challenge`](crate::ct::Reason::Challenge)).
pub(crate) fn vartime_sample_in_ball<B: Backend>(backend: B, tau: usize, c_tilde: &[u8], c: &mut Poly) {
    let mut stream = ShakeReader::<_, RATE256>::of_message(backend.keccak(), c_tilde);
    let mut block = [0u8; RATE256];
    stream.read(&mut block);
    let mut signs = u64::from_le_bytes(core::array::from_fn(|i| block[i]));
    let mut next = 8;
    c.0.fill(0);
    // No branch on whether j is rejected, which no CPU predicts: a rejected j > i writes to c[i] and c[j]. Both are written
    // again before they are read, because the step that accepts position i starts with c[i].
    let mut i = N - tau;
    while i < N {
        if next == RATE256 {
            stream.read(&mut block);
            next = 0;
        }
        let j = usize::from(block[next]);
        next += 1;
        c.0[i] = c.0[j];
        c.0[j] = 1 - 2 * (signs & 1) as i32;
        let accepted = j <= i;
        signs >>= u32::from(accepted);
        i += usize::from(accepted);
    }
}
