//! The section `drift` of `sealine.yaml`: which projects `sealine drift` looks at, and how.
//!
//! Invariant: no value of a variable stands here, only names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::export::Forge;

/// What `sealine drift` looks at.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Drift {
    /// The projects. Without any, every root module with a backend is one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<DriftProject>,
    /// What holds for every project that says nothing else. `path` and `name` do not stand here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defaults: Option<DriftProject>,
    /// As whom Terraform, OpenTofu and commands for credentials run, where Sealine runs as root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_as: Option<DriftRunAs>,
    /// How it is found out which requests are open, for projects with `skip_while_open`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<DriftRequests>,
    /// Differences that are not told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<DriftIgnore>,
}

impl Drift {
    /// Returns whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Root modules, and how to look at them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DriftProject {
    /// The folder of a root module, relative to this file; `*` stands for one part of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What history and alerts call it; its path without. A workspace is added in brackets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Workspaces, each a project of its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub workspaces: Vec<String>,
    /// Files of variables, relative to the module; `{workspace}` stands for the workspace.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub var_files: Vec<String>,
    /// What `init` gets as `-backend-config`: files or `key=value`. No secrets: everyone on the
    /// machine can read arguments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub backend_config: Vec<String>,
    /// Which program plans.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<DriftEngine>,
    /// The program by its absolute path; the one on the `PATH` without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// The version that the program must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Names of variables that the program gets from the environment, with `*` for any text. Without
    /// any: those of the well-known clouds, and `TF_VAR_*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<Vec<String>>,
    /// A command that prints credentials as `NAME=value` lines or as a JSON object of texts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub credentials: Vec<String>,
    /// A command that runs with these credentials and ends with 0 when they cannot write.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub credentials_check: Vec<String>,
    /// Refuse to run with credentials whose names say that they can write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuse_write_credentials: Option<bool>,
    /// How long a look may take, such as `30m`, which it is without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<String>,
    /// How many resources are refreshed at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallelism: Option<String>,
    /// Take the lock of the state, and wait for it this long, such as `30s`. Without it no lock is
    /// taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<String>,
    /// Whether a second plan must show the same drift before it counts; `true` without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm: Option<bool>,
    /// Do not look while a pull request or merge request is open that changes the module, a module
    /// that it calls by its path, or its files of variables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip_while_open: Option<bool>,
    /// Projects of one group are never looked at at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// When `sealine drift watch` looks: five fields of cron, such as `15 */6 * * *`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// The time zone of the schedule, such as `Europe/Zurich`; UTC without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// By how much a start may be moved, such as `10m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jitter: Option<String>,
    /// Who is told of everything here for which `CODEOWNERS` names nobody.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<String>,
}

/// A user who may do less than root.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DriftRunAs {
    /// The user, by name or number.
    pub user: String,
    /// The group, by name or number; the user's own without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// Who is asked for open requests: the host of the repository's remote without more.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DriftRequests {
    /// Whose requests they are, where the remote's host does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forge: Option<Forge>,
    /// The environment variable that holds the token; `GITHUB_TOKEN`, `GH_TOKEN` or `GITLAB_TOKEN`
    /// without. It needs to read requests alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_env: Option<String>,
    /// Only requests with this label count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The remote; the only one, or `origin`, without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
}

/// The program that plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DriftEngine {
    /// Terraform.
    Terraform,
    /// OpenTofu.
    Tofu,
}

/// A difference that is not told, and why.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DriftIgnore {
    /// Addresses of resources, with `*` for any text.
    pub address: String,
    /// Attributes, with `*` for any text; everything about the resource without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// Names of projects, with `*` for any text; all without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Why.
    pub reason: String,
    /// Who says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The last day on which it holds, such as `2027-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}
