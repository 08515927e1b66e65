//! What the programs `sign-module`, `verify-module` and `module-key` share.
//!
//! Here is all the input and output of the project: arguments, files, randomness, words. What a signature,
//! key or certificate *means* is decided in the crate `modsig`, which never opens a file.
//!
//! | room | holds |
//! |---|---|
//! | [`sign_module`], [`verify_module`], [`module_key`] | the three programs |
//! | [`files`] | reading within limits, replacing whole or not at all |
//! | [`elf`] | is this file a kernel module? |
//! | [`terminal`], [`failure`], [`exit`] | results, problems and exit codes |

pub mod elf;
pub mod exit;
pub mod failure;
pub mod files;
pub mod terminal;
