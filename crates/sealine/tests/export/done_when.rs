//! The whole way: a real program applies a module, its outputs are exported, the real `sops` reads
//! them.

use serde_json::json;

use crate::{changed_lines, command, decrypted, repository};
use sealine_testing::{Run, Tree, run};

const MODULE: &str = r#"
variable "address" {
  type    = string
  default = "10.20.0.7"
}
resource "terraform_data" "balancer" {
  input = var.address
}
output "egress_lb_ip" {
  value = terraform_data.balancer.output
}
output "vpc_cidr" {
  value = "10.20.0.0/16"
}
output "database" {
  value     = { host = "db.internal", port = 5432, tls = true, password = "f0:o'b\"ar#1" }
  sensitive = true
}
output "zones" {
  value = ["a", "b"]
}
"#;

const TARGET: &str = "gitops/platform/egress-values.yaml";

/// Runs `terraform` or `tofu` in the module's folder, without a network.
fn engine(program: &str, tree: &Tree, arguments: &[&str]) -> Run {
    let folder = tree.path("terraform");
    let mut command = sealine_testing::run::command(program, &folder, arguments);
    command.env("TF_CLI_CONFIG_FILE", tree.path("empty.tfrc")).env("CHECKPOINT_DISABLE", "1");
    sealine_testing::run::finish(command).exits(0)
}

/// Exports by flags, with the engine on the `PATH`.
fn export(program: &std::path::Path, tree: &Tree, more: &[&str]) -> Run {
    let name = if program.ends_with("tofu") { "tofu" } else { "terraform" };
    let mut all = vec!["--from", "terraform", "--to", TARGET, "--at", "egress", "--engine", name];
    all.extend(more);
    let mut command = command(tree.root(), &all);
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let folders = program.parent().map(std::path::Path::to_owned).into_iter();
    let paths = std::env::join_paths(folders.chain(std::env::split_paths(&paths)));
    command.env("PATH", paths.expect("a path")).env("TF_CLI_CONFIG_FILE", tree.path("empty.tfrc"));
    sealine_testing::run::finish(command)
}

fn whole_way(name: &str) {
    let Some(program) = sealine_testing::peers::peer(name) else { return };
    let words = program.to_str().expect("UTF-8");
    let tree = repository();
    tree.write("empty.tfrc", "");
    tree.write("terraform/main.tf", MODULE);
    engine(words, &tree, &["init", "-input=false", "-no-color"]);
    engine(words, &tree, &["apply", "-auto-approve", "-input=false", "-no-color"]);

    // Nothing is there yet: git is behind.
    let behind = export(&program, &tree, &["--check"]).exits(2);
    assert!(behind.stdout.contains("is behind: 7 keys"), "{}", behind.stdout);
    let written = export(&program, &tree, &[]).exits(0);
    assert!(written.stdout.contains("added egress.database.password"), "{}", written.stdout);
    let first = tree.read(TARGET);
    assert!(!first.contains("10.20.0.7") && !first.contains("f0:o"), "{first}");
    let Some(plain) = decrypted(&tree, TARGET) else { return };
    let expected = json!({"egress": {
        "database": {"host": "db.internal", "port": 5432, "tls": true, "password": "f0:o'b\"ar#1"},
        "egress_lb_ip": "10.20.0.7",
        "vpc_cidr": "10.20.0.0/16",
        "zones": ["a", "b"],
    }});
    assert_eq!(plain, expected);

    // Nothing changed: not one byte.
    let _ = export(&program, &tree, &[]).exits(0);
    assert_eq!(tree.read(TARGET), first);
    let _ = export(&program, &tree, &["--check"]).exits(0);

    // One output changed: one leaf, the MAC and its time, and the stamp.
    let apply = ["apply", "-auto-approve", "-input=false", "-no-color", "-var=address=10.20.0.8"];
    engine(words, &tree, &apply);
    let _ = export(&program, &tree, &["--check"]).exits(2);
    assert_eq!(tree.read(TARGET), first, "a look changes nothing");
    // The time of the MAC is told in seconds.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let _ = export(&program, &tree, &[]).exits(0);
    let second = tree.read(TARGET);
    assert_eq!(changed_lines(&first, &second), ["egress_lb_ip", "#", "lastmodified", "mac"]);
    let plain = decrypted(&tree, TARGET).expect("sops was there before");
    assert_eq!(plain["egress"]["egress_lb_ip"], "10.20.0.8");

    // A look that fails is neither.
    tree.write("terraform/terraform.tfstate", "{");
    let _ = export(&program, &tree, &["--check"]).exits(1);
}

#[test]
fn terraforms_outputs_arrive() {
    whole_way("terraform");
}

#[test]
fn opentofus_outputs_arrive() {
    whole_way("tofu");
}

#[test]
fn sops_edits_what_was_exported_and_an_export_follows() {
    let Some(sops) = sealine_testing::peers::peer("sops") else { return };
    let tree = repository();
    let outputs = [crate::output("ip", "\"10.0.0.1\""), crate::output("cidr", "\"10.0.0.0/8\"")];
    tree.write("state.json", crate::state(3, &outputs.join(",")));
    let arguments = ["--from", "state.json", "--to", TARGET, "--at", "egress"];
    let _ = crate::export(tree.root(), &arguments).exits(0);
    let file = tree.path(TARGET);
    let file = file.to_str().expect("UTF-8");
    let set = ["set", file, "[\"egress\"][\"byHand\"]", "\"kept\""];
    let mut command =
        sealine_testing::run::command(sops.to_str().expect("UTF-8"), tree.root(), &set);
    command.env("SOPS_AGE_KEY_FILE", crate::KEY_FILE);
    let _ = sealine_testing::run::finish(command).exits(0);
    tree.write("state.json", crate::state(4, &outputs.join(",").replace("10.0.0.1", "10.0.0.2")));
    let _ = crate::export(tree.root(), &arguments).exits(0);
    let plain = decrypted(&tree, TARGET).expect("sops is there");
    let expected = json!({"cidr": "10.0.0.0/8", "ip": "10.0.0.2", "byHand": "kept"});
    assert_eq!(plain["egress"], expected);
    let _ = run("git", tree.root(), &["status", "--short"]).exits(0);
}
