//! `sealine render`.
//!
//! Invariant: a value is shown with `--reveal` and not otherwise.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sealine_engine::Analysis;
use sealine_model::kubernetes::ExternalSecret;
use sealine_render::manifest::{self, Values};
use sealine_render::{Data, Fault, Given, Made, Unusable, Vault, encoded_values, render};
use sealine_report::chain::place_json as place;
use sealine_report::{for_terminal, on_one_line};
use sealine_source::Place;
use serde_json::{Value, json};

use crate::Outcome;
use crate::args::{self, Render, RenderFormat};
use crate::commands::round_trip;
use crate::failure::Failure;
use crate::output::{self, note};
use crate::project::Plan;

/// What became of one `ExternalSecret`.
pub(crate) type Attempt = Result<Made, Fault>;

/// Renders `ExternalSecret`s.
pub(crate) fn run(args: &Render) -> Result<Outcome, Failure> {
    let source = Source::of(args)?;
    let given = given(args)?;
    let (plan, names) = plan(args)?;
    let analysis = plan.analyse_for_rendering();
    let chosen = chosen(&plan, &analysis, &names)?;
    let made: Vec<(&ExternalSecret, Attempt)> = chosen
        .into_iter()
        .map(|external| (external, render(external, &source.data(), &given)))
        .collect();
    if args.check {
        return round_trip::report(&plan, &made, &given, args.output);
    }
    let values = if args.reveal { Values::Shown } else { Values::Covered };
    let text = match args.output {
        RenderFormat::Yaml => yaml(&plan, &made, values),
        RenderFormat::Json => format!("{:#}\n", to_json(&made, values)),
    };
    output::print(&if args.reveal { text } else { for_terminal(&text) })?;
    let faults = made.iter().filter_map(|(external, made)| Some((external, made.as_ref().err()?)));
    let mut outcome =
        if analysis.unreadable.is_empty() { Outcome::Clean } else { Outcome::Incomplete };
    for (external, fault) in faults {
        say(&plan, external, fault);
        outcome = match outcome {
            Outcome::Clean | Outcome::Found if fault.is_final => Outcome::Found,
            _ => Outcome::Incomplete,
        };
    }
    Ok(outcome)
}

/// Where the values come from.
enum Source {
    Vault(Vault),
    Fetched(std::collections::BTreeMap<String, sealine_model::SecretValue>),
    Sample,
}

impl Source {
    fn of(args: &Render) -> Result<Self, Failure> {
        if let Some(file) = &args.data {
            return Ok(Self::Vault(usable(file, Vault::read(&read(file)?))?));
        }
        if let Some(file) = &args.source_secret_data_file {
            return Ok(Self::Fetched(usable(file, encoded_values(&read(file)?))?));
        }
        if args.sample || args.check {
            return Ok(Self::Sample);
        }
        Err(Failure::new("there are no values to render with")
            .hint("`--data FILE` reads what the vault holds, `--sample` makes values up, `--check` needs none"))
    }

    fn data(&self) -> Data<'_> {
        match self {
            Self::Vault(vault) => Data::Vault(vault),
            Self::Fetched(values) => Data::Source(values),
            Self::Sample => Data::Sample,
        }
    }
}

fn given(args: &Render) -> Result<Given, Failure> {
    let mut given = Given::default();
    let lists =
        [("ConfigMap", &args.template_from_config_map), ("Secret", &args.template_from_secret)];
    for (kind, files) in lists {
        for file in files {
            usable(file, given.add(kind, &read(file)?))?;
        }
    }
    Ok(given)
}

/// Reads a file that is no part of the project, or standard input.
fn read(file: &Path) -> Result<String, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(format!("cannot read `{}`", file.display())).because(error)
    };
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(failed)?;
        return Ok(text);
    }
    #[expect(clippy::disallowed_methods, reason = "values are no part of the project")]
    std::fs::read_to_string(file).map_err(failed)
}

fn usable<T>(file: &Path, read: Result<T, Unusable>) -> Result<T, Failure> {
    read.map_err(|unusable| {
        let line = unusable.line.map(|line| format!(", line {line}")).unwrap_or_default();
        let message = unusable.message;
        Failure::new(format!("cannot use `{}`{line}: {message}", file.display()))
    })
}

/// Returns what to read, and the names of what to render.
fn plan(args: &Render) -> Result<(Plan, Vec<&str>), Failure> {
    let mut paths: Vec<PathBuf> = args.source_templated_object.iter().cloned().collect();
    let mut names = Vec::new();
    for target in &args.targets {
        match Path::new(target) {
            path if path.exists() => paths.push(path.to_owned()),
            _ => names.push(target.as_str()),
        }
    }
    let repos = args.repos.clone();
    let input = args::Input { paths, repos, config: args.config.clone(), with: Vec::new() };
    Ok((Plan::of(&input)?, names))
}

/// Returns what to render: each `ExternalSecret` once that is in what was asked for.
fn chosen<'a>(
    plan: &Plan,
    analysis: &'a Analysis,
    names: &[&str],
) -> Result<Vec<&'a ExternalSecret>, Failure> {
    let all = analysis.facts.iter().flat_map(|facts| &facts.external_secrets);
    let asked = |external: &&ExternalSecret| {
        let file = &external.place.file;
        plan.asks_for_file(&file.repo, &file.path)
    };
    let mut found: Vec<&ExternalSecret> = Vec::new();
    for external in all.filter(asked) {
        let same = |other: &&ExternalSecret| {
            other.place == external.place
                && other.name == external.name
                && other.scope.namespace == external.scope.namespace
                && other.written().spec == external.written().spec
        };
        if !found.iter().any(same) {
            found.push(external);
        }
    }
    if let Some(name) = names.iter().find(|name| !found.iter().any(|one| is_named(one, name))) {
        return Err(Failure::new(format!("there is no `{name}`"))
            .hint("name a file, a folder, or an ExternalSecret as NAME or NAMESPACE/NAME"));
    }
    if !names.is_empty() {
        found.retain(|external| names.iter().any(|name| is_named(external, name)));
    }
    if found.is_empty() {
        return Err(Failure::new("there is no ExternalSecret in what was read"));
    }
    found.sort_by(|one, two| one.place.cmp(&two.place));
    Ok(found)
}

fn is_named(external: &ExternalSecret, name: &str) -> bool {
    match name.split_once('/') {
        Some((namespace, name)) => {
            external.name.pattern() == name && external.scope.namespace.pattern() == namespace
        }
        None => external.name.pattern() == name,
    }
}

pub(crate) fn named(external: &ExternalSecret) -> String {
    let (namespace, name) = (external.scope.namespace.pattern(), external.name.pattern());
    if namespace.is_empty() { name } else { format!("{namespace}/{name}") }
}

pub(crate) fn at(plan: &Plan, place: &Place) -> String {
    format!("{}:{}:{}", plan.shown(&place.file.repo, &place.file.path), place.line, place.column)
}

/// Returns the manifests, each below where it comes from.
fn yaml(plan: &Plan, all: &[(&ExternalSecret, Attempt)], values: Values) -> String {
    let mut out = String::new();
    for (external, made) in all {
        let Ok(made) = made else { continue };
        if !out.is_empty() {
            out.push_str("---\n");
        }
        let from =
            format!("# {} {} ({})", external.kind, named(external), at(plan, &external.place));
        let _ = writeln!(out, "{}", on_one_line(&from));
        match made {
            Made::Nothing(why) => {
                let _ = writeln!(out, "# makes nothing: {why}");
            }
            Made::Secret(secret) => {
                if secret.joins {
                    out.push_str("# becomes part of a Secret that is there\n");
                }
                out.push_str(&manifest::yaml(secret, values));
            }
            Made::Object(object) => {
                if object.joins {
                    let becomes = format!("# becomes part of a {} that is there", object.kind);
                    let _ = writeln!(out, "{}", on_one_line(&becomes));
                }
                out.push_str(&manifest::object_yaml(object, values));
            }
        }
    }
    out
}

/// The documented form: see `docs/render.md`.
fn to_json(all: &[(&ExternalSecret, Attempt)], values: Values) -> Value {
    let one = |(external, made): &(&ExternalSecret, Attempt)| {
        let mut row = json!({"external_secret": named(external), "at": place(&external.place)});
        match made {
            Ok(Made::Secret(secret)) => row["secret"] = manifest::json(secret, values),
            Ok(Made::Object(object)) => row["object"] = manifest::object_json(object, values),
            Ok(Made::Nothing(why)) => row["nothing"] = json!(why),
            Err(fault) => {
                row["fault"] = json!({
                    "key": fault.key,
                    "message": fault.message,
                    "final": fault.is_final,
                    "at": place(&fault.place),
                    "column": fault.place.column,
                });
            }
        }
        row
    };
    json!({"version": 1, "rendered": all.iter().map(one).collect::<Vec<Value>>()})
}

pub(crate) fn say(plan: &Plan, external: &ExternalSecret, fault: &Fault) {
    let what = match &fault.key {
        Some(key) => format!("`{key}` of `{}`", named(external)),
        None => format!("`{}`", named(external)),
    };
    let verb = if fault.is_final { "does not render" } else { "cannot be rendered here" };
    let text = format!("error: {what} {verb}: {}", fault.message);
    let place = format!("  --> {}", at(plan, &fault.place));
    note(&format!("{}\n{}", on_one_line(&text), on_one_line(&place)));
}
