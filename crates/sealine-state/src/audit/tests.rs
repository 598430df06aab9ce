//! What fires and, more so, what does not.

use std::fmt::Write as _;

use super::*;

/// One line for each finding: its place and its reasons.
fn found(text: &str) -> String {
    let audit = audit(text.as_bytes()).expect("a state");
    let mut out = String::new();
    for found in &audit.findings {
        let reasons: Vec<&str> = found.reasons.iter().map(Reason::name).collect();
        let _ = write!(out, "{}: {}", found.place(), reasons.join(" "));
        if !found.same_as.is_empty() {
            let _ = write!(out, " = {}", found.same_as.join(" "));
        }
        out.push('\n');
    }
    out
}

fn state(resources: &str) -> String {
    format!(
        r#"{{"version": 4, "serial": 1, "lineage": "l", "outputs": {{}}, "resources": [{resources}]}}"#
    )
}

fn resource(kind: &str, attributes: &str, marks: &str) -> String {
    format!(
        r#"{{"mode": "managed", "type": "{kind}", "name": "x", "instances": [
            {{"attributes": {attributes}, "sensitive_attributes": [{marks}]}}]}}"#
    )
}

fn in_resource(kind: &str, attributes: &str) -> String {
    found(&state(&resource(kind, attributes, "")))
}

#[test]
fn marks_fold_at_lists_of_blocks_and_not_at_maps() {
    let path = |steps: &str| {
        let steps =
            steps.split('.').map(|step| format!(r#"{{"type": "get_attr", "value": "{step}"}}"#));
        format!("[{}]", steps.collect::<Vec<_>>().join(","))
    };
    let attributes = r#"{"id": "x", "kube": [{"host": "h", "word": "w"}], "data": {"a": "1", "b": ""},
        "pin": 1234, "empty": "", "nothing": null, "later": "changeme"}"#;
    let marks = ["kube", "data", "pin", "empty", "nothing", "later"].map(path).join(",");
    let got = found(&state(&resource("some_thing", attributes, &marks)));
    assert_eq!(
        got,
        "some_thing.x.data.a: marked\nsome_thing.x.kube: marked\nsome_thing.x.pin: marked\n"
    );
    let index = r#"[{"type": "get_attr", "value": "user"}, {"type": "index", "value":
        {"value": 1, "type": "number"}}, {"type": "get_attr", "value": "word"}]"#;
    let attributes = r#"{"user": [{"word": "a"}, {"word": "b"}]}"#;
    let got = found(&state(&resource("some_thing", attributes, index)));
    assert_eq!(got, "some_thing.x.user[1].word: marked\n");
}

#[test]
fn listed_attributes_need_no_mark_and_keep_their_conditions() {
    let got = in_resource("azurerm_key_vault_secret", r#"{"name": "n", "value": "hunter2"}"#);
    assert_eq!(got, "azurerm_key_vault_secret.x.value: known-attribute\n");
    let parameter = |kind: &str| {
        in_resource("aws_ssm_parameter", &format!(r#"{{"type": "{kind}", "value": "hunter2"}}"#))
    };
    assert_eq!(parameter("SecureString"), "aws_ssm_parameter.x.value: known-attribute\n");
    assert_eq!(parameter("String"), "");
    let written_only = r#"{"value": "", "value_wo": null, "value_wo_version": 1}"#;
    assert_eq!(in_resource("azurerm_key_vault_secret", written_only), "");
}

#[test]
fn what_lets_nobody_in_never_fires() {
    let certificate = "-----BEGIN CERTIFICATE-----\\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0B\\n-----END CERTIFICATE-----\\n";
    let attributes = format!(
        r#"{{
        "id": "/subscriptions/0a6e2bd5-6d4e-4a8c-9a8f-3a2b1c0d9e8f/resourceGroups/rg/providers/X",
        "arn": "arn:aws:iam::123456789012:role/AWSServiceRoleForAutoScaling",
        "secret_arn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf",
        "etag": "\"5d41402abc4b2a76b9719d911017c592\"",
        "source_code_hash": "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
        "ca": "{certificate}",
        "cluster_ca_certificate": "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUR2VENDQXFXZ0F3SUJBZ0lVZjZk",
        "kubeconfig": "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUR2VEND\n",
        "public_key": "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 user@host",
        "public_key_openssh": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0p",
        "fingerprint": "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8",
        "key_id": "1234abcd-12ab-34cd-56ef-1234567890ab",
        "access_key": "AKIAQ7XN2ZLK5PT3VW4B",
        "endpoint": "https://user@host.example.com/path",
        "template": "postgres://${{user}}:${{password}}@host/db",
        "documented": "use postgres://user:password@host/db",
        "image": "registry.example.com/team/app@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "policy": "{{\"Statement\":[{{\"Action\":[\"secretsmanager:GetSecretValue\"],\"Sid\":\"AllowSecretRead2024\"}}]}}",
        "token_url": "https://login.microsoftonline.com/0a6e2bd5/oauth2/token",
        "password_hash": "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
        "ciphertext": "AQICAHhwm0YaISJeRtJm5n1G6uqeekXuoXXPe5UFce9Rq8/14wGb2mXkOp8Qd8yG1v9",
        "jwks": "{{\"keys\":[{{\"kty\":\"RSA\",\"n\":\"u1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0\",\"e\":\"AQAB\"}}]}}",
        "version_id": "EXAMPLE1-90ab-cdef-fedc-ba987EXAMPLE",
        "user_data": "d4f5e6a7b8c9d0e1f2a3b4c5d6e7f8a9b0c1d2e3",
        "random_hex": "9c1185a5c5e9fc54612808977ee8f548b2258d31"}}"#
    );
    assert_eq!(in_resource("some_thing", &attributes), "");
}

#[test]
fn forms_of_secrets_are_known_wherever_they_lie() {
    let key = format!(
        "-----BEGIN RSA PRIVATE KEY-----\\n{}\\n-----END RSA PRIVATE KEY-----\\n",
        "MIIEpAIBAAKCAQEAx9Kq2Lm8Vt4Rw6Yz1Bn3".repeat(3)
    );
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
    for (text, form) in [
        (key.as_str(), "private key"),
        (&format!("#!/bin/sh\\nexport TOKEN={token}\\n"), "JSON web token"),
        (
            "postgresql://app:kx7Qm2v9Lp4z@db.internal:5432/app?sslmode=require",
            "URI with a password",
        ),
        (
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;EndpointSuffix=core.windows.net",
            "Azure storage connection string",
        ),
        (
            "Endpoint=sb://n.servicebus.windows.net/;SharedAccessKeyName=R;SharedAccessKey=Xc9Zk2mQ8wPl4VbN7tRy1UiOp3AsDfGhJkL5ZxCvBnM=",
            "Azure connection string",
        ),
        ("ghp_x9Kq2Lm8Vt4Rw6Yz1Bn3x9Kq2Lm8Vt4Rw6Yz", "GitHub token"),
        (
            "https://hooks.slack.com/services/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",
            "Slack webhook",
        ),
        (
            "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX",
            "age identity",
        ),
    ] {
        let text = state(&resource("some_thing", &format!(r#"{{"note": "{text}"}}"#), ""));
        let audit = audit(text.as_bytes()).expect("a state");
        let reasons = audit.findings.first().map(|found| found.reasons.clone());
        assert_eq!(reasons, Some(vec![Reason::Shape(form)]), "{form}");
    }
    let hidden = "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpNSUlFcEFJQkFBS0NBUUVBeDlLcTJMbThWdDRSdzZZejFCbjNNSUlFcEFJQkFBS0NBUUVBeAotLS0tLUVORCBSU0EgUFJJVkFURSBLRVktLS0tLQo=";
    assert_eq!(in_resource("t", &format!(r#"{{"client": "{hidden}"}}"#)), "t.x.client: form\n");
}

#[test]
fn names_are_found_in_maps_in_pairs_and_in_texts_of_json() {
    let text = r#"[{\"name\":\"app\",\"environment\":[{\"name\":\"DB_PASSWORD\",\"value\":\"kx7Qm2v9Lp4z\"},{\"name\":\"LEVEL\",\"value\":\"kx7Qm2v9Lp4z\"}]}]"#;
    let got = in_resource(
        "aws_ecs_task_definition",
        &format!(r#"{{"container_definitions": "{text}"}}"#),
    );
    let expected = "aws_ecs_task_definition.x.container_definitions[0].environment[0].value: name-and-entropy\n";
    assert_eq!(got, expected);
    let variables =
        r#"{"environment": [{"variables": {"API_KEY": "f8sK29dkQlz0PqmX71vY", "A": "b"}}]}"#;
    let got = in_resource("aws_lambda_function", variables);
    assert_eq!(got, "aws_lambda_function.x.environment[0].variables.API_KEY: name-and-entropy\n");
}

#[test]
fn the_same_value_is_found_elsewhere_without_a_name() {
    let secret = "x9Kq2Lm8+Vt4Rw6Yz1Bn3";
    let made =
        resource("random_password", &format!(r#"{{"result": "{secret}", "length": 20}}"#), "");
    let used =
        resource("some_thing", &format!(r#"{{"note": "{secret}", "user": "postgres"}}"#), "");
    let text = format!(
        r#"{{"version": 4, "serial": 1, "resources": [{made}, {used}],
            "outputs": {{"open": {{"value": {{"in": "{secret}"}}}}, "ip": {{"value": "10.0.0.1"}},
            "marked": {{"value": "w", "sensitive": true}}}}}}"#
    );
    let expected = "output.marked: marked\n\
        output.open.in: equal = random_password.x.result\n\
        random_password.x.result: known-attribute = output.open.in some_thing.x.note\n\
        some_thing.x.note: equal = random_password.x.result\n";
    assert_eq!(found(&text), expected);
    let audit = audit(text.as_bytes()).expect("a state");
    assert!(!format!("{audit:?}").contains(secret));
}

#[test]
fn addresses_are_those_of_the_program() {
    let text = state(
        r#"{"module": "module.a[\"k\"].module.b", "mode": "data", "type": "aws_secretsmanager_secret_version",
            "name": "x", "instances": [
            {"index_key": 0, "attributes": {"secret_string": "hunter2"}},
            {"index_key": "eu west", "deposed": "00112233", "attributes": {"secret_string": "hunter3"}}]}"#,
    );
    let expected = "module.a[\"k\"].module.b.data.aws_secretsmanager_secret_version.x[\"eu west\"] \
        (deposed 00112233).secret_string: known-attribute\n\
        module.a[\"k\"].module.b.data.aws_secretsmanager_secret_version.x[0].secret_string: known-attribute\n";
    assert_eq!(found(&text), expected);
    let audit = audit(text.as_bytes()).expect("a state");
    assert!(
        audit.findings[0].way_out.contains("`ephemeral \"aws_secretsmanager_secret_version\"`")
    );
}

#[test]
fn plans_and_what_show_prints_are_read_too() {
    let values = r#"{"root_module": {"resources": [{"address": "random_password.p", "mode": "managed",
        "type": "random_password", "name": "p", "values": {"result": "hunter2"}, "sensitive_values": {"result": true}}],
        "child_modules": [{"address": "module.m", "resources": [{"address": "module.m.t.x", "mode": "managed",
        "type": "t", "values": {"w": "one"}, "sensitive_values": {"w": true}}]}]}}"#;
    let shown = format!(r#"{{"format_version": "1.0", "values": {values}}}"#);
    let resources = "module.m.t.x.w: marked\nrandom_password.p.result: marked known-attribute\n";
    assert_eq!(found(&shown), resources);
    let plan = format!(
        r#"{{"format_version": "1.2", "variables": {{"db_password": {{"value": "kx7Qm2v9Lp4z"}}}},
            "planned_values": {values}, "prior_state": {{"values": {values}}},
            "resource_changes": [{{"address": "t.y", "mode": "managed", "type": "t", "change":
            {{"actions": ["update"], "before": {{"w": "old"}}, "after": {{"w": "new"}},
            "before_sensitive": {{"w": true}}, "after_sensitive": false}}}}]}}"#
    );
    assert_eq!(
        found(&plan),
        format!("{resources}t.y.w: marked\nvar.db_password: name-and-entropy\n")
    );
}

#[test]
fn what_is_no_state_is_refused_and_an_encrypted_one_has_nothing_to_see() {
    let encrypted =
        audit(br#"{"serial": 3, "lineage": "l", "meta": {}, "encrypted_data": "AAAA"}"#);
    let encrypted = encrypted.expect("an encrypted state");
    assert_eq!((encrypted.form, encrypted.head.serial), (Form::Encrypted, Some(3)));
    assert!(matches!(audit(br#"{"version": 3, "serial": 1}"#), Err(AuditError::Version(3))));
    assert!(matches!(audit(br#"{"kind": "x"}"#), Err(AuditError::Unknown)));
    assert!(matches!(audit(br#"{"version": 4, "ser"#), Err(AuditError::Broken(_))));
    assert_eq!(audit(b"").expect("an empty state").looked_at, 0);
    for odd in [
        r#"{"version": 4, "serial": 1, "resources": [1, null, {"instances": 3}, {"instances": [7, {"attributes": []}]}]}"#,
        r#"{"version": 4, "serial": 1, "outputs": {"a": 1, "b": {}}}"#,
        r#"{"version": 4, "serial": 1, "resources": [{"type": "t", "instances": [{"attributes": {"a": "b"}, "sensitive_attributes": {"x": [[1]]}}]}]}"#,
        r#"{"version": 4, "serial": 1, "resources": [{"type": "t", "instances": [{"attributes": {"a": "b"}, "sensitive_attributes": [1, [2], [{"value": {}}]]}]}]}"#,
    ] {
        assert!(audit(odd.as_bytes()).is_ok(), "{odd}");
    }
}
