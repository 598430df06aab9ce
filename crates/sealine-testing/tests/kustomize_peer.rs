//! Kustomizations, built natively and by the real Kustomize: the objects must be the same, and what
//! the real one refuses must not pass in silence.
//!
//! Each file in `kustomizations` is a case: a line on what it shows, then the files of a folder,
//! each after `//- path`. The kustomization that is built lies in `top`, or else at the root.

#![expect(clippy::disallowed_methods, reason = "these tests read their cases and run a peer")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sealine_kubernetes::manifest::from_yaml;
use sealine_kubernetes::{Kustomized, kustomize};
use sealine_model::Value;
use sealine_model::tree::Tree as Object;
use sealine_source::{FileName, Origin, Project, Repository, Source};
use sealine_testing::peers::peer;
use sealine_testing::{Tree, run};

/// How many cases there are at least.
const CASES: usize = 60;
/// How many builds of the real tool run at once.
const WORKERS: usize = 4;

#[test]
fn builds_are_those_of_the_real_tool() {
    let Some(program) = peer("kustomize") else { return };
    let cases = cases();
    let is_part = std::env::var_os("CASE").is_some();
    assert!(is_part || cases.len() >= CASES, "only {} cases are left", cases.len());
    let next = AtomicUsize::new(0);
    let failures: Vec<String> = std::thread::scope(|scope| {
        let worker = || {
            let mut failures = Vec::new();
            while let Some((name, text)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                failures.extend(judge(&program, text).err().map(|why| format!("{name}: {why}")));
            }
            failures
        };
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

/// Returns the cases by their names.
fn cases() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kustomizations");
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let name = |file: &Path| file.file_stem().unwrap().to_str().unwrap().to_owned();
    let wanted = std::env::var("CASE").unwrap_or_default();
    let cases = files.iter().map(|file| (name(file), fs::read_to_string(file).unwrap()));
    cases.filter(|(name, _)| name.contains(&wanted)).collect()
}

/// Builds a case both ways.
fn judge(program: &Path, text: &str) -> Result<(), String> {
    let tree = Tree::new(text);
    let folder = if text.contains("//- top/") { "top" } else { "" };
    let mut arguments = vec!["build".to_owned(), ".".to_owned()];
    if text.contains("helmCharts:") {
        let Some(helm) = peer("helm") else { return Ok(()) };
        let helm = helm.to_str().unwrap().to_owned();
        arguments.extend(["--enable-helm".to_owned(), "--helm-command".to_owned(), helm]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let real = run(program.to_str().unwrap(), &tree.path(folder), &arguments);
    let own = kustomize(&project(&tree), "case", folder).unwrap_or_default();
    if real.code != Some(0) {
        return if is_silent(&own) {
            Err(format!("the real tool refuses it and Sealine says nothing\n{}", real.stderr))
        } else {
            Ok(())
        };
    }
    if !own.opaque.is_empty() {
        return Err(format!("is understood by the real tool alone: {}", own.opaque.join("; ")));
    }
    compare(&own.objects, &documents(&real.stdout)).map_err(|why| format!("{why}\n{}", real.stdout))
}

fn is_silent(own: &Kustomized) -> bool {
    own.opaque.is_empty() && own.notes.is_empty() && own.problems.is_empty()
}

/// Returns the project that collecting would make of the folder.
fn project(tree: &Tree) -> Project {
    let mut repository = Repository::new("case");
    for (path, bytes) in tree.files() {
        match String::from_utf8(bytes) {
            Ok(text) => repository.add(Arc::new(Source::new(FileName::new("case", path), text))),
            Err(_) => repository.note(path),
        }
    }
    Project { repositories: vec![repository] }
}

/// Returns the objects of the real tool's output.
fn documents(text: &str) -> Vec<Object> {
    let source = Arc::new(Source::new(FileName::new("real", "out.yaml"), text));
    let origin = Origin::File(source);
    let parsed = sealine_yaml::parse(text);
    parsed.documents.iter().map(|document| from_yaml(&document.root, &origin)).collect()
}

fn compare(own: &[Object], real: &[Object]) -> Result<(), String> {
    let mut rest: Vec<&Object> = real.iter().collect();
    for object in own {
        let at = rest.iter().position(|other| {
            [&["apiVersion"][..], &["kind"], &["metadata", "name"], &["metadata", "namespace"]]
                .iter()
                .all(|path| differs(object.at(path), other.at(path), "").is_none())
        });
        let Some(at) = at else { return Err(format!("only Sealine has {}", label(object))) };
        let other = rest.remove(at);
        if let Some(why) = differs(Some(object), Some(other), "") {
            return Err(format!("{}: {why}", label(object)));
        }
    }
    match rest.first() {
        Some(object) => Err(format!("only the real tool has {}", label(object))),
        None => Ok(()),
    }
}

fn label(object: &Object) -> String {
    let mut label = String::new();
    for path in [&["kind"][..], &["metadata", "namespace"], &["metadata", "name"]] {
        let value = object.at(path).and_then(Object::value).map(Value::pattern);
        let _ = write!(label, "{} ", value.unwrap_or_default());
    }
    label
}

/// What Sealine leaves alone, as it decides nothing about Secrets.
const IGNORED: &[&str] = &["image", "replicas", "ports"];

/// Returns where two trees differ. A hole fits anything.
fn differs(own: Option<&Object>, real: Option<&Object>, path: &str) -> Option<String> {
    let is_nothing = |tree: Option<&Object>| match tree {
        None | Some(Object::Null) => true,
        Some(Object::Map(map)) => map.entries.is_empty(),
        _ => false,
    };
    match (own, real) {
        (own, real) if is_nothing(own) && is_nothing(real) => None,
        (Some(Object::Unknown), _) => None,
        (Some(Object::Scalar { value: own, .. }), Some(Object::Scalar { value: real, .. })) => {
            let real = real.text()?;
            (!own.fits(&real)).then(|| format!("{path}: {own} is not {real}"))
        }
        (Some(Object::List(own)), Some(Object::List(real))) => {
            if own.len() != real.len() {
                return Some(format!("{path}: {} items, not {}", own.len(), real.len()));
            }
            let pairs = own.iter().zip(real).enumerate();
            let mut found = pairs.filter_map(|(index, (own, real))| {
                differs(Some(own), Some(real), &format!("{path}[{index}]"))
            });
            found.next()
        }
        (Some(Object::Map(map)), Some(other @ Object::Map(_))) => {
            let own = Object::Map(map.clone());
            let theirs = other.entries().iter().filter(|_| !map.open);
            let keys = map.entries.iter().chain(theirs).map(|entry| entry.key.as_str());
            let mut found = keys
                .filter(|key| !IGNORED.contains(key))
                .filter_map(|key| differs(own.get(key), other.get(key), &format!("{path}.{key}")));
            found.next()
        }
        (own, real) => {
            let sort = |tree: Option<&Object>| match tree {
                None | Some(Object::Null) => "nothing",
                Some(Object::Scalar { .. }) => "a scalar",
                Some(Object::List(_)) => "a list",
                Some(Object::Map(_)) => "a map",
                Some(Object::Unknown) => "unknown",
            };
            Some(format!("{path}: {} is not {}", sort(own), sort(real)))
        }
    }
}
