//! Resources whose code asks a vault for an entry that it is given by name: containers, functions, machines.
//!
//! Invariant: only what is given to them counts; who may read an entry, by a policy, reads none.

use std::collections::BTreeSet;

use sealine_model::asked;
use sealine_model::terraform::Passing;
use sealine_model::vault::{Entry, EntryRead};
use sealine_source::Place;

use super::passing;
use super::view::View;
use crate::config::Written;
use crate::syntax::Body;

/// Resources that run code, or that read an entry themselves.
const READERS: &[&str] = &[
    "aws_apprunner_service",
    "aws_batch_job_definition",
    "aws_codebuild_project",
    "aws_db_proxy",
    "aws_ecs_task_definition",
    "aws_elastic_beanstalk_environment",
    "aws_instance",
    "aws_lambda_function",
    "aws_launch_template",
    "aws_mwaa_environment",
    "azurerm_container_app",
    "azurerm_container_app_job",
    "azurerm_function_app",
    "azurerm_linux_function_app",
    "azurerm_linux_web_app",
    "azurerm_windows_function_app",
    "azurerm_windows_web_app",
    "google_cloud_run_service",
    "google_cloud_run_v2_job",
    "google_cloud_run_v2_service",
    "google_cloudbuild_trigger",
    "google_cloudfunctions2_function",
    "google_cloudfunctions_function",
    "google_composer_environment",
    "google_compute_instance",
    "google_compute_instance_template",
];

/// Resources that are entries.
const ENTRIES: &[&str] = &[
    "aws_secretsmanager_secret",
    "aws_ssm_parameter",
    "azurerm_key_vault_secret",
    "google_secret_manager_secret",
];

/// Attributes by which an entry is called.
const CALLED: &[&str] =
    &["arn", "id", "name", "resource_versionless_id", "secret_id", "versionless_id"];

/// A reader that is given what an entry is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Asking {
    /// The address of the entry, without the key of an instance.
    entry: String,
    key: Option<String>,
    /// The address of the reader.
    reader: String,
    at: Place,
    named: Place,
}

/// Notes which entries a resource is given the names of, and which data sources.
pub(super) fn read(
    view: &View<'_, '_>,
    found: &mut BTreeSet<Asking>,
    passings: &mut BTreeSet<Passing>,
) {
    if !READERS.contains(&view.config.kind) {
        return;
    }
    let declared = &view.config.declared;
    let mut given: Vec<Written<'_>> = declared
        .attributes()
        .into_iter()
        .map(|(file, attribute)| Written { file, expression: &attribute.value })
        .collect();
    for block in &declared.block.body.blocks {
        nested(declared.file, &block.body, &mut given);
    }
    let is_called = |kind: &str, path: &[&str]| {
        ENTRIES.contains(&kind) && path.first().is_none_or(|name| CALLED.contains(name))
    };
    passing::walk(view, given, (&is_called, true), &mut |met| {
        if met.is_data {
            let (from, to, at) = (met.address, view.address.clone(), met.first);
            passings.insert(Passing { from, to, at });
            return;
        }
        found.insert(Asking {
            entry: met.address,
            key: met.key,
            reader: view.address.clone(),
            at: met.first,
            named: met.own,
        });
    });
}

fn nested<'w>(file: u32, body: &'w Body, given: &mut Vec<Written<'w>>) {
    given.extend(body.attributes.iter().map(|it| Written { file, expression: &it.value }));
    for block in &body.blocks {
        nested(file, &block.body, given);
    }
}

/// Returns what readers read of these entries. One of several instances reads that of its own key, where there
/// is one.
pub(super) fn reads(asking: BTreeSet<Asking>, entries: &[Entry]) -> Vec<EntryRead> {
    let mut found = Vec::new();
    for asking in asking {
        let is_meant = |entry: &&Entry| {
            let rest = entry.address.strip_prefix(&asking.entry);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
        };
        let all: Vec<&Entry> = entries.iter().filter(is_meant).collect();
        let own = match &asking.key {
            Some(key) => format!("[\"{key}\"]"),
            None => asking.reader.find('[').map_or("", |at| &asking.reader[at..]).to_owned(),
        };
        let of_key = |entry: &&&Entry| !own.is_empty() && entry.address.ends_with(&own);
        let some: Vec<&Entry> = all.iter().filter(of_key).copied().collect();
        for entry in if some.is_empty() { all } else { some } {
            found.push(EntryRead {
                vault: Some(entry.vault.clone()),
                name: entry.name.clone(),
                reader: asking.reader.clone(),
                asked: asked(&asking.named, &asking.at),
                place: asking.at.clone(),
                object: None,
            });
        }
    }
    found
}
