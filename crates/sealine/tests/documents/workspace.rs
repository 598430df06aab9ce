//! `ARCHITECTURE.md` tells the truth about the crates and what they use.

use std::collections::BTreeMap;

use crate::{files, prose, read};

/// The manifests of our crates by name, in the order of their names.
fn manifests() -> BTreeMap<String, String> {
    let all = files();
    let crates = all.iter().filter_map(|path| {
        let folder = path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
        Some((folder.to_owned(), read(path)))
    });
    crates.collect()
}

/// The keys of one section of a manifest.
fn keys<'a>(manifest: &'a str, section: &str) -> Vec<&'a str> {
    let head = format!("[{section}]");
    let lines = manifest.lines().skip_while(|line| *line != head).skip(1);
    let lines =
        lines.take_while(|line| !line.starts_with('[')).filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| Some(line.split_once(['.', ' ', '='])?.0)).collect()
}

/// Of the crates that a manifest depends on, those of the workspace, by their short names.
fn uses(manifest: &str) -> Vec<String> {
    let own = keys(manifest, "dependencies").into_iter();
    let mut own: Vec<String> =
        own.filter_map(|name| Some(name.strip_prefix("sealine-")?.to_owned())).collect();
    own.sort();
    own
}

/// The rows of the crate table: name, what it holds, what it uses.
fn rows(text: &str) -> Vec<(String, Vec<String>)> {
    let rows = prose(text).filter_map(|(_, line)| {
        let cells: Vec<&str> = line.strip_prefix("| [`sealine")?.split('|').collect();
        let name = cells.first()?.split('`').next()?;
        let mut uses: Vec<String> =
            cells.get(2)?.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        uses.sort();
        Some((format!("sealine{name}"), uses))
    });
    rows.collect()
}

#[test]
fn the_crate_table_says_who_uses_whom() {
    let table = rows(&read("ARCHITECTURE.md"));
    let manifests = manifests();
    let mut wrong = Vec::new();
    for (name, manifest) in &manifests {
        let wanted = uses(manifest);
        match table.iter().find(|(row, _)| row == name) {
            None => wrong.push(format!("`{name}` has no row")),
            Some((_, said)) if *said != wanted => {
                wrong.push(format!("`{name}` uses {wanted:?}, the table says {said:?}"));
            }
            Some(_) => {}
        }
    }
    let gone = table.iter().filter(|(name, _)| !manifests.contains_key(name));
    wrong.extend(gone.map(|(name, _)| format!("`{name}` is no crate")));
    assert!(wrong.is_empty(), "the crate table of ARCHITECTURE.md:\n{}", wrong.join("\n"));
}

#[test]
fn dependencies_point_upwards_in_the_table() {
    let table = rows(&read("ARCHITECTURE.md"));
    for (index, (name, uses)) in table.iter().enumerate() {
        for used in uses {
            let above = table[..index].iter().any(|(other, _)| *other == format!("sealine-{used}"));
            assert!(above, "`{name}` uses `{used}`, which stands below it");
        }
    }
}

#[test]
fn every_crate_has_a_section_with_its_invariant() {
    let text = read("ARCHITECTURE.md");
    for name in manifests().keys() {
        let section = text.split_once(&format!("\n### {name}\n")).map(|(_, rest)| rest);
        let section = section.and_then(|rest| rest.split("\n##").next()).unwrap_or_default();
        assert!(section.contains("**Invariant:**"), "no invariant of `{name}` in ARCHITECTURE.md");
    }
}

#[test]
fn paths_that_prose_names_exist() {
    let all = files();
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/guide.md"] {
        for (line, text) in prose(&read(document)) {
            for word in text.split('`').skip(1).step_by(2) {
                let named = ["crates/", "docs/", "examples/", "schema/", ".ci/", "deploy/"];
                if !named.iter().any(|folder| word.starts_with(folder)) || word.contains('<') {
                    continue;
                }
                let path = word.trim_end_matches('/');
                let below = format!("{path}/");
                let exists = all.iter().any(|file| file == path || file.starts_with(&below));
                assert!(exists, "{document}:{line}: there is no `{word}`");
            }
        }
    }
}

#[test]
fn every_dependency_is_used_and_says_why_it_is_there() {
    let root = read("Cargo.toml");
    let mut manifests: Vec<String> = manifests().into_values().collect();
    manifests.push(read("xtask/Cargo.toml"));
    let mut wrong = Vec::new();
    for name in keys(&root, "workspace.dependencies") {
        let line = root.lines().find(|line| line.starts_with(&format!("{name} ="))).unwrap_or("");
        if !name.starts_with("sealine-") && !line.contains(" # ") {
            wrong.push(format!("`{name}` does not say why"));
        }
        let user = |manifest: &String| {
            ["dependencies", "dev-dependencies"]
                .iter()
                .any(|part| keys(manifest, part).contains(&name))
        };
        if !manifests.iter().any(user) {
            wrong.push(format!("`{name}` has no user"));
        }
    }
    assert!(wrong.is_empty(), "[workspace.dependencies]:\n{}", wrong.join("\n"));
}
