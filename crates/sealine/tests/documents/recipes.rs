//! The recipes of `CONTRIBUTING.md` name exactly the files that they say they touch.

use crate::{code_below, files, prose, read};

/// The paths that a recipe's block adds or changes: the words of its comments' left side.
fn touched(recipe: &str) -> Vec<(&str, &str)> {
    let marked = recipe.lines().filter_map(|line| line.split_once(' '));
    marked
        .filter(|(mark, _)| ["+", "~"].contains(mark))
        .map(|(mark, path)| (mark, path.trim()))
        .collect()
}

/// Holds the recipe below `heading` against a real unit: the new file's folder holds it, and the
/// changed file lists it.
fn check(heading: &str, unit: &str) {
    let text = read("CONTRIBUTING.md");
    let paths = touched(code_below(&text, heading));
    let [("+", file), ("~", list)] = paths[..] else {
        panic!("`{heading}` must add one file and change one: {paths:?}");
    };
    let (folder, name) = file.rsplit_once('/').expect("a path");
    assert_eq!(list, format!("{folder}/mod.rs"), "`{heading}` changes another file than the list");
    assert_eq!(name, "<name>.rs", "`{heading}` names a file of its own");
    let file = format!("{folder}/{unit}.rs");
    assert!(files().contains(&file), "`{file}` was the model of `{heading}` and is gone");
    // Nobody but the list and generated pages may know a unit by name, or the recipe is a lie.
    let line = format!("    {unit},");
    let listed = read(list).lines().filter(|known| *known == line).count();
    assert_eq!(listed, 1, "`{list}` does not list `{unit}` in one line");
}

#[test]
fn a_rule_is_one_file_and_one_line() {
    check("### Add a rule", "unpinned_module");
}

#[test]
fn a_family_of_kinds_is_one_file_and_one_line() {
    check("### Add a family of Kubernetes kinds", "tekton");
}

#[test]
fn a_type_of_connections_is_one_file_and_one_line() {
    check("### Add a type of Airflow's connections", "kafka");
}

#[test]
fn a_format_is_one_file_and_one_line() {
    check("### Add an output format", "github");
}

#[test]
fn the_commands_of_the_page_exist() {
    let text = read("CONTRIBUTING.md");
    let known = ["build", "test", "run", "fmt", "clippy", "xtask", "deny", "bench", "insta"];
    for (line, prose) in prose(&text) {
        for word in prose.split("`cargo ").skip(1) {
            let name = word.split([' ', '`']).next().unwrap_or_default();
            assert!(known.contains(&name), "CONTRIBUTING.md:{line}: `cargo {name}`");
        }
    }
}
