//! What the programs `sign-module`, `verify-module` and `module-key` share.
//!
//! Here is all the input and output of the project: arguments, files, randomness, words. What a signature,
//! key or certificate *means* is decided in the crate `modsig`, which never opens a file.
//!
//! | room | holds |
//! |---|---|
//! | [`sign_module`], [`verify_module`], [`module_key`] | the three programs |
//! | [`sign_file`] | `sign-module` under the name of the kernel's own tool |
//! | [`usage`] | the command line, as far as it is the same in all three |
//! | [`credentials`] | keys and certificates from files |
//! | [`certificate_fate`] | what Linux makes of a certificate, in words |
//! | [`decisions`] | what `modsig` decided, as an exit code and a line for people |
//! | [`files`] | which files, reading within limits, compressed modules, replacing whole or not at all |
//! | [`elf`] | is this file a kernel module? |
//! | [`groups`], [`parallel`], [`memory`], [`interrupt`] | all cores at work, within a bound of memory; Ctrl-C |
//! | [`policy_file`], [`kernel_choice`] | what is accepted, and which Linux is predicted |
//! | [`randomness`] | from the operating system |
//! | [`recognise`] | what a file is that is not the key or certificate it should be |
//! | [`printable`] | texts from files, harmless |
//! | [`terminal`], [`failure`], [`exit`] | results, problems and exit codes |

pub mod certificate_fate;
pub mod credentials;
pub mod decisions;
pub mod elf;
pub mod exit;
pub mod failure;
pub mod files;
pub mod groups;
pub mod interrupt;
pub mod kernel_choice;
pub mod memory;
pub mod module_key;
pub mod parallel;
pub mod policy_file;
pub mod printable;
pub mod randomness;
pub mod recognise;
pub mod sign_file;
pub mod sign_module;
pub mod terminal;
pub mod usage;
pub mod verify_module;
