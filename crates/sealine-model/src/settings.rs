//! What the configuration says, in the form in which linking and rules ask for it.
//!
//! The engine makes this from `sealine.yaml`; everything is optional and defaults to unknown.

use std::collections::BTreeMap;

use sealine_source::Place;

use crate::vault::VaultKind;

/// The effective settings of one run.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Whether a configuration file was read. Without one, closed world stays off.
    pub configured: bool,
    /// Environments: each names the delivery roots that form one cluster.
    pub environments: BTreeMap<String, Vec<String>>,
    /// Vaults by the name people use for them.
    pub vaults: BTreeMap<String, VaultSettings>,
    /// Stores whose spec does not say the vault: store name to vault name.
    pub stores: BTreeMap<String, String>,
    /// How placeholders look.
    pub conventions: Conventions,
    /// Who owns the cluster.
    pub gitops: GitOps,
    /// What is said of Airflow.
    pub airflow: Airflow,
    /// Whether backends must use a customer's own key.
    pub require_customer_key: bool,
    /// Where exports are described, by their names.
    pub exports: BTreeMap<String, Place>,
}

/// What is said of one vault.
#[derive(Clone, Debug)]
pub struct VaultSettings {
    /// Its kind.
    pub kind: VaultKind,
    /// Parts of its identity besides the name: region, account, project, address, mount.
    pub identity: BTreeMap<String, String>,
    /// Who creates its entries.
    pub ownership: Ownership,
    /// Whether entries are listed: then the list is complete, beside what Terraform declares.
    pub lists_entries: bool,
    /// Where it stands in the configuration.
    pub place: Place,
}

impl VaultSettings {
    /// Returns the same vault, of which others may create entries, too.
    #[must_use]
    pub fn open(&self) -> Self {
        Self { ownership: Ownership::Mixed, lists_entries: false, ..self.clone() }
    }
}

/// Who creates the entries of a vault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ownership {
    /// Terraform alone.
    Terraform,
    /// People alone; those listed under `entries`.
    Manual,
    /// Both.
    #[default]
    Mixed,
}

/// How placeholders look.
#[derive(Clone, Debug, Default)]
pub struct Conventions {
    /// The prefix of entries that people fill.
    pub placeholder_prefix: Option<String>,
    /// Values that mean "not filled yet".
    pub placeholder_values: Vec<String>,
}

/// Who owns the cluster, and what Terraform may keep in it.
#[derive(Clone, Debug, Default)]
pub struct GitOps {
    /// The owner, for messages: `argocd`, `flux`, `devtron`. Its presence is evidence that GitOps
    /// owns the cluster.
    pub owner: Option<String>,
    /// Bootstrap resources that Terraform may keep: address globs with the reason.
    pub bootstrap: Vec<(String, String)>,
}

/// What is said of Airflow.
#[derive(Clone, Debug, Default)]
pub struct Airflow {
    /// The namespace of its task pods.
    pub namespace: Option<String>,
    /// Whether connections come from the environment alone.
    pub connections_from_env: bool,
    /// Whether each task gets only the connections it declares.
    pub isolated_per_task: bool,
}
