//! # removed-while-used
//!
//! ## What it finds
//!
//! A Secret that this repository made when its facts were last published, that nothing makes any
//! more, and that a workload still reads, in whatever repository.
//!
//! ## Why it matters
//!
//! With the next sync the operator takes the Secret away. Pods that start then wait in
//! `CreateContainerConfigError`, and tasks fail. The reader's own repository has not changed, so
//! nothing there says so.
//!
//! ## Example
//!
//! The `ExternalSecret` `db` stood in this repository when its facts were published.
//!
//! ```text
//! //- sealine.yaml
//! {}
//! //- earlier secrets/db.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: db
//!   namespace: app
//! spec:
//!   secretStoreRef: {name: kv, kind: ClusterSecretStore}
//!   data:
//!     - secretKey: password
//!       remoteRef: {key: db-password}
//! //- app.yaml
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
//!           envFrom:
//!             - secretRef:
//!                 name: db
//! ```
//!
//! ## Use instead
//!
//! Keep it until its last reader is gone.
//!
//! ```text
//! //- sealine.yaml
//! {}
//! //- earlier secrets/db.yaml
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: db
//!   namespace: app
//! spec:
//!   secretStoreRef: {name: kv, kind: ClusterSecretStore}
//!   data:
//!     - secretKey: password
//!       remoteRef: {key: db-password}
//! //- app.yaml
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
//!           image: app:1
//! ```
//!
//! ## Evidence it needs
//!
//! The facts of this repository as they were published before, given by `--with`, beside those of
//! the readers' repositories; a name and a namespace that are known in full on both sides; and no
//! other maker. A reader that starts without the Secret does not count, nor does one that is only
//! guessed.
//!
//! ## When to allow it
//!
//! When another tool takes the Secret over in the same change.

use std::collections::BTreeMap;

use sealine_model::kubernetes::{Scope, SecretOrigin, SecretUse, UseKind};
use sealine_model::{Certainty, Finding, Severity};
use sealine_source::Place;

use crate::chain::unresolved_secrets;
use crate::evidence::written_at_run_time;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "removed-while-used",
    severity: Severity::Error,
    summary: "a Secret that this repository no longer makes is still read",
    replaces: &["missing-secret"],
    source: include_str!("removed_while_used.rs"),
    check,
};

fn check(context: &Context<'_>, report: &mut Report) {
    let made = made_earlier(context);
    if made.is_empty() {
        return;
    }
    for secret in unresolved_secrets(context, counts) {
        let (name, namespace) = (&secret.name, &secret.namespace);
        let Some(place) = made.get(&(namespace.clone(), name.clone())) else { continue };
        let Some((first, others)) = secret.readers.split_first() else { continue };
        if written_at_run_time(context, secret.scope) {
            continue;
        }
        let mut finding = Finding::new(
            first.place.clone(),
            format!("secret/{namespace}/{name}"),
            format!("the Secret `{name}` in the namespace `{namespace}` is no longer made"),
        )
        .label(reader(first))
        .related((*place).clone(), "was made here");
        for other in others {
            finding = finding.related(other.place.clone(), reader(other));
        }
        report
            .add(finding.help("keep it until nothing reads it, then remove it in a later change"));
    }
}

/// The Secrets that were made when the facts were published: namespace and name, and where.
fn made_earlier<'a>(context: &Context<'a>) -> BTreeMap<(String, String), &'a Place> {
    let mut made = BTreeMap::new();
    let mut add = |scope: &Scope, name: &sealine_model::Value, place: &'a Place| {
        if let (Some(namespace), Some(name)) = (scope.namespace.text(), name.text()) {
            made.insert((namespace, name), place);
        }
    };
    for facts in context.earlier {
        for external in &facts.external_secrets {
            add(&external.scope, &external.target.name, &external.target.place);
        }
        for secret in facts.secrets.iter().filter(|it| it.origin != SecretOrigin::Guessed) {
            add(&secret.scope, &secret.name, &secret.place);
        }
    }
    made
}

fn counts(reader: &SecretUse) -> bool {
    let sure = !matches!(reader.kind, UseKind::Bootstrap | UseKind::Probable);
    sure && !reader.optional && reader.certainty > Certainty::Assumed
}

fn reader(reader: &SecretUse) -> String {
    format!("{} `{}` needs it", reader.consumer.kind, reader.consumer.name)
}
