//! Our reading of connections against the one of Airflow's task SDK: the same texts, the same fields,
//! or both refuse.

mod oracle;
// Their crate depends on this one, and brings everything along.
#[path = "../../sealine-testing/src/peers.rs"]
#[expect(unreachable_pub, reason = "it is public in its own crate")]
mod peers;
#[path = "../../sealine-testing/src/peers_table.rs"]
mod peers_table;

use std::collections::BTreeMap;

use oracle::{Oracle, json_documents, uris};
use sealine_airflow::connection::types::{self, ConnectionType, Known, Sample};
use sealine_airflow::connection::{self, Connection, Extra, Fault, Json, Order};
use serde_json::{Value, json};

const FIELDS: &[&str] = &["conn_type", "description", "host", "login", "password", "schema"];

#[test]
fn two_thousand_connections_are_read_as_airflow_reads_them() {
    let Some(mut oracle) = Oracle::start() else { return };
    let texts: Vec<String> = uris(1200).chain(json_documents(1200)).collect();
    // An empty variable counts as none, so that the parser is never asked.
    let texts: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).collect();
    let answers = oracle.ask(texts.iter().map(|text| json!({ "value": text })));
    let mut accepted = 0;
    let mut different = Vec::new();
    for (text, answer) in texts.iter().zip(&answers) {
        let ours = connection::parse(text);
        accepted += usize::from(ours.is_ok());
        if matches!(ours, Err(Fault::Brackets)) && !oracle.strict_brackets {
            continue;
        }
        if let Some(reason) = difference(&ours, answer) {
            different.push(format!("{text:?}: {reason}\n  theirs: {answer}"));
        }
    }
    assert!(different.is_empty(), "{} differ\n{}", different.len(), different.join("\n"));
    // Texts that are all refused would show little.
    assert!((1000..2200).contains(&accepted), "{accepted}");
}

#[test]
fn new_connections_of_every_type_are_read_as_they_are_meant() {
    let Some(mut oracle) = Oracle::start() else { return };
    let hostile = "@/?#%+:[] \"'\\\n\t\u{1}é{{ .x }}";
    let texts: Vec<String> = types::all().into_iter().map(|kind| composed(kind, hostile)).collect();
    let answers = oracle.ask(texts.iter().map(|text| json!({ "value": text })));
    for ((kind, text), answer) in types::all().iter().zip(&texts).zip(&answers) {
        assert_eq!(difference(&connection::parse(text), answer), None, "{}", kind.name);
        for (name, sample) in kind.sample {
            let extra = &answer["fields"]["extra"][0][name];
            let value = if kind.is_extra(name) { extra } else { &answer["fields"][name] };
            let is_there =
                if *sample == Sample::Vault { value == hostile } else { !value.is_null() };
            assert!(is_there, "{}: `{name}` of {answer}", kind.name);
        }
    }
}

/// Returns what the template of a new connection renders to, when the vault holds `value` alone.
fn composed(kind: &'static ConnectionType, value: &str) -> String {
    let made = connection::fresh(&Order {
        kind,
        flow: None,
        name: "app".to_owned(),
        namespace: None,
        store: ("kv".to_owned(), "SecretStore".to_owned()),
        given: BTreeMap::new(),
        entries: BTreeMap::new(),
    });
    let text = made.manifest.split_once("|-\n").map_or("", |(_, text)| text);
    let template = text.split("  data:\n").next().unwrap_or_default();
    let mut pieces = template.split("{{ .");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (_, rest) = piece.split_once(" | toJson }}").expect("every value is encoded");
        out.push_str(&json!(value).to_string());
        out.push_str(rest);
    }
    out
}

/// The grant, or the element of the SOAP request, by which each flow is known.
const FLOWS: &[(&str, &str)] = &[
    ("password and token", "token"),
    ("trusted address", "organization"),
    ("password grant", "password"),
    ("signed token", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
    ("client credentials", "client_credentials"),
];

#[test]
fn salesforce_selects_the_flow_that_the_table_says() {
    let Some(mut oracle) = Oracle::start() else { return };
    let salesforce = types::named("salesforce").expect("it is listed");
    let names = [
        "login",
        "password",
        "security_token",
        "organization_id",
        "consumer_key",
        "consumer_secret",
        "private_key",
        "private_key_file_path",
        "instance_url",
    ];
    let domains = [None, Some("login"), Some("test"), Some("acme.my")];
    let choices =
        domains.iter().flat_map(|domain| (0..1 << names.len()).map(move |set| (*domain, set)));
    let given: Vec<Vec<(&str, &str)>> = choices
        .map(|(domain, set)| {
            let there = names.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1);
            let there = there.map(|(_, name)| (*name, "value"));
            there.chain(domain.map(|domain| ("domain", domain))).collect()
        })
        .collect();
    let answers = oracle.ask(given.iter().map(|given| {
        let (extras, fields): (Vec<_>, Vec<_>) =
            given.iter().partition(|(name, _)| salesforce.is_extra(name));
        let object = |pairs: Vec<&(&str, &str)>| -> serde_json::Map<String, Value> {
            pairs.into_iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect()
        };
        let (mut document, extras) = (object(fields), object(extras));
        document.insert("extra".to_owned(), extras.into());
        json!({ "salesforce": Value::from(document).to_string() })
    }));
    for (given, answer) in given.iter().zip(&answers) {
        let of = |name: &str| {
            let found = given.iter().find(|(given, _)| *given == name);
            found.map(|(_, value)| Known::Text((*value).to_owned()))
        };
        let ours = salesforce.selected(of).map(|flow| flow.name);
        let ours = FLOWS.iter().find(|(name, _)| Some(*name) == ours).map(|(_, sign)| *sign);
        assert_eq!(answer["flow"].as_str(), ours, "{given:?}: {answer}");
    }
}

/// Returns the first thing in which the two differ.
fn difference(ours: &Result<Connection, Fault>, theirs: &Value) -> Option<String> {
    let made = match ours {
        Ok(made) => made,
        Err(fault) => {
            let error = theirs["error"].as_str().unwrap_or("none");
            return (!same_exception(fault, error)).then(|| format!("ours: {fault:?}"));
        }
    };
    let fields = theirs.get("fields").and_then(Value::as_object);
    let Some(fields) = fields else { return Some("ours is accepted".to_owned()) };
    for name in FIELDS {
        let same = match made.field(name) {
            Some(value) => equal(value, &fields[*name]),
            None => fields[*name].is_null(),
        };
        if !same {
            return Some(format!("`{name}` is {:?}", made.field(name)));
        }
    }
    if made.port != fields["port"].as_i64() {
        return Some(format!("the port is {:?}", made.port));
    }
    let same = match (&made.extra, fields.get("extra")) {
        (None, None) | (Some(Extra::Unreadable), Some(Value::String(_))) => true,
        (Some(Extra::Json(json)), Some(Value::Array(theirs))) => equal(json, &theirs[0]),
        _ => false,
    };
    (!same).then(|| format!("the extra is {:?}", made.extra))
}

/// Some faults are one of several exceptions, by what stands there instead.
fn same_exception(fault: &Fault, error: &str) -> bool {
    match fault {
        Fault::TypeNotText | Fault::UriNotText | Fault::Port | Fault::PortRange => {
            ["AttributeError", "TypeError", "ValueError", "OverflowError"].contains(&error)
        }
        _ => fault.exception() == error,
    }
}

fn equal(ours: &Json, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Json::Null, Value::Null) => true,
        (Json::Bool(ours), Value::Bool(theirs)) => ours == theirs,
        (Json::Text(ours), Value::String(theirs)) => ours == theirs,
        (Json::Number(ours), Value::Number(theirs)) => ours.parse().ok() == theirs.as_f64(),
        (Json::Number(ours), Value::Object(theirs)) => theirs.get("constant") == Some(&json!(ours)),
        (Json::List(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| equal(a, b))
        }
        (Json::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .all(|(key, value)| theirs.get(key).is_some_and(|other| equal(value, other)))
        }
        _ => false,
    }
}
