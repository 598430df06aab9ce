//! Random values that stand for secrets, and the search for them in every form.
//!
//! A canary is two random words. Each is searched for by itself, so that a part of a value, or one
//! line of several, is found, too; words of letters and digits look the same when they are
//! percent-encoded or escaped for JSON, so these forms are covered by the words themselves.

use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

/// The canaries of one fixture, by the name of the place they stand in.
pub(crate) struct Canaries {
    random: RandomState,
    words: BTreeMap<String, [String; 2]>,
}

impl Canaries {
    pub(crate) fn new() -> Self {
        Self { random: RandomState::new(), words: BTreeMap::new() }
    }

    /// Returns `template` with values: `@name@` is the value itself, `@name:base64@` its base64
    /// form, `@name:1@` and `@name:2@` its words.
    pub(crate) fn fill(&mut self, template: &str) -> String {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("@@") {
            out.push_str(before);
            let (name, after) = after.split_once("@@").expect("a name between two marks");
            let (name, form) = name.split_once(':').unwrap_or((name, ""));
            let [one, two] = self.words(name);
            let value = match form {
                "base64" => base64(format!("{one}{two}").as_bytes()),
                "1" => one,
                "2" => two,
                _ => one + &two,
            };
            out.push_str(&value);
            rest = after;
        }
        out + rest
    }

    fn words(&mut self, name: &str) -> [String; 2] {
        let random = &self.random;
        let word = |half: u8| -> String {
            const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
            let letter = |index: u8| {
                let number = random.hash_one((name, half, index));
                char::from(LETTERS[(number % LETTERS.len() as u64) as usize])
            };
            (0..16).map(letter).collect()
        };
        self.words.entry(name.to_owned()).or_insert_with(|| [word(1), word(2)]).clone()
    }

    /// Returns the places whose value shows in `output`, with the line that shows it.
    pub(crate) fn found_in(&self, output: &str) -> Vec<String> {
        let folded = output.to_ascii_lowercase();
        let mut found = Vec::new();
        for (name, words) in &self.words {
            for (form, text) in words.iter().flat_map(|word| forms(word)) {
                let at = match form {
                    "hex" => folded.find(&text),
                    _ => output.find(&text),
                };
                let Some(at) = at else { continue };
                let start = output[..at].rfind('\n').map_or(0, |newline| newline + 1);
                let end = output[at..].find('\n').map_or(output.len(), |newline| at + newline);
                found.push(format!("{name}, {form}: {}", &output[start..end]));
            }
        }
        found
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.words.keys().map(String::as_str)
    }
}

/// The forms in which a word may leak.
fn forms(word: &str) -> Vec<(&'static str, String)> {
    let bytes = word.as_bytes();
    let mut forms = vec![
        ("raw", word.to_owned()),
        ("reversed", word.chars().rev().collect()),
        ("hex", bytes.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))),
    ];
    // In a longer text the word begins at any of three positions of a group.
    for shift in 0..3 {
        let padded = [&[0; 2][..shift], bytes].concat();
        let whole = padded.len() / 3 * 3;
        let text = base64(&padded[..whole]);
        forms.push(("base64", text[if shift == 0 { 0 } else { 4 }..].to_owned()));
    }
    forms
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let number = (0..3).fold(0, |sum, index| {
            sum << 8 | usize::from(group.get(index).copied().unwrap_or_default())
        });
        for digit in 0..4 {
            let padding = digit > group.len();
            let value = DIGITS[number >> (18 - 6 * digit) & 63];
            out.push(if padding { '=' } else { char::from(value) });
        }
    }
    out
}

#[test]
fn every_form_is_found() {
    let mut canaries = Canaries::new();
    let value = canaries.fill("@@place@@");
    let hex = value.bytes().fold(String::new(), |hex, byte| format!("{hex}{byte:02X}"));
    let reversed: String = value.chars().rev().collect();
    for text in [
        value.clone(),
        value[..20].to_owned(),
        reversed,
        hex,
        base64(value.as_bytes()),
        base64(format!("a{value}").as_bytes()),
        base64(format!("ab{value}cd").as_bytes()),
        canaries.fill("@@place:base64@@"),
        canaries.fill("one: @@place:2@@"),
    ] {
        assert!(!canaries.found_in(&format!("before\n{text}\nafter")).is_empty(), "{text}");
    }
    assert!(canaries.found_in("nothing of it").is_empty());
    assert_eq!(base64(b"sealine"), "c2VhbGluZQ==");
}
