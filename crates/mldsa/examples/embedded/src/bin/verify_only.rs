//! The part that a boot loader needs: verifies a signature with each of the parameter sets, without code for other operations.
//! Key and signature are zero here, so verification must fail; `sign_verify` shows that it succeeds. The exit code is 0 if
//! verification fails.
#![no_std]
#![no_main]

use core::hint::black_box;
use mldsa::{Context, ParameterSet, Signature, VerifyingKey, small};

mldsa_embedded::program!(run);

fn rejects<P: ParameterSet>() -> bool {
    // In zero-initialised RAM, not in flash: the bytes of the longest signature.
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
        failed += i32::from(!rejects::<mldsa::MlDsa44>());
    }
    #[cfg(feature = "ml-dsa-65")]
    {
        failed += i32::from(!rejects::<mldsa::MlDsa65>());
    }
    #[cfg(feature = "ml-dsa-87")]
    {
        failed += i32::from(!rejects::<mldsa::MlDsa87>());
    }
    failed
}
