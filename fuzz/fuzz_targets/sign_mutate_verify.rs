//! See [`modsig_fuzz::sign_mutate_verify`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| modsig_fuzz::sign_mutate_verify::run(data));
