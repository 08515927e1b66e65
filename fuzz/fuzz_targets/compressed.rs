//! See [`modsig_fuzz::compressed`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| modsig_fuzz::compressed::run(data));
