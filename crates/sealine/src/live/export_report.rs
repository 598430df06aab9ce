//! What `sealine export` prints: names of keys, never values.

use std::fmt::Write as _;

use sealine_export::{Done, Mode};
use sealine_report::for_terminal;
use serde_json::json;

use super::export::{Args, Format, is_changed};
use crate::failure::Failure;
use crate::output;

/// One export that came to its end.
pub(super) struct Told {
    pub(super) name: String,
    pub(super) mode: Mode,
    pub(super) done: Done,
}

/// Prints what was done.
pub(super) fn print(args: &Args, told: &[Told]) -> Result<(), Failure> {
    match args.format {
        Format::Json => {
            let all: Vec<_> = told.iter().map(as_json).collect();
            output::print(&output::pretty(&json!(all)))
        }
        Format::Text if args.quiet => Ok(()),
        Format::Text => {
            let text: String = told.iter().map(as_text).collect();
            output::print(&text)
        }
    }
}

/// One line about an export.
pub(super) fn line(told: &Told) -> String {
    let Done { file, touched, .. } = &told.done;
    let keys = if touched.len() == 1 { "key" } else { "keys" };
    let what = match (told.mode, is_changed(&told.done)) {
        (_, false) => format!("`{file}` is up to date"),
        (Mode::Look, true) => format!("`{file}` is behind: {} {keys}", touched.len()),
        (Mode::Write, true) => format!("wrote `{file}`: {} {keys}", touched.len()),
    };
    for_terminal(&format!("{}: {what}", told.name))
}

fn as_text(told: &Told) -> String {
    let mut out = line(told) + "\n";
    for (key, touch) in &told.done.touched {
        let _ = writeln!(out, "  {} {}", touch.word(), for_terminal(key));
    }
    let Done { commit, branch, pushed, request, .. } = &told.done;
    let branch = branch.as_deref().unwrap_or_default();
    if let Some(commit) = commit {
        let short = commit.get(..12).unwrap_or(commit);
        let _ = writeln!(out, "  committed {short} on `{}`", for_terminal(branch));
    }
    if *pushed {
        let _ = writeln!(out, "  pushed `{}`", for_terminal(branch));
    }
    if let Some(request) = request {
        let what = if request.existed { "brought up to date" } else { "opened" };
        let _ = writeln!(out, "  {what} {}", for_terminal(&request.url));
    }
    out
}

fn as_json(told: &Told) -> serde_json::Value {
    let Done { file, touched, commit, branch, pushed, request } = &told.done;
    let status = match (told.mode, is_changed(&told.done)) {
        (_, false) => "current",
        (Mode::Look, true) => "behind",
        (Mode::Write, true) => "written",
    };
    let keys = touched.iter().map(|(key, touch)| json!({"key": key, "change": touch.word()}));
    json!({
        "name": told.name,
        "file": file,
        "status": status,
        "keys": keys.collect::<Vec<_>>(),
        "commit": commit,
        "branch": branch,
        "pushed": pushed,
        "pull_request": request.as_ref().map(|request| json!({
            "url": request.url, "existed": request.existed,
        })),
    })
}
