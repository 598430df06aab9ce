//! Files that the real `sops` wrote, read here, and files written here, read by the real `sops`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod generate;
// Their crate depends on this one, and brings everything along.
#[path = "../../../sealine-testing/src/peers.rs"]
#[expect(unreachable_pub, reason = "it is public in its own crate")]
mod peers;
#[path = "../../../sealine-testing/src/peers_table.rs"]
mod peers_table;
mod tool;

use generate::Dice;
use jiff::Timestamp;
use sealine_sops::{
    Change, Comment, Encrypted, Entry, Format, Kind, Leaf, Map, Path, Pattern, Plain, Rule,
    Selection, Step, Value, encrypt,
};
use tool::Tool;

/// A file with documents in it, and how it is encrypted.
struct Case {
    format: Format,
    text: String,
    documents: usize,
    rule: Rule,
    settings: String,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for seed in 0..60 {
        let (rule, settings) = rule(seed);
        let by_comments = settings.contains("comment");
        let documents: Vec<_> =
            (0..4).map(|index| generate::yaml(seed as u64 * 4 + index, !by_comments)).collect();
        let text = documents.join("---\n");
        cases.push(Case { format: Format::Yaml, text, documents: 4, rule, settings });
    }
    for seed in 0..20 {
        let (rule, settings) = rule(seed % 10);
        let mut dice = Dice::new(seed as u64 + 1000);
        let members: Vec<_> =
            (0..5).map(|index| format!("\"d{index}\": {}", generate::json(&mut dice, 3))).collect();
        let text = format!("{{\n{}\n}}\n", members.join(",\n"));
        cases.push(Case { format: Format::Json, text, documents: 5, rule, settings });
    }
    for seed in 0..12 {
        let (rule, settings) = rule(seed % 10);
        let mut dice = Dice::new(seed as u64 + 2000);
        let text = (0..5).map(|index| generate::dotenv(&mut dice, &format!("D{index}_"))).collect();
        cases.push(Case { format: Format::Dotenv, text, documents: 5, rule, settings });
    }
    cases
}

/// Returns one of many rules, and its settings in `.sops.yaml`.
fn rule(seed: usize) -> (Rule, String) {
    let regex = "^(data|stringData|D1_.*|name)";
    let pattern = || Pattern::new(regex);
    let (selection, setting) = match seed % 12 {
        5 => (Selection::EncryptedRegex(pattern()), format!("encrypted_regex: {regex}")),
        6 => (Selection::UnencryptedRegex(pattern()), format!("unencrypted_regex: {regex}")),
        7 => {
            let suffix = "_encrypted".to_owned();
            (Selection::EncryptedSuffix(suffix), "encrypted_suffix: _encrypted".to_owned())
        }
        8 => {
            let suffix = "a".to_owned();
            (Selection::UnencryptedSuffix(suffix), "unencrypted_suffix: a".to_owned())
        }
        10 => {
            let pattern = Pattern::new("keep|pass");
            let setting = "encrypted_comment_regex: keep|pass".to_owned();
            (Selection::EncryptedCommentRegex(pattern), setting)
        }
        11 => {
            let pattern = Pattern::new("^ (keep|pass)");
            let setting = "unencrypted_comment_regex: '^ (keep|pass)'".to_owned();
            (Selection::UnencryptedCommentRegex(pattern), setting)
        }
        9 => (Selection::default(), "aws_profile: ''".to_owned()),
        _ => {
            let suffix = "_none".to_owned();
            (Selection::UnencryptedSuffix(suffix), "unencrypted_suffix: _none".to_owned())
        }
    };
    let mac_only_encrypted = seed % 3 == 1;
    let settings = format!("  {setting}\n  mac_only_encrypted: {mac_only_encrypted}\n");
    (Rule { selection, mac_only_encrypted }, settings)
}

fn name(format: Format, thread: usize) -> String {
    let extension = match format {
        Format::Json => "json",
        Format::Dotenv => "env",
        _ => "yaml",
    };
    format!("t{thread}.{extension}")
}

/// Runs `judge` over all cases on two threads; returns how many documents were compared.
fn each(tool: &Tool, judge: impl Fn(&Tool, &Case, &str) + Sync) -> usize {
    let cases = cases();
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let (cases, judge) = (&cases, &judge);
            scope.spawn(move || {
                for case in cases.iter().skip(thread).step_by(2) {
                    judge(tool, case, &name(case.format, thread));
                }
            });
        }
    });
    cases.iter().map(|case| case.documents).sum()
}

#[test]
fn what_sops_encrypts_is_read_here() {
    let Some(tool) = Tool::find() else { return };
    let compared = each(&tool, |tool, case, name| {
        let text = &case.text;
        let expected = Plain::read(case.format, text);
        let theirs = tool.encrypt(name, text, &case.settings);
        let (expected, theirs) = match (expected, theirs) {
            (Ok(expected), Ok(theirs)) => (expected, theirs),
            (expected, theirs) => panic!("{:?}\n{:?}\n{text}", expected.err(), theirs.err()),
        };
        let file = Encrypted::read(case.format, &theirs).unwrap();
        let found = file.decrypt(&tool.unwrap(&file));
        let found = found.unwrap_or_else(|fault| panic!("{fault}\n{text}\n{theirs}"));
        // What stands in clear loses its type where `sops` prints a whole float.
        let is_all =
            matches!(&case.rule.selection, Selection::UnencryptedSuffix(it) if it == "_none");
        let show = if is_all { shown } else { printed };
        assert_eq!(show(&found), show(&expected), "{text}\n{theirs}");
        assert_eq!(comments(&found), comments(&expected), "{text}\n{theirs}");
    });
    assert!(compared >= 300, "{compared}");
}

#[test]
fn what_is_encrypted_here_is_read_by_sops() {
    let Some(tool) = Tool::find() else { return };
    let compared = each(&tool, |tool, case, name| {
        let plain = Plain::read(case.format, &case.text).unwrap();
        let (key, keys) = tool.data_key();
        let now = Timestamp::UNIX_EPOCH;
        let ours = encrypt(case.format, &plain, &case.rule, &key, &keys, now).unwrap();
        check(tool, name, case, &ours, &plain);
        let file = Encrypted::read(case.format, &ours).unwrap();
        let changes = changes(case.format);
        let edited =
            file.edit(&key, &changes, now).unwrap_or_else(|fault| panic!("{fault}\n{ours}"));
        let edited_plain =
            Encrypted::read(case.format, &edited.text).unwrap().decrypt(&key).unwrap();
        check(tool, name, case, &edited.text, &edited_plain);
    });
    assert!(compared >= 300, "{compared}");
}

#[test]
fn one_file_is_changed_in_turns() {
    let Some(tool) = Tool::find() else { return };
    let text = "# top\na: x\nb:\n    c: 1 # beside\n    l:\n        - p\n        - q\n";
    let now = Timestamp::UNIX_EPOCH;
    let (key, keys) = tool.data_key();
    let plain = Plain::read(Format::Yaml, text).unwrap();
    let ours = encrypt(Format::Yaml, &plain, &Rule::default(), &key, &keys, now).unwrap();
    let theirs = tool.set("turns.yaml", &ours, "[\"b\"][\"c\"]", "2.5").unwrap();
    let file = Encrypted::read(Format::Yaml, &theirs).unwrap();
    let change = Change::set_leaf(Path::keys(["b", "d"]), Leaf::bool(true));
    let edited = file.edit(&key, &[change], now).unwrap();
    let last = tool.set("turns.yaml", &edited.text, "[\"b\"][\"l\"][1]", "\"r\"").unwrap();
    let shown = tool.decrypt("turns.yaml", &last).unwrap();
    let expected = "# top\na: x\nb:\n    # beside\n    c: 2.5\n    l:\n        - p\n        - r\n    d: true\n";
    assert_eq!(shown, expected);
    // What neither changed, neither encrypted anew.
    let line = |text: &str| text.lines().find(|line| line.starts_with("a: ")).map(str::to_owned);
    assert_eq!(line(&last), line(&ours));
}

fn check(tool: &Tool, name: &str, case: &Case, ours: &str, plain: &Plain) {
    let theirs = tool.decrypt(name, ours);
    let theirs = theirs.unwrap_or_else(|error| panic!("{error}\n{}\n{ours}", case.text));
    let found = Plain::read(case.format, &theirs);
    let found = found.unwrap_or_else(|fault| panic!("{fault}\n{}\n{theirs}", case.text));
    assert_eq!(printed(&found), printed(plain), "{}\n{ours}\n{theirs}", case.text);
    if case.format != Format::Json {
        assert_eq!(comments(&found), comments(plain), "{}\n{ours}\n{theirs}", case.text);
    }
}

/// Changes that any document takes.
fn changes(format: Format) -> Vec<Change> {
    let new = |path: &[&str], leaf| Change::set_leaf(Path::keys(path.iter().copied()), leaf);
    let mut changes =
        vec![new(&["NEW"], Leaf::string("new\nvalue")), Change::remove(Path::keys(["data"]))];
    if format != Format::Dotenv {
        changes.push(new(&["new", "deep", "int"], Leaf::int(-5)));
        changes.push(new(&["new", "float"], Leaf::float(0.5)));
        changes.push(new(&["new", "time"], Leaf::time("2020-01-02").unwrap()));
        let map =
            Map { entries: vec![Entry::new("k", Value::Leaf(Leaf::bool(true)))], trailing: vec![] };
        changes.push(Change::set(Path(vec![Step::Key("a".into())]), Value::Map(map)));
    }
    changes
}

/// Every leaf with its way, type and spelling, in order.
fn shown(plain: &Plain) -> Vec<String> {
    let mut lines = Vec::new();
    for document in &plain.documents {
        show_map(document, "", &mut lines);
        lines.push("---".to_owned());
    }
    lines
}

/// As `shown`, with types as far as printing keeps them: a whole float prints as an integer.
fn printed(plain: &Plain) -> Vec<String> {
    shown(plain).into_iter().map(|line| line.replace(" Float ", " Int ")).collect()
}

fn show_map(map: &Map, path: &str, lines: &mut Vec<String>) {
    for entry in &map.entries {
        show(&entry.value, &format!("{path}/{}", entry.key), lines);
    }
}

fn show(value: &Value, path: &str, lines: &mut Vec<String>) {
    match value {
        Value::Null => lines.push(format!("{path} null")),
        Value::Leaf(leaf) => {
            let text = String::from_utf8_lossy(leaf.expose()).into_owned();
            let kind = if leaf.kind() == Kind::Bytes { Kind::Str } else { leaf.kind() };
            lines.push(format!("{path} {kind:?} {text:?}"));
        }
        Value::Map(map) => {
            lines.push(format!("{path} map"));
            show_map(map, path, lines);
        }
        Value::List(list) => {
            lines.push(format!("{path} list"));
            for (index, item) in list.items.iter().enumerate() {
                show(&item.value, &format!("{path}[{index}]"), lines);
            }
        }
    }
}

/// All comments, sorted; where they stand is not compared.
fn comments(plain: &Plain) -> Vec<String> {
    let mut found = Vec::new();
    for document in &plain.documents {
        collect_map(document, &mut found);
    }
    found.sort();
    found
}

fn texts(comments: &[Comment], found: &mut Vec<String>) {
    found.extend(comments.iter().map(|it| String::from_utf8_lossy(it.text.expose()).into_owned()));
}

fn collect_map(map: &Map, found: &mut Vec<String>) {
    for entry in &map.entries {
        texts(&entry.comments, found);
        collect(&entry.value, found);
    }
    texts(&map.trailing, found);
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Map(map) => collect_map(map, found),
        Value::List(list) => {
            for item in &list.items {
                texts(&item.comments, found);
                collect(&item.value, found);
            }
            texts(&list.trailing, found);
        }
        Value::Null | Value::Leaf(_) => {}
    }
}
