//! What can be typed. The doc comments are the help.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Does every secret reach the workload that needs it, and only through the path you agreed on?
///
/// Sealine links Terraform, vaults, External Secrets Operator, Kubernetes Secrets and workloads,
/// over repositories and languages, and checks the joints. Static commands never use the network
/// and never run a program.
#[derive(Debug, Parser)]
#[command(name = "sealine", version, max_term_width = 100)]
pub(crate) struct Args {
    /// When to use colour.
    #[arg(long, value_enum, default_value = "auto", global = true)]
    pub(crate) color: Color,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Makes the choice that of the whole process.
    pub(crate) fn write_global(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::AlwaysAnsi,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge the chain and report findings with their positions.
    Check(Check),
    /// Show where a secret comes from and who gets it.
    Trace(Trace),
    /// Write the linked chain.
    Graph(Graph),
    /// Say what a change breaks, and in which order it is safe.
    Impact(Impact),
    /// Show the Secret that an `ExternalSecret` produces, or try whether its consumer can read it.
    Render(Render),
    /// Write what repositories declare and need, for others to link with.
    Facts(Facts),
    /// Print the page of a rule or of a type of connections, or list all rules.
    Explain(Explain),
    /// Show the effective configuration, or its JSON schema.
    Config(Config),
    /// Look at a tree and write a commented `sealine.yaml` for it.
    Init(Init),
    /// Write what something new needs.
    New(New),
    #[cfg(feature = "live")]
    #[command(flatten)]
    Live(crate::live::Command),
    /// Print the completions of a shell.
    Completions(Completions),
    /// Print the manual page.
    Man,
}

/// What to read.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Input {
    /// Folders or files to look at; the current folder without any.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// A repository to link with, by name; repeatable. With repositories and no path, only these
    /// are read.
    #[arg(long = "repo", value_name = "NAME=PATH", value_parser = parse_repo)]
    pub(crate) repos: Vec<(String, PathBuf)>,
    /// The configuration file, instead of the one found upward from the first path.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Facts of other repositories, to link with them without a checkout; a file that `sealine facts`
    /// wrote, or a folder of such files; repeatable. Facts of a repository that is read, too, are
    /// what it was before.
    #[arg(long = "with", value_name = "FACTS")]
    pub(crate) with: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that is typed or not")]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) input: Input,
    /// How to report, and where to: text, json, sarif, github; repeatable.
    #[arg(short, long = "output", value_name = "FORMAT[=FILE]")]
    pub(crate) outputs: Vec<String>,
    /// Run only these rules; repeatable, or separated by commas.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(crate) select: Vec<String>,
    /// Do not run these rules; repeatable, or separated by commas.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Exit with 2 when a finding is at least this severe.
    #[arg(long, value_name = "SEVERITY", default_value = "warning")]
    pub(crate) fail_on: FailOn,
    /// Exit with 0 whatever is found. A look that failed still exits with 1.
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// Apply safe repairs.
    #[arg(long)]
    pub(crate) fix: bool,
    /// With `--fix` or `--diff`, apply repairs that may change what was meant, too.
    #[arg(long)]
    pub(crate) unsafe_fixes: bool,
    /// Show what `--fix` would change, and change nothing, with `--fix` beside it, too.
    #[arg(long)]
    pub(crate) diff: bool,
    /// Report only what this baseline does not hold.
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write the findings to the baseline, keeping what this run did not look at.
    #[arg(long, requires = "baseline")]
    pub(crate) write_baseline: bool,
    /// Count findings by rule, and give the shares of documents and delivery roots that were
    /// understood.
    #[arg(long)]
    pub(crate) statistics: bool,
    /// Print findings only, without notes and hints.
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Say what could not be understood, and why.
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

/// The severity from which on a run fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Any finding.
    Info,
    /// Warnings and errors.
    Warning,
    /// Errors.
    Error,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Trace {
    /// What to look for: an id (`secret/NAMESPACE/NAME`), `vault:NAME/ENTRY`, a Terraform address, a
    /// variable, `DAG.TASK`, `KIND/NAME`, `FILE:LINE`, or a part of a name.
    #[arg(value_name = "QUERY")]
    pub(crate) query: String,
    #[command(flatten)]
    pub(crate) input: Input,
    /// Show only where it comes from.
    #[arg(long)]
    pub(crate) up: bool,
    /// Show only who gets it.
    #[arg(long)]
    pub(crate) down: bool,
    /// The format.
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: TraceFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TraceFormat {
    /// A tree.
    Text,
    /// Stable; see docs/trace.md.
    Json,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Graph {
    #[command(flatten)]
    pub(crate) input: Input,
    /// List the delivery roots instead: what each brings to a cluster, and what of it stayed
    /// unknown, and why.
    #[arg(long)]
    pub(crate) deliveries: bool,
    /// Only the chain of this node, written as for `sealine trace`; in a page, where it begins.
    #[arg(long, value_name = "QUERY", conflicts_with = "deliveries")]
    pub(crate) focus: Option<String>,
    /// The format, and where to: json (the default), dot, mermaid, html; text and json for
    /// --deliveries, where text is the default.
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_parser = parse_graph_output)]
    pub(crate) output: Option<GraphOutput>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Impact {
    /// The revisions: BASE (against the work tree), BASE..HEAD, or BASE...HEAD for what came since
    /// both parted. HEAD against the work tree without any.
    #[arg(value_name = "BASE[..HEAD]", conflicts_with = "before")]
    pub(crate) range: Option<String>,
    /// Folders to look at; the current folder without any.
    #[arg(value_name = "PATH", conflicts_with = "before")]
    pub(crate) paths: Vec<PathBuf>,
    /// A repository to link with, by name; repeatable. With repositories and no path, only these
    /// are read.
    #[arg(long = "repo", value_name = "NAME=PATH", value_parser = parse_repo)]
    pub(crate) repos: Vec<(String, PathBuf)>,
    /// The revisions of one repository; repeatable. Repositories without any stay as they are.
    #[arg(
        long = "range",
        value_name = "NAME=BASE[..HEAD]",
        value_parser = parse_range,
        conflicts_with_all = ["range", "before", "remove", "rename"]
    )]
    pub(crate) ranges: Vec<(String, String)>,
    /// The configuration file, instead of the one found upward from the first path.
    #[arg(long, value_name = "FILE", conflicts_with = "before")]
    pub(crate) config: Option<PathBuf>,
    /// Facts of other repositories, to link with them without a checkout; as for `check`.
    #[arg(long = "with", value_name = "FACTS", conflicts_with = "before")]
    pub(crate) with: Vec<PathBuf>,
    /// Compare two folders: the one before the change.
    #[arg(long, value_name = "PATH", requires = "after")]
    pub(crate) before: Option<PathBuf>,
    /// The folder after the change.
    #[arg(long, value_name = "PATH", requires = "before")]
    pub(crate) after: Option<PathBuf>,
    /// Suppose that this node went: written as for `sealine trace`; repeatable.
    #[arg(long, value_name = "NODE", conflicts_with = "before")]
    pub(crate) remove: Vec<String>,
    /// Suppose that this node had another name; repeatable.
    #[arg(long, value_name = "NODE=NAME", value_parser = parse_rename, conflicts_with = "before")]
    pub(crate) rename: Vec<(String, String)>,
    /// The format.
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: ImpactFormat,
}

impl Impact {
    /// What to read, when it is no pair of folders.
    pub(crate) fn input(&self) -> Input {
        // Where no revisions are asked for, the first word is a path, too.
        let first = self.range.iter().filter(|_| self.supposes()).map(PathBuf::from);
        Input {
            paths: first.chain(self.paths.iter().cloned()).collect(),
            repos: self.repos.clone(),
            config: self.config.clone(),
            with: self.with.clone(),
        }
    }

    /// Returns whether the change is one that nobody made yet.
    pub(crate) fn supposes(&self) -> bool {
        !self.remove.is_empty() || !self.rename.is_empty()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImpactFormat {
    /// For a terminal.
    Text,
    /// Stable; see docs/impact.md.
    Json,
    /// For a comment on a pull request.
    Markdown,
}

fn parse_range(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, range)) if !name.is_empty() && !range.is_empty() => {
            Ok((name.to_owned(), range.to_owned()))
        }
        _ => Err("write it as NAME=BASE..HEAD".to_owned()),
    }
}

/// The last `=` parts the two: an id may hold one, a name does not.
fn parse_rename(text: &str) -> Result<(String, String), String> {
    match text.rsplit_once('=') {
        Some((node, name)) if !node.is_empty() && !name.is_empty() => {
            Ok((node.to_owned(), name.to_owned()))
        }
        _ => Err("write it as NODE=NAME".to_owned()),
    }
}

/// A format of `graph`, and the file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GraphOutput {
    pub(crate) format: GraphFormat,
    pub(crate) file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// Sorted and stable.
    Json,
    /// A table.
    Text,
    /// For Graphviz.
    Dot,
    /// For Markdown.
    Mermaid,
    /// One page that needs nothing else.
    Html,
}

fn parse_graph_output(text: &str) -> Result<GraphOutput, String> {
    let (name, file) = match text.split_once('=') {
        Some((name, file)) => (name, Some(PathBuf::from(file))),
        None => (text, None),
    };
    let format = GraphFormat::from_str(name, false)
        .map_err(|_| "the formats are json, dot, mermaid, html and text".to_owned())?;
    Ok(GraphOutput { format, file })
}

#[derive(Debug, clap::Args)]
pub(crate) struct Render {
    /// Files or folders to look at, or the names of `ExternalSecret`s as NAME or NAMESPACE/NAME; all
    /// below the current folder without any.
    #[arg(value_name = "PATH|NAME")]
    pub(crate) targets: Vec<String>,
    /// A repository to link with, by name; repeatable.
    #[arg(long = "repo", value_name = "NAME=PATH", value_parser = parse_repo)]
    pub(crate) repos: Vec<(String, PathBuf)>,
    /// The configuration file, instead of the one found upward from the first path.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// What the vault holds, by key: YAML, JSON or lines of KEY=value; `-` for standard input. A map
    /// is an entry that is JSON, or what the store of its name holds.
    #[arg(long, value_name = "FILE", group = "values")]
    pub(crate) data: Option<PathBuf>,
    /// Make values up, plausible ones and always the same.
    #[arg(long, group = "values")]
    pub(crate) sample: bool,
    /// What was fetched, by `secretKey`, in base64, as `esoctl template` wants it.
    #[arg(long, value_name = "FILE", group = "values")]
    pub(crate) source_secret_data_file: Option<PathBuf>,
    /// A file with the `ExternalSecret`, as `esoctl template` names it.
    #[arg(long, value_name = "FILE")]
    pub(crate) source_templated_object: Option<PathBuf>,
    /// A `ConfigMap` that `templateFrom` names; repeatable.
    #[arg(long, value_name = "FILE")]
    pub(crate) template_from_config_map: Vec<PathBuf>,
    /// A Secret that `templateFrom` names; repeatable.
    #[arg(long, value_name = "FILE")]
    pub(crate) template_from_secret: Vec<PathBuf>,
    /// Show the values. Without it they are `****`.
    #[arg(long, conflicts_with = "check")]
    pub(crate) reveal: bool,
    /// Show no manifests: say whether all renders, and whether each value arrives at its consumer
    /// whatever it is. Needs no values.
    #[arg(long)]
    pub(crate) check: bool,
    /// The format.
    #[arg(short, long, value_enum, default_value = "yaml", value_name = "FORMAT")]
    pub(crate) output: RenderFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RenderFormat {
    /// Manifests, one document each; with --check, text.
    Yaml,
    /// Sorted and stable.
    Json,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Facts {
    #[command(flatten)]
    pub(crate) input: Input,
    /// Print the JSON schema of the file instead.
    #[arg(long)]
    pub(crate) schema: bool,
    /// The file to write; standard output without it.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    /// The rule, or `connection:TYPE` for a type of Airflow's connections (`connection:` lists
    /// them); without it, all rules are listed.
    #[arg(value_name = "RULE")]
    pub(crate) rule: Option<String>,
    /// With `connection:TYPE`, the fields that there are, by name or as NAME=VALUE, separated by
    /// commas: says what each way to log in lacks.
    #[arg(long, value_name = "FIELD", value_delimiter = ',', requires = "rule")]
    pub(crate) have: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print the effective configuration.
    Show(Input),
    /// Print the JSON schema of `sealine.yaml`.
    Schema,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Init {
    /// The folder to look at.
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) path: PathBuf,
    /// Print the file instead of writing it.
    #[arg(long)]
    pub(crate) stdout: bool,
    /// Replace a file that exists.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct New {
    #[command(subcommand)]
    pub(crate) command: NewCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NewCommand {
    /// Write the `ExternalSecret` of a connection for Airflow, add it to the kustomization beside it,
    /// and print what a DAG needs. No file is replaced.
    Connection(NewConnection),
    /// Write a workflow of GitHub Actions that looks for drift on a schedule. No file is replaced.
    DriftWorkflow(crate::commands::drift_workflow::NewDriftWorkflow),
}

#[derive(Debug, clap::Args)]
pub(crate) struct NewConnection {
    /// The type; `sealine explain connection:` lists all.
    #[arg(value_name = "TYPE")]
    pub(crate) kind: String,
    /// The name: that of the connection, with `-` for `_`; the type without it.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The namespace, where no kustomization sets it.
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
    /// The store that reads the vault.
    #[arg(long, value_name = "NAME")]
    pub(crate) store: String,
    /// The kind of the store.
    #[arg(long, value_name = "KIND", default_value = "ClusterSecretStore")]
    pub(crate) store_kind: String,
    /// The way to log in, by its name in `sealine explain connection:TYPE`.
    #[arg(long, value_name = "NAME")]
    pub(crate) flow: Option<String>,
    /// A value that is no secret and stands in the template; repeatable.
    #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = parse_field)]
    pub(crate) given: Vec<(String, String)>,
    /// The entry of the vault that a field comes from; repeatable.
    #[arg(long = "entry", value_name = "FIELD=KEY", value_parser = parse_field)]
    pub(crate) entries: Vec<(String, String)>,
    /// The folder to write to.
    #[arg(long, value_name = "PATH", default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Print the manifest instead of writing it.
    #[arg(long)]
    pub(crate) stdout: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// The shell.
    pub(crate) shell: clap_complete::Shell,
}

fn parse_repo(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => {
            Ok((name.to_owned(), PathBuf::from(path)))
        }
        _ => Err("write it as NAME=PATH".to_owned()),
    }
}

fn parse_field(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => {
            let name = name.strip_prefix("extra.").unwrap_or(name);
            Ok((name.to_owned(), value.to_owned()))
        }
        _ => Err("write it as FIELD=VALUE".to_owned()),
    }
}
