//! Findings that a comment or an annotation allows, and what is wrong with such permissions.
//!
//! A comment `# sealine: allow(rule-name) reason until=2030-01-31` allows the findings of that rule
//! on its own line, or on the first line below it that is no comment. The annotation
//! `sealine.dev/allow: "rule-name: reason"` allows them anywhere in its object.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use memchr::memmem;
use sealine_model::{Finding, Severity};
use sealine_rules::{Context, Rule, RuleSetting, similar};
use sealine_source::{Place, Project, Repository, Source, TextRange};

use crate::Verdict;

const MARK: &str = "sealine: allow(";

/// One permission.
#[derive(Clone, Debug)]
struct Permission {
    rules: Vec<String>,
    reason: String,
    until: Option<Until>,
    /// Where it stands.
    place: Place,
    /// The lines of its file, or the objects, in which it allows findings.
    covers: Covers,
}

#[derive(Clone, Debug)]
enum Covers {
    Lines(u32, u32),
    /// A kustomization may put one annotation to several objects, which stand in other files.
    Objects(BTreeSet<Place>),
}

#[derive(Clone, Debug)]
enum Until {
    Day(Date),
    Unreadable(String),
}

impl Permission {
    /// Returns which of its rules allows a finding.
    fn allows(&self, finding: &Finding) -> Option<usize> {
        let place = &finding.place;
        let here = match &self.covers {
            Covers::Lines(first, last) => {
                place.file == self.place.file && (*first..=*last).contains(&place.line)
            }
            Covers::Objects(objects) => objects.iter().any(|object| object.contains(place)),
        };
        if here { self.rules.iter().position(|rule| rule == finding.rule) } else { None }
    }
}

/// Takes out what is allowed, and adds findings about the permissions themselves.
pub fn apply(
    context: &Context<'_>,
    project: &Project,
    findings: Vec<Finding>,
    rules: &BTreeMap<String, RuleSetting>,
) -> Verdict {
    let permissions = permissions(context, project);
    let unused = |permission: &Permission| vec![false; permission.rules.len()];
    let mut used: Vec<Vec<bool>> = permissions.iter().map(unused).collect();
    let mut verdict = Verdict::default();
    for finding in findings {
        let mut allowed = false;
        for (permission, used) in permissions.iter().zip(&mut used) {
            if let Some(rule) = permission.allows(&finding) {
                used[rule] = true;
                let expired =
                    matches!(&permission.until, Some(Until::Day(day)) if *day < context.today);
                allowed |= !expired;
            }
        }
        if allowed {
            verdict.suppressed += 1;
        } else {
            verdict.findings.push(finding);
        }
    }
    let about = permissions
        .iter()
        .zip(used)
        .flat_map(|(permission, used)| faults(permission, &used, context.today, rules));
    verdict.findings.extend(about);
    verdict.findings.sort_by(|one, two| {
        (&one.place, one.rule, &one.message).cmp(&(&two.place, two.rule, &two.message))
    });
    verdict
}

/// Findings about one permission: it names no rule, has no reason, has expired, or allows nothing.
fn faults(
    permission: &Permission,
    used: &[bool],
    today: Date,
    rules: &BTreeMap<String, RuleSetting>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |name: &'static str, message: String, help: Option<String>| {
        let Some(rule) = Rule::named(name) else { return };
        let severity = match rules.get(name) {
            Some(RuleSetting::Off) => return,
            Some(RuleSetting::As(severity)) => *severity,
            None => rule.severity,
        };
        found.push(about(permission, rule, severity, message, help));
    };
    for name in &permission.rules {
        if Rule::named(name).is_none() {
            let names = sealine_rules::RULES.iter().map(|rule| rule.name);
            let near = similar::nearest(name, names, None);
            let help = near.map(|(near, _)| format!("did you mean `{near}`?"));
            add("unused-suppression", format!("there is no rule `{name}`"), help);
            return found;
        }
    }
    let names = permission.rules.join(", ");
    match &permission.until {
        Some(Until::Day(day)) if *day < today => {
            add(
                "expired-suppression",
                format!("the permission for `{names}` ended on {day}"),
                None,
            );
        }
        Some(Until::Unreadable(text)) => {
            let message = format!("`until={text}` is no date");
            add("expired-suppression", message, Some("write it as `until=YYYY-MM-DD`".to_owned()));
        }
        _ => {}
    }
    if permission.reason.is_empty() {
        let message = format!("`{names}` is allowed without a reason");
        add(
            "suppression-without-reason",
            message,
            Some("say why after the parenthesis".to_owned()),
        );
    }
    // A rule that does not run in this look cannot find what is allowed.
    let runs = |rule: &str| rules.get(rule) != Some(&RuleSetting::Off);
    let named = permission.rules.iter().map(String::as_str).zip(used);
    let unused = named.filter(|(rule, used)| !**used && runs(rule)).map(|(rule, _)| rule);
    let unused: Vec<&str> = unused.collect();
    if !unused.is_empty() {
        let names = unused.join(", ");
        let message = format!("nothing here needs the permission for `{names}`");
        add("unused-suppression", message, Some("remove it".to_owned()));
    }
    found
}

fn about(
    permission: &Permission,
    rule: &'static Rule,
    severity: Severity,
    message: String,
    help: Option<String>,
) -> Finding {
    let subject =
        format!("suppression/{}/{}", permission.place.file.path, permission.rules.join(","));
    let mut finding = Finding::new(permission.place.clone(), subject, message);
    finding.rule = rule.name;
    finding.severity = severity;
    finding.help = help;
    finding
}

fn permissions(context: &Context<'_>, project: &Project) -> Vec<Permission> {
    let finder = memmem::Finder::new(MARK);
    let sources = project.repositories.iter().flat_map(Repository::files);
    let mut found: Vec<Permission> = sources
        .filter(|source| finder.find(source.text().as_bytes()).is_some())
        .flat_map(comments)
        .collect();
    let mut annotated: BTreeMap<(&Place, &str, &str), BTreeSet<Place>> = BTreeMap::new();
    for allowed in context.facts.iter().flat_map(|facts| &facts.allowed) {
        let annotation = (&allowed.place, &*allowed.rule, &*allowed.reason);
        annotated.entry(annotation).or_default().insert(allowed.object.clone());
    }
    found.extend(annotated.into_iter().map(|((place, rule, reason), objects)| {
        let (reason, until) = reason_and_date(reason);
        Permission {
            rules: vec![rule.to_owned()],
            reason,
            until,
            place: place.clone(),
            covers: Covers::Objects(objects),
        }
    }));
    found
}

fn comments(source: &Arc<Source>) -> Vec<Permission> {
    let text = source.text();
    let mut found = Vec::new();
    for at in memmem::find_iter(text.as_bytes(), MARK) {
        let (line, _) = source.line_column(at as u32);
        let Some(range) = source.line_range(line) else { continue };
        let before = &text[range.start as usize..at];
        let Some(opening) = comment_in(before) else { continue };
        let own_line =
            before[..opening].trim().trim_start_matches("{{").trim_matches('-').is_empty();
        let rest = &text[at + MARK.len()..range.end as usize];
        let Some((names, tail)) = rest.split_once(')') else { continue };
        let tail =
            tail.trim().trim_end_matches("}}").trim_end_matches('-').trim_end_matches("*/").trim();
        let (reason, until) = reason_and_date(tail);
        let last = if own_line { next_line_of_text(source, line) } else { line };
        found.push(Permission {
            rules: names.split(',').map(|name| name.trim().to_owned()).collect(),
            reason,
            until,
            place: source.place(TextRange::new(at, at + MARK.len() + names.len() + 1)),
            covers: Covers::Lines(line, last),
        });
    }
    found
}

/// Returns where the comment begins that a line ends in: `#`, `//`, `/*` or a template's `{{/*`.
fn comment_in(line: &str) -> Option<usize> {
    let begins = |mark: &str| {
        let mut found = line.match_indices(mark).map(|(at, _)| at);
        found.find(|at| line[..*at].chars().next_back().is_none_or(char::is_whitespace))
    };
    let block = line.find("/*");
    let first = [begins("#"), begins("//"), block].into_iter().flatten().min();
    first.or_else(|| line.rfind('#')).or_else(|| line.rfind("//"))
}

/// The first line after `line` that is neither empty nor a comment.
fn next_line_of_text(source: &Source, line: u32) -> u32 {
    let mut at = line + 1;
    while let Some(range) = source.line_range(at) {
        let text = source.slice(range).trim();
        let comment = ["#", "//", "/*", "{{/*", "{{- /*"].iter().any(|mark| text.starts_with(mark));
        if !text.is_empty() && !comment {
            break;
        }
        at += 1;
    }
    at
}

fn reason_and_date(text: &str) -> (String, Option<Until>) {
    let mut until = None;
    let words = text.split_whitespace().filter(|word| {
        let Some(date) = word.strip_prefix("until=") else { return true };
        until = Some(match date.parse::<Date>() {
            Ok(day) => Until::Day(day),
            Err(_) => Until::Unreadable(date.to_owned()),
        });
        false
    });
    let reason = words.collect::<Vec<_>>().join(" ");
    (reason, until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_begins_where_its_first_mark_stands() {
        for (line, expected) in [
            ("## ", Some(0)),
            ("# see #12, ", Some(0)),
            ("a: b#c # ", Some(7)),
            ("url = \"https://a\" # ", Some(18)),
            ("x = 1// ", Some(5)),
            ("{{- /* ", Some(4)),
            ("a: b ", None),
        ] {
            assert_eq!(comment_in(line), expected, "{line}");
        }
    }
}
