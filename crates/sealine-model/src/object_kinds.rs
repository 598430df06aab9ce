//! Kinds of Kubernetes as Terraform and rules speak of them: without their groups.
//!
//! Invariant: a kind that is not listed stands in a namespace.

/// Kinds that stand in no namespace.
const CLUSTER_WIDE: &[&str] = &[
    "APIService",
    "CSIDriver",
    "CertificateSigningRequest",
    "ClusterIssuer",
    "ClusterRole",
    "ClusterRoleBinding",
    "ClusterSecretStore",
    "CustomResourceDefinition",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "RuntimeClass",
    "StorageClass",
    "ValidatingWebhookConfiguration",
];

/// Annotations of an `Ingress` that name a Secret as `namespace/name` or `name`.
pub const SECRET_ANNOTATIONS: &[&str] = &[
    "nginx.ingress.kubernetes.io/auth-secret",
    "nginx.ingress.kubernetes.io/auth-tls-secret",
    "nginx.ingress.kubernetes.io/proxy-ssl-secret",
    "ingress.kubernetes.io/auth-secret",
    "haproxy.org/auth-secret",
    "haproxy-ingress.github.io/auth-secret",
];

/// Returns whether objects of this kind have no namespace.
pub fn is_cluster_wide(kind: &str) -> bool {
    CLUSTER_WIDE.contains(&kind)
}

/// Returns the kind of the objects that a type of the Kubernetes provider makes, by what follows
/// `kubernetes_`: `config_map_v1` makes a `ConfigMap`.
pub fn kind_of_type(snake: &str) -> String {
    let is_version = |part: &str| {
        let rest = part.strip_prefix('v').unwrap_or_default();
        rest.starts_with(|next: char| next.is_ascii_digit())
    };
    let word = |part: &str| match part {
        "api" => "API".to_owned(),
        "csi" => "CSI".to_owned(),
        part => {
            let mut letters = part.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters).collect()
        }
    };
    snake.split('_').take_while(|part| !is_version(part)).map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_the_provider_name_kinds() {
        for (snake, expected, is_wide) in [
            ("config_map", "ConfigMap", false),
            ("config_map_v1", "ConfigMap", false),
            ("horizontal_pod_autoscaler_v2beta2", "HorizontalPodAutoscaler", false),
            ("csi_driver_v1", "CSIDriver", true),
            ("api_service", "APIService", true),
            ("namespace", "Namespace", true),
        ] {
            assert_eq!(kind_of_type(snake), expected);
            assert_eq!(is_cluster_wide(expected), is_wide, "{expected}");
        }
    }
}
