//! Which texts are equal to a secret that was found, without keeping any.
//!
//! Invariant: what is kept are keyed hashes, and the key dies with the look: two runs cannot be
//! compared, and nobody can try out guesses.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use aes_gcm::aead::OsRng;
use aes_gcm::aead::rand_core::RngCore as _;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::names::is_random;

type Digest = [u8; 32];

/// The hashes of secrets, each with the finding that it belongs to.
pub(super) struct Known {
    key: [u8; 32],
    quick: RandomState,
    /// What rules most texts out at once: their lengths, then a quick hash.
    lengths: HashSet<usize>,
    maybe: HashSet<u64>,
    digests: HashMap<Digest, usize>,
}

impl Default for Known {
    fn default() -> Self {
        let mut key = [0; 32];
        OsRng.fill_bytes(&mut key);
        let (lengths, maybe, digests) = (HashSet::new(), HashSet::new(), HashMap::new());
        Self { key, quick: RandomState::new(), lengths, maybe, digests }
    }
}

impl Known {
    /// Remembers a secret. Words such as a user's name are left out: they stand in many places.
    pub(super) fn learn(&mut self, text: &[u8], finding: usize) {
        let Ok(text) = std::str::from_utf8(text) else { return };
        if text.len() < 12 || !(is_random(text) || text.contains("PRIVATE KEY")) {
            return;
        }
        self.lengths.insert(text.len());
        self.maybe.insert(self.quick.hash_one(text));
        let digest = self.digest(text);
        self.digests.entry(digest).or_insert(finding);
    }

    /// Returns the first finding with the same text.
    pub(super) fn same(&self, text: &str) -> Option<usize> {
        let may = text.len() >= 12 && self.lengths.contains(&text.len());
        if !may || !self.maybe.contains(&self.quick.hash_one(text)) {
            return None;
        }
        self.digests.get(&self.digest(text)).copied()
    }

    fn digest(&self, text: &str) -> Digest {
        match Hmac::<Sha256>::new_from_slice(&self.key) {
            Ok(mut mac) => {
                mac.update(text.as_bytes());
                mac.finalize().into_bytes().into()
            }
            // A key of any length is accepted.
            Err(_) => [0; 32],
        }
    }
}
