//! Which requests are open for a repository, asked of its host.
//!
//! Invariant: a repository is asked for at most once a minute, and one that could not be asked for not
//! before five; a look never fails for want of an answer.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sealine_credentials::Services;
use sealine_drift::changes::{Changes, Known, Request};
use sealine_engine::Config;
use sealine_engine::config::drift::DriftRequests;
use sealine_export::forge::{Asked, ForgeFault, Hosted, Paths};
use sealine_export::git::Git;
use sealine_http::Settings;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::failure::Failure;
use crate::live::{services, texts};

/// How long an answer counts.
const FRESH: Duration = Duration::from_mins(1);
/// How long one is left alone that could not be asked.
const PAUSE: Duration = Duration::from_mins(5);
/// How long one asks at most.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest pause that a host may ask for.
const LONGEST: Duration = Duration::from_hours(1);

/// Asks the hosts of repositories.
pub(super) struct OpenRequests {
    said: DriftRequests,
    services: Services,
    repositories: Mutex<BTreeMap<PathBuf, Arc<Mutex<Repository>>>>,
}

/// What is known of one repository.
#[derive(Default)]
struct Repository {
    hosted: Option<Hosted>,
    paths: Paths,
    known: Known,
    /// When it is asked again.
    next: Option<Instant>,
}

impl OpenRequests {
    pub(super) fn new(
        config: &Config,
        environment: &BTreeMap<OsString, OsString>,
    ) -> Result<Self, Failure> {
        let environment = texts(environment);
        let http = Settings::from_environment(&environment);
        Ok(Self {
            said: config.file.drift.requests.clone().unwrap_or_default(),
            services: services(&environment, http)?,
            repositories: Mutex::default(),
        })
    }

    async fn ask(&self, root: &Path, repository: &mut Repository) -> Result<Asked, ForgeFault> {
        if repository.hosted.is_none() {
            repository.hosted = Some(self.hosted(root).await?);
        }
        let Repository { hosted: Some(hosted), paths, .. } = repository else {
            return Err(ForgeFault::NoHost);
        };
        hosted.open_requests(self.services.client()?, self.said.label.as_deref(), paths).await
    }

    async fn hosted(&self, root: &Path) -> Result<Hosted, ForgeFault> {
        let environment = &self.services.surroundings().environment;
        let (root, given) = (root.to_owned(), environment.clone());
        let remote = self.said.remote.clone();
        // Git is a program that one waits for.
        let urls = tokio::task::spawn_blocking(move || {
            Git::find(&root, &given)?.remote_address(remote.as_deref())
        });
        let urls = urls.await.ok().and_then(Result::ok).unwrap_or_default();
        let forge = self.said.forge.map(Into::into);
        Hosted::find(&urls, forge, self.said.token_env.as_deref(), environment)
    }
}

impl Changes for OpenRequests {
    async fn open(&self, root: &Path) -> Known {
        let repository = {
            let mut repositories = self.repositories.lock().await;
            Arc::clone(repositories.entry(root.to_owned()).or_default())
        };
        // Whoever comes meanwhile waits for this answer.
        let mut repository = repository.lock().await;
        if repository.next.is_some_and(|next| Instant::now() < next) {
            return repository.known.clone();
        }
        let asked = tokio::time::timeout(PATIENCE, self.ask(root, &mut repository)).await;
        let (known, pause) = match asked {
            Ok(Ok(asked)) => (known(asked), FRESH),
            Ok(Err(fault)) => (unknown(&told(&fault)), pause(&fault)),
            Err(_) => (unknown("it took too long"), PAUSE),
        };
        repository.next = Some(Instant::now() + pause);
        repository.known = known.clone();
        known
    }
}

fn known(asked: Asked) -> Known {
    let more = "there are more open requests than were asked for".to_owned();
    let request = |it: sealine_export::forge::OpenRequest| Request {
        name: it.name,
        url: it.url,
        paths: it.paths,
    };
    Known {
        requests: asked.requests.into_iter().map(request).collect(),
        warnings: asked.more.then_some(more).into_iter().collect(),
    }
}

fn unknown(why: &str) -> Known {
    Known { warnings: vec![format!("open requests are not known: {why}")], ..Known::default() }
}

fn told(fault: &ForgeFault) -> String {
    match fault {
        ForgeFault::Http { fault: cause, .. } => format!("{fault}: {cause}"),
        ForgeFault::Network(cause) => format!("{fault}: {cause}"),
        ForgeFault::Unknown(_) => format!("{fault}; `drift.requests.forge` says so"),
        _ => fault.to_string(),
    }
}

fn pause(fault: &ForgeFault) -> Duration {
    match fault {
        ForgeFault::Http { fault: sealine_http::Fault::Answered { retry_after, .. }, .. } => {
            retry_after.unwrap_or_default().clamp(PAUSE, LONGEST)
        }
        _ => PAUSE,
    }
}
