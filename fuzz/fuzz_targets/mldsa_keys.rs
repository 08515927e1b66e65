//! See [`modsig_fuzz::mldsa_keys`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| modsig_fuzz::mldsa_keys::run(data));
