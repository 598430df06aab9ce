//! A new connection: the `ExternalSecret` that composes it, and what a DAG needs to read it.
//!
//! Invariant: no value of a secret stands in what is written: those come from the vault, through
//! encoders that let any value through.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::types::{ConnectionType, Flow, Sample};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Order {
    /// The type.
    pub kind: &'static ConnectionType,
    /// The way to log in; without it the usual one.
    pub flow: Option<&'static Flow>,
    /// The name of the connection, as names of objects are written.
    pub name: String,
    /// The namespace, when the manifest shall name it.
    pub namespace: Option<String>,
    /// The store, and its kind.
    pub store: (String, String),
    /// Values that stand in the template.
    pub given: BTreeMap<String, String>,
    /// Entries of the vault, by field.
    pub entries: BTreeMap<String, String>,
}

/// What is made of it.
#[derive(Clone, Debug)]
pub struct Fresh {
    /// The name of the file.
    pub file: String,
    /// The manifest.
    pub manifest: String,
    /// The Python that a DAG needs.
    pub python: String,
    /// The entries that the vault must hold.
    pub entries: Vec<String>,
    /// Values that were made up, and want another.
    pub made_up: Vec<&'static str>,
}

/// Where a value comes from.
enum Value {
    Entry(String),
    /// JSON text.
    Written(String),
}

/// Returns why a name is none, when it is so.
pub fn wrong_name(name: &str) -> Option<&'static str> {
    let allowed = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-';
    let ends = |sign: Option<char>| sign.is_some_and(|sign| sign != '-');
    let sound = name.chars().all(allowed) && ends(name.chars().next()) && ends(name.chars().last());
    (!sound || name.len() > 50).then_some("lower-case letters, digits and inner dashes make a name")
}

/// Returns the files and texts for an order.
pub fn fresh(order: &Order) -> Fresh {
    let values = values(order);
    let secret = format!("{}-conn", order.name);
    let variable = format!("AIRFLOW_CONN_{}", connection_id(&order.name).to_uppercase());
    let mut text = format!(
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: {secret}\n"
    );
    if let Some(namespace) = &order.namespace {
        let _ = writeln!(text, "  namespace: {}", scalar(namespace));
    }
    let (store, kind) = (scalar(&order.store.0), scalar(&order.store.1));
    let _ = write!(
        text,
        "spec:\n  refreshInterval: 1h\n  secretStoreRef:\n    name: {store}\n    kind: {kind}\n  \
         target:\n    name: {secret}\n    creationPolicy: Owner\n    template:\n      \
         engineVersion: v2\n      data:\n        {variable}: |-\n"
    );
    for line in template(order.kind, &values).lines() {
        let _ = writeln!(text, "          {line}");
    }
    let from_vault = values.iter().filter_map(|(name, value)| match value {
        Value::Entry(entry) => Some((*name, entry)),
        Value::Written(_) => None,
    });
    let mut entries = Vec::new();
    for (name, entry) in from_vault {
        if entries.is_empty() {
            text.push_str("  data:\n");
        }
        let (key, remote) = (source_key(name), scalar(entry));
        let _ = write!(text, "    - secretKey: {key}\n      remoteRef:\n        key: {remote}\n");
        entries.push(entry.clone());
    }
    let made_up = order.kind.sample.iter().filter(|(name, sample)| {
        let written =
            values.iter().any(|(used, value)| used == name && matches!(value, Value::Written(_)));
        written && matches!(sample, Sample::Text(_)) && !order.given.contains_key(*name)
    });
    Fresh {
        file: format!("{secret}.yaml"),
        python: python(&order.name, &secret, &variable),
        manifest: text,
        entries,
        made_up: made_up.map(|(name, _)| *name).collect(),
    }
}

fn connection_id(name: &str) -> String {
    name.replace('-', "_")
}

/// A name of a field as a template can read it.
fn source_key(name: &str) -> String {
    name.chars().map(|sign| if sign.is_ascii_alphanumeric() { sign } else { '_' }).collect()
}

/// Returns where each value comes from, in the order of the table.
fn values(order: &Order) -> Vec<(&str, Value)> {
    let kind = order.kind;
    let needs: Option<Vec<&str>> =
        order.flow.map(|flow| flow.needs.iter().filter_map(|names| chosen(order, names)).collect());
    let sample = |name: &str| kind.sample.iter().find(|(known, _)| *known == name);
    let mut values = Vec::new();
    let listed: Vec<&str> = kind.names().collect();
    let further = order.given.keys().chain(order.entries.keys()).map(String::as_str);
    let further = further.filter(|name| !listed.contains(name));
    for name in listed.iter().copied().chain(further) {
        if values.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let typed = matches!(sample(name), Some((_, Sample::Json(_)))) || name == "port";
        let entry = || format!("{}-{}", order.name, source_key(name).replace('_', "-"));
        let needed = needs.as_ref().is_some_and(|needs| needs.contains(&name));
        let value = match (order.given.get(name), order.entries.get(name), sample(name)) {
            (Some(given), ..) => {
                let is_extra = !kind.fields.iter().any(|field| field.name == name);
                Value::Written(written(given, typed, is_extra))
            }
            (None, Some(entry), _) => Value::Entry(entry.clone()),
            (None, None, Some((_, Sample::Text(text)))) => Value::Written(json(text)),
            (None, None, Some((_, Sample::Json(text)))) => Value::Written((*text).to_owned()),
            (None, None, Some((_, Sample::Vault))) if needs.is_none() => Value::Entry(entry()),
            _ if needed => Value::Entry(entry()),
            _ => continue,
        };
        values.push((name, value));
    }
    values
}

/// Returns which of the names that would do is used.
fn chosen<'a>(order: &Order, names: &[&'a str]) -> Option<&'a str> {
    let asked =
        |name: &&&str| order.given.contains_key(**name) || order.entries.contains_key(**name);
    let sampled = |name: &&&str| order.kind.sample.iter().any(|(known, _)| known == *name);
    let found = names.iter().find(asked).or_else(|| names.iter().find(sampled));
    found.or_else(|| names.first()).copied()
}

/// What is given for a field that is no string may be any JSON, and an extra an object or a boolean.
fn written(given: &str, typed: bool, is_extra: bool) -> String {
    let looks_so = given.starts_with(['{', '[']) || ["true", "false"].contains(&given);
    let is_json = (typed || is_extra && looks_so)
        && super::json::parse(given).is_ok()
        && !given.contains("{{");
    if is_json { given.to_owned() } else { json(given) }
}

fn template(kind: &ConnectionType, values: &[(&str, Value)]) -> String {
    let is_extra = |name: &str| !kind.fields.iter().any(|field| field.name == name);
    let line = |(name, value): &(&str, Value), indent: &str| match value {
        Value::Entry(_) => {
            format!("{indent}{}: {{{{ .{} | toJson }}}}", json(name), source_key(name))
        }
        Value::Written(text) => format!("{indent}{}: {text}", json(name)),
    };
    let of = |extras: bool, indent: &str| -> Vec<String> {
        let own = values.iter().filter(|(name, _)| is_extra(name) == extras);
        own.map(|value| line(value, indent)).collect()
    };
    let mut lines = vec![format!("  \"conn_type\": {}", json(kind.name))];
    lines.extend(of(false, "  "));
    let extras = of(true, "    ");
    if !extras.is_empty() {
        lines.push(format!("  \"extra\": {{\n{}\n  }}", extras.join(",\n")));
    }
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}

/// Returns a JSON string. What would begin an action of a template is escaped.
fn json(text: &str) -> String {
    let mut out = String::from("\"");
    for sign in text.chars() {
        match sign {
            '"' | '\\' => {
                out.push('\\');
                out.push(sign);
            }
            '{'
            | '}'
            | '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(sign));
            }
            _ => out.push(sign),
        }
    }
    out.push('"');
    out
}

/// Returns a YAML scalar.
fn scalar(text: &str) -> String {
    let plain = |sign: char| sign.is_ascii_alphanumeric() || "-_./".contains(sign);
    let is_name =
        text.starts_with(|sign: char| sign.is_ascii_alphabetic()) && text.chars().all(plain);
    let word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    if is_name && !word.contains(&text.to_ascii_lowercase().as_str()) {
        text.to_owned()
    } else {
        json(text)
    }
}

fn python(name: &str, secret: &str, variable: &str) -> String {
    let (id, constant) = (connection_id(name), connection_id(name).to_uppercase());
    format!(
        r#"from kubernetes.client import models as k8s

# For `@task(executor_config=WITH_{constant})`; the connection id is "{id}".
WITH_{constant} = {{
    "pod_override": k8s.V1Pod(
        spec=k8s.V1PodSpec(
            containers=[
                k8s.V1Container(
                    name="base",
                    env=[
                        k8s.V1EnvVar(
                            name="{variable}",
                            value_from=k8s.V1EnvVarSource(
                                secret_key_ref=k8s.V1SecretKeySelector(
                                    name="{secret}",
                                    key="{variable}",
                                )
                            ),
                        )
                    ],
                )
            ]
        )
    )
}}
"#
    )
}

#[cfg(test)]
mod tests {
    use super::super::types::{all, named};
    use super::*;

    fn order(kind: &'static ConnectionType) -> Order {
        Order {
            kind,
            flow: None,
            name: "my-app".to_owned(),
            namespace: None,
            store: ("kv".to_owned(), "ClusterSecretStore".to_owned()),
            given: BTreeMap::new(),
            entries: BTreeMap::new(),
        }
    }

    /// The template of a manifest, each action replaced by a JSON string.
    fn rendered(made: &Fresh, value: &str) -> String {
        let text = made.manifest.split_once("|-\n").unwrap().1;
        let template = text.split("  data:\n").next().unwrap();
        let mut pieces = template.split("{{ .");
        let mut out = pieces.next().unwrap().to_owned();
        for piece in pieces {
            out.push_str(&json(value));
            out.push_str(piece.split_once(" | toJson }}").unwrap().1);
        }
        out
    }

    #[test]
    fn every_type_and_every_way_reads_back() {
        let hostile = "@/?#%+:[] \"'\\\n\t\u{1}é{{ .x }}";
        for kind in all() {
            let flows = kind.flows.iter().filter(|flow| flow.in_code.is_none());
            for flow in std::iter::once(None).chain(flows.map(Some)) {
                let made = fresh(&Order { flow, ..order(kind) });
                let read = super::super::parse(&rendered(&made, hostile)).unwrap();
                assert_eq!(read.text("conn_type"), Some(kind.name));
                let of = |name: &str| {
                    let value =
                        if kind.is_extra(name) { read.extra(name) } else { read.field(name) };
                    let port = (name == "port" && read.port.is_some())
                        .then_some(super::super::types::Known::Unknown);
                    port.or_else(|| value.map(|_| super::super::types::Known::Unknown))
                };
                if let Some(flow) = flow {
                    assert_eq!(flow.lacks(of), [], "{}: {}", kind.name, flow.name);
                }
                for (name, sample) in kind.sample.iter().filter(|_| flow.is_none()) {
                    assert!(of(name).is_some(), "{}: {name}", kind.name);
                    if *sample == Sample::Vault {
                        let value =
                            if kind.is_extra(name) { read.extra(name) } else { read.field(name) };
                        assert_eq!(value.and_then(super::super::Json::as_str), Some(hostile));
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_given_is_written() {
        let postgres = named("postgres").unwrap();
        let given =
            [("host", "{{ db }}"), ("port", "6432"), ("sslmode", "require"), ("login", "app")];
        let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let entries = BTreeMap::from([("password".to_owned(), "app--password".to_owned())]);
        let made = fresh(&Order { given: BTreeMap::from(given), entries, ..order(postgres) });
        let read = super::super::parse(&rendered(&made, "p")).unwrap();
        assert_eq!((read.text("host"), read.port), (Some("{{ db }}"), Some(6432)));
        assert_eq!(read.extra("sslmode").and_then(super::super::Json::as_str), Some("require"));
        assert_eq!(made.entries, ["app--password"]);
        assert_eq!(made.made_up, ["schema"]);
    }

    #[test]
    fn names_are_those_of_objects() {
        assert_eq!(wrong_name("warehouse-2"), None);
        for name in ["", "-a", "a-", "a_b", "A", "a.b", "a\n"] {
            assert!(wrong_name(name).is_some(), "{name}");
        }
    }
}
