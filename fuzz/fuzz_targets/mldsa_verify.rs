//! See [`modsig_fuzz::mldsa_verify`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| modsig_fuzz::mldsa_verify::run(data));
