//! What may be shown of a value.
//!
//! A value is hidden when Terraform marks it or something around it, when the provider's schema or
//! Sealine's own list of secret attributes names it, when it holds a value that is marked anywhere
//! else in the plan, or when it looks like a credential.
//!
//! Invariant: values leave as [`Shown`] or as a scrubbed text, and in no other way.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;

use regex::Regex;
use sealine_model::secret_attributes;
use zeroize::Zeroizing;

use crate::plan::path::Step;
use crate::plan::{Held, Path};
use crate::report::Shown;

/// Shorter marked values stand in too many other texts by chance, and as numbers in too many counts.
const SHORTEST: usize = 4;

/// How much is remembered of marked values, in bytes.
const MOST_BYTES: usize = 8 << 20;

/// How long a shown value may be.
const LONGEST_VALUE: usize = 200;

/// How long a message may be.
const LONGEST_MESSAGE: usize = 4_000;

/// What stands for words of a program that may hold what is not remembered.
const HELD_BACK: &str = "held back: more values are marked as secret than can be looked for";

/// Values that are known to be secret. They are compared with what is to be shown, and wiped after.
#[derive(Default)]
pub(crate) struct Secrets {
    values: Vec<Zeroizing<String>>,
    /// Hashes of the same, with a key of this process alone.
    seen: HashSet<u64>,
    key: RandomState,
    bytes: usize,
    /// More was marked than is remembered: then no value and no words of a program may be shown.
    overflowed: bool,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "({} secrets)", self.values.len())
    }
}

impl Secrets {
    /// Learns what either tree marks, and what is known to be secret in resources of this type.
    pub(crate) fn learn(&mut self, kind: &str, path: &Path, value: &Held, marks: [&Held; 2]) {
        if marks.iter().any(|marks| marks.is_true()) {
            return self.learn_all(value);
        }
        match value {
            Held::Map(entries) => {
                for (key, value) in entries {
                    let marks = marks.map(|marks| marks.mark_of_key(key));
                    self.learn(kind, &path.key(key), value, marks);
                }
            }
            Held::List(items) => {
                for (index, value) in items.iter().enumerate() {
                    let marks = marks.map(|marks| marks.mark_of_item(index));
                    self.learn(kind, &path.item(index), value, marks);
                }
            }
            Held::Text(text) if text.len() >= SHORTEST && is_listed(kind, path) => {
                self.learn_text(text);
            }
            _ => {}
        }
    }

    /// Learns every text in a value.
    pub(crate) fn learn_all(&mut self, value: &Held) {
        match value {
            Held::Text(text) => self.learn_text(text),
            Held::List(items) => items.iter().for_each(|item| self.learn_all(item)),
            Held::Map(entries) => entries.values().for_each(|value| self.learn_all(value)),
            Held::Number(number) => self.learn_text(&number.to_string()),
            Held::Null | Held::Bool(_) => {}
        }
    }

    /// Learns a text and, of one with several lines, each line that could be told from others.
    pub(crate) fn learn_text(&mut self, text: &str) {
        self.remember(text.trim());
        if text.contains('\n') {
            text.lines().map(str::trim).filter(|line| line.len() >= 12).for_each(|line| {
                self.remember(line);
            });
        }
    }

    fn remember(&mut self, text: &str) {
        if text.len() < SHORTEST || !self.seen.insert(self.key.hash_one(text)) {
            return;
        }
        if self.bytes + text.len() > MOST_BYTES || self.values.len() > 20_000 {
            self.overflowed = true;
            return;
        }
        self.bytes += text.len();
        self.values.push(Zeroizing::new(text.to_owned()));
    }

    /// Takes in what others know.
    pub(crate) fn extend(&mut self, other: &Self) {
        self.overflowed |= other.overflowed;
        other.values.iter().for_each(|value| self.remember(value));
    }

    /// Returns whether a text holds a known secret, as it is or as JSON writes it.
    fn stands_in(&self, text: &str) -> bool {
        self.overflowed || self.values.iter().any(|secret| position(text, secret).is_some())
    }

    /// Returns a text of a program without known secrets and without what looks like one, cut, and
    /// without what a terminal would act on.
    pub(crate) fn scrub(&self, text: &str) -> String {
        if self.overflowed {
            return HELD_BACK.to_owned();
        }
        let mut text = text.to_owned();
        // The longest first, so that no rest of a longer one stays.
        let mut values: Vec<&Zeroizing<String>> = self.values.iter().collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        for secret in values {
            text = without(text, secret);
            let escaped = serde_json::Value::String(secret.to_string()).to_string();
            let escaped = Zeroizing::new(escaped);
            text = without(text, escaped.trim_matches('"'));
        }
        let text = CREDENTIAL.replace_all(&text, "(hidden)");
        let text = sealine_report::covered(&text);
        cut(&sealine_report::for_terminal(&text), LONGEST_MESSAGE)
    }
}

/// Shorter secrets are looked for as whole words only.
const SURE: usize = 8;

/// Returns where a secret stands in a text. A short one must stand by itself: `prod` in `product` is
/// another word.
fn position(text: &str, secret: &str) -> Option<usize> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = text.match_indices(secret).map(|(at, _)| at);
    found.find(|at| {
        let before = text[..*at].chars().next_back().is_some_and(is_word);
        let after = text[at + secret.len()..].chars().next().is_some_and(is_word);
        secret.len() >= SURE || (!before && !after)
    })
}

fn without(text: String, secret: &str) -> String {
    if position(&text, secret).is_none() {
        return text;
    }
    let mut rest = text.as_str();
    let mut out = String::with_capacity(text.len());
    while let Some(at) = position(rest, secret) {
        out.push_str(&rest[..at]);
        out.push_str("(hidden)");
        rest = &rest[at + secret.len()..];
    }
    out.push_str(rest);
    out
}

/// Returns how one side of a difference is shown.
pub(crate) fn shown(secrets: &Secrets, kind: &str, path: &Path, value: &Held, hide: bool) -> Shown {
    match value {
        Held::Null => Shown::Absent,
        Held::Bool(_) if !hide && !is_listed(kind, path) => Shown::Text(plain(value)),
        _ if hide || is_listed(kind, path) || looks_secret(path) => Shown::Hidden,
        _ => {
            let text = Zeroizing::new(plain(value));
            let inner = Zeroizing::new(texts(value));
            let bad = |text: &str| {
                secrets.stands_in(text)
                    || CREDENTIAL.is_match(text)
                    || sealine_report::covered(text) != text
            };
            if bad(&text) || bad(&inner) {
                return Shown::Hidden;
            }
            Shown::Text(cut(&sealine_report::on_one_line(&text), LONGEST_VALUE))
        }
    }
}

/// Whether Sealine's own list says that the attribute holds a secret.
fn is_listed(kind: &str, path: &Path) -> bool {
    // Keys of maps take part: `data.password` of a Secret.
    let dotted = path.dotted();
    secret_attributes::holds_secret(kind, &dotted)
        || secret_attributes::secret_attribute(kind, &dotted).is_some()
}

/// Whether a word of the path is that of a secret. A key of a map is named by people.
fn looks_secret(path: &Path) -> bool {
    let words = [
        "password",
        "passwd",
        "secret",
        "token",
        "private_key",
        "credential",
        "api_key",
        "apikey",
        "access_key",
        "connection_string",
    ];
    let harmless = [
        "_id", "_name", "_arn", "_version", "_ref", "_path", "_uri", "_url", "_length", "_age",
        "_ttl", "_count", "_days", "_hours", "_minutes", "_seconds",
    ];
    path.0.iter().any(|step| match step {
        Step::Key(key) => {
            let key = key.to_lowercase().replace('-', "_");
            let named = words.iter().any(|word| key.contains(word));
            named && !harmless.iter().any(|end| key.ends_with(end))
        }
        Step::Item(_) => false,
    })
}

/// Tokens that their issuers made recognisable, keys in PEM, and signatures in URLs.
#[expect(clippy::unwrap_used, reason = "a constant, which a test compiles")]
static CREDENTIAL: LazyLock<Regex> = LazyLock::new(|| {
    let parts = [
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|\z)",
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
        r"\bgh[pousr]_[A-Za-z0-9]{20,}",
        r"\bgithub_pat_[A-Za-z0-9_]{20,}",
        r"\bglpat-[A-Za-z0-9_-]{16,}",
        r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
        r"\bhvs\.[A-Za-z0-9_-]{20,}",
        r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
        r"\bAGE-SECRET-KEY-1[0-9A-Z]{20,}",
        r"\bAIza[0-9A-Za-z_-]{35}",
        r"\bsk_(?:live|test)_[0-9A-Za-z]{16,}",
        r"(?i)[?&](?:sig|signature|x-amz-signature|x-amz-security-token|token|access_token|sas)=[^&\s\x22']+",
        r"(?i)\b(?:AccountKey|SharedAccessKey|SharedAccessSignature)=[^;\s\x22']+",
        r"(?i)\bBearer\s+[A-Za-z0-9._~+/-]{16,}=*",
    ];
    Regex::new(&parts.join("|")).unwrap()
});

fn plain(value: &Held) -> String {
    json(value).to_string()
}

fn json(value: &Held) -> serde_json::Value {
    match value {
        Held::Null => serde_json::Value::Null,
        Held::Bool(flag) => (*flag).into(),
        Held::Number(number) => serde_json::Value::Number(number.clone()),
        Held::Text(text) => serde_json::Value::String(text.to_string()),
        Held::List(items) => items.iter().map(json).collect(),
        Held::Map(entries) => {
            let pairs = entries.iter().map(|(key, value)| (key.clone(), json(value)));
            serde_json::Value::Object(pairs.collect())
        }
    }
}

/// All texts in a value, as they are, one a line.
fn texts(value: &Held) -> String {
    match value {
        Held::Text(text) => format!("{}\n", text.as_str()),
        Held::List(items) => items.iter().map(texts).collect(),
        Held::Map(entries) => {
            let lines =
                entries.iter().map(|(key, value)| [key, " = ", texts(value).trim_end()].concat());
            lines.collect::<Vec<_>>().join("\n") + "\n"
        }
        Held::Number(number) => number.to_string(),
        Held::Null | Held::Bool(_) => String::new(),
    }
}

/// Returns the text, or its beginning where it is longer.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(json: &str) -> Held {
        serde_json::from_str(json).unwrap()
    }

    fn show(secrets: &Secrets, path: &str, json: &str) -> String {
        let path = path.split('.').fold(Path::default(), |path, key| path.key(key));
        shown(secrets, "aws_thing", &path, &held(json), false).to_string()
    }

    #[test]
    fn a_value_marked_elsewhere_is_hidden_wherever_it_stands() {
        let mut secrets = Secrets::default();
        let marks = held(r#"{"list": [{"a": true}]}"#);
        let value = held(r#"{"list": [{"a": "canary-1", "b": "plain"}], "n": 1}"#);
        secrets.learn("t", &Path::default(), &value, [&marks, &Held::Null]);
        assert_eq!(show(&secrets, "x", r#""before canary-1 after""#), "(hidden)");
        assert_eq!(show(&secrets, "x", r#"["a", {"b": "canary-1"}]"#), "(hidden)");
        assert_eq!(show(&secrets, "x", r#""plain""#), r#""plain""#);
        assert_eq!(secrets.scrub("token canary-1 refused"), "token (hidden) refused");
    }

    #[test]
    fn a_marked_number_is_hidden_wherever_it_stands_and_counts_stay() {
        let mut secrets = Secrets::default();
        let marks = held(r#"{"pin": true, "replicas": true, "port": true}"#);
        let value = held(r#"{"pin": 48213377, "replicas": 2, "port": 443}"#);
        secrets.learn("t", &Path::default(), &value, [&marks, &Held::Null]);
        for json in ["48213377", r#""48213377""#, "[1, 48213377]", r#"{"a": 48213377}"#] {
            assert_eq!(show(&secrets, "code", json), "(hidden)", "{json}");
        }
        assert_eq!(show(&secrets, "password", "1"), "(hidden)");
        for (path, json) in [("replicas", "2"), ("port", "443"), ("max_password_age", "90")] {
            assert_eq!(show(&secrets, path, json), json);
        }
        assert_eq!(show(&secrets, "password", "true"), "true");
    }

    #[test]
    fn beyond_what_is_remembered_no_words_are_shown() {
        let mut secrets = Secrets::default();
        let mut other = Secrets::default();
        (0..20_002).for_each(|number| other.learn_text(&format!("canary-{number}")));
        secrets.extend(&other);
        assert_eq!(secrets.scrub("token canary-20001 refused"), HELD_BACK);
        assert_eq!(show(&secrets, "x", r#""plain""#), "(hidden)");
        assert_eq!(show(&secrets, "x", "true"), "true");
    }

    #[test]
    fn listed_attributes_hide_their_values_everywhere() {
        let mut secrets = Secrets::default();
        let value = held(r#"{"result": "s3cret-value", "length": 12}"#);
        secrets.learn("random_password", &Path::default(), &value, [&Held::Null; 2]);
        assert_eq!(show(&secrets, "x", r#""s3cret-value""#), "(hidden)");
    }

    #[test]
    fn shapes_and_names_hide_and_other_numbers_stay() {
        let secrets = Secrets::default();
        for text in [
            "https://user:hunter22@host/path",
            "AKIAIOSFODNN7EXAMPLE",
            "-----BEGIN RSA PRIVATE KEY-----\\nMIIE",
            "https://x.blob.core.windows.net/c?sv=1&sig=abc%3D",
            "DefaultEndpointsProtocol=https;AccountKey=abcdef==;",
            "{\\\"password\\\": \\\"hunter22\\\"}",
        ] {
            assert_eq!(show(&secrets, "x", &format!("\"{text}\"")), "(hidden)", "{text}");
        }
        assert_eq!(show(&secrets, "tags.db_password", r#""x""#), "(hidden)");
        assert_eq!(show(&secrets, "secret_id", r#""x""#), r#""x""#);
        assert_eq!(show(&secrets, "port", "5432"), "5432");
        let scrubbed = secrets.scrub("cannot reach https://u:p4ss@h?sig=abc now\u{1b}[31m");
        assert!(!scrubbed.contains("p4ss") && !scrubbed.contains("abc"), "{scrubbed}");
        assert!(!scrubbed.contains('\u{1b}'), "{scrubbed}");
    }

    #[test]
    fn long_values_are_cut_and_lines_joined() {
        let secrets = Secrets::default();
        let shown = show(&secrets, "x", &format!("\"a\\n{}\"", "b".repeat(500)));
        assert!(shown.chars().count() == LONGEST_VALUE + 1 && !shown.contains('\n'), "{shown}");
    }

    #[test]
    fn the_expression_compiles() {
        assert!(CREDENTIAL.is_match("?sig=a") && !CREDENTIAL.is_match("a plain text"));
    }
}
