//! `sealine drift ignore`.

use std::path::{Path, PathBuf};

use sealine_drift::RunReport;
use sealine_drift::ignore_edit::{Said, rules_for, with_rules};

use super::projects;
use crate::Outcome;
use crate::failure::Failure;
use crate::live::environment;
use crate::output::{note, print, write_file};
use crate::project::Plan;

#[derive(Debug, clap::Args)]
pub(crate) struct Ignore {
    /// Take what the last `sealine drift run` on this machine found.
    #[arg(long, required = true)]
    last: bool,
    /// Only resources with these addresses, with `*` for any text.
    #[arg(long, value_name = "GLOB")]
    address: Option<String>,
    /// Only these attributes, with `*` for any text.
    #[arg(long, value_name = "GLOB")]
    attribute: Option<String>,
    /// Why it is not to be told.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Who says so.
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// The last day on which it holds.
    #[arg(long, value_name = "DAY")]
    until: Option<String>,
    /// Show the file as it would be, and write nothing.
    #[arg(long)]
    stdout: bool,
    /// The configuration file, instead of the one found upward from the current folder.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of the last run, as for `sealine drift run`.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

/// Writes rules.
pub(crate) fn run(args: &Ignore) -> Result<Outcome, Failure> {
    if let Some(day) = &args.until
        && day.parse::<jiff::civil::Date>().is_err()
    {
        return Err(Failure::new(format!("`{day}` is no day")).hint("write it as 2027-01-31"));
    }
    let input = crate::args::Input { config: args.config.clone(), ..crate::args::Input::default() };
    let plan = Plan::of(&input)?;
    let file = plan.config_file.clone().unwrap_or_else(|| PathBuf::from("sealine.yaml"));
    let last = projects::last_file(&environment(), args.data.as_deref())?;
    let reports = read_last(&last)?;
    let rules = rules_for(&reports, args.address.as_deref(), args.attribute.as_deref());
    if rules.is_empty() {
        return Err(Failure::new("the last look found nothing of that kind"));
    }
    let mut addresses: Vec<&str> = rules.iter().map(|rule| rule.address.as_str()).collect();
    addresses.dedup();
    if addresses.len() > 1 && args.address.is_none() {
        return Err(Failure::new(format!("the last look found {} resources", addresses.len()))
            .hint(format!("name those to ignore with `--address`: {}", addresses.join(", "))));
    }
    let text = if plan.config_file.is_some() { text_of(&file)? } else { String::new() };
    let said =
        Said { reason: args.reason.clone(), owner: args.owner.clone(), until: args.until.clone() };
    let edited = with_rules(&text, &rules, &said).map_err(|error| {
        Failure::new(format!("cannot add a rule to `{}`", file.display())).because(error)
    })?;
    if args.stdout {
        print(&edited)?;
        return Ok(Outcome::Clean);
    }
    write_file(&file, &edited)?;
    let word = if rules.len() == 1 { "rule" } else { "rules" };
    note(&format!("wrote {} {word} to {}", rules.len(), file.display()));
    Ok(Outcome::Clean)
}

fn read_last(file: &Path) -> Result<Vec<RunReport>, Failure> {
    let none =
        || Failure::new("no look is known on this machine").hint("`sealine drift run` makes one");
    if !file.is_file() {
        return Err(none());
    }
    serde_json::from_str(&text_of(file)?)
        .map_err(|error| Failure::new("cannot read the last look").because(error))
}

#[expect(clippy::disallowed_methods, reason = "our own files, not the project")]
fn text_of(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file)
        .map_err(|error| Failure::new(format!("cannot read `{}`", file.display())).because(error))
}
