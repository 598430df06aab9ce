//! What becomes of Secrets and entries, by the policies of who made them.

use sealine_testing::Tree;

use super::between;

/// A store, and a root that brings the folder `app`.
fn state(name: &str, prune: bool, app: &str) -> String {
    format!(
        "\
//- {name}/root.yaml
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: app, namespace: flux-system}}
spec:
  path: ./app
  prune: {prune}
  sourceRef: {{kind: GitRepository, name: flux-system}}
//- {name}/app/store.yaml
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {{name: kv}}
spec: {{provider: {{azurekv: {{vaultUrl: \"https://kv-a.vault.azure.net\"}}}}}}
{app}"
    )
}

fn external(state: &str, name: &str, target: &str) -> String {
    format!(
        "\
//- {state}/app/{name}.yaml
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {{name: {name}, namespace: app}}
spec:
  secretStoreRef: {{name: kv, kind: ClusterSecretStore}}
  target: {target}
  data: [{{secretKey: token, remoteRef: {{key: token}}}}]
"
    )
}

/// The fates as `NODE: FATE`.
fn fates(before: &str, after: &str) -> Vec<String> {
    let tree = Tree::new(&format!("{before}{after}"));
    let json = between(&tree, &["-o", "json"]).json();
    let fates = json["fates"].as_array().expect("fates").iter();
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    fates.map(|fate| format!("{}: {}", text(&fate["node"]), text(&fate["fate"]))).collect()
}

#[test]
fn a_secret_goes_with_its_owner_where_the_root_prunes() {
    for (policy, prune, wanted) in [
        ("Owner", true, "deleted"),
        ("Orphan", true, "orphaned"),
        ("Merge", true, "orphaned"),
        ("Owner", false, "left-behind"),
    ] {
        let target = format!("{{name: made, creationPolicy: {policy}}}");
        let before = state("before", prune, &external("before", "one", &target));
        let after = state("after", prune, "");
        let mut fates = fates(&before, &after);
        fates.retain(|fate| fate.starts_with("secret/"));
        assert_eq!(fates, [format!("secret/app/made: {wanted}")], "{policy} {prune}");
    }
}

#[test]
fn a_new_target_leaves_the_old_secret_to_its_policy() {
    for (policy, wanted) in [("Owner", "deleted"), ("Orphan", "orphaned")] {
        let target = |name: &str| format!("{{name: {name}, creationPolicy: {policy}}}");
        let before = state("before", true, &external("before", "one", &target("old")));
        let after = state("after", true, &external("after", "one", &target("new")));
        assert_eq!(fates(&before, &after), [format!("secret/app/old: {wanted}")]);
    }
}

#[test]
fn a_secret_that_changes_its_owner_is_away_for_a_while() {
    let before = state("before", true, &external("before", "one", "{name: made}"));
    let after = state("after", true, &external("after", "two", "{name: made}"));
    assert_eq!(fates(&before, &after), ["secret/app/made: recreated"]);
}

const ENTRY: &str = "\
provider \"azurerm\" {
  features {}
}
resource \"azurerm_key_vault\" \"a\" {
  name = \"kv-a\"
}
resource \"azurerm_key_vault_secret\" \"token\" {
  name         = \"token\"
  value        = random_password.token.result
  key_vault_id = azurerm_key_vault.a.id
}
";

#[test]
fn a_vault_keeps_the_name_of_what_is_destroyed() {
    let before = format!(
        "{}//- before/tf/main.tf\n{ENTRY}",
        state("before", true, &external("before", "one", "{}"))
    );
    let rest = ENTRY.split("resource \"azurerm_key_vault_secret\"").next().expect("a head");
    let after = format!(
        "{}//- after/tf/main.tf\n{rest}",
        state("after", true, &external("after", "one", "{}"))
    );
    // What copied it fails to sync, and keeps what it has.
    assert_eq!(fates(&before, &after), ["secret/app/one: stale", "vault/kv-a/token: reserved"]);
}

#[test]
fn a_push_secret_deletes_what_it_does_not_write_any_more() {
    let push = |state: &str, key: &str, policy: &str| {
        format!(
            "\
//- {state}/app/push.yaml
apiVersion: external-secrets.io/v1alpha1
kind: PushSecret
metadata: {{name: out, namespace: app}}
spec:
  deletionPolicy: {policy}
  secretStoreRefs: [{{name: kv, kind: ClusterSecretStore}}]
  selector: {{secret: {{name: made}}}}
  data: [{{match: {{secretKey: a, remoteRef: {{remoteKey: {key}}}}}}}]
"
        )
    };
    for (policy, wanted) in [("Delete", vec!["vault/kv-a/one: remote-deleted"]), ("None", vec![])] {
        let before = state("before", true, &push("before", "one", policy));
        let after = state("after", true, &push("after", "two", policy));
        assert_eq!(fates(&before, &after), wanted, "{policy}");
    }
}

/// Names that would do something if they were not names.
#[test]
fn names_do_nothing_in_a_comment_or_a_terminal() {
    let name = "x`</code><img src=x>@all [a](http://b)\\e[31m\\u202e";
    let hostile = |state: &str| external(state, "one", &format!("{{name: \"{name}\"}}"));
    let before = state("before", true, &hostile("before"));
    let after = state("after", true, "");
    let tree = Tree::new(&format!("{before}{after}"));
    let text = between(&tree, &[]).exits(0).stdout;
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text:?}");
    let text = between(&tree, &["-o", "markdown"]).exits(0).stdout;
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text:?}");
    for line in text.lines().filter(|line| line.contains("<img")) {
        // Wherever the name stands, a longer fence than any within it stands around it.
        assert!(line.contains("``"), "{line}");
        let outside: String = line.split("``").step_by(2).collect();
        assert!(!outside.contains('<') && !outside.contains("@all"), "{line}");
    }
    assert!(text.contains("<img"), "{text}");
}

#[test]
fn what_nobody_can_call_missing_any_more_is_not_there_for_that() {
    let external = "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n\
        metadata: {name: own, namespace: n}\nspec:\n  \
        secretStoreRef: {name: s, kind: ClusterSecretStore}\n  \
        data: [{secretKey: a, remoteRef: {key: own}}]\n";
    let reader = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, namespace: n}\nspec:\n  \
        template: {spec: {containers: [{name: c, image: i, envFrom: [{secretRef: {name: other}}]}]}}\n";
    let tree = Tree::new(&format!(
        "//- before/kustomization.yaml\nresources: [reader.yaml, external.yaml]\n\
         //- before/external.yaml\n{external}//- before/reader.yaml\n{reader}\
         //- after/kustomization.yaml\nresources: [reader.yaml]\n//- after/reader.yaml\n{reader}"
    ));
    let run = between(&tree, &["-o", "json"]);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(json["mended"], serde_json::json!([]), "{}", run.stdout);
}
