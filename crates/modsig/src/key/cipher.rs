//! Block ciphers in CBC mode, to read old key files. This module cannot encrypt.

use aes::{Aes128, Aes192, Aes256};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt as _, InnerIvInit as _, KeyInit, KeyIvInit as _};
use des::{Des, TdesEde2, TdesEde3};
use rc2::Rc2;
use zeroize::Zeroizing;

/// A block cipher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cipher {
    Des,
    /// Triple DES with two keys: the third is the first.
    TripleDes2,
    TripleDes,
    /// RC2 (RFC 2268) with an effective key length in bits.
    Rc2(usize),
    Aes128,
    Aes192,
    Aes256,
}

impl Cipher {
    /// The length of the key in bytes.
    pub(super) const fn key_len(self) -> usize {
        match self {
            Self::Des => 8,
            Self::TripleDes2 | Self::Aes128 => 16,
            Self::TripleDes | Self::Aes192 => 24,
            Self::Aes256 => 32,
            Self::Rc2(bits) => bits / 8,
        }
    }

    /// The length of a block, and of the IV, in bytes.
    pub(super) const fn block_len(self) -> usize {
        match self {
            Self::Des | Self::TripleDes2 | Self::TripleDes | Self::Rc2(_) => 8,
            Self::Aes128 | Self::Aes192 | Self::Aes256 => 16,
        }
    }

    /// Decrypts in place and removes the padding. `None` if the padding is wrong: a wrong key, or a damaged file. A
    /// wrong key passes once in 256 times.
    pub(super) fn decrypt(self, key: &[u8], iv: &[u8], buffer: &mut Zeroizing<Vec<u8>>) -> Option<()> {
        let length = match self {
            Self::Des => cbc::<Des>(key, iv, buffer),
            Self::TripleDes2 => cbc::<TdesEde2>(key, iv, buffer),
            Self::TripleDes => cbc::<TdesEde3>(key, iv, buffer),
            Self::Aes128 => cbc::<Aes128>(key, iv, buffer),
            Self::Aes192 => cbc::<Aes192>(key, iv, buffer),
            Self::Aes256 => cbc::<Aes256>(key, iv, buffer),
            Self::Rc2(bits) if key.len() == self.key_len() => {
                let cipher = Rc2::new_with_eff_key_len(key, bits);
                let mode = Decryptor::inner_iv_slice_init(cipher, iv).ok()?;
                Some(mode.decrypt_padded::<Pkcs7>(buffer).ok()?.len())
            }
            Self::Rc2(_) => None,
        }?;
        buffer.truncate(length);
        Some(())
    }
}

/// The length of the plain text.
fn cbc<C: BlockCipherDecrypt + KeyInit>(key: &[u8], iv: &[u8], buffer: &mut [u8]) -> Option<usize> {
    let mode = Decryptor::<C>::new_from_slices(key, iv).ok()?;
    Some(mode.decrypt_padded::<Pkcs7>(buffer).ok()?.len())
}
