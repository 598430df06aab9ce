//! The programs of one run, one after the other.
//!
//! Invariant: none but `init`, `plan`, `show` and `providers schema` is ever called, each with the
//! deadline of the run; and of what they say nothing leaves unscrubbed.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::time::Instant;

use crate::cancel::Cancel;
use crate::judge::needs_schemas;
use crate::plan::{self, Plan};
use crate::project::Project;
use crate::redact::Secrets;
use crate::report::{Failure, FailureKind};
use crate::schema::Schemas;

use super::child::{self, Call, End, Ended, Limits, TooMuch};
use super::credentials::{self, Surroundings};
use super::declared::{self, Declared};
use super::memory::Peak;
use super::output::{self, Bounded, Log};
use super::places::{self, Hold, Patience, Places};
use super::{Programs, TIMEOUT, environment, failed, failure};

/// How many warnings of the program are passed on.
const MOST_WARNINGS: usize = 10;

/// How long the state may take to be read for its secrets, when a plan failed.
const STATE: Duration = Duration::from_mins(1);

/// How long providers may take to describe themselves.
const SCHEMAS: Duration = Duration::from_mins(2);

/// The plan, read from the file that has no name.
const STANDARD_INPUT: &str = "/dev/stdin";

/// One run.
pub(super) struct Steps<'a> {
    pub(super) project: &'a Project,
    /// `terraform 1.11.4`, once it said so.
    pub(super) engine: Option<String>,
    peak: &'a Peak,
    settings: &'a Programs,
    cancel: &'a Cancel,
    deadline: Instant,
    secrets: Secrets,
    said: Vec<String>,
    prepared: Option<Prepared>,
}

struct Prepared {
    program: PathBuf,
    places: Places,
    environment: BTreeMap<OsString, OsString>,
    /// `init` ran in this run.
    fresh: bool,
}

impl<'a> Steps<'a> {
    pub(super) fn new(
        settings: &'a Programs,
        project: &'a Project,
        cancel: &'a Cancel,
        peak: &'a Peak,
    ) -> Self {
        Self {
            project,
            engine: None,
            peak,
            settings,
            cancel,
            deadline: Instant::now() + project.timeout.unwrap_or(TIMEOUT),
            secrets: Secrets::default(),
            said: Vec::new(),
            prepared: None,
        }
    }

    pub(super) fn warn(&mut self, text: String) {
        if !self.said.contains(&text) {
            self.said.push(text);
        }
    }

    /// Returns all warnings, scrubbed.
    pub(super) fn warnings(&mut self) -> Vec<String> {
        let said = std::mem::take(&mut self.said);
        let mut said: Vec<String> = said.iter().map(|text| self.secrets.scrub(text)).collect();
        // What is held back reads the same each time.
        said.dedup();
        said
    }

    /// Finds the program, makes its folders, asks for credentials, and runs `init` where it is due.
    pub(super) async fn prepare(&mut self) -> Result<(), Failure> {
        let project = self.project;
        if !project.folder.is_dir() {
            let message = format!("there is no folder `{}`", project.folder.display());
            return Err(failed(FailureKind::Other, message));
        }
        let all = &self.settings.environment;
        let path = all.get(OsStr::new("PATH")).cloned().unwrap_or_default();
        let name = project.tool.program();
        let found = sealine_process::find(name, project.program.as_deref(), &path, &project.folder);
        let program = found.map_err(|error| failed(FailureKind::Program, error.to_string()))?;
        let run_as = self.settings.run_as.as_ref();
        let places = places::prepare(&self.settings.data, project, run_as, self.patience()).await;
        let places = places.map_err(|error| {
            failed(FailureKind::Other, format!("cannot prepare the folders of the run: {error}"))
        })?;
        let helper = environment::of_helper(project, all, run_as);
        environment::learn(&mut self.secrets, &helper);
        let around = Surroundings {
            folder: &project.folder,
            environment: &helper,
            guard: &self.settings.guard,
            run_as,
            limits: self.limits(self.deadline),
        };
        let credentials =
            credentials::ask(&project.credentials, &around, &mut self.secrets).await?;
        let environment = environment::of_program(project, &places, helper.clone(), credentials);
        if project.refuse_write_credentials
            && let Some(sign) = environment::looks_write_capable(&environment)
        {
            return Err(failed(FailureKind::WriteCredentials, sign));
        }
        let around = Surroundings {
            environment: &environment,
            limits: self.limits(self.deadline),
            ..around
        };
        credentials::check(&project.credentials_check, &around).await?;
        environment::learn(&mut self.secrets, &environment);
        self.prepared = Some(Prepared { program, places, environment, fresh: false });
        self.init(false).await
    }

    /// Runs `init` unless what it reads is as it was the last time.
    async fn init(&mut self, force: bool) -> Result<(), Failure> {
        let prepared = self.prepared()?;
        let settings = prepared.environment.get(OsStr::new("TF_CLI_CONFIG_FILE"));
        let settings = settings.map(|file| file.to_string_lossy().into_owned());
        let stamp_file = prepared.places.own.join("stamp");
        let stamp = || places::stamp(self.project, &prepared.program, settings.as_deref());
        let known = places::read(&stamp_file);
        if !force && prepared.places.data.is_dir() && known.as_deref() == Some(stamp().as_bytes()) {
            return Ok(());
        }
        let mut words: Vec<OsString> =
            ["init", "-input=false", "-no-color", "-reconfigure"].map(OsString::from).into();
        let has_lock_file = self.project.folder.join(".terraform.lock.hcl").is_file();
        if has_lock_file {
            words.push("-lockfile=readonly".into());
        }
        for setting in &self.project.backend_config {
            words.push(format!("-backend-config={setting}").into());
        }
        // Terraform says that a cache filled by two at once is undefined.
        let filling = self.providers(Hold::Alone).await?;
        // An `init` that fails may leave half of what it was to make.
        let _ = std::fs::remove_file(&stamp_file);
        // With nothing to install `init` makes no folder, and its absence would ask for `init` again.
        places::data_folder(&self.prepared()?.places, self.settings.run_as.as_ref()).map_err(
            |error| failed(FailureKind::Other, format!("cannot make a folder for `init`: {error}")),
        )?;
        let ended = self.call(words, Stdio::null(), self.deadline, output::nothing).await?;
        drop(filling);
        let code = self.code(&ended)?;
        if code != Some(0) {
            return Err(failure::of_init(&ended.error, &self.secrets));
        }
        if !has_lock_file && self.project.folder.join(".terraform.lock.hcl").is_file() {
            self.warn(
                "no `.terraform.lock.hcl` was there: `init` chose versions and wrote it".into(),
            );
        }
        let prepared = self.prepared()?;
        let stamp = places::stamp(self.project, &prepared.program, settings.as_deref());
        // Without the stamp the next run prepares again.
        let _ = places::write(&stamp_file, &stamp);
        if let Some(prepared) = &mut self.prepared {
            prepared.fresh = true;
        }
        Ok(())
    }

    /// Plans, and reads the plan.
    pub(super) async fn plan(&mut self) -> Result<Plan, Failure> {
        match self.plan_once().await {
            // What was prepared is no longer enough: a module asks for something new.
            Err(failure) if failure.kind == FailureKind::Init && !self.prepared()?.fresh => {
                self.init(true).await?;
                self.plan_once().await
            }
            other => other,
        }
    }

    async fn plan_once(&mut self) -> Result<Plan, Failure> {
        let _using = self.providers(Hold::Together).await?;
        let run_as = self.settings.run_as.as_ref();
        let file = places::nameless_file(&self.settings.temporary, run_as).map_err(|error| {
            failed(FailureKind::Other, format!("there is no place for a plan: {error}"))
        })?;
        let mut words: Vec<OsString> =
            ["plan", "-input=false", "-no-color", "-json"].map(OsString::from).into();
        words.push(format!("-out={STANDARD_INPUT}").into());
        match self.project.lock {
            Some(wait) => words.push(format!("-lock-timeout={}s", wait.as_secs()).into()),
            None => words.push("-lock=false".into()),
        }
        if let Some(parallelism) = self.project.parallelism {
            words.push(format!("-parallelism={parallelism}").into());
        }
        for var_file in &self.project.var_files {
            let mut word = OsString::from("-var-file=");
            word.push(var_file);
            words.push(word);
        }
        let ended = self.call(words, same(&file)?, self.deadline, output::log).await?;
        let code = self.code(&ended)?;
        let log = ended.output.unwrap_or_default();
        if let Some(program) = &log.program {
            self.engine = Some(program.clone());
            self.check_version(program)?;
        }
        if code != Some(0) {
            return Err(self.explain(&log, &ended.error, code).await);
        }
        for warning in log.warnings.iter().take(MOST_WARNINGS) {
            self.warn(warning.summary.clone());
        }
        let words = ["show", "-json", "-no-color", STANDARD_INPUT].map(OsString::from).into();
        let ended = self.call(words, same(&file)?, self.deadline, read_plan).await?;
        let code = self.code(&ended)?;
        let plan = match (code, ended.output) {
            (Some(0), Some(Ok(plan))) => plan,
            (Some(0), Some(Err(error))) => {
                return Err(failed(FailureKind::Plan, error.to_string()));
            }
            _ => return Err(failure::of_init(&ended.error, &self.secrets)),
        };
        if plan.errored {
            return Err(failed(FailureKind::Plan, "the plan is not whole"));
        }
        Ok(plan)
    }

    fn check_version(&self, program: &str) -> Result<(), Failure> {
        let Some(wanted) = &self.project.version else { return Ok(()) };
        let found = program.split_whitespace().last().unwrap_or_default();
        if found == wanted {
            return Ok(());
        }
        let message = format!("the configuration asks for version `{wanted}`, and it is `{found}`");
        Err(failed(FailureKind::Program, message))
    }

    /// A failed plan, told without the secrets of state and variables.
    async fn explain(&mut self, log: &Log, error: &str, code: Option<i32>) -> Failure {
        let declared = self.declared();
        self.secrets.extend(&declared.defaults);
        let mut files = declared::automatic_files(&self.project.folder);
        files.extend(self.project.var_files.iter().cloned());
        let given: BTreeMap<String, String> = { self.settings.environment.iter() }
            .filter_map(|(name, value)| {
                let name = name.to_str()?.strip_prefix("TF_VAR_")?;
                Some((name.to_owned(), value.to_str()?.to_owned()))
            })
            .collect();
        declared::learn_variables(&mut self.secrets, &declared, &files, &given);
        let deadline = self.deadline.min(Instant::now() + STATE);
        let words = ["show", "-json", "-no-color"].map(OsString::from).into();
        let state = self.call(words, Stdio::null(), deadline, read_state).await;
        let known = match state {
            Ok(Ended { end: End::Exited(status), output: Some(Some(secrets)), .. }) => {
                self.secrets.extend(&secrets);
                status.success()
            }
            _ => false,
        };
        failure::of_log(log, error, code, &self.secrets, known)
    }

    /// What providers say of attributes, where it is asked for. It is kept until `init` is due again.
    pub(super) async fn schemas(&mut self, plan: &Plan) -> Schemas {
        let Ok(prepared) = self.prepared() else { return Schemas::default() };
        if !needs_schemas(plan) {
            return Schemas::default();
        }
        let kept = prepared.places.own.join("schemas");
        let stamp = places::read(&prepared.places.own.join("stamp")).unwrap_or_default();
        let stamp = String::from_utf8(stamp).unwrap_or_default();
        let known = places::read(&kept).and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some((head, rest)) = known.as_deref().and_then(|text| text.split_once('\n'))
            && head == stamp
        {
            return Schemas::parse(rest);
        }
        let words = ["providers", "schema", "-json", "-no-color"].map(OsString::from).into();
        let deadline = self.deadline.min(Instant::now() + SCHEMAS);
        let read = |pipe| {
            let mut json = Bounded::new(pipe);
            Ok(Schemas::read(BufReader::with_capacity(64 << 10, &mut json)))
        };
        let Ok(_using) = self.providers(Hold::Together).await else { return Schemas::default() };
        let said = self.call(words, Stdio::null(), deadline, read).await;
        if let Ok(Ended { output: Some(Some(schemas)), .. }) = said {
            // Without it the next run asks again.
            let _ = places::write(&kept, &format!("{stamp}\n{}", schemas.print()));
            return schemas;
        }
        self.warn("the providers did not say which attributes only they set".into());
        Schemas::default()
    }

    /// What the files say that a plan does not.
    pub(super) fn declared(&mut self) -> Declared {
        let Ok(prepared) = self.prepared() else { return Declared::default() };
        let declared =
            declared::read(&self.project.folder, &self.project.repository, &prepared.places.data);
        for program in &declared.programs {
            self.warn(format!("planning or applying starts a program: {program}"));
        }
        declared
    }

    async fn call<T: Send + 'static>(
        &self,
        arguments: Vec<OsString>,
        input: Stdio,
        deadline: Instant,
        consume: impl FnOnce(std::io::PipeReader) -> Result<T, TooMuch> + Send + 'static,
    ) -> Result<Ended<T>, Failure> {
        let prepared = self.prepared()?;
        let call = Call {
            program: &prepared.program,
            arguments,
            folder: &self.project.folder,
            environment: &prepared.environment,
            guard: &self.settings.guard,
            run_as: self.settings.run_as.as_ref(),
            input,
        };
        child::run(call, self.limits(deadline), consume).await.map_err(|error| {
            let program = prepared.program.display();
            failed(FailureKind::Program, format!("cannot run `{program}`: {error}"))
        })
    }

    fn patience(&self) -> Patience<'a> {
        Patience { deadline: self.deadline, cancel: self.cancel }
    }

    /// The right to fill the providers that projects share, or to use them.
    async fn providers(&self, hold: Hold) -> Result<Option<File>, Failure> {
        let prepared = self.prepared()?;
        let shared = prepared.environment.get(OsStr::new("TF_PLUGIN_CACHE_DIR"));
        if shared.is_none_or(|folder| *folder != *prepared.places.plugins.as_os_str()) {
            return Ok(None);
        }
        let taken = places::providers(&self.settings.data, hold, self.patience()).await;
        taken.map(Some).map_err(|error| {
            failed(FailureKind::Init, format!("cannot wait for the providers: {error}"))
        })
    }

    fn limits(&self, deadline: Instant) -> Limits<'a> {
        Limits { deadline, grace: self.settings.grace, cancel: self.cancel, peak: self.peak }
    }

    /// The exit code of a program that ended by itself; none for a signal.
    fn code<T>(&self, ended: &Ended<T>) -> Result<Option<i32>, Failure> {
        match ended.end {
            End::Exited(status) => Ok(status.code()),
            End::Cancelled => Err(failed(FailureKind::Cancelled, "the run was asked to end")),
            End::Flooded => {
                let message = "the program printed more than is read, and was killed";
                Err(failed(FailureKind::TooMuchOutput, message))
            }
            End::TimedOut => {
                let limit = self.project.timeout.unwrap_or(TIMEOUT);
                let message = format!("it did not end within {} s", limit.as_secs());
                Err(failed(FailureKind::TimedOut, message))
            }
        }
    }

    fn prepared(&self) -> Result<&Prepared, Failure> {
        let missing = || failed(FailureKind::Other, "the run was not prepared");
        self.prepared.as_ref().ok_or_else(missing)
    }
}

fn same(file: &File) -> Result<Stdio, Failure> {
    let cannot = |error| failed(FailureKind::Other, format!("cannot pass on a plan: {error}"));
    Ok(Stdio::from(file.try_clone().map_err(cannot)?))
}

type ReadPlan = Result<Plan, plan::PlanError>;

fn read_plan(pipe: std::io::PipeReader) -> Result<ReadPlan, TooMuch> {
    let mut json = Bounded::new(pipe);
    let plan = plan::read(BufReader::with_capacity(64 << 10, &mut json));
    if json.too_much { Err(TooMuch) } else { Ok(plan) }
}

fn read_state(pipe: std::io::PipeReader) -> Result<Option<Secrets>, TooMuch> {
    let mut json = Bounded::new(pipe);
    let secrets = plan::read_secrets(BufReader::with_capacity(64 << 10, &mut json));
    if json.too_much { Err(TooMuch) } else { Ok(secrets) }
}
