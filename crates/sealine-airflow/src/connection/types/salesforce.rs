//! Salesforce, whose library picks the first way to log in for which it has the fields.

use super::{ConnectionType, Flow, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[ConnectionType {
    name: "salesforce",
    title: "Salesforce",
    provider: ("apache-airflow-providers-salesforce", "5.15.1"),
    fields: &[field("login", "the user"), secret("password", "the password of the user")],
    extras: &[
        secret("security_token", "the user's security token"),
        field(
            "domain",
            "`login`, `test` for a sandbox, or the organisation's My Domain without its suffix: `acme.my` for `https://acme.my.salesforce.com`",
        ),
        field("consumer_key", "the key of the connected app"),
        secret("consumer_secret", "its secret"),
        secret("private_key", "a key in PEM, with real line breaks"),
        field("private_key_file_path", "the path of such a key"),
        field("organization_id", "the organisation, where the address is trusted"),
        field("instance", "the host of a session that exists"),
        field(
            "instance_url",
            "the whole URL of a session that exists; for a JSON Web Token the bare prefix, as `domain`",
        ),
        field("client_id", "how the client calls itself; not the key of the app"),
        field("version", "such as `59.0`, without `v`"),
        field("proxies", "object: proxies by scheme"),
    ],
    others: Others::Ignored,
    flows: &[
        flow(
            "password and token",
            &[&["login"], &["password"], &["security_token"]],
            "SOAP login; the token follows the password",
        ),
        Flow {
            in_code: Some("`session_id` of the hook's constructor"),
            ..flow(
                "session",
                &[&["instance", "instance_url"]],
                "a session that the code brings along; no field of a connection holds it",
            )
        },
        flow(
            "trusted address",
            &[&["login"], &["password"], &["organization_id"]],
            "SOAP login from an address that the organisation trusts",
        ),
        Flow {
            versions: &[
                ("apache-airflow-providers-salesforce", "5.10.0"),
                ("simple-salesforce", "1.12.2"),
            ],
            ..flow(
                "password grant",
                &[&["login"], &["password"], &["consumer_key"], &["consumer_secret"]],
                "OAuth with the user's password; new organisations block it",
            )
        },
        flow(
            "signed token",
            &[&["login"], &["consumer_key"], &["private_key_file_path", "private_key"]],
            "OAuth with a JSON Web Token that the key signs",
        ),
        Flow {
            refuses: &[("domain", &["login", "test", "*://*", "*.salesforce.com"])],
            versions: &[
                ("apache-airflow-providers-salesforce", "5.10.0"),
                ("simple-salesforce", "1.12.5"),
            ],
            ..flow(
                "client credentials",
                &[&["consumer_key"], &["consumer_secret"], &["domain"]],
                "OAuth with key and secret alone; the app needs a user to run as, and `domain` must be My Domain",
            )
        },
    ],
    exhaustive: true,
    notes: &[
        "no field takes a refresh token: the hook has no way to use one",
        "key and secret alone select client credentials only with `domain` set to the organisation's My Domain; without it the error speaks of a security token",
        "the provider asks for any `simple-salesforce`, so an old pin silently removes flows",
    ],
    sample: &[
        ("consumer_key", Sample::Vault),
        ("consumer_secret", Sample::Vault),
        ("domain", Sample::Text("example.my")),
    ],
}];
