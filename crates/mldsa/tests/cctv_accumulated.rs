//! C2SP CCTV's accumulated test: keys and signatures from a SHAKE128 stream of seeds, hashed together.
//! Its expected values are in `test-vectors/cctv/ACCUMULATED.md`. 100 iterations here; CI runs 10,000 in release.

use mldsa::{Context, MlDsa44, MlDsa65, MlDsa87, ParameterSet, Rnd, Seed, SigningKey};
use shake::Shake128;
use shake::digest::{ExtendableOutput, Update, XofReader};

fn accumulate<P: ParameterSet>(iterations: usize) -> String {
    let mut seeds = Shake128::default().finalize_xof();
    let mut accumulator = Shake128::default();
    for _ in 0..iterations {
        let mut seed = [0u8; 32];
        seeds.read(&mut seed);
        let key = SigningKey::<P>::from_seed(&Seed::from_bytes(seed));
        let signature = key.sign(b"", Context::EMPTY, &Rnd::DETERMINISTIC);
        key.verifying_key().verify(b"", Context::EMPTY, &signature).expect("verifies");
        accumulator.update(key.verifying_key().as_bytes());
        accumulator.update(signature.as_bytes());
    }
    let mut result = [0u8; 32];
    accumulator.finalize_xof().read(&mut result);
    hex::encode(result)
}

#[test]
fn ml_dsa_44() {
    assert_eq!(
        accumulate::<MlDsa44>(100),
        "d51148e1f9f4fa1a723a6cf42e25f2a99eb5c1b378b3d2dbbd561b1203beeae4"
    );
}

#[test]
fn ml_dsa_65() {
    assert_eq!(
        accumulate::<MlDsa65>(100),
        "8358a1843220194417cadbc2651295cd8fc65125b5a5c1a239a16dc8b57ca199"
    );
}

#[test]
fn ml_dsa_87() {
    assert_eq!(
        accumulate::<MlDsa87>(100),
        "8c3ad714777622b8f21ce31bb35f71394f23bc0fcf3c78ace5d608990f3b061b"
    );
}
