//! Kyverno: policies that generate Secrets, mostly as clones of one, or workloads, and registries they ask.
//!
//! ```yaml
//! apiVersion: kyverno.io/v1
//! kind: ClusterPolicy
//! metadata: {name: sync}
//! spec:
//!   rules:
//!     - generate:
//!         apiVersion: v1
//!         kind: Secret
//!         name: registry
//!         namespace: '{{request.object.metadata.name}}'
//!         clone: {namespace: default, name: registry}
//!     - verifyImages: [{imageRegistryCredentials: {secrets: [pull]}}]
//!     - generate:
//!         kind: Job
//!         namespace: web
//!         data: {spec: {template: {spec: {containers: [{name: purge, envFrom: [{secretRef: {name: cdn}}]}]}}}}
//! ```
//!
//! ```text
//! ClusterPolicy sync makes registry in * [*] at 9
//! ClusterPolicy sync reads registry in default at 11 (copy)
//! ClusterPolicy sync/purge reads cdn in web at 16 (envFrom)
//! ClusterPolicy sync reads pull in * at 12 (imagepull)
//! ```

use sealine_model::kubernetes::UseKind;
use sealine_model::tree::Tree;
use sealine_model::{Certainty, Facts, Value};

use super::Kind;
use super::path;
use crate::manifest::makes::{keys_at, keys_of_map, secret};
use crate::manifest::names::{name_at, text_at};
use crate::manifest::object::Object;
use crate::manifest::pod;
use crate::manifest::reads::{Read, Reader, note};

pub(super) static KIND: Kind = Kind::new(&["kyverno.io"], &[]).with(policy).complete();

fn policy(object: &Object<'_>, out: &mut Facts) {
    let reader = Reader::of(object, Certainty::Exact);
    path::find(object.tree, "spec.rules[].generate", &mut |rule| {
        generate(object, &reader, rule, out);
    });
    path::find(object.tree, "spec.**.imageRegistryCredentials.secrets[]", &mut |name| {
        let mut read = Read::new(name, UseKind::ImagePull);
        read.namespace = Some(Value::unknown());
        note(&reader, read, out);
    });
}

fn generate(object: &Object<'_>, reader: &Reader, rule: &Tree, out: &mut Facts) {
    let source = rule.get("clone").and_then(|clone| clone.get("name"));
    if text_at(rule, &["kind"]).as_deref() != Some("Secret") {
        workload(object, reader, rule, out);
        return;
    }
    if let Some(source) = source {
        let mut read = Read::new(source, UseKind::Copy);
        read.namespace = rule.get("clone").and_then(|clone| name_at(clone, "namespace"));
        note(reader, read, out);
    }
    let Some(scalar) = rule.get("name") else { return };
    let (Some(name), Some(place)) = (name_at(rule, "name"), scalar.place()) else { return };
    let keys = match rule.at(&["data", "data"]) {
        Some(data) => keys_of_map(Some(data)),
        None => keys_at(place, &[]),
    };
    let namespace = name_at(rule, "namespace").unwrap_or_else(Value::unknown);
    out.secrets.push(secret(object, object.scope_in(namespace), name, place.clone(), keys));
}

/// What a policy generates has its pod where a workload has it.
fn workload(object: &Object<'_>, reader: &Reader, rule: &Tree, out: &mut Facts) {
    let namespace = name_at(rule, "namespace").unwrap_or_else(Value::unknown);
    let reader = Reader { scope: object.scope_in(namespace), ..reader.clone() };
    for steps in
        ["data.spec", "data.spec.template.spec", "data.spec.jobTemplate.spec.template.spec"]
    {
        path::find(rule, steps, &mut |spec| pod::spec(spec, &reader, out));
    }
}
