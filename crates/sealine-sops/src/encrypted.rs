//! A file that SOPS or this crate encrypted.
//!
//! Invariant: plaintext leaves only when every value and the MAC were found to be right; what is
//! written keeps each value whose plaintext, key and rule did not change.

use sealine_model::SecretValue;

use crate::cipher::{Cipher, Content, Parts};
use crate::mac::Mac;
use crate::store::{self, File};
use crate::walk::{Position, Visitor, walk};
use crate::{Comment, DataKey, Fault, Format, Kind, Leaf, Metadata, Plain, Rule};

/// An encrypted file as it was read.
#[derive(Debug)]
pub struct Encrypted {
    pub(crate) format: Format,
    pub(crate) text: String,
    pub(crate) file: File,
    pub(crate) metadata: Metadata,
}

impl Encrypted {
    /// Reads an encrypted file.
    ///
    /// # Errors
    ///
    /// When it is not encrypted, or is in a way that is not supported.
    pub fn read(format: Format, text: &str) -> Result<Self, Fault> {
        let file = store::read(format, text)?;
        let entry = file.metadata.first().and_then(Option::as_ref).ok_or(Fault::NotEncrypted)?;
        let map = entry.value.as_map();
        let map = map.ok_or_else(|| Fault::Metadata("`sops` is no map".to_owned()))?;
        let metadata = Metadata::read(map)?;
        metadata.rule.selection.check()?;
        Ok(Self { format, text: text.to_owned(), file, metadata })
    }

    /// Returns the metadata.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Returns the format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Returns the file as it was read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the plaintext.
    ///
    /// # Errors
    ///
    /// When the key is another one, or anything was changed: a value, its place, their order, the
    /// metadata that the MAC is bound to.
    pub fn decrypt(&self, key: &DataKey) -> Result<Plain, Fault> {
        let mut opener = Opener::new(key, &self.metadata.rule);
        let mut plain = Plain::default();
        for document in &self.file.documents {
            plain.documents.push(walk(document, &self.metadata.rule.selection, &mut opener)?);
        }
        let Metadata { mac, lastmodified, .. } = &self.metadata;
        opener.mac.check(&opener.cipher, mac, lastmodified)?;
        Ok(plain)
    }
}

impl Plain {
    /// Reads a file that is not encrypted.
    ///
    /// # Errors
    ///
    /// When SOPS could not encrypt it: it is not of this format, has keys that are no strings, or is
    /// encrypted already.
    pub fn read(format: Format, text: &str) -> Result<Self, Fault> {
        let file = store::read(format, text)?;
        if file.metadata.iter().any(Option::is_some) {
            return Err(Fault::Reserved(match format {
                Format::Dotenv => format!("{}…", store::SOPS_PREFIX),
                _ => store::SOPS.to_owned(),
            }));
        }
        Ok(Self { documents: file.documents })
    }

    /// Writes the file as SOPS lays it out; comments of lists go above the list.
    ///
    /// # Errors
    ///
    /// When the format cannot hold the values.
    pub fn write(&self, format: Format) -> Result<SecretValue, Fault> {
        let mut documents: Vec<_> = self.documents.iter().map(crate::Map::copy).collect();
        documents.iter_mut().for_each(store::lift_comments);
        store::write(format, &documents, None).map(SecretValue::new)
    }
}

/// Decrypts what is selected and takes all leaves into the MAC.
struct Opener<'a> {
    cipher: Cipher<'a>,
    mac: Mac,
}

impl<'a> Opener<'a> {
    fn new(key: &'a DataKey, rule: &Rule) -> Self {
        Self { cipher: Cipher::new(key), mac: Mac::new(rule.mac_only_encrypted) }
    }
}

impl Visitor for Opener<'_> {
    fn leaf(&mut self, at: &Position<'_>, leaf: &Leaf) -> Result<Leaf, Fault> {
        let is_selected = at.is_selected();
        let opened = if is_selected && !leaf.expose().is_empty() {
            let text = leaf.text().filter(|_| leaf.kind() == Kind::Str);
            let parts = text.and_then(Parts::of).ok_or_else(|| Fault::InClear(at.path()))?;
            let bytes = self.cipher.open(&parts, at.bound());
            let bytes = bytes.ok_or_else(|| Fault::Value(at.path()))?;
            let Some(Content::Leaf(kind)) = parts.content else {
                return Err(Fault::Type(at.path()));
            };
            Leaf::decoded(kind, bytes).ok_or_else(|| Fault::Type(at.path()))?
        } else {
            leaf.copy()
        };
        self.mac.add(opened.expose(), is_selected);
        Ok(opened)
    }

    /// Comments have no part in the MAC, and older releases left them in clear.
    fn comment(
        &mut self,
        at: &Position<'_>,
        comment: &Comment,
        is_selected: bool,
    ) -> Result<SecretValue, Fault> {
        let text = comment.text.expose();
        let parts = std::str::from_utf8(text).ok().and_then(Parts::of);
        let parts = parts.filter(|parts| is_selected && parts.content == Some(Content::Comment));
        let Some(parts) = parts else { return Ok(SecretValue::new(text)) };
        let mut bounds = at.comment_bounds().into_iter();
        let opened = bounds.find_map(|bound| self.cipher.open(&parts, &bound));
        opened.map(SecretValue::new).ok_or(Fault::Comment)
    }
}
