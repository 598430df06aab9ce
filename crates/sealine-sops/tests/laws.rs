//! Laws of encrypting and editing, over generated trees.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::BTreeSet;

use jiff::Timestamp;
use proptest::prelude::*;
use sealine_sops::{
    Change, Comment, DataKey, Encrypted, Entry, Format, Item, Leaf, List, Map, Master, Path, Plain,
    Rule, Step, Value, WrappedKey, encrypt,
};

/// A value that can be generated, shown and cloned.
#[derive(Clone, Debug)]
enum Seed {
    Null,
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    List(Vec<Seed>),
    Map(Vec<(String, Option<String>, Seed)>),
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,12}",
        "\\PC{0,8}",
        "[a-z]{1,4}\n[ a-z#:-]{0,9}\n?",
        any::<String>(),
        Just("ENC[AES256_GCM,data:a,iv:b,tag:c,type:str]".to_owned()),
    ]
}

fn comment() -> impl Strategy<Value = Option<String>> {
    prop_oneof![3 => Just(None), 1 => "[ -~]{0,10}".prop_map(Some)]
}

fn seed() -> impl Strategy<Value = Seed> {
    let leaf = prop_oneof![
        Just(Seed::Null),
        text().prop_map(Seed::Text),
        any::<i64>().prop_map(Seed::Int),
        any::<f64>().prop_filter("JSON has finite ones", |it| it.is_finite()).prop_map(Seed::Float),
        any::<bool>().prop_map(Seed::Bool),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Seed::List),
            prop::collection::vec((text(), comment(), inner), 0..5).prop_map(Seed::Map),
        ]
    })
}

fn value(seed: &Seed) -> Value {
    match seed {
        Seed::Null => Value::Null,
        Seed::Text(text) => Value::Leaf(Leaf::string(text.as_str())),
        Seed::Int(number) => Value::Leaf(Leaf::int(*number)),
        Seed::Float(number) => Value::Leaf(Leaf::float(*number)),
        Seed::Bool(truth) => Value::Leaf(Leaf::bool(*truth)),
        Seed::List(items) => Value::List(List {
            items: items.iter().map(|item| Item::new(value(item))).collect(),
            trailing: Vec::new(),
        }),
        Seed::Map(entries) => Value::Map(map(entries)),
    }
}

fn map(seeds: &[(String, Option<String>, Seed)]) -> Map {
    let mut known = BTreeSet::new();
    let entries = seeds.iter().filter(|(key, _, _)| known.insert(key));
    let entries = entries.map(|(key, comment, seed)| {
        let mut entry = Entry::new(key, value(seed));
        entry.comments.extend(comment.iter().map(|text| Comment::new(text.as_str())));
        entry
    });
    Map { entries: entries.collect(), trailing: Vec::new() }
}

fn plain(seeds: &[(String, Option<String>, Seed)]) -> Plain {
    Plain { documents: vec![map(seeds)] }
}

/// Keys that were there keep their order, so that only what they lead to is compared.
fn says(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Map(found), Value::Map(wanted)) => {
            found.entries.len() == wanted.entries.len()
                && found.entries.iter().all(|entry| {
                    wanted.get(&entry.key).is_some_and(|wanted| says(&entry.value, wanted))
                })
        }
        (Value::List(found), Value::List(wanted)) => {
            found.items.len() == wanted.items.len()
                && found
                    .items
                    .iter()
                    .zip(&wanted.items)
                    .all(|(found, wanted)| says(&found.value, &wanted.value))
        }
        _ => found.is_same(wanted),
    }
}

fn wrapped() -> Vec<WrappedKey> {
    let master = Master::Age { recipient: "age1example".to_owned() };
    vec![WrappedKey { master, enc: "-----\na\n-----\n".to_owned(), created_at: None }]
}

fn encrypted(text: &str) -> BTreeSet<&str> {
    text.split("ENC[").skip(1).map(|rest| rest.split(']').next().unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_comes_back_and_an_edit_keeps_the_rest(
        seeds in prop::collection::vec((text(), comment(), seed()), 0..6),
        change in seed(),
        at in any::<prop::sample::Index>(),
        json in any::<bool>(),
        only in any::<bool>(),
    ) {
        let format = if json { Format::Json } else { Format::Yaml };
        prop_assume!(seeds.iter().all(|(key, _, _)| key != "sops"));
        let (tree, key) = (plain(&seeds), DataKey::generate().unwrap());
        let rule = Rule { mac_only_encrypted: only, ..Rule::default() };
        let now = Timestamp::UNIX_EPOCH;
        let file = encrypt(format, &tree, &rule, &key, &wrapped(), now).unwrap();
        let read = Encrypted::read(format, &file).unwrap();
        prop_assert!(read.decrypt(&key).unwrap().is_same(&tree), "{}", file);

        let written = tree.write(format).unwrap();
        let again = Plain::read(format, std::str::from_utf8(written.expose()).unwrap()).unwrap();
        prop_assert!(again.is_same(&tree));

        let name = if seeds.is_empty() { "new" } else { &*seeds[at.index(seeds.len())].0 };
        let name = name.to_owned();
        let step = Path(vec![Step::Key(name.clone())]);
        let edited = read.edit(&key, &[Change::set(step.clone(), value(&change))], now).unwrap();
        let after = Encrypted::read(format, &edited.text).unwrap().decrypt(&key).unwrap();
        prop_assert!(says(after.documents[0].get(&name).unwrap(), &value(&change)));
        prop_assert_eq!(edited.text == file, edited.changed.is_empty());
        for entry in tree.documents[0].entries.iter().filter(|entry| entry.key != name) {
            prop_assert!(after.documents[0].get(&entry.key).unwrap().is_same(&entry.value));
        }
        // What was removed again leaves the texts of all others as they were.
        let removed = read.edit(&key, &[Change::remove(step)], now).unwrap();
        let fresh = encrypted(&removed.text);
        let fresh = fresh.difference(&encrypted(&file)).count();
        prop_assert!(fresh <= 1, "{}\n{}", file, removed.text);
    }

    #[test]
    fn reading_never_panics(text in "(sops:|  |\n|- |a: |ENC\\[AES256_GCM,data:|,iv:|,tag:|,type:str\\]|\"|\\{|\\}|=|[a-z]|\\PC){0,60}") {
        for format in [Format::Yaml, Format::Json, Format::Dotenv] {
            let _ = Encrypted::read(format, &text).map(|file| file.decrypt(&DataKey::generate().unwrap()));
            let _ = Plain::read(format, &text);
        }
    }
}
