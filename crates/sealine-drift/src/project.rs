//! What a run is about: one root module with one workspace and one set of variables.
//!
//! Invariant: plain data, decided before any program starts. Names of variables are here, values
//! never.

use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::Date;

/// One root module in one workspace with its variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Project {
    /// The name under which history knows it, unique within a configuration.
    pub name: String,
    /// The folder of the root module, absolute.
    pub folder: PathBuf,
    /// The repository's folder, absolute; `folder` is within.
    pub repository: PathBuf,
    /// The workspace; the default one without.
    pub workspace: Option<String>,
    /// Files of variables, absolute, in order.
    pub var_files: Vec<PathBuf>,
    /// Settings of the backend that its block leaves out: files and `key=value`.
    pub backend_config: Vec<String>,
    /// Which program plans.
    pub tool: Tool,
    /// The program by its absolute path; found on the path by its name without.
    pub program: Option<PathBuf>,
    /// The version that the program must have, as it is written: `1.11.4`.
    pub version: Option<String>,
    /// The names of variables of the environment that the program gets, besides what any program
    /// needs. `*` at the end stands for any rest.
    pub environment: Vec<String>,
    /// A command that prints credentials as `NAME=value` lines or a JSON object of strings.
    pub credentials: Vec<String>,
    /// A command that ends with 0 when the credentials cannot write.
    pub credentials_check: Vec<String>,
    /// Whether to refuse a run with credentials that look as if they could write.
    pub refuse_write_credentials: bool,
    /// How long a run may take.
    pub timeout: Option<Duration>,
    /// How many resources are refreshed at once; the program's own number without.
    pub parallelism: Option<u32>,
    /// How long to wait for the lock of the state; no lock is taken without.
    pub lock: Option<Duration>,
    /// Whether a second plan must show the same before it counts.
    pub confirm: bool,
    /// Projects of one group never run at once.
    pub group: Option<String>,
    /// Whether to wait while a request is open that changes the project.
    pub skip_while_open: bool,
    /// Folders of modules that it calls by their path, absolute.
    pub modules: Vec<PathBuf>,
    /// When the daemon looks.
    pub schedule: Schedule,
    /// What is not to be told.
    pub ignore: Vec<IgnoreRule>,
    /// Who is told of everything here that has no other owner.
    pub owners: Vec<String>,
}

/// The program that plans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tool {
    /// Terraform.
    #[default]
    Terraform,
    /// OpenTofu.
    OpenTofu,
}

impl Tool {
    /// The name of the program.
    pub fn program(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::OpenTofu => "tofu",
        }
    }
}

/// When the daemon looks at a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// A cron expression of five fields; the daemon's own default without.
    pub cron: Option<String>,
    /// The time zone of the expression by its IANA name; UTC without.
    pub timezone: Option<String>,
    /// By how much a start may be moved, so that not all begin at once.
    pub jitter: Option<Duration>,
}

/// A difference that is not to be told, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoreRule {
    /// What reports call it: its place in the configuration, `drift.ignore[2]`.
    pub name: String,
    /// Addresses of resources, with `*` for any characters.
    pub address: String,
    /// Paths of attributes, with `*` for any characters; every attribute without.
    pub attribute: Option<String>,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub owner: Option<String>,
    /// The last day on which it holds.
    pub until: Option<Date>,
}
