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
