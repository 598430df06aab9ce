//! States where backends keep them: by an address that was typed, or as a root module says.

use std::path::Path;

use sealine_http::Settings as Http;
use sealine_model::SecretValue;
use sealine_state::backend::{Remote, Settings, from_pointer, from_settings, from_url};
use sealine_state::encryption::Passphrase;
use sealine_state::fetch::{LONGEST, file};
use sealine_state::subject::look;

use super::audit::{Args, Place, Report, Subject};
use crate::args::Input;
use crate::failure::Failure;
use crate::live::{environment, texts};
use crate::project::Plan;

/// What to do about a backend that cannot be asked.
const INSTEAD: &str = "`terraform state pull > FILE` and an audit of the file do without it, \
    `--no-backend` leaves it out";

/// Looks at an address, when the target is one.
pub(super) async fn typed(
    target: &Path,
    passphrase: Option<&Passphrase>,
    report: &mut Report,
) -> Result<bool, Failure> {
    let text = target.to_str().unwrap_or_default();
    let Some(remote) = from_url(text, &texts(&environment())) else { return Ok(false) };
    let remote = remote.map_err(|error| Failure::new("cannot read the address").because(error))?;
    ask(&remote, passphrase, report).await;
    Ok(true)
}

/// Looks at the state of the root module in a folder, when it has a backend that is not a file.
pub(super) async fn of_root(
    args: &Args,
    folder: &Path,
    passphrase: Option<&Passphrase>,
    report: &mut Report,
) {
    let failed = |error: Failure| error.hint(INSTEAD);
    let configured = match configured(args, folder).await {
        Ok(Some(configured)) => configured,
        Ok(None) => return,
        Err(failure) => return report.failures.push(failed(failure)),
    };
    let Configured { kind, settings, whole } = configured;
    if kind == "local" {
        // It lies in the folder, and was looked at there.
        return;
    }
    let workspace = workspace(args, folder).await;
    match from_settings(&kind, &settings, whole, &workspace, &texts(&environment())) {
        Ok(remote) => ask(&remote, passphrase, report).await,
        Err(error) => {
            let what = format!("the state of `{}` was not looked at", folder.display());
            let failure = failed(Failure::new(what).because(error));
            report.failures.push(failure.hint("`--backend-config` gives what is missing"));
        }
    }
}

async fn ask(remote: &Remote, passphrase: Option<&Passphrase>, report: &mut Report) {
    let name = remote.name();
    if let Err(failure) = try_ask(remote, &name, passphrase, report).await {
        report.failures.push(failure.hint(INSTEAD));
    }
}

async fn try_ask(
    remote: &Remote,
    name: &str,
    passphrase: Option<&Passphrase>,
    report: &mut Report,
) -> Result<(), Failure> {
    let environment = texts(&environment());
    let http = Http { total: LONGEST, ..Http::from_environment(&environment) };
    let services = crate::live::services(&environment, http)?;
    let text = remote
        .read(&services)
        .await
        .map_err(|error| Failure::new(format!("cannot read `{name}`")).because(error))?;
    let checks = remote.checks(&services).await;
    let Some(text) = text else {
        report.notes.push(format!("there is no state at `{name}` yet"));
        return Ok(());
    };
    let looked = look(text, passphrase);
    report.subjects.push(Subject { name: name.to_owned(), place: Place::Backend(checks), looked });
    Ok(())
}

/// The backend of a root module.
struct Configured {
    kind: String,
    settings: Settings,
    /// Whether nothing else may be given to `init`.
    whole: bool,
}

/// What `init` was told, else what the block says, with what was typed.
async fn configured(args: &Args, folder: &Path) -> Result<Option<Configured>, Failure> {
    let pointer = folder.join(".terraform/terraform.tfstate");
    let mut configured = None;
    if pointer.is_file() {
        let unreadable = |error: Box<dyn std::error::Error + Send + Sync>| {
            Failure::new(format!("cannot read `{}`", pointer.display())).because(error)
        };
        let text = file(&pointer).await.map_err(|error| unreadable(error.into()))?;
        let found = from_pointer(text.expose()).map_err(|error| unreadable(error.into()))?;
        configured = found.map(|(kind, settings)| Configured { kind, settings, whole: true });
    }
    let configured = match configured {
        Some(configured) => Some(configured),
        None => block(folder)?,
    };
    let Some(mut configured) = configured else { return Ok(None) };
    for given in &args.backend_config {
        configured.settings.extend(typed_settings(given).await?);
    }
    Ok(Some(configured))
}

/// Reads the block of the module in this folder. Credentials that stand there are not kept.
fn block(folder: &Path) -> Result<Option<Configured>, Failure> {
    let is_module = std::fs::read_dir(folder).is_ok_and(|entries| {
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        { paths }.any(|path| {
            path.extension().is_some_and(|extension| extension == "tf" || extension == "tofu")
        })
    });
    if !is_module {
        return Ok(None);
    }
    let input = Input { paths: vec![folder.to_owned()], ..Input::default() };
    let plan = Plan::of(&input)?;
    let analysis = plan.analyse();
    let modules = analysis.facts.iter().flat_map(|facts| &facts.terraform);
    let here = |repo: &str, path: &str| match plan.only.first() {
        Some((own, below)) => repo == own && path == below,
        None => path.is_empty() || path == ".",
    };
    let module = { modules }.find(|module| here(&module.repo, &module.folder));
    let Some(backend) = module.and_then(|module| module.backend.as_ref()) else {
        return Ok(None);
    };
    let known = backend.attributes.iter().filter_map(|(name, attribute)| {
        let text = attribute.value.known_text()?;
        Some((name.clone(), SecretValue::new(text.into_owned())))
    });
    Ok(Some(Configured {
        kind: backend.kind.clone(),
        settings: known.collect(),
        whole: !backend.partial,
    }))
}

/// `K=V`, or a file of such lines as `init -backend-config=FILE` takes it.
async fn typed_settings(given: &str) -> Result<Settings, Failure> {
    if let Some((name, value)) = given.split_once('=') {
        return Ok(Settings::from([(name.trim().to_owned(), SecretValue::new(value.trim()))]));
    }
    let text = file(Path::new(given))
        .await
        .map_err(|error| Failure::new(format!("cannot read `{given}`")).because(error))?;
    let lines = text.expose().split(|byte| *byte == b'\n');
    let settings = lines.filter_map(|line| {
        let (name, value) = std::str::from_utf8(line).ok()?.split_once('=')?;
        let name = name.trim();
        let value = value.trim().trim_matches('"');
        (!name.starts_with(['#', '/'])).then(|| (name.to_owned(), SecretValue::new(value)))
    });
    Ok(settings.collect())
}

/// The workspace: as typed, by its variable, or as selected in the folder.
async fn workspace(args: &Args, folder: &Path) -> String {
    let selected = file(&folder.join(".terraform/environment")).await.ok();
    let selected = selected.map(|text| String::from_utf8_lossy(text.expose()).trim().to_owned());
    let typed = args.workspace.clone();
    let workspace = typed.or_else(|| texts(&environment()).remove("TF_WORKSPACE")).or(selected);
    workspace.filter(|name| !name.is_empty()).unwrap_or_else(|| "default".to_owned())
}
