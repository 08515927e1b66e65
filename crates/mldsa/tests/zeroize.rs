//! No secret stays on the stack or in a workspace. Each operation runs on memory that was filled with a pattern. The
//! test then searches this memory for the seed, K, rho', rho'', s1, s2, t0 and the masks y of every attempt, in each form in
//! which they occur.
//!
//! This tests the compiled code, including spilled copies that no `Drop` can wipe. It runs on optimised code: a debug build
//! moves values by copies that stay behind.
#![allow(unsafe_code)] // psm::on_stack, the bytes of a workspace
#![cfg(not(debug_assertions))]

use mldsa::backend::{Backend, NttPoly, Poly, Portable};
use mldsa::small::{KeygenWorkspace, SignWorkspace};
use mldsa::{MlDsa44, MlDsa65, MlDsa87, Mu, ParameterSet, Rnd, Seed, hazmat};
use shake::Shake256;
use shake::digest::{ExtendableOutput, Update, XofReader};
use std::hint::black_box;

const KIB: usize = 1024;
/// The number of attempts for whose masks the test searches.
const ATTEMPTS: u16 = 6;

/// A secret as it is stored in memory, and the length of a part that counts as found.
struct Needle {
    what: String,
    bytes: Vec<u8>,
    window: usize,
}

impl Needle {
    fn new(what: impl Into<String>, bytes: &[u8], window: usize) -> Self {
        Self { what: what.into(), bytes: bytes.to_vec(), window }
    }

    fn coefficients(what: impl Into<String>, coefficients: &[i32]) -> Self {
        let bytes: Vec<u8> = coefficients.iter().flat_map(|c| c.to_le_bytes()).collect();
        // Eight coefficients: fewer coefficients of s1 and s2 could match by chance.
        Self::new(what, &bytes, 32)
    }
}

fn h(parts: &[&[u8]], length: usize) -> Vec<u8> {
    let mut hash = Shake256::default();
    parts.iter().for_each(|part| hash.update(part));
    let mut out = vec![0; length];
    hash.finalize_xof().read(&mut out);
    out
}

fn transformed(coefficients: &[i32]) -> Vec<i32> {
    let mut w_hat = NttPoly([0; 256]);
    let w: [i32; 256] = coefficients.try_into().expect("256");
    Portable.ntt(&Poly(w), &mut w_hat);
    w_hat.0.to_vec()
}

/// Packs `from` minus each coefficient at `bits` bits, little endian.
fn unpacked(bytes: &[u8], bits: usize, from: i32) -> Vec<i32> {
    let bit = |at: usize| i32::from(bytes[at / 8] >> (at % 8) & 1);
    (0..256).map(|i| from - (0..bits).map(|b| bit(i * bits + b) << b).sum::<i32>()).collect()
}

/// All secrets of a key and one signature, from the text of FIPS 204 and an independent SHAKE.
fn needles<P: ParameterSet>(seed: &[u8; 32], expanded: &[u8], mu: &[u8; 64], rnd: &[u8; 32]) -> Vec<Needle> {
    let (k, l) = (P::K, P::L);
    let xi = h(&[seed, &[k as u8, l as u8]], 128);
    let mut list = vec![
        Needle::new("seed", seed, 8),
        Needle::new("rho'", &xi[32..96], 8),
        Needle::new("K", &xi[96..], 8),
    ];
    let (eta, eta_bits) = if P::NAME == "ML-DSA-65" { (4, 4) } else { (2, 3) };
    let secrets = &expanded[128..];
    for (i, packed) in secrets.chunks_exact(32 * eta_bits).take(k + l).enumerate() {
        let coefficients = unpacked(packed, eta_bits, eta);
        list.push(Needle::new(format!("s[{i}], packed"), packed, 12));
        list.push(Needle::coefficients(format!("s[{i}]"), &coefficients));
        list.push(Needle::coefficients(format!("NTT(s[{i}])"), &transformed(&coefficients)));
    }
    for (i, packed) in secrets[32 * eta_bits * (k + l)..].chunks_exact(32 * 13).enumerate() {
        let coefficients = unpacked(packed, 13, 1 << 12);
        list.push(Needle::new(format!("t0[{i}], packed"), packed, 12));
        list.push(Needle::coefficients(format!("t0[{i}]"), &coefficients));
        list.push(Needle::coefficients(format!("NTT(t0[{i}])"), &transformed(&coefficients)));
    }
    let rho_double_prime = h(&[&xi[96..], rnd, mu], 64);
    list.push(Needle::new("rho''", &rho_double_prime, 8));
    let gamma1_bits = if P::NAME == "ML-DSA-44" { 17 } else { 19 };
    for number in 0..ATTEMPTS * l as u16 {
        let packed = h(&[&rho_double_prime, &number.to_le_bytes()], 32 * (gamma1_bits + 1));
        let coefficients = unpacked(&packed, gamma1_bits + 1, 1 << gamma1_bits);
        list.push(Needle::new(format!("y[{number}], packed"), &packed, 12));
        list.push(Needle::coefficients(format!("y[{number}]"), &coefficients));
        list.push(Needle::coefficients(format!("NTT(y[{number}])"), &transformed(&coefficients)));
    }
    list
}

/// Runs `operation` on memory with a pattern and returns this memory.
fn painted(operation: impl FnOnce()) -> Vec<u64> {
    const PAINT: u64 = 0x5eaf_00d5_eaf0_0d00;
    let mut stack = vec![PAINT; 1024 * KIB / 8];
    let bytes = stack.len() * 8;
    // SAFETY: no other code uses the memory; it is aligned and long enough; the closure does not unwind in a test that passes.
    unsafe {
        psm::on_stack(stack.as_mut_ptr().cast(), bytes, operation);
    }
    let used = stack.iter().position(|&word| word != PAINT).expect("something was used");
    stack.split_off(used)
}

/// The memory of a workspace.
fn words<T>(workspace: &T) -> Vec<u64> {
    let start = core::ptr::from_ref(workspace).cast::<u64>();
    // SAFETY: workspaces are aligned to 64 and consist of arrays of integers without padding.
    (0..size_of::<T>() / 8).map(|i| unsafe { start.add(i).read() }).collect()
}

/// The needles in the memory: any window, at any byte.
fn found(memory: &[u64], needles: &[Needle]) -> Vec<String> {
    let bytes: Vec<u8> = memory.iter().flat_map(|word| word.to_le_bytes()).collect();
    // Compare four bytes at each offset, and the windows only where these match.
    let mut places = std::collections::HashMap::<[u8; 4], Vec<usize>>::new();
    for (at, four) in bytes.windows(4).enumerate() {
        places.entry(four.try_into().expect("four")).or_default().push(at);
    }
    let mut list = Vec::new();
    for needle in needles {
        let hit = needle.bytes.windows(needle.window).step_by(4).find_map(|window| {
            // A window of one repeated byte could match by chance.
            let first: [u8; 4] = window[..4].try_into().expect("four");
            let at = places.get(&first)?.iter().find(|&&at| bytes[at..].starts_with(window))?;
            window.iter().any(|&byte| byte != window[0]).then_some(*at)
        });
        if let Some(at) = hit {
            list.push(format!("{} {} bytes below the top", needle.what, bytes.len() - at));
        }
    }
    list
}

fn check<P: ParameterSet, B: Backend>(backend: Option<B>, remains: &mut Vec<String>) -> usize {
    let Some(backend) = backend else {
        println!("{:<8} skipped: this CPU lacks it", B::NAME);
        return 0;
    };
    let bytes = *b"the seed that must not be found.";
    let rnd_bytes = *b"fresh randomness, hedging a sign";
    let seed = Seed::from_bytes(bytes);
    let (mu, rnd) = (Mu::from_bytes([2; 64]), Rnd::from_bytes(rnd_bytes));
    let key = hazmat::from_seed::<P, B>(backend, &seed);
    let expanded_bytes = key.as_expanded_bytes().to_vec();
    let needles = needles::<P>(&bytes, &expanded_bytes, mu.as_bytes(), &rnd_bytes);
    let expanded = hazmat::expand_signing_key(backend, &key);
    let (mut key_out, mut signature) = (key.clone(), hazmat::sign_mu(backend, &key, &mu, &rnd));

    let mut report = |operation: &str, memory: Vec<u64>| {
        let list = found(&memory, &needles);
        println!(
            "{:<8} {} {operation}: {} bytes used, {} secrets left",
            B::NAME,
            P::NAME,
            8 * memory.len(),
            list.len()
        );
        remains
            .extend(list.iter().take(6).map(|what| format!("{} {} {operation}: {what}", B::NAME, P::NAME)));
    };
    report("keygen", painted(|| hazmat::from_seed_into(backend, black_box(&seed), &mut key_out)));
    report("sign", painted(|| hazmat::sign_mu_into(backend, black_box(&key), &mu, &rnd, &mut signature)));
    report(
        "sign, expanded key",
        painted(|| {
            black_box(hazmat::sign_mu_expanded(backend, black_box(&expanded), &mu, &rnd));
        }),
    );
    let (mut small_key, mut small_read, mut small_signature) = (None, None, None);
    report(
        "keygen, small",
        painted(|| {
            hazmat::from_seed_small::<P, B>(backend, black_box(&seed), &mut small_key);
        }),
    );
    report(
        "read, small",
        painted(|| {
            let read =
                hazmat::from_expanded_small::<P, B>(backend, black_box(&expanded_bytes), &mut small_read);
            read.expect("consistent");
        }),
    );
    report(
        "sign, small",
        painted(|| {
            hazmat::sign_mu_small(backend, black_box(&key), &mu, &rnd, &mut small_signature);
        }),
    );

    // The stack and the workspace together.
    let mut report_in = |operation: &str, memory: Vec<u64>, workspace: Vec<u64>| {
        report(operation, [workspace, memory].concat());
    };
    let mut workspace = KeygenWorkspace::NEW;
    let memory = painted(|| {
        hazmat::from_seed_in::<P, B>(backend, black_box(&seed), &mut small_key, &mut workspace);
    });
    report_in("keygen, workspace", memory, words(&workspace));
    let memory = painted(|| {
        let bytes = black_box(&expanded_bytes);
        hazmat::from_expanded_in::<P, B>(backend, bytes, &mut small_read, &mut workspace)
            .expect("consistent");
    });
    report_in("read, workspace", memory, words(&workspace));
    let mut workspace = SignWorkspace::<P, 3>::NEW;
    let memory = painted(|| {
        hazmat::sign_mu_in(backend, black_box(&key), &mu, &rnd, &mut small_signature, &mut workspace);
    });
    report_in("sign, workspace", memory, words(&workspace));

    assert_search_finds(&expanded_bytes, &needles);
    1
}

/// The search works: it finds a copy of the key that an operation leaves behind.
fn assert_search_finds(expanded_bytes: &[u8], needles: &[Needle]) {
    let memory = painted(|| {
        let copy: Vec<u8> = expanded_bytes.to_vec();
        let on_stack: [u8; 2048] = std::array::from_fn(|i| copy[i]);
        black_box(&on_stack);
    });
    assert!(found(&memory, needles).len() > 2, "the search finds nothing");
}

#[test]
fn no_secret_stays_on_the_stack() {
    let (mut ran, mut remains) = (0, Vec::new());
    ran += check::<MlDsa44, _>(Portable::detect(), &mut remains);
    ran += check::<MlDsa65, _>(Portable::detect(), &mut remains);
    ran += check::<MlDsa87, _>(Portable::detect(), &mut remains);
    #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
    {
        use mldsa::backend::{Avx2, Avx512};
        ran += check::<MlDsa44, _>(Avx2::detect(), &mut remains);
        ran += check::<MlDsa65, _>(Avx2::detect(), &mut remains);
        ran += check::<MlDsa87, _>(Avx2::detect(), &mut remains);
        ran += check::<MlDsa44, _>(Avx512::detect(), &mut remains);
        ran += check::<MlDsa65, _>(Avx512::detect(), &mut remains);
        ran += check::<MlDsa87, _>(Avx512::detect(), &mut remains);
    }
    #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
    {
        use mldsa::backend::{Neon, NeonSha3};
        ran += check::<MlDsa44, _>(Neon::detect(), &mut remains);
        ran += check::<MlDsa65, _>(Neon::detect(), &mut remains);
        ran += check::<MlDsa87, _>(Neon::detect(), &mut remains);
        ran += check::<MlDsa44, _>(NeonSha3::detect(), &mut remains);
        ran += check::<MlDsa65, _>(NeonSha3::detect(), &mut remains);
        ran += check::<MlDsa87, _>(NeonSha3::detect(), &mut remains);
    }
    assert!(ran >= 3);
    assert!(remains.is_empty(), "{remains:#?}");
}
