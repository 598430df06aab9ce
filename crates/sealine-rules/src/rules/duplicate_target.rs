//! # duplicate-target
//!
//! ## What it finds
//!
//! A Secret that two things own: two `ExternalSecret`s with `creationPolicy: Owner`, an
//! `ExternalSecret` and a manifest, or an `ExternalSecret` and Terraform.
//!
//! ## Why it matters
//!
//! The operator refuses the second owner (`target is owned by another ExternalSecret`), or both
//! write in turn and the workload sees whichever came last.
//!
//! ## Example
//!
//! ```text
//! //- application.yaml
//! apiVersion: argoproj.io/v1alpha1
//! kind: Application
//! metadata:
//!   name: app
//!   namespace: argocd
//! spec:
//!   source:
//!     repoURL: https://github.com/example/app.git
//!     path: .
//!   destination: {server: https://kubernetes.default.svc, namespace: app}
//! //- external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: app
//!   namespace: app
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   data:
//!     - secretKey: TOKEN
//!       remoteRef:
//!         key: api-token
//! //- secret.yaml
//! apiVersion: bitnami.com/v1alpha1
//! kind: SealedSecret
//! metadata:
//!   name: app
//!   namespace: app
//! spec:
//!   encryptedData:
//!     TOKEN: AgBy3i4OJSWK
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- application.yaml
//! apiVersion: argoproj.io/v1alpha1
//! kind: Application
//! metadata:
//!   name: app
//!   namespace: argocd
//! spec:
//!   source:
//!     repoURL: https://github.com/example/app.git
//!     path: .
//!   destination: {server: https://kubernetes.default.svc, namespace: app}
//! //- external-secret.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: app
//!   namespace: app
//! spec:
//!   secretStoreRef: {name: kv-app, kind: ClusterSecretStore}
//!   data:
//!     - secretKey: TOKEN
//!       remoteRef:
//!         key: api-token
//! //- secret.yaml
//! apiVersion: bitnami.com/v1alpha1
//! kind: SealedSecret
//! metadata:
//!   name: app-sealed
//!   namespace: app
//! spec:
//!   encryptedData:
//!     TOKEN: AgBy3i4OJSWK
//! ```
//!
//! ## Evidence it needs
//!
//! Both are delivered by the same root, or by roots that stand side by side, to the same namespace
//! under the same known name; for Terraform, a configuration file, and no folders that name different
//! environments or AWS accounts on the two sides. `Merge`, `Orphan` and `None` own nothing.
//!
//! ## When to allow it
//!
//! While one is being moved to the other, with the date as `until`.

use std::collections::BTreeMap;

use sealine_model::kubernetes::{Scope, SecretOrigin};
use sealine_model::{Finding, Severity, Value};
use sealine_source::Place;

use crate::apart::are_apart;
use crate::evidence::surely_same_cluster;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "duplicate-target",
    severity: Severity::Error,
    summary: "two owners make one Secret",
    replaces: &[],
    source: include_str!("duplicate_target.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let mut owners: BTreeMap<(String, String), Vec<Owner<'_>>> = BTreeMap::new();
    for facts in context.facts {
        for external in &facts.external_secrets {
            let target = &external.target;
            if target.creation_policy == "Owner" && target.manifest.is_none() {
                add(
                    &mut owners,
                    &target.name,
                    Owner {
                        scope: &external.scope,
                        place: &target.place,
                        maker: format!("{} `{}`", external.kind, external.name),
                        external: true,
                        terraform: false,
                    },
                );
            }
        }
        for secret in &facts.secrets {
            let owns = matches!(
                secret.origin,
                SecretOrigin::Manifest
                    | SecretOrigin::SopsManifest
                    | SecretOrigin::Sealed
                    | SecretOrigin::Terraform
            );
            if owns {
                add(
                    &mut owners,
                    &secret.name,
                    Owner {
                        scope: &secret.scope,
                        place: &secret.place,
                        maker: if secret.maker.is_empty() {
                            "a Secret manifest".to_owned()
                        } else {
                            format!("`{}`", secret.maker)
                        },
                        external: false,
                        terraform: secret.origin == SecretOrigin::Terraform,
                    },
                );
            }
        }
    }
    for ((namespace, name), mut owners) in owners {
        owners.sort_by(|one, two| one.place.cmp(two.place));
        let pair = owners.iter().enumerate().find_map(|(index, one)| {
            let other = owners[index + 1..].iter().find(|two| clash(context, one, two))?;
            Some((one, other))
        });
        if let Some((one, two)) = pair {
            report.add(
                Finding::new(
                    two.place.clone(),
                    format!("secret/{namespace}/{name}"),
                    format!("the Secret `{name}` in the namespace `{namespace}` has two owners"),
                )
                .label(format!("made by {}", two.maker))
                .related(one.place.clone(), format!("and by {}", one.maker))
                .help("keep one, or give one of them another target name"),
            );
        }
    }
}

struct Owner<'a> {
    scope: &'a Scope,
    place: &'a Place,
    maker: String,
    external: bool,
    terraform: bool,
}

fn add<'a>(
    owners: &mut BTreeMap<(String, String), Vec<Owner<'a>>>,
    name: &Value,
    owner: Owner<'a>,
) {
    if let (Some(namespace), Some(name)) = (owner.scope.namespace.text(), name.text())
        && !namespace.is_empty()
    {
        owners.entry((namespace, name)).or_default().push(owner);
    }
}

/// Whether both stand in the same cluster for sure, and at least one is an `ExternalSecret`: two
/// manifests of one name are an overlay's business.
fn clash(context: &Context<'_>, one: &Owner<'_>, two: &Owner<'_>) -> bool {
    if !(one.external || two.external) || one.place == two.place {
        return false;
    }
    if one.terraform || two.terraform {
        let (here, there) = (one.place.file.folder(), two.place.file.folder());
        return context.settings.configured
            && one.terraform != two.terraform
            && !are_apart(here, there);
    }
    surely_same_cluster(context, one.scope, two.scope)
}
