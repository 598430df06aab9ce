//! `sealine facts`.

use std::sync::Arc;

use sealine_engine::Analysis;
use sealine_facts::{Origin, Published};
use sealine_model::Facts;
use sealine_model::settings::VaultSettings;
use sealine_report::covered_words;
use sealine_source::FileName;

use crate::Outcome;
use crate::args;
use crate::failure::Failure;
use crate::output;
use crate::project::Plan;

/// Writes what the repositories declare and need.
pub(crate) fn run(args: &args::Facts) -> Result<Outcome, Failure> {
    if args.schema {
        output::print(&output::pretty(&sealine_facts::schema()))?;
        return Ok(Outcome::Clean);
    }
    let plan = Plan::of(&args.input)?;
    let analysis = plan.analyse();
    // A URL of a repository may hold a password; what covers it keeps the JSON as it is.
    let text = covered_words(&sealine_facts::write(&published(&plan, &analysis)));
    match &args.output {
        Some(path) => sealine_engine::write::replace(path, text.as_bytes()).map_err(|error| {
            Failure::new(format!("cannot write `{}`", path.display())).because(error)
        })?,
        None => output::print(&text)?,
    }
    Ok(if analysis.unreadable.is_empty() { Outcome::Clean } else { Outcome::Incomplete })
}

/// The facts of the repositories that were asked for.
fn published(plan: &Plan, analysis: &Analysis) -> Published {
    let asked = |name: &str| {
        plan.only.is_empty() || plan.only.iter().any(|(repository, _)| repository == name)
    };
    let all = analysis.project.repositories.iter();
    let repositories: Vec<Origin> = all
        .filter(|repository| asked(&repository.name))
        .map(|repository| Origin {
            name: repository.name.clone(),
            remotes: repository.remotes.clone(),
            commit: repository.git.as_ref().and_then(|git| git.head()),
        })
        .collect();
    let settings = &plan.config.settings;
    // Without some of the repositories it cannot be told that all entries are there.
    let is_whole = repositories.len() == analysis.project.repositories.len();
    let said = |said: &VaultSettings| if is_whole { said.clone() } else { said.open() };
    let vaults = settings.vaults.iter().map(|(name, vault)| (name.clone(), said(vault))).collect();
    let is_own = |name: &str| repositories.iter().any(|repository| repository.name == name);
    let first = repositories.first().map(|repository| repository.name.clone()).unwrap_or_default();
    let units = analysis.facts.iter().filter(|facts| is_own(&facts.repo) || facts.repo.is_empty());
    let units = units
        .map(|facts| if facts.repo.is_empty() { configured(facts, &first) } else { facts.clone() });
    let units = units.collect();
    Published { repositories, vaults, units }
}

/// What the configuration itself declares, as facts of a repository: wherever the command was run,
/// they are the same.
fn configured(facts: &Facts, repo: &str) -> Facts {
    let mut facts = facts.clone();
    repo.clone_into(&mut facts.repo);
    for entry in &mut facts.entries {
        let path = &entry.place.file.path;
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        entry.place.file = Arc::new(FileName::new(repo, name.as_str()));
        facts.unit = format!("configuration {name}");
    }
    facts
}
