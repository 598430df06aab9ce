//! Corners of `connection-fields`: what a template composes, and what of it is known.

use std::collections::BTreeMap;
use std::path::Path;

use expect_test::{Expect, expect};
use jiff::civil::date;
use sealine_engine::{Collected, analyse, collect, config, judge_all};
use sealine_source::FileName;

/// Holds what is said of a template, as `severity: message: label` and the repair.
#[track_caller]
fn check(template: &str, expected: &Expect) {
    let manifest = format!(
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n\
         metadata: {{name: app, namespace: airflow}}\nspec:\n  \
         secretStoreRef: {{name: kv, kind: ClusterSecretStore}}\n  target:\n    template:\n      \
         data:\n        AIRFLOW_CONN_A: |-\n          {template}\n  \
         dataFrom: [{{extract: {{key: app}}}}]\n"
    );
    let config = config::read(FileName::new("repo", "sealine.yaml"), "", Path::new(""));
    let config = config.expect("no settings are right");
    let project = collect::from_memory([("repo", "app.yaml", manifest.as_str())]);
    let analysis = analyse(Collected { project, ..Collected::default() }, &config);
    let found = judge_all(&analysis, &config, &BTreeMap::new(), date(2026, 1, 1)).findings;
    let own = found.iter().filter(|found| found.rule == "connection-fields");
    let lines = own.map(|found| {
        let at = &manifest[found.place.range().bytes()];
        let at = if at.contains('\n') { "…" } else { at };
        let fix = found.fix.as_ref().map_or(String::new(), |fix| format!(" [{}]", fix.title));
        let severity = found.severity.name();
        format!("{severity}: {}: {} @ {at}{fix}\n", found.message, found.label)
    });
    expected.assert_eq(&lines.collect::<String>());
}

const NOTHING: Expect = expect![""];

#[test]
fn keys_of_the_json_form() {
    check(
        r#"{"conn_type": "http", "user": "a", "extras": {}}"#,
        &expect![[r#"
        error: `user` is no key of a connection, in `AIRFLOW_CONN_A`: Airflow refuses the value: the connection isn't defined @ "user" [write `login`]
        error: `extras` is no key of a connection, in `AIRFLOW_CONN_A`: Airflow refuses the value: the connection isn't defined @ "extras" [write `extra`]
    "#]],
    );
    check(
        r#"{"conn_type": "http", "user": "a", "login": "b"}"#,
        &expect![[r#"
        error: `user` is no key of a connection, in `AIRFLOW_CONN_A`: Airflow refuses the value: the connection isn't defined @ "user"
    "#]],
    );
    // Two that mean the same cannot both have its name.
    check(
        r#"{"conn_type": "http", "user": "a", "username": "b"}"#,
        &expect![[r#"
        error: `user` is no key of a connection, in `AIRFLOW_CONN_A`: Airflow refuses the value: the connection isn't defined @ "user"
        error: `username` is no key of a connection, in `AIRFLOW_CONN_A`: Airflow refuses the value: the connection isn't defined @ "username"
    "#]],
    );
    check(
        r#"{"conn_type": "http", "login": "a", "login": "b", "host": "x", "host": "x"}"#,
        &expect![[r#"
        warning: `login` stands twice, in `AIRFLOW_CONN_A`: Airflow reads the last one, and not this one @ "login"
    "#]],
    );
    check(
        r#"{"conn_type": "salesforce", "consumer_key": {{ .k | toJson }}}"#,
        &expect![[r#"
        error: `consumer_key` is no key of a connection, in `AIRFLOW_CONN_A`: Airflow refuses the value: the connection isn't defined @ "consumer_key"
    "#]],
    );
    check(
        r#"{"conn_id": "a"}"#,
        &expect![[r#"
        error: `conn_id` is no key of a connection, in `AIRFLOW_CONN_A`: Airflow refuses the value: the connection isn't defined @ "conn_id"
    "#]],
    );
    check(r#"{"{{ .key }}": "a"}"#, &NOTHING);
    check(r#"{"uri": "http://a"}"#, &NOTHING);
}

#[test]
fn texts_that_are_no_connections() {
    check(
        "{'conn_type': 'http', 'password': {{ .p | toJson }}}",
        &expect![[r#"
            error: `AIRFLOW_CONN_A` is not JSON: a key in double quotes is missing: Airflow refuses the value: the connection isn't defined @ '
        "#]],
    );
    check(
        r#"{"conn_type": "http" "password": {{ .p | toJson }}}"#,
        &expect![[r#"
            error: `AIRFLOW_CONN_A` is not JSON: `,` or `}` is missing: Airflow refuses the value: the connection isn't defined @ "
        "#]],
    );
    // What is printed may be what is missing.
    check(r#"{"conn_type": "http" {{ .rest }} }"#, &NOTHING);
    check(
        r#"{"conn_type": "http", "port": "x"}"#,
        &expect![[r#"
        error: the port is not a number, in `AIRFLOW_CONN_A`: Airflow refuses the value: the connection isn't defined @ "x"
    "#]],
    );
    check(r#"{"conn_type": "http", "port": {{ .port }}, "login": "{{ .l }}"}"#, &NOTHING);
    check(
        "google_cloud_platform://?key_path={{ .path | urlquery }}",
        &expect![[r#"
        error: `google_cloud_platform` is no scheme of a URI, in `AIRFLOW_CONN_A`: read as a path: the connection has neither type nor host @ google_cloud_platform [write `google-cloud-platform`]
    "#]],
    );
    check(
        "http://a:b/c@d",
        &expect![[r#"
        error: `AIRFLOW_CONN_A` is no connection: the port is not a number: Airflow refuses the value: the connection isn't defined @ http://a:b/c@d
    "#]],
    );
    check("http://a:{{ .p }}@d:{{ .port }}/e", &NOTHING);
    check("{{ .uri }}", &NOTHING);
    check("postgres://{{ if .a }}x{{ end }}", &NOTHING);
}

#[test]
fn ways_to_log_in() {
    let key = r#""consumer_key": {{ .k | toJson }}, "consumer_secret": {{ .s | toJson }}"#;
    let salesforce = |rest: &str, extra: &str| {
        format!(r#"{{"conn_type": "salesforce"{rest}, "extra": {{{extra}}}}}"#)
    };
    check(
        &salesforce("", key),
        &expect![[r#"
        error: `AIRFLOW_CONN_A` completes no way to log in to Salesforce: client credentials wants `domain` @ "salesforce"
    "#]],
    );
    check(
        &salesforce("", &format!(r#"{key}, "domain": "test""#)),
        &expect![[r#"
        error: `AIRFLOW_CONN_A` completes no way to log in to Salesforce: client credentials wants another `domain` than `test` @ "test"
    "#]],
    );
    check(
        &salesforce("", &format!(r#"{key}, "domain": "acme.my.salesforce.com""#)),
        &expect![[r#"
            error: `AIRFLOW_CONN_A` completes no way to log in to Salesforce: client credentials wants another `domain` than `acme.my.salesforce.com` @ "acme.my.salesforce.com"
        "#]],
    );
    check(&salesforce("", &format!(r#"{key}, "domain": "{{{{ .d }}}}""#)), &NOTHING);
    check(&salesforce("", &format!(r#"{key}, "domain": "acme.my""#)), &NOTHING);
    check(
        &salesforce(r#", "login": "a", "password": {{ .p | toJson }}"#, ""),
        &expect![[r#"
        error: `AIRFLOW_CONN_A` completes no way to log in to Salesforce: password and token wants `security_token` @ "salesforce"
    "#]],
    );
    check(
        &salesforce(r#", "login": "a""#, r#""consumer_key": "k", "privat_key": "x""#),
        &expect![[r#"
            error: `AIRFLOW_CONN_A` completes no way to log in to Salesforce: signed token wants `private_key_file_path` or `private_key` @ "salesforce"
            warning: the hook of `salesforce` does not read the extra `privat_key`: in `AIRFLOW_CONN_A` @ "privat_key" [write `private_key`]
        "#]],
    );
    // The code may bring a session along.
    check(&salesforce("", r#""instance_url": "https://a""#), &NOTHING);
    // Code of one's own reads the token.
    check(
        &salesforce("", r#""refresh_token": "a", "client_id": "b""#),
        &expect![[r#"
        warning: `AIRFLOW_CONN_A` completes no way to log in to Salesforce: password and token wants `login`, `password`, `security_token` @ "salesforce"
    "#]],
    );
    check(r#"{"conn_type": "salesforce", "extra": {{ .extra }}}"#, &NOTHING);
    check(
        r#"{"conn_type": "slack", "extra": {"timeout": 5}}"#,
        &expect![[r#"
        error: `AIRFLOW_CONN_A` completes no way to log in to Slack API: token wants `password` @ "slack"
    "#]],
    );
    check("slack://:{{ .token | urlquery }}@", &NOTHING);
    check(
        "salesforce://a:{{ .p | urlquery }}@?domain=test",
        &expect![[r#"
        error: `AIRFLOW_CONN_A` completes no way to log in to Salesforce: password and token wants `security_token` @ salesforce://a:{{ .p | urlquery }}@?domain=test
    "#]],
    );
}

#[test]
fn extras_that_the_hook_does_not_read() {
    check(
        r#"{"conn_type": "azure", "login": "a", "extra": {"tenant_id": "b", "subscription_id": "c"}}"#,
        &expect![[r#"
            warning: the hook of `azure` does not read the extra `tenant_id`: in `AIRFLOW_CONN_A` @ "tenant_id" [write `tenantId`]
            warning: the hook of `azure` does not read the extra `subscription_id`: in `AIRFLOW_CONN_A` @ "subscription_id" [write `subscriptionId`]
        "#]],
    );
    check(r#"{"conn_type": "azure", "extra": {"extra__azure__tenantId": "b"}}"#, &NOTHING);
    check(r#"{"conn_type": "postgres", "extra": {"ssl_mode": "require"}}"#, &NOTHING);
    check(r#"{"conn_type": "azure", "extra": {"mine": "b"}}"#, &NOTHING);
    check(r#"{"conn_type": "of_my_own", "extra": {"tenant_id": "b"}}"#, &NOTHING);
}
