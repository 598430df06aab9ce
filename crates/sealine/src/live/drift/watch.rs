//! `sealine drift watch`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use sealine_drift::store::{Retention, Store, own};
use sealine_drift::watch::{Limits, Watch, timetable};
use sealine_drift::{Cancel, Clock};

use super::alerting::{self, Alerting};
use super::history::parse_length;
use super::projects;
use super::store::{Place, failure};
use crate::Outcome;
use crate::failure::Failure;
use crate::live::{block_on, environment};
use crate::output::note;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Projects by name, with `*` for any text, or by folder; all without any.
    #[arg(value_name = "PROJECT")]
    projects: Vec<String>,
    /// The configuration file, instead of the one found upward from the current folder.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
    /// When to look at projects that have no `schedule`: five fields of cron.
    #[arg(long, value_name = "CRON", default_value = timetable::USUAL)]
    schedule: String,
    /// How many projects are looked at at once.
    #[arg(short, long, value_name = "NUMBER", default_value_t = 4)]
    jobs: usize,
    /// How much memory all looks may take together, in MiB; looks wait for their share.
    #[arg(long, value_name = "MIB")]
    memory: Option<u64>,
    /// How much memory a look reserves whose project was not measured before, in MiB.
    #[arg(long, value_name = "MIB", default_value_t = 1024)]
    reserve: u64,
    /// How many looks may begin within a minute.
    #[arg(long, value_name = "NUMBER", default_value_t = 60)]
    starts: u32,
    /// How long a look may take, where the project does not say.
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = parse_length)]
    timeout: SignedDuration,
    /// How long looks under way may go on after the daemon was asked to end.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_length)]
    grace: SignedDuration,
    /// Where `/metrics` and `/healthz` are read: an address of this machine alone.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9464")]
    listen: SocketAddr,
    /// How long runs and findings that are gone are kept.
    #[arg(long, value_name = "TIME", default_value = "9600h", value_parser = parse_length)]
    keep: SignedDuration,
    /// A folder for what `init` prepares, instead of one below `$XDG_CACHE_HOME`.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

/// Looks at each project when it is due, until it is asked to end.
pub(crate) fn run(args: &Arguments) -> Result<Outcome, Failure> {
    let environment = environment();
    let path = args.place.path(&environment)?;
    let found = projects::find(args.config.as_deref(), &args.projects)?;
    let engine = projects::engine(&found, &environment, args.data.as_deref())?;
    let Alerting { policy, outlets, heartbeat } = alerting::of(&found.plan.config, &environment)?;
    if outlets.is_empty() {
        note("nobody is told: `alerts.sinks` in sealine.yaml names no sink");
    }
    let length = |length: SignedDuration| Duration::try_from(length).unwrap_or_default();
    block_on(async {
        let store = Store::open(&path).await.map_err(failure)?;
        let owner = own(&path, &host()).map_err(failure)?;
        let listener = sealine_drift::watch::listen(args.listen).await.map_err(|fault| {
            Failure::new(fault).hint("`--listen 127.0.0.1:0` takes any free port")
        })?;
        if let Ok(address) = listener.local_addr() {
            note(&format!("metrics and health at http://{address}"));
        }
        note(&format!("{} projects, history in {}", found.projects.len(), path.display()));
        let watch = Watch {
            projects: found.projects.clone(),
            usual: args.schedule.clone(),
            limits: Limits {
                concurrent: args.jobs.max(1),
                memory: args.memory.map(|mib| mib << 20),
                reserve: args.reserve << 20,
                starts: args.starts.max(1),
            },
            policy,
            outlets,
            heartbeat,
            retention: Retention { history: length(args.keep), ..Retention::default() },
            timeout: length(args.timeout),
            grace: length(args.grace),
            listener: Some(listener),
            say: note,
        };
        let (canceller, cancel) = Cancel::new();
        let asked = tokio::spawn(async move {
            super::asked_to_end().await;
            note("ending: no further look is begun");
            canceller.ask();
        });
        let clock = Clock::real();
        let ended =
            sealine_drift::watch::run(watch, Arc::new(engine), store, &owner, clock, cancel).await;
        asked.abort();
        ended.map_err(|error| Failure::new(error.to_string()))?;
        Ok(Outcome::Clean)
    })
}

/// The name of this machine, for people who look for the process.
pub(super) fn host() -> String {
    #[expect(clippy::disallowed_methods, reason = "the machine's own name")]
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname");
    name.map_or_else(|_| "this machine".to_owned(), |name| name.trim().to_owned())
}
