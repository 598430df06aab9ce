//! The worked example: its script is one call of `sealine export`.

use std::path::Path;

use sealine_testing::Tree;

use crate::{decrypted, export, git};

#[test]
fn the_script_of_the_example_exports_what_its_configuration_says() {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/platform-terraform/after");
    let tree = Tree::copy_of(&folder);
    let script = tree.read("scripts/tf-export-to-gitops.sh");
    assert_eq!(script.lines().last(), Some("exec sealine export --push"));
    git(tree.root(), &["init", "-q", "-b", "main"]);
    // No cloud is there: the root module's place is taken by a state that has its outputs.
    let outputs = [
        crate::output("egress_load_balancer_ip", "\"203.0.113.7\""),
        crate::output("vpc_cidr", "\"10.41.0.0/16\""),
        crate::output("cluster_name", "\"platform\""),
    ];
    std::fs::remove_dir_all(tree.path("terraform/platform")).expect("removed");
    tree.write("terraform/platform", crate::state(4, &outputs.join(",")));
    let run = export(tree.root(), &["--format", "json"]).exits(0).json();
    assert_eq!(run[0]["file"], "gitops/platform/egress/egress-values.yaml");
    let keys: Vec<&str> = run[0]["keys"]
        .as_array()
        .expect("keys")
        .iter()
        .filter_map(|key| key["key"].as_str())
        .collect();
    assert_eq!(keys, ["egress.loadBalancerIp", "egress.vpcCidr"]);
    if let Some(plain) = decrypted(&tree, "gitops/platform/egress/egress-values.yaml") {
        let expected =
            serde_json::json!({"loadBalancerIp": "203.0.113.7", "vpcCidr": "10.41.0.0/16"});
        assert_eq!(plain["egress"], expected);
    }
    let _ = export(tree.root(), &["egress", "--check"]).exits(0);
    let unknown = export(tree.root(), &["egres"]).exits(1);
    assert!(unknown.stderr.contains("has no export `egres`"), "{}", unknown.stderr);
}
