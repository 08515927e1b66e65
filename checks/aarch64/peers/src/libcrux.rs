//! `libcrux-ml-dsa`: verified Rust; on AArch64 it hashes two states with NEON.

use super::{Library, MESSAGE, RND, SEED};

macro_rules! library {
    ($name:ident, $set:ident, $variant:ident, $signing:ident, $verifying:ident, $signature:ident) => {
        pub(super) struct $name;

        impl Library for $name {
            type SigningKey = libcrux_ml_dsa::$set::$signing;
            type VerifyingKey = libcrux_ml_dsa::$set::$verifying;
            type Signature = libcrux_ml_dsa::$set::$signature;

            fn keygen() -> (Self::SigningKey, Self::VerifyingKey) {
                let pair = libcrux_ml_dsa::$set::$variant::generate_key_pair(SEED);
                (pair.signing_key, pair.verification_key)
            }

            fn sign(key: &Self::SigningKey) -> Self::Signature {
                libcrux_ml_dsa::$set::$variant::sign(key, MESSAGE, b"", RND).expect("a signature")
            }

            fn verify(key: &Self::VerifyingKey, signature: &Self::Signature) -> bool {
                libcrux_ml_dsa::$set::$variant::verify(key, MESSAGE, b"", signature).is_ok()
            }
        }
    };
}

library!(Neon44, ml_dsa_44, neon, MLDSA44SigningKey, MLDSA44VerificationKey, MLDSA44Signature);
library!(Neon65, ml_dsa_65, neon, MLDSA65SigningKey, MLDSA65VerificationKey, MLDSA65Signature);
library!(Neon87, ml_dsa_87, neon, MLDSA87SigningKey, MLDSA87VerificationKey, MLDSA87Signature);
library!(Portable44, ml_dsa_44, portable, MLDSA44SigningKey, MLDSA44VerificationKey, MLDSA44Signature);
library!(Portable65, ml_dsa_65, portable, MLDSA65SigningKey, MLDSA65VerificationKey, MLDSA65Signature);
library!(Portable87, ml_dsa_87, portable, MLDSA87SigningKey, MLDSA87VerificationKey, MLDSA87Signature);
