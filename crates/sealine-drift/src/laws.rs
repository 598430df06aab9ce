//! For the laws that fuzzing holds: everything that may be said of a plan, without a program that
//! made it.
//!
//! Invariant: this is what a run does with the same bytes.

use std::fmt::Write as _;

use jiff::civil::Date;

use crate::judge::{Context, DeclaredResources, judge};
use crate::plan;
use crate::project::IgnoreRule;
use crate::schema::Schemas;

/// Reads a plan, judges it, and returns all that would be told of it, and of why it cannot be read.
pub fn said(plan: &[u8]) -> String {
    let plan = match plan::read(plan) {
        Ok(plan) => plan,
        Err(error) => return error.to_string(),
    };
    let rule = |name: &str, address: &str, attribute: Option<&str>| IgnoreRule {
        name: name.to_owned(),
        address: address.to_owned(),
        attribute: attribute.map(str::to_owned),
        reason: "a reason".to_owned(),
        owner: None,
        until: None,
    };
    let mut said = String::new();
    for ignore in [vec![], vec![rule("one", "*", Some("tags.*")), rule("two", "t*.b", None)]] {
        let verdict = judge(&Context {
            project: "p",
            plan: &plan,
            declared: &DeclaredResources::default(),
            schemas: &Schemas::default(),
            ignore: &ignore,
            owners: &[],
            today: Date::constant(2027, 1, 31),
        });
        // Writing to a text cannot fail.
        let _ = writeln!(said, "{verdict:?}");
        for difference in verdict.findings.iter().chain(&verdict.noise) {
            let _ = writeln!(said, "{}", serde_json::to_string(difference).unwrap_or_default());
        }
    }
    said
}
