//! Facts of repositories without a checkout: writing them, and linking with them.

use sealine_testing::Tree;

use crate::sealine;

/// Two repositories and folders for facts: one makes the Secret `db` and the entry it comes from, one reads it.
const BOTH: &str = "\
//- facts/readme.txt
//- good/readme.txt
//- platform/db.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: db, namespace: app}
spec:
  secretStoreRef: {name: kv, kind: ClusterSecretStore}
  target: {name: db}
  data:
    - secretKey: password
      remoteRef: {key: db-password}
//- platform/other.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: other, namespace: app}
spec:
  secretStoreRef: {name: kv, kind: ClusterSecretStore}
  target: {name: other}
  data:
    - secretKey: password
      remoteRef: {key: other-password}
//- dags/copy.py
from airflow.sdk import dag, task
from kubernetes.client import models as k8s

SECRET = k8s.V1SecretKeySelector(name=\"db\", key=\"passwort\")
POD = k8s.V1Pod(
    spec=k8s.V1PodSpec(
        containers=[
            k8s.V1Container(
                name=\"base\",
                env=[k8s.V1EnvVar(name=\"P\", value_from=k8s.V1EnvVarSource(secret_key_ref=SECRET))],
            )
        ]
    )
)


@dag(schedule=\"@daily\")
def copy():
    @task(executor_config={\"pod_override\": POD})
    def move():
        pass

    move()


copy()
//- dags.yaml
airflow: {namespace: app}
";

/// The lines `file:line: message` of the text output.
fn lines(output: &str) -> Vec<&str> {
    let found = |line: &&str| {
        let line = line.trim_start();
        line.starts_with("error") || line.starts_with("warning") || line.starts_with("-->")
    };
    output.lines().filter(found).map(str::trim_start).collect()
}

#[test]
fn a_repository_is_linked_with_by_its_facts_alone() {
    let tree = Tree::new(BOTH);
    let _ = sealine(&tree, &["facts", "platform", "-o", "platform.json"]).exits(0);
    let together = sealine(
        &tree,
        &["check", "--config", "dags.yaml", "--repo", "dags=dags", "--repo", "platform=platform"],
    );
    let apart = sealine(
        &tree,
        &["check", "--config", "dags.yaml", "--repo", "dags=dags", "--with", "platform.json"],
    );
    let expected = [
        "error[missing-secret-key]: the Secret `db` has no key `passwort`",
        "--> dags/copy.py:4:50",
    ];
    assert_eq!(lines(&apart.exits(2).stdout), expected);
    assert_eq!(lines(&together.exits(2).stdout)[..2], expected);
}

#[test]
fn a_finding_about_two_repositories_names_the_place_in_the_other() {
    let tree = Tree::new(BOTH);
    let _ = sealine(
        &tree,
        &["facts", "--config", "dags.yaml", "--repo", "dags=dags", "-o", "facts/dags.json"],
    )
    .exits(0);
    let run = sealine(
        &tree,
        &["check", "--config", "dags.yaml", "--repo", "platform=platform", "--with", "facts"],
    );
    assert_eq!(
        lines(&run.exits(2).stdout),
        [
            "error[missing-secret-key]: the Secret `db` has no key `passwort`",
            "--> dags@facts:copy.py:4:50",
        ]
    );
}

#[test]
fn what_a_repository_no_longer_makes_is_told_while_another_reads_it() {
    let tree = Tree::new(BOTH);
    for name in ["platform", "dags"] {
        let file = format!("facts/{name}.json");
        let repo = format!("{name}={name}");
        let _ = sealine(&tree, &["facts", "--config", "dags.yaml", "--repo", &repo, "-o", &file])
            .exits(0);
    }
    std::fs::remove_file(tree.path("platform/db.yaml")).expect("removed");
    let run = sealine(
        &tree,
        &["check", "--config", "dags.yaml", "--repo", "platform=platform", "--with", "facts", "-q"],
    );
    let run = run.exits(2);
    assert_eq!(
        lines(&run.stdout),
        [
            "error[removed-while-used]: the Secret `db` in the namespace `app` is no longer made",
            "--> dags@facts:copy.py:4:40",
        ]
    );
    assert!(run.stdout.contains("platform@facts:db.yaml:6:18"), "{}", run.stdout);
    assert!(run.stdout.contains("was made here"), "{}", run.stdout);
}

#[test]
fn facts_are_the_same_wherever_the_command_runs() {
    let tree = Tree::new(BOTH);
    let _ = sealine(&tree, &["facts", "platform", "-o", "one.json"]).exits(0);
    let twice = sealine(&tree, &["facts", "platform"]).exits(0).stdout;
    assert_eq!(tree.read("one.json"), twice);
    let inside = crate::sealine_in(&tree.path("platform"), &["facts"]).exits(0).stdout;
    assert_eq!(inside, twice);
    // Facts that were linked with are not published again.
    let with = sealine(
        &tree,
        &["facts", "--config", "dags.yaml", "--repo", "dags=dags", "--with", "one.json"],
    );
    assert!(!with.exits(0).stdout.contains("platform"));
}

#[test]
fn what_cannot_be_linked_with_is_a_failure_with_the_file_and_the_reason() {
    let tree = Tree::new(BOTH);
    let _ = sealine(&tree, &["facts", "platform", "-o", "good/a.json"]).exits(0);
    std::fs::copy(tree.path("good/a.json"), tree.path("good/b.json")).expect("copied");
    tree.write("other.json", "{\"format\": \"cyclonedx\", \"version\": \"1.5\"}");
    tree.write("newer.json", "{\"format\": \"sealine-facts\", \"version\": \"7.0\"}");
    let whole = tree.read("good/a.json");
    tree.write("cut.json", &whole[..whole.len() / 2]);
    std::fs::create_dir(tree.path("none")).expect("a folder");
    for (with, reason) in [
        ("missing.json", "cannot read `missing.json`"),
        ("other.json", "`other.json`: it is no facts file: `format` is not `sealine-facts`"),
        ("newer.json", "`newer.json`: it is of version 7.0, and this sealine reads version 1"),
        ("cut.json", "`cut.json`: it cannot be read: EOF while parsing"),
        ("none", "no `.json` file lies in `none`"),
        ("good", "the facts of the repository `platform` are given twice"),
    ] {
        let run = sealine(&tree, &["check", "dags", "--with", with]).exits(1);
        assert!(run.stderr.contains(reason), "{with}: {}", run.stderr);
    }
}

#[test]
fn names_in_facts_do_nothing_to_a_terminal() {
    let tree = Tree::new(BOTH);
    let _ = sealine(
        &tree,
        &["facts", "--config", "dags.yaml", "--repo", "dags=dags", "-o", "dags.json"],
    )
    .exits(0);
    let hostile = tree.read("dags.json").replace("copy.py", "\\u001b[31mcopy\\u0007\\r\\n.py");
    tree.write("dags.json", hostile);
    for format in ["text", "json", "sarif", "github"] {
        let arguments = [
            "check",
            "--config",
            "dags.yaml",
            "--repo",
            "platform=platform",
            "--with",
            "dags.json",
            "-o",
            format,
        ];
        let run = sealine(&tree, &arguments).exits(2);
        let acts = |c: char| c.is_control() && c != '\n';
        assert!(!run.output().contains(acts), "{format}: {:?}", run.output());
    }
}
