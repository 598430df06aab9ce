//! The tree is tidy: small files, each with a head, no machine's paths, and no list that forgot one.

use std::collections::BTreeSet;

use crate::{files, has_extension, read};

const LONGEST: usize = 500;

/// Files that may be longer, with the reason. Empty is the aim.
const LONGER: &[(&str, &str)] = &[];

/// Folders whose files are units, listed by the macro of their `mod.rs`.
const REGISTRIES: &[(&str, &[&str])] = &[
    ("crates/sealine-rules/src/rules", &[]),
    // The way a family is written down, read and documented.
    ("crates/sealine-kubernetes/src/kinds", &["document", "field", "path", "tests"]),
    ("crates/sealine-report/src/formats", &["tests"]),
];

#[test]
fn no_file_is_too_long() {
    let mut wrong = Vec::new();
    for path in files().iter().filter(|path| has_extension(path, "rs")) {
        let lines = read(path).lines().count();
        let excused = LONGER.iter().any(|(longer, _)| longer == path);
        match (lines > LONGEST, excused) {
            (true, false) => wrong.push(format!("{path} has {lines} lines: split it")),
            (false, true) => wrong.push(format!("{path} needs no exception: take it out")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (path, reason) in LONGER {
        assert!(!reason.is_empty(), "{path}: an exception has a reason");
    }
}

#[test]
fn every_module_says_what_it_is() {
    let headless: Vec<String> = files()
        .into_iter()
        .filter(|path| has_extension(path, "rs"))
        .filter(|path| !read(path).starts_with("//!"))
        .collect();
    assert!(headless.is_empty(), "these begin without `//!`:\n{}", headless.join("\n"));
}

#[test]
fn no_file_knows_a_machine() {
    // Put together here, so that this file does not hold them.
    let roots = ["work", "root", "farm", "home/runner", "tmp/target", "tmp/real"];
    let roots: Vec<String> = roots.iter().map(|root| format!("/{root}/")).collect();
    let before = |c: Option<char>| c.is_none_or(|c| " \t\"'`(=:,<>[".contains(c));
    let mut wrong = Vec::new();
    for path in files() {
        let Ok(text) = std::fs::read_to_string(crate::top().join(&path)) else { continue };
        for (index, line) in text.lines().enumerate() {
            let found = roots.iter().find(|root| {
                let mut at = line.match_indices(root.as_str());
                at.any(|(at, _)| before(line[..at].chars().next_back()))
            });
            if let Some(root) = found {
                wrong.push(format!("{path}:{}: `{root}`", index + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_unit_is_in_its_list() {
    for (folder, helpers) in REGISTRIES {
        let own = files();
        let units: BTreeSet<&str> = own
            .iter()
            .filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/'))
            .map(|path| path.split('/').next().unwrap_or(path).trim_end_matches(".rs"))
            .filter(|name| *name != "mod" && !helpers.contains(name))
            .collect();
        let text = read(&format!("{folder}/mod.rs"));
        let list = listed(&text);
        let forgotten: Vec<_> = units.difference(&list).collect();
        assert!(forgotten.is_empty(), "`{folder}/mod.rs` does not list {forgotten:?}");
        let gone: Vec<_> = list.difference(&units).collect();
        assert!(gone.is_empty(), "`{folder}/mod.rs` lists {gone:?}, which have no file");
    }
}

/// The names between the braces of the macro's call: the one line a unit adds.
fn listed(text: &str) -> BTreeSet<&str> {
    let call = text.lines().skip_while(|line| {
        let name = line.strip_suffix("! {").unwrap_or_default();
        name.is_empty() || name.starts_with("macro_rules")
    });
    let names = call.skip(1).take_while(|line| *line != "}");
    names.filter_map(|line| line.trim().strip_suffix(',')).collect()
}
