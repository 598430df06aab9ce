//! `sealine new drift-workflow`.
//!
//! Invariant: the workflow asks for no more rights than looking and reporting need, and it keeps the
//! history between runs, so that what was told is not told again.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sealine_engine::write;

use crate::Outcome;
use crate::failure::Failure;
use crate::output;

#[derive(Debug, clap::Args)]
pub(crate) struct NewDriftWorkflow {
    /// The projects to look at, by folder or name; all without any.
    #[arg(value_name = "PROJECT")]
    pub(crate) projects: Vec<String>,
    /// When, in five fields of cron, in UTC.
    #[arg(long, value_name = "CRON", default_value = "23 5 * * *")]
    pub(crate) cron: String,
    /// A secret of the repository that the run gets as a variable, such as `SLACK_WEBHOOK_URL`;
    /// repeatable.
    #[arg(long = "secret", value_name = "NAME")]
    pub(crate) secrets: Vec<String>,
    /// Set `OpenTofu` up instead of Terraform.
    #[arg(long)]
    pub(crate) tofu: bool,
    /// The folder of the repository.
    #[arg(long, value_name = "PATH", default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Print the workflow instead of writing it.
    #[arg(long)]
    pub(crate) stdout: bool,
}

/// Where GitHub looks for workflows.
const FILE: &str = ".github/workflows/drift.yml";

/// Writes the workflow.
pub(crate) fn run(args: &NewDriftWorkflow) -> Result<Outcome, Failure> {
    let text = workflow(args)?;
    if args.stdout {
        output::print(&text)?;
        return Ok(Outcome::Clean);
    }
    let path = args.dir.join(FILE);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| cannot(folder, error))?;
    }
    write::create(&path, text.as_bytes()).map_err(|error| {
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            Failure::new(format!("`{}` exists, and is left as it is", path.display()))
                .hint("`--stdout` prints what would be written")
        } else {
            cannot(&path, error)
        }
    })?;
    output::note(&format!("wrote {}", path.display()));
    output::note("it needs a step that installs Sealine, and one that logs in with rights to read");
    Ok(Outcome::Clean)
}

fn cannot(path: &Path, error: std::io::Error) -> Failure {
    Failure::new(format!("cannot write `{}`", path.display())).because(error)
}

fn workflow(args: &NewDriftWorkflow) -> Result<String, Failure> {
    let fields = args.cron.split_whitespace().count();
    let known = |letter: char| letter.is_ascii_alphanumeric() || " */,-".contains(letter);
    if fields != 5 || !args.cron.chars().all(known) {
        return Err(Failure::new(format!("`{}` is not a cron expression", args.cron))
            .hint("GitHub wants five fields, such as `23 5 * * *`"));
    }
    let mut command = String::from("sealine drift run -o text -o sarif=drift.sarif");
    for project in &args.projects {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
        if project.is_empty() || project.starts_with('-') || !project.chars().all(plain) {
            return Err(Failure::new(format!("`{project}` is not the name of a project")));
        }
        command.push(' ');
        command.push_str(project);
    }
    let mut env = String::new();
    for name in &args.secrets {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        if name.is_empty() || !name.chars().all(plain) {
            return Err(Failure::new(format!("`{name}` is not the name of a secret")));
        }
        let _ = writeln!(env, "          {name}: ${{{{ secrets.{name} }}}}");
    }
    if !env.is_empty() {
        env = format!("        env:\n{env}");
    }
    let setup = if args.tofu {
        "opentofu/setup-opentofu@v1\n        with:\n          tofu_wrapper: false"
    } else {
        "hashicorp/setup-terraform@v3\n        with:\n          terraform_wrapper: false"
    };
    Ok(format!(
        r#"# Looks for drift on a schedule, with plans that change nothing. It exits with 0 when nothing
# differs, with 2 when something does, and with 1 when it could not look.
name: drift

on:
  schedule:
    - cron: "{cron}"
  workflow_dispatch:

permissions:
  contents: read
  # To log in to a cloud without a stored key.
  id-token: write
  # To show findings under code scanning.
  security-events: write

# One at a time: the history is handed from run to run.
concurrency:
  group: drift

jobs:
  drift:
    runs-on: ubuntu-24.04
    timeout-minutes: 60
    steps:
      - uses: actions/checkout@v5
        with:
          persist-credentials: false
      - uses: {setup}
      # Install Sealine here, as you install other tools, and log in with rights to read alone.
      - uses: actions/cache/restore@v4
        with:
          path: ~/.local/state/sealine
          key: drift-history-${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}
          restore-keys: drift-history-
      - run: {command}
{env}      - uses: actions/cache/save@v4
        if: ${{{{ !cancelled() }}}}
        with:
          path: ~/.local/state/sealine
          key: drift-history-${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}
      - uses: github/codeql-action/upload-sarif@v3
        if: ${{{{ !cancelled() && hashFiles('drift.sarif') != '' }}}}
        with:
          sarif_file: drift.sarif
          category: drift
"#,
        cron = args.cron,
    ))
}
