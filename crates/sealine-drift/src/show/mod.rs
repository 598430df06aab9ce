//! Reports as people and programs read them, one file each.
//!
//! Invariant: names were made harmless for terminals when the report was made; here each format
//! escapes what it would act on itself.

mod markdown;
mod sarif;
mod text;

use serde::Serialize;

use crate::report::{Outcome, RunReport, StaleRule};

pub use markdown::markdown;
pub use sarif::sarif;
pub use text::{Since, text};

/// Returns reports as JSON: an object with the version of the format, so that more can stand beside
/// them.
pub fn json(reports: &[RunReport]) -> String {
    #[derive(Serialize)]
    struct All<'a> {
        format: u32,
        reports: &'a [RunReport],
    }
    let all = All { format: crate::report::FORMAT, reports };
    serde_json::to_string_pretty(&all).unwrap_or_default() + "\n"
}

/// Returns the exit code of `plan -detailed-exitcode` that the reports come to: 1 when a look was not
/// whole, 2 when something differs, else 0.
pub fn exit_code(reports: &[RunReport]) -> u8 {
    let any = |matches: fn(&Outcome) -> bool| reports.iter().any(|report| matches(&report.outcome));
    if any(|outcome| matches!(outcome, Outcome::Failed(_))) {
        1
    } else if any(|outcome| !matches!(outcome, Outcome::Clean)) {
        2
    } else {
        0
    }
}

/// Returns the rules that did nothing in any whole report that knows them.
pub fn stale_rules(reports: &[RunReport]) -> Vec<StaleRule> {
    let mut stale: Vec<StaleRule> = Vec::new();
    let whole: Vec<&RunReport> = reports.iter().filter(|report| report.is_whole()).collect();
    for rule in whole.iter().flat_map(|report| &report.stale_rules) {
        let everywhere = whole
            .iter()
            .all(|report| report.stale_rules.iter().any(|other| other.rule == rule.rule));
        if everywhere && !stale.contains(rule) {
            stale.push(rule.clone());
        }
    }
    stale
}

/// What no plan sees.
pub(crate) const OUTSIDE: &str = "what is outside the state was not looked at";
