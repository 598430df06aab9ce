//! # unsupported-api-version
//!
//! ## What it finds
//!
//! An object of External Secrets Operator with an `apiVersion` that the operator in sight does
//! not serve: `v1beta1` from 0.17 on, `v1` before 0.16; and `v1alpha1` of the kinds that have
//! left it.
//!
//! ## Why it matters
//!
//! The cluster refuses the object: `no matches for kind "ExternalSecret" in version
//! "external-secrets.io/v1beta1"`. A Flux Kustomization or Argo CD Application then applies
//! nothing at all, and what is there goes stale.
//!
//! ## Example
//!
//! ```text
//! //- operator.yaml
//! apiVersion: helm.toolkit.fluxcd.io/v2
//! kind: HelmRelease
//! metadata:
//!   name: external-secrets
//!   namespace: external-secrets
//! spec:
//!   interval: 1h
//!   chart:
//!     spec:
//!       chart: external-secrets
//!       version: 2.9.0
//!       sourceRef:
//!         kind: HelmRepository
//!         name: external-secrets
//! //- external-secret.yaml
//! apiVersion: external-secrets.io/v1beta1
//! kind: ExternalSecret
//! metadata:
//!   name: app
//!   namespace: app
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: app-password
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- operator.yaml
//! apiVersion: helm.toolkit.fluxcd.io/v2
//! kind: HelmRelease
//! metadata:
//!   name: external-secrets
//!   namespace: external-secrets
//! spec:
//!   interval: 1h
//!   chart:
//!     spec:
//!       chart: external-secrets
//!       version: 2.9.0
//!       sourceRef:
//!         kind: HelmRepository
//!         name: external-secrets
//! //- external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: app
//!   namespace: app
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: app-password
//! ```
//!
//! ## Evidence it needs
//!
//! A chart `external-secrets` with a version, delivered to the same cluster, or all such charts
//! in sight with the same answer; one whose version is not seen, as that of a dependency which is not
//! vendored or of `helmCharts`, may have any. Without an answer only `v1alpha1` is reported, and the
//! repair is unsafe.
//!
//! ## When to allow it
//!
//! While the operator is still to be upgraded or downgraded elsewhere.

use sealine_model::delivery::Delivery;
use sealine_model::kubernetes::{Object, Scope};
use sealine_model::{Finding, Fix, Safety, Severity, Value};
use sealine_source::Edit;

use crate::evidence::surely_same_cluster;
use crate::once::OncePerPlace;
use crate::versions::lower_bound;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "unsupported-api-version",
    severity: Severity::Warning,
    summary: "an ExternalSecret or store has a version that the operator does not serve",
    replaces: &[],
    source: include_str!("unsupported_api_version.rs"),
    check,
};

const KINDS: [&str; 4] =
    ["ExternalSecret", "ClusterExternalSecret", "SecretStore", "ClusterSecretStore"];

fn check(context: &Context<'_>, report: &mut Report) {
    let mut once = OncePerPlace::default();
    let deliveries = context.facts.iter().flat_map(|facts| &facts.deliveries);
    let operators: Vec<&Delivery> = deliveries.filter(|delivery| is_operator(delivery)).collect();
    for object in context.facts.iter().flat_map(|facts| &facts.objects) {
        let Some(version) = object.api_version.strip_prefix("external-secrets.io/") else {
            continue;
        };
        if !KINDS.contains(&object.kind.as_str()) {
            continue;
        }
        let operator = operator(context, &operators, object);
        let reason = match (version, operator) {
            ("v1beta1", Some((found, _))) if found >= [0, 17, 0] => "is not served from 0.17 on",
            ("v1", Some((found, delivery))) if found < [0, 16, 0] && is_exact(delivery) => {
                "is served from 0.16 on"
            }
            ("v1alpha1", _) => "is served by no release that is supported",
            _ => continue,
        };
        let place = object.api_version_place.as_ref().unwrap_or(&object.place);
        let namespace = &object.scope.namespace;
        let subject = format!("{}/{namespace}/{}", object.kind, object.name);
        once.note(place, subject, |place, subject| {
            let message = format!("`{}` of {} {reason}", object.api_version, object.kind);
            let mut finding = Finding::new(place, subject, message).fix(fix(object, operator));
            if let Some((_, delivery)) = operator {
                let version = delivery.version.as_deref().unwrap_or_default();
                finding = finding
                    .related(delivery.place.clone(), format!("the operator is `{version}` here"));
            }
            finding
        });
    }
    once.report(report);
}

/// The lowest version of the operator that serves the object's cluster, with what delivers it.
fn operator<'a>(
    context: &Context<'_>,
    all: &[&'a Delivery],
    object: &Object,
) -> Option<([u64; 3], &'a Delivery)> {
    let beside = |delivery: &&Delivery| {
        let scope = Scope {
            delivery: Some(std::sync::Arc::clone(&delivery.id)),
            namespace: Value::unknown(),
        };
        surely_same_cluster(context, &object.scope, &scope)
    };
    let near: Vec<&Delivery> = all.iter().copied().filter(beside).collect();
    let chosen = if near.is_empty() { all.to_vec() } else { near };
    let known: Option<Vec<_>> =
        chosen.into_iter().map(|delivery| Some((served(delivery)?, delivery))).collect();
    let mut known = known?;
    known.sort_by_key(|(version, delivery)| (*version, delivery.place.clone()));
    let (first, last) = (known.first()?, known.last()?);
    // What is said of the lowest version must hold for all.
    let alike = |bound: [u64; 3]| (first.0 >= bound) == (last.0 >= bound);
    (alike([0, 16, 0]) && alike([0, 17, 0])).then_some(*first)
}

/// Returns whether it brings the operator: its chart, or one that asks for it and is not in sight.
fn is_operator(delivery: &Delivery) -> bool {
    let asks = |why: &String| why.contains("`external-secrets`");
    is_chart_of_operator(delivery) || delivery.opaque.iter().any(asks)
}

fn is_chart_of_operator(delivery: &Delivery) -> bool {
    delivery.chart.as_deref().is_some_and(|chart| chart == "external-secrets")
}

/// The lowest version that a chart's version or constraint means.
fn served(delivery: &Delivery) -> Option<[u64; 3]> {
    let version = delivery.version.as_deref().filter(|_| is_chart_of_operator(delivery))?.trim();
    if version.contains("||") {
        return None;
    }
    let version = version.trim_start_matches(['^', '~']).replace(".x", ".0").replace(".*", ".0");
    lower_bound(&version)
}

fn is_exact(delivery: &Delivery) -> bool {
    let version = delivery.version.as_deref().unwrap_or_default().trim_start_matches('v');
    version.split('.').count() == 3 && version.chars().all(|c| c == '.' || c.is_ascii_digit())
}

fn fix(object: &Object, operator: Option<([u64; 3], &Delivery)>) -> Option<Fix> {
    let serves_new = operator.is_none_or(|(version, _)| version >= [0, 16, 0]);
    let place = object.api_version_place.as_ref().filter(|_| serves_new)?;
    let stands = place.range().bytes().len() == object.api_version.len();
    let is_old = object.api_version.ends_with("v1alpha1");
    let safe = operator.is_some() && !is_old;
    (stands && !object.api_version.ends_with("/v1")).then(|| Fix {
        title: "write `external-secrets.io/v1`".to_owned(),
        safety: if safe { Safety::Safe } else { Safety::Unsafe },
        edits: vec![Edit { place: place.clone(), text: "external-secrets.io/v1".to_owned() }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_have_a_lowest_version() {
        let of = |version: &str| {
            let text = version.trim_start_matches(['^', '~']).replace(".x", ".0");
            lower_bound(&text)
        };
        assert_eq!(of("0.17.x"), Some([0, 17, 0]));
        assert_eq!(of("^0.17.2"), Some([0, 17, 2]));
        assert_eq!(of("v2.9.0"), Some([2, 9, 0]));
        assert_eq!(of("*"), None);
    }
}
