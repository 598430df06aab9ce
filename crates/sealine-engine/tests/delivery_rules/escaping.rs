//! Values inside of URIs and JSON, by the names of their keys and where they come from.

use super::{findings, flux, look};

/// An `ExternalSecret` whose template of `K` is this text, with these lines below `spec`.
fn fixture(text: &str, spec: &str) -> String {
    format!(
        "//- flux/root.yaml\n{}//- app/a.yaml\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\n\
         metadata: {{name: db, namespace: app}}\nspec:\n  \
         secretStoreRef: {{name: kv, kind: ClusterSecretStore}}\n  target:\n    template:\n      \
         data:\n        K: '{text}'\n{spec}",
        flux("app", "app", "")
    )
}

#[test]
fn keys_may_say_that_their_values_need_no_percent_encoding() {
    for (key, expected) in [
        ("sslmode", 0),
        ("DB_REGION", 0),
        ("SMTP_PASSWORD_URL_ENCODED", 0),
        ("PASSWORD_URLENCODE", 0),
        ("password_urlencoded", 0),
        ("password_encoded", 1),
        ("url_password", 1),
        ("username", 1),
    ] {
        let text = format!("postgresql://h/d?a={{{{ .{key} }}}}");
        let spec = format!("  data: [{{secretKey: {key}, remoteRef: {{key: k}}}}]\n");
        assert_eq!(look("unescaped-in-uri", &fixture(&text, &spec)).len(), expected, "{key}");
    }
}

#[test]
fn tokens_for_registries_need_no_escaping_in_json() {
    let quay = "  dataFrom:\n    - sourceRef: {generatorRef: {kind: QuayAccessToken, name: g}}\n";
    let other = quay.replace("QuayAccessToken", "Password");
    let extract = format!("{quay}    - extract: {{key: all}}\n");
    let own = format!("{quay}  data: [{{secretKey: auth, remoteRef: {{key: k}}}}]\n");
    for (spec, expected) in [(quay, 0), (&other, 1), (&extract, 1), (&own, 1)] {
        let fixture = fixture(r#"{"auths": {"q": {"auth": "{{ .auth }}"}}}"#, spec);
        assert_eq!(look("unescaped-in-json", &fixture).len(), expected, "{spec}");
    }
}

#[test]
fn a_key_in_pem_may_stand_escaped_in_the_vault() {
    for (key, expected) in [
        ("password", "safe"),
        ("PRIVATE_KEY_PEM", "unsafe"),
        ("tls-privateKey", "unsafe"),
        ("temperature", "safe"),
    ] {
        let text = format!("{{\"a\": \"{{{{ index . \"{key}\" }}}}\"}}");
        let spec = format!("  data: [{{secretKey: {key}, remoteRef: {{key: k}}}}]\n");
        let found = findings(&fixture(&text, &spec));
        let found = found.iter().find(|finding| finding.rule == "unescaped-in-json");
        let fix = found.and_then(|finding| finding.fix.as_ref());
        let safety = fix.map(|fix| format!("{:?}", fix.safety).to_lowercase());
        assert_eq!(safety.as_deref(), Some(expected), "{key}");
    }
}

/// How many values in a URI and in JSON need escaping, where `password` is the entry `db` of this
/// Terraform.
fn needed(terraform: &str, read: &str) -> (usize, usize) {
    let store = "//- app/store.yaml\napiVersion: external-secrets.io/v1\nkind: ClusterSecretStore\n\
         metadata: {name: kv}\nspec: {provider: {azurekv: {vaultUrl: 'https://kv-a.vault.azure.net'}}}\n";
    let count = |rule: &str, text: &str| {
        let declared = "terraform {\n  backend \"azurerm\" {}\n}\n";
        let read = fixture(text, read);
        look(rule, &format!("//- infra/main.tf\n{declared}{terraform}{store}{read}")).len()
    };
    let uri = count("unescaped-in-uri", "postgresql://app:{{ .password }}@db:5432/app");
    let json = count("unescaped-in-json", r#"{"password": "{{ .password }}"}"#);
    (uri, json)
}

const READ: &str = "  data: [{secretKey: password, remoteRef: {key: db}}]\n";

#[test]
fn what_terraform_draws_is_known_to_need_no_escaping() {
    let entry = |value: &str, more: &str| {
        format!(
            "resource \"azurerm_key_vault_secret\" \"db\" {{\n  name = \"db\"\n  value = {value}\n  \
             key_vault_id = \"/x/vaults/kv-a\"\n{more}}}\n"
        )
    };
    let drawn = |arguments: &str| {
        let password = "resource \"random_password\" \"db\" {\n  length = 20\n";
        format!("{password}{arguments}}}\n{}", entry("random_password.db.result", ""))
    };
    for (terraform, expected) in [
        (drawn("  special = false\n"), (0, 0)),
        (drawn(""), (1, 0)),
        (drawn("  override_special = \"-_\"\n"), (0, 0)),
        (drawn("  override_special = \"\\\"\"\n"), (1, 1)),
        (drawn("  special = var.special\n"), (1, 1)),
        (entry("\"p@ss\"", ""), (1, 0)),
        (entry("\"sesame\"", ""), (0, 0)),
        (entry("var.password", ""), (1, 1)),
        (entry("\"sesame\"", "  lifecycle {\n    ignore_changes = [value]\n  }\n"), (1, 1)),
        (entry("random_uuid.db.result", "}\nresource \"random_uuid\" \"db\" {\n"), (0, 0)),
        (String::new(), (1, 1)),
    ] {
        assert_eq!(needed(&terraform, READ), expected, "{terraform}");
    }
}

#[test]
fn a_property_keeps_to_an_alphabet_of_its_own() {
    let terraform = "resource \"random_password\" \"db\" {\n  special = false\n}\n\
        module \"db\" {\n  source = \"./db\"\n  password = random_password.db.result\n}\n\
        //- infra/db/main.tf\nvariable \"password\" {}\nvariable \"token\" {}\n\
        resource \"azurerm_key_vault_secret\" \"db\" {\n  name = \"db\"\n  \
        value = jsonencode({password = sensitive(var.password), token = var.token})\n  \
        key_vault_id = \"/x/vaults/kv-a\"\n}\n";
    let property = |name: &str| READ.replace("key: db", &format!("key: db, property: {name}"));
    assert_eq!(needed(terraform, &property("password")), (0, 0));
    assert_eq!(needed(terraform, &property("token")), (1, 1));
    assert_eq!(needed(terraform, "  dataFrom: [{extract: {key: db}}]\n"), (0, 0));
    assert_eq!(needed(terraform, READ), (1, 1));
}

#[test]
fn a_generator_says_what_it_draws_from() {
    for (generator, expected) in [
        ("spec: {length: 32}", (1, 1)),
        ("spec: {symbols: 0}", (0, 0)),
        ("spec: {symbolCharacters: '-_@'}", (1, 0)),
        ("spec: {encoding: hex}", (0, 0)),
        ("spec: {encoding: base64}", (1, 0)),
        ("spec: {symbols: 0, prefix: 'a/'}", (1, 0)),
    ] {
        for (kind, namespace, spec) in [
            ("Password", "app", generator.to_owned()),
            (
                "ClusterGenerator",
                "",
                format!("spec: {{kind: Password, generator: {{passwordS{}}}}}", &generator[1..]),
            ),
        ] {
            let own = format!(
                "  dataFrom:\n    - sourceRef: {{generatorRef: {{kind: {kind}, name: g}}}}\n---\n\
                 apiVersion: generators.external-secrets.io/v1alpha1\nkind: {kind}\n\
                 metadata: {{name: g, namespace: '{namespace}'}}\n{spec}\n"
            );
            assert_eq!(needed("", &own), expected, "{kind} {spec}");
            let other = own.replace("metadata: {name: g", "metadata: {name: h");
            assert_eq!(needed("", &other), (1, 1), "{kind} {spec}");
        }
    }
}
