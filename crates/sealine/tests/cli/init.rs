//! `init` looks at a tree and proposes a configuration that reads back and finds the same.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use sealine_testing::Tree;

use super::{PLAIN, check, sealine};

fn example(state: &str) -> Tree {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    Tree::copy_of(&root.join(state))
}

/// The rules that find something.
fn kinds(tree: &Tree) -> BTreeSet<String> {
    let report = check(tree, &[]);
    let findings = report["findings"].as_array().expect("findings");
    findings.iter().map(|finding| finding["rule"].as_str().expect("a rule").to_owned()).collect()
}

#[test]
fn the_proposal_finds_what_the_hand_made_file_finds() {
    for state in ["before", "module-added", "after", "write-only"] {
        let tree = example(&format!("confluence-connector/{state}"));
        let by_hand = kinds(&tree);
        std::fs::remove_file(tree.path("sealine.yaml")).expect("removed");
        let run = sealine(&tree, &["init"]).exits(0);
        assert!(run.stderr.contains("wrote ./sealine.yaml"), "{}", run.stderr);
        assert_eq!(kinds(&tree), by_hand, "{state}\n{}", tree.read("sealine.yaml"));
    }
}

#[test]
fn the_proposal_says_what_was_seen() {
    let tree = example("confluence-connector/after");
    std::fs::remove_file(tree.path("sealine.yaml")).expect("removed");
    let proposal = sealine(&tree, &["init", "--stdout"]).exits(0).stdout;
    assert!(!tree.path("sealine.yaml").exists());
    for line in [
        "  connectors: {path: connectors, remote: github.com/unique-ag/connectors}",
        "  infrastructure: {path: infrastructure, remote: github.com/unique-ag/infrastructure}",
        "  kv-app-common:",
        "    ownership: terraform",
        "  placeholder_prefix: manual-",
        "  placeholder_values: [\"<set manually>\"]",
    ] {
        assert!(proposal.lines().any(|found| found == line), "{line}\n{proposal}");
    }
}

#[test]
fn a_file_that_exists_stays_unless_told_otherwise() {
    let tree = Tree::new(PLAIN);
    tree.write("sealine.yaml", "rules: {plaintext-secret: off}\n");
    let run = sealine(&tree, &["init"]).exits(1);
    assert!(run.stderr.contains("`--force` replaces it"), "{}", run.stderr);
    assert_eq!(tree.read("sealine.yaml"), "rules: {plaintext-secret: off}\n");
    let _ = sealine(&tree, &["init", "--force"]).exits(0);
    assert!(tree.read("sealine.yaml").starts_with("# What Sealine cannot read"));
    let _ = sealine(&tree, &["check"]).exits(2);
}

#[test]
fn an_empty_folder_gets_a_file_that_reads_back() {
    let tree = Tree::new("");
    let _ = sealine(&tree, &["init"]).exits(0);
    let _ = sealine(&tree, &["check"]).exits(0);
}

#[test]
fn an_entry_that_terraform_looks_up_is_made_by_somebody_else() {
    let tree = Tree::new("");
    tree.write(
        "main.tf",
        "terraform {\n  backend \"azurerm\" {}\n}\n\
         data \"azurerm_key_vault\" \"kv\" {\n  name                = \"kv-app\"\n  \
         resource_group_name = \"rg\"\n}\n\
         resource \"azurerm_key_vault_secret\" \"own\" {\n  name         = \"own\"\n  \
         value        = random_password.own.result\n  key_vault_id = data.azurerm_key_vault.kv.id\n}\n\
         data \"azurerm_key_vault_secret\" \"foreign\" {\n  name         = \"foreign\"\n  \
         key_vault_id = data.azurerm_key_vault.kv.id\n}\n",
    );
    tree.write("send.py", "def f(manager):\n    manager.send(conn_id=\"abc\")\n");
    let proposal = sealine(&tree, &["init", "--stdout"]).exits(0).stdout;
    for line in [
        "  # 1 entry from Terraform; 0 reads; 1 entry that nothing seen creates",
        "    ownership: mixed",
        "    #   foreign: {owner: ..., reason: ...}",
    ] {
        assert!(proposal.lines().any(|found| found == line), "{line}\n{proposal}");
    }
    assert!(!proposal.contains("DAGs"), "{proposal}");
}

#[test]
fn a_prefix_is_proposed_where_placeholders_and_nothing_else_carry_it() {
    const FILLED: &str = "\n  lifecycle {\n    ignore_changes = [value]\n  }\n";
    for (placeholders, others, expected) in [
        (&["manual-a"][..], &[][..], false),
        (&["manual-a", "manual-b"], &["c"], false),
        (&["manual-a", "manual-b", "manual-c"], &["d"], true),
        (&["manual-a", "manual-b", "manual-c"], &[], true),
        (&["manual-a", "manual-b", "manual-c"], &["manual-d"], false),
        (&["manual-a", "manual-b", "manual-c", "d"], &[], false),
        (&["manual-${var.a}", "manual-${var.b}"], &["d"], true),
        (&["manual-${var.a}", "manual-${var.b}"], &[], false),
        (&["manual-${var.a}"], &["d"], false),
    ] {
        let mut text = "terraform {\n  backend \"azurerm\" {}\n}\n\
                        variable \"a\" {\n  default = \"x\"\n}\n\
                        variable \"b\" {\n  default = \"y\"\n}\n"
            .to_owned();
        let entries = placeholders.iter().map(|name| (name, FILLED));
        for (at, (name, rest)) in entries.chain(others.iter().map(|name| (name, ""))).enumerate() {
            let _ = write!(
                text,
                "resource \"azurerm_key_vault_secret\" \"e{at}\" {{\n  name = \"{name}\"\n  \
                 value = random_password.own.result\n  key_vault_id = var.vault\n{rest}}}\n"
            );
        }
        let tree = Tree::new("");
        tree.write("main.tf", &text);
        let proposal = sealine(&tree, &["init", "--stdout"]).exits(0).stdout;
        let found = proposal.contains("placeholder_prefix: manual-");
        assert_eq!(found, expected, "{placeholders:?} {others:?}\n{proposal}");
    }
}
