//! `sealine export`.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use sealine_export::{
    Commit, Done, Export, Job, Mode, Selection, Surroundings, Template, tree_path,
};
use sealine_state::Outputs;

use super::origin::From;
use super::passphrase;
use crate::Outcome;
use crate::failure::Failure;
use crate::live::export_report::{self, Told};
use crate::project;

/// What can be typed.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that is typed or not")]
pub(crate) struct Args {
    /// The export of `sealine.yaml`; all of them without.
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Where the outputs come from, instead of what `sealine.yaml` says: the folder of a root module,
    /// a state file, what `output -json` printed, `-` for standard input, or the address of a state:
    /// `s3://BUCKET/KEY?region=REGION`, `azblob://ACCOUNT/CONTAINER/KEY`, `https://HOST/PATH`.
    #[arg(long, value_name = "DIR|FILE|ADDRESS|-", requires = "to")]
    from: Option<String>,
    /// The file that they go to.
    #[arg(long, value_name = "FILE", requires = "from")]
    to: Option<PathBuf>,
    /// The keys below which they go, with dots between them; the top of the file without.
    #[arg(long, value_name = "TREE.PATH", requires = "from")]
    at: Option<String>,
    /// An output, and the key it goes to; repeatable. `*` stands for any text, dots lead into a
    /// value and into keys. All outputs without.
    #[arg(long = "output", value_name = "NAME[=KEY]", requires = "from")]
    outputs: Vec<String>,
    /// Who runs the root module.
    #[arg(long, value_enum, requires = "from")]
    engine: Option<Engine>,
    /// The workspace; the selected one without.
    #[arg(long, value_name = "NAME", requires = "from")]
    workspace: Option<String>,
    #[command(flatten)]
    passphrase: passphrase::PassphraseArgs,
    /// Change nothing; exit with 2 when the file is behind the outputs.
    #[arg(long, conflicts_with = "dry_run")]
    check: bool,
    /// Change nothing; say which keys would change.
    #[arg(long)]
    dry_run: bool,
    /// Commit the file, by itself.
    #[arg(long)]
    commit: bool,
    /// Commit to this branch, which is made from HEAD when it does not exist. Unless it is checked
    /// out, the file of the work tree stays as it is.
    #[arg(long, value_name = "BRANCH")]
    branch: Option<String>,
    /// Commit, and push the commit. Nothing is forced.
    #[arg(long)]
    push: bool,
    /// Push, and open a pull request from the branch, or bring the open one up to date.
    #[arg(long)]
    pull_request: bool,
    /// Let an older state, or another one, replace what is there.
    #[arg(long)]
    allow_older_serial: bool,
    /// The configuration file, instead of the one found upward from the current folder.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The format.
    #[arg(short = 'o', long = "format", value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,
    /// Print nothing but failures.
    #[arg(short, long)]
    pub(super) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// Stable; see docs/export.md.
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// Terraform.
    Terraform,
    /// OpenTofu.
    Tofu,
}

/// One export with where its outputs come from.
struct Planned {
    job: Job,
    from: From,
}

/// Brings values files up to date with outputs.
pub(crate) fn run(args: &Args) -> Result<Outcome, Failure> {
    let planned = if args.from.is_some() { vec![typed(args)?] } else { configured(args)? };
    let told = super::block_on(all(planned))?;
    export_report::print(args, &told)?;
    let behind = told.iter().any(|told| !told.done.touched.is_empty());
    Ok(if args.check && behind { Outcome::Found } else { Outcome::Clean })
}

/// Does one export after the other. What fails keeps the others from nothing; then the run fails.
async fn all(planned: Vec<Planned>) -> Result<Vec<Told>, Failure> {
    let environment = super::environment();
    let words = super::texts(&environment);
    let http = sealine_http::Settings::from_environment(&words);
    let services = super::services(&words, http)?;
    let mut fetched: Vec<(From, Outputs)> = Vec::new();
    let mut told = Vec::new();
    let mut failures = Vec::new();
    for Planned { job, from } in planned {
        if !fetched.iter().any(|(known, _)| *known == from) {
            match from.fetch(&environment, &words).await {
                Ok(outputs) => fetched.push((from.clone(), outputs)),
                Err(failure) => {
                    failures.push(failure);
                    continue;
                }
            }
        }
        let Some((_, outputs)) = fetched.iter().find(|(known, _)| *known == from) else { continue };
        let around = Surroundings { services: &services, now: jiff::Timestamp::now() };
        match sealine_export::run(&job, outputs, &around).await {
            Ok(done) => told.push(Told { name: job.export.name, mode: job.mode, done }),
            Err(fault) => failures.push(failed(&fault)),
        }
    }
    match failures.into_iter().reduce(Failure::and) {
        Some(failure) => {
            for told in &told {
                crate::output::note(&export_report::line(told));
            }
            Err(failure)
        }
        None => Ok(told),
    }
}

fn failed(fault: &sealine_export::Fault) -> Failure {
    let help = fault.help();
    let mut message = fault.to_string();
    // The sources of a fault are told whole, each by its own words.
    let mut cause = std::error::Error::source(fault);
    while let Some(next) = cause {
        message.push_str(": ");
        message.push_str(&next.to_string());
        cause = next.source();
    }
    let failure = Failure::new(message);
    match help {
        Some(help) => failure.hint(help),
        None => failure,
    }
}

/// The export that flags describe.
fn typed(args: &Args) -> Result<Planned, Failure> {
    let at = keys(args.at.as_deref().unwrap_or_default())?;
    let mut selections = Vec::new();
    for output in &args.outputs {
        let (output, key) = match output.split_once('=') {
            Some((output, key)) => (output, Some(keys(key)?)),
            None => (output.as_str(), None),
        };
        let mut path = output.split('.').map(str::to_owned);
        let output = path.next().unwrap_or_default();
        selections.push(Selection { output, path: path.collect(), key, ..Selection::default() });
    }
    let default = if at.is_empty() { "outputs".to_owned() } else { tree_path::shown(&at) };
    let export = Export {
        name: args.name.clone().unwrap_or(default),
        selections,
        at,
        allow_older_serial: args.allow_older_serial,
    };
    let git = with_flags(args, Commit::default(), &export.name);
    let to = args.to.clone().unwrap_or_default();
    let from = From {
        text: args.from.clone().unwrap_or_default(),
        folder: PathBuf::new(),
        engine: engine(args.engine.is_some_and(|engine| engine == Engine::Tofu)),
        workspace: args.workspace.clone(),
        passphrase: args.passphrase.clone(),
    };
    Ok(Planned { job: Job { export: named(export)?, to, git, mode: mode(args) }, from })
}

/// The exports of the configuration.
fn configured(args: &Args) -> Result<Vec<Planned>, Failure> {
    let (config, file) = project::configuration(args.config.as_deref())?;
    let exports = &config.file.export;
    let Some(file) = file.filter(|_| !exports.is_empty()) else {
        return Err(Failure::new("no `sealine.yaml` says what to export")
            .hint("write a section `export`, or give `--from` and `--to`"));
    };
    let chosen: Vec<_> = exports
        .iter()
        .filter(|(name, _)| args.name.as_ref().is_none_or(|wished| wished == *name))
        .collect();
    if let (true, Some(name)) = (chosen.is_empty(), &args.name) {
        let near = sealine_rules::similar::nearest(name, exports.keys().map(String::as_str), None);
        let failure = Failure::new(format!("`{}` has no export `{name}`", file.display()));
        return Err(match near {
            Some((near, _)) => failure.hint(format!("did you mean `{near}`?")),
            None => failure,
        });
    }
    chosen.into_iter().map(|(name, export)| of_file(args, name, export, &config.folder)).collect()
}

fn of_file(
    args: &Args,
    name: &str,
    said: &sealine_engine::config::export::Export,
    folder: &Path,
) -> Result<Planned, Failure> {
    use sealine_engine::config::export as file;
    let in_export = |failure: Failure| failure.hint(format!("in the export `{name}`"));
    let mut selections = Vec::new();
    for selected in &said.outputs {
        let key = selected.key.as_deref().map(keys).transpose().map_err(in_export)?;
        let template = selected.template.as_deref().map(Template::parse).transpose();
        let template = template.map_err(|fault| in_export(Failure::new(fault.to_string())))?;
        if template.is_some() == selected.output.is_some() {
            let text = "each of `outputs` needs `output` or `template`, and not both";
            return Err(in_export(Failure::new(text)));
        }
        let path = selected.path.as_deref().map(keys).transpose().map_err(in_export)?;
        selections.push(Selection {
            output: selected.output.clone().unwrap_or_default(),
            path: path.unwrap_or_default(),
            key,
            template,
            encrypted: selected.encrypted,
        });
    }
    let export = Export {
        name: name.to_owned(),
        selections,
        at: keys(said.at.as_deref().unwrap_or_default()).map_err(in_export)?,
        allow_older_serial: args.allow_older_serial,
    };
    let git = Commit {
        commit: said.git.commit,
        branch: said.git.branch.clone(),
        push: said.git.push,
        remote: said.git.remote.clone(),
        pull_request: said.git.pull_request,
        base: said.git.base.clone(),
        forge: said.git.forge.map(Into::into),
        message: said.git.message.clone(),
    };
    let git = with_flags(args, git, name);
    let from = From {
        text: said.from.clone(),
        folder: folder.to_owned(),
        engine: engine(said.engine == Some(file::Engine::Tofu)),
        workspace: said.workspace.clone(),
        passphrase: args.passphrase.or(said.passphrase_env.as_ref()),
    };
    let job = Job { export: named(export)?, to: folder.join(&said.to), git, mode: mode(args) };
    Ok(Planned { job, from })
}

/// What flags say beats what the configuration says; what asks for more implies what it needs.
fn with_flags(args: &Args, mut git: Commit, name: &str) -> Commit {
    git.pull_request |= args.pull_request;
    git.push |= args.push || git.pull_request;
    git.commit |= args.commit || git.push;
    git.branch = args.branch.clone().or(git.branch);
    if git.pull_request && git.branch.is_none() {
        let plain = |it: char| if it.is_ascii_alphanumeric() || it == '-' { it } else { '-' };
        let name: String = name.chars().map(plain).collect();
        git.branch = Some(format!("sealine/export-{}", name.trim_matches('-')));
    }
    git
}

/// A name stands in a comment of the target.
fn named(export: Export) -> Result<Export, Failure> {
    if export.name.is_empty() || export.name.chars().any(char::is_control) {
        return Err(Failure::new("an export needs a name of visible characters"));
    }
    Ok(export)
}

fn mode(args: &Args) -> Mode {
    if args.check || args.dry_run { Mode::Look } else { Mode::Write }
}

fn engine(is_tofu: bool) -> sealine_state::Engine {
    if is_tofu { sealine_state::Engine::Tofu } else { sealine_state::Engine::Terraform }
}

fn keys(text: &str) -> Result<Vec<String>, Failure> {
    tree_path::parse(text).map_err(|fault| Failure::new(fault.to_string()))
}

/// Whether anything was or would be changed.
pub(super) fn is_changed(done: &Done) -> bool {
    !done.touched.is_empty()
}
