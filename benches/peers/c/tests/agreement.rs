//! The libraries give the keys and signatures of this repository and reject a forgery.
//!
//! `cargo test --release -p c-peers --features openssl,wolfssl -- --nocapture` also prints a first look at the times.

#![cfg(any(feature = "openssl", feature = "wolfssl"))]

use c_peers::Library;
use mldsa::{Context, MlDsa44, MlDsa65, MlDsa87, ParameterSet, Rnd, Seed, SigningKey};
use std::hint::black_box;
use std::time::Instant;

/// The shortest of a few hundred calls, in microseconds.
fn shortest(mut call: impl FnMut()) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..300 {
        let start = Instant::now();
        call();
        best = best.min(start.elapsed().as_secs_f64() * 1e6);
    }
    best
}

fn agrees<P: ParameterSet>(library: Library, level: i32) {
    let seed = [level as u8; 32];
    let ours = SigningKey::<P>::from_seed(&Seed::from_bytes(seed));
    let public = ours.verifying_key().as_bytes();
    let mut pk = vec![0; public.len()];
    library.keygen(level, &seed, &mut pk);
    assert!(pk == public, "{} {level}: public key", library.name);

    let message = b"message";
    let expected = ours.sign(message, Context::EMPTY, &Rnd::DETERMINISTIC);
    let mut signature = vec![0; expected.as_bytes().len()];
    let mut private = library.private(level, ours.as_expanded_bytes());
    let mut held = library.public(level, public);
    for _ in 0..2 {
        signature.fill(0);
        private.sign(message, &mut signature);
        assert!(signature == expected.as_bytes(), "{} {level}: signature", library.name);
        assert!(held.verify(message, &signature), "{} {level}: a good signature", library.name);
        assert!(!held.verify(b"massage", &signature), "{} {level}: a forgery", library.name);
        private.read_again(ours.as_expanded_bytes());
        held.read_again(public);
    }

    println!(
        "{} {level}, microseconds at best: keygen {:.1}, sign {:.1}, verify {:.1}; ours: {:.1}, {:.1} (held), {:.1}",
        library.name,
        shortest(|| library.keygen(level, &seed, &mut pk)),
        shortest(|| private.sign(message, &mut signature)),
        shortest(|| assert!(held.verify(message, &signature))),
        shortest(|| drop(black_box(SigningKey::<P>::from_seed(&Seed::from_bytes(seed))))),
        shortest(|| drop(black_box(ours.sign(message, Context::EMPTY, &Rnd::DETERMINISTIC)))),
        shortest(|| assert!(ours.verifying_key().verify(message, Context::EMPTY, &expected).is_ok())),
    );
}

fn all(library: Library) {
    agrees::<MlDsa44>(library, 44);
    agrees::<MlDsa65>(library, 65);
    agrees::<MlDsa87>(library, 87);
}

#[cfg(feature = "openssl")]
#[test]
fn openssl() {
    all(c_peers::openssl());
}

#[cfg(feature = "wolfssl")]
#[test]
fn wolfssl() {
    all(c_peers::wolfssl());
}
