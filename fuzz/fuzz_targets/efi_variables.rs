//! See [`modsig_fuzz::efi_variables`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| modsig_fuzz::efi_variables::run(data));
