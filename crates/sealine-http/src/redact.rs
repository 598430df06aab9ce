//! Keeps known secrets out of texts that others wrote, such as the body of an error answer.
//!
//! Invariant: a text that went through [`Redactor::redact`] holds none of the given secrets, as they
//! are, in base64, or as a URL spells them.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};
use sealine_model::SecretValue;

/// What stands where a secret stood, or a text that would show one.
const MASK: &str = "****";

/// Shorter secrets occur in any text by chance; a text with one of them is masked as a whole.
const SHORTEST: usize = 4;

/// Replaces given secrets in texts.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    spellings: Vec<Arc<SecretValue>>,
}

impl Redactor {
    /// Makes a redactor of no secrets.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a secret, and the spellings in which a server may send it back.
    pub fn add(&mut self, secret: &[u8]) {
        let trimmed = secret.trim_ascii();
        if trimmed.is_empty() {
            return;
        }
        let mut spellings = vec![trimmed.to_vec()];
        if let Ok(text) = std::str::from_utf8(trimmed) {
            spellings.push(utf8_percent_encode(text, NON_ALPHANUMERIC).to_string().into_bytes());
            let quoted = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            spellings.push(quoted.into_bytes());
        }
        spellings.push(percent_decode(trimmed).collect());
        for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            spellings.push(engine.encode(trimmed).into_bytes());
        }
        self.spellings.extend(spellings.into_iter().map(SecretValue::new).map(Arc::new));
        // Longest first, so that no part of a secret stays beside the mask of a shorter one.
        self.spellings.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
        self.spellings.dedup_by(|left, right| left.expose() == right.expose());
    }

    /// Adds a secret; for chains.
    #[must_use]
    pub fn with(mut self, secret: &[u8]) -> Self {
        self.add(secret);
        self
    }

    /// Returns the text without the secrets.
    pub fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for spelling in &self.spellings {
            let Ok(secret) = std::str::from_utf8(spelling.expose()) else { continue };
            if !text.contains(secret) {
                continue;
            }
            if secret.len() < SHORTEST {
                return MASK.to_owned();
            }
            text = text.replace(secret, MASK);
        }
        text
    }

    /// Returns the length of the longest secret: as much of the end of a cut text may be a part of one.
    pub(crate) fn longest(&self) -> usize {
        self.spellings.first().map_or(0, |secret| secret.expose().len())
    }
}

/// Returns the text on one line, without what could steer a terminal, cut after `limit` characters.
pub fn escaped(text: &str, limit: usize) -> String {
    let mut line = String::new();
    let mut letters = text.trim().chars();
    for letter in letters.by_ref().take(limit) {
        let steers = letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if letter.is_ascii_whitespace() {
            if !line.ends_with(' ') {
                line.push(' ');
            }
        } else if steers {
            line.extend(letter.escape_unicode());
        } else {
            line.push(letter);
        }
    }
    if letters.next().is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_each_of_its_spellings() {
        let redactor = Redactor::new().with(b"p@ss\"word/1");
        let base64 = STANDARD.encode("p@ss\"word/1");
        let text = format!("a p@ss\"word/1 b p%40ss%22word%2F1 c p@ss\\\"word/1 d {base64}");
        assert_eq!(redactor.redact(&text), "a **** b **** c **** d ****");
        assert_eq!(format!("{redactor:?}").matches("word").count(), 0);
    }

    #[test]
    fn the_longer_secret_wins() {
        let redactor = Redactor::new().with(b"abcd").with(b"abcdefgh");
        assert_eq!(redactor.redact("abcdefgh abcd"), "**** ****");
    }

    #[test]
    fn a_very_short_secret_masks_the_whole_text() {
        let redactor = Redactor::new().with(b"x1");
        assert_eq!(redactor.redact("prefix x1 suffix"), "****");
        assert_eq!(redactor.redact("nothing"), "nothing");
        assert_eq!(Redactor::new().with(b" \n").redact("a b"), "a b");
    }

    #[test]
    fn a_text_is_one_harmless_line() {
        assert_eq!(escaped(" a\r\n\tb\u{1b}[31m\u{202e}c ", 99), "a b\\u{1b}[31m\\u{202e}c");
        assert_eq!(escaped("ääää", 2), "ää…");
    }
}
