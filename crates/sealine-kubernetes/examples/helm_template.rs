//! Prints what `helm template` prints, for comparing with it over charts of anybody:
//! `helm_template ROOT CHART RELEASE NAMESPACE [--values FILE] [--set PATH=VALUE]
//! [--kube-version VERSION] [--api-versions VERSION]`. Paths are below `ROOT`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it prints what it found")]
#![expect(clippy::disallowed_methods, reason = "it reads the chart it is pointed at")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use sealine_kubernetes::helm::{Templating, template};
use sealine_source::{FileName, Loader, Project, Repository, Source};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [root, chart, release, namespace, options @ ..] = arguments.as_slice() else {
        eprintln!("usage: helm_template ROOT CHART RELEASE NAMESPACE [OPTION VALUE]...");
        return ExitCode::from(2);
    };
    let mut call = Templating {
        release: release.clone(),
        namespace: namespace.clone(),
        ..Templating::default()
    };
    for pair in options.chunks(2) {
        let [name, value] = pair else { return ExitCode::from(2) };
        match name.as_str() {
            "--values" => call.values.push(value.clone()),
            "--kube-version" => call.kubernetes = Some(value.clone()),
            "--api-versions" => call.api_versions.push(value.clone()),
            "--set" => {
                let (path, value) = value.split_once('=').unwrap_or((value, ""));
                call.parameters.push((path.to_owned(), value.to_owned()));
            }
            _ => return ExitCode::from(2),
        }
    }
    let project = Project { repositories: vec![repository(Path::new(root))] };
    let Some(templated) = template(&project, "repo", chart, &call) else {
        eprintln!("there is no chart");
        return ExitCode::FAILURE;
    };
    for output in &templated.outputs {
        println!("---\n# Source: {}\n{}", output.template, output.text);
    }
    templated.notes.iter().for_each(|note| eprintln!("{}: {}", note.place, note.message));
    templated.opaque.iter().for_each(|why| eprintln!("{why}"));
    let is_whole = templated.notes.is_empty() && templated.opaque.is_empty();
    if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn repository(root: &Path) -> Repository {
    let mut repository = Repository::new("repo");
    repository.loader = Some(Arc::new(Disk(root.to_owned())));
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "yaml") {
                match std::fs::read_to_string(&path) {
                    Ok(text) => {
                        let source = Source::new(FileName::new("repo", name), text);
                        repository.add(Arc::new(source));
                    }
                    Err(error) => eprintln!("{}: {error}", path.display()),
                }
            } else {
                repository.note(name);
            }
        }
    }
    repository
}

#[derive(Debug)]
struct Disk(PathBuf);

impl Loader for Disk {
    fn load(&self, path: &str) -> Option<Source> {
        let text = std::fs::read_to_string(self.0.join(path)).ok()?;
        Some(Source::new(FileName::new("repo", path), text))
    }

    fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        std::fs::read(self.0.join(path)).ok()
    }
}
