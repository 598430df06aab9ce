//! Flux: the credentials of sources, decryption keys, values and substitutions from Secrets.
//!
//! The Secrets lie in the namespace of the object that names them.
//!
//! ```yaml
//! apiVersion: source.toolkit.fluxcd.io/v1
//! kind: GitRepository
//! metadata: {name: repo, namespace: flux-system}
//! spec: {secretRef: {name: deploy-key}, verify: {secretRef: {name: signers}}}
//! ---
//! apiVersion: kustomize.toolkit.fluxcd.io/v1
//! kind: Kustomization
//! metadata: {name: apps, namespace: flux-system}
//! spec:
//!   targetNamespace: apps
//!   decryption: {provider: sops, secretRef: {name: sops-age}}
//!   postBuild:
//!     substituteFrom: [{kind: Secret, name: cluster}, {kind: ConfigMap, name: settings}]
//! ---
//! apiVersion: helm.toolkit.fluxcd.io/v2
//! kind: HelmRelease
//! metadata: {name: app}
//! spec:
//!   valuesFrom:
//!     - {kind: Secret, name: values, valuesKey: app.yaml}
//!     - {kind: Secret, name: more, optional: true}
//!     - {kind: ConfigMap, name: plain}
//! ---
//! apiVersion: notification.toolkit.fluxcd.io/v1beta3
//! kind: Provider
//! metadata: {name: chat}
//! spec: {secretRef: {name: webhook}}
//! ---
//! apiVersion: helm.fluxcd.io/v1
//! kind: HelmRelease
//! metadata: {name: old}
//! spec: {valuesFrom: [{secretKeyRef: {name: old-values, key: app.yaml}}], chart: {secretRef: {name: git}}}
//! ---
//! apiVersion: helm.fluxcd.io/v1
//! kind: HelmRelease
//! metadata: {name: oldest}
//! spec: {valueFileSecrets: [{name: oldest-values}]}
//! ```
//!
//! ```text
//! GitRepository repo reads deploy-key in flux-system at 4 (bootstrap)
//! GitRepository repo reads signers in flux-system at 4 (bootstrap)
//! Kustomization apps reads sops-age in flux-system at 11 (bootstrap)
//! Kustomization apps reads cluster in flux-system at 13 (field)
//! HelmRelease app reads values[app.yaml] in ns at 20 (field)
//! HelmRelease app reads more[values.yaml] in ns at 21 (field, optional)
//! Provider chat reads webhook in ns at 27 (field)
//! HelmRelease old reads old-values[app.yaml] in ns at 32 (field)
//! HelmRelease old reads git in ns at 32 (bootstrap)
//! HelmRelease oldest reads oldest-values[values.yaml] in ns at 37 (field)
//! ```

use sealine_model::kubernetes::UseKind;
use sealine_model::tree::Tree;
use sealine_model::{Certainty, Facts, Value};

use super::Kind;
use super::field::{bootstrap, reads};
use crate::delivery::tree::is_true;
use crate::manifest::object::Object;
use crate::manifest::reads::{Read, Reader, note};

pub(super) static KIND: Kind = Kind::new(
    &[
        "source.toolkit.fluxcd.io",
        "kustomize.toolkit.fluxcd.io",
        "helm.toolkit.fluxcd.io",
        "helm.fluxcd.io",
        "notification.toolkit.fluxcd.io",
        "image.toolkit.fluxcd.io",
    ],
    &[
        bootstrap(SOURCES, "spec.secretRef{name}"),
        bootstrap(SOURCES, "spec.certSecretRef{name}"),
        bootstrap(SOURCES, "spec.proxySecretRef{name}"),
        bootstrap(SOURCES, "spec.verify.secretRef{name}"),
        bootstrap("Bucket", "spec.sts.*ecretRef{name}"),
        bootstrap("Kustomization", "spec.decryption.secretRef{name}"),
        bootstrap("Kustomization HelmRelease", "spec.kubeConfig.secretRef{name,key}"),
        reads("Kustomization", "spec.postBuild.substituteFrom[]{name}"),
        bootstrap("HelmRelease", "spec.chart.spec.verify.secretRef{name}"),
        reads("HelmRelease", "spec.valuesFrom[].secretKeyRef{name,key}"),
        bootstrap("HelmRelease", "spec.chart.secretRef{name}"),
        bootstrap("HelmRelease", "spec.chartPullSecret{name}"),
        reads("Provider Receiver", "spec.secretRef{name}"),
        reads("Provider", "spec.certSecretRef{name}"),
    ],
)
.with(values_from)
.complete();

/// Reads the values of a release, which stand under `values.yaml` unless it says otherwise.
fn values_from(object: &Object<'_>, out: &mut Facts) {
    if object.kind != "HelmRelease" {
        return;
    }
    let list =
        |name: &str| object.tree.at(&["spec", name]).map(Tree::items).unwrap_or_default().iter();
    let is_secret =
        |item: &&Tree| item.get("kind").and_then(Tree::text).as_deref() == Some("Secret");
    let reader = Reader::of(object, Certainty::Exact);
    // The first Flux kept the list that its own first releases had.
    for item in list("valuesFrom").filter(is_secret).chain(list("valueFileSecrets")) {
        let Some(name) = item.get("name") else { continue };
        let place = name.place().or_else(|| item.get("kind")?.place());
        let Some(place) = place else { continue };
        let default =
            Tree::Scalar { value: Value::known("values.yaml", None), place: place.clone() };
        let key = Some(item.get("valuesKey").unwrap_or(&default));
        let optional = is_true(item.get("optional"));
        note(&reader, Read { key, optional, ..Read::new(name, UseKind::Field) }, out);
    }
}

const SOURCES: &str = "GitRepository OCIRepository HelmRepository HelmChart Bucket ImageRepository";
