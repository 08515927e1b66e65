//! What a boot loader needs: verifies a signature with each of the parameter sets, and has no code for anything else. Key and
//! signature are zero here, so it must refuse; `sign_verify` shows that it accepts as well. The exit code is 0 if it refuses.
#![no_std]
#![no_main]

use core::hint::black_box;
use mldsa::{Context, ParameterSet, Signature, VerifyingKey, small};

mldsa_embedded::program!(run);

fn refuses<P: ParameterSet>() -> bool {
    // In RAM that starts as zeros, not in flash: as many bytes as the longest signature has.
    let received = black_box([0; 4627]);
    let (Ok(key), Ok(signature)) = (
        VerifyingKey::<P>::from_bytes(&received[..P::VERIFYING_KEY_LEN]),
        Signature::<P>::from_bytes(&received[..P::SIGNATURE_LEN]),
    ) else {
        return false;
    };
    small::verify(&key, black_box(b"firmware"), Context::EMPTY, &signature).is_err()
}

fn run() -> i32 {
    let mut failed = 0;
    #[cfg(feature = "ml-dsa-44")]
    {
        failed += i32::from(!refuses::<mldsa::MlDsa44>());
    }
    #[cfg(feature = "ml-dsa-65")]
    {
        failed += i32::from(!refuses::<mldsa::MlDsa65>());
    }
    #[cfg(feature = "ml-dsa-87")]
    {
        failed += i32::from(!refuses::<mldsa::MlDsa87>());
    }
    failed
}
