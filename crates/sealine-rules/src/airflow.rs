//! Which connections Airflow's tasks use, and which ones their pods are given.
//!
//! Invariant: what cannot be told makes the answer open, and an open answer is no evidence that
//! something is missing.

use std::collections::BTreeMap;

use sealine_model::airflow::PlainVariable;
use sealine_model::kubernetes::{Consumer, Scope, SecretUse, UseKind};
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

/// A variable that a pod is given, by a Secret or in plain text.
#[derive(Clone, Debug)]
pub(crate) struct Variable<'a> {
    /// The name.
    pub(crate) name: String,
    /// Where the name is written as it is.
    pub(crate) written: Option<&'a Place>,
    /// Where the Secret is read, or the text set.
    given: &'a Place,
    /// Where the pod stands.
    pub(crate) scope: &'a Scope,
    /// Whose pod it is.
    pub(crate) consumer: &'a Consumer,
    /// The key of the Secret, when the variable is one key.
    pub(crate) key: Option<&'a Value>,
}

impl<'a> Variable<'a> {
    fn of_secret(name: String, written: Option<&'a Place>, reader: &'a SecretUse) -> Self {
        Self {
            name,
            written,
            given: &reader.place,
            scope: &reader.scope,
            consumer: &reader.consumer,
            key: reader.key.as_ref().map(|(key, _)| key),
        }
    }

    /// Returns where a person finds the variable.
    pub(crate) fn place(&self) -> &'a Place {
        self.written.unwrap_or(self.given)
    }
}

/// The variables that a task's pod is given, or all pods are.
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
    for link in &context.links.uses {
        let reader = use_of(context, link);
        if reader.consumer.kind != "DAG" {
            continue;
        }
        if let Some(task) = task_id(&reader.consumer.name, &reader.consumer.part) {
            add(context, link, reader, tasks.entry(task).or_default());
        }
    }
    for plain in plain(context).filter(|plain| plain.consumer.kind == "DAG") {
        if let Some(task) = task_id(&plain.consumer.name, &plain.consumer.part) {
            add_plain(plain, tasks.entry(task).or_default());
        }
    }
    tasks
}

/// Returns what Airflow's own pods are given: scheduler, API server, and workers of all tasks.
pub(crate) fn given_to_all<'a>(context: &'a Context<'_>) -> Given<'a> {
    let mut given = Given::default();
    let is_own = |consumer: &Consumer, scope: &Scope| {
        let elsewhere = match (&context.settings.airflow.namespace, scope.namespace.text()) {
            (Some(airflow), Some(namespace)) => *airflow != namespace,
            _ => false,
        };
        !elsewhere && !matches!(consumer.kind.as_str(), "DAG" | "Python")
    };
    for link in &context.links.uses {
        let reader = use_of(context, link);
        if is_own(&reader.consumer, &reader.scope) {
            add(context, link, reader, &mut given);
        }
    }
    for plain in plain(context).filter(|plain| is_own(&plain.consumer, &plain.scope)) {
        add_plain(plain, &mut given);
    }
    given
}

fn plain<'a>(context: &'a Context<'_>) -> impl Iterator<Item = &'a PlainVariable> {
    context.facts.iter().flat_map(|facts| &facts.plain_variables)
}

fn add_plain<'a>(plain: &'a PlainVariable, given: &mut Given<'a>) {
    let Some(name) = plain.name.text() else {
        given.open |= may_be_connection(&plain.name);
        return;
    };
    let PlainVariable { scope, consumer, place, .. } = plain;
    let written = written(&plain.name, &name);
    given.variables.push(Variable { name, written, given: place, scope, consumer, key: None });
}

/// Returns where a name is written as it is.
fn written<'a>(name: &'a Value, text: &str) -> Option<&'a Place> {
    name.single_place().filter(|place| place.range().bytes().len() == text.len())
}

fn may_be_connection(name: &Value) -> bool {
    let head = name.head();
    PREFIX.starts_with(head) || head.starts_with(PREFIX)
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
                let written = written(name, &text);
                given.variables.push(Variable::of_secret(text, written, reader));
            } else {
                given.open |= may_be_connection(name);
            }
        }
        UseKind::EnvFrom(prefix) => {
            all_keys(context, link, reader, prefix, given);
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
    given.open |= link.producers.is_empty();
    for (id, _) in &link.producers {
        let keys = made_by(context, *id).0;
        given.open |= keys.open;
        for (key, _) in &keys.known {
            let name = format!("{prefix}{key}");
            given.variables.push(Variable::of_secret(name, None, reader));
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
        let written = written(&connection.conn_id, &conn_id);
        found.push(Wanted { task, conn_id, place: &connection.place, written });
    }
    found
}
