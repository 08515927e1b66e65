//! Bad arguments give the documented result, write nothing and do not crash.
#![allow(clippy::undocumented_unsafe_blocks)] // one comment for each table of calls

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};

use modsig_mldsa::modsig_mldsa_result::*;
use modsig_mldsa::*;

const SETS: [u32; 3] = [MODSIG_MLDSA_44, MODSIG_MLDSA_65, MODSIG_MLDSA_87];

fn empty_key() -> Box<modsig_mldsa_signing_key> {
    Box::new(modsig_mldsa_signing_key { opaque: [MaybeUninit::new(0); 1024] })
}

fn key_of(set: u32, seed: [u8; 32]) -> Box<modsig_mldsa_signing_key> {
    let mut key = empty_key();
    // SAFETY: a key and an array.
    let result = unsafe { modsig_mldsa_signing_key_from_seed(&mut *key, set, seed.as_ptr(), 32) };
    assert_eq!(result, MODSIG_MLDSA_OK);
    key
}

fn public_of(key: &modsig_mldsa_signing_key) -> Vec<u8> {
    // SAFETY: a filled key and a vector.
    unsafe {
        let mut public = vec![0; modsig_mldsa_public_key_len(modsig_mldsa_signing_key_set(key))];
        assert_eq!(modsig_mldsa_signing_key_public(key, public.as_mut_ptr(), public.len()), MODSIG_MLDSA_OK);
        public
    }
}

fn is_empty(key: &modsig_mldsa_signing_key) -> bool {
    // SAFETY: `wipe` has written zeros to all words; the test fails if one is not zero.
    key.opaque.iter().all(|word| unsafe { word.assume_init() } == 0)
}

#[test]
fn lengths_of_no_set_are_zero() {
    for set in [0, 1, 43, 45, 66, 88, u32::MAX] {
        let lengths = [
            modsig_mldsa_public_key_len(set),
            modsig_mldsa_expanded_key_len(set),
            modsig_mldsa_signature_len(set),
        ];
        assert_eq!(lengths, [0; 3], "{set}");
    }
    assert_eq!(modsig_mldsa_signing_key_size(), size_of::<modsig_mldsa_signing_key>());
    assert_eq!(modsig_mldsa_mu_state_size(), size_of::<modsig_mldsa_mu_state>());
}

#[test]
fn every_result_has_a_text_of_its_own_and_so_have_numbers_that_are_none() {
    let text = |number| {
        // SAFETY: the string is static and zero-terminated (documented).
        unsafe { CStr::from_ptr(modsig_mldsa_result_text(number)) }.to_str().unwrap()
    };
    let texts: Vec<_> = (0..=10).map(text).collect();
    for (i, one) in texts.iter().enumerate() {
        assert!(!texts[..i].contains(one) && *one != text(11), "{one}");
    }
    for number in [-1, 11, i32::MAX, i32::MIN] {
        assert_eq!(text(number), "no such result");
    }
    // SAFETY: as above.
    assert_eq!(unsafe { CStr::from_ptr(modsig_mldsa_version()) }.to_str(), Ok(env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_key_that_cannot_be_filled_holds_nothing_afterwards() {
    let seed = [7; 32];
    let expanded = vec![0xff; 4896]; // s1 out of range
    type Fill = fn(*mut modsig_mldsa_signing_key, &[u8; 32], &[u8]) -> modsig_mldsa_result;
    // SAFETY (all): a key, or a pointer that is rejected before it is used; slices with their lengths or less.
    let fills: [(Fill, modsig_mldsa_result); 10] = [
        (
            |k, s, _| unsafe { modsig_mldsa_signing_key_from_seed(k, 45, s.as_ptr(), 32) },
            MODSIG_MLDSA_ERR_SET,
        ),
        (
            |k, s, _| unsafe { modsig_mldsa_signing_key_from_seed(k, 44, s.as_ptr(), 31) },
            MODSIG_MLDSA_ERR_LENGTH,
        ),
        (
            |k, s, _| unsafe { modsig_mldsa_signing_key_from_seed(k, 44, s.as_ptr(), 33) },
            MODSIG_MLDSA_ERR_LENGTH,
        ),
        (
            |k, s, _| unsafe { modsig_mldsa_signing_key_from_seed(k, 44, s.as_ptr(), 0) },
            MODSIG_MLDSA_ERR_LENGTH,
        ),
        (
            |k, _, _| unsafe { modsig_mldsa_signing_key_from_seed(k, 44, null(), 32) },
            MODSIG_MLDSA_ERR_POINTER,
        ),
        (|k, _, _| unsafe { modsig_mldsa_signing_key_generate(k, 0) }, MODSIG_MLDSA_ERR_SET),
        (
            |k, _, e| unsafe { modsig_mldsa_signing_key_from_expanded(k, 87, e.as_ptr(), 4895) },
            MODSIG_MLDSA_ERR_LENGTH,
        ),
        (
            |k, _, _| unsafe { modsig_mldsa_signing_key_from_expanded(k, 87, null(), 4896) },
            MODSIG_MLDSA_ERR_POINTER,
        ),
        (
            |k, _, e| unsafe { modsig_mldsa_signing_key_from_expanded(k, 87, e.as_ptr(), usize::MAX) },
            MODSIG_MLDSA_ERR_LENGTH,
        ),
        (
            |k, _, e| unsafe { modsig_mldsa_signing_key_from_expanded(k, 87, e.as_ptr(), 4896) },
            MODSIG_MLDSA_ERR_MALFORMED_KEY,
        ),
    ];
    for (i, (fill, expected)) in fills.into_iter().enumerate() {
        let mut key = key_of(65, [1; 32]);
        assert_eq!(fill(&mut *key, &seed, &expanded), expected, "number {i}");
        assert!(is_empty(&key), "number {i}");
        assert_eq!(fill(null_mut(), &seed, &expanded), MODSIG_MLDSA_ERR_POINTER, "number {i}");
        let odd = (&raw mut *key).cast::<u8>().wrapping_add(1).cast();
        assert_eq!(fill(odd, &seed, &expanded), MODSIG_MLDSA_ERR_POINTER, "number {i}");
    }
}

/// One changed byte in each part of an expanded key: rho, K (which nothing depends on), tr, s1, s2, t0.
#[test]
fn an_expanded_key_with_a_changed_byte_is_refused_but_for_k() {
    for set in SETS {
        let key = key_of(set, [3; 32]);
        let mut bytes = vec![0; modsig_mldsa_expanded_key_len(set)];
        // SAFETY: a key and a vector.
        unsafe {
            assert_eq!(
                modsig_mldsa_signing_key_expanded(&*key, bytes.as_mut_ptr(), bytes.len()),
                MODSIG_MLDSA_OK
            )
        };
        let read = |bytes: &[u8]| {
            let mut key = empty_key();
            // SAFETY: a key and a slice.
            let result = unsafe {
                modsig_mldsa_signing_key_from_expanded(&mut *key, set, bytes.as_ptr(), bytes.len())
            };
            // SAFETY: a key that was filled or is empty, and an array.
            let seed = unsafe { modsig_mldsa_signing_key_seed(&*key, [0; 32].as_mut_ptr(), 32) };
            (result, seed)
        };
        assert_eq!(read(&bytes), (MODSIG_MLDSA_OK, MODSIG_MLDSA_ERR_NO_SEED));
        for at in [0, 31, 64, 127, 128, 128 + 96, bytes.len() - 1] {
            bytes[at] ^= 1;
            assert_eq!(
                read(&bytes),
                (MODSIG_MLDSA_ERR_MALFORMED_KEY, MODSIG_MLDSA_ERR_EMPTY),
                "{set}, byte {at}"
            );
            bytes[at] ^= 1;
        }
        bytes[32] ^= 1;
        assert_eq!(read(&bytes).0, MODSIG_MLDSA_OK);
    }
}

#[test]
fn the_outputs_of_a_key_have_exact_lengths_and_nothing_is_written_on_errors() {
    type Get = unsafe extern "C" fn(*const modsig_mldsa_signing_key, *mut u8, usize) -> modsig_mldsa_result;
    for set in SETS {
        let key = key_of(set, [9; 32]);
        let gets: [(Get, usize); 3] = [
            (modsig_mldsa_signing_key_seed, 32),
            (modsig_mldsa_signing_key_expanded, modsig_mldsa_expanded_key_len(set)),
            (modsig_mldsa_signing_key_public, modsig_mldsa_public_key_len(set)),
        ];
        for (get, len) in gets {
            let mut out = vec![0xaa; len + 1];
            // SAFETY (all): a key or a pointer that is rejected, and a vector of at least that length.
            unsafe {
                for wrong in [0, 1, len - 1, len + 1] {
                    assert_eq!(get(&*key, out.as_mut_ptr(), wrong), MODSIG_MLDSA_ERR_LENGTH);
                }
                assert_eq!(get(&*key, null_mut(), len), MODSIG_MLDSA_ERR_POINTER);
                assert_eq!(get(null(), out.as_mut_ptr(), len), MODSIG_MLDSA_ERR_POINTER);
                assert_eq!(get(&*empty_key(), out.as_mut_ptr(), len), MODSIG_MLDSA_ERR_EMPTY);
                assert!(out.iter().all(|&byte| byte == 0xaa));
                assert_eq!(get(&*key, out.as_mut_ptr(), len), MODSIG_MLDSA_OK);
                assert!(out[..len].iter().any(|&byte| byte != 0xaa) && out[len] == 0xaa);
            }
        }
    }
    // SAFETY: the pointers are rejected before they are used.
    unsafe {
        assert_eq!(modsig_mldsa_signing_key_set(null()), 0);
        assert_eq!(modsig_mldsa_signing_key_set(&*empty_key()), 0);
        modsig_mldsa_signing_key_wipe(null_mut());
    }
}

#[test]
fn a_wiped_key_signs_nothing_and_a_copy_of_bytes_is_a_key() {
    let mut key = key_of(44, [5; 32]);
    let copy = Box::new(modsig_mldsa_signing_key { opaque: key.opaque });
    let mut signature = vec![0xaa; 2420];
    // SAFETY: keys and a vector.
    unsafe {
        modsig_mldsa_signing_key_wipe(&mut *key);
        modsig_mldsa_signing_key_wipe(&mut *key);
        assert!(is_empty(&key));
        let sign = |key: &modsig_mldsa_signing_key, out| {
            modsig_mldsa_sign_deterministic(key, null(), 0, null(), 0, out, 2420)
        };
        assert_eq!(sign(&key, signature.as_mut_ptr()), MODSIG_MLDSA_ERR_EMPTY);
        assert!(signature.iter().all(|&byte| byte == 0xaa));
        assert_eq!(sign(&copy, signature.as_mut_ptr()), MODSIG_MLDSA_OK);
    }
}

#[test]
fn signing_refuses_each_bad_argument_and_writes_nothing() {
    let (message, context, rnd, mu) = ([1; 10], [2; 256], [3; 32], [4; 64]);
    for set in SETS {
        let key = key_of(set, [9; 32]);
        let len = modsig_mldsa_signature_len(set);
        let mut signature = vec![0xaa; len + 1];
        let out = signature.as_mut_ptr();
        let (m, c, r, u) = (message.as_ptr(), context.as_ptr(), rnd.as_ptr(), mu.as_ptr());
        let k: *const modsig_mldsa_signing_key = &*key;
        // SAFETY: a key, arrays and a vector with their lengths or less; other pointers are rejected.
        let refused = unsafe {
            [
                (modsig_mldsa_sign(null(), m, 10, c, 255, out, len), MODSIG_MLDSA_ERR_POINTER),
                (modsig_mldsa_sign(k, null(), 10, c, 255, out, len), MODSIG_MLDSA_ERR_POINTER),
                (modsig_mldsa_sign(k, m, usize::MAX, c, 255, out, len), MODSIG_MLDSA_ERR_LENGTH),
                (modsig_mldsa_sign(k, m, 10, null(), 255, out, len), MODSIG_MLDSA_ERR_POINTER),
                (modsig_mldsa_sign(k, m, 10, c, 256, out, len), MODSIG_MLDSA_ERR_CONTEXT),
                (modsig_mldsa_sign(k, m, 10, c, 255, null_mut(), len), MODSIG_MLDSA_ERR_POINTER),
                (modsig_mldsa_sign(k, m, 10, c, 255, out, len - 1), MODSIG_MLDSA_ERR_LENGTH),
                (modsig_mldsa_sign(k, m, 10, c, 255, out, len + 1), MODSIG_MLDSA_ERR_LENGTH),
                (modsig_mldsa_sign_deterministic(k, m, 10, c, 256, out, len), MODSIG_MLDSA_ERR_CONTEXT),
                (modsig_mldsa_sign_with_rnd(k, m, 10, c, 9, r, 31, out, len), MODSIG_MLDSA_ERR_LENGTH),
                (modsig_mldsa_sign_with_rnd(k, m, 10, c, 9, null(), 32, out, len), MODSIG_MLDSA_ERR_POINTER),
                (modsig_mldsa_sign_with_rnd(k, m, 10, c, 9, null(), 0, out, len), MODSIG_MLDSA_ERR_LENGTH),
                (modsig_mldsa_sign_mu(k, u, 63, out, len), MODSIG_MLDSA_ERR_LENGTH),
                (modsig_mldsa_sign_mu(k, null(), 64, out, len), MODSIG_MLDSA_ERR_POINTER),
                (modsig_mldsa_sign_mu(k, u, 64, out, len - 1), MODSIG_MLDSA_ERR_LENGTH),
                (modsig_mldsa_sign_mu_with_rnd(k, u, 64, r, 33, out, len), MODSIG_MLDSA_ERR_LENGTH),
                (modsig_mldsa_sign_mu_deterministic(k, u, 0, out, len), MODSIG_MLDSA_ERR_LENGTH),
            ]
        };
        for (i, (result, expected)) in refused.into_iter().enumerate() {
            assert_eq!(result, expected, "{set}, number {i}");
        }
        assert!(signature.iter().all(|&byte| byte == 0xaa), "{set}");
    }
}

#[test]
fn verifying_refuses_each_bad_argument() {
    for set in SETS {
        let key = key_of(set, [9; 32]);
        let (public, message, context) = (public_of(&key), [1; 10], [2; 256]);
        let mut signature = vec![0; modsig_mldsa_signature_len(set) + 1];
        let (sig_len, p_len) = (signature.len() - 1, public.len());
        let (m, c, p) = (message.as_ptr(), context.as_ptr(), public.as_ptr());
        // SAFETY: a key, arrays and vectors with their lengths or less; other pointers are rejected.
        unsafe {
            let signed = modsig_mldsa_sign(&*key, m, 10, c, 255, signature.as_mut_ptr(), sig_len);
            assert_eq!(signed, MODSIG_MLDSA_OK);
            let s = signature.as_ptr();
            let verify = modsig_mldsa_verify;
            let other = SETS[(SETS.iter().position(|&one| one == set).unwrap() + 1) % 3];
            let results = [
                (verify(set, p, p_len, m, 10, c, 255, s, sig_len), MODSIG_MLDSA_OK),
                (verify(set, p, p_len, m, 9, c, 255, s, sig_len), MODSIG_MLDSA_INVALID_SIGNATURE),
                (verify(set, p, p_len, null(), 0, c, 255, s, sig_len), MODSIG_MLDSA_INVALID_SIGNATURE),
                (verify(set, p, p_len, m, 10, c, 254, s, sig_len), MODSIG_MLDSA_INVALID_SIGNATURE),
                (verify(set, p, p_len, m, 10, null(), 0, s, sig_len), MODSIG_MLDSA_INVALID_SIGNATURE),
                (verify(set, p, p_len, m, 10, c, 255, s, sig_len - 1), MODSIG_MLDSA_INVALID_SIGNATURE),
                (verify(set, p, p_len, m, 10, c, 255, s, sig_len + 1), MODSIG_MLDSA_INVALID_SIGNATURE),
                (verify(set, p, p_len, m, 10, c, 255, null(), 0), MODSIG_MLDSA_INVALID_SIGNATURE),
                (verify(set, p, p_len, m, 10, c, 255, null(), sig_len), MODSIG_MLDSA_ERR_POINTER),
                (verify(set, p, p_len, m, 10, c, 256, s, sig_len), MODSIG_MLDSA_ERR_CONTEXT),
                (verify(set, p, p_len, null(), 10, c, 255, s, sig_len), MODSIG_MLDSA_ERR_POINTER),
                (verify(set, p, p_len, m, 10, null(), 255, s, sig_len), MODSIG_MLDSA_ERR_POINTER),
                (verify(set, p, p_len, m, usize::MAX, c, 255, s, sig_len), MODSIG_MLDSA_ERR_LENGTH),
                (verify(set, p, p_len - 1, m, 10, c, 255, s, sig_len), MODSIG_MLDSA_ERR_LENGTH),
                (verify(set, null(), 0, m, 10, c, 255, s, sig_len), MODSIG_MLDSA_ERR_LENGTH),
                (verify(set, null(), p_len, m, 10, c, 255, s, sig_len), MODSIG_MLDSA_ERR_POINTER),
                (verify(other, p, p_len, m, 10, c, 255, s, sig_len), MODSIG_MLDSA_ERR_LENGTH),
                (verify(0, p, p_len, m, 10, c, 255, s, sig_len), MODSIG_MLDSA_ERR_SET),
                (modsig_mldsa_verify_mu(set, p, p_len, m, 10, s, sig_len), MODSIG_MLDSA_ERR_LENGTH),
                (modsig_mldsa_verify_mu(set, p, p_len, c, 64, s, sig_len), MODSIG_MLDSA_INVALID_SIGNATURE),
                (modsig_mldsa_verify_mu(set, p, p_len, null(), 64, s, sig_len), MODSIG_MLDSA_ERR_POINTER),
            ];
            for (i, (result, expected)) in results.into_iter().enumerate() {
                assert_eq!(result, expected, "{set}, number {i}");
            }
        }
    }
}

#[test]
fn mu_is_refused_what_it_cannot_use_and_ends_once() {
    let key = key_of(65, [9; 32]);
    let (public, context, data) = (public_of(&key), [2; 256], [1; 10]);
    let (p, c, d, len) = (public.as_ptr(), context.as_ptr(), data.as_ptr(), public.len());
    let mut state = modsig_mldsa_mu_state { opaque: [MaybeUninit::new(u64::MAX); 48] };
    let mut mu = [0xaa; 64];
    // SAFETY: a state, arrays and vectors with their lengths or less; other pointers are rejected.
    unsafe {
        let s = &raw mut state;
        let u = mu.as_mut_ptr();
        assert_eq!(modsig_mldsa_mu_init(s, 65, p, len, c, 256), MODSIG_MLDSA_ERR_CONTEXT);
        assert_eq!(modsig_mldsa_mu_update(s, d, 10), MODSIG_MLDSA_ERR_EMPTY);
        assert_eq!(modsig_mldsa_mu_init(s, 44, p, len, c, 255), MODSIG_MLDSA_ERR_LENGTH);
        assert_eq!(modsig_mldsa_mu_init(s, 65, null(), len, c, 255), MODSIG_MLDSA_ERR_POINTER);
        assert_eq!(modsig_mldsa_mu_init(s, 65, p, len, null(), 255), MODSIG_MLDSA_ERR_POINTER);
        assert_eq!(modsig_mldsa_mu_init(s, 1, p, len, c, 255), MODSIG_MLDSA_ERR_SET);
        assert_eq!(modsig_mldsa_mu_init(null_mut(), 65, p, len, c, 255), MODSIG_MLDSA_ERR_POINTER);
        assert_eq!(modsig_mldsa_mu_finish(s, u, 64), MODSIG_MLDSA_ERR_EMPTY);

        assert_eq!(modsig_mldsa_mu_init(s, 65, p, len, c, 255), MODSIG_MLDSA_OK);
        assert_eq!(modsig_mldsa_mu_update(s, null(), 10), MODSIG_MLDSA_ERR_POINTER);
        assert_eq!(modsig_mldsa_mu_update(s, d, usize::MAX), MODSIG_MLDSA_ERR_LENGTH);
        assert_eq!(modsig_mldsa_mu_update(s, null(), 0), MODSIG_MLDSA_OK);
        assert_eq!(modsig_mldsa_mu_update(s, d, 10), MODSIG_MLDSA_OK);
        assert_eq!(modsig_mldsa_mu_finish(s, u, 63), MODSIG_MLDSA_ERR_LENGTH);
        assert_eq!(modsig_mldsa_mu_finish(s, null_mut(), 64), MODSIG_MLDSA_ERR_POINTER);
        assert_eq!(mu, [0xaa; 64]);
        assert_eq!(modsig_mldsa_mu_finish(s, u, 64), MODSIG_MLDSA_OK);
        assert_eq!(modsig_mldsa_mu_finish(s, u, 64), MODSIG_MLDSA_ERR_EMPTY);
        assert_eq!(modsig_mldsa_mu_update(s, d, 10), MODSIG_MLDSA_ERR_EMPTY);

        // The rejected calls did not change mu.
        let mut signature = vec![0; 3309];
        let out = signature.as_mut_ptr();
        assert_eq!(modsig_mldsa_sign_mu(&*key, u, 64, out, 3309), MODSIG_MLDSA_OK);
        assert_eq!(modsig_mldsa_verify(65, p, len, d, 10, c, 255, out, 3309), MODSIG_MLDSA_OK);

        // HashML-DSA: the hash and the length of its digest.
        let of = |hash, digest, digest_len, u, u_len| {
            modsig_mldsa_mu_of_digest(65, p, len, c, 255, hash, digest, digest_len, u, u_len)
        };
        assert_eq!(of(0, c, 32, u, 64), MODSIG_MLDSA_ERR_HASH);
        assert_eq!(of(13, c, 32, u, 64), MODSIG_MLDSA_ERR_HASH);
        assert_eq!(of(MODSIG_MLDSA_HASH_SHA256, c, 31, u, 64), MODSIG_MLDSA_ERR_LENGTH);
        assert_eq!(of(MODSIG_MLDSA_HASH_SHA512, c, 32, u, 64), MODSIG_MLDSA_ERR_LENGTH);
        assert_eq!(of(MODSIG_MLDSA_HASH_SHA256, null(), 32, u, 64), MODSIG_MLDSA_ERR_POINTER);
        assert_eq!(of(MODSIG_MLDSA_HASH_SHA256, c, 32, u, 65), MODSIG_MLDSA_ERR_LENGTH);
        assert_eq!(of(MODSIG_MLDSA_HASH_SHA256, c, 32, null_mut(), 64), MODSIG_MLDSA_ERR_POINTER);
        assert_eq!(of(MODSIG_MLDSA_HASH_SHA256, c, 32, u, 64), MODSIG_MLDSA_OK);
    }
}

/// Hedged with randomness of the operating system: two keys and two signatures always differ.
#[test]
fn the_operating_system_gives_fresh_randomness() {
    let (mut one, mut two) = (empty_key(), empty_key());
    let mut signatures = [[0; 2420]; 2];
    // SAFETY: keys and arrays.
    unsafe {
        assert_eq!(modsig_mldsa_signing_key_generate(&mut *one, 44), MODSIG_MLDSA_OK);
        assert_eq!(modsig_mldsa_signing_key_generate(&mut *two, 44), MODSIG_MLDSA_OK);
        assert_ne!(public_of(&one), public_of(&two));
        for signature in &mut signatures {
            let out = signature.as_mut_ptr();
            assert_eq!(modsig_mldsa_sign(&*one, null(), 0, null(), 0, out, 2420), MODSIG_MLDSA_OK);
            let public = public_of(&one);
            let p = public.as_ptr();
            assert_eq!(modsig_mldsa_verify(44, p, 1312, null(), 0, null(), 0, out, 2420), MODSIG_MLDSA_OK);
        }
    }
    assert_ne!(signatures[0], signatures[1]);
}

/// The header permits an output buffer to overlap an input buffer.
#[test]
fn a_signature_may_be_written_over_its_message() {
    let key = key_of(44, [6; 32]);
    let public = public_of(&key);
    let mut apart = [0; 2420];
    let mut buffer = [0x55_u8; 2420 + 100];
    // SAFETY: a key, and parts of arrays.
    unsafe {
        let message = [0x55_u8; 2420];
        let signed = modsig_mldsa_sign_deterministic(
            &*key,
            message.as_ptr(),
            2420,
            null(),
            0,
            apart.as_mut_ptr(),
            2420,
        );
        assert_eq!(signed, MODSIG_MLDSA_OK);
        let start = buffer.as_mut_ptr();
        let signed = modsig_mldsa_sign_deterministic(&*key, start, 2420, null(), 0, start.add(100), 2420);
        assert_eq!(signed, MODSIG_MLDSA_OK);
        assert_eq!(buffer[100..], apart);
        let verified = modsig_mldsa_verify(
            44,
            public.as_ptr(),
            1312,
            message.as_ptr(),
            2420,
            null(),
            0,
            start.add(100),
            2420,
        );
        assert_eq!(verified, MODSIG_MLDSA_OK);
    }
}
