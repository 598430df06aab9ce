//! HTTP.

use super::{ConnectionType, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[ConnectionType {
    name: "http",
    title: "HTTP",
    provider: ("apache-airflow-providers-http", "6.3.0"),
    fields: &[
        field("host", "the host, or a whole URL"),
        field("port", "its port"),
        field("login", "the user"),
        secret("password", "the password"),
        field("schema", "`http` or `https`; a path put here breaks every URL"),
    ],
    extras: &[
        field("proxies", "object: proxies by scheme"),
        field("proxy", "a proxy"),
        field("stream", "true or false"),
        field("verify", "true, false, or the path of a bundle"),
        field("verify_ssl", "as `verify`, for the asynchronous hook"),
        field("cert", "path of a client certificate"),
        field("max_redirects", "a number"),
        field("trust_env", "true or false"),
        field("timeout", "seconds"),
        field("allow_redirects", "true or false"),
        field("check_response", "false: statuses of errors are no failure"),
        field("srv_lookup", "true: host and port come from an SRV record"),
    ],
    others: Others::PassedOn("as request headers: this is where `Authorization` goes"),
    flows: &[flow(
        "basic",
        &[&["login"]],
        "login and password, by Basic unless the hook is told otherwise",
    )],
    exhaustive: false,
    notes: &[
        "without a login no password is sent",
        "in the JSON form `host` may be a whole URL, `https://api.example.com`",
    ],
    sample: &[
        ("login", Sample::Vault),
        ("password", Sample::Vault),
        ("host", Sample::Text("api.example.com")),
        ("schema", Sample::Text("https")),
    ],
}];
