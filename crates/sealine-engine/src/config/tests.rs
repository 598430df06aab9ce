//! Faults of a configuration have a line and a hint; good ones become settings.

use super::*;

fn read_text(text: &str) -> Result<Config, Vec<String>> {
    read(FileName::new("", "sealine.yaml"), text, Path::new("")).map_err(|(source, faults)| {
        let line = |fault: &Fault| {
            let place = source.place(fault.range);
            let help = fault.help.as_deref().map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{}:{}: {}{help}", place.line, place.column, fault.message)
        };
        faults.iter().map(line).collect()
    })
}

#[test]
fn the_worked_examples_form_is_read() {
    let config = read_text(
        "repos:\n  connectors: {path: connectors, remote: github.com/unique-ag/connectors}\nvaults:\n  kv-app-common: {kind: azure, ownership: terraform}\n  kv-b:\n    kind: azure\n    ownership: manual\n    entries:\n      token: {owner: team, reason: portal}\nconventions:\n  placeholder_prefix: manual-\n  placeholder_values: [\"<set manually>\"]\nairflow: {namespace: airflow, connections: env, isolation: per-task}\nrules:\n  unprovisioned-key: info\n",
    )
    .expect("no faults");
    assert!(config.settings.configured);
    assert_eq!(config.settings.vaults["kv-app-common"].ownership, settings::Ownership::Terraform);
    assert!(config.settings.airflow.isolated_per_task);
    let entry = &config.facts[0].entries[0];
    assert_eq!((entry.name.pattern(), entry.place.line), ("token".to_owned(), 9));
    assert!(config.rules.contains_key("unprovisioned-key"));
}

#[test]
fn an_empty_file_is_a_configuration() {
    assert!(read_text("").expect("no faults").settings.configured);
    assert!(read_text("# nothing yet\n").expect("no faults").settings.configured);
}

#[test]
fn faults_have_a_line_and_a_hint() {
    for (text, expected) in [
        ("repo:\n  a: {path: a}\n", "1:1: unknown key `repo` in the configuration"),
        (
            "rules: {}\n---\nrules: {}\n",
            "3:1: the file has more than one document (only one is read: put all of it into the first, and remove the `---`)",
        ),
        (
            "conventions:\n  placeholder_prefx: x\n",
            "2:3: unknown key `placeholder_prefx` in `conventions` (did you mean `placeholder_prefix`?)",
        ),
        (
            "vaults:\n  a: {kind: azur}\n",
            "2:13: `kind` cannot be `azur` (one of `azure`, `aws-secrets-manager`, `aws-parameter-store`, `gcp`, `hashicorp`, `onepassword`, `doppler`, `infisical`, `bitwarden`, `gitlab`)",
        ),
        ("vaults:\n  a: {ownership: manual}\n", "2:6: `a` needs the key `kind`"),
        ("exclude: x\n", "1:10: `exclude` must be a list, and is a scalar"),
        (
            "rules:\n  unprovisioned-keys: info\n",
            "2:3: unknown key `unprovisioned-keys` in `rules` (did you mean `unprovisioned-key`?)",
        ),
        (
            "rules:\n  unprovisioned-key: fatal\n",
            "2:22: `unprovisioned-key` cannot be `fatal` (one of `off`, `info`, `warning`, `error`)",
        ),
        ("stores: {a: kv}\n", "1:13: the vault `kv` is not listed under `vaults`"),
    ] {
        assert_eq!(read_text(text).expect_err(text), [expected]);
    }
    assert!(read_text("a: [\n").expect_err("syntax")[0].contains(':'));
}
