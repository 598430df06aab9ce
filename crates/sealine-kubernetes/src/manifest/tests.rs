//! Objects as a whole: where they stand, what they are in, and what no input may do to the reader.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use expect_test::expect;
use proptest::prelude::*;
use sealine_model::kubernetes::Scope;
use sealine_model::tree::{Tree, TreeEntry, TreeMap};
use sealine_model::{Facts, Piece, Value};
use sealine_source::{FileName, Origin, OriginMap, Place, Source, TextRange};

use super::{Context, Understood, from_yaml, read_object, values_references};
use crate::kinds::{FAMILIES, page};
use crate::testing::{dump, facts_of, read};

fn context(config_maps: &BTreeMap<String, Tree>) -> Context<'_> {
    Context {
        scope: Scope::undelivered(Value::unknown()),
        override_namespace: None,
        rendered: false,
        from_terraform: false,
        config_maps,
        for_rendering: false,
    }
}

#[test]
fn lists_aliases_and_merge_keys_are_followed() {
    expect![[r#"
        Deployment a/one reads s in x at 9 (envFrom)
        Deployment a/two reads s in x at 9 (envFrom)
    "#]]
    .assert_eq(&facts_of(
        "\u{feff}apiVersion: v1\r
kind: List\r
items:\r
  - apiVersion: apps/v1\r
    kind: Deployment\r
    metadata: {name: a, namespace: x}\r
    spec: {template: {spec: {containers: [\r
      {name: one, <<: &common {envFrom: [\r
        {secretRef: {name: s}}]}},\r
      {name: two, <<: *common}]}}}\r
",
    ));
}

#[test]
fn a_json_manifest_is_one_too() {
    let text = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
  "spec": {"imagePullSecrets": [{"name": "registry"}]}}"#;
    assert_eq!(facts_of(text), "Pod p reads registry in ns at 2 (imagepull)\n");
}

#[test]
fn objects_stand_in_the_namespace_they_get() {
    let config_maps = BTreeMap::new();
    let namespace = |text: &str, override_namespace: Option<&str>| {
        let context = Context {
            scope: Scope::undelivered(Value::from("default")),
            override_namespace: override_namespace.map(Value::from),
            ..context(&config_maps)
        };
        let mut facts = Facts::default();
        read_object(&crate::testing::tree(text), &context, &mut facts);
        facts.objects[0].scope.namespace.pattern()
    };
    let named = "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: own}}";
    let bare = "{apiVersion: v1, kind: Pod, metadata: {name: p}}";
    let wide = "{apiVersion: v1, kind: Namespace, metadata: {name: n}}";
    assert_eq!(namespace(named, None), "own");
    assert_eq!(namespace(bare, None), "default");
    assert_eq!(namespace(named, Some("over")), "over");
    assert_eq!(namespace(wide, Some("over")), "");
}

#[test]
fn what_is_no_object_is_said_so() {
    let understood = |text: &str| read(text).1;
    assert_eq!(understood("{name: chart, apiVersion: v2}"), [Understood::NotAnObject]);
    assert_eq!(understood("[1, 2]"), [Understood::NotAnObject]);
    assert_eq!(understood("{apiVersion: v1, kind: '${KIND}'}"), [Understood::No]);
    assert_eq!(understood("{apiVersion: a/v1, kind: New, metadata: {name: x}}"), [Understood::Yes]);
    let list = "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: '${X}'}]}";
    assert_eq!(understood(list), [Understood::No]);
}

#[test]
fn allowed_rules_cover_the_object() {
    let text = "apiVersion: v1
kind: Secret
metadata:
  annotations:
    sealine.dev/allow: |
      plaintext-secret only a test
      allow(unused-secret) read by hand
data: {k: YQ==}
";
    let (facts, _) = read(text);
    let rules: Vec<_> =
        facts.allowed.iter().map(|allowed| (&*allowed.rule, &*allowed.reason)).collect();
    let expected = [("plaintext-secret", "only a test"), ("unused-secret", "read by hand")];
    assert_eq!(rules, expected);
    let object = &facts.allowed[0].object;
    assert_eq!((object.start, object.line), (0, 1));
    assert!(text[object.range().bytes()].contains("data: {k: YQ=="));
}

#[test]
fn a_name_that_is_rendered_in_part_is_no_edit() {
    let template = "name: {{ .Values.x }}-db\n";
    let source = Arc::new(Source::new(FileName::new("r", "templates/pod.yaml"), template));
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: app-db}\n\
                spec: {imagePullSecrets: [{name: app-db}, {name: pull}]}\n";
    let at = |needle: &str| {
        let start = text.rfind(needle).expect("a part of the text");
        TextRange::new(start, start + needle.len())
    };
    let mut map = OriginMap::default();
    map.push_computed(TextRange::new(0, at("app-db}").start as usize), source.top());
    map.push_computed(at("app"), source.place(TextRange::new(6, 21)));
    map.push_verbatim(at("-db}, "), source.place(TextRange::new(21, 24)));
    let origin = Origin::Generated {
        home: Arc::clone(&source),
        map: Arc::new(map),
        sources: Arc::new(vec![Arc::clone(&source)]),
    };
    let parsed = sealine_yaml::parse(text);
    let tree = from_yaml(&parsed.documents[0].root, &origin);
    let config_maps = BTreeMap::new();
    let mut facts = Facts::default();
    read_object(&tree, &context(&config_maps), &mut facts);
    let name = &facts.uses[0].secret;
    assert!(!facts.uses[0].editable);
    let places: Vec<_> = name
        .pieces()
        .iter()
        .map(|piece| match piece {
            Piece::Literal { text, place } => {
                (text.as_str(), place.as_ref().map(|place| &template[place.range().bytes()]))
            }
            Piece::Hole => ("*", None),
        })
        .collect();
    assert_eq!(places, [("app", None), ("-db", Some("-db"))]);
}

#[test]
fn nothing_known_makes_nothing_missing() {
    let place =
        Place { file: Arc::new(FileName::new("r", "f.tf")), start: 0, end: 1, line: 1, column: 1 };
    let scalar = |value: Value| Tree::Scalar { value, place: place.clone() };
    let map = |entries: Vec<(&str, Tree)>| {
        let entry =
            |(key, value): (&str, Tree)| TreeEntry { key: key.into(), place: place.clone(), value };
        let entries = entries.into_iter().map(entry);
        Tree::Map(TreeMap { entries: entries.collect(), open: false })
    };
    let object = |kind: &str, version: &str, spec: Tree| {
        map(vec![
            ("apiVersion", scalar(Value::from(version))),
            ("kind", scalar(Value::from(kind))),
            ("metadata", map(vec![("name", scalar(Value::unknown()))])),
            ("spec", spec),
            ("data", Tree::Unknown),
        ])
    };
    let target = map(vec![("template", map(vec![("data", Tree::Unknown)]))]);
    let spec = map(vec![("data", Tree::Unknown), ("target", target)]);
    let config_maps = BTreeMap::new();
    let mut facts = Facts::default();
    for tree in [
        object("ExternalSecret", "external-secrets.io/v1", spec),
        object("Secret", "v1", Tree::Null),
        object("SecretStore", "external-secrets.io/v1", Tree::Unknown),
    ] {
        read_object(&tree, &context(&config_maps), &mut facts);
    }
    expect![[r#"
        store * in *: no vault
        ExternalSecret v1 * in * makes * [*] Owner, open
          template opaque
        Secret * makes * in * [*] at 1
    "#]]
    .assert_eq(&dump(&facts));
}

#[test]
fn deep_input_needs_little_stack() {
    let small = std::thread::Builder::new().stack_size(2 << 20);
    let run = small.spawn(|| {
        let open = "{spec: {template: {a: [".repeat(200);
        let nested = format!("{{apiVersion: x.io/v1, kind: X, metadata: {{name: x}}, spec: {open}");
        let closed = format!("{nested}{}}}", "]}}}".repeat(200));
        facts_of(&closed);
        let lists = "{apiVersion: v1, kind: List, items: [".repeat(30);
        facts_of(&format!("{lists}{}", "]}".repeat(30)));
    });
    run.expect("a thread").join().expect("no overflow");
}

#[test]
fn aliases_cannot_make_a_tree_explode() {
    let mut bomb = "a0: &a0 {name: x, key: y}\n".to_owned();
    let mut merges = "a0: &a0 {name: x}\n".to_owned();
    for level in 1..200 {
        let before = level - 1;
        let nine = format!("*a{before},").repeat(9);
        let _ = writeln!(bomb, "a{level}: &a{level} [{nine}]");
        let _ = writeln!(merges, "a{level}: &a{level} {{k{level}: v, <<: [*a{before}, *a0]}}");
    }
    let head = "apiVersion: x.io/v1\nkind: X\nmetadata: {name: x}\n";
    facts_of(&format!("{head}{bomb}"));
    facts_of(&format!("{head}{merges}"));
}

/// The examples of all pages, and one that holds every kind of External Secrets Operator.
fn examples() -> Vec<String> {
    let pages = FAMILIES.iter().map(|(_, _, file)| page(file));
    let mut found: Vec<String> = pages
        .filter_map(|page| {
            let (_, rest) = page.split_once("```yaml\n")?;
            Some(rest.split_once("```\n")?.0.to_owned())
        })
        .collect();
    found.push(
        "apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db, annotations: {sealine.dev/allow: 'x: y'}}
spec:
  secretStoreRef: {name: kv, kind: ClusterSecretStore}
  target:
    name: db
    template:
      mergePolicy: Merge
      templateFrom: [{literal: \"a: {{ .pw }}\\n\\\"b\\\": x\"}, {configMap: {name: c, items: [{key: k}]}}]
      data: {uri: \"x://{{ .pw }}\\t@\\u00e9\"}
  data: [{secretKey: pw, remoteRef: {key: 'k-${X}', property: p}}]
  dataFrom: [{extract: {key: e}}, {find: {}}]
"
        .to_owned(),
    );
    found
}

/// Words that change what a text means.
const WORDS: &[&str] = &[
    "", "\n", "'", "\"", "{", "}", "[", "]", ": ", "- ", "|\n", "&a ", "*a", "<<: ", "~", "é",
    "${", "{{", "}}", "<", ">", "name", "Secret", "key", "\u{feff}", "\r",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn changed_examples_never_panic_and_keep_their_places(
        example in 0..64_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..8_usize, 0..WORDS.len()), 1..6),
    ) {
        let examples = examples();
        let mut text = examples[example % examples.len()].clone();
        for (index, length, word) in changes {
            let boundary = |at: usize| (at..=text.len()).find(|at| text.is_char_boundary(*at));
            let start = boundary(index.index(text.len() + 1)).unwrap_or(text.len());
            let end = boundary((start + length).min(text.len())).unwrap_or(text.len());
            text.replace_range(start..end, WORDS[word]);
        }
        let (facts, _) = read(&text);
        for read in &facts.uses {
            prop_assert!(read.place.end as usize <= text.len());
            if read.editable {
                let there = text.get(read.place.range().bytes());
                prop_assert_eq!(read.secret.text(), there.map(str::to_owned));
            }
        }
        for read in facts.external_secrets.iter().flat_map(|external| &external.reads) {
            if read.editable {
                let there = text.get(read.place.range().bytes());
                prop_assert_eq!(read.key.text(), there.map(str::to_owned));
            }
        }
        let texts = facts.external_secrets.iter().filter_map(|external| external.target.template.as_ref());
        for template in texts.flat_map(|template| &template.texts) {
            for (range, place) in &template.segments {
                prop_assert_eq!(template.text.get(range.bytes()), text.get(place.range().bytes()));
            }
        }
        let consumer = facts.uses.first().map(|read| read.consumer.clone());
        if let Some(consumer) = consumer {
            let mut more = Facts::default();
            for tree in crate::testing::trees(&text) {
                let scope = Scope::undelivered(Value::unknown());
                values_references(&tree, &scope, &consumer, &|_| false, &mut more);
            }
        }
    }
}
