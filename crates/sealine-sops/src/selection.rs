//! Which values of a file are encrypted.

use crate::{Fault, Pattern};

/// The rule that selects values: by the keys that lead to them, or by the comments above those.
#[derive(Clone, Debug)]
pub enum Selection {
    /// All but those below a key with this ending.
    UnencryptedSuffix(String),
    /// Those below a key with this ending.
    EncryptedSuffix(String),
    /// All but those below a key that matches.
    UnencryptedRegex(Pattern),
    /// Those below a key that matches.
    EncryptedRegex(Pattern),
    /// All but those below a comment that matches.
    UnencryptedCommentRegex(Pattern),
    /// Those below a comment that matches.
    EncryptedCommentRegex(Pattern),
    /// More than one rule, which SOPS refuses: not known here.
    Unknown,
}

/// How a file is encrypted, beside its keys.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// Which values are encrypted.
    pub selection: Selection,
    /// Whether the MAC covers the encrypted values only, so that others may be edited by hand.
    pub mac_only_encrypted: bool,
}

impl Default for Selection {
    /// What holds when nothing is configured.
    fn default() -> Self {
        Self::UnencryptedSuffix("_unencrypted".to_owned())
    }
}

impl Selection {
    /// The settings of `.sops.yaml` and of the metadata, at most one of which is given.
    pub(crate) const SETTINGS: [&str; 6] = [
        "encrypted_comment_regex",
        "encrypted_regex",
        "encrypted_suffix",
        "unencrypted_comment_regex",
        "unencrypted_regex",
        "unencrypted_suffix",
    ];

    /// Returns the selection that a setting of this name asks for.
    pub(crate) fn of_setting(name: &str, pattern: Pattern) -> Option<Self> {
        Some(match name {
            "unencrypted_suffix" => Self::UnencryptedSuffix(pattern.text),
            "encrypted_suffix" => Self::EncryptedSuffix(pattern.text),
            "unencrypted_regex" => Self::UnencryptedRegex(pattern),
            "encrypted_regex" => Self::EncryptedRegex(pattern),
            "unencrypted_comment_regex" => Self::UnencryptedCommentRegex(pattern),
            "encrypted_comment_regex" => Self::EncryptedCommentRegex(pattern),
            _ => return None,
        })
    }

    /// Returns the name and value of the setting that asks for this selection.
    pub(crate) fn setting(&self) -> Option<(&'static str, &str)> {
        Some(match self {
            Self::UnencryptedSuffix(suffix) => ("unencrypted_suffix", suffix),
            Self::EncryptedSuffix(suffix) => ("encrypted_suffix", suffix),
            Self::UnencryptedRegex(pattern) => ("unencrypted_regex", &pattern.text),
            Self::EncryptedRegex(pattern) => ("encrypted_regex", &pattern.text),
            Self::UnencryptedCommentRegex(pattern) => ("unencrypted_comment_regex", &pattern.text),
            Self::EncryptedCommentRegex(pattern) => ("encrypted_comment_regex", &pattern.text),
            Self::Unknown => return None,
        })
    }

    /// Returns whether the value that `path` leads to is to be encrypted; `None` when that is not
    /// known, or is for comments to say.
    pub fn selects(&self, path: &[&str]) -> Option<bool> {
        let mut matched = false;
        for key in path {
            matched |= self.matches_key(key).ok()?;
        }
        match self {
            Self::UnencryptedCommentRegex(_) | Self::EncryptedCommentRegex(_) | Self::Unknown => {
                None
            }
            _ => Some(self.takes(matched)),
        }
    }

    /// Returns whether the rule can be followed.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        match self {
            Self::UnencryptedRegex(pattern)
            | Self::EncryptedRegex(pattern)
            | Self::UnencryptedCommentRegex(pattern)
            | Self::EncryptedCommentRegex(pattern) => match pattern.regex {
                Some(_) => Ok(()),
                None => Err(Fault::Rule(format!(
                    "`{}` is no regular expression that can be followed",
                    pattern.text
                ))),
            },
            Self::Unknown => Err(Fault::Rule(
                "more than one of the settings that select values is given".to_owned(),
            )),
            Self::UnencryptedSuffix(_) | Self::EncryptedSuffix(_) => Ok(()),
        }
    }

    /// Returns whether a key decides, for itself and all below it.
    pub(crate) fn matches_key(&self, key: &str) -> Result<bool, Fault> {
        match self {
            Self::UnencryptedSuffix(suffix) | Self::EncryptedSuffix(suffix) => {
                Ok(key.ends_with(suffix.as_str()))
            }
            Self::UnencryptedRegex(pattern) | Self::EncryptedRegex(pattern) => {
                matched(pattern, key.as_bytes())
            }
            _ => Ok(false),
        }
    }

    /// Returns whether a comment decides, for what stands below it.
    pub(crate) fn matches_comment(&self, text: &[u8]) -> Result<bool, Fault> {
        match self {
            Self::UnencryptedCommentRegex(pattern) | Self::EncryptedCommentRegex(pattern) => {
                matched(pattern, text)
            }
            _ => Ok(false),
        }
    }

    /// Returns whether a value is encrypted, given that a key or comment on its way matched.
    pub(crate) fn takes(&self, matched: bool) -> bool {
        match self {
            Self::UnencryptedSuffix(_)
            | Self::UnencryptedRegex(_)
            | Self::UnencryptedCommentRegex(_) => !matched,
            _ => matched,
        }
    }

    /// Returns whether comments decide, and how: a comment that asks for encryption stays readable
    /// itself.
    pub(crate) fn by_comments(&self) -> Option<bool> {
        match self {
            Self::UnencryptedCommentRegex(_) => Some(false),
            Self::EncryptedCommentRegex(_) => Some(true),
            _ => None,
        }
    }
}

fn matched(pattern: &Pattern, text: &[u8]) -> Result<bool, Fault> {
    let regex = pattern.regex.as_ref();
    let regex = regex.ok_or_else(|| Fault::Rule(format!("`{}` is not valid", pattern.text)))?;
    // Texts that are no UTF-8 only come from bytes, which no comment and no key holds.
    Ok(std::str::from_utf8(text).is_ok_and(|text| regex.is_match(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ancestor_decides_for_all_below_it() {
        let rule = Selection::EncryptedRegex(Pattern::new("^(data|stringData)$"));
        assert_eq!(rule.selects(&["stringData", "password"]), Some(true));
        assert_eq!(rule.selects(&["metadata", "name"]), Some(false));
        let all = Selection::default();
        assert_eq!(all.selects(&["a"]), Some(true));
        assert_eq!(all.selects(&["a_unencrypted", "b"]), Some(false));
        assert_eq!(Selection::EncryptedRegex(Pattern::new("(")).selects(&["a"]), None);
    }
}
