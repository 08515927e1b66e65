//! Makes keys, signs and verifies with all three sets, without std and alloc. Of libc it takes the start of the program
//! and `memcpy` and its sisters, which every target of Rust must have. The exit code is 0 if all went as it should.
#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;
use mldsa::{
    Context, MlDsa44, MlDsa65, MlDsa87, ParameterSet, Rnd, Seed, Signature, SigningKey, VerifyingKey,
};

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

#[unsafe(no_mangle)]
extern "C" fn main(_: i32, _: *const *const u8) -> i32 {
    let failed =
        [works::<MlDsa44>(), works::<MlDsa65>(), works::<MlDsa87>()].iter().filter(|works| !**works).count();
    failed as i32
}
