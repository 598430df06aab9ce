//! `sealine drift run`.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sealine_drift::{Cancel, Engine, Project, RunReport, show};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;

use super::projects::{self, Found};
use super::store::Place;
use super::{alerting, record};
use crate::Outcome;
use crate::failure::Failure;
use crate::live::{block_on, environment};
use crate::output::{self, note, write_file};

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that is typed or not")]
pub(crate) struct Run {
    /// Projects by name, with `*` for any text, or by folder; all without any.
    #[arg(value_name = "PROJECT")]
    projects: Vec<String>,
    /// The configuration file, instead of the one found upward from the current folder.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How to report, and where to: text, json, sarif, markdown; repeatable.
    #[arg(short, long = "output", value_name = "FORMAT[=FILE]")]
    outputs: Vec<String>,
    /// How many projects are looked at at once.
    #[arg(short, long, value_name = "NUMBER", default_value = "4")]
    jobs: usize,
    /// A folder for what `init` prepares, instead of one below `$XDG_CACHE_HOME`.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Remember nothing and tell nobody.
    #[arg(long)]
    forget: bool,
    #[command(flatten)]
    place: Place,
    /// Exit with 0 whatever differs. A look that failed still exits with 1.
    #[arg(long)]
    exit_zero: bool,
    /// Tell nothing while it runs.
    #[arg(short, long)]
    quiet: bool,
    /// Tell what does not matter, too.
    #[arg(short, long)]
    verbose: bool,
}

/// The formats of reports.
const FORMATS: [&str; 4] = ["text", "json", "sarif", "markdown"];

/// Looks once.
pub(crate) fn run(args: &Run) -> Result<Outcome, Failure> {
    let outputs = outputs(args)?;
    let environment = environment();
    let found = projects::find(args.config.as_deref(), &args.projects)?;
    let engine = projects::engine(&found, &environment, args.data.as_deref())?;
    // A credential that is missing is found out before the first look.
    let memory = if args.forget {
        None
    } else {
        Some((args.place.path(&environment)?, alerting::of(&found.plan.config, &environment)?))
    };
    let reports = block_on(async { Ok(look(args, &found, engine).await) })?;
    // What `sealine drift ignore --last` reads. It is no loss when it cannot be written.
    if let Ok(text) = serde_json::to_string(&reports) {
        let _ = write_file(&projects::last_file(&environment, args.data.as_deref())?, &text);
    }
    for (format, file) in outputs {
        let text = rendered(format, &reports, &found, args.verbose);
        match file {
            Some(file) => write_file(file, &text)?,
            None => output::print(&text)?,
        }
    }
    summary(&reports, environment.get(OsStr::new("GITHUB_STEP_SUMMARY")).map(Path::new))?;
    if let Some((path, alerting)) = &memory {
        block_on(record::remember(path, &found.projects, &reports, alerting))?;
    }
    Ok(match show::exit_code(&reports) {
        0 => Outcome::Clean,
        2 if args.exit_zero => Outcome::Clean,
        2 => Outcome::Found,
        _ => Outcome::Incomplete,
    })
}

/// Looks at all projects, some at once; those of one group one after the other.
async fn look(args: &Run, found: &Found, engine: impl Engine + 'static) -> Vec<RunReport> {
    let engine = Arc::new(engine);
    let slots = Arc::new(Semaphore::new(args.jobs.max(1)));
    let (canceller, cancel) = Cancel::new();
    let mut groups: HashMap<String, Arc<Mutex<()>>> = HashMap::new();
    let mut work = JoinSet::new();
    for (index, project) in found.projects.iter().cloned().enumerate() {
        let group = project.group.clone().unwrap_or_else(|| format!("#{index}"));
        let group = Arc::clone(groups.entry(group).or_default());
        let (engine, slots, cancel) = (Arc::clone(&engine), Arc::clone(&slots), cancel.clone());
        let quiet = args.quiet;
        work.spawn(async move {
            let _turn = group.lock().await;
            // It is never closed.
            let _slot = slots.acquire().await;
            if !quiet {
                note(&format!("looking at {}", project.name));
            }
            (index, one(&*engine, &project, &cancel).await)
        });
    }
    let mut reports = BTreeMap::new();
    loop {
        tokio::select! {
            ended = work.join_next() => match ended {
                Some(Ok((index, report))) => {
                    reports.insert(index, report);
                }
                Some(Err(_)) => {}
                None => break,
            },
            () = super::asked_to_end(), if !cancel.is_asked() => {
                note("ending; a program may need a moment to give back its lock");
                canceller.ask();
            }
        }
    }
    // A task that is gone leaves a project without a report, and that is a failed look.
    let missing = |(index, project): (usize, &Project)| {
        reports.remove(&index).unwrap_or_else(|| lost(project))
    };
    found.projects.iter().enumerate().map(missing).collect()
}

async fn one(engine: &impl Engine, project: &Project, cancel: &Cancel) -> RunReport {
    engine.run(project, cancel).await
}

fn lost(project: &Project) -> RunReport {
    use sealine_drift::report::{Failure, FailureKind};
    let now = jiff::Timestamp::now();
    let failure =
        Failure { kind: FailureKind::Other, message: "the run was lost".to_owned(), help: None };
    RunReport::failed(&project.name, now, now, failure)
}

fn outputs(args: &Run) -> Result<Vec<(&str, Option<&Path>)>, Failure> {
    let mut outputs = Vec::new();
    for output in &args.outputs {
        let (format, file) = match output.split_once('=') {
            Some((format, file)) => (format, Some(Path::new(file))),
            None => (output.as_str(), None),
        };
        if !FORMATS.contains(&format) {
            return Err(Failure::new(format!("there is no format `{format}`"))
                .hint(format!("the formats are {}", FORMATS.join(", "))));
        }
        outputs.push((format, file));
    }
    if outputs.iter().all(|(_, file)| file.is_some()) && !args.quiet {
        outputs.push(("text", None));
    }
    // Files come first: they are written even when the reader of standard output leaves.
    outputs.sort_by_key(|(_, file)| file.is_none());
    Ok(outputs)
}

fn rendered(format: &str, reports: &[RunReport], found: &Found, verbose: bool) -> String {
    match format {
        "json" => show::json(reports),
        "markdown" => show::markdown(reports),
        "sarif" => show::sarif(reports, &|name| {
            let project = found.projects.iter().find(|project| project.name == name);
            let folder = project.and_then(|it| it.folder.strip_prefix(&it.repository).ok());
            folder.unwrap_or(Path::new("")).to_string_lossy().into_owned()
        }),
        _ => show::text(reports, &|_| None, verbose),
    }
}

/// Adds to the summary of a workflow.
fn summary(reports: &[RunReport], file: Option<&Path>) -> Result<(), Failure> {
    use std::io::Write as _;
    let Some(file) = file else { return Ok(()) };
    let opened = std::fs::OpenOptions::new().append(true).create(true).open(file);
    let written = opened.and_then(|mut file| file.write_all(show::markdown(reports).as_bytes()));
    written.map_err(|error| Failure::new("cannot write the summary of the workflow").because(error))
}
