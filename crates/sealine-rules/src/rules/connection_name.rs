//! # connection-name
//!
//! ## What it finds
//!
//! A task whose pod gets `AIRFLOW_CONN_…` under a name that is not the one its `conn_id` asks
//! for; and an `AIRFLOW_CONN_…` with small letters, which Airflow never looks for.
//!
//! ## Why it matters
//!
//! Airflow upper-cases the id and changes nothing else: `crm-api` is looked for in
//! `AIRFLOW_CONN_CRM-API`. The task fails with the message that `crm-api` is not defined, though the
//! Secret is there.
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
//!                     name="base",
//!                     env=[
//!                         k8s.V1EnvVar(
//!                             name="AIRFLOW_CONN_CRM_API",
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
//!         return HttpHook(http_conn_id="crm-api").run("/accounts").json()
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
//!                             name="AIRFLOW_CONN_CRM_API",
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
//!         return HttpHook(http_conn_id="crm_api").run("/accounts").json()
//!
//!     extract()
//!
//!
//! crm()
//! ```
//!
//! ## Evidence it needs
//!
//! A task whose connections and variables are known in full, and a variable that nearly has the
//! name. Under `airflow.connections: env` also one variable and one id that have no other
//! partner. Other names are left to `connection-without-secret`.
//!
//! ## When to allow it
//!
//! When the connection of that name comes from elsewhere and the variable is for something else.

use std::collections::{BTreeMap, BTreeSet};

use sealine_model::{Finding, Fix, Safety, Severity, Value};
use sealine_source::{Edit, Place};

use crate::airflow::{
    Given, PREFIX, TaskId, Variable, Wanted, given_to_all, given_to_tasks, variable, wanted,
};
use crate::once::OncePerPlace;
use crate::similar::nearest;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "connection-name",
    severity: Severity::Error,
    summary: "a connection's variable and its `conn_id` do not correspond",
    replaces: &["connection-without-secret"],
    source: include_str!("connection_name.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let mut once = OncePerPlace::default();
    let tasks = given_to_tasks(context);
    let all = given_to_all(context);
    for given in tasks.values().chain([&all]) {
        small_letters(given, &mut once);
    }
    let mut uses: BTreeMap<TaskId, Vec<Wanted<'_>>> = BTreeMap::new();
    for wanted in wanted(context) {
        uses.entry(wanted.task.clone()).or_default().push(wanted);
    }
    for (task, wanted) in &uses {
        if let Some(given) = tasks.get(task).filter(|given| !given.open) {
            partners(context, wanted, given, &all, &mut once);
        }
    }
    once.report(report);
}

/// Variables that Airflow never looks for.
fn small_letters(given: &Given<'_>, once: &mut OncePerPlace) {
    for variable in &given.variables {
        let Some(id) = variable.name.strip_prefix(PREFIX) else { continue };
        let upper = variable.name.to_uppercase();
        if upper == variable.name {
            continue;
        }
        once.note(variable.place(), format!("connection/{id}"), |place, subject| {
            let message = format!("Airflow looks for `{upper}`, never for `{}`", variable.name);
            Finding::new(place, subject, message)
                .label("the id is upper-cased before it is looked for")
                .fix(variable.written.map(|place| rename(place, &upper, Safety::Safe)))
        });
    }
}

/// Ids and variables of one task that were meant for each other.
fn partners(
    context: &Context<'_>,
    wanted: &[Wanted<'_>],
    given: &Given<'_>,
    all: &Given<'_>,
    once: &mut OncePerPlace,
) {
    let names: BTreeSet<String> = wanted.iter().map(|wanted| variable(&wanted.conn_id)).collect();
    let loose: Vec<&Variable<'_>> = given
        .variables
        .iter()
        .filter(|known| known.name.starts_with(PREFIX))
        .filter(|known| !names.contains(&known.name.to_uppercase()))
        .collect();
    let ids: BTreeSet<&str> =
        loose.iter().filter_map(|known| known.name.get(PREFIX.len()..)).collect();
    let alone: Vec<&Wanted<'_>> = wanted
        .iter()
        .filter(|wanted| {
            let name = variable(&wanted.conn_id);
            !given.may_hold(&name) && !all.may_hold(&name)
        })
        .collect();
    let lonely: BTreeSet<&str> = alone.iter().map(|wanted| wanted.conn_id.as_str()).collect();
    let only = context.settings.airflow.connections_from_env && lonely.len() == 1 && ids.len() == 1;
    for wanted in alone {
        let id = wanted.conn_id.to_uppercase();
        let near = nearest(&id, ids.iter().copied(), None).map(|(near, _)| near);
        let near = near.or_else(|| ids.first().copied().filter(|_| only));
        let Some(known) = loose.iter().find(|known| known.name.get(PREFIX.len()..) == near) else {
            continue;
        };
        once.note(wanted.place, wanted.subject(), |place, subject| {
            pair(wanted, known, place, subject)
        });
    }
}

fn pair(wanted: &Wanted<'_>, known: &Variable<'_>, place: Place, subject: String) -> Finding {
    let name = variable(&wanted.conn_id);
    let id = known.name.get(PREFIX.len()..).unwrap_or_default().to_lowercase();
    let is_plain =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    // A key of the Secret with the variable's name says that the variable is right.
    let key = known.key.and_then(Value::text);
    let fix = if is_plain(&wanted.conn_id) && key.as_ref() != Some(&known.name) {
        known.written.map(|place| rename(place, &name, Safety::Unsafe))
    } else {
        // No shell can set the variable of an id with other characters.
        wanted.written.filter(|_| is_plain(&id)).map(|place| rename(place, &id, Safety::Unsafe))
    };
    Finding::new(
        place,
        subject,
        format!(
            "`{}` is looked for in `{name}`, but the pod gets `{}`",
            wanted.conn_id, known.name
        ),
    )
    .label(format!("used by the task `{}` of `{}`", wanted.task.1, wanted.task.0))
    .related(known.place().clone(), format!("`{}` is given here", known.name))
    .fix(fix)
}

fn rename(place: &Place, name: &str, safety: Safety) -> Fix {
    Fix {
        title: format!("write `{name}`"),
        safety,
        edits: vec![Edit { place: place.clone(), text: name.to_owned() }],
    }
}
