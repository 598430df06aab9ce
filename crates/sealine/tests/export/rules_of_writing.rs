//! What may be written where.

use crate::{decrypted, export, output, repository, state};

const SECRET: &str =
    r#""password": {"value": "hunter2-canary", "type": "string", "sensitive": true}"#;

#[test]
fn a_sensitive_output_never_goes_to_a_place_in_clear() {
    let tree = repository();
    tree.write("state.json", state(1, SECRET));
    tree.write("plain/values.yaml", "# kept\na: 1\n");
    let refused =
        export(tree.root(), &["--from", "state.json", "--to", "plain/values.yaml"]).exits(1);
    assert_eq!(
        refused.stderr.lines().next(),
        Some(
            "error: the output `password` is sensitive, and `password` is not encrypted: \
             `plain/values.yaml` is not encrypted"
        )
    );
    assert_eq!(tree.read("plain/values.yaml"), "# kept\na: 1\n");
    let absent = export(tree.root(), &["--from", "state.json", "--to", "plain/new.yaml"]).exits(1);
    assert!(
        absent.stderr.contains("no creation rule of a `.sops.yaml` encrypts"),
        "{}",
        absent.stderr
    );
    assert!(!tree.path("plain/new.yaml").exists());
    // The file is encrypted, but its rule leaves this key in clear.
    let key = ["--output", "password=password_unencrypted"];
    let arguments = ["--from", "state.json", "--to", "gitops/v.yaml", key[0], key[1]];
    let refused = export(tree.root(), &arguments).exits(1);
    assert!(
        refused.stderr.contains(
            "the rule at `.sops.yaml:2` leaves keys that end with `_unencrypted` in clear"
        ),
        "{}",
        refused.stderr
    );
    assert!(!refused.output().contains("hunter2"));
}

#[test]
fn what_is_not_sensitive_may_go_to_a_plain_file_which_keeps_its_looks() {
    let tree = repository();
    let outputs = [output("ip", "\"10.0.0.2\""), output("port", "443")];
    tree.write("state.json", state(5, &outputs.join(",")));
    let text =
        "# values\r\negress:\r\n  ip: '10.0.0.1' # the balancer\r\n  other: x\r\nlist: [1, 2]\r\n";
    tree.write("plain/values.yaml", text);
    let arguments = ["--from", "state.json", "--to", "plain/values.yaml", "--at", "egress"];
    let _ = export(tree.root(), &arguments).exits(0);
    let stamp =
        "# sealine export egress: lineage 6f1c2a5e-0000-4000-8000-000000000001, serial 5\r\n";
    let expected = format!(
        "{stamp}{}",
        text.replace("10.0.0.1", "10.0.0.2")
            .replace("  other: x\r\n", "  other: x\r\n  port: 443\r\n")
    );
    assert_eq!(tree.read("plain/values.yaml"), expected);
    tree.write("state.json", state(6, &outputs.join(",")));
    let _ = export(tree.root(), &arguments).exits(0);
    assert_eq!(tree.read("plain/values.yaml"), expected, "a serial alone is no change");
}

#[test]
fn a_plain_file_that_a_rule_wants_encrypted_is_not_touched() {
    let tree = repository();
    tree.write("state.json", state(1, &output("ip", "\"10.0.0.2\"")));
    tree.write("gitops/values.yaml", "a: 1\n");
    let refused =
        export(tree.root(), &["--from", "state.json", "--to", "gitops/values.yaml"]).exits(1);
    assert!(
        refused.stderr.contains("is in clear, and the creation rule at `.sops.yaml:2`"),
        "{}",
        refused.stderr
    );
    assert_eq!(tree.read("gitops/values.yaml"), "a: 1\n");
}

#[test]
fn an_older_state_and_another_one_need_a_flag() {
    let tree = repository();
    let arguments = ["--from", "state.json", "--to", "gitops/v.yaml", "--at", "egress"];
    let with_flag = [
        "--allow-older-serial",
        arguments[0],
        arguments[1],
        arguments[2],
        arguments[3],
        arguments[4],
        arguments[5],
    ];
    tree.write("state.json", state(9, &output("ip", "\"10.0.0.9\"")));
    let _ = export(tree.root(), &arguments).exits(0);
    tree.write("state.json", state(8, &output("ip", "\"10.0.0.8\"")));
    let refused = export(tree.root(), &arguments).exits(1);
    assert!(
        refused
            .stderr
            .contains("the state has serial 8, and `gitops/v.yaml` was written from serial 9"),
        "{}",
        refused.stderr
    );
    let _ = export(tree.root(), &with_flag).exits(0);
    let other = state(20, &output("ip", "\"10.0.0.7\"")).replace("6f1c2a5e", "7777aaaa");
    tree.write("state.json", other);
    let refused = export(tree.root(), &arguments).exits(1);
    assert!(refused.stderr.contains("has lineage `7777aaaa"), "{}", refused.stderr);
    let _ = export(tree.root(), &with_flag).exits(0);
}

#[test]
fn a_missing_output_and_a_wrong_type_are_told_with_a_hint() {
    let tree = repository();
    let outputs = [output("egress_lb_ip", "\"10.0.0.1\""), output("zones", "[\"a\"]")];
    tree.write("state.json", state(1, &outputs.join(",")));
    let arguments = ["--from", "state.json", "--to", "gitops/v.yaml", "--output", "egres_lb_ip"];
    let refused = export(tree.root(), &arguments).exits(1);
    assert_eq!(
        refused.stderr,
        "error: the export `outputs`: there is no output `egres_lb_ip`\n  = help: did you mean `egress_lb_ip`?\n"
    );
    let first = ["--from", "state.json", "--to", "gitops/v.yaml", "--output", "egress_lb_ip=zones"];
    let _ = export(tree.root(), &first).exits(0);
    let before = tree.read("gitops/v.yaml");
    let second = ["--from", "state.json", "--to", "gitops/v.yaml", "--output", "zones"];
    let refused = export(tree.root(), &second).exits(1);
    assert!(
        refused.stderr.contains("`zones` holds a string, and `zones` is a list"),
        "{}",
        refused.stderr
    );
    assert_eq!(tree.read("gitops/v.yaml"), before);
}

#[test]
fn json_is_written_too_and_read_by_sops() {
    let tree = repository();
    tree.write("state.json", state(1, &[SECRET, &output("port", "443")].join(",")));
    let arguments = ["--from", "state.json", "--to", "gitops/v.json", "--at", "a.b"];
    let _ = export(tree.root(), &arguments).exits(0);
    let first = tree.read("gitops/v.json");
    assert!(first.contains("\"serial\": 1") && !first.contains("hunter2"), "{first}");
    if let Some(plain) = decrypted(&tree, "gitops/v.json") {
        let expected = serde_json::json!({"a": {"b": {"password": "hunter2-canary", "port": 443}}});
        assert_eq!(plain, expected);
    }
    let again = export(tree.root(), &[&arguments[..], &["-o", "json"]].concat()).exits(0).json();
    assert_eq!(again[0]["status"], "current");
    assert_eq!(tree.read("gitops/v.json"), first);
}

#[test]
fn a_dry_run_names_keys_and_changes_nothing() {
    let tree = repository();
    tree.write("state.json", state(1, SECRET));
    let arguments = ["--from", "state.json", "--to", "gitops/v.yaml", "--dry-run"];
    let run = export(tree.root(), &arguments).exits(0);
    assert_eq!(run.stdout, "outputs: `gitops/v.yaml` is behind: 1 key\n  added password\n");
    assert!(!tree.path("gitops").exists());
}

#[test]
fn outputs_may_come_from_standard_input() {
    let tree = repository();
    let mut command = crate::command(tree.root(), &["--from", "-", "--to", "gitops/v.yaml", "-q"]);
    tree.write(
        "outputs.json",
        r#"{"ip": {"sensitive": false, "type": "string", "value": "10.0.0.1"}}"#,
    );
    command.stdin(std::fs::File::open(tree.path("outputs.json")).expect("a file"));
    let run = sealine_testing::run::finish(command).exits(0);
    assert_eq!(run.output(), "\n");
    assert!(tree.read("gitops/v.yaml").contains("ENC["));
}
