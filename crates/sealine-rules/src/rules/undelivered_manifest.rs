//! # undelivered-manifest
//!
//! ## What it finds
//!
//! A file with an `ExternalSecret` in the folder of a kustomization that lists other files of that
//! folder, but not this one; or one in a folder that the kustomization above it leaves out, while a
//! root delivers that kustomization and it lists the folders beside; or one in a folder below that of
//! an Argo CD Application which does not set `directory.recurse`.
//!
//! ## Why it matters
//!
//! The file looks as if it were applied, and never is: the Secret is missing in the cluster.
//!
//! ## Example
//!
//! ```text
//! //- kustomization.yaml
//! apiVersion: kustomize.config.k8s.io/v1beta1
//! kind: Kustomization
//! resources:
//!   - deployment.yaml
//! //- deployment.yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: app
//!   namespace: app
//! spec:
//!   template:
//!     spec:
//!       containers:
//!         - name: app
//!           env:
//!             - name: TOKEN
//!               valueFrom:
//!                 secretKeyRef:
//!                   name: app
//!                   key: TOKEN
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
//! ```
//!
//! ## Use instead
//!
//! ```text
//! //- kustomization.yaml
//! apiVersion: kustomize.config.k8s.io/v1beta1
//! kind: Kustomization
//! resources:
//!   - deployment.yaml
//!   - external-secret.yaml
//! //- deployment.yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: app
//!   namespace: app
//! spec:
//!   template:
//!     spec:
//!       containers:
//!         - name: app
//!           env:
//!             - name: TOKEN
//!               valueFrom:
//!                 secretKeyRef:
//!                   name: app
//!                   key: TOKEN
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
//! ```
//!
//! ## Evidence it needs
//!
//! The kustomization lists files of its folder, and no other kustomization or root takes the file
//! up. What stands in the kustomization as a comment, file or folder, was left out on purpose. Below an
//! Application: the URL of the repository is its own, the path of each root is known, no other file
//! speaks of the folder, and its name is not that of examples, templates or an archive. Nothing is said
//! of a file whose own name is that of a sample (`db.example.yaml`).
//!
//! ## When to allow it
//!
//! When the file is kept for later; better move it away.

use sealine_model::delivery::UndeliveredCause;
use sealine_model::{Finding, Fix, Safety, Severity};

use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "undelivered-manifest",
    severity: Severity::Warning,
    summary: "an ExternalSecret stands where no kustomization and no Application takes it up",
    replaces: &[],
    source: include_str!("undelivered_manifest.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    for undelivered in context.facts.iter().flat_map(|facts| &facts.undelivered) {
        let file = &undelivered.place.file;
        // It waits to be copied and filled in.
        if file.is_sample() {
            continue;
        }
        let fix = undelivered.edit.clone().map(|edit| Fix {
            title: format!("add `{}` to the kustomization", undelivered.entry),
            safety: Safety::Unsafe,
            edits: vec![edit],
        });
        let (name, entry) = (&undelivered.name, &undelivered.entry);
        let unlisted = |what| {
            (
                format!("no kustomization lists the {what} of `{name}`, so nothing applies it"),
                format!("`{entry}` is not listed here"),
                "list it under `resources`, or remove the file",
            )
        };
        let (message, label, help) = match undelivered.cause {
            UndeliveredCause::File => unlisted("file"),
            UndeliveredCause::Folder => unlisted("folder"),
            UndeliveredCause::BelowApplication => (
                format!(
                    "the Application above takes no folders below its own, so nothing applies `{name}`"
                ),
                format!("without `directory.recurse`, `{entry}` is left out here"),
                "set `directory.recurse: true`, or move the file up",
            ),
        };
        report.add(
            Finding::new(
                undelivered.place.clone(),
                format!("file/{}/{}", file.repo, file.path),
                message,
            )
            .related(undelivered.by.clone(), label)
            .help(help)
            .fix(fix),
        );
    }
}
