//! Files that programs take from Secrets though nothing in them is one: what Prometheus scrapes, where
//! Alertmanager sends to, what roles of Elasticsearch may do, the pipelines of Logstash.
//!
//! Invariant: a field that may hold a credential makes the whole file one that does.

use sealine_model::{
    is_answer, is_email, is_plain_address, is_word, names_credential, names_no_secret,
};
use sealine_yaml::Node;

use super::in_clear::{all_scalars, is_document, is_path};

/// Returns whether a text is such a file.
pub(super) fn is_public_file_of_a_program(text: &str) -> bool {
    lists_targets(text) || routes_alerts(text) || describes_roles(text) || is_pipeline(text)
}

/// Whether a text says in YAML where Prometheus looks for something and how often, and nothing that it
/// would have to show there.
fn lists_targets(text: &str) -> bool {
    const PARAMETERS: [&str; 5] = ["collect[]", "format", "match[]", "module", "target"];
    let is_job = |item: &Node| item.get("job_name").or_else(|| item.get("targets")).is_some();
    let is_public = |key: &str, text: &str| {
        let is_place = key.ends_with("_file") && is_path(text);
        let is_address = text.contains("://") && !is_plain_address(text);
        is_answer(text) || is_place || !names_credential(key) && !is_address && !text.contains('@')
    };
    (text.contains("job_name:") || text.contains("targets:"))
        && is_document(text, |root| {
            !root.items().is_empty()
                && root.items().iter().all(is_job)
                && all_parameters(root, &PARAMETERS)
                && all_scalars(root, "", &is_public)
        })
}

/// Whether what is asked for in queries are parameters of these names. Recurses no deeper than the tree,
/// which has a limit.
fn all_parameters(node: &Node, known: &[&str]) -> bool {
    node.items().iter().all(|item| all_parameters(item, known))
        && node.entries().all(|entry| {
            let is_known = |key: &Node| key.as_str().is_some_and(|key| known.contains(&key));
            match entry.key.as_str() {
                Some("params") => entry.value.entries().all(|entry| is_known(&entry.key)),
                _ => all_parameters(&entry.value, known),
            }
        })
}

/// Whether a text is a configuration of Alertmanager, as the operator of Prometheus wants it in a Secret,
/// and says no address but those of mail and of a cluster's services, and of a credential no more than
/// who it is for and in which file it lies.
fn routes_alerts(text: &str) -> bool {
    let is_public = |key: &str, text: &str| {
        let is_address = text.contains("://") || text.contains('@');
        let is_place = key.ends_with("_file") && is_path(text);
        let is_user = names_no_secret(key) && is_word(text);
        let is_open = !is_address || is_of_service(text) || is_email(text);
        is_place || is_user || !names_credential(key) && is_open
    };
    text.contains("receivers")
        && is_document(text, |root| {
            root.get("route").is_some() && all_scalars(root, "", &is_public)
        })
}

/// Whether a text is the address of a service of a cluster, `http://web.ns.svc:8080/alerts`.
fn is_of_service(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let mut parts = rest.unwrap_or_default().split('/');
    let host = parts.next().and_then(|host| host.split(':').next()).unwrap_or_default();
    let host = host.strip_suffix(".cluster.local").unwrap_or(host);
    let is_part = |part: &str| part.is_empty() || is_word(part);
    host.rsplit_once('.').is_some_and(|(_, last)| last == "svc") && parts.all(is_part)
}

/// Whether a text says what roles of Elasticsearch may do, as its operator wants it in a Secret.
fn describes_roles(text: &str) -> bool {
    const FIELDS: [&str; 9] = [
        "applications",
        "cluster",
        "description",
        "global",
        "indices",
        "metadata",
        "remote_cluster",
        "remote_indices",
        "run_as",
    ];
    let is_role = |role: &Node| {
        let mut fields = role.entries().map(|entry| entry.key.as_str().unwrap_or_default());
        let grants = role.get("cluster").or_else(|| role.get("indices")).is_some();
        grants && fields.all(|field| FIELDS.contains(&field))
    };
    text.contains("privileges:")
        && is_document(text, |root| {
            root.is_mapping() && root.entries().all(|entry| is_role(&entry.value))
        })
}

/// Whether a text is part of a pipeline of Logstash and speaks of no credential.
fn is_pipeline(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
    let section = first.and_then(|line| line.strip_suffix('{')).map(str::trim);
    matches!(section, Some("input" | "filter" | "output"))
        && !names_credential(text)
        && !text.contains("://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rows: &[(&str, bool)]) {
        for (text, expected) in rows {
            assert_eq!(is_public_file_of_a_program(text), *expected, "{text}");
        }
    }

    #[test]
    fn what_prometheus_scrapes_is_no_secret() {
        check(&[
            ("- job_name: a\n  static_configs: [{targets: ['a.example.com:9100', b]}]\n", true),
            ("- job_name: a\n  basic_auth: {password: hunter2}\n  targets: [b]\n", false),
            ("- job_name: a\n  targets: ['u:hunter2@b']\n", false),
            ("- job_name: a\n  params: {module: [x], token: [y]}\n  targets: [b]\n", false),
            ("- job_name: a\n  params: {module: [x]}\n  targets: [https://b]\n", true),
            ("- job_name: a\n  params: {'match[]': ['{job=~\"a.*\"}']}\n  targets: [b]\n", true),
            ("- job_name: a\n  params: {sig: [hunter2]}\n  targets: [b]\n", false),
            ("- job_name: a\n  targets: [b]\n  labels: {role: hypervisor}\n", true),
            ("- job_name: a\n  targets: [b]\n  labels: {api_key: hunter2}\n", false),
            ("- job_name: a\n  tls_config: {key_file: /tls/a.key, server_name: b}\n", true),
            ("- job_name: a\n  bearer_token_file: hunter2\n  targets: [b]\n", false),
            (
                "- job_name: a\n  http_sd_configs: [{url: 'https://h/T0AbC9dEfGhIjKlMnOpQrStU'}]\n",
                false,
            ),
            ("- a: b\n  targets: [c]\n- d: hunter2\n", false),
        ]);
    }

    #[test]
    fn where_alerts_go_in_a_cluster_is_no_secret() {
        check(&[
            ("route: {receiver: a, matchers: ['a = \"b\"']}\nreceivers:\n- name: a\n", true),
            ("route: {receiver: a}\nreceivers:\n- name: a\n  c: [{routing_key: hunter2}]\n", false),
            ("route: {receiver: a}\nreceivers:\n- name: a\n  c: [{url: 'https://h/T0'}]\n", false),
            ("route: {receiver: a}\nreceivers: [{c: {url: 'http://h.ns.svc:80/a'}}]\n", true),
            ("route: {receiver: a}\nreceivers: [{c: [{to: team@example.com}]}]\n", true),
            ("global: {smtp_auth_username: team@example.com}\nroute: {}\nreceivers: []\n", true),
            ("global: {smtp_auth_password_file: /a/password}\nroute: {}\nreceivers: []\n", true),
            ("global: {smtp_auth_password_file: hunter2}\nroute: {}\nreceivers: []\n", false),
            ("global: {smtp_auth_password: team@example.com}\nroute: {}\nreceivers: []\n", false),
            ("route: {receiver: a}\nreceivers: [{c: {url: 'http://h.ns.svc:80/'}}]\n", true),
            ("route: {receiver: a}\nreceivers: [{c: {url: 'http://u:p@h.ns.svc/a'}}]\n", false),
            ("route: {receiver: a}\nreceivers: [{c: {url: 'http://h.svc/a?t=b'}}]\n", false),
        ]);
    }

    #[test]
    fn roles_and_pipelines_are_no_secrets() {
        check(&[
            ("w:\n  cluster: [monitor]\n  indices: [{names: ['a-*'], privileges: [all]}]\n", true),
            ("w:\n  cluster: [a]\n  privileges: [b]\n", false),
            ("w:\n  indices: [{privileges: [all]}]\n  password: hunter2\n", false),
            ("# in\ninput {\n  beats {\n    port => 5044\n  }\n}\n", true),
            ("filter {\n  grok { match => { \"a\" => \"%{B}\"} }\n}\n", true),
            ("output {\n  http {\n    url => \"https://h/T0\"\n  }\n}\n", false),
            ("input {\n  beats {\n    api_key => hunter2\n  }\n}\n", false),
        ]);
    }
}
