//! See [`modsig_fuzz::trailer`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| modsig_fuzz::trailer::run(data));
