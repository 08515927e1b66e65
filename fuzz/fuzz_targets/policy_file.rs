//! See [`modsig_fuzz::policy_file`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| modsig_fuzz::policy_file::run(data));
