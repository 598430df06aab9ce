//! # connection-too-wide
//!
//! ## What it finds
//!
//! An `AIRFLOW_CONN_…` that a task's pod is given, and that also reaches Airflow's own pods
//! (scheduler, API server, all workers) through a workload, a `ConfigMap` or the values of a chart,
//! from a Secret or in plain text; and the settings of a secrets backend, which any task may ask for
//! any connection.
//!
//! ## Why it matters
//!
//! The point of isolation by task is lost: every task, and whoever gets into the API server,
//! reads the credentials.
//!
//! ## Example
//!
//! ```text
//! //- sealine.yaml
//! airflow: {namespace: airflow, connections: env, isolation: per-task}
//! //- scheduler.yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: airflow-scheduler
//!   namespace: airflow
//! spec:
//!   template:
//!     spec:
//!       containers:
//!         - name: scheduler
//!           env:
//!             - name: AIRFLOW__CORE__EXECUTOR
//!               value: KubernetesExecutor
//!             - name: AIRFLOW_CONN_CRM
//!               valueFrom:
//!                 secretKeyRef:
//!                   name: crm-conn
//!                   key: connection
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
//! ## Use instead
//!
//! ```text
//! //- sealine.yaml
//! airflow: {namespace: airflow, connections: env, isolation: per-task}
//! //- scheduler.yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: airflow-scheduler
//!   namespace: airflow
//! spec:
//!   template:
//!     spec:
//!       containers:
//!         - name: scheduler
//!           env:
//!             - name: AIRFLOW__CORE__EXECUTOR
//!               value: KubernetesExecutor
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
//! `airflow.isolation: per-task`, and a reader in `airflow.namespace`. Of a Secret that is read
//! as a whole all keys that are known count.
//!
//! ## When to allow it
//!
//! For a connection that the scheduler itself needs, such as that of remote logs.

use std::collections::{BTreeMap, BTreeSet};

use sealine_model::{Certainty, Finding, Severity, Value};
use sealine_source::Place;

use crate::airflow::{PREFIX, Variable, given_to_all, given_to_tasks};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "connection-too-wide",
    severity: Severity::Warning,
    summary: "a connection of single tasks reaches all of Airflow",
    replaces: &[],
    source: include_str!("connection_too_wide.rs"),
    check,
};

const BACKENDS: [&str; 3] =
    ["AIRFLOW__SECRETS__BACKEND", "AIRFLOW__WORKERS__SECRETS_BACKEND", "AIRFLOW__WORKERS__BACKEND"];

fn check(context: &Context<'_>, report: &mut Report) {
    if !context.settings.airflow.isolated_per_task {
        return;
    }
    let tasks = given_to_tasks(context);
    let all = given_to_all(context);
    let mut wide: BTreeMap<&str, Vec<&Variable<'_>>> = BTreeMap::new();
    let airflow = context.settings.airflow.namespace.as_deref().map(Value::from);
    for variable in &all.variables {
        let namespace = &variable.scope.namespace;
        if airflow.as_ref().is_some_and(|own| own.unify(namespace) != Some(Certainty::Exact)) {
            continue;
        }
        wide.entry(variable.name.as_str()).or_default().push(variable);
    }
    for (name, variables) in wide {
        let label =
            |of: &Variable<'_>| format!("for all of {} `{}`", of.consumer.kind, of.consumer.name);
        let Some(first) = variables.first() else { continue };
        if BACKENDS.iter().any(|backend| name.starts_with(backend)) {
            let message = "a secrets backend gives every task every connection".to_owned();
            report.add(
                Finding::new(first.place().clone(), format!("variable/{name}"), message)
                    .label(label(first)),
            );
            continue;
        }
        let own = tasks.values().flat_map(|given| &given.variables).filter(|own| own.name == name);
        let own: BTreeSet<&Place> = own.map(Variable::place).collect();
        if own.is_empty() || !name.starts_with(PREFIX) {
            continue;
        }
        // A pod template that a task names is that task's, though it stands among the manifests.
        let variables = variables.into_iter().filter(|variable| !own.contains(variable.place()));
        let variables: Vec<&Variable<'_>> = variables.collect();
        let Some(first) = variables.first() else { continue };
        let message = format!("`{name}` reaches all of Airflow, though single tasks are given it");
        let mut finding = Finding::new(first.place().clone(), format!("variable/{name}"), message)
            .label(label(first));
        let others: BTreeSet<&Place> =
            variables.iter().skip(1).map(|other| other.place()).collect();
        for place in others.into_iter().filter(|place| *place != first.place()) {
            finding = finding.related(place.clone(), "also here");
        }
        for place in own {
            finding = finding.related(place.clone(), "given to a task here");
        }
        report.add(finding.help("remove it here: the task that needs it is given it"));
    }
}
