//! Changing an encrypted file in place.
//!
//! Invariant: a value whose plaintext did not change keeps its encrypted text; comments, order,
//! layout and unknown keys stay; beside the changed values only `mac` and `lastmodified` change.
//! What was written is read and decrypted again before it is given back.

mod change;
mod diff;
mod flat;
mod metadata;
mod plain;
mod splice;
mod yaml;

use jiff::Timestamp;

pub use change::Change;
pub use plain::edit_plain;

use crate::encrypt::{Sealer, format_time};
use crate::walk::walk;
use crate::{DataKey, Encrypted, Fault, Metadata, Path, Plain, WrappedKey};
use splice::Splices;

/// An encrypted file after changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// The file; the very same bytes when nothing changed.
    pub text: String,
    /// The values that were added, changed or removed.
    pub changed: Vec<Path>,
}

impl Encrypted {
    /// Returns the file with these changes, made in their order.
    ///
    /// # Errors
    ///
    /// As [`decrypt`](Self::decrypt); and when a change cannot be made, or not without touching what
    /// stands around it.
    pub fn edit(&self, key: &DataKey, changes: &[Change], now: Timestamp) -> Result<Edited, Fault> {
        let old = self.decrypt(key)?;
        let mut new = Plain { documents: old.documents.iter().map(crate::Map::copy).collect() };
        for change in changes {
            change.apply(&mut new, self.format)?;
        }
        if new.is_same(&old) {
            return Ok(Edited { text: self.text.clone(), changed: Vec::new() });
        }
        crate::store::check_plain(self.format, &new)?;
        let rule = &self.metadata.rule;
        let mut sealer = Sealer::new(key, rule);
        let mut sealed = Vec::with_capacity(new.documents.len());
        for document in &new.documents {
            sealed.push(walk(document, &rule.selection, &mut sealer)?);
        }
        let lastmodified = format_time(now);
        let mac = sealer.finish(&lastmodified)?;
        let mut splices = Splices::new(&self.text);
        let mut changed = Vec::new();
        for (index, sealed) in sealed.iter().enumerate() {
            let (Some(before), Some(after)) = (old.documents.get(index), new.documents.get(index))
            else {
                continue;
            };
            let metadata = self.file.metadata.get(index).and_then(Option::as_ref);
            let trees = diff::Trees { old: before, new: after, sealed };
            changed.extend(diff::document(self.format, &mut splices, &trees, metadata)?);
        }
        metadata::stamp(self, &mut splices, &mac, &lastmodified)?;
        let unsafe_edit = || Fault::Edit(changed.first().cloned().unwrap_or_default());
        let text = splices.apply().ok_or_else(unsafe_edit)?;
        let written = Self::read(self.format, &text).and_then(|file| file.decrypt(key));
        match written {
            Ok(written) if written.is_same(&new) => Ok(Edited { text, changed }),
            _ => Err(unsafe_edit()),
        }
    }

    /// Returns the file for other master keys: `keys` are the same data key, wrapped anew. Values,
    /// MAC and time stay. Who had the data key before can still decrypt; see
    /// [`rotate`](Self::rotate).
    ///
    /// # Errors
    ///
    /// When there is no key, or the metadata cannot be replaced by itself.
    pub fn with_keys(&self, keys: Vec<WrappedKey>) -> Result<String, Fault> {
        let metadata = Metadata { keys, ..self.metadata.clone() };
        let mut splices = Splices::new(&self.text);
        metadata::replace(self, &mut splices, &metadata)?;
        self.written(splices)
    }

    /// Returns the file with every value encrypted anew with the data key `new`, which the master
    /// keys have wrapped as `keys`.
    ///
    /// # Errors
    ///
    /// As [`decrypt`](Self::decrypt) with the key `old`, and when a value cannot be replaced by
    /// itself.
    pub fn rotate(
        &self,
        old: &DataKey,
        new: &DataKey,
        keys: Vec<WrappedKey>,
        now: Timestamp,
    ) -> Result<String, Fault> {
        let plain = self.decrypt(old)?;
        let rule = &self.metadata.rule;
        let mut sealer = Sealer::new(new, rule);
        let mut splices = Splices::new(&self.text);
        for (file, plain) in self.file.documents.iter().zip(&plain.documents) {
            let sealed = walk(plain, &rule.selection, &mut sealer)?;
            diff::renew(self.format, &mut splices, file, &sealed)?;
        }
        let lastmodified = format_time(now);
        let mac = sealer.finish(&lastmodified)?;
        let metadata = Metadata { keys, lastmodified, mac, ..self.metadata.clone() };
        metadata::replace(self, &mut splices, &metadata)?;
        let text = self.written(splices)?;
        let written = Self::read(self.format, &text).and_then(|file| file.decrypt(new));
        match written {
            Ok(written) if written.is_same(&plain) => Ok(text),
            _ => Err(Fault::Edit(Path::default())),
        }
    }

    /// Applies replacements that leave the metadata readable.
    fn written(&self, splices: Splices<'_>) -> Result<String, Fault> {
        let text = splices.apply().ok_or_else(|| Fault::Edit(Path::default()))?;
        Self::read(self.format, &text)?;
        Ok(text)
    }
}
