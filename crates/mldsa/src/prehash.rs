//! HashML-DSA (FIPS 204, section 5.4): the hash functions for the message.
//!
//! A [`PreHash`] names a hash function, its object identifier and its digest length. The caller computes the digest with any
//! implementation; this crate depends on no hash crate.

/// An approved hash or extendable-output function.
pub trait PreHash {
    /// The name in FIPS 180-4 or FIPS 202, as NIST's tests spell it.
    const NAME: &'static str;
    /// DER of the object identifier: tag, length, contents.
    const OID: &'static [u8];
    /// Bytes of a digest.
    const DIGEST_LEN: usize;
}

/// 2.16.840.1.101.3.4.2.`last`: NIST's arc for hash functions.
const fn nist_hash_oid(last: u8) -> [u8; 11] {
    [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last]
}

/// Defines the marker types, one for each row of the table.
macro_rules! approved {
    ($($(#[$doc:meta])* $type:ident: $name:literal, $last:literal, $len:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $type;

        impl PreHash for $type {
            const NAME: &'static str = $name;
            const OID: &'static [u8] = &nist_hash_oid($last);
            const DIGEST_LEN: usize = $len;
        }
    )*};
}

approved! {
    /// SHA-224.
    Sha224: "SHA2-224", 4, 28;
    /// SHA-256.
    Sha256: "SHA2-256", 1, 32;
    /// SHA-384.
    Sha384: "SHA2-384", 2, 48;
    /// SHA-512.
    Sha512: "SHA2-512", 3, 64;
    /// SHA-512/224.
    Sha512_224: "SHA2-512/224", 5, 28;
    /// SHA-512/256.
    Sha512_256: "SHA2-512/256", 6, 32;
    /// SHA3-224.
    Sha3_224: "SHA3-224", 7, 28;
    /// SHA3-256.
    Sha3_256: "SHA3-256", 8, 32;
    /// SHA3-384.
    Sha3_384: "SHA3-384", 9, 48;
    /// SHA3-512.
    Sha3_512: "SHA3-512", 10, 64;
    /// SHAKE128 with 256 bits of output.
    Shake128: "SHAKE-128", 11, 32;
    /// SHAKE256 with 512 bits of output.
    Shake256: "SHAKE-256", 12, 64;
}
