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
//! speaks of the folder, and its name is not that of examples, templates or an archive. A file that
//! names no store, or an object which the kustomization builds already, is a patch that nobody lists, and
//! no repair adds it. Nothing is said
//! of a file whose own name is that of a sample (`db.example.yaml`).
//!
//! ## When to allow it
//!
//! When the file is kept for later; better move it away.

use sealine_model::delivery::UndeliveredCause;
use sealine_model::kubernetes::ExternalSecret;
use sealine_model::{Facts, Finding, Fix, Safety, Severity};
use sealine_source::{Place, is_below};

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

/// What to do with a file that only changes an object of the kustomization.
const PATCH_HELP: &str = "list it under `patches`, or remove the file";

fn check(context: &Context<'_>, report: &mut Report) {
    for undelivered in context.facts.iter().flat_map(|facts| &facts.undelivered) {
        let file = &undelivered.place.file;
        // It waits to be copied and filled in.
        if file.is_sample() {
            continue;
        }
        let own = all(context).find(|(_, external)| external.place == undelivered.place);
        let built = own.and_then(|(_, external)| built_already(context, external));
        let is_patch = built.is_some() || own.is_some_and(|(_, external)| is_part(external));
        // As a resource it would be there twice, or be no whole one.
        let fix = undelivered.edit.clone().filter(|_| !is_patch).map(|edit| Fix {
            title: format!("add `{}` to the kustomization", undelivered.entry),
            safety: Safety::Unsafe,
            edits: vec![edit],
        });
        let (name, entry) = (&undelivered.name, &undelivered.entry);
        let unlisted = |what| {
            (
                format!("no kustomization lists the {what} of `{name}`, so nothing applies it"),
                format!("`{entry}` is not listed here"),
                if is_patch { PATCH_HELP } else { "list it under `resources`, or remove the file" },
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
        let subject = format!("file/{}/{}", file.repo, file.path);
        let finding = Finding::new(undelivered.place.clone(), subject, message)
            .related(undelivered.by.clone(), label)
            .help(help)
            .fix(fix);
        report.add(match built {
            Some(place) => finding.related(place.clone(), "the same object is built from here"),
            None => finding,
        });
    }
}

/// All `ExternalSecret`s with the facts they belong to.
fn all<'a>(context: &'a Context<'_>) -> impl Iterator<Item = (&'a Facts, &'a ExternalSecret)> {
    context.facts.iter().flat_map(|facts| facts.external_secrets.iter().map(move |it| (facts, it)))
}

/// Returns where the object of this name stands that a kustomization in the file's folder, or above
/// it, builds.
fn built_already<'a>(context: &'a Context<'_>, loose: &ExternalSecret) -> Option<&'a Place> {
    let file = &loose.place.file;
    let builds = |facts: &Facts| {
        facts.deliveries.iter().any(|delivery| {
            let path = delivery.path.text();
            delivery.repo.as_deref() == Some(&*file.repo)
                && path.is_some_and(|path| is_below(&file.path, path.trim_end_matches('/')))
        })
    };
    let is_same = |other: &ExternalSecret| {
        let namespaces = (&other.scope.namespace, &loose.scope.namespace);
        other.place != loose.place
            && other.kind == loose.kind
            && other.name.text().is_some_and(|name| loose.name.text() == Some(name))
            && namespaces.0.unify(namespaces.1).is_some()
    };
    let mut found = all(context).filter(|(facts, other)| is_same(other) && builds(facts));
    found.next().map(|(_, other)| &other.place)
}

/// Returns whether this cannot be all of an object: it reads, and says from no store.
fn is_part(external: &ExternalSecret) -> bool {
    external.store.is_none()
        && !external.reads.is_empty()
        && external.reads.iter().all(|read| read.store.is_none())
}
