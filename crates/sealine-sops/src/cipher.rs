//! How one value is encrypted: AES-256 in Galois/counter mode, bound to the keys that lead there.
//!
//! Invariant: every value gets a fresh random initialisation vector; a value whose tag does not fit
//! gives nothing at all.

use std::cell::RefCell;

use aes_gcm::aead::consts::{U12, U16, U32};
use aes_gcm::aead::{AeadInPlace as _, KeyInit as _};
use aes_gcm::aes::Aes256;
use aes_gcm::{AesGcm, Nonce, Tag};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroize as _;

use crate::data_key::random;
use crate::{DataKey, Fault, Kind};

/// What every encrypted value begins with.
pub(crate) const START: &str = "ENC[AES256_GCM,data:";

/// The length that SOPS gives its initialisation vectors.
const VECTOR: usize = 32;

/// For how many vectors the operating system is asked at once.
const BATCH: usize = 64;

/// The cipher of one file.
pub(crate) struct Cipher<'a> {
    key: &'a DataKey,
    wide: AesGcm<Aes256, U32>,
    /// Random bytes that no vector was made of yet: asking for each alone takes longer than encrypting.
    fresh: RefCell<Vec<u8>>,
}

/// What an encrypted text holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Leaf(Kind),
    Comment,
}

impl Content {
    fn name(self) -> &'static str {
        match self {
            Self::Leaf(Kind::Str) => "str",
            Self::Leaf(Kind::Int) => "int",
            Self::Leaf(Kind::Float) => "float",
            Self::Leaf(Kind::Bool) => "bool",
            Self::Leaf(Kind::Time) => "time",
            Self::Leaf(Kind::Bytes) => "bytes",
            Self::Comment => "comment",
        }
    }

    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "str" => Self::Leaf(Kind::Str),
            "int" => Self::Leaf(Kind::Int),
            "float" => Self::Leaf(Kind::Float),
            "bool" => Self::Leaf(Kind::Bool),
            "time" => Self::Leaf(Kind::Time),
            "bytes" => Self::Leaf(Kind::Bytes),
            "comment" => Self::Comment,
            _ => return None,
        })
    }
}

/// The four parts of an encrypted text.
pub(crate) struct Parts<'a> {
    data: &'a str,
    vector: &'a str,
    tag: &'a str,
    /// What the text says it holds; nothing for a type that SOPS does not know.
    pub(crate) content: Option<Content>,
}

impl<'a> Parts<'a> {
    /// Takes an encrypted text apart, as leniently as SOPS does: what follows its `]` is passed over.
    pub(crate) fn of(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix(START)?;
        let (data, rest) = rest.split_once(",iv:")?;
        let (vector, rest) = rest.split_once(",tag:")?;
        let (tag, rest) = rest.split_once(",type:")?;
        let (name, _) = rest.rsplit_once(']')?;
        let filled = ![data, vector, tag, name].iter().any(|part| part.is_empty());
        filled.then(|| Self { data, vector, tag, content: Content::of(name) })
    }
}

impl<'a> Cipher<'a> {
    pub(crate) fn new(key: &'a DataKey) -> Self {
        Self { key, wide: AesGcm::new(key.expose().into()), fresh: RefCell::default() }
    }

    /// Returns random bytes that were never given before.
    fn vector(&self) -> Result<[u8; VECTOR], Fault> {
        let mut fresh = self.fresh.borrow_mut();
        if fresh.len() < VECTOR {
            fresh.resize(VECTOR * BATCH, 0);
            if let Err(fault) = random(&mut fresh) {
                fresh.clear();
                return Err(fault);
            }
        }
        let mut vector = [0; VECTOR];
        let rest = fresh.len() - VECTOR;
        vector.copy_from_slice(&fresh[rest..]);
        fresh.truncate(rest);
        Ok(vector)
    }

    /// Encrypts `bytes` for the place that `bound` names.
    pub(crate) fn seal(
        &self,
        content: Content,
        bytes: &[u8],
        bound: &str,
    ) -> Result<String, Fault> {
        self.seal_with(content, bytes, bound, &self.vector()?)
    }

    fn seal_with(
        &self,
        content: Content,
        bytes: &[u8],
        bound: &str,
        vector: &[u8; VECTOR],
    ) -> Result<String, Fault> {
        let mut data = bytes.to_vec();
        let sealed = self.wide.encrypt_in_place_detached(
            Nonce::from_slice(vector),
            bound.as_bytes(),
            &mut data,
        );
        let Ok(tag) = sealed else {
            // Only a text beyond 64 GB.
            data.zeroize();
            return Err(Fault::Unsupported("a value of this length cannot be encrypted".into()));
        };
        let mut out = String::with_capacity(START.len() + data.len() * 4 / 3 + 100);
        out.push_str(START);
        STANDARD.encode_string(&data, &mut out);
        out.push_str(",iv:");
        STANDARD.encode_string(vector, &mut out);
        out.push_str(",tag:");
        STANDARD.encode_string(tag, &mut out);
        out.push_str(",type:");
        out.push_str(content.name());
        out.push(']');
        Ok(out)
    }

    /// Decrypts what was encrypted for the place that `bound` names; nothing when it was not, or not
    /// with this key.
    pub(crate) fn open(&self, parts: &Parts<'_>, bound: &str) -> Option<Vec<u8>> {
        let vector = STANDARD.decode(parts.vector).ok()?;
        let tag = STANDARD.decode(parts.tag).ok().filter(|tag| tag.len() == 16)?;
        let tag = Tag::from_slice(&tag);
        let mut data = STANDARD.decode(parts.data).ok()?;
        let bound = bound.as_bytes();
        let key = self.key.expose().into();
        // Nothing is decrypted before the tag is found to fit.
        let opened = match vector.len() {
            VECTOR => self.wide.decrypt_in_place_detached(
                Nonce::from_slice(&vector),
                bound,
                &mut data,
                tag,
            ),
            12 => AesGcm::<Aes256, U12>::new(key).decrypt_in_place_detached(
                Nonce::from_slice(&vector),
                bound,
                &mut data,
                tag,
            ),
            16 => AesGcm::<Aes256, U16>::new(key).decrypt_in_place_detached(
                Nonce::from_slice(&vector),
                bound,
                &mut data,
                tag,
            ),
            _ => return None,
        };
        opened.ok()?;
        Some(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> DataKey {
        DataKey::from_bytes(&(0..32).collect::<Vec<u8>>()).unwrap()
    }

    fn vector() -> [u8; VECTOR] {
        std::array::from_fn(|index| 32 + index as u8)
    }

    /// Made with another implementation of the cipher.
    #[test]
    fn values_are_encrypted_as_elsewhere() {
        let key = key();
        let cipher = Cipher::new(&key);
        for (content, bytes, bound, data, tag) in [
            (Content::Leaf(Kind::Str), "hello", "a:", "f6SdJOI=", "Aev7PNzF9ifk0oM4U+MGlg=="),
            (Content::Leaf(Kind::Int), "5", "obj:n:", "Ig==", "ALy1t9XXSzOsDv6yJR7fGA=="),
            (Content::Leaf(Kind::Bool), "True", "t:", "Q7OELQ==", "4iWWWhCEZvejl7gDSpigug=="),
            (Content::Comment, " c", ":", "N6I=", "Hex67WQX+1JM9G2RHNP62A=="),
        ] {
            let text =
                cipher.seal_with(content, bytes.as_bytes(), bound, &vector()).unwrap_or_default();
            let name = content.name();
            let iv = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
            assert_eq!(text, format!("{START}{data},iv:{iv},tag:{tag},type:{name}]"));
            let parts = Parts::of(&text).unwrap();
            assert_eq!(parts.content, Some(content));
            assert_eq!(cipher.open(&parts, bound).as_deref(), Some(bytes.as_bytes()));
            assert_eq!(cipher.open(&parts, "b:"), None);
        }
    }

    #[test]
    fn no_vector_is_used_twice() {
        let key = key();
        let cipher = Cipher::new(&key);
        let vectors: std::collections::HashSet<_> =
            (0..1000).map(|_| cipher.vector().unwrap()).collect();
        assert_eq!(vectors.len(), 1000);
        assert!(!vectors.contains(&[0; VECTOR]));
    }

    #[test]
    fn no_bit_can_be_flipped() {
        let key = key();
        let cipher = Cipher::new(&key);
        let text = cipher.seal(Content::Leaf(Kind::Str), b"hello world", "a:").unwrap();
        let flips = (START.len()..text.len()).flat_map(|at| (0..7).map(move |bit| (at, bit)));
        for (at, bit) in flips {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let Ok(broken) = String::from_utf8(bytes) else { continue };
            let Some(parts) = Parts::of(&broken) else { continue };
            // The type stands beside the tag, not under it: the MAC of the file covers the value.
            if at < text.len() - "type:str]".len() {
                assert_eq!(cipher.open(&parts, "a:"), None, "{broken}");
            }
        }
    }
}
