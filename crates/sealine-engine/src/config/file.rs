//! The types of `sealine.yaml`. Their doc comments are the schema's descriptions.
//!
//! Invariant: every field is optional, and an empty file means what no file means, except that it
//! says "this is the whole": see [`sealine_model::settings::Settings::configured`].

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::alerts::Alerts;
use super::drift::Drift;
use super::export::Export;

/// The configuration of Sealine for one set of repositories.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "sealine.yaml")]
pub struct File {
    /// Repositories that are linked together, by the name used in findings.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub repos: BTreeMap<String, Repo>,
    /// Environments: each names the delivery roots (Flux Kustomizations, Argo CD Applications, or
    /// their paths) that form one cluster.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub environments: BTreeMap<String, Vec<String>>,
    /// Vaults, by the name people use; for Azure Key Vault that is the vault's own name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub vaults: BTreeMap<String, Vault>,
    /// Stores whose spec does not say the vault: the store's name and the vault's name above.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub stores: BTreeMap<String, String>,
    /// How placeholders look.
    pub conventions: Conventions,
    /// Who owns the cluster, and what Terraform may keep in it.
    pub gitops: GitOps,
    /// What is known of Airflow.
    pub airflow: Airflow,
    /// What is asked of Terraform state.
    pub state: State,
    /// What `sealine drift` looks at.
    #[serde(skip_serializing_if = "Drift::is_empty")]
    pub drift: Drift,
    /// Outputs of root modules that go to values files, by the names that `sealine export` takes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub export: BTreeMap<String, Export>,
    /// Whom `sealine drift` tells, and of what.
    #[serde(skip_serializing_if = "Alerts::is_empty")]
    pub alerts: Alerts,
    /// Severities and options of rules, by the rule's name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<String, RuleEntry>,
    /// Files and folders that are not looked at, as patterns of `.gitignore`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<String>,
}

/// A repository.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Repo {
    /// The folder, relative to this file.
    pub path: String,
    /// The git remote, such as `github.com/owner/name`: module sources and delivery roots that
    /// name it are read from the folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
}

/// A vault.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vault {
    /// The kind of vault.
    pub kind: Kind,
    /// Who creates its entries.
    #[serde(default)]
    pub ownership: Ownership,
    /// Entries that people create by hand. When there are any, the list is complete beside what
    /// Terraform declares.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub entries: BTreeMap<String, Entry>,
    /// The AWS account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The AWS region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The Google Cloud project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The address of a HashiCorp Vault or OpenBao server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The mount of the KV engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mount: Option<String>,
}

/// The kinds of vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Azure Key Vault.
    Azure,
    /// AWS Secrets Manager.
    #[serde(alias = "aws")]
    AwsSecretsManager,
    /// AWS Systems Manager Parameter Store.
    AwsParameterStore,
    /// Google Secret Manager.
    Gcp,
    /// HashiCorp Vault or OpenBao.
    Hashicorp,
    /// 1Password.
    Onepassword,
    /// Doppler.
    Doppler,
    /// Infisical.
    Infisical,
    /// Bitwarden Secrets Manager.
    Bitwarden,
    /// GitLab variables.
    Gitlab,
}

/// Who creates the entries of a vault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ownership {
    /// Terraform creates all of them, and people fill the placeholders.
    Terraform,
    /// People create all of them: those under `entries`.
    Manual,
    /// Both. With `entries`, those and Terraform's are all; without, what nothing in sight creates is
    /// a warning where Terraform creates other entries.
    #[default]
    Mixed,
}

/// An entry that people create by hand.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Who fills it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Why it is not created by Terraform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How placeholders look.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Conventions {
    /// The prefix of entries that Terraform creates and people fill.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placeholder_prefix: Option<String>,
    /// Values that mean "not filled yet".
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub placeholder_values: Vec<String>,
}

/// Who owns the cluster.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GitOps {
    /// The tool that owns what is in the cluster: `argocd`, `flux`, `devtron`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Resources in the cluster that Terraform may keep.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bootstrap: Vec<Bootstrap>,
}

/// A resource that Terraform may keep in the cluster.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bootstrap {
    /// The address, with `*` for any text.
    pub address: String,
    /// Why.
    pub reason: String,
}

/// What is known of Airflow.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Airflow {
    /// The namespace of its task pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Where connections come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connections: Option<Connections>,
    /// Who may see a connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isolation: Option<Isolation>,
}

/// Where Airflow connections come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Connections {
    /// From the environment of the task pod alone.
    Env,
    /// From the metadata database or a secrets backend, too.
    Any,
}

/// Who may see a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// Each task gets only what it declares.
    PerTask,
    /// All components share connections.
    Shared,
}

/// What is asked of Terraform state.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct State {
    /// Whether backends must encrypt with a customer's own key.
    pub require_customer_key: bool,
}

/// What is said of a rule: a severity, or a severity with options.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum RuleEntry {
    /// The severity alone.
    Severity(Level),
    /// The severity and more.
    Options {
        /// The severity.
        severity: Level,
    },
}

impl RuleEntry {
    /// Returns the severity.
    pub fn level(&self) -> Level {
        match self {
            Self::Severity(level) | Self::Options { severity: level } => *level,
        }
    }
}

/// A severity, or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The rule does not run.
    Off,
    /// Worth knowing.
    Info,
    /// Probably wrong.
    Warning,
    /// Wrong.
    Error,
}
