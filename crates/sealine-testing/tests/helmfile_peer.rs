//! Helmfiles, read natively and templated by the real Helmfile: the same workloads must read the same
//! Secrets in each environment.
//!
//! Each file in `helmfiles` is a case: a line or two on what it shows, then the files of a folder, each after
//! `//- path`. `environments` lists those that are compared.

#![expect(clippy::disallowed_methods, reason = "these tests read their cases and run a peer")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sealine_kubernetes::{Options, read};
use sealine_model::Facts;
use sealine_source::{FileName, Project, Repository, Source};
use sealine_testing::Tree;
use sealine_testing::peers::peer;
use sealine_testing::run::{command, finish};

#[test]
fn releases_are_those_of_the_real_tool() {
    let (Some(helmfile), Some(helm)) = (peer("helmfile"), peer("helm")) else { return };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/helmfiles");
    let mut cases: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 5, "the corpus has lost its cases");
    let mut differences = String::new();
    for case in &cases {
        let tree = Tree::new(&fs::read_to_string(case).unwrap());
        let environments = fs::read_to_string(tree.path("environments")).unwrap();
        let own = facts(tree.files());
        for environment in environments.split_whitespace() {
            let wanted = templated(&helmfile, &helm, &tree, environment);
            let found = uses(&own, Some(environment));
            if wanted != found {
                let missing: Vec<_> = wanted.difference(&found).collect();
                let extra: Vec<_> = found.difference(&wanted).collect();
                let _ = writeln!(
                    differences,
                    "{} in {environment}: only the real tool {missing:#?}, only Sealine {extra:#?}",
                    case.display()
                );
            }
            assert!(!wanted.is_empty(), "{}: nothing is read in {environment}", case.display());
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

/// Returns what workloads read of what the real tool makes.
fn templated(helmfile: &Path, helm: &Path, tree: &Tree, environment: &str) -> BTreeSet<String> {
    let helm = helm.to_str().unwrap();
    let arguments =
        ["--helm-binary", helm, "--environment", environment, "template", "--skip-deps"];
    let mut command = command(helmfile.to_str().unwrap(), tree.root(), &arguments);
    let home = tempfile::tempdir().unwrap();
    for name in ["HOME", "HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
        command.env(name, home.path());
    }
    command.env("HELMFILE_UPGRADE_NOTICE_DISABLED", "true");
    let real = finish(command);
    assert_eq!(real.code, Some(0), "{}", real.stderr);
    let made = [("out.yaml".to_owned(), real.stdout.into_bytes())];
    uses(&facts(made), None)
}

/// Returns what is read of files.
fn facts(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Vec<Facts> {
    let mut repository = Repository::new("case");
    for (path, bytes) in files {
        let text = String::from_utf8(bytes).unwrap();
        repository.add(Arc::new(Source::new(FileName::new("case", path), text)));
    }
    read(&Project { repositories: vec![repository] }, &Options::default()).facts
}

/// Returns which workload reads which key of which Secret, of the releases of an environment.
fn uses(facts: &[Facts], environment: Option<&str>) -> BTreeSet<String> {
    let is_there = |facts: &&Facts| {
        environment.is_none_or(|environment| {
            facts.deliveries.iter().any(|delivery| {
                delivery.cluster.text().is_none_or(|cluster| cluster == environment)
            })
        })
    };
    let uses = facts.iter().filter(is_there).flat_map(|facts| &facts.uses);
    let shown = uses.map(|used| {
        let key = used.key.as_ref().map(|(key, _)| key.pattern()).unwrap_or_default();
        let consumer = &used.consumer;
        format!("{} {} reads {}/{key}", consumer.kind, consumer.name, used.secret)
    });
    shown.collect()
}
