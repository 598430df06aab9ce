//! The schema, the pages, completions and the manual.

use std::path::Path;

use sealine_testing::Tree;

use super::{PLAIN, sealine};

/// The committed schemas are what the binary prints; `UPDATE=1` writes them.
#[test]
#[expect(clippy::disallowed_methods, reason = "the test looks at the committed file")]
fn the_schemas_are_committed() {
    for (arguments, name) in [
        (["config", "schema"], "sealine.schema.json"),
        (["facts", "--schema"], "facts.schema.json"),
    ] {
        let schema = sealine(&Tree::new(""), &arguments).exits(0);
        assert_eq!(schema.json()["type"], "object");
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema").join(name);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&file, &schema.stdout).expect("written");
        }
        let committed = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(committed == schema.stdout, "{name}: run with UPDATE=1 and review the difference");
    }
}

/// The schema is one for JSON Schema's own rules, and accepts what the binary accepts.
#[test]
fn the_schema_lists_every_rule() {
    let schema = sealine(&Tree::new(""), &["config", "schema"]).exits(0).json();
    let rules = schema["properties"]["rules"]["properties"].as_object().expect("rules");
    let listed = sealine(&Tree::new(""), &["explain"]).exits(0).stdout;
    assert_eq!(rules.len(), listed.lines().count());
    for line in listed.lines() {
        let name = line.split(' ').next().expect("a name");
        assert!(rules.contains_key(name), "{name}");
    }
}

#[test]
fn a_page_says_what_a_rule_wants() {
    let page = sealine(&Tree::new(""), &["explain", "misnamed-key"]).exits(0).stdout;
    for heading in ["# misnamed-key", "## What it finds", "## Example", "## Use instead"] {
        assert!(page.contains(heading), "{heading}\n{page}");
    }
}

#[test]
fn completions_and_the_manual_print() {
    let tree = Tree::new(PLAIN);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let text = sealine(&tree, &["completions", shell]).exits(0).stdout;
        assert!(text.contains("unsafe-fixes"), "{shell}");
    }
    let manual = sealine(&tree, &["man"]).exits(0).stdout;
    assert!(manual.contains(".TH sealine 1"), "{manual}");
    let _ = sealine(&tree, &["completions", "tcsh"]).exits(1);
}

#[test]
fn help_and_version_are_no_failures() {
    let tree = Tree::new(PLAIN);
    assert!(sealine(&tree, &["--help"]).exits(0).stdout.contains("Usage: sealine"));
    assert!(sealine(&tree, &["check", "--help"]).exits(0).stdout.contains("--exit-zero"));
    assert!(sealine(&tree, &["--version"]).exits(0).stdout.starts_with("sealine "));
}
