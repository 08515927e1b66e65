//! Certificates out of kernel images.

use crate::claims::{claim, claim_short};
use modsig_trust::kernel_image::{FREE, Found, Image};

/// What is claimed.
pub const CLAIMS: &[&str] = &[
    "kernel_image: the kernel is within the limit",
    "kernel_image: a list is in the kernel, and whole",
    "kernel_image: an error is one short line",
];

/// Every input asks all.
pub const QUESTIONS: u8 = 1;

/// The longest input, in bytes.
pub const MAX_LEN: usize = 20000;

/// The input is an image.
pub fn run(data: &[u8]) {
    let image = match Image::open(data) {
        Ok(image) => image,
        Err(failure) => return claim_short("kernel_image: an error is one short line", &failure),
    };
    let kernel = image.kernel();
    claim("kernel_image: the kernel is within the limit", kernel.len() <= FREE);
    let (_, _, _) = (image.release(), image.configuration(), image.blacklisted_hashes());
    for found in [image.built_in(), image.revoked()].into_iter().flatten() {
        if let Found::List(list) = found {
            let bytes = [list.certificates.concat(), list.rest].concat();
            let there = kernel.get(list.offset..).is_some_and(|rest| rest.starts_with(&bytes));
            claim("kernel_image: a list is in the kernel, and whole", there && !bytes.is_empty());
        }
    }
}
