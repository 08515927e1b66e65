//! See [`modsig_fuzz::cms`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| modsig_fuzz::cms::run(data));
