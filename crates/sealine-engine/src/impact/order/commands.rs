//! What to run or look at between the steps. Sealine runs none of it.
//!
//! Invariant: the command that sets a value takes it from a file, so that it stands in no history. A
//! name that a shell could take for something else is not put into a command.

use std::collections::{BTreeMap, BTreeSet};

use sealine_model::delivery::DeliveryKind;
use sealine_model::kubernetes::{ExternalSecret, Scope};
use sealine_model::query::without_cluster;
use sealine_model::vault::{Entry, VaultKind};

use crate::impact::State;

/// Whether a shell takes the word as it stands.
fn is_plain(word: &str) -> bool {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | '@');
    !word.is_empty() && !word.starts_with('-') && word.chars().all(plain)
}

/// A word of a command: itself, or something to fill in.
fn word(text: &str) -> &str {
    if is_plain(text) { text } else { "NAME" }
}

fn namespace(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!(" -n {}", word(name)) }
}

/// How a value is set, by whoever has it.
pub(super) fn fill(entry: &Entry) -> String {
    let name = entry.name.pattern();
    let name = word(&name);
    let part = |part: &str| entry.vault.parts.get(part).map(sealine_model::Value::pattern);
    match &entry.vault.kind {
        VaultKind::Azure => {
            let vault = part("name").unwrap_or_default();
            let vault = word(&vault);
            format!(
                "`az keyvault secret set --vault-name {vault} --name {name} --file VALUE` sets it"
            )
        }
        VaultKind::AwsSecretsManager => format!(
            "`aws secretsmanager put-secret-value --secret-id {name} --secret-string file://VALUE` sets it"
        ),
        VaultKind::AwsParameterStore => format!(
            "`aws ssm put-parameter --name {name} --type SecureString --overwrite --value file://VALUE` sets it"
        ),
        VaultKind::Gcp => {
            format!("`gcloud secrets versions add {name} --data-file=VALUE` sets it")
        }
        VaultKind::HashiCorp => {
            let mount = part("mount").unwrap_or_default();
            format!("`vault kv put -mount={} {name} @VALUE.json` sets it", word(&mount))
        }
        VaultKind::Other(kind) => format!("set `{name}` in {kind}"),
    }
}

/// How it is seen that a value was set, without showing it.
pub(super) fn filled(entry: &Entry) -> Option<String> {
    let name = entry.name.pattern();
    let name = word(&name);
    match &entry.vault.kind {
        VaultKind::Azure => {
            let vault = entry.vault.parts.get("name").map(sealine_model::Value::pattern)?;
            Some(format!(
                "`az keyvault secret show --vault-name {} --name {name} --query attributes.updated` is \
                 later than the entry was applied",
                word(&vault)
            ))
        }
        _ => None,
    }
}

/// How it is seen that the roots of these scopes have applied what they deliver.
pub(super) fn delivered<'a>(
    state: &State<'_>,
    scopes: impl Iterator<Item = &'a Scope>,
) -> Vec<String> {
    let ids: BTreeSet<&str> = scopes.filter_map(|scope| scope.delivery.as_deref()).collect();
    let all = state.side.analysis.facts.iter().flat_map(|facts| &facts.deliveries);
    let mut checks: BTreeSet<String> = BTreeSet::new();
    for delivery in all.filter(|delivery| ids.contains(&*delivery.id)) {
        let name = delivery.name.pattern();
        let name = word(&name);
        let space = namespace(&delivery.namespace.pattern());
        checks.insert(match delivery.kind {
            DeliveryKind::FluxKustomization => {
                format!("`flux get kustomization {name}{space}` shows the new revision")
            }
            DeliveryKind::FluxHelmRelease => {
                format!("`flux get helmrelease {name}{space}` is ready")
            }
            DeliveryKind::ArgoApplication => format!("`argocd app wait {name} --sync`"),
            DeliveryKind::Kustomization | DeliveryKind::Devtron | DeliveryKind::Helmfile => {
                format!("`{name}` is deployed with the change")
            }
        });
    }
    checks.into_iter().collect()
}

/// How it is seen that `ExternalSecret`s are synced. One that was synced before is ready all the time.
pub(super) fn synced(externals: &BTreeMap<String, &ExternalSecret>, was: bool) -> Vec<String> {
    let mut by_namespace: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for external in externals.values() {
        let names = by_namespace.entry(external.scope.namespace.pattern()).or_default();
        let name = external.name.pattern();
        names.insert(format!("{}/{}", external.kind.to_ascii_lowercase(), word(&name)));
    }
    let line = |(space, names): (String, BTreeSet<String>)| {
        let names = names.into_iter().collect::<Vec<_>>().join(" ");
        let space = namespace(&space);
        if was {
            format!(
                "`kubectl{space} get {names} -o jsonpath='{{..status.refreshTime}}'` is later than the \
                 change, and Ready is True"
            )
        } else {
            format!("`kubectl{space} wait --for=condition=Ready {names} --timeout=5m`")
        }
    };
    by_namespace.into_iter().map(line).collect()
}

/// The reader without its container or task: what can be run or looked at as a whole.
pub(super) fn whole(id: &str) -> String {
    without_cluster(id).split('/').take(3).collect::<Vec<_>>().join("/")
}

/// How it is seen that a reader works.
pub(super) fn verify(id: &str, same_name: bool) -> String {
    let mut parts = id.split('/');
    let (kind, space, name) =
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next());
    // An object without a namespace has a shorter id.
    let (space, name) = match name {
        Some(name) => (space, name),
        None => ("", space),
    };
    let (kind, name, space) = (word(kind), word(name), namespace(space));
    match kind {
        "dag" => format!("`airflow dags trigger {name}` succeeds"),
        "deployment" | "statefulset" | "daemonset" => {
            let restart = if same_name {
                format!(
                    "`kubectl{space} rollout restart {kind}/{name}`, for variables are read at the start; then "
                )
            } else {
                String::new()
            };
            format!("{restart}`kubectl{space} rollout status {kind}/{name}`")
        }
        _ => format!("`kubectl{space} describe {kind} {name}` shows no error about the Secret"),
    }
}
