//! Templates of Secrets, and how the operator is asked to apply them.

use std::collections::BTreeMap;

use sealine_template::source_keys::Decoding;
use sealine_template::target::{Item, Secret, SecretTemplate, Target};
use serde_json::{Value, json};

use super::oracle::encoded;

/// Texts that are rendered to YAML of keys and values.
const LITERALS: &[&str] = &[
    "a: b",
    "",
    "null",
    "a: 0755\nb: 1.50\nc: 1e3\nd: 0x1f\ne: 1_000\nf: 1234567.5\ng: 0.1\nh: 12345678901234567890",
    "a: on\nb: yes\nc: n\nd: true\ne: 'on'\non: x\nno: y\n1: z\n1.5: w",
    "a: null\nb: ~\nc:\nd: ''\ne: \"\"",
    "a: {b: c}",
    "a: [b]",
    "- a",
    "text",
    "a: b: c",
    "a: 2024-03-10\nb: 12:30:45\nc: .inf\nd: -0\ne: +1",
    "a: |\n  x\n  y\nb: >\n  x\n  y\nc: |-\n  z",
    "a: &x 1\nb: *x",
    "<<: {a: 1, b: 2}\nb: 3",
    "a: 1\na: 2",
    "u: {{ .user }}\np: {{ .password | toJson }}",
    "p: {{ .password }}",
    "{{ range $k, $v := . }}{{ $k }}: {{ $v | quote }}\n{{ end }}",
    "a: {{ .missing }}",
    "a: {{ .user",
    "a: !!binary aGk=\nb: !!str 1\nc: !x y",
    "a: 3.4e39\nb: 16777217.0\nc: 0.3\nd: 1e-7\ne: 100000.0\nf: 1000000.0",
];

fn texts(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
}

fn from(key: Option<&str>, text: &str, target: Target) -> Item {
    Item { key: key.map(str::to_owned), text: text.to_owned(), target, decoding: Decoding::None }
}

/// Returns all cases.
pub(crate) fn cases() -> Vec<SecretTemplate> {
    let one = |from: Item| SecretTemplate { from: vec![from], ..SecretTemplate::default() };
    let mut cases: Vec<SecretTemplate> =
        LITERALS.iter().map(|text| one(from(None, text, Target::Data))).collect();
    let data = texts(&[("uri", "{{ .user }}@{{ .host }}"), ("user", "{{ .user | upper }}")]);
    cases.extend([
        SecretTemplate::default(),
        SecretTemplate { merges: true, ..SecretTemplate::default() },
        SecretTemplate { data: data.clone(), ..SecretTemplate::default() },
        SecretTemplate { data: data.clone(), merges: true, ..SecretTemplate::default() },
        SecretTemplate {
            from: vec![
                from(Some("user"), "from a file: {{ .user }}", Target::Data),
                from(Some("other"), "{{ .host }}", Target::Data),
                from(None, "other: later\nmore: x", Target::Data),
            ],
            data,
            ..SecretTemplate::default()
        },
        one(from(Some("a"), "{{ .user }}", Target::Labels)),
        one(from(None, "a: {{ .user }}\nb: 1", Target::Annotations)),
        SecretTemplate {
            labels: texts(&[("l", "{{ .user }}"), ("plain", "x")]),
            annotations: texts(&[("a", "{{ .host | quote }}")]),
            from: vec![from(Some("l"), "earlier", Target::Labels)],
            ..SecretTemplate::default()
        },
        SecretTemplate {
            annotations: texts(&[("a", "{{ .missing }}")]),
            ..SecretTemplate::default()
        },
        SecretTemplate { data: texts(&[("a", "{{ .binary }}")]), ..SecretTemplate::default() },
    ]);
    cases
}

/// Returns a template as the operator's resource writes it, with the objects that it names.
pub(crate) fn request(template: &SecretTemplate) -> Value {
    let mut objects = serde_json::Map::new();
    let mut named = Vec::new();
    for (index, from) in template.from.iter().enumerate() {
        let target = format!("{:?}", from.target);
        let Some(key) = &from.key else {
            named.push(json!({ "literal": from.text, "target": target }));
            continue;
        };
        let name = format!("object-{index}");
        objects.insert(name.clone(), json!({ key: from.text }));
        let object = json!({ "name": name, "items": [{ "key": key }] });
        named.push(json!({ "configMap": object, "target": target }));
    }
    json!({
        "configMaps": objects,
        "template": {
            "data": template.data,
            "templateFrom": named,
            "mergePolicy": if template.merges { "Merge" } else { "Replace" },
            "metadata": { "labels": template.labels, "annotations": template.annotations },
        },
    })
}

/// Returns a Secret as the oracle writes it, where what is empty is left out.
pub(crate) fn written(secret: &Secret) -> [Value; 3] {
    [encoded(&secret.data), json!(secret.labels), json!(secret.annotations)]
}
