//! # connection-without-secret
//!
//! ## What it finds
//!
//! A task uses a `conn_id`, but neither its own pod nor Airflow's pods get `AIRFLOW_CONN_…` for
//! it, from a Secret or in plain text.
//!
//! ## Why it matters
//!
//! Where connections come from the environment alone, the next run of the task fails, with the
//! message that the connection is not defined.
//!
//! ## Example
//!
//! ```text
//! //- sealine.yaml
//! airflow: {namespace: airflow, connections: env, isolation: per-task}
//! //- dags/crm.py
//! from airflow.providers.http.hooks.http import HttpHook
//! from airflow.sdk import dag, task
//!
//!
//! @dag(schedule="@daily")
//! def crm():
//!     @task
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
//! `airflow.connections: env`, a DAG file that was understood as a whole, a task and an id that
//! are known, and no `envFrom` of a Secret whose keys are not all known. A use outside of any
//! task is not judged, nor an id such as `postgres_default`, which Airflow brings along.
//!
//! ## When to allow it
//!
//! When the connection stands in the metadata database.

use sealine_model::{Finding, Severity};

use crate::airflow::{given_to_all, given_to_tasks, variable, wanted};
use crate::once::OncePerPlace;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "connection-without-secret",
    severity: Severity::Warning,
    summary: "a task uses a connection that no Secret gives it",
    replaces: &[],
    source: include_str!("connection_without_secret.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    if !context.settings.airflow.connections_from_env {
        return;
    }
    let mut once = OncePerPlace::default();
    let tasks = given_to_tasks(context);
    let all = given_to_all(context);
    for wanted in wanted(context) {
        let name = variable(&wanted.conn_id);
        // Airflow makes connections of these names, and operators ask for them unasked.
        if wanted.conn_id.ends_with("_default") {
            continue;
        }
        let given = tasks.get(&wanted.task).is_some_and(|given| given.may_hold(&name));
        if given || all.may_hold(&name) {
            continue;
        }
        once.note(wanted.place, wanted.subject(), |place, subject| {
            let (dag, task) = &wanted.task;
            let message = format!("no Secret gives `{name}` to the task `{task}` of `{dag}`");
            Finding::new(place, subject, message)
                .label(format!("`{}` is looked for in the environment alone", wanted.conn_id))
                .help(format!("give the task's pod `{name}` by its `pod_override`"))
        });
    }
    once.report(report);
}
