//! See [`modsig_fuzz::hashing`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| modsig_fuzz::hashing::run(data));
