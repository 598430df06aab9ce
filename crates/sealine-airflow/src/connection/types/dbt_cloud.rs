//! dbt Cloud.

use super::{ConnectionType, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[ConnectionType {
    name: "dbt_cloud",
    title: "dbt Cloud",
    provider: ("apache-airflow-providers-dbt-cloud", "4.11.1"),
    fields: &[
        field("login", "the account's id"),
        secret("password", "the token"),
        field("host", "the tenant"),
    ],
    extras: &[field("proxies", "object: proxies by scheme"), field("timeout", "seconds")],
    others: Others::Ignored,
    flows: &[flow("token", &[&["password"]], "the token of a service")],
    exhaustive: false,
    notes: &[],
    sample: &[("password", Sample::Vault), ("login", Sample::Text("12345"))],
}];
