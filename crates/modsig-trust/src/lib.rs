//! The certificates that a Linux kernel trusts, from where they are: the kernel's image and UEFI variables.
//!
//! Bytes in, data out; no function opens a file. Memory and time are bounded by the input: an image unpacks
//! to at most [`kernel_image::LIMIT`] bytes, and to at most [`kernel_image::RATIO`] times its own size.
//!
//! | module | holds |
//! |---|---|
//! | [`kernel_image`] | boot images down to the kernel; its release, configuration, certificates and revocations |
//! | [`efi`] | EFI signature lists, the variables that have them, and what Linux makes of them |
//!
//! Neither decides whether a certificate is good for anything: `modsig` does.
//!
//! Source: Linux 7.2 `certs/`, `arch/x86/boot/header.S`, `drivers/firmware/efi/libstub/zboot-header.S`, `lib/decompress*.c`,
//! `security/integrity/platform_certs`; UEFI 2.10 §32.4.1.

pub mod efi;
pub mod kernel_image;
