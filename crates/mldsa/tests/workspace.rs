//! Operations in a workspace: the same results as without, whatever its memory held before, and nothing left in it.
//! `zeroize.rs` tests that no secret stays on the stack, `stack.rs` how little stack they need.
#![allow(unsafe_code)] // the bytes of a workspace

use mldsa::backend::{Backend, Portable};
use mldsa::small::{self, KeygenWorkspace, SignWorkspace, VerifyWorkspace};
use mldsa::{
    Context, InvalidSignature, MalformedKey, MlDsa44, MlDsa65, MlDsa87, Mu, ParameterSet, Rnd, Seed,
    SigningKey, hazmat,
};

/// The first `len` bytes of a workspace.
fn bytes<T>(workspace: &mut T, len: usize) -> &mut [u8] {
    assert!(len <= size_of::<T>());
    // SAFETY: workspaces consist of arrays of integers and have no padding: each value of each byte is one of theirs.
    unsafe { core::slice::from_raw_parts_mut(core::ptr::from_mut(workspace).cast(), len) }
}

/// Fills a workspace with 0xa5 before an operation.
fn fill<T>(workspace: &mut T) {
    bytes(workspace, size_of::<T>()).fill(0xa5);
}

fn is_zero<T>(workspace: &mut T, len: usize) -> bool {
    bytes(workspace, len).iter().all(|&byte| byte == 0)
}

/// Kills: an operation, or an early return of one, that does not wipe all of its workspace.
fn keys<P: ParameterSet>() {
    let seed = Seed::from_bytes([5; 32]);
    let expected = SigningKey::<P>::from_seed(&seed);
    let (mut workspace, size) = (KeygenWorkspace::NEW, size_of::<KeygenWorkspace>());
    fill(&mut workspace);
    assert!(*small::from_seed_in(&seed, &mut None, &mut workspace) == expected);
    assert!(is_zero(&mut workspace, size));

    let s_len = (P::K + P::L) * 32 * P::ETA.bits();
    for (at, error) in [
        (None, None),
        (Some(64), Some(MalformedKey::TrMismatch)),
        (Some(128), Some(MalformedKey::SecretRange)),
        (Some(128 + s_len), Some(MalformedKey::T0Mismatch)),
        (Some(P::SIGNING_KEY_LEN - 1), Some(MalformedKey::T0Mismatch)),
    ] {
        let mut changed = expected.as_expanded_bytes().to_vec();
        if let Some(at) = at {
            changed[at] = if at == 128 { 0xff } else { changed[at] ^ 1 };
        }
        fill(&mut workspace);
        let result = small::from_expanded_in::<P>(&changed, &mut None, &mut workspace).err();
        assert_eq!(result, error, "{} {at:?}", P::NAME);
        assert!(is_zero(&mut workspace, size), "{} {at:?}", P::NAME);
    }
}

#[test]
fn keys_are_made_and_read_in_a_workspace() {
    keys::<MlDsa44>();
    keys::<MlDsa65>();
    keys::<MlDsa87>();
}

/// Kills: an operation that reads the old contents, polynomials of A of another key among them; one that does not wipe.
fn signatures<P: ParameterSet, const KEPT: usize>() {
    let (mut workspace, mut verify) = (SignWorkspace::<P, KEPT>::NEW, VerifyWorkspace::NEW);
    let secret = size_of::<SignWorkspace<P>>();
    assert_eq!(size_of::<SignWorkspace<P, KEPT>>(), secret + KEPT * 768);
    for round in 0..3 {
        let key = SigningKey::<P>::from_seed(&Seed::from_bytes([round; 32]));
        let context = Context::new(b"workspace").expect("short");
        let rnd = Rnd::from_bytes([round; 32]);
        fill(&mut workspace);
        fill(&mut verify);
        let mut memory = None;
        let signature = small::sign_in(&key, b"message", context, &rnd, &mut memory, &mut workspace);
        assert_eq!(*signature, key.sign(b"message", context, &rnd), "{} {KEPT} {round}", P::NAME);
        assert!(is_zero(&mut workspace, secret), "{} {KEPT}", P::NAME);

        let public = key.verifying_key();
        assert_eq!(small::verify_in(public, b"message", context, signature, &mut verify), Ok(()));
        let wrong = Err(InvalidSignature);
        assert_eq!(small::verify_in(public, b"massage", context, signature, &mut verify), wrong);
        let mu = Mu::of_message(key.tr(), context, b"message");
        assert_eq!(small::verify_mu_in(public, &mu, signature, &mut verify), Ok(()));
        assert_eq!(small::verify_mu_in(public, &Mu::from_bytes([round; 64]), signature, &mut verify), wrong);
    }
}

#[test]
fn signatures_are_made_and_verified_in_a_workspace() {
    signatures::<MlDsa44, 0>();
    signatures::<MlDsa44, 5>();
    signatures::<MlDsa44, 16>();
    signatures::<MlDsa65, 29>();
    signatures::<MlDsa65, 100>();
    signatures::<MlDsa87, 1>();
    signatures::<MlDsa87, 56>();
}

/// Every element of A that an attempt keeps must be the one that the next attempt needs: over 50 attempts each.
fn attempts<const KEPT: usize, B: Backend>(backend: B) {
    let key = hazmat::from_seed::<MlDsa65, B>(backend, &Seed::from_bytes([8; 32]));
    let (mut memory, mut workspace) = (None, SignWorkspace::<MlDsa65, KEPT>::NEW);
    for message in 0..12 {
        let mu = Mu::from_bytes([message; 64]);
        let expected = hazmat::sign_mu(backend, &key, &mu, &Rnd::DETERMINISTIC);
        let signature =
            hazmat::sign_mu_in(backend, &key, &mu, &Rnd::DETERMINISTIC, &mut memory, &mut workspace);
        assert_eq!(*signature, expected, "{KEPT} {message}");
    }
}

#[test]
fn any_part_of_the_matrix_can_be_kept() {
    attempts::<0, _>(Portable);
    attempts::<1, _>(Portable);
    attempts::<17, _>(Portable);
    attempts::<29, _>(Portable);
    attempts::<30, _>(Portable);
    attempts::<31, _>(Portable);
}
