//! Every family's page gives an example and what is read from it; this holds them to it.
//!
//! `UPDATE=1 cargo test` writes what is read into the pages; review the change as a diff.

use super::{FAMILIES, documentation, page};
use crate::testing::facts_of;

const BEGIN: &str = "//! ```text\n";
const END: &str = "//! ```\n";

/// Returns the text between the fences of a block in a page.
fn block<'a>(page: &'a str, language: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!("```{language}\n"))?;
    Some(rest.split_once("```\n")?.0)
}

#[test]
fn examples_read_as_their_pages_say() {
    let mut wrong = Vec::new();
    for (name, _, file) in FAMILIES {
        let page = page(file);
        let example = block(&page, "yaml").unwrap_or_else(|| panic!("`{name}` has no example"));
        let read = facts_of(example);
        assert!(!read.trim().is_empty(), "nothing is read from the example of `{name}`");
        if block(&page, "text") == Some(&read) {
            continue;
        }
        wrong.push(format!("{name}:\n{read}"));
        if std::env::var_os("UPDATE").is_some() {
            update(name, file, &read);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Writes what is read into a page.
#[expect(clippy::disallowed_methods, reason = "generated text is written by tests")]
fn update(name: &str, file: &str, read: &str) {
    let lines: Vec<String> = read.lines().map(|line| format!("//! {line}\n")).collect();
    let lines = lines.concat();
    let Some((before, rest)) = file.split_once(BEGIN) else { panic!("`{name}` has no text block") };
    let Some((_, after)) = rest.split_once(END) else { panic!("`{name}`: open text block") };
    let path = format!("{}/src/kinds/{name}.rs", env!("CARGO_MANIFEST_DIR"));
    std::fs::write(path, format!("{before}{BEGIN}{lines}{END}{after}")).expect("a writable page");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "generated text is read and written by tests")]
fn the_documentation_lists_all_families() {
    let path = format!("{}/../../docs/kinds.md", env!("CARGO_MANIFEST_DIR"));
    let written = documentation();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &written).expect("a writable page");
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == written, "`docs/kinds.md` is stale: run `UPDATE=1 cargo test`");
}

#[test]
fn families_say_what_they_are() {
    for (name, kind, file) in FAMILIES {
        let page = page(file);
        let head = page.lines().next().unwrap_or_default();
        assert!(head.len() > 10, "`{name}` has no head");
        assert!(!kind.groups.is_empty(), "`{name}` has no group");
    }
}
