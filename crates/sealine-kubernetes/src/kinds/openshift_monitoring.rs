//! The monitoring of `OpenShift`, which is told in a `ConfigMap` what to mount and how to log in elsewhere.
//!
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: cluster-monitoring-config}
//! data:
//!   config.yaml: |
//!     alertmanagerMain:
//!       secrets:
//!         - mail-login
//!     prometheusK8s:
//!       additionalAlertmanagerConfigs:
//!         - bearerToken: {name: alerts, key: token}
//!       remoteWrite:
//!         - url: https://metrics.example.org
//!           basicAuth:
//!             password:
//!               name: metrics
//!               key: password
//! ```
//!
//! ```text
//! ConfigMap cluster-monitoring-config reads mail-login in ns at 8 (volume)
//! ConfigMap cluster-monitoring-config reads alerts[token] in ns at 11 (field)
//! ConfigMap cluster-monitoring-config reads metrics[password] in ns at 16 (field)
//! ```

use sealine_model::kubernetes::{TemplateText, UseKind};
use sealine_model::tree::Tree;
use sealine_model::{Certainty, Facts, Value};
use sealine_yaml::Node;

use super::Kind;
use crate::manifest::object::Object;
use crate::manifest::reads::{Read, Reader, note};

pub(super) static KIND: Kind = Kind::new(&[""], &[]).with(settings);

/// The `ConfigMap`s that the operator looks for.
const NAMES: [&str; 2] = ["cluster-monitoring-config", "user-workload-monitoring-config"];

fn settings(object: &Object<'_>, out: &mut Facts) {
    let name = object.name.text().unwrap_or_default();
    if object.kind != "ConfigMap" || !NAMES.contains(&name.as_str()) {
        return;
    }
    let file = object.tree.at(&["data", "config.yaml"]);
    let Some(file) = file.and_then(|text| TemplateText::of("config.yaml", text)) else { return };
    let parsed = sealine_yaml::parse(&file.text);
    let reader = Reader::of(object, Certainty::Exact);
    for component in parsed.root().into_iter().flat_map(Node::entries) {
        let mounted = component.value.get("secrets").map(Node::items).unwrap_or_default();
        for name in mounted.iter().filter_map(|name| scalar(&file, name)) {
            note(&reader, Read::new(&name, UseKind::Volume), out);
        }
        walk(&component.value, &file, &reader, out);
    }
}

/// Notes what has a name and a key and nothing else. Recurses no deeper than the YAML tree, which has a limit.
fn walk(node: &Node, file: &TemplateText, reader: &Reader, out: &mut Facts) {
    node.items().iter().for_each(|item| walk(item, file, reader, out));
    let part = |key: &str| scalar(file, node.get(key)?);
    if let (Some(name), Some(key), 2) = (part("name"), part("key"), node.entries().count()) {
        note(reader, Read { key: Some(&key), ..Read::new(&name, UseKind::Field) }, out);
    }
    node.entries().for_each(|entry| walk(&entry.value, file, reader, out));
}

/// Returns a text within the text of the `ConfigMap`, with the place where it stands.
fn scalar(file: &TemplateText, node: &Node) -> Option<Tree> {
    let place = file.place_of(node.range);
    let value = Value::known(node.as_str()?, Some(place.clone()));
    Some(Tree::Scalar { value, place })
}
