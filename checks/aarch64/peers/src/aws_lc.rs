//! AWS-LC, as `aws-lc-rs` links it: mldsa-native's assembly for the arithmetic, AWS-LC's own Keccak. The internal functions,
//! because the public ones take no seed and no rnd.

use super::{Library, MESSAGE, RND, SEED};
use std::ffi::c_int;

// Links the library.
use aws_lc_sys as _;

/// M' of a message without a context begins with two zeros: FIPS 204, algorithm 2.
const PREFIX: [u8; 2] = [0; 2];

macro_rules! library {
    ($name:ident, $keypair:ident = $keypair_symbol:literal, $sign:ident = $sign_symbol:literal,
     $verify:ident = $verify_symbol:literal, $public:literal, $private:literal, $signature:literal) => {
        // SAFETY (of the declarations): those of `ml_dsa.h` of this exact version of aws-lc-sys.
        unsafe extern "C" {
            #[link_name = $keypair_symbol]
            fn $keypair(public: *mut u8, private: *mut u8, seed: *const u8) -> c_int;
            #[link_name = $sign_symbol]
            fn $sign(
                private: *const u8,
                signature: *mut u8,
                signature_len: *mut usize,
                message: *const u8,
                message_len: usize,
                prefix: *const u8,
                prefix_len: usize,
                rnd: *const u8,
            ) -> c_int;
            #[link_name = $verify_symbol]
            fn $verify(
                public: *const u8,
                signature: *const u8,
                signature_len: usize,
                message: *const u8,
                message_len: usize,
                prefix: *const u8,
                prefix_len: usize,
            ) -> c_int;
        }

        pub(super) struct $name;

        impl Library for $name {
            type SigningKey = [u8; $private];
            type VerifyingKey = [u8; $public];
            type Signature = [u8; $signature];

            fn keygen() -> (Self::SigningKey, Self::VerifyingKey) {
                let (mut private, mut public) = ([0; $private], [0; $public]);
                // SAFETY: three buffers of the lengths of this parameter set; the function keeps no pointer.
                let code = unsafe { $keypair(public.as_mut_ptr(), private.as_mut_ptr(), SEED.as_ptr()) };
                assert_eq!(code, 1, "AWS-LC made no key");
                (private, public)
            }

            fn sign(key: &Self::SigningKey) -> Self::Signature {
                let (mut signature, mut length) = ([0; $signature], $signature);
                // SAFETY: buffers of the lengths that are given or that the parameter set has; the function keeps no pointer.
                let code = unsafe {
                    $sign(
                        key.as_ptr(),
                        signature.as_mut_ptr(),
                        &raw mut length,
                        MESSAGE.as_ptr(),
                        MESSAGE.len(),
                        PREFIX.as_ptr(),
                        PREFIX.len(),
                        RND.as_ptr(),
                    )
                };
                assert_eq!((code, length), (1, $signature), "AWS-LC made no signature");
                signature
            }

            fn verify(key: &Self::VerifyingKey, signature: &Self::Signature) -> bool {
                // SAFETY: as in `sign`.
                let code = unsafe {
                    $verify(
                        key.as_ptr(),
                        signature.as_ptr(),
                        signature.len(),
                        MESSAGE.as_ptr(),
                        MESSAGE.len(),
                        PREFIX.as_ptr(),
                        PREFIX.len(),
                    )
                };
                code == 1
            }
        }
    };
}

library!(
    Set44,
    keypair44 = "aws_lc_0_47_0_ml_dsa_44_keypair_internal",
    sign44 = "aws_lc_0_47_0_ml_dsa_44_sign_internal",
    verify44 = "aws_lc_0_47_0_ml_dsa_44_verify_internal",
    1312,
    2560,
    2420
);
library!(
    Set65,
    keypair65 = "aws_lc_0_47_0_ml_dsa_65_keypair_internal",
    sign65 = "aws_lc_0_47_0_ml_dsa_65_sign_internal",
    verify65 = "aws_lc_0_47_0_ml_dsa_65_verify_internal",
    1952,
    4032,
    3309
);
library!(
    Set87,
    keypair87 = "aws_lc_0_47_0_ml_dsa_87_keypair_internal",
    sign87 = "aws_lc_0_47_0_ml_dsa_87_sign_internal",
    verify87 = "aws_lc_0_47_0_ml_dsa_87_verify_internal",
    2592,
    4896,
    4627
);
