//! The fields that Kustomize changes without being told: tables of the real tool.
//!
//! Invariant: what is not in a table is left alone, above all in custom kinds.

use super::config::{Config, Referrers};
use super::fields::Field;
use super::identity::TypeName;

/// Kinds with a pod, and the way to its spec.
const PODS: &[(&str, &str)] = &[
    ("Pod", "spec"),
    ("PodTemplate", "template/spec"),
    ("Deployment", "spec/template/spec"),
    ("ReplicaSet", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
    ("StatefulSet", "spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
    ("ReplicationController", "spec/template/spec"),
];

const NO_CONTROLLER: &[&str] = &["ReplicationController"];
const NO_TEMPLATE: &[&str] = &["PodTemplate", "ReplicaSet"];

/// Fields of pods that name objects of a kind, and the kinds whose pods do not count.
const IN_PODS: &[(&str, &[&str], &[&str])] = &[
    (
        "ConfigMap",
        NO_CONTROLLER,
        &[
            "volumes/configMap/name",
            "containers/env/valueFrom/configMapKeyRef/name",
            "initContainers/env/valueFrom/configMapKeyRef/name",
            "containers/envFrom/configMapRef/name",
            "initContainers/envFrom/configMapRef/name",
            "volumes/projected/sources/configMap/name",
        ],
    ),
    (
        "Secret",
        NO_CONTROLLER,
        &[
            "volumes/secret/secretName",
            "containers/env/valueFrom/secretKeyRef/name",
            "initContainers/env/valueFrom/secretKeyRef/name",
            "containers/envFrom/secretRef/name",
            "initContainers/envFrom/secretRef/name",
            "imagePullSecrets/name",
            "volumes/projected/sources/secret/name",
        ],
    ),
    ("ServiceAccount", NO_TEMPLATE, &["serviceAccountName"]),
    ("PersistentVolumeClaim", NO_TEMPLATE, &["volumes/persistentVolumeClaim/claimName"]),
    ("PriorityClass", NO_TEMPLATE, &["priorityClassName"]),
];

/// A row of [`REFERENCES`]: the named type, as `version kind group`, and fields as
/// `kind group path`, `-` for any version or group.
type Row = (&'static str, &'static [(&'static str, &'static str, &'static str)]);

/// The other fields that name objects, in the order in which they are followed.
const REFERENCES: &[Row] = &[
    (
        "v1 StorageClass storage.k8s.io",
        &[
            ("PersistentVolume", "-", "spec/storageClassName"),
            ("PersistentVolumeClaim", "-", "spec/storageClassName"),
            ("StatefulSet", "-", "spec/volumeClaimTemplates/spec/storageClassName"),
        ],
    ),
    (
        "v1 ServiceAccount -",
        &[
            ("RoleBinding", "rbac.authorization.k8s.io", "subjects"),
            ("ClusterRoleBinding", "rbac.authorization.k8s.io", "subjects"),
        ],
    ),
    (
        "- Role rbac.authorization.k8s.io",
        &[("RoleBinding", "rbac.authorization.k8s.io", "roleRef/name")],
    ),
    (
        "- ClusterRole rbac.authorization.k8s.io",
        &[
            ("RoleBinding", "rbac.authorization.k8s.io", "roleRef/name"),
            ("ClusterRoleBinding", "rbac.authorization.k8s.io", "roleRef/name"),
        ],
    ),
    (
        "v1 ConfigMap -",
        &[
            ("Node", "-", "spec/configSource/configMap"),
            ("Role", "-", "rules/resourceNames"),
            ("ClusterRole", "-", "rules/resourceNames"),
            (
                "Ingress",
                "-",
                r"metadata/annotations/nginx.ingress.kubernetes.io\/fastcgi-params-configmap",
            ),
        ],
    ),
    (
        "v1 Secret -",
        &[
            ("Ingress", "-", "spec/tls/secretName"),
            ("Ingress", "-", r"metadata/annotations/ingress.kubernetes.io\/auth-secret"),
            ("Ingress", "-", r"metadata/annotations/nginx.ingress.kubernetes.io\/auth-secret"),
            ("Ingress", "-", r"metadata/annotations/nginx.ingress.kubernetes.io\/auth-tls-secret"),
            ("ServiceAccount", "-", "imagePullSecrets/name"),
            ("StorageClass", "-", "parameters/secretName"),
            ("StorageClass", "-", "parameters/adminSecretName"),
            ("StorageClass", "-", "parameters/userSecretName"),
            ("StorageClass", "-", "parameters/secretRef"),
            ("Role", "-", "rules/resourceNames"),
            ("ClusterRole", "-", "rules/resourceNames"),
            (
                "Service",
                "serving.knative.dev",
                "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
            ),
            ("PersistentVolume", "-", "spec/azureFile/secretName"),
        ],
    ),
    (
        "v1 Service -",
        &[
            ("StatefulSet", "apps", "spec/serviceName"),
            ("Ingress", "-", "spec/rules/http/paths/backend/serviceName"),
            ("Ingress", "-", "spec/backend/serviceName"),
            ("Ingress", "-", "spec/rules/http/paths/backend/service/name"),
            ("Ingress", "-", "spec/defaultBackend/service/name"),
            ("APIService", "apiregistration.k8s.io", "spec/service/name"),
            (
                "ValidatingWebhookConfiguration",
                "admissionregistration.k8s.io",
                "webhooks/clientConfig/service",
            ),
            (
                "MutatingWebhookConfiguration",
                "admissionregistration.k8s.io",
                "webhooks/clientConfig/service",
            ),
        ],
    ),
    ("v1 PriorityClass scheduling.k8s.io", &[]),
    (
        "v1 PersistentVolume -",
        &[
            ("PersistentVolumeClaim", "-", "spec/volumeName"),
            ("ClusterRole", "-", "rules/resourceNames"),
        ],
    ),
    ("v1 PersistentVolumeClaim -", &[]),
    ("- Deployment -", &[("HorizontalPodAutoscaler", "-", "spec/scaleTargetRef/name")]),
    ("- StatefulSet -", &[("HorizontalPodAutoscaler", "-", "spec/scaleTargetRef/name")]),
    ("- ReplicaSet -", &[("HorizontalPodAutoscaler", "-", "spec/scaleTargetRef/name")]),
    ("- ReplicationController -", &[("HorizontalPodAutoscaler", "-", "spec/scaleTargetRef/name")]),
    (
        "- ValidatingAdmissionPolicy admissionregistration.k8s.io",
        &[("ValidatingAdmissionPolicyBinding", "admissionregistration.k8s.io", "spec/policyName")],
    ),
];

/// Where labels go: kinds with their group, the path, whether it is made.
const LABELS: &[(&str, &str, &str, bool)] = &[
    ("", "", "metadata/labels", true),
    ("ReplicationController", "", "spec/template/metadata/labels", true),
    ("Deployment", "", "spec/template/metadata/labels", true),
    ("ReplicaSet", "", "spec/template/metadata/labels", true),
    ("DaemonSet", "", "spec/template/metadata/labels", true),
    ("StatefulSet", "apps", "spec/template/metadata/labels", true),
    ("StatefulSet", "apps", "spec/volumeClaimTemplates[]/metadata/labels", true),
    ("Job", "batch", "spec/template/metadata/labels", true),
    ("CronJob", "batch", "spec/jobTemplate/metadata/labels", true),
    ("CronJob", "batch", "spec/jobTemplate/spec/template/metadata/labels", true),
];

const SELECTORS: &[(&str, &str, &str, bool)] = &[
    ("ReplicationController", "", "spec/selector", true),
    ("Deployment", "", "spec/selector/matchLabels", true),
    ("ReplicaSet", "", "spec/selector/matchLabels", true),
    ("DaemonSet", "", "spec/selector/matchLabels", true),
    ("StatefulSet", "apps", "spec/selector/matchLabels", true),
    ("Job", "batch", "spec/selector/matchLabels", false),
    ("CronJob", "batch", "spec/jobTemplate/spec/selector/matchLabels", false),
    ("PodDisruptionBudget", "policy", "spec/selector/matchLabels", false),
    ("NetworkPolicy", "networking.k8s.io", "spec/podSelector/matchLabels", false),
    ("NetworkPolicy", "networking.k8s.io", "spec/ingress/from/podSelector/matchLabels", false),
    ("NetworkPolicy", "networking.k8s.io", "spec/egress/to/podSelector/matchLabels", false),
];

/// Selectors inside the pods of a `Deployment` and a `StatefulSet`.
const INNER_SELECTORS: &[&str] = &[
    "affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
    "affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    "affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
    "affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    "topologySpreadConstraints/labelSelector/matchLabels",
];

const ANNOTATIONS: &[(&str, &str, &str, bool)] = &[
    ("", "", "metadata/annotations", true),
    ("ReplicationController", "", "spec/template/metadata/annotations", true),
    ("Deployment", "", "spec/template/metadata/annotations", true),
    ("ReplicaSet", "", "spec/template/metadata/annotations", true),
    ("DaemonSet", "", "spec/template/metadata/annotations", true),
    ("StatefulSet", "", "spec/template/metadata/annotations", true),
    ("Job", "batch", "spec/template/metadata/annotations", true),
    ("CronJob", "batch", "spec/jobTemplate/metadata/annotations", true),
    ("CronJob", "batch", "spec/jobTemplate/spec/template/metadata/annotations", true),
];

/// Fields in which variables are replaced, beside those of pods.
const VARIABLES: &[(&str, &str)] = &[
    ("CronJob", "spec/jobTemplate/spec/template/volumes/nfs/server"),
    ("Deployment", "spec/template/metadata/annotations"),
    ("Ingress", "spec/rules/host"),
    ("Ingress", "spec/tls/hosts"),
    ("Ingress", "spec/tls/secretName"),
    ("Service", "spec/ports/port"),
    ("Service", "spec/ports/targetPort"),
    ("StatefulSet", "spec/volumeClaimTemplates/spec/nfs/server"),
    ("PersistentVolume", "spec/nfs/server"),
    ("", "metadata/labels"),
    ("", "metadata/annotations"),
];

const VARIABLES_IN_CONTAINERS: &[&str] =
    &["args", "command", "env/value", "volumeMounts/mountPath"];

/// Returns what the real tool knows by itself.
pub(super) fn builtin() -> Config {
    let name = vec![Field::new(TypeName::default(), "metadata/name", false)];
    let mut selectors = vec![Field::new(TypeName::new("v1", "Service"), "spec/selector", true)];
    // Only the core group's objects have the version `v1` and no group, but the table asks for
    // the version alone.
    selectors[0].of.group.clear();
    selectors.extend(fields(SELECTORS));
    for (kind, path) in PODS.iter().filter(|(kind, _)| ["Deployment", "StatefulSet"].contains(kind))
    {
        let of = TypeName { group: "apps".to_owned(), ..any(kind) };
        let inner = INNER_SELECTORS.iter();
        selectors
            .extend(inner.map(|rest| Field::new(of.clone(), &format!("{path}/{rest}"), false)));
    }
    selectors.extend(fields(LABELS));
    Config {
        name_prefix: name.clone(),
        name_suffix: name,
        namespace: vec![
            Field::new(any("Namespace"), "metadata/name", true),
            Field::new(
                TypeName { group: "apiregistration.k8s.io".to_owned(), ..any("APIService") },
                "spec/service/namespace",
                true,
            ),
        ],
        common_labels: selectors,
        labels: Vec::new(),
        template_labels: fields(LABELS).collect(),
        common_annotations: fields(ANNOTATIONS).collect(),
        references: REFERENCES.iter().map(references).collect(),
        variables: variables(),
    }
}

fn any(kind: &str) -> TypeName {
    TypeName { kind: kind.to_owned(), ..TypeName::default() }
}

fn fields(
    rows: &'static [(&'static str, &'static str, &'static str, bool)],
) -> impl Iterator<Item = Field> {
    rows.iter().map(|(kind, group, path, create)| {
        let version = if *kind == "ReplicationController" { "v1" } else { "" };
        let of = TypeName { group: (*group).to_owned(), version: version.to_owned(), ..any(kind) };
        Field::new(of, path, *create)
    })
}

fn references(row: &Row) -> Referrers {
    let (named, others) = row;
    let mut parts = named.split(' ').map(|part| part.trim_start_matches('-').to_owned());
    let mut next = || parts.next().unwrap_or_default();
    let (version, kind, group) = (next(), next(), next());
    let mut fields = Vec::new();
    for (_, without, paths) in IN_PODS.iter().filter(|(named, ..)| *named == kind) {
        for (pod, spec) in PODS.iter().filter(|(pod, _)| !without.contains(pod)) {
            fields.extend(
                paths.iter().map(|path| Field::new(any(pod), &format!("{spec}/{path}"), false)),
            );
        }
    }
    fields.extend(others.iter().map(|(kind, group, path)| {
        let group = group.trim_start_matches('-').to_owned();
        Field::new(TypeName { group, ..any(kind) }, path, false)
    }));
    Referrers { to: TypeName { group, version, kind }, fields }
}

fn variables() -> Vec<Field> {
    let mut found: Vec<Field> =
        VARIABLES.iter().map(|(kind, path)| Field::new(any(kind), path, false)).collect();
    let without = ["PodTemplate", "ReplicationController"];
    for (kind, spec) in PODS.iter().filter(|(kind, _)| !without.contains(kind)) {
        for containers in ["containers", "initContainers"] {
            for rest in VARIABLES_IN_CONTAINERS {
                found.push(Field::new(any(kind), &format!("{spec}/{containers}/{rest}"), false));
            }
        }
        if !["CronJob", "StatefulSet"].contains(kind) {
            found.push(Field::new(any(kind), &format!("{spec}/volumes/nfs/server"), false));
        }
    }
    found
}
