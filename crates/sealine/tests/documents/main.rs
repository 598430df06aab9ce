//! The documents are true: what can be generated is, what is written by hand is held against the
//! workspace, and the tree is tidy.
//!
//! `UPDATE=1 cargo test -p sealine --test documents` writes the generated pages; the diff is what a
//! reviewer reads.

#![expect(clippy::disallowed_methods, reason = "these tests read and write the documents")]

mod command_line;
mod configuration;
mod connections;
mod links;
mod readme;
mod recipes;
mod rules;
mod tidy;
mod workspace;

use std::path::{Path, PathBuf};

/// What to do when a generated page is stale.
const UPDATE: &str = "run UPDATE=1 cargo test -p sealine --test documents";

/// The top of the workspace.
fn top() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.ancestors().nth(2).expect("a workspace around the crate").to_owned()
}

/// The text of a file of the workspace, with plain line ends.
fn read(path: &str) -> String {
    let text = std::fs::read_to_string(top().join(path));
    text.unwrap_or_else(|error| panic!("`{path}`: {error}")).replace("\r\n", "\n")
}

/// Holds a generated page against what it should say, or writes it under `UPDATE=1`.
fn hold(path: &str, wanted: &str) {
    let file = top().join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a writable folder");
        std::fs::write(&file, wanted).expect("a writable page");
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
    if there == wanted {
        return;
    }
    let differs = there.lines().zip(wanted.lines()).position(|(one, two)| one != two);
    let line = differs.unwrap_or_else(|| there.lines().count().min(wanted.lines().count())) + 1;
    panic!("`{path}` is stale from line {line} on: {UPDATE}");
}

/// Holds the generated tail of a page whose head is written by hand: what follows `mark`.
fn hold_below(path: &str, mark: &str, wanted: &str) {
    let there = read(path);
    let Some((head, _)) = there.split_once(mark) else { panic!("`{path}` has no line `{mark}`") };
    hold(path, &format!("{head}{mark}\n\n{wanted}"));
}

/// The files of the workspace, as paths with slashes, in order: what git does not ignore.
fn files() -> Vec<String> {
    let top = top();
    let mut walk = ignore::WalkBuilder::new(&top);
    walk.hidden(false).git_global(false).require_git(false).parents(false);
    walk.filter_entry(|entry| entry.file_name() != ".git");
    let mut files: Vec<String> = walk
        .build()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .filter_map(|entry| {
            let path = entry.path().strip_prefix(&top).ok()?;
            Some(path.to_string_lossy().replace('\\', "/"))
        })
        .collect();
    files.sort();
    files
}

/// Whether the path ends with `.extension`.
fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

/// Returns the lines outside of code fences, each with its number.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fenced && !fence).then_some((index + 1, line))
    })
}

/// Returns the first code block below the heading `heading`.
fn code_below<'a>(text: &'a str, heading: &str) -> &'a str {
    let section = text.split_once(&format!("\n{heading}\n")).map(|(_, rest)| rest);
    let block = section.and_then(|rest| rest.split_once("```")).map(|(_, rest)| rest);
    let body = block.and_then(|rest| rest.split_once('\n')).map(|(_, rest)| rest);
    let code = body.and_then(|rest| rest.split_once("\n```")).map(|(code, _)| code);
    code.unwrap_or_else(|| panic!("no code block below `{heading}`"))
}
