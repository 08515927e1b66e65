//! The digests that the predicted kernel computes.

use crate::algorithm::Digest;
use md5::Digest as _;

/// [`Digest::hash`], and MD5, which nothing but the prediction computes.
pub(super) fn hash(digest: Digest, data: &[u8]) -> Option<Vec<u8>> {
    match digest {
        Digest::Md5 => Some(md5::Md5::digest(data).to_vec()),
        other => other.hash(data),
    }
}

/// The length in bytes of what [`hash`] returns.
pub(super) fn hash_len(digest: Digest) -> Option<usize> {
    match digest {
        Digest::Md5 => Some(16),
        other => other.output_len(),
    }
}
