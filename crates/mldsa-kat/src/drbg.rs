//! The AES-256 CTR_DRBG of NIST's PQC known-answer tests.
//!
//! SP 800-90A, section 10.2.1, without derivation function, personalisation string or reseeding,
//! as in the `rng.c` that NIST gave to the submitters of its PQC project. It makes `.rsp` files
//! reproducible. Do not use it to generate keys.

use aes::Aes256;
use aes::cipher::{BlockCipherEncrypt, KeyInit};

/// Bytes of an AES block.
const BLOCK: usize = 16;
/// Bytes of an AES-256 key.
const KEY: usize = 32;
/// Bytes of a seed: a key and a block (SP 800-90A, table 3, `seedlen`).
pub const SEED: usize = KEY + BLOCK;

/// The state of the generator: the key and the counter block V.
pub struct Drbg {
    key: [u8; KEY],
    v: u128,
}

impl Drbg {
    /// CTR_DRBG_Instantiate_algorithm (SP 800-90A, section 10.2.1.3.1).
    pub fn new(seed: &[u8; SEED]) -> Self {
        let mut drbg = Self { key: [0; KEY], v: 0 };
        drbg.update(seed);
        drbg
    }

    /// CTR_DRBG_Generate_algorithm (section 10.2.1.5.1): fills `out`, of any length.
    pub fn fill(&mut self, out: &mut [u8]) {
        let aes = Aes256::new(&self.key.into());
        for chunk in out.chunks_mut(BLOCK) {
            let block = next_block(&aes, &mut self.v);
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
        self.update(&[0; SEED]);
    }

    /// `N` bytes by one call of [`Drbg::fill`].
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        self.fill(&mut out);
        out
    }

    /// CTR_DRBG_Update (section 10.2.1.2).
    fn update(&mut self, provided: &[u8; SEED]) {
        let aes = Aes256::new(&self.key.into());
        let mut temp = *provided;
        for chunk in temp.chunks_exact_mut(BLOCK) {
            let block = next_block(&aes, &mut self.v);
            chunk.iter_mut().zip(block).for_each(|(byte, pad)| *byte ^= pad);
        }
        let (key, v) = temp.split_at(KEY);
        self.key.copy_from_slice(key);
        // The fold reads the 16 bytes of V as a big-endian counter.
        self.v = v.iter().fold(0, |v, byte| v << 8 | u128::from(*byte));
    }
}

/// Sets V to V + 1 mod 2^128 and returns its encryption.
fn next_block(aes: &Aes256, v: &mut u128) -> [u8; BLOCK] {
    *v = v.wrapping_add(1);
    let mut block = v.to_be_bytes().into();
    aes.encrypt_block(&mut block);
    block.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The entropy from which NIST's `PQCgenKAT_sign.c` derives all seeds of a file.
    fn nist_entropy() -> [u8; SEED] {
        std::array::from_fn(|i| i as u8)
    }

    /// The first `seed` and `msg` lines of every PQCsignKAT file.
    #[test]
    fn first_seed_and_message_of_the_nist_files() {
        let mut drbg = Drbg::new(&nist_entropy());
        assert_eq!(
            hex::encode_upper(drbg.bytes::<48>()),
            "061550234D158C5EC95595FE04EF7A25767F2E24CC2BC479D09D86DC9ABCFDE7056A8C266F9EF97ED08541DBD2E1FFA1"
        );
        assert_eq!(
            hex::encode_upper(drbg.bytes::<33>()),
            "D81C4D8D734FCBFBEADE3D3F8A039FAA2A2C9957E835AD55B22E75BF57BB556AC8"
        );
    }

    /// The output for that first seed; the value is from the tests of Bouncy Castle.
    #[test]
    fn first_bytes_from_the_first_seed() {
        let seed = Drbg::new(&nist_entropy()).bytes::<48>();
        assert_eq!(
            hex::encode_upper(Drbg::new(&seed).bytes::<32>()),
            "7C9935A0B07694AA0C6D10E4DB6B1ADD2FD81A25CCB148032DCD739936737F2D"
        );
    }

    /// `seed`, `xi` and `rng` of record 0 in github.com/post-quantum-cryptography/KAT, MLDSA:
    /// two calls, so a generator that loses its state in between fails.
    #[test]
    fn xi_and_rnd_of_a_published_record() {
        let mut seed = [0; SEED];
        hex::decode_to_slice(
            "23f1c88bd0e65f2c891ce865bd3275a7ffdbe4f9036e75b96aad0412650e9cd2ea4591d4ab7131ea971b34c23a4ed245",
            &mut seed,
        )
        .unwrap();
        let mut drbg = Drbg::new(&seed);
        assert_eq!(
            hex::encode(drbg.bytes::<32>()),
            "f696484048ec21f96cf50a56d0759c448f3779752f0383d37449690694cf7a68"
        );
        assert_eq!(
            hex::encode(drbg.bytes::<32>()),
            "6dbbc4375136df3b07f7c70e639e223e177e7fd53b161b3f4d57791794f12624"
        );
    }
}
