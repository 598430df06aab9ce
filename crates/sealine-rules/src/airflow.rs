//! Which connections Airflow's tasks use, and which ones their pods are given by Secrets.
//!
//! Invariant: what cannot be told makes the answer open, and an open answer is no evidence that
//! something is missing.

use std::collections::BTreeMap;

use sealine_model::kubernetes::{SecretUse, UseKind};
use sealine_model::{Facts, Value};
use sealine_source::Place;

use crate::Context;
use crate::chain::{made_by, use_of};

/// What the name of a connection's variable begins with.
pub(crate) const PREFIX: &str = "AIRFLOW_CONN_";

/// Returns the variable in which Airflow looks for a connection.
pub(crate) fn variable(conn_id: &str) -> String {
    format!("{PREFIX}{}", conn_id.to_uppercase())
}

/// A variable that a Secret gives to a pod.
#[derive(Clone, Debug)]
pub(crate) struct Variable<'a> {
    /// The name.
    pub(crate) name: String,
    /// Where the name is written as it is.
    pub(crate) written: Option<&'a Place>,
    /// The read of the Secret.
    pub(crate) reader: &'a SecretUse,
}

impl Variable<'_> {
    /// Returns where a person finds the variable.
    pub(crate) fn place(&self) -> &Place {
        self.written.unwrap_or(&self.reader.place)
    }
}

/// The variables that Secrets give to a task's pod, or to all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given<'a> {
    /// Those that are known.
    pub(crate) variables: Vec<Variable<'a>>,
    /// Whether there may be others.
    pub(crate) open: bool,
}

impl Given<'_> {
    /// Returns whether the variable of this name may be among them, whatever its case.
    pub(crate) fn may_hold(&self, name: &str) -> bool {
        self.open || self.variables.iter().any(|known| known.name.eq_ignore_ascii_case(name))
    }
}

/// A task: the id of its DAG and its own.
pub(crate) type TaskId = (String, String);

/// Returns the task that a fact belongs to, when both ids are known.
pub(crate) fn task_id(dag: &Value, task: &str) -> Option<TaskId> {
    let known = !task.is_empty() && !task.contains('*');
    dag.text().filter(|_| known).map(|dag| (dag, task.to_owned()))
}

/// Returns what each task's pod is given.
pub(crate) fn given_to_tasks<'a>(context: &'a Context<'_>) -> BTreeMap<TaskId, Given<'a>> {
    let mut tasks: BTreeMap<TaskId, Given<'a>> = BTreeMap::new();
    for link in &context.graph.uses {
        let reader = use_of(context, link);
        if reader.consumer.kind != "DAG" {
            continue;
        }
        if let Some(task) = task_id(&reader.consumer.name, &reader.consumer.part) {
            add(context, link, reader, tasks.entry(task).or_default());
        }
    }
    tasks
}

/// Returns what Airflow's own pods are given: scheduler, API server, and workers of all tasks.
pub(crate) fn given_to_all<'a>(context: &'a Context<'_>) -> Given<'a> {
    let mut given = Given::default();
    for link in &context.graph.uses {
        let reader = use_of(context, link);
        let is_task = matches!(reader.consumer.kind.as_str(), "DAG" | "Python");
        let elsewhere = match (&context.settings.airflow.namespace, reader.scope.namespace.text()) {
            (Some(airflow), Some(namespace)) => *airflow != namespace,
            _ => false,
        };
        if !is_task && !elsewhere {
            add(context, link, reader, &mut given);
        }
    }
    given
}

fn add<'a>(
    context: &'a Context<'_>,
    link: &sealine_model::graph::UseLink,
    reader: &'a SecretUse,
    given: &mut Given<'a>,
) {
    match &reader.kind {
        UseKind::Env(name) => {
            if let Some(text) = name.text() {
                let stands = |place: &&Place| place.range().bytes().len() == text.len();
                let written = name.single_place().filter(stands);
                given.variables.push(Variable { name: text, written, reader });
            } else {
                let head = name.head();
                given.open |= PREFIX.starts_with(head) || head.starts_with(PREFIX);
            }
        }
        UseKind::EnvFrom(prefix) => {
            given.open |= link.producers.is_empty();
            all_keys(context, link, reader, prefix, given);
            let is_open = |keys: &sealine_model::kubernetes::Keys| keys.open;
            given.open |= link.producers.iter().any(|(id, _)| is_open(made_by(context, *id).0));
        }
        // A chart that is told a whole Secret most often makes variables of it.
        UseKind::ChartValue if reader.key.is_none() => {
            all_keys(context, link, reader, "", given);
        }
        _ => {}
    }
}

fn all_keys<'a>(
    context: &Context<'_>,
    link: &sealine_model::graph::UseLink,
    reader: &'a SecretUse,
    prefix: &str,
    given: &mut Given<'a>,
) {
    for (id, _) in &link.producers {
        for (key, _) in &made_by(context, *id).0.known {
            let name = format!("{prefix}{key}");
            given.variables.push(Variable { name, written: None, reader });
        }
    }
}

/// A use of a connection by a task that is known.
#[derive(Clone, Debug)]
pub(crate) struct Wanted<'a> {
    /// The task.
    pub(crate) task: TaskId,
    /// The connection id.
    pub(crate) conn_id: String,
    /// Where the id is written.
    pub(crate) place: &'a Place,
    /// Where the id is written as it is.
    pub(crate) written: Option<&'a Place>,
}

impl Wanted<'_> {
    /// Returns the position-free name of the use.
    pub(crate) fn subject(&self) -> String {
        format!("connection/{}/{}/{}", self.task.0, self.task.1, self.conn_id)
    }
}

/// Returns the uses of connections by tasks of files that were wholly understood.
pub(crate) fn wanted<'a>(context: &Context<'a>) -> Vec<Wanted<'a>> {
    let understood = |facts: &&Facts| facts.coverage.understood >= facts.coverage.documents;
    let all = context.facts.iter().filter(understood).flat_map(|facts| &facts.connections);
    let mut found: Vec<Wanted<'a>> = Vec::new();
    for connection in all {
        let task = connection.task.as_ref().and_then(Value::text);
        let Some(task) = task.and_then(|task| task_id(&connection.dag, &task)) else { continue };
        let Some(conn_id) = connection.conn_id.text().filter(|id| !id.is_empty()) else { continue };
        let stands = |place: &&Place| place.range().bytes().len() == conn_id.len();
        let written = connection.conn_id.single_place().filter(stands);
        found.push(Wanted { task, conn_id, place: &connection.place, written });
    }
    found
}
