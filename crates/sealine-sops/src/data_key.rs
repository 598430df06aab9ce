//! The key that all values of one file are encrypted with.
//!
//! Invariant: its bytes are wiped on drop and neither shown nor copied here.

use aes_gcm::aead::OsRng;
use aes_gcm::aead::rand_core::RngCore as _;
use zeroize::Zeroize as _;

use crate::Fault;

/// How many bytes a data key has.
pub const DATA_KEY_LENGTH: usize = 32;

/// A data key: what the master keys of a file wrap, each by itself.
pub struct DataKey([u8; DATA_KEY_LENGTH]);

impl DataKey {
    /// Returns a new random key.
    ///
    /// # Errors
    ///
    /// When the operating system gives no random bytes.
    pub fn generate() -> Result<Self, Fault> {
        let mut key = Self([0; DATA_KEY_LENGTH]);
        random(&mut key.0)?;
        Ok(key)
    }

    /// Returns the key of these bytes, which a master key unwrapped.
    ///
    /// # Errors
    ///
    /// When there are not 32 of them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        let mut key = Self([0; DATA_KEY_LENGTH]);
        if bytes.len() != DATA_KEY_LENGTH {
            return Err(Fault::KeyLength(bytes.len()));
        }
        key.0.copy_from_slice(bytes);
        Ok(key)
    }

    /// Returns the bytes, for a master key to wrap.
    pub fn expose(&self) -> &[u8; DATA_KEY_LENGTH] {
        &self.0
    }
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("****")
    }
}

impl Drop for DataKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Fills `bytes` from the operating system's generator.
pub(crate) fn random(bytes: &mut [u8]) -> Result<(), Fault> {
    OsRng.try_fill_bytes(bytes).map_err(|_| Fault::Random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_shown_and_never_the_same() {
        let key = DataKey::generate().unwrap();
        assert_eq!(format!("{key:?}"), "****");
        assert_ne!(key.expose(), DataKey::generate().unwrap().expose());
        assert_eq!(DataKey::from_bytes(&[1; 31]).err(), Some(Fault::KeyLength(31)));
    }
}
