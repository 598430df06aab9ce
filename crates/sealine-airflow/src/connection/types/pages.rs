//! Services that wake people.

use super::{ConnectionType, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[
    ConnectionType {
        name: "opsgenie",
        title: "Opsgenie",
        provider: ("apache-airflow-providers-opsgenie", "5.11.1"),
        fields: &[field("host", "another host than the public one"), secret("password", "the key")],
        extras: &[],
        others: Others::Ignored,
        flows: &[flow("key", &[&["password"]], "the key of an integration")],
        exhaustive: false,
        notes: &[],
        sample: &[("password", Sample::Vault)],
    },
    ConnectionType {
        name: "pagerduty",
        title: "PagerDuty",
        provider: ("apache-airflow-providers-pagerduty", "5.3.1"),
        fields: &[secret("password", "the key")],
        extras: &[secret("routing_key", "the key of an integration")],
        others: Others::Ignored,
        flows: &[flow("key", &[&["password"]], "the key of the interface")],
        exhaustive: false,
        notes: &[],
        sample: &[("password", Sample::Vault)],
    },
    ConnectionType {
        name: "pagerduty_events",
        title: "PagerDuty events",
        provider: ("apache-airflow-providers-pagerduty", "5.3.1"),
        fields: &[secret("password", "the key of the integration")],
        extras: &[],
        others: Others::Ignored,
        flows: &[flow("key", &[&["password"]], "the key of the integration")],
        exhaustive: false,
        notes: &[],
        sample: &[("password", Sample::Vault)],
    },
];
