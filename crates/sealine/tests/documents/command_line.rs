//! `docs/cli.md`: the help of every command, as the program prints it.

use std::fmt::Write as _;
use std::process::Command;

use crate::{hold, read};

const HEAD: &str = "\
# Command line

This page is written by a test from the program's own help.

Exit codes: 0 when clean, 2 when something was found, 1 when the look itself failed (usage and
configuration errors, files that could not be read). 1 beats 2: a failed look never reads as clean.
";

#[test]
fn the_help_has_its_page() {
    let mut page = HEAD.to_owned();
    add(&mut page, &[]);
    hold("docs/cli.md", &page);
}

/// Adds the help of the command at `path`, and of those below it.
fn add(page: &mut String, path: &[&str]) {
    let help = help(path);
    let name = [&["sealine"], path].concat().join(" ");
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    let _ = write!(page, "\n## `{name}`\n\n```text\n{}\n```\n", lines.join("\n").trim_end());
    let below: Vec<&str> = commands(&help).collect();
    for command in below {
        add(page, &[path, &[command]].concat());
    }
}

fn help(path: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_sealine"))
        .args(path)
        .arg("--help")
        .env("COLUMNS", "100")
        .env_remove("CLICOLOR_FORCE")
        .output()
        .expect("a program that runs");
    assert!(output.status.success(), "`sealine {} --help` fails", path.join(" "));
    String::from_utf8(output.stdout).expect("text").replace("sealine.exe", "sealine")
}

/// The names below `Commands:`.
fn commands(help: &str) -> impl Iterator<Item = &str> {
    let list = help.split_once("\nCommands:\n").map_or("", |(_, rest)| rest);
    let lines = list.lines().take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help")
}

/// The flags of `check`, which prose speaks of.
#[test]
fn no_document_names_a_flag_that_does_not_exist() {
    let known: String = ["check", "export", "graph", "init", "render"]
        .iter()
        .map(|command| help(&[command]))
        .collect();
    let known: Vec<&str> = words(&known).collect();
    let mut wrong = Vec::new();
    let documents = ["README.md", "docs/guide.md", "docs/config.md"];
    for document in
        documents.into_iter().chain(["docs/export.md", "docs/graph.md", "docs/render.md"])
    {
        let text = read(document);
        let lines = text.lines().filter(|line| line.contains("sealine "));
        wrong.extend(lines.flat_map(|line| {
            // What stands before `--` is for cargo.
            let own = match line.split_once(" -- ") {
                Some((_, own)) if line.starts_with("$ cargo ") => own,
                _ => line.split_once("sealine ").map_or("", |(_, rest)| rest),
            };
            let unknown = words(own).filter(|word| !known.contains(word));
            unknown.map(|word| format!("{document}: {word}")).collect::<Vec<_>>()
        }));
    }
    assert!(wrong.is_empty(), "no such flag: {wrong:?}");
}

/// The long flags of a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    parts.filter(|word| word.strip_prefix("--").is_some_and(|rest| !rest.is_empty()))
}
