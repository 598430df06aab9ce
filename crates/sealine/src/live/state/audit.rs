//! `sealine state audit`.

use std::path::PathBuf;

use clap::ValueEnum;
use sealine_state::backend::{Check, Outcome as Answer};
use sealine_state::subject::{LookError, Looked};

use super::{json, targets, text};
use crate::Outcome;
use crate::failure::Failure;
use crate::live::{block_on, passphrase};
use crate::output;

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that is typed or not")]
pub(crate) struct Args {
    /// States and plans; folders to look through, with their history and, for a root module, the
    /// state in its backend; addresses as `s3://BUCKET/KEY?region=REGION`,
    /// `azblob://ACCOUNT/CONTAINER/KEY` or `https://HOST/PATH`. The current folder without any.
    #[arg(value_name = "PATH|ADDRESS")]
    pub(super) targets: Vec<PathBuf>,
    /// A setting of the backend that its block leaves out, or a file with such settings; repeatable.
    /// Credentials belong into a file or the environment.
    #[arg(long = "backend-config", value_name = "K=V|FILE")]
    pub(super) backend_config: Vec<String>,
    /// The workspace; the one that is selected in the folder without any.
    #[arg(long, value_name = "NAME")]
    pub(super) workspace: Option<String>,
    /// Do not ask the backends of root modules.
    #[arg(long)]
    pub(super) no_backend: bool,
    /// Do not look into the history of repositories.
    #[arg(long)]
    pub(super) no_history: bool,
    #[command(flatten)]
    passphrase: passphrase::PassphraseArgs,
    /// The format.
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: Format,
    /// Exit with 0 whatever is found. A look that failed still exits with 1.
    #[arg(long)]
    exit_zero: bool,
    /// Print findings only, without notes.
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal.
    Text,
    /// Stable; see docs/state-audit.md.
    Json,
}

/// Something that was looked at.
pub(super) struct Subject {
    /// How it is called.
    pub(super) name: String,
    /// Where it lies, or lay.
    pub(super) place: Place,
    /// What was found.
    pub(super) looked: Result<Looked, LookError>,
}

/// Where a state lies.
pub(super) enum Place {
    /// In a file.
    File,
    /// In the history of a repository.
    History(sealine_engine::collect::Version),
    /// In a backend, about which this is known.
    Backend(Vec<Check>),
}

/// All that was looked at.
#[derive(Default)]
pub(super) struct Report {
    pub(super) subjects: Vec<Subject>,
    /// What else is to be said, such as that a clone is shallow.
    pub(super) notes: Vec<String>,
    /// What could not be looked at, and why.
    pub(super) failures: Vec<Failure>,
}

impl Report {
    /// Whether something lies somewhere in plain text, or ever lay in a repository.
    fn found(&self) -> bool {
        self.subjects.iter().any(|subject| {
            let looked = subject.looked.as_ref();
            let lies_open = looked.is_ok_and(|looked| !looked.audit.findings.is_empty());
            let is_bad = |check: &Check| check.outcome == Answer::Bad;
            lies_open
                || matches!(&subject.place, Place::Backend(checks) if checks.iter().any(is_bad))
        })
    }

    fn is_whole(&self) -> bool {
        self.failures.is_empty() && self.subjects.iter().all(|subject| subject.looked.is_ok())
    }
}

/// Looks at all targets.
pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    let report = block_on(async {
        let passphrase = passphrase::read(&args.passphrase).await?;
        targets::look(args, passphrase.as_ref()).await
    })?;
    match args.output {
        Format::Text => output::print(&text::text(&report))?,
        Format::Json => output::print(&output::pretty(&json::json(&report)))?,
    }
    if !args.quiet {
        report.notes.iter().for_each(|note| output::note(&format!("note: {note}")));
    }
    report.failures.iter().for_each(Failure::print);
    Ok(match (report.is_whole(), report.found()) {
        (false, _) => Outcome::Incomplete,
        (true, true) if !args.exit_zero => Outcome::Found,
        (true, _) => Outcome::Clean,
    })
}
