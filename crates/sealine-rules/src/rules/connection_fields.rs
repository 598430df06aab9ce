//! # connection-fields
//!
//! ## What it finds
//!
//! A connection for Airflow that an `ExternalSecret` composes, and that Airflow or the hook of its
//! type cannot use: a key that the JSON form does not have, or has twice, a text that is no connection
//! at all, the name of an extra that the hook does not read, or fields that complete no way to log in.
//!
//! ## Why it matters
//!
//! Airflow refuses such a value without a word: the task is told that the connection isn't defined.
//! Where the hook refuses it, the message often speaks of something else. Salesforce's library, for
//! example, asks for a security token when a consumer key and secret lack the organisation's own
//! domain.
//!
//! ## Example
//!
//! ```text
//! //- external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: warehouse
//!   namespace: airflow
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   target:
//!     template:
//!       data:
//!         AIRFLOW_CONN_WAREHOUSE: '{"conn_type": "postgres", "username": "app", "password": {{ .password | toJson }}}'
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: warehouse-password
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: warehouse
//!   namespace: airflow
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   target:
//!     template:
//!       data:
//!         AIRFLOW_CONN_WAREHOUSE: '{"conn_type": "postgres", "login": "app", "password": {{ .password | toJson }}}'
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: warehouse-password
//! ```
//!
//! ## Evidence it needs
//!
//! That a key stands twice counts where the values differ, as a warning. A template without conditions, under a key that begins with `AIRFLOW_CONN_` or that a pod reads
//! into such a variable. What the template prints is unknown, and counts as a value that fits. That a
//! way to log in is incomplete is said only of types whose hook refuses everything else. An extra that
//! is not listed counts only where the hook reads no others and a listed name is near, as a warning.
//! `sealine explain connection:TYPE` prints what a type has.
//!
//! ## When to allow it
//!
//! When code of your own reads the connection, and not the hook of its type.

use sealine_airflow::connection::types::{ConnectionType, Known, Others, named};
use sealine_airflow::connection::{self, Extra, Fault, Form, Json, KEYS, json};
use sealine_model::{Finding, Safety, Severity};
use sealine_source::Place;

use crate::connections::{Composed, composed, has_hole, meant_by};
use crate::similar::nearest;
use crate::template_edits::mended;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "connection-fields",
    severity: Severity::Error,
    summary: "a composed connection has keys that nobody reads, or completes no way to log in",
    replaces: &[],
    source: include_str!("connection_fields.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let mut seen = Vec::new();
    for (connection, form) in composed(context) {
        let found = match form {
            Form::Json => in_json(&connection),
            Form::Uri => in_uri(&connection),
        };
        for (severity, finding) in found {
            // One template may be delivered several times.
            let known = (finding.place.clone(), finding.message.clone());
            if !seen.contains(&known) {
                seen.push(known);
                report.add_as(severity, finding);
            }
        }
    }
}

type Found = Vec<(Severity, Finding)>;

fn finding(connection: &Composed<'_>, place: Place, what: &str, message: String) -> Finding {
    Finding::new(place, format!("{}/{what}", connection.judged.subject()), message)
}

/// A JSON document, as far as it is known.
struct Document<'a> {
    connection: &'a Composed<'a>,
    json: Json,
    spots: Vec<json::Spot>,
}

fn in_json(connection: &Composed<'_>) -> Found {
    let (json, spots) = match json::parse_with_spots(&connection.shape.text) {
        Ok(read) => read,
        Err(Fault::Json { at, wanted }) if connection.shape.is_known_to(at) => {
            let text = &connection.judged.text;
            let sign = connection.shape.text.get(at..).and_then(|rest| rest.chars().next());
            let end = at + sign.map_or(0, char::len_utf8);
            let range = connection.shape.range(&(at..end));
            let place = range.map_or_else(|| text.place.clone(), |range| text.place_of(range));
            let message = format!("`{}` is not JSON: {wanted} is missing", connection.variable);
            let label = "Airflow refuses the value: the connection isn't defined";
            return vec![(
                Severity::Error,
                finding(connection, place, "json", message).label(label),
            )];
        }
        Err(_) => return Vec::new(),
    };
    let document = Document { connection, json, spots };
    let mut found = document.unknown_keys();
    if found.is_empty() {
        found.extend(document.refused());
    }
    if found.is_empty()
        && let Some(kind) = document.kind()
    {
        found.extend(document.login(kind));
        found.extend(document.extras(kind));
    }
    found.extend(document.repeated());
    found
}

impl Document<'_> {
    fn place(&self, path: &[&str], of_value: bool) -> Place {
        let text = &self.connection.judged.text;
        let spot = self.spots.iter().rev().find(|spot| spot.path == path);
        let at = spot.map(|spot| if of_value { &spot.value } else { &spot.key });
        let range = at.and_then(|at| self.connection.shape.range(at));
        range.map_or_else(|| text.place.clone(), |range| text.place_of(range))
    }

    fn unknown_keys(&self) -> Found {
        let Json::Object(members) = &self.json else { return Vec::new() };
        let unknown = |key: &&String| !has_hole(key) && !KEYS.contains(&key.as_str());
        // A document that is one `uri` is read as that.
        let alone = members.len() == 1;
        let unknown = members.keys().filter(unknown).filter(|key| !(alone && *key == "uri"));
        unknown.map(|key| (Severity::Error, self.unknown_key(key, members))).collect()
    }

    fn unknown_key(&self, key: &str, members: &indexmap::IndexMap<String, Json>) -> Finding {
        let kind = self.kind();
        let meant = meant_by(key);
        let place = self.place(&[key], false);
        let message =
            format!("`{key}` is no key of a connection, in `{}`", self.connection.variable);
        let finding = finding(self.connection, place.clone(), key, message)
            .label("Airflow refuses the value: the connection isn't defined");
        if kind.is_some_and(|kind| kind.is_extra(key)) {
            return finding.help(format!("`{key}` belongs into `extra`"));
        }
        // Two keys that mean the same cannot both have its name.
        let is_free = |meant: &&str| {
            let others = members.keys().filter(|other| *other != key);
            !members.contains_key(*meant)
                && !others.into_iter().any(|other| meant_by(other) == Some(*meant))
        };
        let Some(meant) = meant.filter(is_free) else {
            return finding.help(format!("the keys are `{}`", KEYS.join("`, `")));
        };
        self.renamed(finding.help(format!("write `{meant}`")), &[key], meant)
    }

    /// Keys that stand twice in one object, with different values: Python keeps the last one.
    fn repeated(&self) -> Found {
        let text = &self.connection.shape.text;
        let is_extra = matches!(self.json.get("extra"), Some(Json::Object(_)));
        let counts = |path: &[String]| match path {
            [key] => !has_hole(key),
            [extra, key] => is_extra && extra == "extra" && !has_hole(key),
            _ => false,
        };
        let mut found = Found::new();
        for (index, first) in self.spots.iter().enumerate() {
            let mut rest = self.spots.iter().skip(index + 1);
            let again = rest.find(|other| other.path == first.path);
            let Some(last) = again.filter(|_| counts(&first.path)) else { continue };
            if text.get(first.value.clone()) == text.get(last.value.clone()) {
                continue;
            }
            let key = first.path.last().map(String::as_str).unwrap_or_default();
            let judged = &self.connection.judged.text;
            let range = self.connection.shape.range(&first.key);
            let place = range.map_or_else(|| judged.place.clone(), |range| judged.place_of(range));
            let message = format!("`{key}` stands twice, in `{}`", self.connection.variable);
            let finding = finding(self.connection, place, key, message)
                .label("Airflow reads the last one, and not this one")
                .help("keep the one that is meant");
            found.push((Severity::Warning, finding));
        }
        found
    }

    /// Adds the repair that gives a key another name, where it stands in the file as it is.
    fn renamed(&self, finding: Finding, path: &[&str], name: &str) -> Finding {
        let mut spots = self.spots.iter().filter(|spot| spot.path == path);
        let (Some(spot), None) = (spots.next(), spots.next()) else { return finding };
        let key = spot.key.start + 1..spot.key.end - 1;
        let Some(range) = self.connection.shape.range(&key) else { return finding };
        let text = self.connection.judged.text;
        let changes = [(range, name.to_owned())];
        mended(finding, text, &changes, format!("write `{name}`"), Safety::Safe)
    }

    /// What Airflow refuses in keys that it knows.
    fn refused(&self) -> Option<(Severity, Finding)> {
        let fault = connection::parse(&self.connection.shape.text).err()?;
        let key = match fault {
            Fault::Port | Fault::PortRange => "port",
            Fault::TypeNotText => "conn_type",
            _ => return None,
        };
        if unknown(self.json.get(key)?) {
            return None;
        }
        let message = format!("{fault}, in `{}`", self.connection.variable);
        let finding = finding(self.connection, self.place(&[key], true), key, message);
        let label = "Airflow refuses the value: the connection isn't defined";
        Some((Severity::Error, finding.label(label)))
    }

    fn kind(&self) -> Option<&'static ConnectionType> {
        named(self.json.get("conn_type")?.as_str()?)
    }

    /// The `extra`, when it is known which keys it has.
    fn extra(&self) -> Option<Json> {
        match self.json.get("extra") {
            None => Some(Json::Object(indexmap::IndexMap::new())),
            Some(Json::Object(members)) => {
                let known = members.keys().all(|key| !has_hole(key));
                known.then(|| Json::Object(members.clone()))
            }
            Some(Json::Text(text)) if *text == String::new() => {
                Some(Json::Object(indexmap::IndexMap::new()))
            }
            Some(Json::Text(text)) => json::parse(text).ok().filter(|_| !has_hole(text)),
            Some(_) => None,
        }
    }

    fn login(&self, kind: &ConnectionType) -> Option<(Severity, Finding)> {
        let extra = self.extra()?;
        let of = |name: &str| known(kind, name, &self.json, &extra);
        let lacks = incomplete(kind, &of, &extra)?;
        let place = match &lacks.wrong {
            Some(name) if kind.is_extra(name) => self.place(&["extra", name], true),
            Some(name) => self.place(&[name], true),
            None => self.place(&["conn_type"], true),
        };
        Some((lacks.severity, lacks.finding(self.connection, kind, place)))
    }

    fn extras(&self, kind: &ConnectionType) -> Found {
        let Some(Json::Object(extra)) = self.extra() else { return Vec::new() };
        let misread = extra.keys().filter_map(|name| Some((name, misread(kind, name)?)));
        let found = misread.map(|(name, near)| {
            let place = self.place(&["extra", name], false);
            let free = !extra.contains_key(near);
            let finding = misread_finding(self.connection, kind, place, name, near);
            let finding =
                if free { self.renamed(finding, &["extra", name], near) } else { finding };
            (Severity::Warning, finding)
        });
        found.collect()
    }
}

/// Returns whether any part of a value is unknown.
fn unknown(json: &Json) -> bool {
    json.as_str().is_some_and(has_hole)
}

/// Returns what is known of a field: `None` where the hook sees nothing.
fn known(kind: &ConnectionType, name: &str, json: &Json, extra: &Json) -> Option<Known> {
    let is_extra = kind.is_extra(name);
    let legacy = format!("extra__{}__{name}", kind.name);
    let value =
        if is_extra { extra.get(name).or_else(|| extra.get(&legacy)) } else { json.get(name) };
    match value? {
        Json::Null => None,
        Json::Text(text) if text.is_empty() && is_extra => None,
        // Some hooks take an empty user for one.
        Json::Text(text) if text.is_empty() || has_hole(text) => Some(Known::Unknown),
        Json::Text(text) => Some(Known::Text(text.clone())),
        other => (other.is_truthy() || !is_extra).then_some(Known::Unknown),
    }
}

/// What keeps a connection from logging in.
struct Incomplete {
    severity: Severity,
    /// The field whose value is wrong, when that is all that is.
    wrong: Option<String>,
    /// The way that is nearest, and what it lacks.
    nearest: String,
    /// What single fields would complete.
    help: Vec<String>,
}

fn incomplete(
    kind: &ConnectionType,
    of: &impl Fn(&str) -> Option<Known>,
    extra: &Json,
) -> Option<Incomplete> {
    use sealine_airflow::connection::types::Lack;
    if !kind.exhaustive {
        return None;
    }
    let lacks: Vec<_> = kind.flows.iter().map(|flow| (flow, flow.lacks(of))).collect();
    if lacks.iter().any(|(_, lacks)| lacks.is_empty()) {
        return None;
    }
    let own = lacks.iter().filter(|(flow, _)| flow.in_code.is_none());
    // What is there, though wrong, says more of what was meant than what is not there.
    let weight = |lacks: &[Lack]| -> usize {
        lacks.iter().map(|lack| if matches!(lack, Lack::Missing(_)) { 2 } else { 1 }).sum()
    };
    let (flow, least) = own.clone().min_by_key(|(_, lacks)| weight(lacks))?;
    let wrong = match least.as_slice() {
        [Lack::Refused(name, _)] => Some((*name).to_owned()),
        _ => None,
    };
    let single = own.filter(|(_, lacks)| lacks.len() == 1);
    let help =
        single.map(|(flow, lacks)| format!("{} for {}", connection::lacking(lacks), flow.name));
    // Code of one's own may read what the hook does not.
    let foreign = match extra {
        Json::Object(members) => {
            members.keys().any(|name| !kind.is_extra(name) && misread(kind, name).is_none())
        }
        _ => false,
    };
    let severity = if foreign { Severity::Warning } else { Severity::Error };
    let nearest = format!("{} wants {}", flow.name, connection::lacking(least));
    Some(Incomplete { severity, wrong, nearest, help: help.collect() })
}

impl Incomplete {
    fn finding(&self, connection: &Composed<'_>, kind: &ConnectionType, place: Place) -> Finding {
        let (variable, title) = (&connection.variable, kind.title);
        let message = format!("`{variable}` completes no way to log in to {title}");
        let all = format!("`sealine explain connection:{}` lists all ways", kind.name);
        let help = match self.help.as_slice() {
            [] => all,
            single => format!("what completes one is {}; {all}", single.join(", or ")),
        };
        finding(connection, place, "login", message).label(self.nearest.clone()).help(help)
    }
}

/// Returns the name that the hook reads in place of this one, when there is one near.
fn misread(kind: &ConnectionType, name: &str) -> Option<&'static str> {
    let legacy = name.strip_prefix("extra__").and_then(|rest| rest.strip_prefix(kind.name));
    let read = kind.names().any(|known| known == name) || legacy.is_some();
    if read || kind.others != Others::Ignored || has_hole(name) {
        return None;
    }
    nearest(name, kind.extras.iter().map(|extra| extra.name), None).map(|(near, _)| near)
}

fn misread_finding(
    connection: &Composed<'_>,
    kind: &ConnectionType,
    place: Place,
    name: &str,
    near: &str,
) -> Finding {
    let message = format!("the hook of `{}` does not read the extra `{name}`", kind.name);
    finding(connection, place, name, message)
        .label(format!("in `{}`", connection.variable))
        .help(format!("write `{near}`"))
}

fn in_uri(connection: &Composed<'_>) -> Found {
    if let Some(found) = scheme(connection) {
        return vec![found];
    }
    let text = &connection.judged.text;
    let made = match connection::parse(&connection.shape.text) {
        Ok(made) => made,
        Err(fault) if connection.shape.is_known() => {
            let message = format!("`{}` is no connection: {fault}", connection.variable);
            let finding = finding(connection, text.place.clone(), "uri", message);
            let label = "Airflow refuses the value: the connection isn't defined";
            return vec![(Severity::Error, finding.label(label))];
        }
        Err(_) => return Vec::new(),
    };
    let Some(kind) = made.text("conn_type").and_then(named) else { return Vec::new() };
    let extra = match &made.extra {
        None => Json::Object(indexmap::IndexMap::new()),
        Some(Extra::Json(json @ Json::Object(members)))
            if !members.keys().any(|key| has_hole(key)) =>
        {
            json.clone()
        }
        Some(_) => return Vec::new(),
    };
    let field = |name: &str| made.field(name).map(|json| (name.to_owned(), json.clone()));
    let fields = ["login", "password", "host", "schema"].into_iter().filter_map(field);
    // A URI has no way to leave these out.
    let fields = fields
        .filter(|(name, json)| json.is_truthy() || ["login", "password"].contains(&name.as_str()));
    let fields = Json::Object(fields.collect());
    let of = |name: &str| known(kind, name, &fields, &extra);
    let mut found = Vec::new();
    if let Some(lacks) = incomplete(kind, &of, &extra) {
        found.push((lacks.severity, lacks.finding(connection, kind, text.place.clone())));
    }
    if let Json::Object(members) = &extra {
        for (name, near) in members.keys().filter_map(|name| Some((name, misread(kind, name)?))) {
            let place = text.place.clone();
            found.push((Severity::Warning, misread_finding(connection, kind, place, name, near)));
        }
    }
    found
}

/// `my_type://` is no scheme: Python takes it for a path.
fn scheme(connection: &Composed<'_>) -> Option<(Severity, Finding)> {
    let text = &connection.shape.text;
    let start = text.len() - text.trim_start().len();
    let end = text.find("://")?;
    let scheme = text.get(start..end)?;
    let is_name = |sign: char| sign.is_ascii_alphanumeric() || "_+-.".contains(sign);
    if !scheme.contains('_')
        || !scheme.starts_with(|sign: char| sign.is_ascii_alphabetic())
        || !scheme.chars().all(is_name)
    {
        return None;
    }
    let judged = &connection.judged.text;
    let range = connection.shape.range(&(start..end));
    let place = range.map_or_else(|| judged.place.clone(), |range| judged.place_of(range));
    let right = scheme.replace('_', "-");
    let changes: Vec<_> = range.into_iter().map(|range| (range, right.clone())).collect();
    let message = format!("`{scheme}` is no scheme of a URI, in `{}`", connection.variable);
    let finding = finding(connection, place, "scheme", message)
        .label("read as a path: the connection has neither type nor host")
        .help(format!("write `{right}`; Airflow makes `_` of every `-`"));
    let title = format!("write `{right}`");
    Some((Severity::Error, mended(finding, judged, &changes, title, Safety::Safe)))
}
