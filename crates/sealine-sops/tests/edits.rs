//! Encrypted files changed in place: what changes in the text, and that nothing else does.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use jiff::Timestamp;
use sealine_sops::{
    Change, DataKey, Encrypted, Entry, Format, Item, Leaf, List, Map, Master, Path, Plain, Rule,
    Step, Value, WrappedKey, encrypt,
};

fn key() -> DataKey {
    DataKey::from_bytes(&[7; 32]).unwrap()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn wrapped(recipient: &str) -> Vec<WrappedKey> {
    let enc = "-----BEGIN AGE ENCRYPTED FILE-----\nYQ==\n-----END AGE ENCRYPTED FILE-----\n";
    let master = Master::Age { recipient: recipient.to_owned() };
    vec![WrappedKey { master, enc: enc.to_owned(), created_at: None }]
}

fn sealed(format: Format, text: &str) -> String {
    let plain = Plain::read(format, text).unwrap();
    let now = time("2026-01-02T03:04:05Z");
    encrypt(format, &plain, &Rule::default(), &key(), &wrapped("age1example"), now).unwrap()
}

fn text(value: &str) -> Value {
    Value::Leaf(Leaf::string(value))
}

fn list(items: &[&str]) -> Value {
    let items = items.iter().map(|item| Item::new(text(item))).collect();
    Value::List(List { items, trailing: Vec::new() })
}

fn map(entries: &[(&str, &str)]) -> Value {
    let entries = entries.iter().map(|(key, value)| Entry::new(*key, text(value))).collect();
    Value::Map(Map { entries, trailing: Vec::new() })
}

/// Edits an encrypted file; returns it decrypted, and its lines that are new, without those that
/// hold MAC and time.
fn edited(format: Format, file: &str, changes: &[Change]) -> (String, Vec<String>) {
    let read = Encrypted::read(format, file).unwrap();
    let edited = read.edit(&key(), changes, time("2026-02-02T00:00:00Z")).unwrap();
    let plain = Encrypted::read(format, &edited.text).unwrap().decrypt(&key()).unwrap();
    let plain = plain.write(format).unwrap();
    let is_stamp = |line: &&str| line.contains("mac") || line.contains("lastmodified");
    let new = edited.text.lines().filter(|line| !file.lines().any(|old| old == *line));
    let new: Vec<_> = new.filter(|line| !is_stamp(line)).map(str::to_owned).collect();
    (String::from_utf8(plain.expose().to_vec()).unwrap(), new)
}

/// Edits what `before` encrypts to, and compares it decrypted.
fn check(format: Format, before: &str, changes: &[Change], after: &str) {
    let file = sealed(format, before);
    assert_eq!(edited(format, &file, changes).0, after, "{file}");
}

#[test]
fn nothing_changed_is_the_very_same_file() {
    let file = sealed(Format::Yaml, "a: x\nb: [1, {c: 2}]\n");
    let read = Encrypted::read(Format::Yaml, &file).unwrap();
    let changes = [Change::set(Path::keys(["a"]), text("x")), Change::remove(Path::keys(["z"]))];
    let same = read.edit(&key(), &changes, time("2026-02-02T00:00:00Z")).unwrap();
    assert_eq!((same.text, same.changed), (file, Vec::new()));
}

#[test]
fn one_value_changes_one_line() {
    let file = sealed(Format::Yaml, "# c\na: x\nb:\n  c: y # d\n  e: z\nf: w\n");
    let (plain, new) =
        edited(Format::Yaml, &file, &[Change::set(Path::keys(["b", "c"]), text("new"))]);
    assert_eq!(new.len(), 1, "{new:?}");
    assert!(plain.contains("    c: new\n"), "{plain}");
}

#[test]
fn yaml_grows_and_shrinks_in_place() {
    let before = "a: x\nb:\n    c: y\n    d:\n        - 1\n        - k: v\n          l: w\ne: {}\n";
    let at = |keys: &[&str]| Path::keys(keys.iter().copied());
    let item = Path(vec![
        Step::Key("b".into()),
        Step::Key("d".into()),
        Step::Index(1),
        Step::Key("k".into()),
    ]);
    let changes = [
        Change::set(at(&["new"]), text("last")),
        Change::set(at(&["b", "deep", "er"]), list(&["p", "q"])),
        Change::set(at(&["e", "f"]), text("g")),
        Change::remove(at(&["b", "c"])),
        Change::remove(item),
    ];
    let after = "a: x\nb:\n    d:\n        - 1\n        - l: w\n    deep:\n        er:\n            - p\n            - q\ne:\n    f: g\nnew: last\n";
    check(Format::Yaml, before, &changes, after);
    let changes = [
        Change::set(at(&["a"]), map(&[("m", "1"), ("o", "2")])),
        Change::set(at(&["b", "d"]), list(&["only"])),
        Change::set(at(&["e"]), list(&[])),
        Change::set(at(&["b", "c"]), Value::Null),
    ];
    let after = "a:\n    m: \"1\"\n    o: \"2\"\nb:\n    c: null\n    d:\n        - only\ne: []\n";
    check(Format::Yaml, before, &changes, after);
    let changes = [Change::set(at(&["b"]), text("flat")), Change::remove(at(&["a"]))];
    check(Format::Yaml, before, &changes, "b: flat\ne: {}\n");
    let all = [at(&["a"]), at(&["b"]), at(&["e"])].map(Change::remove);
    check(Format::Yaml, before, &all, "{}\n");
}

#[test]
fn what_is_added_below_a_line_that_goes_stands_below_the_one_before() {
    let before = "a:\n    b:\n        c: x\n        d: y\nz: w\n";
    let (gone, new) = (Path::keys(["a", "b", "d"]), Path::keys(["a", "e"]));
    let changes = [Change::remove(gone), Change::set(new, text("v"))];
    check(Format::Yaml, before, &changes, "a:\n    b:\n        c: x\n    e: v\nz: w\n");
}

#[test]
fn the_layout_of_a_hand_kept_file_stays() {
    let file = sealed(Format::Yaml, "a: x\nb: {c: y, d: z}\nl: [1, 2]\n");
    let (values, metadata) = file.split_once("sops:").unwrap();
    let file = format!("{}sops:{metadata}", values.replace("    ", "  "));
    let loose = file.replacen("a: ", "# kept\r\n\r\na:   ", 1).replace("\r\n", "\n").replacen(
        "\nsops:",
        "\n\n# the key\nsops:",
        1,
    );
    let changes =
        [Change::set(Path::keys(["a"]), text("y")), Change::set(Path::keys(["b", "e"]), text("w"))];
    for breaks in ["\n", "\r\n"] {
        let file = loose.replace('\n', breaks);
        let read = Encrypted::read(Format::Yaml, &file).unwrap();
        let text = read.edit(&key(), &changes, time("2026-02-02T00:00:00Z")).unwrap().text;
        assert!(text.starts_with(&format!("# kept{breaks}{breaks}a:   ENC[")), "{text}");
        assert!(text.contains(&format!("{breaks}  e: ENC[")), "{text}");
        assert!(text.contains(&format!("{breaks}{breaks}# the key{breaks}sops:")), "{text}");
        assert_eq!(
            text.matches('\r').count(),
            if breaks == "\n" { 0 } else { text.lines().count() }
        );
    }
}

#[test]
fn json_and_dotenv_change_in_place_too() {
    let before =
        "{\n\t\"a\": \"x\",\n\t\"b\": {\n\t\t\"c\": 1\n\t},\n\t\"l\": [\n\t\t1,\n\t\t2\n\t]\n}\n";
    let at = |keys: &[&str]| Path::keys(keys.iter().copied());
    let changes = [
        Change::set(at(&["b", "d"]), map(&[("e", "f")])),
        Change::set(at(&["l"]), list(&["1"])),
        Change::remove(at(&["a"])),
        Change::set(at(&["z"]), Value::Leaf(Leaf::bool(true))),
    ];
    let after = "{\n\t\"b\": {\n\t\t\"c\": 1,\n\t\t\"d\": {\n\t\t\t\"e\": \"f\"\n\t\t}\n\t},\n\t\"l\": [\n\t\t\"1\"\n\t],\n\t\"z\": true\n}\n";
    check(Format::Json, before, &changes, after);
    let all = [at(&["a"]), at(&["b"]), at(&["l"])].map(Change::remove);
    check(Format::Json, before, &all, "{}\n");
    let changes = [
        Change::set(at(&["B"]), text("two\nlines")),
        Change::set(at(&["C"]), text("c")),
        Change::remove(at(&["A"])),
    ];
    check(Format::Dotenv, "#c\nA=1\nB=2\n#d\n", &changes, "#c\nB=two\\nlines\nC=c\n#d\n");
}

#[test]
fn other_recipients_leave_the_values_alone() {
    for (format, before) in [
        (Format::Yaml, "a: x\nb: {c: 1}\n"),
        (Format::Json, "{\"a\": \"x\"}"),
        (Format::Dotenv, "A=x\n"),
    ] {
        let file = sealed(format, before);
        let mut keys = wrapped("age1example");
        keys.extend(wrapped("age1other"));
        let wider = Encrypted::read(format, &file).unwrap().with_keys(keys.clone()).unwrap();
        let read = Encrypted::read(format, &wider).unwrap();
        assert_eq!(read.metadata().keys, keys);
        assert!(read.decrypt(&key()).is_ok());
        let enc = |text: &str| text.lines().next().map(str::to_owned);
        assert_eq!(enc(&wider), enc(&file));
        assert!(Encrypted::read(format, &file).unwrap().with_keys(Vec::new()).is_err());
        // And back: the same bytes.
        assert_eq!(read.with_keys(wrapped("age1example")).unwrap(), file);
    }
}

#[test]
fn rotating_leaves_nothing_that_the_old_key_opens() {
    for (format, before) in [
        (Format::Yaml, "# c\na: x # d\nb:\n    - 1\n    - k: v\n      m: {}\n# e\n"),
        (Format::Json, "{\"a\": \"x\", \"l\": [1, true]}"),
        (Format::Dotenv, "#c\nA=x\n"),
    ] {
        let file = sealed(format, before);
        let (read, new) = (Encrypted::read(format, &file).unwrap(), DataKey::generate().unwrap());
        let now = time("2026-02-02T00:00:00Z");
        let turned = read.rotate(&key(), &new, wrapped("age1other"), now).unwrap();
        let after = Encrypted::read(format, &turned).unwrap();
        assert!(after.decrypt(&key()).is_err());
        let plain = after.decrypt(&new).unwrap();
        let show = |plain: &Plain| plain.write(format).unwrap().expose().to_vec();
        assert_eq!(show(&plain), show(&read.decrypt(&key()).unwrap()));
        let kept = turned.split("ENC[").skip(1).filter(|part| file.contains(*part));
        assert_eq!(kept.count(), 0);
        assert_eq!(turned.lines().count(), file.lines().count());
    }
}
