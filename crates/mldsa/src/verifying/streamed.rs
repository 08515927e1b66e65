//! Verification in the memory of the caller: one polynomial of Â and of z at a time, and w1 hashed row by row.

use super::{Memory, PublicKeySource, Representative, t1_times_2d_hat, vartime_recompute_w1};
use crate::backend::Backend;
use crate::encoding::keys::PublicKeyParts;
use crate::encoding::pack_w1;
use crate::encoding::signature::SignatureParts;
use crate::fault::{self, Site};
use crate::matrix::{Memory as _, Streamed, StreamedVector};
use crate::mu::Mu;
use crate::params::{Array, Gamma2, MU_LEN, ParameterSet, packed_len};
use crate::poly::{NttPoly, Poly};
use crate::sampling::public_key_hash;
use keccak_lanes::Shake256;

/// The memory of [`vartime_verify_small`].
pub(crate) struct SmallMemory {
    own: Memory,
    product: Streamed,
}

impl SmallMemory {
    pub(crate) const NEW: Self = Self { own: Memory::NEW, product: Streamed::NEW };
}

/// An encoded public key, decoded row by row.
struct StreamedPublicKeySource<'a, P: ParameterSet, B: Backend> {
    backend: B,
    parts: PublicKeyParts<'a>,
    product: StreamedVector<'a, P, B>,
    i: usize,
}

impl<P: ParameterSet, B: Backend> PublicKeySource for StreamedPublicKeySource<'_, P, B> {
    #[inline]
    fn load(&mut self, _: usize, _: &Poly) {}

    #[inline]
    fn next_row(
        &mut self,
        c_hat: &NttPoly,
        z: impl FnMut(usize, &mut Poly),
        poly: &mut Poly,
        out: &mut NttPoly,
    ) {
        let t1_hat = &mut *self.product.v_hat;
        t1_times_2d_hat(self.backend, self.parts.t1(self.i), poly, t1_hat);
        self.backend.mul(c_hat, t1_hat, out);
        out.0.iter_mut().for_each(|out| *out = -*out);
        self.product.add_row(self.i, z, poly, out);
        self.i += 1;
    }
}

/// [`vartime_verify_internal`](super::vartime_verify_internal) of an encoded public key, on a small stack. Hashes tr and mu
/// first.
#[inline(never)] // so that its stack frame is not part of that of the choice of the back end
pub(crate) fn vartime_verify_small<P: ParameterSet, B: Backend>(
    backend: B,
    pk: &P::VerifyingKeyBytes,
    representative: Representative<'_>,
    signature: &P::SignatureBytes,
    memory: &mut SmallMemory,
) -> bool {
    let mut hash = Shake256::new(backend.keccak());
    hash.absorb(&representative_of::<P, B>(backend, pk, representative));
    let SmallMemory { own, product } = memory;
    let parts = PublicKeyParts::new::<P>(pk);
    let product = StreamedVector::new(backend, parts.rho, product);
    let mut key = StreamedPublicKeySource::<P, B> { backend, parts, product, i: 0 };
    let parts = SignatureParts::new::<P>(signature);
    let good = vartime_recompute_w1::<P, B>(backend, &mut key, &parts, own, |w1| {
        let mut packed = [0; packed_len(Gamma2::Q88.bits())];
        let packed = &mut packed[..packed_len(P::GAMMA2.bits())];
        pack_w1(backend, P::GAMMA2, w1, packed);
        hash.absorb(packed);
    });
    let mut c_tilde = P::CTilde::ZEROED;
    hash.finalize_into(c_tilde.as_mut());
    fault::point(Site::Hash, c_tilde.as_mut());
    good && c_tilde.as_ref() == parts.c_tilde
}

/// Returns mu.
#[inline(never)] // so that its stack frame does not add to that of the rows
fn representative_of<P: ParameterSet, B: Backend>(
    backend: B,
    pk: &P::VerifyingKeyBytes,
    representative: Representative<'_>,
) -> [u8; MU_LEN] {
    match representative {
        Representative::Mu(mu) => *mu,
        Representative::Message(context, message) => {
            let tr = public_key_hash(backend, pk.as_ref());
            *Mu::of_message_on(backend.keccak(), &tr, context, message).as_bytes()
        }
    }
}
