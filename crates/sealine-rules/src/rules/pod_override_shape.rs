//! # pod-override-shape
//!
//! ## What it finds
//!
//! An `executor_config` that Airflow refuses or misreads: a `pod_override` that is a dict, the
//! old `KubernetesExecutor` key, or a first container that is not named `base`.
//!
//! ## Why it matters
//!
//! A dict fails the task as an invalid `executor_config`. So does the old key from version 10 of
//! the provider `cncf.kubernetes` on; before, it was deprecated. Containers are merged by
//! position, not by name: with a sidecar in front the sidecar's image runs the task, and the
//! Secret reaches the wrong container.
//!
//! ## Example
//!
//! ```text
//! //- dags/crm.py
//! from airflow.providers.http.hooks.http import HttpHook
//! from airflow.sdk import dag, task
//! from kubernetes.client import models as k8s
//!
//! WITH_CRM = {
//!     "pod_override": k8s.V1Pod(
//!         spec=k8s.V1PodSpec(
//!             containers=[
//!                 k8s.V1Container(
//!                     name="main",
//!                     env=[
//!                         k8s.V1EnvVar(
//!                             name="AIRFLOW_CONN_CRM",
//!                             value_from=k8s.V1EnvVarSource(
//!                                 secret_key_ref=k8s.V1SecretKeySelector(
//!                                     name="crm-conn", key="connection"
//!                                 )
//!                             ),
//!                         )
//!                     ],
//!                 )
//!             ]
//!         )
//!     )
//! }
//!
//!
//! @dag(schedule="@daily")
//! def crm():
//!     @task(executor_config=WITH_CRM)
//!     def extract():
//!         return HttpHook(http_conn_id="crm").run("/accounts").json()
//!
//!     extract()
//!
//!
//! crm()
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- dags/crm.py
//! from airflow.providers.http.hooks.http import HttpHook
//! from airflow.sdk import dag, task
//! from kubernetes.client import models as k8s
//!
//! WITH_CRM = {
//!     "pod_override": k8s.V1Pod(
//!         spec=k8s.V1PodSpec(
//!             containers=[
//!                 k8s.V1Container(
//!                     name="base",
//!                     env=[
//!                         k8s.V1EnvVar(
//!                             name="AIRFLOW_CONN_CRM",
//!                             value_from=k8s.V1EnvVarSource(
//!                                 secret_key_ref=k8s.V1SecretKeySelector(
//!                                     name="crm-conn", key="connection"
//!                                 )
//!                             ),
//!                         )
//!                     ],
//!                 )
//!             ]
//!         )
//!     )
//! }
//!
//!
//! @dag(schedule="@daily")
//! def crm():
//!     @task(executor_config=WITH_CRM)
//!     def extract():
//!         return HttpHook(http_conn_id="crm").run("/accounts").json()
//!
//!     extract()
//!
//!
//! crm()
//! ```
//!
//! ## Evidence it needs
//!
//! A shape that is known. A container whose name is not known is not judged.
//! Which version of the provider runs is not known, so the old key is a warning.
//!
//! ## When to allow it
//!
//! The old key, while the provider is older than version 10. The rest never: the task does not run
//! as it is written.

use std::collections::BTreeSet;

use sealine_model::airflow::ShapeFault;
use sealine_model::{Finding, Severity};

use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "pod-override-shape",
    severity: Severity::Error,
    summary: "Airflow refuses or misreads an `executor_config`",
    replaces: &[],
    source: include_str!("pod_override_shape.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let mut seen = BTreeSet::new();
    for found in context.facts.iter().flat_map(|facts| &facts.pod_overrides) {
        let Some(fault) = &found.fault else { continue };
        if !seen.insert(&found.place) {
            continue;
        }
        let (severity, message, help) = judged(fault);
        let subject = format!("pod-override/{}", found.place.file.path);
        report.add_as(severity, Finding::new(found.place.clone(), subject, message).help(help));
    }
}

/// Returns how bad a fault is, what it is and what to do.
fn judged(fault: &ShapeFault) -> (Severity, String, &'static str) {
    match fault {
        ShapeFault::Dict => (
            Severity::Error,
            "`pod_override` is a dict, which Airflow refuses".to_owned(),
            "give it a `kubernetes.client.models.V1Pod`",
        ),
        // Older providers take it, and no fact says which one runs.
        ShapeFault::OldKey => (
            Severity::Warning,
            "the key `KubernetesExecutor` was removed in the provider `cncf.kubernetes` 10"
                .to_owned(),
            "give `pod_override` a `kubernetes.client.models.V1Pod`",
        ),
        ShapeFault::FirstContainer(name) => (
            Severity::Error,
            format!("the first container is named `{name}`, not `base`"),
            "containers merge by position: name the first one `base`, and put others after it",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_older_providers_take_is_a_warning() {
        let severity = |fault| judged(&fault).0;
        assert_eq!(severity(ShapeFault::OldKey), Severity::Warning);
        assert_eq!(severity(ShapeFault::Dict), Severity::Error);
        assert_eq!(severity(ShapeFault::FirstContainer("main".to_owned())), Severity::Error);
    }
}
