//! Which values of a file are encrypted.

use crate::Pattern;

/// The rule that selects values by the keys that lead to them.
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
    /// Decided by comments, or by more than one rule: not known here.
    Unknown,
}

impl Default for Selection {
    /// What holds when nothing is configured.
    fn default() -> Self {
        Self::UnencryptedSuffix("_unencrypted".to_owned())
    }
}

impl Selection {
    /// Returns whether the value that `path` leads to is to be encrypted; `None` when that is not
    /// known.
    pub fn selects(&self, path: &[&str]) -> Option<bool> {
        match self {
            Self::UnencryptedSuffix(suffix) => {
                Some(!path.iter().any(|key| key.ends_with(suffix.as_str())))
            }
            Self::EncryptedSuffix(suffix) => {
                Some(path.iter().any(|key| key.ends_with(suffix.as_str())))
            }
            Self::UnencryptedRegex(pattern) => any_matches(pattern, path).map(|found| !found),
            Self::EncryptedRegex(pattern) => any_matches(pattern, path),
            Self::Unknown => None,
        }
    }
}

fn any_matches(pattern: &Pattern, path: &[&str]) -> Option<bool> {
    let regex = pattern.regex.as_ref()?;
    Some(path.iter().any(|key| regex.is_match(key)))
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
