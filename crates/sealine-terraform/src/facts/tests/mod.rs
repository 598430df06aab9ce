//! Fixtures in, facts out. Several files stand in one string, each after a `//- path` line; the first
//! part of a path is the repository.

mod applications;
mod computing;
mod entries;
mod listed;
mod reach;
mod text;
mod told;
mod used;
mod workloads;

use std::fmt::Write as _;
use std::sync::Arc;

use expect_test::Expect;
use sealine_model::Facts;
use sealine_model::tree::{EmbeddedContent, Tree};
use sealine_model::vault::{Filling, VaultIdentity};
use sealine_source::{FileName, Place, Project, Repository, Source};

use crate::{Options, Reading};

fn project(fixture: &str) -> Project {
    let mut project = Project::default();
    for file in fixture.split("//- ").skip(1) {
        let (path, text) = file.split_once('\n').unwrap();
        let (repo, path) = path.trim().split_once('/').unwrap();
        if project.repository(repo).is_none() {
            let mut repository = Repository::new(repo);
            repository.remotes.push(format!("github.com/o/{repo}"));
            project.repositories.push(repository);
        }
        let repository = project.repositories.iter_mut().find(|it| it.name == repo).unwrap();
        repository.add(Arc::new(Source::new(FileName::new(repo, path), text)));
    }
    project
}

fn read(fixture: &str) -> Reading {
    crate::read(&project(fixture), &Options::default())
}

#[track_caller]
fn check(fixture: &str, expected: &Expect) {
    expected.assert_eq(&show(&read(fixture)));
}

fn at(place: &Place) -> String {
    format!("{}:{}", place.file.path, place.line)
}

fn show(reading: &Reading) -> String {
    let mut out = String::new();
    for facts in &reading.facts {
        let sign = facts.terraform.first().and_then(|module| module.root.as_deref());
        let sign = sign.map(|sign| format!(" ({sign})")).unwrap_or_default();
        let _ = writeln!(out, "{}{sign}", facts.unit);
        show_facts(facts, &mut out);
    }
    for embedded in &reading.embedded {
        let _ = match &embedded.content {
            EmbeddedContent::Manifest(tree) => {
                writeln!(out, "{}: {}", embedded.address, show_tree(tree))
            }
            EmbeddedContent::Helm(release) => writeln!(
                out,
                "{}: {}/{} of {} with {}",
                embedded.address,
                release.namespace,
                release.name,
                release.chart,
                release.values.iter().map(show_tree).collect::<Vec<_>>().join(" then ")
            ),
        };
    }
    out
}

fn show_facts(facts: &Facts, out: &mut String) {
    for vault in &facts.vaults {
        let verb = if vault.created { "creates" } else { "finds" };
        let _ = writeln!(out, "  {verb} {} at {}", vault.identity.label(), at(&vault.place));
    }
    for entry in &facts.entries {
        let filling = match &entry.filling {
            Filling::Literal { place, .. } => format!("literal at {}", at(place)),
            other => format!("{other:?}").to_lowercase(),
        };
        let ignored = if entry.ignores_value { ", ignored" } else { "" };
        let keys = entry.properties.as_ref().map(|keys| format!(", keys {keys:?}"));
        let vault = entry.vault.label();
        let (address, place) = (&entry.address, at(&entry.place));
        let keys = keys.unwrap_or_default();
        let _ = writeln!(
            out,
            "  {vault} / {}: {address} at {place}, {filling}{ignored}{keys}",
            entry.name
        );
    }
    for read in &facts.entry_reads {
        let _ = writeln!(
            out,
            "  {} reads {} / {}",
            read.reader,
            read.vault.as_ref().map(VaultIdentity::label).unwrap_or_default(),
            read.name
        );
    }
    for secret in &facts.secrets {
        let keys: Vec<String> =
            secret.keys.known.iter().map(|(key, place)| format!("{key}@{}", place.line)).collect();
        let open = if secret.keys.open { " and more" } else { "" };
        let (namespace, name, maker) = (&secret.scope.namespace, &secret.name, &secret.maker);
        let _ = writeln!(out, "  secret {namespace}/{name} [{}]{open} by {maker}", keys.join(" "));
    }
    for problem in &facts.problems {
        let _ =
            writeln!(out, "  {:?} at {}: {}", problem.kind, at(&problem.place), problem.message);
    }
    for note in &facts.notes {
        let _ = writeln!(out, "  note at {}: {}", at(&note.place), note.message);
    }
}

fn show_tree(tree: &Tree) -> String {
    match tree {
        Tree::Scalar { value, place } => format!("{value}@{}", place.line),
        Tree::List(items) => {
            format!("[{}]", items.iter().map(show_tree).collect::<Vec<_>>().join(" "))
        }
        Tree::Map(map) => {
            let entry = |entry: &sealine_model::tree::TreeEntry| {
                format!("{}@{}={}", entry.key, entry.place.line, show_tree(&entry.value))
            };
            let open = if map.open { " ..." } else { "" };
            format!("{{{}{open}}}", map.entries.iter().map(entry).collect::<Vec<_>>().join(" "))
        }
        Tree::Null => "null".to_owned(),
        Tree::Unknown => "?".to_owned(),
    }
}
