//! Private keys in PKCS#11 tokens, as keys of `modsig`: HSMs, smart cards, software tokens.
//!
//! | module | holds |
//! |---|---|
//! | [`uri`] | the URIs that name a key (RFC 7512) |
//! | `library` | the token's shared library: which one, and the token in it |
//! | `object` | the key in the token, its public key and its certificates |
//! | `sessions` | the sessions that threads share |
//! | `key` | [`TokenKey`]: signing |
//! | `error` | [`TokenError`]: what can go wrong, and what to do |
//!
//! The token's library is loaded at run time (`dlopen`). It runs in this process with its rights: load only a library that
//! you trust with the modules that you sign. What it returns is not trusted: `modsig` verifies every signature.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use modsig::key::PrivateKey;
//! use modsig_token::{Access, TokenKey, Uri};
//!
//! let uri = Uri::parse("pkcs11:token=build;object=modules?module-path=/usr/lib/softhsm/libsofthsm2.so")?;
//! let pin = zeroize::Zeroizing::new(b"1234".to_vec());
//! let token = TokenKey::open(&uri, Access { library: None, pin: Some(pin) })?;
//! let certificates = token.certificates().to_vec();
//! let key = PrivateKey::external(token.public_key().clone(), Box::new(token))?;
//! # Ok(())
//! # }
//! ```

mod error;
mod key;
mod library;
mod object;
mod sessions;
pub mod uri;

pub use error::{Kind, TokenError};
pub use key::{Access, TokenKey};
pub use uri::{Uri, UriError};
