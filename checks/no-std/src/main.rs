//! Makes keys, signs and verifies with all three sets, without std and alloc: by the core, by the traits, and with keys that
//! go through files in memory. Of libc it takes the start of the program
//! and `memcpy` and its sisters, which every target of Rust must have. The exit code is 0 if all went as it should.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;
use mldsa::dynamic::{AnySigningKey, AnyVerifyingKey, Parameters};
use mldsa::pkcs8::{PrivateKeyForm, private_key_der_len, public_key_der_len};
use mldsa::{
    Context, MlDsa44, MlDsa65, MlDsa87, MuHasher, ParameterSet, Rnd, Seed, Signature, SigningKey,
    VerifyingKey,
};
use signature::{DigestVerifier, Signer, Verifier};

#[link(name = "c")]
unsafe extern "C" {
    fn abort() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: abort(3) takes nothing and may be called at any time.
    unsafe { abort() }
}

/// Precompiled `core` names it in its tables for unwinding; nothing unwinds here, so it is never called.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// A signature that verifies, and a changed one that must not. Keys and signature travel as bytes.
fn works<P: ParameterSet>() -> bool {
    let key = SigningKey::<P>::from_seed(&Seed::from_bytes(black_box([7; 32])));
    let message = black_box(b"a message");
    let signature = key.sign(message, Context::EMPTY, &Rnd::from_bytes(black_box([9; 32])));
    let Ok(verifying_key) = VerifyingKey::<P>::from_bytes(key.verifying_key().as_bytes()) else {
        return false;
    };
    let Ok(signature) = Signature::<P>::from_bytes(signature.as_bytes()) else { return false };
    verifying_key.verify(message, Context::EMPTY, &signature).is_ok()
        && verifying_key.verify(b"another", Context::EMPTY, &signature).is_err()
}

/// A key that goes through a file, in each form, and its public key too; signed and verified by the traits of `signature`,
/// streamed by that of `digest`.
fn files_work() -> bool {
    const SET: Parameters = Parameters::MlDsa87;
    const LEN: usize = private_key_der_len(SET, PrivateKeyForm::Both);
    let Ok(key) = AnySigningKey::try_generate(SET) else { return false };
    let message = black_box(&b"a message"[..]);
    let Ok(signature) = key.try_sign(message) else { return false };
    for form in [PrivateKeyForm::Seed, PrivateKeyForm::Expanded, PrivateKeyForm::Both] {
        let mut memory = [0; LEN];
        let Ok(file) = key.write_pkcs8_der(form, &mut memory) else { return false };
        if AnySigningKey::from_pkcs8_der(file).as_ref() != Ok(&key) {
            return false;
        }
    }
    let mut memory = [0; public_key_der_len(SET)];
    let Ok(file) = key.verifying_key().write_public_key_der(&mut memory) else { return false };
    let Ok(key) = AnyVerifyingKey::from_public_key_der(file) else { return false };
    let streamed = |hasher: &mut MuHasher| {
        message.chunks(4).for_each(|piece| digest::Update::update(hasher, piece));
        Ok(())
    };
    Verifier::verify(&key, message, &signature).is_ok()
        && key.verify_digest(streamed, &signature).is_ok()
        && Verifier::verify(&key, b"another", &signature).is_err()
}

#[unsafe(no_mangle)]
extern "C" fn main(_: i32, _: *const *const u8) -> i32 {
    let all = [works::<MlDsa44>(), works::<MlDsa65>(), works::<MlDsa87>(), files_work()];
    all.iter().filter(|works| !**works).count() as i32
}
