//! Slack: its interface, and incoming webhooks.

use super::{ConnectionType, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[
    ConnectionType {
        name: "slack",
        title: "Slack API",
        provider: ("apache-airflow-providers-slack", "9.11.1"),
        fields: &[secret("password", "the token")],
        extras: &[
            field("timeout", "seconds"),
            field("base_url", "another URL than the public one"),
            field("proxy", "a proxy"),
        ],
        others: Others::Ignored,
        flows: &[flow("token", &[&["password"]], "the token of a bot or a user")],
        exhaustive: true,
        notes: &[],
        sample: &[("password", Sample::Vault)],
    },
    ConnectionType {
        name: "slackwebhook",
        title: "Slack incoming webhook",
        provider: ("apache-airflow-providers-slack", "9.11.1"),
        fields: &[
            field("host", "`hooks.slack.com/services`, unless the password is the whole URL"),
            field("schema", "`https`"),
            secret("password", "`T000/B000/XXX`, or the whole URL"),
        ],
        extras: &[field("timeout", "seconds"), field("proxy", "a proxy")],
        others: Others::Ignored,
        flows: &[flow("webhook", &[&["password"]], "the token of the webhook")],
        exhaustive: true,
        notes: &[],
        sample: &[
            ("password", Sample::Vault),
            ("host", Sample::Text("hooks.slack.com/services")),
            ("schema", Sample::Text("https")),
        ],
    },
];
