//! Files encrypted and decrypted again, and files that somebody tampered with.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use jiff::Timestamp;
use sealine_sops::{
    Change, DataKey, Encrypted, Fault, Format, Leaf, Master, Path, Pattern, Plain, Rule, Selection,
    WrappedKey, encrypt,
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
fn a_file_of_nothing_can_be_encrypted_and_grow() {
    for (format, text) in
        [(Format::Yaml, ""), (Format::Yaml, "# c\n"), (Format::Json, "{}"), (Format::Dotenv, "")]
    {
        let file = sealed(format, text, &Rule::default());
        let read = Encrypted::read(format, &file).unwrap();
        assert!(read.decrypt(&key()).unwrap().is_same(&Plain::read(format, text).unwrap()));
        let change = Change::set_leaf(Path::keys(["NEW"]), Leaf::string("x"));
        let edited = read.edit(&key(), &[change], now()).unwrap();
        let plain = opened(format, &edited.text).unwrap();
        assert_eq!(plain.documents[0].entries.len(), 1, "{}", edited.text);
    }
}

#[test]
fn another_key_opens_nothing() {
    let file = sealed(Format::Yaml, YAML, &Rule::default());
    let other = DataKey::generate().unwrap();
    let fault = Encrypted::read(Format::Yaml, &file).unwrap().decrypt(&other).err();
    assert_eq!(fault, Some(Fault::Comment));
}

/// Texts that somebody made of an encrypted file who has not got the key.
fn tampered(format: Format, file: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = file.lines().collect();
    let is_value = |line: &&str| line.contains("ENC[") && !line.contains("type:comment");
    let values: Vec<usize> = (0..lines.len()).filter(|at| is_value(&lines[*at])).collect();
    let with = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        change(&mut lines);
        lines.join("\n") + "\n"
    };
    let sealed = |line: &str| line[line.find("ENC[").unwrap()..=line.find(']').unwrap()].to_owned();
    let mut found = Vec::new();
    for (index, at) in values.iter().copied().enumerate() {
        let line = lines[at];
        // Another letter in each part: data, vector, tag, and the type.
        for part in ["data:", "iv:", "tag:"] {
            let start = line.find(part).unwrap() + part.len();
            let flipped = if &line[start..=start] == "A" { "B" } else { "A" };
            let line = format!("{}{flipped}{}", &line[..start], &line[start + 1..]);
            found.push((format!("{part} {line}"), with(&|lines| lines[at].clone_from(&line))));
        }
        // Another value of the same file in its place.
        if let Some(other) = values.get(index + 1) {
            let moved = line.replace(&sealed(line), &sealed(lines[*other]));
            found.push((format!("moved {moved}"), with(&|lines| lines[at].clone_from(&moved))));
            if !lines[*other].contains("mac") {
                found.push((format!("swapped {line}"), with(&|lines| lines.swap(at, *other))));
            }
        }
        if !line.contains("mac") {
            let clear = line.replace(&sealed(line), "clear");
            found.push((format!("clear {clear}"), with(&|lines| lines[at].clone_from(&clear))));
        }
        if format != Format::Json {
            found.push((format!("removed {line}"), with(&|lines| drop(lines.remove(at)))));
        }
    }
    found.push(("another time".to_owned(), file.replace("2026-01-02T03", "2026-01-02T04")));
    let rule = file.rfind("_unencrypted").unwrap();
    found.push(("another rule".to_owned(), format!("{}_x{}", &file[..rule], &file[rule..])));
    found
}

#[test]
fn tampering_is_always_refused() {
    let yaml = "# c\na: hello\nb:\n  n: 5\n  list: [x, y, x]\n  t: true\nz_unencrypted: seen\n";
    let json =
        "{\"a\": \"hello\", \"b\": {\"n\": 5, \"l\": [\"x\", \"y\"]}, \"z_unencrypted\": 1.5}";
    let dotenv = "A=hello\nB=world\nC_unencrypted=seen\n";
    for (format, text) in [(Format::Yaml, yaml), (Format::Json, json), (Format::Dotenv, dotenv)] {
        let file = sealed(format, text, &Rule::default());
        assert!(opened(format, &file).is_ok());
        let mut attempts = tampered(format, &file);
        attempts.push(("seen".to_owned(), file.replace("seen", "sewn").replace("1.5", "1.6")));
        // A value of another file, under the same key, at the same place.
        let other = sealed(format, &text.replace("hello", "other"), &Rule::default());
        let first =
            |file: &str| file[file.find("ENC[").unwrap()..].split(']').next().unwrap().to_owned();
        if format != Format::Yaml {
            attempts.push(("swapped".to_owned(), file.replace(&first(&file), &first(&other))));
        }
        for (what, attempt) in attempts {
            assert_ne!(attempt, file, "{what}");
            assert!(opened(format, &attempt).is_err(), "{format}: {what}\n{attempt}");
        }
    }
}

#[test]
fn what_is_not_supported_is_refused_by_its_name() {
    let file = sealed(Format::Yaml, "a: x\n", &Rule::default());
    let groups = file.replace(
        "sops:\n",
        "sops:\n    shamir_threshold: 2\n    key_groups:\n        - age: []\n        - age: []\n",
    );
    for (format, text, part) in [
        (Format::Yaml, &*groups, "key groups"),
        (Format::Ini, "[a]\n", "INI"),
        (Format::Binary, "x", "binary"),
        (Format::Yaml, "a: 1\n", "no `sops` metadata"),
        (Format::Yaml, "a: 1\nsops: 5\n", "no map"),
        (
            Format::Yaml,
            &file.replace("unencrypted_suffix: _unencrypted", "encrypted_regex: '('"),
            "regular expression",
        ),
        (
            Format::Yaml,
            &file.replace("    version", "    encrypted_suffix: x\n    version"),
            "more than one",
        ),
        (Format::Yaml, &file.replace("version: 3.13.3", "version: ''"), "`version`"),
    ] {
        let fault = Encrypted::read(format, text).err().map(|fault| fault.to_string());
        assert!(fault.as_ref().is_some_and(|fault| fault.contains(part)), "{fault:?} {part}");
    }
    for (text, part) in [
        ("- a\n", "no map"),
        ("1: a\n", "no string"),
        ("a: 9223372036854775808\n", "64 bits"),
        ("a: 1\na: 2\n", "a"),
        ("sops: x\n", "`sops`"),
    ] {
        let fault = Plain::read(Format::Yaml, text).err().map(|fault| fault.to_string());
        assert!(fault.as_ref().is_some_and(|fault| fault.contains(part)), "{fault:?} {part}");
    }
}

/// Files of older releases are not sorted and list what they have not got.
#[test]
fn older_metadata_is_read_too() {
    let file = sealed(Format::Yaml, "a: x\n", &Rule::default());
    let metadata = file.find("sops:\n").unwrap();
    let field = |name: &str| file.lines().find(|line| line.trim_start().starts_with(name)).unwrap();
    let block: Vec<&str> =
        file.lines().skip_while(|line| !line.contains("BEGIN")).take(3).collect();
    let block = block.join("\n");
    let old = format!(
        "{}sops:\n    kms: []\n    gcp_kms: []\n    azure_kv: []\n    hc_vault: []\n    age:\n        - recipient: age1example\n          enc: |\n{block}\n{}\n{}\n    pgp: []\n{}\n    version: 3.6.1\n",
        &file[..metadata],
        field("lastmodified"),
        field("mac"),
        field("unencrypted_suffix"),
    );
    let read = Encrypted::read(Format::Yaml, &old).unwrap();
    assert!(read.decrypt(&key()).is_ok());
    assert_eq!((read.metadata().keys.len(), &*read.metadata().version), (1, "3.6.1"));
}
