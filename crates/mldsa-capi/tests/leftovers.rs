//! The stack of a C program contains no secret after a call. The functions run on memory with a pattern, which is then searched.
//! The test prints their stack use: run with `--release -- --nocapture` for the relevant figures.
#![allow(clippy::undocumented_unsafe_blocks)] // one comment for each table of calls

use std::mem::MaybeUninit;

use modsig_mldsa::modsig_mldsa_result::*;
use modsig_mldsa::*;

const KIB: usize = 1024;

/// Runs `operation` on a separate stack; returns the part that was used.
fn on_painted_stack(operation: impl FnOnce()) -> Vec<u64> {
    const PAINT: u64 = 0x5eaf_00d5_eaf0_0d00;
    let mut stack = vec![PAINT; 2048 * KIB / 8];
    let bytes = stack.len() * 8;
    // SAFETY: no other code uses the memory; it is aligned to 8 and large enough for a debug build of the largest operation;
    // psm aligns the top itself; the closure does not unwind in a test that passes.
    unsafe { psm::on_stack(stack.as_mut_ptr().cast(), bytes, operation) };
    let unused = stack.iter().take_while(|&&word| word == PAINT).count();
    stack.split_off(unused)
}

/// How often 16 consecutive bytes of `secret`, at an offset that is a multiple of 16, occur in `stack`.
fn found(stack: &[u64], secret: &[u8]) -> usize {
    let bytes: Vec<u8> = stack.iter().flat_map(|word| word.to_ne_bytes()).collect();
    let wanted: std::collections::HashSet<&[u8]> = secret.chunks_exact(16).collect();
    bytes.windows(16).filter(|window| wanted.contains(window)).count()
}

/// The secrets of the key pair of `seed`: the seed, and the expanded key except rho and tr.
fn secrets(set: u32, seed: &[u8; 32]) -> (Vec<u8>, Vec<u8>) {
    let mut key = Box::new(modsig_mldsa_signing_key { opaque: [MaybeUninit::new(0); 1024] });
    let mut expanded = vec![0; modsig_mldsa_expanded_key_len(set)];
    // SAFETY: a key, an array and a vector.
    unsafe {
        assert_eq!(modsig_mldsa_signing_key_from_seed(&mut *key, set, seed.as_ptr(), 32), MODSIG_MLDSA_OK);
        let (out, len) = (expanded.as_mut_ptr(), expanded.len());
        assert_eq!(modsig_mldsa_signing_key_expanded(&*key, out, len), MODSIG_MLDSA_OK);
    }
    (expanded.clone(), [seed, &expanded[32..64], &expanded[128..]].concat())
}

#[test]
fn no_call_leaves_a_secret_on_the_stack() {
    // A fresh seed, so that nothing else in this process has the bytes.
    let mut seed = [0; 32];
    for (i, byte) in seed.iter_mut().enumerate() {
        *byte = (i as u8).wrapping_mul(73).wrapping_add(std::process::id() as u8);
    }
    let mut searched = 0;
    for set in [MODSIG_MLDSA_44, MODSIG_MLDSA_65, MODSIG_MLDSA_87] {
        let (expanded, secrets) = secrets(set, &seed);
        let mut key = Box::new(modsig_mldsa_signing_key { opaque: [MaybeUninit::new(0); 1024] });
        let key: *mut modsig_mldsa_signing_key = &mut *key;
        let (mut signature, mut public) = (vec![0; modsig_mldsa_signature_len(set)], Vec::new());
        public.resize(modsig_mldsa_public_key_len(set), 0);
        let (out, out_len) = (signature.as_mut_ptr(), signature.len());
        let (public, public_len) = (public.as_mut_ptr(), public.len());
        let mut export = vec![0; expanded.len()];
        let (seed, message) = (seed.as_ptr(), [1_u8; 100]);
        // SAFETY (all): a key, arrays and vectors with their lengths.
        let calls: [(&str, &mut dyn FnMut() -> modsig_mldsa_result); 6] = unsafe {
            [
                ("from_seed", &mut || modsig_mldsa_signing_key_from_seed(key, set, seed, 32)),
                ("sign", &mut || modsig_mldsa_sign(key, message.as_ptr(), 100, [].as_ptr(), 0, out, out_len)),
                ("expanded", &mut || {
                    modsig_mldsa_signing_key_expanded(key, export.as_mut_ptr(), export.len())
                }),
                ("public", &mut || modsig_mldsa_signing_key_public(key, public, public_len)),
                ("verify", &mut || {
                    modsig_mldsa_verify(
                        set,
                        public,
                        public_len,
                        message.as_ptr(),
                        100,
                        [].as_ptr(),
                        0,
                        out,
                        out_len,
                    )
                }),
                ("from_expanded", &mut || {
                    modsig_mldsa_signing_key_from_expanded(key, set, expanded.as_ptr(), expanded.len())
                }),
            ]
        };
        for (name, call) in calls {
            let mut result = MODSIG_MLDSA_ERR_EMPTY;
            let stack = on_painted_stack(|| result = call());
            assert_eq!(result, MODSIG_MLDSA_OK, "{name}");
            println!("ML-DSA-{set} {name:<14} {:>7} bytes of stack", 8 * stack.len());
            let left = found(&stack, &secrets);
            assert_eq!(left, 0, "{name}: pieces of 16 bytes of secrets were left on the stack");
            searched += 1;
        }
        // The search finds a secret that is there.
        let mut planted = vec![0; 100];
        planted[50..54].copy_from_slice(
            &secrets[32..64]
                .chunks(8)
                .map(|word| u64::from_ne_bytes(word.try_into().unwrap()))
                .collect::<Vec<_>>(),
        );
        assert_eq!(found(&planted, &secrets), 2);
    }
    assert_eq!(searched, 18);
}
