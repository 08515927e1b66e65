//! The programs `sign-module`, `verify-module` and `module-key`, and what they share.
//!
//! All input and output of the project is here: arguments, files, randomness, messages. The crate `modsig`, which never opens
//! a file, decides what a signature, key or certificate *means*.
//!
//! | module | holds |
//! |---|---|
//! | [`sign_module`], [`verify_module`], [`module_key`] | the three programs |
//! | [`sign_file`] | `sign-module` under the name of the kernel's tool |
//! | [`usage`] | the start of a program, and the command-line options that all share |
//! | [`credentials`], [`key_file`] | keys and certificates from files |
//! | [`key_access`] | passphrases, and where a token's library is |
//! | [`token`], [`token_uri`] | keys in PKCS#11 tokens, their URIs |
//! | [`two_steps`], [`sign_command`] | signing with a key that is elsewhere |
//! | [`certificate_fate`] | messages about what Linux does with a certificate |
//! | [`exit_mapping`] | from the results of `modsig` to exit codes and errors |
//! | [`files`] | finds, reads, unpacks, packs and replaces files |
//! | [`elf`] | checks that a file is a kernel module |
//! | [`batching`], [`parallel`], [`memory`] | all cores at work, within memory limits |
//! | [`interrupt`] | Ctrl-C and SIGTERM |
//! | [`policy_file`], [`kernel_choice`], [`kernel_config`] | what is accepted, and which Linux is predicted |
//! | [`randomness`] | from the operating system |
//! | [`recognise`] | the kind of a file that is not the expected key or certificate |
//! | [`mistake`] | what is wrong with a command line |
//! | [`spelling`] | names on the command line in any spelling |
//! | [`printable`] | escapes text from files |
//! | [`ink`] | colours |
//! | [`terminal`], [`error`], [`exit`] | results, errors and exit codes |
//! | [`progress`] | the bar |

pub mod batching;
pub mod certificate_fate;
pub mod credentials;
pub mod elf;
pub mod error;
pub mod exit;
pub mod exit_mapping;
pub mod files;
pub mod ink;
pub mod interrupt;
pub mod json;
pub mod kernel_choice;
pub mod kernel_config;
pub mod key_access;
pub mod key_file;
pub mod memory;
pub mod mistake;
pub mod module_key;
pub mod parallel;
pub mod policy_file;
pub mod printable;
pub mod progress;
pub mod randomness;
pub mod recognise;
pub mod sign_command;
pub mod sign_file;
pub mod sign_module;
pub mod spelling;
pub mod terminal;
pub mod token;
pub mod token_uri;
pub mod two_steps;
pub mod usage;
pub mod verify_module;
