//! See [`modsig_fuzz::kernel_config`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| modsig_fuzz::kernel_config::run(data));
