//! # stale-copy
//!
//! ## What it finds
//!
//! An `ExternalSecret` that composes a connection to the database of an operator's cluster, with a
//! password out of a vault, although the operator keeps that password in a Secret of its own.
//!
//! ## Why it matters
//!
//! There are two sources of one truth. When the operator makes a new password, the copy in the vault
//! is stale until somebody sets it again, and everything still looks synced.
//!
//! ## Example
//!
//! ```text
//! //- database.yaml
//! apiVersion: postgresql.cnpg.io/v1
//! kind: Cluster
//! metadata:
//!   name: warehouse
//!   namespace: data
//! spec:
//!   instances: 2
//! //- connection.yaml
//! apiVersion: external-secrets.io/v1
//! kind: SecretStore
//! metadata:
//!   name: kv-app
//!   namespace: airflow
//! spec:
//!   provider:
//!     azurekv: {vaultUrl: "https://kv-app.vault.azure.net", authType: WorkloadIdentity}
//! ---
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: warehouse
//!   namespace: airflow
//! spec:
//!   secretStoreRef: {name: kv-app, kind: SecretStore}
//!   target:
//!     template:
//!       data:
//!         AIRFLOW_CONN_WAREHOUSE: 'postgresql://app:{{ .password | urlquery | replace "+" "%20" }}@warehouse-rw.data.svc:5432/app'
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: warehouse-password
//! ```
//!
//! ## Use instead
//!
//! A store that reads the operator's Secret where it is.
//!
//! ```text
//! //- database.yaml
//! apiVersion: postgresql.cnpg.io/v1
//! kind: Cluster
//! metadata:
//!   name: warehouse
//!   namespace: data
//! spec:
//!   instances: 2
//! //- connection.yaml
//! apiVersion: external-secrets.io/v1
//! kind: SecretStore
//! metadata:
//!   name: data
//!   namespace: airflow
//! spec:
//!   provider:
//!     kubernetes:
//!       remoteNamespace: data
//!       server: {caProvider: {type: ConfigMap, name: kube-root-ca.crt, key: ca.crt}}
//!       auth: {serviceAccount: {name: reads-warehouse}}
//! ---
//! apiVersion: external-secrets.io/v1
//! kind: ExternalSecret
//! metadata:
//!   name: warehouse
//!   namespace: airflow
//! spec:
//!   secretStoreRef: {name: data, kind: SecretStore}
//!   target:
//!     template:
//!       data:
//!         AIRFLOW_CONN_WAREHOUSE: 'postgresql://app:{{ .password | urlquery | replace "+" "%20" }}@warehouse-rw.data.svc:5432/app'
//!   data:
//!     - secretKey: password
//!       remoteRef:
//!         key: warehouse-app
//!         property: password
//! ```
//!
//! ## Evidence it needs
//!
//! The cluster in sight, and not known to be in another Kubernetes cluster; the name of its service
//! and the user of the Secret written out; a password that comes from a vault; and no `PushSecret`
//! that keeps the vault's copy fresh.
//!
//! ## When to allow it
//!
//! When the operator does not rotate the password by itself, and whoever does also sets the entry.

use sealine_airflow::connection::{self, Json};
use sealine_model::kubernetes::{ExternalSecret, Secret, SecretOrigin};
use sealine_model::vault::VaultKind;
use sealine_model::{Facts, Finding, Severity, Value};
use sealine_source::TextRange;

use crate::connections::{Composed, has_hole, written};
use crate::evidence::{cluster, may_be_one};
use crate::once::OncePerPlace;
use crate::{Context, Report, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    name: "stale-copy",
    severity: Severity::Info,
    summary: "a database operator's password is taken from a copy in a vault",
    replaces: &[],
    source: include_str!("stale_copy.rs"),
    check,
};

/// A database, as the Secret of one of its users tells of it.
struct Database<'a> {
    secret: &'a Secret,
    /// The name of the cluster.
    name: String,
    /// What stands after its name in the names of its services.
    services: &'static [&'static str],
    /// The user whose password the Secret holds.
    user: String,
}

fn check(context: &Context<'_>, report: &mut Report) {
    let databases = databases(context);
    if databases.is_empty() {
        return;
    }
    let mut once = OncePerPlace::default();
    for (connection, _) in written(context) {
        let external = connection.judged.external;
        let Some(login) = login(&connection) else { continue };
        if !from_vault(context, external) {
            continue;
        }
        let Some(database) = databases.iter().find(|found| names(context, found, external, &login))
        else {
            continue;
        };
        let text = &connection.judged.text;
        let at = text.text.find(&login.host).unwrap_or_default();
        let place = text.place_of(TextRange::new(at, at + login.host.len()));
        once.note(&place, connection.judged.subject(), |place, subject| {
            let (secret, maker) = (&database.secret.name, &database.secret.maker);
            let namespace = &database.secret.scope.namespace;
            let message =
                format!("`{}` takes the password of `{maker}` from a vault", connection.variable);
            Finding::new(place, subject, message)
                .label("a service of that cluster")
                .help(format!(
                    "the operator keeps it in the Secret `{secret}` of `{namespace}`: read that \
                     through a store of the kind `kubernetes`, or push it to the vault"
                ))
                .related(database.secret.place.clone(), "the operator makes the password")
        });
    }
    once.report(report);
}

fn databases<'a>(context: &Context<'a>) -> Vec<Database<'a>> {
    let secrets = context.facts.iter().flat_map(|facts: &'a Facts| &facts.secrets);
    let made = secrets.filter(|secret| secret.origin == SecretOrigin::Controller);
    let found: Vec<Database<'a>> = made.filter_map(database).collect();
    let pushed = |database: &Database<'_>| {
        let mut pushes = context.facts.iter().flat_map(|facts| &facts.pushes);
        pushes.any(|push| {
            push.secret.text().is_none() || push.secret.text() == database.secret.name.text()
        })
    };
    found.into_iter().filter(|database| !pushed(database)).collect()
}

fn database(secret: &Secret) -> Option<Database<'_>> {
    let (kind, name) = secret.maker.split_once(' ')?;
    // The label names the namespace, too, where that is known.
    let name = name.rsplit('/').next()?.to_owned();
    let text = secret.name.text()?;
    let has = |key: &str| secret.keys.known.iter().any(|(known, _)| known == key);
    let (services, user): (&[&str], String) = match kind {
        // CloudNativePG.
        "Cluster" if has("fqdn-uri") => match text.strip_prefix(&name)? {
            "-app" => (&["-rw", "-ro", "-r"], "app".to_owned()),
            "-superuser" => (&["-rw", "-ro", "-r"], "postgres".to_owned()),
            _ => return None,
        },
        // Zalando's operator.
        "postgresql" => {
            let user = text.split_once('.')?.0;
            (&["", "-repl"], user.replace('-', "_"))
        }
        _ => return None,
    };
    Some(Database { secret, name, services, user })
}

/// What a composed connection logs in with.
struct Login {
    host: String,
    user: String,
    schema: String,
}

/// Returns the login, when its password is printed and the rest of it is written out.
fn login(connection: &Composed<'_>) -> Option<Login> {
    let text = &connection.shape.text;
    let made = connection::parse(text).ok()?;
    let field = |name: &str| made.field(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    let known = |name: &str| Some(field(name)).filter(|text| !has_hole(text) && !text.is_empty());
    let printed = has_hole(&field("password"));
    if !printed {
        return None;
    }
    Some(Login { host: known("host")?, user: known("login")?, schema: field("schema") })
}

/// Returns whether a value of this `ExternalSecret` comes from a vault that is known as one.
fn from_vault(context: &Context<'_>, external: &ExternalSecret) -> bool {
    context.links.reads.iter().any(|link| {
        let fact = link.external_secret;
        let own = &context.facts[fact.unit].external_secrets[fact.item];
        let vault = link.vault.as_ref().filter(|vault| match &vault.kind {
            VaultKind::Other(name) => {
                !["crd", "fake", "kubernetes", "webhook"].contains(&name.as_str())
            }
            _ => true,
        });
        std::ptr::eq(own, external) && vault.is_some()
    })
}

/// Returns whether this is the database, and the user, that the connection names.
fn names(
    context: &Context<'_>,
    database: &Database<'_>,
    external: &ExternalSecret,
    login: &Login,
) -> bool {
    let scope = &database.secret.scope;
    let one = may_be_one(cluster(context, &external.scope), cluster(context, scope));
    let host = login.host.to_ascii_lowercase();
    let mut parts = host.split('.');
    let service = parts.next().unwrap_or_default();
    let namespace = parts.next().map(str::to_owned).or_else(|| external.scope.namespace.text());
    let inside = matches!(parts.next(), None | Some("svc"));
    let is_service = service
        .strip_prefix(database.name.as_str())
        .is_some_and(|rest| database.services.contains(&rest));
    // A cluster whose owner has another name calls its database so, too.
    let user =
        login.user == database.user || (database.user == "app" && login.user == login.schema);
    let same = |wanted: &Value| wanted.text().is_some() && wanted.text() == namespace;
    one && inside && is_service && user && same(&scope.namespace)
}
