//! Files encrypted and decrypted again, and files that somebody tampered with.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use jiff::Timestamp;
use sealine_sops::{
    DataKey, Encrypted, Fault, Format, Master, Pattern, Plain, Rule, Selection, WrappedKey, encrypt,
};

const YAML: &str = r#"# top
a: hello
b:
  # above
  n: 5   # beside
  list: [x, 1.50, true, null, '', 2020-01-02]
  items:
  - k: v
    j: {}
  -
    - 1
    - []
  # below
text: |
  one
    two
quoted: "yes"
c_unencrypted: clear
empty: ""
nothing: ~
"#;

fn key() -> DataKey {
    DataKey::from_bytes(&[7; 32]).unwrap()
}

fn now() -> Timestamp {
    "2026-01-02T03:04:05.678Z".parse().unwrap()
}

fn wrapped() -> Vec<WrappedKey> {
    let enc = "-----BEGIN AGE ENCRYPTED FILE-----\nYQ==\n-----END AGE ENCRYPTED FILE-----\n";
    let master = Master::Age { recipient: "age1example".to_owned() };
    vec![WrappedKey { master, enc: enc.to_owned(), created_at: None }]
}

fn sealed(format: Format, text: &str, rule: &Rule) -> String {
    let plain = Plain::read(format, text).unwrap();
    encrypt(format, &plain, rule, &key(), &wrapped(), now()).unwrap()
}

fn opened(format: Format, text: &str) -> Result<Plain, Fault> {
    Encrypted::read(format, text)?.decrypt(&key())
}

#[test]
fn what_is_encrypted_decrypts_to_the_same() {
    let json = "{\"a\": \"hello\", \"n\": [1, 1.5, -0.0, true, null, \"\", {\"x_unencrypted\": {}}], \"u\": \"\\u00fc\\n\\u2028\"}";
    let dotenv = "# c\nA=\"x\" # y\nB=a\\nb\nEMPTY=\n#end\n";
    for (format, text) in [(Format::Yaml, YAML), (Format::Json, json), (Format::Dotenv, dotenv)] {
        for only in [false, true] {
            let rule = Rule { mac_only_encrypted: only, ..Rule::default() };
            let file = sealed(format, text, &rule);
            let plain = Plain::read(format, text).unwrap();
            assert!(opened(format, &file).unwrap().is_same(&plain), "{file}");
            assert!(!file.contains("hello") && file.contains("lastmodified"), "{file}");
            let written = plain.write(format).unwrap();
            let again = Plain::read(format, std::str::from_utf8(written.expose()).unwrap());
            assert!(again.unwrap().is_same(&plain));
        }
    }
}

#[test]
fn every_selection_keeps_to_what_it_selects() {
    let text = "data:\n  # keep this\n  a: secret\n  b: clear\nother: other\n";
    let pattern = || Pattern::new("^(data|keep this)$");
    for (selection, hidden) in [
        (Selection::EncryptedRegex(pattern()), ["secret", "clear"].as_slice()),
        (Selection::UnencryptedRegex(pattern()), &["other: other"]),
        (Selection::EncryptedSuffix("a".to_owned()), &["secret", "clear"]),
        (Selection::EncryptedCommentRegex(Pattern::new("keep")), &["secret"]),
        (Selection::UnencryptedCommentRegex(Pattern::new("keep")), &["clear", "other: other"]),
    ] {
        let file = sealed(Format::Yaml, text, &Rule { selection, ..Rule::default() });
        for part in ["secret", "clear", "other: other"] {
            assert_eq!(!file.contains(part), hidden.contains(&part), "{part} in {file}");
        }
        let plain = opened(Format::Yaml, &file).unwrap();
        assert!(plain.is_same(&Plain::read(Format::Yaml, text).unwrap()));
    }
}

#[test]
fn comments_come_back() {
    let file = sealed(Format::Yaml, YAML, &Rule::default());
    assert!(!file.contains("above") && !file.contains("below") && !file.contains("# top"));
    let text = opened(Format::Yaml, &file).unwrap().write(Format::Yaml).unwrap();
    let text = std::str::from_utf8(text.expose()).unwrap();
    for comment in ["# top", "# above", "# beside", "# below"] {
        assert!(text.contains(comment), "{text}");
    }
}

#[test]
fn another_key_opens_nothing() {
    let file = sealed(Format::Yaml, YAML, &Rule::default());
    let other = DataKey::generate().unwrap();
    let fault = Encrypted::read(Format::Yaml, &file).unwrap().decrypt(&other).err();
    assert_eq!(fault, Some(Fault::Comment));
}
