//! Linux kernel module signatures: parses, creates and verifies them, and predicts what Linux does with them. No I/O,
//! no clock, no random generator.
//!
//! # The format
//!
//! A signed file is the module followed by its signature. Linux reads it from the end:
//!
//! ```text
//! offset 0                                                             end of file
//! ┌───────────────────────────┬─────────────────┬──────────────┬──────────────────┐
//! │ module (an ELF file; any  │ CMS SignedData  │ struct       │ marker, 28 bytes │
//! │ length; this is signed)   │ sig_len bytes   │ module_      │ "~Module         │
//! │                           │ of DER,         │ signature,   │ signature        │
//! │                           │ ≤ 65,535        │ 12 bytes     │ appended~\n"     │
//! └───────────────────────────┴─────────────────┴──────────────┴──────────────────┘
//!                                                │
//!            ┌──────┬──────┬─────────┬────────────┬────────────┬────────┬─────────────────┐
//!            │ algo │ hash │ id_type │ signer_len │ key_id_len │ pad[3] │ sig_len         │
//!            │ 0    │ 0    │ 2       │ 0          │ 0          │ 0 0 0  │ u32, big-endian │
//!            └──────┴──────┴─────────┴────────────┴────────────┴────────┴─────────────────┘
//! ```
//!
//! The CMS, in the one form that this crate writes (RFC 5652, RFC 9882). Every Linux that accepts the algorithm accepts
//! it:
//!
//! ```text
//! ContentInfo                       id-signedData
//! └─ [0] SignedData                 version 1 (3 with a subject key identifier)
//!    ├─ digestAlgorithms            { sha512 }         parameters absent
//!    ├─ encapContentInfo            id-data            no content: it is detached
//!    └─ signerInfos
//!       └─ SignerInfo               version 1 (3)
//!          ├─ sid                   issuer and serial number, or [0] subject key identifier
//!          ├─ digestAlgorithm       sha512             parameters absent
//!          ├─ signatureAlgorithm    id-ml-dsa-65       parameters absent
//!          └─ signature             OCTET STRING       pure ML-DSA of the module, empty context
//! ```
//!
//! # Modules
//!
//! | module | contents |
//! |---|---|
//! | [`trailer`] | splits a file into module, CMS and trailer; appends a signature |
//! | [`cms`] | CMS: a strict DER parser with offsets, and a builder |
//! | [`cert`] | X.509 certificates: parsing, lints, issuing (self-signed or by a CA); certificate requests |
//! | [`key`] | private keys: ML-DSA, RSA, ECDSA; PKCS#8 (plain, encrypted), PKCS#1, SEC 1 |
//! | [`public_key`] | public keys (ML-DSA, RSA, EC): reading, writing, verifying |
//! | [`pem`] | PEM blocks: files with several keys and certificates |
//! | [`algorithm`] | tables of digest and signature algorithms: OIDs, names, and which are refused |
//! | [`trust`] | the trusted certificates, found by issuer and serial number or by key identifier |
//! | [`verdict`] | the strict verifier: what is wrong with a file, where, and what to do |
//! | [`kernel`] | the kernel model: what Linux does with the same file |
//! | [`module_cache`] | digests and verification results of one module, shared by both verifiers |
//! | [`signer`] | signing: a key, its certificate, and the bytes to append |
//! | [`prepared`] | signing in two steps: the bytes that a key elsewhere signs, and its signature |
//! | [`asn1`] | the DER reader that `cms`, `cert` and `key` share, and its error |
//!
//! Signing uses `signer` → `cms` → `trailer`. Verifying uses `trailer` → `cms` → `trust` → `verdict`, and `kernel`
//! evaluates the same file by the kernel's rules.
//!
//! # Signing and verifying
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (pem, module): (&[u8], &[u8]) = (b"", b"");
//! use modsig::{cert::Certificate, key::PrivateKey, signer::{Options, Signer}};
//! use modsig::{trust::TrustStore, verdict::{verify, Policy}};
//!
//! let key = PrivateKey::from_pem_or_der(pem)?;
//! let certificate = Certificate::from_pem_or_der(pem)?;
//! let signer = Signer::new(&key, &certificate, Options::default())?;
//! let mut signed = module.to_vec();
//! signed.extend(signer.sign(module, &mldsa::Rnd::DETERMINISTIC)?);
//!
//! let mut trust = TrustStore::new();
//! trust.add(certificate);
//! assert!(verify(&signed, &trust, &Policy::default()).is_good());
//! # Ok(())
//! # }
//! ```

pub mod algorithm;
pub mod asn1;
pub mod cert;
pub mod cms;
pub mod kernel;
pub mod key;
pub mod module_cache;
pub mod pem;
pub mod prepared;
pub mod public_key;
pub mod signer;
mod text;
pub mod trailer;
pub mod trust;
pub mod verdict;
mod work;
