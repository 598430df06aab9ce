//! Small trees of files, and what is read of them.

mod argo;
mod bases;
mod ciphertext;
mod devtron;
mod embedded;
mod first_flux;
mod flux;
mod handed;
mod helm;
mod helmfile;
mod hostile;
mod kustomize;
mod lacking;
mod loose;
mod patches;
mod registry;
mod replacements;
mod resource_sets;
mod roots;
mod variants;
mod volumes;

use std::fmt::Write as _;
use std::sync::Arc;

use expect_test::Expect;
use sealine_model::Facts;
use sealine_source::{FileName, Project, Repository, Source};

use super::{Options, read};
use crate::testing::dump;

/// Returns the project of a fixture: files begin with `//- path`, those of a second repository
/// with `//- name: path`.
fn project(fixture: &str) -> Project {
    let mut project = Project::default();
    for part in fixture.split("//- ").skip(1) {
        let (head, text) = part.split_once('\n').unwrap_or((part, ""));
        let (repo, path) = head.trim().split_once(": ").unwrap_or(("repo", head.trim()));
        let text = text.trim_start_matches('\n');
        let source = Arc::new(Source::new(FileName::new(repo, path), text));
        if let Some(known) = project.repositories.iter_mut().find(|known| known.name == repo) {
            known.add(source);
        } else {
            let mut repository = Repository::new(repo);
            repository.remotes.push(format!("example.com/org/{repo}"));
            repository.add(source);
            project.repositories.push(repository);
        }
    }
    project
}

/// Compares what is read of a fixture.
fn check(fixture: &str, expected: &Expect) {
    expected.assert_eq(&text(&read(&project(fixture), &Options::default()).facts));
}

/// Returns facts as text: each unit with its root, what it makes and reads, and where.
fn text(units: &[Facts]) -> String {
    let mut out = String::new();
    for facts in units {
        let mut body = String::new();
        for delivery in &facts.deliveries {
            let _ = write!(body, "{} to {}", delivery.id, delivery.target_namespace);
            let _ = write!(body, " of {}", delivery.path);
            if let Some(parent) = &delivery.parent {
                let _ = write!(body, ", by {parent}");
            }
            if delivery.is_opaque() {
                let _ = write!(body, ", opaque: {}", delivery.opaque.join("; "));
            }
            body.push('\n');
        }
        body.push_str(&dump(facts));
        for problem in &facts.problems {
            let _ = writeln!(body, "{:?} {}: {}", problem.kind, problem.place, problem.message);
        }
        for undelivered in &facts.undelivered {
            let edit = undelivered.edit.as_ref().map(|edit| (&edit.place, edit.text.as_str()));
            let edit = edit.map(|(place, text)| format!(" {place} {text:?}")).unwrap_or_default();
            let _ = writeln!(body, "undelivered {}{edit}", undelivered.name);
        }
        if !body.is_empty() {
            let _ = writeln!(out, "# {}", facts.unit);
            out.push_str(&body);
        }
    }
    out
}
