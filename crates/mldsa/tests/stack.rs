//! The stack use of each operation, on every back end. The operation runs on memory that was filled with a pattern; bytes
//! without the pattern were used. The limits are for release builds; debug builds must run in a thread of 512 KiB.
#![allow(unsafe_code)] // psm::on_stack

use mldsa::backend::{Backend, Portable};
use mldsa::small::{self, KeygenWorkspace, SignWorkspace, VerifyWorkspace};
use mldsa::{MlDsa44, MlDsa65, MlDsa87};
use mldsa::{Mu, ParameterSet, Rnd, Seed, hazmat};
use std::hint::black_box;

const KIB: usize = 1024;
/// The limits in bytes for a release build: key generation, signing, verification.
const LIMITS: [usize; 3] = [32 * KIB, 96 * KIB, 32 * KIB];

/// The same for the small schedule, `mldsa::small`. Its documentation and `docs/performance.md` state these limits.
fn small_limits<P: ParameterSet>() -> [usize; 3] {
    match P::K {
        4 => [9 * KIB, 14 * KIB, 9 * KIB],
        6 => [9 * KIB, 16 * KIB, 9 * KIB],
        _ => [9 * KIB, 19 * KIB, 9 * KIB],
    }
}

/// The limits with a workspace: only the stack, on any back end. `sign_verify` of `examples/embedded` measures a Cortex-M4.
const WORKSPACE_LIMITS: [usize; 3] = [4 * KIB, 4 * KIB, 4 * KIB];

/// Bytes of stack that `operation` uses. Its result is in the memory of its caller.
fn stack_of(operation: impl FnOnce()) -> usize {
    const PAINT: u64 = 0x5eaf_00d5_eaf0_0d00;
    let mut stack = vec![PAINT; 2048 * KIB / 8];
    let bytes = stack.len() * 8;
    // SAFETY: no other code uses the memory; it is aligned to 8 and long enough for a debug build of the largest
    // operation; psm aligns the top itself; the closure does not unwind in a test that passes.
    unsafe {
        psm::on_stack(stack.as_mut_ptr().cast(), bytes, operation);
    }
    bytes - 8 * stack.iter().take_while(|&&word| word == PAINT).count()
}

fn measure<P: ParameterSet, B: Backend>(backend: B) -> [usize; 3] {
    let seed = Seed::from_bytes([1; 32]);
    let mu = Mu::from_bytes([2; 64]);
    let key = hazmat::from_seed::<P, B>(backend, &seed);
    let signature = hazmat::sign_mu(backend, &key, &mu, &Rnd::DETERMINISTIC);
    let (mut key_out, mut signature_out) = (key.clone(), signature.clone());
    [
        stack_of(|| hazmat::from_seed_into(backend, black_box(&seed), &mut key_out)),
        stack_of(|| {
            hazmat::sign_mu_into(backend, black_box(&key), &mu, &Rnd::DETERMINISTIC, &mut signature_out)
        }),
        stack_of(|| {
            hazmat::verify_mu(backend, black_box(key.verifying_key()), &mu, &signature).expect("good")
        }),
    ]
}

/// The same three, in the small schedule.
fn measure_small<P: ParameterSet, B: Backend>(backend: B) -> [usize; 3] {
    let seed = Seed::from_bytes([1; 32]);
    let mu = Mu::from_bytes([2; 64]);
    let (mut key, mut signature) = (None, None);
    let keygen = stack_of(|| {
        hazmat::from_seed_small::<P, B>(backend, black_box(&seed), &mut key);
    });
    let key = key.expect("just made");
    let expanded = key.as_expanded_bytes();
    let mut read = None;
    let reading = stack_of(|| {
        hazmat::from_expanded_small::<P, B>(backend, black_box(expanded), &mut read).expect("consistent");
    });
    let signing = stack_of(|| {
        hazmat::sign_mu_small(backend, black_box(&key), &mu, &Rnd::DETERMINISTIC, &mut signature);
    });
    let signature = signature.expect("just made");
    let verifying = [
        stack_of(|| {
            hazmat::verify_mu_small(backend, black_box(key.verifying_key()), &mu, &signature).expect("good")
        }),
        stack_of(|| {
            let context = mldsa::Context::EMPTY;
            hazmat::verify_small(backend, black_box(key.verifying_key()), b"other", context, &signature)
                .expect_err("of another message");
        }),
    ];
    [keygen.max(reading), signing, verifying[0].max(verifying[1])]
}

/// The same three, in workspaces.
fn measure_in<P: ParameterSet, B: Backend>(backend: B) -> [usize; 3] {
    let seed = Seed::from_bytes([1; 32]);
    let mu = Mu::from_bytes([2; 64]);
    let (mut key, mut read, mut signature) = (None, None, None);
    let mut workspace = KeygenWorkspace::NEW;
    let keygen = stack_of(|| {
        hazmat::from_seed_in::<P, B>(backend, black_box(&seed), &mut key, &mut workspace);
    });
    let key = key.expect("just made");
    let reading = stack_of(|| {
        let expanded = black_box(key.as_expanded_bytes());
        hazmat::from_expanded_in::<P, B>(backend, expanded, &mut read, &mut workspace).expect("consistent");
    });
    let mut workspace = SignWorkspace::<P, 9>::NEW;
    let signing = stack_of(|| {
        let key = black_box(&key);
        hazmat::sign_mu_in(backend, key, &mu, &Rnd::DETERMINISTIC, &mut signature, &mut workspace);
    });
    let signature = signature.expect("just made");
    let (key, mut workspace) = (key.verifying_key(), VerifyWorkspace::NEW);
    let verifying = [
        stack_of(|| {
            hazmat::verify_mu_in(backend, black_box(key), &mu, &signature, &mut workspace).expect("good");
        }),
        stack_of(|| {
            let context = mldsa::Context::EMPTY;
            hazmat::verify_in(backend, black_box(key), b"other", context, &signature, &mut workspace)
                .expect_err("of another message");
        }),
    ];
    [keygen.max(reading), signing, verifying[0].max(verifying[1])]
}

/// The operations that exceed their limits, in words.
type Excess = Vec<String>;

fn check<P: ParameterSet, B: Backend>(backend: Option<B>, excess: &mut Excess) -> usize {
    let Some(backend) = backend else {
        println!("{:<8} skipped: this CPU lacks it", B::NAME);
        return 0;
    };
    let schedules = [
        ("fast", measure::<P, B>(backend), LIMITS),
        ("small", measure_small::<P, B>(backend), small_limits::<P>()),
        ("in", measure_in::<P, B>(backend), WORKSPACE_LIMITS),
    ];
    for (schedule, used, limits) in schedules {
        println!(
            "{:<8} {} {schedule:<5} keygen {:>6} sign {:>6} verify {:>6} bytes",
            B::NAME,
            P::NAME,
            used[0],
            used[1],
            used[2]
        );
        if !cfg!(debug_assertions) {
            for (used, limit) in used.into_iter().zip(limits) {
                if used > limit {
                    excess.push(format!("{} {} {schedule}: {used} bytes, limit {limit}", P::NAME, B::NAME));
                }
            }
        }
    }
    1
}

#[test]
fn each_operation_stays_within_its_limit() {
    let (mut ran, mut excess) = (0, Excess::new());
    ran += check::<MlDsa44, _>(Portable::detect(), &mut excess);
    ran += check::<MlDsa65, _>(Portable::detect(), &mut excess);
    ran += check::<MlDsa87, _>(Portable::detect(), &mut excess);
    #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
    {
        use mldsa::backend::{Avx2, Avx512};
        ran += check::<MlDsa44, _>(Avx2::detect(), &mut excess);
        ran += check::<MlDsa65, _>(Avx2::detect(), &mut excess);
        ran += check::<MlDsa87, _>(Avx2::detect(), &mut excess);
        ran += check::<MlDsa44, _>(Avx512::detect(), &mut excess);
        ran += check::<MlDsa65, _>(Avx512::detect(), &mut excess);
        ran += check::<MlDsa87, _>(Avx512::detect(), &mut excess);
    }
    #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
    {
        use mldsa::backend::{Neon, NeonSha3};
        ran += check::<MlDsa44, _>(Neon::detect(), &mut excess);
        ran += check::<MlDsa65, _>(Neon::detect(), &mut excess);
        ran += check::<MlDsa87, _>(Neon::detect(), &mut excess);
        ran += check::<MlDsa44, _>(NeonSha3::detect(), &mut excess);
        ran += check::<MlDsa65, _>(NeonSha3::detect(), &mut excess);
        ran += check::<MlDsa87, _>(NeonSha3::detect(), &mut excess);
    }
    assert!(ran >= 3);
    assert!(excess.is_empty(), "{excess:#?}");
}

/// The public functions of `mldsa::small`, on the back end that they choose: mu and the choice need no more stack.
#[test]
fn the_small_interface_stays_within_its_limits() {
    fn check<P: ParameterSet>() {
        let seed = Seed::from_bytes([1; 32]);
        let context = mldsa::Context::new(b"context").expect("short");
        let (mut key, mut read, mut signature) = (None, None, None);
        let mut used = [0; 3];
        used[0] = stack_of(|| {
            small::from_seed::<P>(black_box(&seed), &mut key);
        });
        let key = key.expect("just made");
        let reading = stack_of(|| {
            small::from_expanded::<P>(black_box(key.as_expanded_bytes()), &mut read).expect("consistent");
        });
        used[0] = used[0].max(reading);
        used[1] = stack_of(|| {
            small::sign(black_box(&key), b"message", context, &Rnd::DETERMINISTIC, &mut signature);
        });
        let signature = signature.expect("just made");
        used[2] = stack_of(|| {
            small::verify(black_box(key.verifying_key()), b"message", context, &signature).expect("good");
        });
        println!("mldsa::small {} {used:?}", P::NAME);
        if !cfg!(debug_assertions) {
            for (used, limit) in used.into_iter().zip(small_limits::<P>()) {
                assert!(used <= limit, "{}: {used} bytes, limit {limit}", P::NAME);
            }
        }
    }
    check::<MlDsa44>();
    check::<MlDsa65>();
    check::<MlDsa87>();
}

/// A worker of a web server, a musl thread, a kernel module: 512 KiB must suffice, without optimisation too.
#[test]
fn a_thread_of_512_kib_suffices() {
    let worker = std::thread::Builder::new().stack_size(512 * KIB).spawn(|| {
        fn all<P: ParameterSet>() {
            let key = mldsa::SigningKey::<P>::from_seed(&Seed::from_bytes([3; 32]));
            let key = mldsa::SigningKey::<P>::from_expanded(key.as_expanded_bytes()).expect("consistent");
            let context = mldsa::Context::EMPTY;
            let signature = key.sign(b"message", context, &Rnd::DETERMINISTIC);
            key.verifying_key().verify(b"message", context, &signature).expect("verifies");
            let expanded = key.expand();
            assert_eq!(expanded.sign(b"message", context, &Rnd::DETERMINISTIC), signature);
            key.verifying_key().expand().verify(b"message", context, &signature).expect("verifies");
        }
        all::<MlDsa44>();
        all::<MlDsa65>();
        all::<MlDsa87>();
    });
    worker.expect("spawns").join().expect("no overflow");
}
