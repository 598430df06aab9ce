//! What `sealine state audit` prints for a terminal.

use std::fmt::Write as _;

use sealine_state::Form;
use sealine_state::audit::{Found, Reason};
use sealine_state::backend::Check;
use sealine_state::subject::Looked;

use super::audit::{Place, Report, Subject};

/// How many places a help names.
const MOST_NAMED: usize = 3;

/// Returns the report as text.
pub(super) fn text(report: &Report) -> String {
    let mut out = String::new();
    for subject in &report.subjects {
        add(&mut out, subject);
    }
    let audits = report.subjects.iter().filter_map(|subject| subject.looked.as_ref().ok());
    let findings: usize = audits.map(|looked| looked.audit.findings.len()).sum();
    let subjects = report.subjects.len();
    let _ = writeln!(
        out,
        "{} in plain text, in {}",
        counted(findings, "secret"),
        counted(subjects, "state or plan").replace("state or plans", "states and plans"),
    );
    out
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn add(out: &mut String, subject: &Subject) {
    let _ = write!(out, "{}", shown(&subject.name));
    match &subject.looked {
        Ok(looked) => {
            let _ = writeln!(out, ": {}", described(looked));
            if let Place::History(version) = &subject.place {
                let (first, last) = (&version.first, &version.last);
                let _ = writeln!(
                    out,
                    "  in the history: from {} ({}) to {} ({})",
                    first.id,
                    date(first.time),
                    last.id,
                    date(last.time)
                );
            }
            if let Place::Backend(checks) = &subject.place {
                for check in checks {
                    answer(out, check);
                }
            }
            looked.audit.findings.iter().for_each(|found| finding(out, found));
            advice(out, subject, looked);
        }
        Err(error) => {
            let _ = writeln!(out, ": {}", shown(&error.to_string()));
        }
    }
    out.push('\n');
}

/// What is known about a backend.
fn answer(out: &mut String, check: &Check) {
    let _ = writeln!(out, "  {}: {} ({})", check.name, shown(&check.said), check.outcome.name());
    if let Some(help) = check.help {
        let _ = writeln!(out, "    = help: {help}");
    }
}

fn finding(out: &mut String, found: &Found) {
    let reasons: Vec<String> = found.reasons.iter().map(reason).collect();
    let _ = writeln!(out, "  {}  ({})", shown(&found.place()), reasons.join(", "));
    if !found.same_as.is_empty() {
        let _ = writeln!(out, "      same value as {}", shown(&found.same_as.join(", ")));
    }
}

fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Marked => "marked as sensitive".to_owned(),
        Reason::Listed => "known to hold a secret".to_owned(),
        Reason::Shape(shape) => (*shape).to_owned(),
        Reason::Named => "name and randomness".to_owned(),
        Reason::Equal => "equal to a secret".to_owned(),
    }
}

/// What the file is.
pub(super) fn described(looked: &Looked) -> String {
    let mut what = match looked.audit.form {
        _ if looked.plan_file => "plan file, with the state that it was made from",
        Form::State { .. } => "state",
        Form::Encrypted => "encrypted by OpenTofu, nothing to see",
        Form::Shown => "state, as `show -json` prints it",
        Form::Plan => "plan, as `show -json` prints it",
        Form::Outputs => "outputs, as `output -json` prints them",
        Form::Other => "something else",
    }
    .to_owned();
    if looked.decrypted {
        what += ", decrypted";
    }
    if let Some(serial) = looked.audit.head.serial {
        let _ = write!(what, ", serial {serial}");
    }
    if looked.audit.form != Form::Encrypted {
        let _ = write!(what, ", {} looked at", counted(looked.audit.looked_at, "instance"));
    }
    what
}

/// What is to be done: each way out once, with what it is for.
fn advice(out: &mut String, subject: &Subject, looked: &Looked) {
    let mut ways: Vec<(&str, Vec<String>)> = Vec::new();
    for found in &looked.audit.findings {
        match ways.iter_mut().find(|(way, _)| *way == found.way_out) {
            Some((_, places)) => places.push(found.place()),
            None => ways.push((&found.way_out, vec![found.place()])),
        }
    }
    for (way, places) in &ways {
        let more = places.len().saturating_sub(MOST_NAMED);
        let named = places.iter().take(MOST_NAMED).map(|place| format!("`{place}`"));
        let mut named = named.collect::<Vec<_>>().join(", ");
        if more > 0 {
            let _ = write!(named, " and {more} more");
        }
        let _ = writeln!(out, "  = help: {}: {}", shown(&named), shown(way));
    }
    if !ways.is_empty() {
        for line in advice_lines(&subject.place) {
            let _ = writeln!(out, "  = help: {}", shown(&line));
        }
    }
}

/// What is to be done about a file with secrets in it, by where it lies.
pub(super) fn advice_lines(place: &Place) -> Vec<String> {
    let rotate = "whoever could read it has these values: rotate them, after the way out is taken";
    let mut lines = vec![rotate.to_owned()];
    if let Place::History(version) = place {
        // A path that is left out leaves the file in the commits that have it there.
        let paths: Vec<String> = version.paths.iter().map(|path| word(path)).collect();
        lines.push(format!(
            "take it out of all commits: `git filter-repo --invert-paths --path {}`, then push by force \
             and have every clone made anew; forks and caches of the code host keep it, so rotating comes \
             first",
            paths.join(" --path ")
        ));
    }
    lines
}

/// A path as one word of a shell.
fn word(path: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./+,@%=:".contains(c);
    if path.chars().all(is_plain) {
        return path.to_owned();
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}

/// A day, as UTC has it.
pub(super) fn date(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| "?".to_owned(), |time| time.strftime("%Y-%m-%d").to_string())
}

fn shown(text: &str) -> String {
    let text = sealine_report::covered_words(text);
    sealine_report::on_one_line(&text)
}
