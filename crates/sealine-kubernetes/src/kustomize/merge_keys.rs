//! Which lists a strategic merge patch merges item by item, and by which keys.
//!
//! Invariant: only types that the real tool has a schema of merge lists; in all others, custom
//! kinds above all, a patch's list replaces the one that is there.

use super::identity::TypeName;

/// What sort of map a merge is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// A whole object.
    Object(Object),
    /// The `spec` of what runs pods.
    Controller,
    /// The `spec` of a `CronJob`.
    Schedule,
    /// What has `metadata` and the `spec` of a pod.
    PodTemplate,
    /// The `spec` of a pod.
    Pod,
    /// A container.
    Container,
    /// The `spec` of a `Service`.
    Service,
    /// `metadata`.
    Metadata,
    /// A map without such lists.
    Plain,
    /// A map of a type that is not known.
    Unknown,
}

/// What sort of object has lists that merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Object {
    /// It runs pods by a template.
    Controller,
    /// It runs jobs by a template.
    CronJob,
    /// It is a pod.
    Pod,
    /// It holds a template of a pod.
    PodTemplate,
    /// A `Service`.
    Service,
    /// A `ServiceAccount`.
    ServiceAccount,
    /// It has webhooks.
    Webhooks,
    /// Another type of Kubernetes itself.
    Other,
}

/// How the items of a list are matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    /// By the values of these keys.
    Of(&'static [&'static str]),
    /// By themselves: a list of scalars.
    Values,
}

impl Sort {
    /// Returns the sort of an object of this type.
    pub(super) fn of(of: &TypeName) -> Self {
        let group = of.group.as_str();
        let object = match (group, of.version.as_str(), of.kind.as_str()) {
            ("apps", "v1", "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet")
            | ("batch", "v1", "Job")
            | ("", "v1", "ReplicationController") => Object::Controller,
            ("batch", "v1" | "v1beta1", "CronJob") => Object::CronJob,
            ("", "v1", "Pod") => Object::Pod,
            ("", "v1", "PodTemplate") => Object::PodTemplate,
            ("", "v1", "Service") => Object::Service,
            ("", "v1", "ServiceAccount") => Object::ServiceAccount,
            (
                "admissionregistration.k8s.io",
                "v1" | "v1beta1",
                "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration",
            ) => Object::Webhooks,
            _ if is_known(of) => Object::Other,
            _ => return Self::Unknown,
        };
        Self::Object(object)
    }

    /// Returns the sort of the map, or of the maps of the list, under a key.
    pub(super) fn below(self, key: &str) -> Self {
        match (self, key) {
            (Self::Unknown, _) => Self::Unknown,
            (Self::Object(_) | Self::PodTemplate, "metadata") => Self::Metadata,
            (Self::Object(Object::Controller), "spec") => Self::Controller,
            (Self::Object(Object::CronJob), "spec") => Self::Schedule,
            (Self::Object(Object::Pod) | Self::PodTemplate, "spec") => Self::Pod,
            (Self::Object(Object::PodTemplate) | Self::Controller, "template") => Self::PodTemplate,
            (Self::Object(Object::Service), "spec") => Self::Service,
            // A template of a job has the `spec` of one.
            (Self::Schedule, "jobTemplate") => Self::Object(Object::Controller),
            (Self::Pod, "containers" | "initContainers" | "ephemeralContainers") => Self::Container,
            _ => Self::Plain,
        }
    }

    /// Returns how the list under a key merges; `None` where it is replaced.
    pub(super) fn keys(self, key: &str) -> Option<Keys> {
        let keys: &[&str] = match (self, key) {
            (Self::Metadata, "finalizers") => return Some(Keys::Values),
            (Self::Metadata, "ownerReferences") => &["uid"],
            (
                Self::Pod,
                "containers"
                | "initContainers"
                | "ephemeralContainers"
                | "volumes"
                | "imagePullSecrets",
            )
            | (Self::Container, "env")
            | (Self::Object(Object::ServiceAccount), "secrets")
            | (Self::Object(Object::Webhooks), "webhooks") => &["name"],
            (Self::Pod, "hostAliases") => &["ip"],
            (Self::Pod, "topologySpreadConstraints") => &["topologyKey", "whenUnsatisfiable"],
            (Self::Container, "ports") => &["containerPort", "protocol"],
            (Self::Container, "volumeMounts") => &["mountPath"],
            (Self::Container, "volumeDevices") => &["devicePath"],
            (Self::Service, "ports") => &["port", "protocol"],
            _ => return None,
        };
        Some(Keys::Of(keys))
    }
}

/// Returns whether the real tool has a schema of the type.
fn is_known(of: &TypeName) -> bool {
    const GROUPS: &[(&str, &[&str])] = &[
        ("", &["v1"]),
        ("admissionregistration.k8s.io", &["v1", "v1beta1"]),
        ("apiextensions.k8s.io", &["v1", "v1beta1"]),
        ("apiregistration.k8s.io", &["v1", "v1beta1"]),
        ("apps", &["v1"]),
        ("autoscaling", &["v1", "v2beta1", "v2beta2"]),
        ("batch", &["v1", "v1beta1"]),
        ("certificates.k8s.io", &["v1", "v1beta1"]),
        ("coordination.k8s.io", &["v1", "v1beta1"]),
        ("discovery.k8s.io", &["v1", "v1beta1"]),
        ("events.k8s.io", &["v1", "v1beta1"]),
        ("extensions", &["v1beta1"]),
        ("flowcontrol.apiserver.k8s.io", &["v1beta1"]),
        ("networking.k8s.io", &["v1", "v1beta1"]),
        ("node.k8s.io", &["v1", "v1alpha1", "v1beta1"]),
        ("policy", &["v1", "v1beta1"]),
        ("rbac.authorization.k8s.io", &["v1", "v1alpha1", "v1beta1"]),
        ("scheduling.k8s.io", &["v1", "v1alpha1", "v1beta1"]),
        ("storage.k8s.io", &["v1", "v1alpha1", "v1beta1"]),
    ];
    GROUPS
        .iter()
        .any(|(group, versions)| *group == of.group && versions.contains(&of.version.as_str()))
}
