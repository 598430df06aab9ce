//! Ciphers of PKCS#12, and of sprig's AES functions.
//!
//! Invariant: iterations are limited by who calls; a key that was derived is wiped.

use aes::cipher::block_padding::{NoPadding, Pkcs7};
use aes::cipher::{BlockDecryptMut as _, BlockEncryptMut as _, KeyIvInit as _};
use hmac::Mac as _;
use sha1::Digest as _;
use zeroize::Zeroizing;

/// A hash function.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

/// A block cipher, chained.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Cipher {
    Aes128,
    Aes192,
    Aes256,
    TripleDes,
    Rc2(usize),
}

impl Cipher {
    pub(crate) fn key_size(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::Aes192 | Self::TripleDes => 24,
            Self::Aes256 => 32,
            Self::Rc2(size) => size,
        }
    }

    pub(crate) fn block_size(self) -> usize {
        match self {
            Self::Aes128 | Self::Aes192 | Self::Aes256 => 16,
            Self::TripleDes | Self::Rc2(_) => 8,
        }
    }

    /// Returns what was encrypted, its padding included; `None` where sizes do not fit.
    pub(crate) fn decrypt(
        self,
        key: &[u8],
        start: &[u8],
        text: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        macro_rules! decrypt {
            ($cipher:ty) => {
                cbc::Decryptor::<$cipher>::new_from_slices(key, start)
                    .ok()?
                    .decrypt_padded_vec_mut::<NoPadding>(text)
                    .ok()?
            };
        }
        if text.is_empty() || !text.len().is_multiple_of(self.block_size()) {
            return None;
        }
        Some(Zeroizing::new(match self {
            Self::Aes128 => decrypt!(aes::Aes128),
            Self::Aes192 => decrypt!(aes::Aes192),
            Self::Aes256 => decrypt!(aes::Aes256),
            Self::TripleDes => decrypt!(des::TdesEde3),
            Self::Rc2(_) => decrypt!(rc2::Rc2),
        }))
    }
}

/// Returns a text encrypted by AES with a padding as PKCS#7 wants it.
pub(crate) fn encrypt_aes(key: &[u8; 32], start: &[u8; 16], text: &[u8]) -> Vec<u8> {
    let cipher = cbc::Encryptor::<aes::Aes256>::new(key.into(), start.into());
    cipher.encrypt_padded_vec_mut::<Pkcs7>(text)
}

impl Hash {
    pub(crate) fn digest(self, parts: &[&[u8]]) -> Vec<u8> {
        macro_rules! digest {
            ($hash:ty) => {{
                let mut hash = <$hash>::new();
                for part in parts {
                    hash.update(part);
                }
                hash.finalize().to_vec()
            }};
        }
        match self {
            Self::Sha1 => digest!(sha1::Sha1),
            Self::Sha256 => digest!(sha2::Sha256),
            Self::Sha512 => digest!(sha2::Sha512),
        }
    }

    /// Returns how many bytes the function takes in at once.
    fn block(self) -> usize {
        if self == Self::Sha512 { 128 } else { 64 }
    }

    /// Returns how many bytes it gives.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    /// Returns the authentication code of a message.
    pub(crate) fn code(self, key: &[u8], message: &[u8]) -> Vec<u8> {
        macro_rules! code {
            ($hash:ty) => {
                hmac::Hmac::<$hash>::new_from_slice(key).map_or_else(
                    |_| Vec::new(),
                    |mut code| {
                        code.update(message);
                        code.finalize().into_bytes().to_vec()
                    },
                )
            };
        }
        match self {
            Self::Sha1 => code!(sha1::Sha1),
            Self::Sha256 => code!(sha2::Sha256),
            Self::Sha512 => code!(sha2::Sha512),
        }
    }
}

/// Returns a key derived as PKCS#5 does it.
pub(crate) fn pbkdf2(
    hash: Hash,
    password: &[u8],
    salt: &[u8],
    rounds: u32,
    size: usize,
) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(vec![0; size]);
    match hash {
        Hash::Sha1 => pbkdf2::pbkdf2_hmac::<sha1::Sha1>(password, salt, rounds, &mut key),
        Hash::Sha256 => pbkdf2::pbkdf2_hmac::<sha2::Sha256>(password, salt, rounds, &mut key),
        Hash::Sha512 => pbkdf2::pbkdf2_hmac::<sha2::Sha512>(password, salt, rounds, &mut key),
    }
    key
}

/// What a key is derived for.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    Key = 1,
    Start = 2,
    Code = 3,
}

/// Returns a key derived as PKCS#12 does it (RFC 7292, appendix B.2).
pub(crate) fn pkcs12(
    hash: Hash,
    purpose: Purpose,
    password: &[u8],
    salt: &[u8],
    rounds: u32,
    size: usize,
) -> Zeroizing<Vec<u8>> {
    let block = hash.block();
    let filled = |bytes: &[u8]| -> Vec<u8> {
        let length = bytes.len().div_ceil(block) * block;
        bytes.iter().copied().cycle().take(length).collect()
    };
    let purpose = vec![purpose as u8; block];
    let mut input = Zeroizing::new([filled(salt), filled(password)].concat());
    let mut key = Zeroizing::new(Vec::with_capacity(size + hash.size()));
    loop {
        let mut round = hash.digest(&[&purpose, &input]);
        for _ in 1..rounds {
            round = hash.digest(&[&round]);
        }
        key.extend_from_slice(&round);
        if key.len() >= size {
            key.truncate(size);
            return key;
        }
        let added: Vec<u8> = round.iter().copied().cycle().take(block).collect();
        for part in input.chunks_mut(block) {
            // Adds the number and one, and drops what overflows.
            let mut carry = 1_u16;
            for (byte, added) in part.iter_mut().zip(&added).rev() {
                let sum = u16::from(*byte) + u16::from(*added) + carry;
                *byte = sum as u8;
                carry = sum >> 8;
            }
        }
    }
}
