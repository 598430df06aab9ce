//! From plaintext to an encrypted file.
//!
//! Invariant: every leaf that the rule selects leaves encrypted, with an initialisation vector of its
//! own; comments are encrypted by the same rule.

use jiff::Timestamp;
use sealine_model::SecretValue;

use crate::cipher::{Cipher, Content};
use crate::mac::Mac;
use crate::metadata::VERSION;
use crate::store;
use crate::walk::{Position, Visitor, walk};
use crate::{
    Comment, DataKey, Fault, Format, Leaf, Map, Metadata, Plain, Rule, Selection, WrappedKey,
};

/// Returns the encrypted file of `plain`, whose data key the master keys have wrapped as `keys`.
///
/// # Errors
///
/// When the rule cannot be followed, or the format cannot hold the values.
pub fn encrypt(
    format: Format,
    plain: &Plain,
    rule: &Rule,
    key: &DataKey,
    keys: &[WrappedKey],
    now: Timestamp,
) -> Result<String, Fault> {
    rule.selection.check()?;
    store::check_plain(format, plain)?;
    if keys.is_empty() {
        return Err(Fault::Rule("there is no master key to encrypt for".to_owned()));
    }
    let mut sealer = Sealer::new(key, rule);
    let mut documents = Vec::with_capacity(plain.documents.len().max(1));
    for document in &plain.documents {
        check_lists(document, &rule.selection)?;
        let mut lifted = document.copy();
        store::lift_comments(&mut lifted);
        lifted.entries.iter_mut().for_each(|entry| store::fit(format, &mut entry.value));
        documents.push(walk(&lifted, &rule.selection, &mut sealer)?);
    }
    let lastmodified = format_time(now);
    let metadata = Metadata {
        keys: keys.to_vec(),
        mac: sealer.finish(&lastmodified)?,
        lastmodified,
        version: VERSION.to_owned(),
        rule: rule.clone(),
    };
    store::write(format, &documents, Some(&metadata.write()))
}

/// Returns a time as the metadata holds it.
pub fn format_time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Encrypts what is selected and takes all leaves into the MAC.
pub(crate) struct Sealer<'a> {
    cipher: Cipher<'a>,
    mac: Mac,
    selection: &'a Selection,
}

impl<'a> Sealer<'a> {
    pub(crate) fn new(key: &'a DataKey, rule: &'a Rule) -> Self {
        let mac = Mac::new(rule.mac_only_encrypted);
        Self { cipher: Cipher::new(key), mac, selection: &rule.selection }
    }

    /// Returns the encrypted MAC over what was walked.
    pub(crate) fn finish(self, lastmodified: &str) -> Result<String, Fault> {
        self.mac.seal(&self.cipher, lastmodified)
    }
}

impl Visitor for Sealer<'_> {
    fn leaf(&mut self, at: &Position<'_>, leaf: &Leaf) -> Result<Leaf, Fault> {
        let is_selected = at.is_selected();
        self.mac.add(leaf.expose(), is_selected);
        if !is_selected || leaf.expose().is_empty() {
            return Ok(leaf.copy());
        }
        let content = Content::Leaf(leaf.kind());
        Ok(Leaf::string(self.cipher.seal(content, leaf.expose(), at.bound())?))
    }

    fn comment(
        &mut self,
        at: &Position<'_>,
        comment: &Comment,
        is_selected: bool,
    ) -> Result<SecretValue, Fault> {
        let text = comment.text.expose();
        if !is_selected || text.is_empty() {
            return Ok(SecretValue::new(text));
        }
        let bound = at.comment_bounds().into_iter().next().unwrap_or_default();
        let sealed = self.cipher.seal(Content::Comment, text, &bound)?;
        if self.selection.by_comments() == Some(false)
            && self.selection.matches_comment(sealed.as_bytes())?
        {
            return Err(Fault::Rule(
                "the comment regex matches encrypted comments, too, so that the file could not be decrypted"
                    .to_owned(),
            ));
        }
        Ok(SecretValue::new(sealed))
    }
}

/// Comments of lists are moved above the list; one that chooses what is encrypted would choose
/// something else there.
fn check_lists(map: &Map, selection: &Selection) -> Result<(), Fault> {
    if selection.by_comments().is_none() {
        return Ok(());
    }
    let mut chooser = false;
    each_list_comment(map, &mut |comment| {
        chooser |= selection.matches_comment(comment.text.expose()).unwrap_or(true);
    });
    if chooser {
        return Err(Fault::Unsupported(
            "a comment inside a list chooses what is encrypted, which is not supported; put it above the list"
                .to_owned(),
        ));
    }
    Ok(())
}

/// Recurses no deeper than the tree is.
fn each_list_comment(map: &Map, visit: &mut dyn FnMut(&Comment)) {
    for entry in &map.entries {
        match &entry.value {
            crate::Value::Map(map) => each_list_comment(map, visit),
            value => {
                let mut inside = Vec::new();
                store::take_comments(&mut value.copy(), &mut inside);
                inside.iter().for_each(&mut *visit);
            }
        }
    }
}
