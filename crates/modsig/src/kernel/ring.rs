//! One of Linux's keyrings, and the search through several (`asymmetric_type.c`).

use super::Errno;
use super::certificate::KeyId;
use super::signature::Key;
use std::collections::{HashMap, HashSet};

/// The keys of one keyring.
#[derive(Debug, Clone, Default)]
pub(super) struct Ring {
    keys: Vec<TrustedKey>,
    /// Index in `keys` of the key with this description.
    by_name: HashMap<Vec<u8>, usize>,
    /// Index in `keys` of the first key with this identifier, as either of its two.
    by_id: HashMap<KeyId, usize>,
    /// The lengths of the identifiers in `by_id`: a message may name each of a thousand signers by 30 KB, and
    /// identifiers of other lengths need no hashing.
    id_lengths: HashSet<usize>,
}

#[derive(Debug, Clone)]
pub(super) struct TrustedKey {
    pub(super) id: KeyId,
    pub(super) skid: Option<KeyId>,
    pub(super) key: Key,
    /// The certificate has the extended key usage codeSigning.
    pub(super) code_signing: bool,
    /// It was built into the kernel.
    pub(super) built_in: bool,
}

impl Ring {
    /// A key replaces one with the same description. Call [`Self::index`] before a search.
    pub(super) fn add(&mut self, name: Vec<u8>, key: TrustedKey) {
        match self.by_name.get(&name).and_then(|&at| self.keys.get_mut(at)) {
            Some(present) => *present = key,
            None => {
                self.by_name.insert(name, self.keys.len());
                self.keys.push(key);
            }
        }
    }

    /// Whether it has no keys.
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Prepares the searches, after keys were added.
    pub(super) fn index(&mut self) {
        self.by_id.clear();
        for (at, key) in self.keys.iter().enumerate() {
            for id in [Some(&key.id), key.skid.as_ref()].into_iter().flatten() {
                // Only the first: a later key is not found.
                if !self.by_id.contains_key(id) {
                    self.by_id.insert(id.clone(), at);
                    self.id_lengths.insert(id.len());
                }
            }
        }
    }

    fn first(&self, id: &KeyId) -> Option<&TrustedKey> {
        let known = Some(id).filter(|id| self.id_lengths.contains(&id.len()));
        known.and_then(|id| self.by_id.get(id)).and_then(|&at| self.keys.get(at))
    }
}

/// The keyrings that one check searches, in this order, and what it demands of a key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search<'k> {
    pub(super) rings: &'k [Ring],
    /// Keys without the extended key usage codeSigning count as unknown.
    pub(super) code_signing: bool,
}

impl<'k> Search<'k> {
    /// Finds the first key with one of these identifiers; the first may be either of a key's two. If both are given,
    /// the second must be the found key's key identifier.
    ///
    /// # Errors
    /// ENOKEY if there is none, EKEYREJECTED if the second identifier does not match, EINVAL for an empty identifier.
    pub(super) fn find(self, id: Option<&KeyId>, skid: Option<&KeyId>) -> Result<&'k TrustedKey, Errno> {
        let wanted = id.or(skid).filter(|id| !id.is_empty()).ok_or(Errno::EINVAL)?;
        let key = self.rings.iter().find_map(|ring| ring.first(wanted)).ok_or(Errno::ENOKEY)?;
        match (id, skid) {
            (Some(_), Some(skid)) if key.skid.as_ref() != Some(skid) => Err(Errno::EKEYREJECTED),
            _ => Ok(key),
        }
    }
}
