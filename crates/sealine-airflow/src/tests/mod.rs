//! Fixtures: a few files of a tree, and everything that is read of them as text.

mod connections;
mod entries;
mod evaluation;
mod example;
mod hostile;
mod shapes;
mod tasks;
mod templates;

use std::fmt::Write as _;
use std::sync::Arc;

use sealine_model::Facts;
use sealine_model::vault::VaultIdentity;
use sealine_source::{FileName, Project, Repository, Source};

use crate::{Options, read};

/// Reads files as one repository.
fn facts(files: &[(&str, &str)]) -> Vec<Facts> {
    let mut repository = Repository::new("r");
    for (path, text) in files {
        repository.add(Arc::new(Source::new(FileName::new("r", *path), *text)));
    }
    let project = Project { repositories: vec![repository] };
    read(&project, &Options { namespace: Some("airflow".to_owned()) })
}

/// Reads files and writes down what was found.
fn dump(files: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for facts in facts(files) {
        let coverage = facts.coverage;
        writeln!(out, "{} {}/{}", facts.unit, coverage.understood, coverage.documents).unwrap();
        for found in &facts.uses {
            let key = found.key.as_ref().map_or(String::new(), |(key, _)| format!(" key {key}"));
            let kind = match &found.kind {
                sealine_model::kubernetes::UseKind::Env(name) => format!("Env {name}"),
                kind => format!("{kind:?}"),
            };
            let optional = if found.optional { " optional" } else { "" };
            let fixed = if found.editable { "" } else { " (computed)" };
            writeln!(
                out,
                "  {} {}.{} @{}: {kind} <- {}/{}{key} @{}{fixed}{optional} {}",
                found.consumer.kind,
                found.consumer.name,
                found.consumer.part,
                found.consumer.place,
                found.scope.namespace,
                found.secret,
                found.place,
                found.certainty.name(),
            )
            .unwrap();
        }
        for found in &facts.connections {
            let task = found.task.as_ref().map_or(String::new(), |task| format!(".{task}"));
            writeln!(out, "  connection {} @{} by {}{task}", found.conn_id, found.place, found.dag)
                .unwrap();
        }
        for found in &facts.entry_reads {
            let vault = found.vault.as_ref().map_or(String::new(), VaultIdentity::label);
            writeln!(out, "  entry {vault}/{} @{} by {}", found.name, found.place, found.reader)
                .unwrap();
        }
        for found in &facts.pod_overrides {
            writeln!(out, "  override @{} {:?}", found.place, found.fault).unwrap();
        }
        for problem in &facts.problems {
            writeln!(out, "  problem @{} {:?} {}", problem.place, problem.kind, problem.message)
                .unwrap();
        }
        for note in &facts.notes {
            writeln!(out, "  note @{} {}", note.place, note.message).unwrap();
        }
    }
    out
}

/// The imports that most fixtures begin with.
const HEAD: &str = "from airflow.sdk import DAG, dag, task\n\
                    from airflow.providers.standard.operators.python import PythonOperator\n\
                    from kubernetes.client import models as k8s\n";

/// Reads one DAG file of these lines after [`HEAD`], which has three lines.
fn dump_one(text: &str) -> String {
    dump(&[("dags/a.py", &format!("{HEAD}{text}"))])
}
