//! # secret-after-consumer
//!
//! ## What it finds
//!
//! Something that its root waits for needs a Secret which the same root brings only afterwards: a hook
//! before an `ExternalSecret` of the ordinary sync, a workload in an earlier sync wave, a Flux
//! Kustomization with `wait` that another one, which brings the Secret, depends on.
//!
//! ## Why it matters
//!
//! On a new cluster the pod waits for the Secret, and the Secret for the pod: the sync never ends. Where
//! the Secret exists already nobody notices, until the cluster is built anew.
//!
//! ## Example
//!
//! ```text
//! //- application.yaml
//! apiVersion: argoproj.io/v1alpha1
//! kind: Application
//! metadata:
//!   name: app
//!   namespace: argocd
//! spec:
//!   source:
//!     repoURL: https://github.com/example/app.git
//!     path: app
//!   destination: {server: https://kubernetes.default.svc, namespace: app}
//! //- app/external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: app
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   data:
//!     - secretKey: PASSWORD
//!       remoteRef:
//!         key: app-password
//! //- app/migrate.yaml
//! apiVersion: batch/v1
//! kind: Job
//! metadata:
//!   name: migrate
//!   annotations:
//!     argocd.argoproj.io/hook: PreSync
//! spec:
//!   template:
//!     spec:
//!       restartPolicy: Never
//!       containers:
//!         - name: migrate
//!           envFrom:
//!             - secretRef:
//!                 name: app
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- application.yaml
//! apiVersion: argoproj.io/v1alpha1
//! kind: Application
//! metadata:
//!   name: app
//!   namespace: argocd
//! spec:
//!   source:
//!     repoURL: https://github.com/example/app.git
//!     path: app
//!   destination: {server: https://kubernetes.default.svc, namespace: app}
//! //- app/external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: app
//!   annotations:
//!     argocd.argoproj.io/hook: PreSync
//!     argocd.argoproj.io/sync-wave: "-1"
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   data:
//!     - secretKey: PASSWORD
//!       remoteRef:
//!         key: app-password
//! //- app/migrate.yaml
//! apiVersion: batch/v1
//! kind: Job
//! metadata:
//!   name: migrate
//!   annotations:
//!     argocd.argoproj.io/hook: PreSync
//! spec:
//!   template:
//!     spec:
//!       restartPolicy: Never
//!       containers:
//!         - name: migrate
//!           envFrom:
//!             - secretRef:
//!                 name: app
//! ```
//!
//! ## Evidence it needs
//!
//! One root brings both, or one root depends on the other; exactly one thing makes the Secret; the
//! annotations are known; the reader is a Job or Pod of a hook, or a workload whose health ends the wave;
//! and it does not start without the Secret.
//!
//! ## When to allow it
//!
//! When the Secret is made by hand on new clusters.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use sealine_model::delivery::{Delivery, DeliveryKind};
use sealine_model::graph::ProducerId;
use sealine_model::kubernetes::{Object, SecretUse, Step, UseKind};
use sealine_model::{Certainty, Facts, Finding, Severity, Value};
use sealine_source::Place;

use crate::chain::{made_by, use_of};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "secret-after-consumer",
    severity: Severity::Error,
    summary: "a Secret is made only after what waits for it",
    replaces: &[],
    source: include_str!("secret_after_consumer.rs"),
    check,
};

const HELP: &str = "make the Secret in the same phase and an earlier wave, or the reader in a later \
                    one";

fn check(context: &Context<'_>, report: &mut Report) {
    let steps: Vec<Steps<'_>> = context.facts.iter().map(Steps::of).collect();
    let mut seen = BTreeSet::new();
    // A Secret that comes too late is one finding, however many wait for it.
    let mut late_ones: BTreeMap<(String, Place), Finding> = BTreeMap::new();
    for link in &context.links.uses {
        let reader = use_of(context, link);
        let [(maker, Certainty::Exact)] = link.producers.as_slice() else { continue };
        if !waits_for_secret(reader) {
            continue;
        }
        let (here, there) = (link.reader.unit, maker.fact().unit);
        let late = if here == there {
            let consumer = &reader.consumer;
            let before = steps[here].of_object(&consumer.kind, &consumer.name, &consumer.place);
            let (kind, name, place) = declared(context, *maker);
            let after = steps[here].of_object(kind, name, place);
            before.zip(after).and_then(|(before, after)| {
                later(&context.facts[here], &consumer.kind, before, after)
            })
        } else {
            depends(context, &context.facts[there], &context.facts[here], &consumer_kind(reader))
        };
        let Some(why) = late else { continue };
        if !seen.insert(reader.place.clone()) {
            continue;
        }
        let (_, made) = made_by(context, *maker);
        let subject = format!("secret/{}/{}", reader.scope.namespace, reader.secret);
        let consumer = &reader.consumer;
        match late_ones.entry((subject.clone(), made.clone())) {
            Entry::Occupied(mut known) => {
                let label = format!("waited for by {} `{}`, too", consumer.kind, consumer.name);
                known.get_mut().related.push((reader.place.clone(), label));
            }
            Entry::Vacant(free) => {
                let message = format!(
                    "{} `{}` waits for the Secret `{}`, which is made only after it",
                    consumer.kind, consumer.name, reader.secret
                );
                let finding = Finding::new(reader.place.clone(), subject, message);
                let finding = finding.label(why).related(made.clone(), "made here").help(HELP);
                free.insert(finding);
            }
        }
    }
    for finding in late_ones.into_values() {
        report.add(finding);
    }
}

/// Whether the reader cannot start before the Secret is there.
fn waits_for_secret(reader: &SecretUse) -> bool {
    let held = matches!(reader.kind, UseKind::Env(_) | UseKind::EnvFrom(_) | UseKind::Volume);
    held && !reader.optional && reader.certainty == Certainty::Exact
}

fn consumer_kind(reader: &SecretUse) -> String {
    reader.consumer.kind.clone()
}

/// The steps of the objects of one unit.
struct Steps<'a> {
    by_object: BTreeMap<(&'a str, String, &'a Place), &'a Object>,
}

impl<'a> Steps<'a> {
    fn of(facts: &'a Facts) -> Self {
        let key = |object: &'a Object| (&*object.kind, object.name.pattern(), &object.place);
        Self { by_object: facts.objects.iter().map(|object| (key(object), object)).collect() }
    }

    fn of_object(&self, kind: &str, name: &Value, place: &Place) -> Option<&'a Step> {
        self.by_object.get(&(kind, name.pattern(), place))?.step.as_ref()
    }
}

/// The kind, name and place of the object that makes a Secret.
fn declared<'a>(context: &Context<'a>, maker: ProducerId) -> (&'a str, &'a Value, &'a Place) {
    let fact = maker.fact();
    let unit = &context.facts[fact.unit];
    match maker {
        ProducerId::External(_) => {
            let external = &unit.external_secrets[fact.item];
            (&external.kind, &external.name, &external.place)
        }
        ProducerId::Other(_) => {
            let secret = &unit.secrets[fact.item];
            ("Secret", &secret.name, &secret.place)
        }
    }
}

/// Returns why the second object comes too late for the first, which must be done before.
fn later(facts: &Facts, kind: &str, before: &Step, after: &Step) -> Option<String> {
    match facts.deliveries.first().map(|delivery| delivery.kind) {
        Some(DeliveryKind::ArgoApplication) => later_in_argo(kind, before, after),
        Some(DeliveryKind::FluxHelmRelease | DeliveryKind::Devtron | DeliveryKind::Helmfile) => {
            later_in_helm(kind, before, after)
        }
        None if facts.unit.starts_with("chart ") => later_in_helm(kind, before, after),
        _ => None,
    }
}

fn later_in_argo(kind: &str, before: &Step, after: &Step) -> Option<String> {
    let gates = ["Job", "Pod", "Deployment", "StatefulSet", "DaemonSet", "Rollout"];
    let (first, second) = (argo_position(before)?, argo_position(after)?);
    let late = gates.contains(&kind) && first < second;
    late.then(|| {
        if first.0 == second.0 {
            format!("in wave {}, the Secret in wave {}", first.1, second.1)
        } else {
            "in a hook that ends before the Secret is made".to_owned()
        }
    })
}

/// Returns phase and wave; `None` for hooks outside of an ordinary sync.
fn argo_position(step: &Step) -> Option<(u8, i64)> {
    let is_own = |hook: &&String| hook.starts_with(|first: char| first.is_ascii_uppercase());
    let own: Vec<&String> = step.hooks.iter().filter(is_own).collect();
    // Hooks of Helm count only where there are none of Argo CD.
    let hooks = if own.is_empty() { step.hooks.iter().collect() } else { own };
    let mut phases = Vec::new();
    for hook in &hooks {
        phases.push(match hook.as_str() {
            "PreSync" | "pre-install" | "pre-upgrade" => 0,
            "Sync" => 1,
            "PostSync" | "post-install" | "post-upgrade" => 2,
            _ => return None,
        });
    }
    let wave = if step.wave == 0 && !hooks.is_empty() { step.weight } else { step.wave };
    Some((phases.into_iter().min().unwrap_or(1), wave))
}

fn later_in_helm(kind: &str, before: &Step, after: &Step) -> Option<String> {
    let is_first = |step: &Step| step.hooks.iter().any(|hook| hook == "pre-install");
    if !matches!(kind, "Job" | "Pod") || !is_first(before) {
        return None;
    }
    if is_first(after) {
        return (before.weight < after.weight).then(|| "a hook with a lower weight".to_owned());
    }
    // A hook of Argo CD in a chart says that Helm does not install it.
    let plain = before.hooks.iter().chain(&after.hooks).all(|hook| hook.contains('-'));
    plain.then(|| "a hook that ends before the chart's objects are made".to_owned())
}

/// Returns why the Secret's root comes after the reader's, which is only ready with the reader.
fn depends(context: &Context<'_>, maker: &Facts, reader: &Facts, kind: &str) -> Option<String> {
    let (from, to) = (maker.deliveries.first()?, reader.deliveries.first()?);
    let gates = ["Deployment", "StatefulSet", "DaemonSet", "Job", "Pod"].contains(&kind);
    let flux = from.kind == DeliveryKind::FluxKustomization && from.kind == to.kind;
    if !gates || !flux || !to.waits || !reaches(context, from, to) {
        return None;
    }
    Some(format!("the root `{}`, which makes it, depends on `{}`", from.name, to.name))
}

/// Whether `from` depends on `to`, be it through others. Each root is looked at once.
fn reaches(context: &Context<'_>, from: &Delivery, to: &Delivery) -> bool {
    let all: Vec<&Delivery> = context
        .facts
        .iter()
        .flat_map(|facts| &facts.deliveries)
        .filter(|other| other.kind == from.kind && other.parent == from.parent)
        .collect();
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        for (namespace, name) in &at.depends_on {
            let Some(next) = all.iter().find(|other| {
                other.name.text() == name.text()
                    && name.is_known()
                    && other.namespace.text() == namespace.text()
            }) else {
                continue;
            };
            if next.id == to.id {
                return true;
            }
            if seen.insert(&next.id) {
                open.push(next);
            }
        }
    }
    false
}
