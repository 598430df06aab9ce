//! A target's text: whether it is encrypted, and what a creation rule says of it.
//!
//! Invariant: a text that is not wholly understood gives a fault, so that nothing of it gets lost.

use sealine_sops::{Encrypted, Format, Plain};

use crate::Fault;

/// A target as it was read.
#[derive(Debug)]
pub struct Target {
    /// The path, for messages.
    pub path: String,
    /// The format, by the name.
    pub format: Format,
    /// What it holds.
    pub content: Content,
}

/// What a target holds.
#[derive(Debug)]
pub enum Content {
    /// There is no such file.
    Absent,
    /// A file that is not encrypted.
    Clear {
        /// The text.
        text: String,
        /// The tree.
        plain: Plain,
    },
    /// A file that SOPS or Sealine encrypted.
    Encrypted(Box<Encrypted>),
}

/// Reads a target.
///
/// # Errors
///
/// When it is in conflict, broken, of several documents, or of a format that is no values file.
pub fn open(path: &str, bytes: Option<&[u8]>) -> Result<Target, Fault> {
    let file = || path.to_owned();
    let format = Format::of(path).filter(|format| matches!(format, Format::Yaml | Format::Json));
    let format = format.ok_or_else(|| Fault::Format { file: file() })?;
    let Some(bytes) = bytes else {
        return Ok(Target { path: file(), format, content: Content::Absent });
    };
    let text = std::str::from_utf8(bytes).map_err(|_| Fault::Text { file: file() })?;
    if has_conflict(text) {
        return Err(Fault::Markers { file: file() });
    }
    let broken = |fault| Fault::Content { file: file(), fault };
    let content = match Encrypted::read(format, text) {
        Ok(encrypted) => Content::Encrypted(Box::new(encrypted)),
        Err(sealine_sops::Fault::NotEncrypted) => {
            let plain = Plain::read(format, text).map_err(broken)?;
            if plain.documents.len() > 1 {
                return Err(Fault::Documents { file: file() });
            }
            Content::Clear { text: text.to_owned(), plain }
        }
        Err(fault) => return Err(broken(fault)),
    };
    Ok(Target { path: file(), format, content })
}

/// Whether git left the marks of a conflict in it.
fn has_conflict(text: &str) -> bool {
    let marks = |mark: &str| text.lines().any(|line| line.starts_with(mark));
    marks("<<<<<<< ") || marks(">>>>>>> ")
}

impl Target {
    /// Returns the text; nothing when there is no file.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Absent => None,
            Content::Clear { text, .. } => Some(text),
            Content::Encrypted(encrypted) => Some(encrypted.text()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_wholly_understood_is_refused() {
        let fault = |path: &str, text: &[u8]| open(path, Some(text)).unwrap_err().to_string();
        let conflict = b"a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n";
        assert_eq!(fault("v.yaml", conflict), "`v.yaml` has the marks of a merge conflict");
        assert_eq!(fault("v.yaml", b"a: \xff\n"), "`v.yaml` is not UTF-8");
        assert_eq!(fault("v.toml", b""), "`v.toml` is neither YAML nor JSON by its name");
        assert_eq!(fault("v.yaml", b"a: 1\n---\nb: 2\n"), "`v.yaml` holds several documents");
        assert_eq!(fault("v.json", b"{"), "`v.json` cannot be changed");
        assert!(matches!(open("v.yaml", None).unwrap().content, Content::Absent));
    }
}
