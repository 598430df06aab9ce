//! Each format, on one finding with everything.

use std::sync::Arc;

use expect_test::{Expect, expect};
use sealine_model::{Coverage, Finding, Fix, Safety};
use sealine_source::{Edit, FileName, Place, Project, Repository, Source, TextRange};

use crate::{Format, Report};

struct Fixture {
    project: Project,
    findings: Vec<Finding>,
    secrets: Vec<Place>,
}

fn fixture() -> Fixture {
    let yaml = "data:\n  - remoteRef:\n      key: token # hunter2\n";
    let yaml = Arc::new(Source::new(FileName::new("app", "secret store.yaml"), yaml));
    let terraform = "resource \"azurerm_key_vault_secret\" \"x\" {\n}\n";
    let terraform = Arc::new(Source::new(FileName::new("infra", "main.tf"), terraform));
    let place = yaml.place(TextRange::new(32, 37));
    let fix = Fix {
        title: "rename the key to `manual-token`".to_owned(),
        safety: Safety::Safe,
        edits: vec![Edit { place: place.clone(), text: "manual-token".to_owned() }],
    };
    let mut finding = Finding::new(place, "vault/kv/token", "the entry is `manual-token`: 100%")
        .label("read here\u{1b}[31m")
        .related(terraform.place(TextRange::new(0, 42)), "declared here")
        .help("rename it")
        .fix(fix);
    finding.rule = "unprovisioned-key";
    let secrets = vec![yaml.place(TextRange::new(40, 47))];
    let repositories = [("app", yaml), ("infra", terraform)].map(|(name, source)| {
        let mut repository = Repository::new(name);
        repository.add(source);
        repository
    });
    let project = Project { repositories: repositories.into() };
    Fixture { project, findings: vec![finding], secrets }
}

fn render(name: &str) -> String {
    let fixture = fixture();
    let roots = [("app", "app"), ("infra", "../infra")];
    let roots = roots.map(|(name, path)| (name.to_owned(), path.to_owned())).into();
    let report = Report {
        findings: &fixture.findings,
        project: &fixture.project,
        roots: &roots,
        secret_texts: &fixture.secrets,
        coverage: Coverage { documents: 3, understood: 2 },
        opaque_roots: 1,
        suppressed: 1,
        baselined: 0,
        color: false,
    };
    (Format::named(name).expect("a format").render)(&report)
}

fn check(name: &str, expected: &Expect) {
    expected.assert_eq(&render(name));
}

#[test]
fn text_shows_both_files_and_no_secret() {
    check(
        "text",
        &expect![[r#"
            error[unprovisioned-key]: the entry is `manual-token`: 100%
             --> app/secret store.yaml:3:12
              |
            3 |       key: token # *******
              |            ^^^^^ read here\u{1b}[31m
              |
             ::: ../infra/main.tf:1:1
              |
            1 | resource "azurerm_key_vault_secret" "x" {
              | ----------------------------------------- declared here
              |
              = help: rename it
              = fix: rename the key to `manual-token` (`--fix`)

            1 error; 1 allowed; 1 can be repaired with `--fix`
            understood 2 of 3 documents; 1 root opaque (-v lists it)
        "#]],
    );
}

#[test]
fn github_annotations_are_one_line_each() {
    check(
        "github",
        &expect![[r#"
            ::error file=app/secret store.yaml,line=3,col=12,title=unprovisioned-key::the entry is `manual-token`: 100%25%0Ahelp: rename it%0A../infra/main.tf:1: declared here
        "#]],
    );
}

#[test]
fn json_is_whole() {
    let json: serde_json::Value = serde_json::from_str(&render("json")).expect("JSON");
    assert_eq!(json["version"], 1);
    assert_eq!(json["findings"][0]["at"]["line"], 3);
    assert_eq!(json["findings"][0]["related"][0]["at"]["repo"], "infra");
    assert_eq!(json["findings"][0]["fix"]["safe"], true);
}

#[test]
fn sarif_has_what_code_scanning_asks_for() {
    let sarif: serde_json::Value = serde_json::from_str(&render("sarif")).expect("JSON");
    let run = &sarif["runs"][0];
    let result = &run["results"][0];
    let index = result["ruleIndex"].as_u64().expect("an index") as usize;
    assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    let location = &result["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "app/secret%20store.yaml");
    assert_eq!(location["region"]["startLine"], 3);
    assert!(result["partialFingerprints"]["sealine/v1"].is_string());
}

#[test]
fn no_format_shows_a_secret() {
    for format in super::FORMATS {
        assert!(!render(format.name).contains("hunter2"), "{}", format.name);
    }
}
