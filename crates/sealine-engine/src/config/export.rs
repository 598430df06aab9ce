//! The section `export` of `sealine.yaml`: Terraform outputs on their way to values files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An export: outputs of one root module that go to one file.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// Where the outputs come from: the folder of a root module, a state file, or the address of a
    /// state in a backend. Folders and files are relative to this file.
    pub from: String,
    /// Who runs the root module.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<Engine>,
    /// The workspace; the selected one without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// The environment variable that holds the passphrase, when the state is one that OpenTofu
    /// encrypted and it is not a program that reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase_env: Option<String>,
    /// The file that they go to, relative to this file.
    pub to: String,
    /// The keys, with dots between them, below which they go; the top of the file without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Which outputs, and under which keys; all of them under their own names without.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<Selected>,
    /// What git does with the file.
    #[serde(default)]
    pub git: Git,
}

/// Who runs a root module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// Terraform.
    Terraform,
    /// OpenTofu.
    Tofu,
}

/// An output, or a text made of outputs, and its key.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Selected {
    /// The output's name, in which `*` stands for any text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// The way into its value: keys and numbers of items, with dots between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The key, with dots for keys below keys; the output's name without. A `*` in it stands for
    /// what the first `*` of the output's name stood for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// A text instead of one output, in which `${output}` and `${output.key}` stand for values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Whether the place must be encrypted. What is sensitive must be in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encrypted: Option<bool>,
}

/// What git does with a file that an export changed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Git {
    /// Commits it, by itself.
    pub commit: bool,
    /// The branch that the commit goes to; the current one without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Pushes the commit.
    pub push: bool,
    /// The remote to push to; the only one, or `origin`, without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    /// Opens a pull request, or a merge request, from the branch.
    pub pull_request: bool,
    /// The branch that the pull request asks to change; the default one without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Whose pull requests they are, where the remote's host does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forge: Option<Forge>,
    /// The first line of the commit's message, and the pull request's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Who hosts a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Forge {
    /// GitHub, or GitHub Enterprise Server.
    Github,
    /// GitLab.
    Gitlab,
}
