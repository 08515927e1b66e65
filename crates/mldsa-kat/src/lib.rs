//! Known-answer tests for ML-DSA (FIPS 204), as a library and as the program `mldsa-kat`.
//!
//! For laboratories and packagers who must show that the `mldsa` crate of this project implements FIPS 204, and for this
//! project's own test suite, which calls the same functions.
//!
//! | module | reads | does |
//! |---|---|---|
//! | [`acvp`] | `prompt.json` and `expectedResults.json` of NIST's ACVP | writes the response, or compares |
//! | [`rsp`] | PQCsignKAT-style `.rsp` text | recomputes every record; writes such a file |
//! | [`wycheproof`] | the nine ML-DSA files of C2SP Wycheproof | runs every case, without a filter |
//! | [`accumulated`] | nothing | the accumulated hashes of C2SP CCTV |
//!
//! All functions take text in memory ([`input::read`] reads a file, compressed with gzip or not) and return a
//! [`report::Report`] ([`document`] has the report of a whole run), or an [`error::Malformed`] that names the place. They never panic, whatever the file contains. What
//! they allocate is bounded by the length of the file, not by a number in it.
//!
//! The hashes, the AES and the ASN.1 used here come from other crates, not from this project's own Keccak, so that a mistake
//! there is detected.

pub mod accumulated;
pub mod acvp;
pub mod backend;
pub mod document;
pub mod drbg;
pub mod error;
mod fields;
pub mod implementation;
pub mod input;
pub mod prehash;
pub mod report;
pub mod rsp;
pub mod scheme;
pub mod wycheproof;
