//! The code that tells whether the values of a file are those that were encrypted together.
//!
//! Invariant: every leaf that is neither null nor a comment takes part, in the order of the file;
//! with `mac_only_encrypted` only those that are encrypted.

use sha2::{Digest as _, Sha512};

use crate::cipher::{Cipher, Content, Parts};
use crate::{Fault, Kind};

/// What the hash starts with when it covers encrypted values only, so that the two are never equal.
const ONLY_ENCRYPTED: [u8; 32] = [
    0x8a, 0x3f, 0xd2, 0xad, 0x54, 0xce, 0x66, 0x52, 0x7b, 0x10, 0x34, 0xf3, 0xd1, 0x47, 0xbe, 0x0b,
    0x0b, 0x97, 0x5b, 0x3b, 0xf4, 0x4f, 0x72, 0xc6, 0xfd, 0xad, 0xec, 0x81, 0x76, 0xf2, 0x7d, 0x69,
];

/// The hash over the values of all documents.
pub(crate) struct Mac {
    hash: Sha512,
    only_encrypted: bool,
}

impl Mac {
    pub(crate) fn new(only_encrypted: bool) -> Self {
        let mut hash = Sha512::new();
        if only_encrypted {
            hash.update(ONLY_ENCRYPTED);
        }
        Self { hash, only_encrypted }
    }

    /// Takes one leaf in.
    pub(crate) fn add(&mut self, bytes: &[u8], is_encrypted: bool) {
        if is_encrypted || !self.only_encrypted {
            self.hash.update(bytes);
        }
    }

    fn text(self) -> String {
        use std::fmt::Write as _;
        self.hash.finalize().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02X}");
            text
        })
    }

    /// Encrypts the code, bound to the time of the change.
    pub(crate) fn seal(self, cipher: &Cipher<'_>, modified: &str) -> Result<String, Fault> {
        cipher.seal(Content::Leaf(Kind::Str), self.text().as_bytes(), modified)
    }

    /// Compares the code with the one in the metadata.
    pub(crate) fn check(
        self,
        cipher: &Cipher<'_>,
        sealed: &str,
        modified: &str,
    ) -> Result<(), Fault> {
        if sealed.is_empty() {
            return Err(Fault::NoMac);
        }
        let parts = Parts::of(sealed).ok_or(Fault::SealedMac)?;
        let found = cipher.open(&parts, modified).ok_or(Fault::SealedMac)?;
        if found == self.text().as_bytes() { Ok(()) } else { Err(Fault::Mac) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with another implementation.
    #[test]
    fn the_hash_is_over_the_bytes_of_the_leaves() {
        let mut mac = Mac::new(false);
        for leaf in ["hello", "5", "True"] {
            mac.add(leaf.as_bytes(), false);
        }
        assert_eq!(
            mac.text(),
            "6FFB3271FAAF9235618E71F7F7383A01D4DBE4231D8B3D0676A3F9EC24C0B4EA6F31097D1C2E2D407E55D75C298AFEB17A0689525E06D33B6954F80672173720"
        );
        let (mut with, mut without) = (Mac::new(true), Mac::new(true));
        with.add(b"clear", false);
        with.add(b"secret", true);
        without.add(b"secret", true);
        assert_eq!(with.text(), without.text());
    }
}
