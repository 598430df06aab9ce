//! Which projects `sealine drift` looks at, and what it looks with.
//!
//! Invariant: everything that is configured is checked here, before any program starts.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use sealine_drift::changes::Waiting;
use sealine_drift::engine::Completed;
use sealine_drift::owners::{FILES, Owners};
use sealine_drift::project::{IgnoreRule, Schedule, Tool};
use sealine_drift::run::Identity;
use sealine_drift::{Engine, Programs, Project, RunReport, chain};
use sealine_engine::config::drift::{DriftEngine, DriftIgnore, DriftProject, DriftRunAs};
use sealine_engine::{Analysis, Input};
use sealine_source::stars::fits;

use super::changes::OpenRequests;
use crate::failure::Failure;
use crate::project::Plan;

/// Variables that programs get when the configuration names none.
const USUAL_ENVIRONMENT: &[&str] = &[
    "TF_VAR_*",
    "TF_TOKEN_*",
    "TF_HTTP_*",
    "TF_ENCRYPTION",
    "AWS_*",
    "ARM_*",
    "AZURE_*",
    "GOOGLE_*",
    "CLOUDSDK_*",
    "KUBECONFIG",
    "KUBE_*",
    "VAULT_*",
    "PG*",
    "CONSUL_*",
    "ACTIONS_ID_TOKEN_REQUEST_*",
];

/// How long a program may take to give back a lock.
const GRACE: Duration = Duration::from_secs(30);

/// What is looked at, and the chain it is part of.
pub(crate) struct Found {
    pub(crate) projects: Vec<Project>,
    pub(crate) plan: Plan,
    pub(crate) analysis: Analysis,
}

/// Finds the projects that `wanted` names, by name (with `*`) or by folder; all without any.
pub(crate) fn find(config: Option<&Path>, wanted: &[String]) -> Result<Found, Failure> {
    let input =
        crate::args::Input { config: config.map(Path::to_owned), ..crate::args::Input::default() };
    let plan = Plan::of(&input)?;
    let analysis = plan.analyse();
    let homes = Homes::of(&plan);
    let mut all = configured(&plan, &homes)?;
    if all.is_empty() {
        all = discovered(&plan, &homes, &analysis)?;
    }
    let mut projects: Vec<Project> = Vec::new();
    for name in wanted {
        let folder = Path::new(name).canonicalize().ok();
        let is_meant = |project: &&Project| {
            fits(name, &project.name) || folder.as_deref() == Some(&project.folder)
        };
        let meant: Vec<Project> = all.iter().filter(is_meant).cloned().collect();
        match (meant.is_empty(), folder.filter(|folder| holds_configuration(folder))) {
            (false, _) => projects.extend(meant),
            (true, Some(folder)) => {
                let said = defaults(&plan);
                projects.extend(of_folder(&plan, &said, &folder)?);
            }
            (true, None) => {
                let names: Vec<&str> = all.iter().map(|project| project.name.as_str()).collect();
                let failure = Failure::new(format!("there is no project `{name}`"));
                return Err(failure.hint(if names.is_empty() {
                    "no root module with a backend was found; name a folder".to_owned()
                } else {
                    format!("the projects are {}", names.join(", "))
                }));
            }
        }
    }
    if wanted.is_empty() {
        projects = all;
    }
    let mut seen = BTreeSet::new();
    projects.retain(|project| seen.insert((project.folder.clone(), project.workspace.clone())));
    let mut names = BTreeSet::new();
    if let Some(twice) = projects.iter().find(|project| !names.insert(&project.name)) {
        return Err(Failure::new(format!("two projects are called `{}`", twice.name))
            .hint("give each a `name` under `drift.projects`"));
    }
    if projects.is_empty() {
        return Err(Failure::new("there is nothing to look at")
            .hint("name a folder, or list projects under `drift` in sealine.yaml"));
    }
    for project in projects.iter_mut().filter(|project| project.skip_while_open) {
        project.modules = modules(&homes, &analysis, &project.folder);
    }
    Ok(Found { projects, plan, analysis })
}

/// Returns the folders of modules that a root module calls by their path, and those that these call.
fn modules(homes: &Homes, analysis: &Analysis, folder: &Path) -> Vec<PathBuf> {
    let all = analysis.facts.iter().flat_map(|facts| &facts.terraform);
    let own = all.filter(|module| {
        let home = homes.repositories.get(&module.repo);
        home.is_some_and(|home| home.join(&module.folder) == folder)
    });
    let called = own.flat_map(|module| &module.calls).filter_map(|call| {
        let (repo, folder) = call.resolved.as_ref()?;
        Some(homes.repositories.get(repo)?.join(folder))
    });
    called.collect::<BTreeSet<PathBuf>>().into_iter().collect()
}

/// Returns what runs the real programs, with reports that name workloads and owners.
pub(crate) fn engine(
    found: &Found,
    environment: &BTreeMap<OsString, OsString>,
    data: Option<&Path>,
) -> Result<impl Engine + use<>, Failure> {
    let mut inputs: Vec<(PathBuf, String, Option<Owners>)> = Vec::new();
    for input in &found.plan.inputs {
        let Ok(path) = input.path.canonicalize() else { continue };
        let owners = FILES.iter().find_map(|name| read(&path.join(name)));
        inputs.push((path, input.name.clone(), owners.map(|text| Owners::read(&text))));
    }
    let graph = found.analysis.graph().clone();
    let complete = move |project: &Project, report: &mut RunReport| {
        let home = inputs.iter().filter(|(path, ..)| project.folder.starts_with(path));
        let Some((path, name, owners)) = home.max_by_key(|(path, ..)| path.as_os_str().len())
        else {
            return;
        };
        if let Some(owners) = owners {
            owners.name(report);
        }
        let folder = project.folder.strip_prefix(path).unwrap_or(Path::new(""));
        chain::raise(report, &graph, name, &folder.to_string_lossy());
    };
    let run_as = found.plan.config.file.drift.run_as.as_ref();
    let changes = OpenRequests::new(&found.plan.config, environment)?;
    let engine = Waiting { engine: programs(environment, data, run_as)?, changes };
    Ok(Completed { engine, complete })
}

fn data_folder(
    environment: &BTreeMap<OsString, OsString>,
    data: Option<&Path>,
) -> Result<PathBuf, Failure> {
    let data = data.map(std::path::absolute).transpose()?;
    let folder = |name: &str| absolute(environment, name);
    let cache = folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")));
    data.or_else(|| Some(cache?.join("sealine/drift"))).ok_or_else(|| {
        Failure::new("there is no place for what `init` prepares")
            .hint("`--data FOLDER` names one; `XDG_CACHE_HOME` and `HOME` are not set")
    })
}

/// A folder that the environment names. A relative one would be another wherever one stands.
fn absolute(environment: &BTreeMap<OsString, OsString>, name: &str) -> Option<PathBuf> {
    environment.get(OsStr::new(name)).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// Returns the file that holds the reports of the last run.
pub(crate) fn last_file(
    environment: &BTreeMap<OsString, OsString>,
    data: Option<&Path>,
) -> Result<PathBuf, Failure> {
    Ok(data_folder(environment, data)?.join("last.json"))
}

fn programs(
    environment: &BTreeMap<OsString, OsString>,
    data: Option<&Path>,
    run_as: Option<&DriftRunAs>,
) -> Result<Programs, Failure> {
    let find = |said: &DriftRunAs| Identity::find(&said.user, said.group.as_deref());
    let run_as = run_as.map(find).transpose().map_err(|error| {
        Failure::new("programs cannot run as `drift.run_as` says").because(error)
    })?;
    let data = data_folder(environment, data)?;
    let runtime = absolute(environment, "XDG_RUNTIME_DIR").filter(|path| path.is_dir());
    let memory = Some(PathBuf::from("/dev/shm")).filter(|path| path.is_dir());
    let temporary = runtime.into_iter().chain(memory).chain([std::env::temp_dir()]).collect();
    let own = std::env::current_exe()?;
    let words = ["drift", "guard", "--parent"].map(OsString::from);
    let parent = OsString::from(std::process::id().to_string());
    let guard = [own.into_os_string()].into_iter().chain(words).chain([parent, "--".into()]);
    Ok(Programs {
        data,
        temporary,
        environment: environment.clone(),
        guard: guard.collect(),
        run_as,
        grace: GRACE,
    })
}

fn defaults(plan: &Plan) -> DriftProject {
    plan.config.file.drift.defaults.clone().unwrap_or_default()
}

fn configured(plan: &Plan, homes: &Homes) -> Result<Vec<Project>, Failure> {
    let usual = defaults(plan);
    let mut projects = Vec::new();
    for said in &plan.config.file.drift.projects {
        let Some(path) = &said.path else {
            return Err(Failure::new("a project under `drift.projects` has no `path`"));
        };
        let mut folders = vec![plan.config.folder.clone()];
        for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
            folders = folders.iter().flat_map(|folder| below(folder, part)).collect();
        }
        let is_pattern = path.contains('*');
        folders.retain(|folder| !is_pattern || holds_configuration(folder));
        if folders.is_empty() {
            return Err(Failure::new(format!("no folder is `{path}`, as `drift.projects` says")));
        }
        let said = with_defaults(said, &usual);
        for folder in folders {
            let shown = folder.display().to_string();
            let folder = folder.canonicalize().map_err(|error| {
                Failure::new(format!("there is no folder `{shown}`")).because(error)
            })?;
            if is_pattern && !homes.hold(&folder) {
                return Err(Failure::new(format!("`{shown}` leads out of the repository"))
                    .hint("whatever is to be planned elsewhere is named by its path without `*`"));
            }
            projects.extend(of_folder(plan, &said, &folder)?);
        }
    }
    Ok(projects)
}

fn below(folder: &Path, part: &str) -> Vec<PathBuf> {
    if !part.contains('*') {
        return vec![folder.join(part)];
    }
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let named = entries.filter(|entry| fits(part, &entry.file_name().to_string_lossy()));
    let mut found: Vec<PathBuf> =
        named.map(|entry| entry.path()).filter(|it| it.is_dir()).collect();
    found.sort();
    found
}

/// Root modules with a backend.
fn discovered(plan: &Plan, homes: &Homes, analysis: &Analysis) -> Result<Vec<Project>, Failure> {
    let said = defaults(plan);
    let mut projects = Vec::new();
    for module in analysis.facts.iter().flat_map(|facts| &facts.terraform) {
        if module.root.is_none() || module.backend.is_none() {
            continue;
        }
        let input = plan.inputs.iter().find(|input| input.name == module.repo);
        let folder = input.and_then(|input| input.path.join(&module.folder).canonicalize().ok());
        if let Some(folder) = folder.filter(|folder| homes.hold(folder)) {
            projects.extend(of_folder(plan, &said, &folder)?);
        }
    }
    Ok(projects)
}

/// Where projects are looked for, without links.
struct Homes {
    /// The repositories by their names.
    repositories: BTreeMap<String, PathBuf>,
    /// That of the configuration.
    configuration: Option<PathBuf>,
}

impl Homes {
    fn of(plan: &Plan) -> Self {
        let home = |input: &Input| Some((input.name.clone(), input.path.canonicalize().ok()?));
        Self {
            repositories: plan.inputs.iter().filter_map(home).collect(),
            configuration: plan.config.folder.canonicalize().ok(),
        }
    }

    /// Whether a folder that was found lies where one was looked for. A link may lead anywhere, and
    /// planning runs what stands there.
    fn hold(&self, folder: &Path) -> bool {
        let mut all = self.repositories.values().chain(&self.configuration);
        all.any(|home| folder.starts_with(home))
    }
}

fn holds_configuration(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    { entries }.any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        [".tf", ".tf.json", ".tofu", ".tofu.json"].iter().any(|end| name.ends_with(end))
    })
}

fn with_defaults(said: &DriftProject, usual: &DriftProject) -> DriftProject {
    let list = |own: &Vec<String>, usual: &Vec<String>| {
        if own.is_empty() { usual.clone() } else { own.clone() }
    };
    let one = |own: &Option<String>, usual: &Option<String>| own.clone().or_else(|| usual.clone());
    DriftProject {
        path: said.path.clone(),
        name: said.name.clone(),
        workspaces: list(&said.workspaces, &usual.workspaces),
        var_files: list(&said.var_files, &usual.var_files),
        backend_config: list(&said.backend_config, &usual.backend_config),
        engine: said.engine.or(usual.engine),
        program: one(&said.program, &usual.program),
        version: one(&said.version, &usual.version),
        env: said.env.clone().or_else(|| usual.env.clone()),
        credentials: list(&said.credentials, &usual.credentials),
        credentials_check: list(&said.credentials_check, &usual.credentials_check),
        refuse_write_credentials: said.refuse_write_credentials.or(usual.refuse_write_credentials),
        timeout: one(&said.timeout, &usual.timeout),
        parallelism: one(&said.parallelism, &usual.parallelism),
        lock: one(&said.lock, &usual.lock),
        confirm: said.confirm.or(usual.confirm),
        skip_while_open: said.skip_while_open.or(usual.skip_while_open),
        group: one(&said.group, &usual.group),
        schedule: one(&said.schedule, &usual.schedule),
        timezone: one(&said.timezone, &usual.timezone),
        jitter: one(&said.jitter, &usual.jitter),
        owners: list(&said.owners, &usual.owners),
    }
}

/// The projects of one folder: one for each workspace.
fn of_folder(plan: &Plan, said: &DriftProject, folder: &Path) -> Result<Vec<Project>, Failure> {
    let home = plan.inputs.iter().filter_map(|input| input.path.canonicalize().ok());
    let home =
        home.filter(|path| folder.starts_with(path)).max_by_key(|path| path.as_os_str().len());
    let repository = home.unwrap_or_else(|| folder.to_owned());
    let base = plan.config.folder.canonicalize().unwrap_or_else(|_| repository.clone());
    let shown = folder.strip_prefix(&base).or_else(|_| folder.strip_prefix(&repository));
    let shown = shown.unwrap_or(folder).to_string_lossy().into_owned();
    let usual = || folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let is_pattern = said.path.as_ref().is_some_and(|path| path.contains('*'));
    let own_name = said.name.clone().filter(|_| !is_pattern);
    let base = own_name.unwrap_or_else(|| if shown.is_empty() { usual() } else { shown });
    let workspaces: Vec<Option<String>> = match said.workspaces.as_slice() {
        [] => vec![None],
        several => several.iter().cloned().map(Some).collect(),
    };
    let mut projects = Vec::new();
    for workspace in workspaces {
        let name = match &workspace {
            Some(workspace) => format!("{base}[{workspace}]"),
            None => base.clone(),
        };
        let word = workspace.clone().unwrap_or_else(|| "default".to_owned());
        let var_files = said.var_files.iter();
        let var_files = var_files.map(|file| folder.join(file.replace("{workspace}", &word)));
        projects.push(Project {
            ignore: rules(&plan.config.file.drift.ignore, &name)?,
            name,
            folder: folder.to_owned(),
            repository: repository.clone(),
            workspace,
            var_files: var_files.collect(),
            backend_config: said.backend_config.clone(),
            tool: match said.engine {
                Some(DriftEngine::Tofu) => Tool::OpenTofu,
                _ => Tool::Terraform,
            },
            program: said.program.as_ref().map(PathBuf::from),
            version: said.version.clone(),
            environment: said.env.clone().unwrap_or_else(|| {
                USUAL_ENVIRONMENT.iter().map(|name| (*name).to_owned()).collect()
            }),
            credentials: said.credentials.clone(),
            credentials_check: said.credentials_check.clone(),
            refuse_write_credentials: said.refuse_write_credentials.unwrap_or_default(),
            timeout: length("timeout", said.timeout.as_deref())?,
            parallelism: number(said.parallelism.as_deref())?,
            lock: length("lock", said.lock.as_deref())?,
            confirm: said.confirm.unwrap_or(true),
            skip_while_open: said.skip_while_open.unwrap_or_default(),
            modules: Vec::new(),
            group: said.group.clone(),
            schedule: Schedule {
                cron: said.schedule.clone(),
                timezone: said.timezone.clone(),
                jitter: length("jitter", said.jitter.as_deref())?,
            },
            owners: said.owners.clone(),
        });
    }
    Ok(projects)
}

/// The rules that concern a project.
fn rules(said: &[DriftIgnore], project: &str) -> Result<Vec<IgnoreRule>, Failure> {
    let mut rules = Vec::new();
    for (index, rule) in said.iter().enumerate() {
        if rule.project.as_ref().is_some_and(|pattern| !fits(pattern, project)) {
            continue;
        }
        let until = rule.until.as_ref().map(|text| {
            text.parse().map_err(|_| {
                Failure::new(format!("`drift.ignore[{index}].until: {text}` is no day"))
                    .hint("write it as 2027-01-31")
            })
        });
        rules.push(IgnoreRule {
            name: format!("drift.ignore[{index}]"),
            address: rule.address.clone(),
            attribute: rule.attribute.clone(),
            reason: rule.reason.clone(),
            owner: rule.owner.clone(),
            until: until.transpose()?,
        });
    }
    Ok(rules)
}

fn length(key: &str, text: Option<&str>) -> Result<Option<Duration>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let read = text.parse::<SignedDuration>().ok();
    let read = read.and_then(|length| Duration::try_from(length).ok());
    read.map(Some).ok_or_else(|| {
        Failure::new(format!("`{key}: {text}` is no length of time")).hint("write it as 30m or 90s")
    })
}

fn number(text: Option<&str>) -> Result<Option<u32>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let read = text.parse().ok().filter(|number| *number > 0);
    read.map(Some).ok_or_else(|| Failure::new(format!("`parallelism: {text}` is no number")))
}

#[expect(clippy::disallowed_methods, reason = "CODEOWNERS is no part of the chain")]
fn read(file: &Path) -> Option<String> {
    let small = std::fs::metadata(file).is_ok_and(|found| found.is_file() && found.len() < 4 << 20);
    if small { std::fs::read_to_string(file).ok() } else { None }
}
