//! Who an object is to Kustomize: its type, its name and its namespace, now and in earlier steps.
//!
//! Invariant: an identity is compared as the real tool compares it. The namespace `default` and
//! none are the same, and objects that the tool knows to be cluster-wide are in no namespace.

use sealine_model::Value;
use sealine_model::tree::Tree;

use super::generators::Content;
use crate::delivery::object::{Object, value_at};

/// Group, version and kind; in a selector, what is empty fits anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct TypeName {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
}

impl TypeName {
    /// Returns the type of an object.
    pub(super) fn of(tree: &Tree) -> Self {
        let text = |key| tree.get(key).and_then(Tree::text).unwrap_or_default();
        Self::new(&text("apiVersion"), &text("kind"))
    }

    /// Returns the type of this `apiVersion` and `kind`.
    pub(super) fn new(api_version: &str, kind: &str) -> Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let [group, version, kind] = [group, version, kind].map(str::to_owned);
        Self { group, version, kind }
    }

    /// Reads `group`, `version` and `kind` of a selector.
    pub(super) fn selector(tree: &Tree) -> Self {
        let text = |key| tree.get(key).and_then(Tree::text).unwrap_or_default();
        Self { group: text("group"), version: text("version"), kind: text("kind") }
    }

    /// Returns whether a selector fits this type.
    pub(super) fn is_selected_by(&self, selector: &Self) -> bool {
        let fits = |wanted: &str, own: &str| wanted.is_empty() || wanted == own;
        fits(&selector.group, &self.group)
            && fits(&selector.version, &self.version)
            && fits(&selector.kind, &self.kind)
    }

    /// Returns whether the real tool knows that objects of this type have no namespace. It knows
    /// the types of Kubernetes itself and no custom ones.
    pub(super) fn is_cluster_wide(&self) -> bool {
        CLUSTER_WIDE.iter().any(|(group, versions, kinds)| {
            *group == self.group
                && versions.contains(&self.version.as_str())
                && kinds.contains(&self.kind.as_str())
        })
    }
}

const CLUSTER_WIDE: &[(&str, &[&str], &[&str])] = &[
    (
        "",
        &["v1"],
        &["ComponentStatus", "Namespace", "Node", "NodeProxyOptions", "PersistentVolume"],
    ),
    (
        "admissionregistration.k8s.io",
        &["v1", "v1beta1"],
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
    ),
    ("apiextensions.k8s.io", &["v1", "v1beta1"], &["CustomResourceDefinition"]),
    ("apiregistration.k8s.io", &["v1", "v1beta1"], &["APIService"]),
    ("certificates.k8s.io", &["v1", "v1beta1"], &["CertificateSigningRequest"]),
    ("flowcontrol.apiserver.k8s.io", &["v1beta1"], &["FlowSchema", "PriorityLevelConfiguration"]),
    ("networking.k8s.io", &["v1", "v1beta1"], &["IngressClass"]),
    ("node.k8s.io", &["v1", "v1beta1"], &["RuntimeClass"]),
    ("policy", &["v1beta1"], &["PodSecurityPolicy"]),
    ("rbac.authorization.k8s.io", &["v1", "v1beta1"], &["ClusterRole", "ClusterRoleBinding"]),
    ("scheduling.k8s.io", &["v1", "v1beta1"], &["PriorityClass"]),
    (
        "storage.k8s.io",
        &["v1", "v1beta1"],
        &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"],
    ),
];

/// What stands for the namespace of an object that has none.
const NO_NAMESPACE: &str = "_non_namespaceable_";

/// What tells an object from all others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    pub(super) of: TypeName,
    pub(super) name: String,
    /// As it is written; see [`Identity::effective_namespace`].
    pub(super) namespace: String,
}

impl Identity {
    /// Returns the identity that an object or a patch has as it stands.
    pub(super) fn of(tree: &Tree) -> Self {
        Self {
            of: TypeName::of(tree),
            name: pattern(tree, &["metadata", "name"]),
            namespace: pattern(tree, &["metadata", "namespace"]),
        }
    }

    /// Returns the namespace as it counts for comparing.
    pub(super) fn effective_namespace(&self) -> &str {
        match self.namespace.as_str() {
            _ if self.of.is_cluster_wide() => NO_NAMESPACE,
            "" => "default",
            namespace => namespace,
        }
    }

    /// Returns whether both mean the same object.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.of == other.of
            && self.name == other.name
            && self.effective_namespace() == other.effective_namespace()
    }

    /// Returns the identity with the namespace that counts, to be kept in a set.
    pub(super) fn key(mut self) -> Self {
        self.namespace = self.effective_namespace().to_owned();
        self
    }
}

impl std::fmt::Display for Identity {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {}", self.of.kind, self.name)
    }
}

/// Returns a name as it is known, with `*` for what is not.
fn pattern(tree: &Tree, path: &[&str]) -> String {
    value_at(tree, path).as_ref().map(Value::pattern).unwrap_or_default()
}

/// What a build remembers of an object beside what the object says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trail {
    /// Kind, name and namespace that it had before each step that changed them, the oldest first.
    former: Vec<(String, String, String)>,
    /// The prefixes it was given, the innermost first.
    pub(super) prefixes: Vec<String>,
    /// The suffixes it was given, the innermost first.
    pub(super) suffixes: Vec<String>,
    /// What its name gets a hash of, when a generator made it.
    pub(super) hashed: Option<Content>,
    /// The variables that are read from it.
    pub(super) variables: Vec<String>,
}

impl Trail {
    /// Returns the names it had, the oldest first.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.former.iter().map(|(_, name, _)| name.as_str())
    }
}

/// Returns who an object is by now.
pub(super) fn current(object: &Object) -> Identity {
    Identity::of(&object.tree)
}

/// Returns who an object was, the oldest first; its group and version are those of now.
pub(super) fn former(object: &Object) -> Vec<Identity> {
    let own = TypeName::of(&object.tree);
    let one = |(kind, name, namespace): &(String, String, String)| Identity {
        of: TypeName { kind: kind.clone(), ..own.clone() },
        name: name.clone(),
        namespace: namespace.clone(),
    };
    object.trail.former.iter().map(one).collect()
}

/// Returns who an object was at first.
pub(super) fn original(object: &Object) -> Identity {
    former(object).into_iter().next().unwrap_or_else(|| current(object))
}

/// Notes who an object is before a step changes that.
pub(super) fn remember(object: &mut Object) {
    let now = current(object);
    let namespace = now.effective_namespace().to_owned();
    object.trail.former.push((now.of.kind, now.name, namespace));
}

/// Returns whether a step has changed, or was to change, who an object is.
pub(super) fn is_remembered(object: &Object) -> bool {
    !object.trail.former.is_empty()
}

/// Returns the index of the only object that is or was `wanted`.
pub(super) fn find(objects: &[Object], wanted: &Identity) -> Found {
    let is = |object: &Object| {
        current(object).is(wanted) || former(object).iter().any(|before| before.is(wanted))
    };
    let mut found = objects.iter().enumerate().filter(|(_, object)| is(object));
    match (found.next(), found.next()) {
        (None, _) => Found::None,
        (Some((index, _)), None) => Found::One(index),
        _ => Found::Several,
    }
}

/// How many objects an identity means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// No object.
    None,
    /// The object of this index.
    One(usize),
    /// More than one.
    Several,
}

/// Returns an identity that two of the objects have.
pub(super) fn twice(objects: &[Object]) -> Option<Identity> {
    let mut seen = std::collections::HashSet::new();
    let known = objects.iter().map(current).filter(|identity| !identity.name.contains('*'));
    known.map(Identity::key).find(|identity| !seen.insert(identity.clone()))
}
