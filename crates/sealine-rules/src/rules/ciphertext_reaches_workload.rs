//! # ciphertext-reaches-workload
//!
//! ## What it finds
//!
//! A file that SOPS encrypted, as a manifest or as the values of a chart, at a delivery root that has
//! nothing to decrypt it with.
//!
//! ## Why it matters
//!
//! The workload sees `ENC[AES256_GCM,…]` for its password, or the manifest is refused for its `sops`
//! field.
//!
//! ## Example
//!
//! ```text
//! //- apps.yaml
//! apiVersion: kustomize.toolkit.fluxcd.io/v1
//! kind: Kustomization
//! metadata:
//!   name: app
//!   namespace: flux-system
//! spec:
//!   sourceRef: {kind: GitRepository, name: flux-system}
//!   path: ./app
//! //- app/secret.sops.yaml
//! apiVersion: v1
//! kind: Secret
//! metadata:
//!   name: app
//!   namespace: app
//! stringData:
//!   token: ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]
//! sops:
//!   age:
//!     - recipient: age1example
//!       enc: example
//!   lastmodified: "2026-01-01T00:00:00Z"
//!   mac: ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]
//!   version: 3.9.0
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- apps.yaml
//! apiVersion: kustomize.toolkit.fluxcd.io/v1
//! kind: Kustomization
//! metadata:
//!   name: app
//!   namespace: flux-system
//! spec:
//!   sourceRef: {kind: GitRepository, name: flux-system}
//!   path: ./app
//!   decryption:
//!     provider: sops
//!     secretRef: {name: sops-age}
//! //- app/secret.sops.yaml
//! apiVersion: v1
//! kind: Secret
//! metadata:
//!   name: app
//!   namespace: app
//! stringData:
//!   token: ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]
//! sops:
//!   age:
//!     - recipient: age1example
//!       enc: example
//!   lastmodified: "2026-01-01T00:00:00Z"
//!   mac: ENC[AES256_GCM,data:x,iv:x,tag:x,type:str]
//!   version: 3.9.0
//! ```
//!
//! ## Evidence it needs
//!
//! The file carries the metadata of SOPS. A Flux Kustomization has no `decryption`; the values files of a
//! `HelmRelease` are never decrypted; an Argo CD Application names the file without `secrets://`, and no
//! plugin. For manifests of an Application it is a warning: a plugin may be found by what lies in the
//! folder. Nothing is said of a Kustomization that only a folder brings which the root above it leaves out:
//! nothing applies it, and what its root would patch into it is not known.
//!
//! ## When to allow it
//!
//! When something that Sealine cannot see decrypts it on the way.

use sealine_model::delivery::{Delivery, DeliveryKind, MishapKind};
use sealine_model::{Facts, Finding, Severity};
use sealine_source::is_below;

use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "ciphertext-reaches-workload",
    severity: Severity::Error,
    summary: "a file that SOPS encrypted is delivered as it is",
    replaces: &[],
    source: include_str!("ciphertext_reaches_workload.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    for facts in context.facts {
        let is_parked = || facts.deliveries.iter().any(|root| is_left_out(context, root));
        if facts.mishaps.is_empty() || is_parked() {
            continue;
        }
        for mishap in &facts.mishaps {
            let file = &mishap.place.file;
            let (message, help) = match mishap.kind {
                MishapKind::EncryptedManifest => (
                    format!("{} is applied as SOPS encrypted it", mishap.object),
                    "set up decryption in the root that delivers it: `spec.decryption` in Flux, a \
                     plugin such as KSOPS in Argo CD",
                ),
                MishapKind::EncryptedValues => (
                    format!("`{}` is given to the chart as SOPS encrypted it", mishap.words),
                    "decrypt it on the way, as helm-secrets does (`secrets://` in Argo CD), or let \
                     the chart read a Secret",
                ),
                _ => continue,
            };
            let subject = format!("sops/{}/{}", file.repo, mishap.words);
            let mut finding = Finding::new(mishap.place.clone(), subject, message).help(help);
            if let Some(root) = facts.deliveries.first() {
                finding = finding.related(root.place.clone(), "this root has no decryption");
            }
            let found = is_found_by_folder(facts) && mishap.kind == MishapKind::EncryptedManifest;
            report.add_as(if found { Severity::Warning } else { Severity::Error }, finding);
        }
    }
}

/// Whether only a kustomization brings this root that nobody names, and that stands below the folder which
/// a root of Flux delivers: whoever wrote that folder's list left it out.
fn is_left_out(context: &Context<'_>, root: &Delivery) -> bool {
    let deliveries = || context.facts.iter().flat_map(|facts| &facts.deliveries);
    let parent = deliveries().find(|one| Some(&one.id) == root.parent.as_ref());
    let Some(parent) = parent.filter(|parent| parent.is_unnamed()) else { return false };
    let folder = parent.path.text().unwrap_or_default();
    deliveries().any(|above| {
        let holds = |path: String| path != folder && is_below(&folder, &path);
        above.kind == DeliveryKind::FluxKustomization
            && above.repo == parent.repo
            && above.path.text().is_some_and(holds)
    })
}

/// Whether a plugin may take up the folder though the root names none.
fn is_found_by_folder(facts: &Facts) -> bool {
    facts.deliveries.iter().any(|delivery| delivery.kind == DeliveryKind::ArgoApplication)
}
