//! What all objects have: a kind, a name, a namespace and annotations.

use sealine_model::kubernetes::{Consumer, Scope, Step};
use sealine_model::tree::Tree;
use sealine_model::{Asked, Piece, Value, asked};
use sealine_source::Place;

use super::names::{name_at, text_at};
use super::{Context, extent};

/// An object whose kind is known.
pub(crate) struct Object<'a> {
    /// All of it.
    pub(crate) tree: &'a Tree,
    /// `apps/v1`.
    pub(crate) api_version: String,
    /// `apps`; empty for the core group.
    pub(crate) group: String,
    /// `v1`.
    pub(crate) version: String,
    /// `Deployment`.
    pub(crate) kind: String,
    /// Its name.
    pub(crate) name: Value,
    /// Where the name, or else the kind, is written.
    pub(crate) place: Place,
    /// Where the object will stand.
    pub(crate) scope: Scope,
    /// Who brings it.
    pub(crate) context: &'a Context<'a>,
}

impl<'a> Object<'a> {
    /// Returns the object that `tree` is; nothing where its kind cannot be told.
    pub(crate) fn new(tree: &'a Tree, context: &'a Context<'a>) -> Option<Self> {
        let api_version = text_at(tree, &["apiVersion"])?;
        let kind = text_at(tree, &["kind"])?;
        let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
        let (group, version) = (group.to_owned(), version.to_owned());
        let metadata = tree.get("metadata").unwrap_or(&Tree::Null);
        let generated = || {
            let head = name_at(metadata, "generateName")?;
            Some(head.concat(Value::from_pieces([Piece::Hole])))
        };
        let name = name_at(metadata, "name").or_else(generated).unwrap_or_else(Value::unknown);
        let place = metadata.get("name").or_else(|| tree.get("kind")).and_then(Tree::place);
        let place = place.or_else(|| tree.get("kind")?.place())?.clone();
        let namespace = if is_cluster_wide(&group, &kind) {
            Value::default()
        } else {
            let own = || name_at(metadata, "namespace");
            let outer = context.override_namespace.clone().or_else(own);
            outer.unwrap_or_else(|| context.scope.namespace.clone())
        };
        let scope = Scope { delivery: context.scope.delivery.clone(), namespace };
        Some(Self { tree, api_version, group, version, kind, name, place, scope, context })
    }

    /// Returns where the template of a chart asks for a name that is written on another line.
    pub(crate) fn asked(&self) -> Asked {
        let entry = self.tree.get("metadata")?.entry("name");
        // A patch names the object that it changes, too.
        entry.filter(|_| self.context.rendered).and_then(|entry| asked(&entry.place, &self.place))
    }

    /// Returns the object as one that reads Secrets.
    pub(crate) fn consumer(&self) -> Consumer {
        Consumer {
            kind: self.kind.clone(),
            name: self.name.clone(),
            part: String::new(),
            place: self.place.clone(),
        }
    }

    /// Returns `Certificate web`, for people.
    pub(crate) fn label(&self) -> String {
        format!("{} {}", self.kind, self.name)
    }

    /// Returns an annotation's value.
    pub(crate) fn annotation(&self, name: &str) -> Option<&'a Tree> {
        self.tree.at(&["metadata", "annotations"])?.get(name)
    }

    /// Returns the same delivery in `namespace`.
    pub(crate) fn scope_in(&self, namespace: Value) -> Scope {
        Scope { delivery: self.scope.delivery.clone(), namespace }
    }

    /// Returns the scope of what the object names without a namespace: its own, which for a
    /// cluster-wide object cannot be told.
    pub(crate) fn own_scope(&self) -> Scope {
        if is_cluster_wide(&self.group, &self.kind) {
            self.scope_in(Value::unknown())
        } else {
            self.scope.clone()
        }
    }

    /// Returns the rules that the annotation `sealine.dev/allow` allows, with the reason.
    ///
    /// The annotation holds one rule a line (or with `;` between): `rule-name reason`, or
    /// `allow(rule-name) reason` as in a comment.
    pub(crate) fn allowed(&self) -> Vec<(String, String)> {
        let text = self.annotation("sealine.dev/allow").and_then(Tree::text).unwrap_or_default();
        let items = text.split(['\n', ';']).map(str::trim).filter(|item| !item.is_empty());
        let parts = |item: &str| {
            let inner = item.strip_prefix("allow(").and_then(|rest| rest.split_once(')'));
            let (rule, reason) =
                inner.or_else(|| item.split_once([' ', ':', '\t'])).unwrap_or((item, ""));
            let reason = reason.trim_start_matches([' ', ':', '\t']).trim();
            (rule.trim().to_owned(), reason.to_owned())
        };
        items.map(parts).collect()
    }

    /// Returns when the object is applied, as far as its annotations tell.
    pub(crate) fn step(&self) -> Option<Step> {
        let text = |name: &str| match self.annotation(name) {
            Some(tree) => tree.text(),
            None => Some(String::new()),
        };
        let number = |text: String| match text.trim() {
            "" => Some(0),
            digits => digits.parse::<i64>().ok(),
        };
        if matches!(self.tree.at(&["metadata", "annotations"]), Some(Tree::Unknown)) {
            return None;
        }
        let own = text("argocd.argoproj.io/hook")?;
        let helm = text("helm.sh/hook")?;
        let hooks = own.split(',').chain(helm.split(',')).map(str::trim);
        Some(Step {
            hooks: hooks.filter(|hook| !hook.is_empty()).map(str::to_owned).collect(),
            wave: number(text("argocd.argoproj.io/sync-wave")?)?,
            weight: number(text("helm.sh/hook-weight")?)?,
        })
    }

    /// Returns the place of the object as a whole.
    pub(crate) fn extent(&self) -> Place {
        extent::of(self.tree, &self.place)
    }
}

/// Kinds without a namespace, by group; in the unlisted groups all kinds have one.
const CLUSTER_WIDE: &[(&str, &[&str])] = &[
    ("", &["Namespace", "Node", "PersistentVolume", "ComponentStatus"]),
    ("rbac.authorization.k8s.io", &["ClusterRole", "ClusterRoleBinding"]),
    ("apiextensions.k8s.io", &["CustomResourceDefinition"]),
    ("apiregistration.k8s.io", &["APIService"]),
    ("storage.k8s.io", &["StorageClass", "CSIDriver", "CSINode", "VolumeAttachment"]),
    ("snapshot.storage.k8s.io", &["VolumeSnapshotClass", "VolumeSnapshotContent"]),
    ("networking.k8s.io", &["IngressClass"]),
    ("gateway.networking.k8s.io", &["GatewayClass"]),
    ("scheduling.k8s.io", &["PriorityClass"]),
    ("node.k8s.io", &["RuntimeClass"]),
    (
        "admissionregistration.k8s.io",
        &[
            "MutatingWebhookConfiguration",
            "ValidatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
        ],
    ),
    ("cert-manager.io", &["ClusterIssuer"]),
    ("external-secrets.io", &["ClusterSecretStore", "ClusterExternalSecret", "ClusterPushSecret"]),
    ("generators.external-secrets.io", &["ClusterGenerator"]),
    ("keda.sh", &["ClusterTriggerAuthentication"]),
    ("kyverno.io", &["ClusterPolicy", "ClusterCleanupPolicy"]),
    ("cilium.io", &["CiliumClusterwideNetworkPolicy", "CiliumLoadBalancerIPPool"]),
    ("postgresql.cnpg.io", &["ClusterImageCatalog"]),
    ("pkg.crossplane.io", &["Provider", "Configuration", "Function"]),
    ("apiextensions.crossplane.io", &["Composition", "CompositeResourceDefinition"]),
];

pub(crate) fn is_cluster_wide(group: &str, kind: &str) -> bool {
    CLUSTER_WIDE.iter().any(|(of, kinds)| *of == group && kinds.contains(&kind))
        // Providers of Crossplane are many, each with a group of its own.
        || (kind == "ProviderConfig" && group.ends_with(".crossplane.io"))
        || (kind == "ProviderConfig" && group.ends_with(".upbound.io"))
}
