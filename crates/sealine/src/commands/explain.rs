//! `sealine explain`.

use std::fmt::Write as _;

use sealine_rules::{RULES, Rule, similar};

use crate::Outcome;
use crate::args::Explain;
use crate::failure::Failure;
use crate::output;

/// Prints a rule's page, or the list of rules.
pub(crate) fn run(args: &Explain) -> Result<Outcome, Failure> {
    match &args.rule {
        Some(name) => output::print(&named(name)?.page().text)?,
        None => output::print(&list())?,
    }
    Ok(Outcome::Clean)
}

/// Returns the rule of this name, or a failure with the name that was probably meant.
pub(crate) fn named(name: &str) -> Result<&'static Rule, Failure> {
    Rule::named(name).ok_or_else(|| {
        let failure = Failure::new(format!("there is no rule `{name}`"));
        match similar::nearest(name, RULES.iter().map(|rule| rule.name), None) {
            Some((near, _)) => failure.hint(format!("did you mean `{near}`?")),
            None => failure.hint("`sealine explain` lists all rules"),
        }
    })
}

fn list() -> String {
    let mut rules: Vec<&Rule> = RULES.to_vec();
    rules.sort_by_key(|rule| rule.name);
    let width = rules.iter().map(|rule| rule.name.len()).max().unwrap_or_default();
    rules.iter().fold(String::new(), |mut list, rule| {
        let (name, severity) = (rule.name, rule.severity.name());
        let _ = writeln!(list, "{name:width$}  {severity:7}  {}", rule.summary);
        list
    })
}
