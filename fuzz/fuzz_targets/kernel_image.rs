//! See [`modsig_fuzz::kernel_image`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| modsig_fuzz::kernel_image::run(data));
