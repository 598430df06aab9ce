//! Kubernetes.

use super::{ConnectionType, Others, Sample, field, flow, secret};

pub(super) static TYPES: &[ConnectionType] = &[ConnectionType {
    name: "kubernetes",
    title: "Kubernetes",
    provider: ("apache-airflow-providers-cncf-kubernetes", "10.25.0"),
    fields: &[],
    extras: &[
        field("in_cluster", "true: the account of the pod"),
        field("kube_config_path", "the path of a configuration"),
        secret("kube_config", "a configuration: JSON as text, or an object"),
        field("namespace", "the namespace of pods"),
        field("cluster_context", "the context to use"),
        field("disable_verify_ssl", "true or false"),
        field("disable_tcp_keepalive", "true or false"),
        field("xcom_sidecar_container_image", "the image of the sidecar"),
        field("xcom_sidecar_container_resources", "its resources, as JSON"),
        field("xcom_sidecar_container_security_context", "its security context, as JSON"),
    ],
    others: Others::Ignored,
    flows: &[
        flow("pod", &[&["in_cluster"]], "the service account of the pod"),
        flow("configuration", &[&["kube_config"]], "a configuration in the connection"),
        flow("file", &[&["kube_config_path"]], "a configuration in a file"),
        flow("default", &[], "the usual places"),
    ],
    exhaustive: false,
    notes: &["at most one of `in_cluster`, `kube_config` and `kube_config_path` may be set"],
    sample: &[("kube_config", Sample::Vault), ("namespace", Sample::Text("jobs"))],
}];
