//! `sealine explain`.

use std::fmt::Write as _;

use sealine_airflow::connection;
use sealine_airflow::connection::types::{self, ConnectionType};
use sealine_rules::{RULES, Rule, similar};

use crate::Outcome;
use crate::args::Explain;
use crate::failure::Failure;
use crate::output;

/// What stands before the name of a type of connections.
const CONNECTION: &str = "connection:";

/// Prints a page, or a list.
pub(crate) fn run(args: &Explain) -> Result<Outcome, Failure> {
    let connection = args.rule.as_deref().and_then(|name| name.strip_prefix(CONNECTION));
    match (&args.rule, connection) {
        (_, Some("")) => output::print(&list_of_types())?,
        (_, Some(name)) if args.have.is_empty() => {
            output::print(&connection::page(connection_type(name)?))?;
        }
        (_, Some(name)) => {
            output::print(&connection::missing(connection_type(name)?, &args.have))?;
        }
        (Some(_), None) if !args.have.is_empty() => {
            let failure = Failure::new("`--have` is about a type of connections");
            return Err(failure.hint("write `sealine explain connection:TYPE --have FIELD,…`"));
        }
        (Some(name), None) => output::print(&named(name)?.page().text)?,
        (None, None) => output::print(&list())?,
    }
    Ok(Outcome::Clean)
}

/// Returns the type of connections of this name, or a failure with the name that was probably meant.
pub(crate) fn connection_type(name: &str) -> Result<&'static ConnectionType, Failure> {
    types::named(name).ok_or_else(|| {
        let failure = Failure::new(format!("there is no type of connections `{name}`"));
        match similar::nearest(name, types::all().iter().map(|kind| kind.name), None) {
            Some((near, _)) => failure.hint(format!("did you mean `{near}`?")),
            None => failure.hint("`sealine explain connection:` lists all types"),
        }
    })
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

fn list_of_types() -> String {
    let types = types::all();
    let width = types.iter().map(|kind| kind.name.len()).max().unwrap_or_default();
    types.iter().fold(String::new(), |mut list, kind| {
        let _ = writeln!(list, "{:width$}  {}", kind.name, kind.title);
        list
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
