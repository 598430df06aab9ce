//! # double-owner
//!
//! ## What it finds
//!
//! An object that Terraform manages and that stands in the GitOps tree, too: the same kind,
//! namespace and name; or a `helm_release` with the release name and namespace of an Argo CD
//! `Application`, a Flux `HelmRelease` or a Devtron release.
//!
//! ## Why it matters
//!
//! Each owner puts back what the other changed: an apply undoes the sync, the sync undoes the
//! apply, and removing it on one side deletes it for both.
//!
//! ## Example
//!
//! ```text
//! //- gitops/ingress-nginx.yaml
//! apiVersion: argoproj.io/v1alpha1
//! kind: Application
//! metadata:
//!   name: ingress-nginx
//!   namespace: argocd
//! spec:
//!   project: default
//!   source:
//!     repoURL: https://kubernetes.github.io/ingress-nginx
//!     chart: ingress-nginx
//!     targetRevision: 4.13.2
//!     helm:
//!       releaseName: ingress-nginx
//!   destination:
//!     server: https://kubernetes.default.svc
//!     namespace: ingress
//! //- terraform/main.tf
//! terraform {
//!   backend "gcs" {
//!     bucket = "state"
//!   }
//! }
//!
//! resource "helm_release" "ingress_nginx" {
//!   name       = "ingress-nginx"
//!   namespace  = "ingress"
//!   repository = "https://kubernetes.github.io/ingress-nginx"
//!   chart      = "ingress-nginx"
//! }
//! ```
//!
//! ## Use instead
//!
//! Keep it in the GitOps tree and let Terraform forget it without deleting it.
//!
//! ```text
//! //- gitops/ingress-nginx.yaml
//! apiVersion: argoproj.io/v1alpha1
//! kind: Application
//! metadata:
//!   name: ingress-nginx
//!   namespace: argocd
//! spec:
//!   project: default
//!   source:
//!     repoURL: https://kubernetes.github.io/ingress-nginx
//!     chart: ingress-nginx
//!     targetRevision: 4.13.2
//!     helm:
//!       releaseName: ingress-nginx
//!   destination:
//!     server: https://kubernetes.default.svc
//!     namespace: ingress
//! //- terraform/main.tf
//! terraform {
//!   backend "gcs" {
//!     bucket = "state"
//!   }
//! }
//!
//! removed {
//!   from = helm_release.ingress_nginx
//!
//!   lifecycle {
//!     destroy = false
//!   }
//! }
//! ```
//!
//! ## Evidence it needs
//!
//! Kind, namespace and name known on both sides, and an object that a visible delivery root brings
//! to a cluster (or `gitops.owner` in `sealine.yaml`, which says that the tree is delivered). It is a warning
//! where the only root is a kustomization that nobody names, which anyone may apply to any cluster. All
//! loaded repositories count as one cluster, except where the folders on both sides name different
//! environments (`envs/prod` and `clusters/dev`) or different AWS accounts. A resource with `ignore_changes = all` is not judged,
//! nor is what `gitops.bootstrap` names, what lies among examples or test data on either side, a
//! manifest in an archive that nothing delivers, or the kustomizations beside a `config/default`, as an
//! operator's sources have them for whoever tries or packs it.
//!
//! ## When to allow it
//!
//! While ownership moves from Terraform to GitOps, with a date; or where both sides are known to
//! stand in different clusters.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use sealine_model::delivery::{Delivery, DeliveryKind};
use sealine_model::kubernetes::Object;
use sealine_model::object_kinds::is_cluster_wide;
use sealine_model::terraform::Resource;
use sealine_model::{Finding, Severity, Value};
use sealine_source::{Place, file_name, folder_of};

use crate::apart::are_apart;
use crate::boundary::{changes_cluster, is_bootstrap, owned_object};
use crate::shelf::shows_only;
use crate::terraform::{Block, blocks};
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "double-owner",
    severity: Severity::Error,
    summary: "Terraform manages an object that the GitOps tree delivers, too",
    replaces: &["kubernetes-from-terraform"],
    source: include_str!("double_owner.rs"),
    check,
};

/// What both sides name: kind, namespace and name.
type Identity = (String, String, String);

/// What GitOps brings, by what it is; each in the order of the places.
type Twins<'a> = BTreeMap<Identity, BTreeSet<Twin<'a>>>;

/// Something that GitOps brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Twin<'a> {
    /// Where it stands.
    place: &'a Place,
    /// Where the root stands that brings it.
    root: Option<&'a Place>,
    /// Whether the root is a kustomization that nobody names: anyone may apply it to any cluster.
    is_bare: bool,
}

impl Twin<'_> {
    /// Whether it visibly goes to another cluster than that of a block of Terraform.
    fn is_apart(&self, block: &Block<'_>) -> bool {
        let own = [Some(self.place), self.root];
        let own = || own.iter().flatten().map(|place| place.file.folder());
        block.folders.iter().all(|folder| own().any(|own| are_apart(folder, own)))
    }
}

fn check(context: &Context<'_>, report: &mut Report) {
    let embedded = embedded_objects(context);
    let judged = blocks(context, changes_cluster).filter(|block| {
        let mut instances = block.instances.iter();
        let mut is_kept_out = || instances.any(|resource| keeps_out(context, resource));
        !shows_only(&block.resource().place.file.path) && !is_kept_out()
    });
    let judged: Vec<(Block<'_>, Vec<Identity>)> = judged
        .map(|block| {
            let instances = block.instances.iter();
            let owned = instances.flat_map(|resource| identities(resource, &embedded)).collect();
            (block, owned)
        })
        .collect();
    let owned: HashSet<&Identity> = judged.iter().flat_map(|(_, owned)| owned).collect();
    // A large tree delivers many objects; only what Terraform names has a twin.
    if owned.is_empty() {
        return;
    }
    let mut twins = delivered_objects(context, &owned);
    twins.extend(releases(context, &owned));
    for (block, owned) in &judged {
        let found = owned.iter().filter_map(|identity| {
            let near = twins.get(identity)?.iter().filter(|twin| !twin.is_apart(block));
            Some((near.min_by_key(|twin| (twin.is_bare, twin.place))?, identity))
        });
        if let Some((twin, identity)) = found.min_by_key(|(twin, _)| twin.is_bare) {
            let severity = if twin.is_bare { Severity::Warning } else { Severity::Error };
            report.add_as(severity, finding(block, identity, twin));
        }
    }
}

/// The kind under which Helm releases are compared.
const RELEASE: &str = "release";

fn finding(block: &Block<'_>, identity: &Identity, twin: &Twin<'_>) -> Finding {
    let (kind, namespace, name) = identity;
    let kind = if kind == RELEASE { "the Helm release" } else { kind };
    let (tree, deliverer) = if twin.is_bare {
        ("a kustomization", "brought by a kustomization from here")
    } else {
        ("the GitOps tree", "delivered by GitOps from here")
    };
    let within =
        if namespace.is_empty() { String::new() } else { format!(" in namespace `{namespace}`") };
    block
        .finding(
            block.resource().place.clone(),
            format!("{kind} `{name}`{within} has two owners: Terraform and {tree}"),
        )
        .label("managed by Terraform here")
        .related(twin.place.clone(), deliverer)
        .help(format!(
            "replace the block by `removed {{ from = {} }}` with `destroy = false`",
            block.name()
        ))
}

/// Whether the resource gives its object away, or may keep it.
fn keeps_out(context: &Context<'_>, resource: &Resource) -> bool {
    resource.ignore_changes.iter().any(|name| name == "all")
        || is_bootstrap(context, &resource.address)
}

/// What a resource owns, as far as it is known.
fn identities(resource: &Resource, embedded: &[(&Place, Identity)]) -> Vec<Identity> {
    if resource.kind == "helm_release" {
        let value = |name: &str| resource.attributes.get(name).map(|given| given.value.clone());
        let namespace = value("namespace").unwrap_or_else(|| Value::from("default"));
        return release(value("name").as_ref(), &namespace).into_iter().collect();
    }
    if let Some(object) = owned_object(resource) {
        return known(&object.kind, &object.namespace, &object.name).into_iter().collect();
    }
    let within = embedded.iter().filter(|(place, _)| resource.block.contains(place));
    within.map(|(_, identity)| identity.clone()).collect()
}

/// The objects that stand in Terraform as manifests.
fn embedded_objects<'a>(context: &Context<'a>) -> Vec<(&'a Place, Identity)> {
    let objects = context.facts.iter().flat_map(|facts| &facts.objects);
    objects
        .filter(|object| object.from_terraform)
        .filter_map(|object| Some((&object.place, object_identity(object)?)))
        .collect()
}

/// The objects that GitOps visibly delivers, of these.
fn delivered_objects<'a>(context: &Context<'a>, owned: &HashSet<&Identity>) -> Twins<'a> {
    let shelf = &context.shelf;
    let is_told = context.settings.gitops.owner.is_some();
    let for_trial = of_operators(context);
    let objects = context.facts.iter().flat_map(|facts| &facts.objects);
    let deliveries = context.facts.iter().flat_map(|facts| &facts.deliveries);
    let roots: HashMap<&Arc<str>, &Delivery> =
        deliveries.map(|delivery| (&delivery.id, delivery)).collect();
    let mut found = Twins::new();
    for object in objects.filter(|object| !object.from_terraform) {
        let identity = object_identity(object).filter(|identity| owned.contains(identity));
        let Some(identity) = identity else { continue };
        let is_shown =
            shelf.is_sample(&object.scope, &object.place) || shelf.is_archived(&object.place);
        let delivery = object.scope.delivery.as_ref();
        let is_shown = is_shown || delivery.is_some_and(|id| for_trial.contains(id));
        if is_shown || !is_told && delivery.is_none() {
            continue;
        }
        let root = delivery.and_then(|id| roots.get(id)).copied();
        let is_bare = !is_told && root.is_some_and(Delivery::is_unnamed);
        let root = root.map(|root| &root.place);
        found.entry(identity).or_default().insert(Twin { place: &object.place, root, is_bare });
    }
    found
}

/// Returns the kustomizations that scaffolders of operators make for trying and packing them: what lies
/// beside a `config/default`.
fn of_operators<'a>(context: &Context<'a>) -> BTreeSet<&'a Arc<str>> {
    let deliveries = || context.facts.iter().flat_map(|facts| &facts.deliveries);
    let objects = context.facts.iter().flat_map(|facts| &facts.objects);
    let places = deliveries().map(|root| &root.place).chain(objects.map(|object| &object.place));
    let scaffolded: BTreeSet<(&str, &str)> = places
        .filter_map(|place| {
            Some((&*place.file.repo, place.file.folder().strip_suffix("/default")?))
        })
        .filter(|(_, above)| file_name(above) == "config")
        .collect();
    let lies_there = |root: &&Delivery| {
        let file = &root.place.file;
        root.kind == DeliveryKind::Kustomization
            && scaffolded.contains(&(&*file.repo, folder_of(file.folder())))
    };
    deliveries().filter(lies_there).map(|root| &root.id).collect()
}

fn object_identity(object: &Object) -> Option<Identity> {
    known(&object.kind, &object.scope.namespace, &object.name)
}

/// The Helm releases of delivery roots, of these.
fn releases<'a>(context: &Context<'a>, owned: &HashSet<&Identity>) -> Twins<'a> {
    let deliveries = context.facts.iter().flat_map(|facts| &facts.deliveries);
    let mut found = Twins::new();
    for delivery in deliveries.filter(|delivery| context.shelf.uses(delivery)) {
        let identity = release(release_name(delivery), &delivery.target_namespace);
        if let Some(identity) = identity.filter(|identity| owned.contains(identity)) {
            let twin = Twin { place: &delivery.place, root: None, is_bare: false };
            found.entry(identity).or_default().insert(twin);
        }
    }
    found
}

/// The release name: Argo CD takes the Application's name where none is given.
fn release_name(delivery: &Delivery) -> Option<&Value> {
    let by_name = delivery.kind == DeliveryKind::ArgoApplication && delivery.chart.is_some();
    delivery.release.as_ref().or(by_name.then_some(&delivery.name))
}

fn release(name: Option<&Value>, namespace: &Value) -> Option<Identity> {
    let namespace = namespace.text().filter(|namespace| !namespace.is_empty())?;
    Some((RELEASE.to_owned(), namespace, name?.text()?))
}

fn known(kind: &str, namespace: &Value, name: &Value) -> Option<Identity> {
    let namespace = if is_cluster_wide(kind) { String::new() } else { namespace.text()? };
    Some((kind.to_owned(), namespace, name.text().filter(|name| !name.is_empty())?))
}
