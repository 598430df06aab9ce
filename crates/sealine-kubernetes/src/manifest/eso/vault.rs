//! Which vault the provider of a store means.
//!
//! Invariant: a part of an identity that the spec does not tell is missing, never guessed.

use sealine_model::tree::Tree;
use sealine_model::vault::{VaultIdentity, VaultKind};
use sealine_model::{Piece, Value};

use crate::manifest::names::{name_of, part_of, text_at};

/// Providers without a vault: they make up values or ask any service.
const WITHOUT_VAULT: &[&str] = &["fake", "webhook"];

/// The name of a part, and the path to it in the provider's spec.
type Part = (&'static str, &'static [&'static str]);

/// Where other providers name what tells one vault from another: the part and its path.
const PARTS: &[(&str, &[Part])] = &[
    ("akeyless", &[("address", &["akeylessGWApiURL"])]),
    ("alibaba", &[("region", &["regionID"])]),
    ("barbican", &[("address", &["authURL"]), ("project", &["tenantName"])]),
    ("beyondtrust", &[("address", &["server", "apiUrl"])]),
    (
        "bitwardensecretsmanager",
        &[("organization", &["organizationID"]), ("project", &["projectID"])],
    ),
    ("chef", &[("address", &["serverUrl"])]),
    ("cloudrusm", &[("project", &["projectID"])]),
    ("conjur", &[("address", &["url"])]),
    ("delinea", &[("tenant", &["tenant"]), ("tld", &["tld"])]),
    ("device42", &[("address", &["host"])]),
    ("doppler", &[("project", &["project"]), ("config", &["config"])]),
    ("fortanix", &[("address", &["apiUrl"])]),
    ("github", &[("organization", &["organization"]), ("repository", &["repository"])]),
    ("gitlab", &[("address", &["url"]), ("project", &["projectID"])]),
    ("ibm", &[("address", &["serviceUrl"])]),
    (
        "infisical",
        &[
            ("address", &["hostAPI"]),
            ("project", &["secretsScope", "projectSlug"]),
            ("environment", &["secretsScope", "environmentSlug"]),
            ("path", &["secretsScope", "secretsPath"]),
        ],
    ),
    ("keepersecurity", &[("folder", &["folderID"])]),
    ("kubernetes", &[("address", &["server", "url"]), ("namespace", &["remoteNamespace"])]),
    ("onboardbase", &[("project", &["project"]), ("environment", &["environment"])]),
    ("onepassword", &[("address", &["connectHost"])]),
    ("onepasswordSDK", &[("vault", &["vault"])]),
    ("oracle", &[("vault", &["vault"]), ("region", &["region"])]),
    ("ovh", &[("address", &["server"]), ("id", &["okmsid"])]),
    ("passbolt", &[("address", &["host"])]),
    ("passworddepot", &[("address", &["host"]), ("database", &["database"])]),
    ("previder", &[("address", &["baseUri"])]),
    (
        "pulumi",
        &[
            ("organization", &["organization"]),
            ("project", &["project"]),
            ("environment", &["environment"]),
        ],
    ),
    ("scaleway", &[("project", &["projectId"]), ("region", &["region"])]),
    ("secretserver", &[("address", &["serverURL"])]),
    ("senhasegura", &[("address", &["url"]), ("module", &["module"])]),
    ("volcengine", &[("region", &["region"])]),
    ("yandexcertificatemanager", &[("address", &["apiEndpoint"])]),
    ("yandexlockbox", &[("address", &["apiEndpoint"])]),
];

/// Returns the vault that a store's `provider` means.
pub(super) fn of_provider(provider: &Tree) -> Option<VaultIdentity> {
    let entry = provider.entries().first()?;
    let spec = &entry.value;
    let part = |path: &[&str]| spec.at(path).and_then(name_of);
    match entry.key.as_str() {
        without if WITHOUT_VAULT.contains(&without) => None,
        "azurekv" => {
            let name = part(&["vaultUrl"]).map(|address| host_label(&address));
            Some(VaultIdentity::new(VaultKind::Azure, name.map(|name| ("name", name))))
        }
        "aws" => {
            let kind = match text_at(spec, &["service"]).as_deref() {
                None | Some("SecretsManager") => VaultKind::AwsSecretsManager,
                Some("ParameterStore") => VaultKind::AwsParameterStore,
                Some(other) => VaultKind::Other(format!("aws-{}", other.to_lowercase())),
            };
            let region = part(&["region"]).map(|region| ("region", region));
            let account = text_at(spec, &["role"]).and_then(|role| account_of(&role));
            let account = account.map(|account| ("account", Value::from(account.as_str())));
            Some(VaultIdentity::new(kind, region.into_iter().chain(account)))
        }
        "gcpsm" => {
            let project = part(&["projectID"]).map(|project| ("project", project));
            Some(VaultIdentity::new(VaultKind::Gcp, project))
        }
        "vault" | "openbao" => Some(hashicorp(part(&["server"]), part(&["path"]))),
        other => {
            let parts = PARTS.iter().find(|(name, _)| *name == other).map(|(_, parts)| *parts);
            let parts = parts.unwrap_or_default().iter();
            let known = parts.filter_map(|(name, path)| Some((*name, part(path)?)));
            let known = known.filter(|(name, value)| {
                !(other == "kubernetes" && *name == "address" && is_own_cluster(value))
            });
            Some(VaultIdentity::new(VaultKind::Other(other.to_owned()), known))
        }
    }
}

/// Returns whether this is how pods of a cluster call its own API server.
fn is_own_cluster(address: &Value) -> bool {
    let Some(text) = address.text() else { return false };
    let host = text.trim_start_matches("https://").trim_end_matches('/');
    let host = host.strip_suffix(":443").unwrap_or(host);
    matches!(
        host,
        "kubernetes"
            | "kubernetes.default"
            | "kubernetes.default.svc"
            | "kubernetes.default.svc.cluster.local"
    )
}

/// Returns the KV engine `mount` of the HashiCorp Vault or OpenBao at `address`.
fn hashicorp(address: Option<Value>, mount: Option<Value>) -> VaultIdentity {
    let mount = mount.map(|value| match value.text() {
        Some(text) if text.ends_with('/') => Value::from(text.trim_end_matches('/')),
        _ => value,
    });
    VaultIdentity::hashicorp(address, mount)
}

/// Returns the account of an ARN.
fn account_of(arn: &str) -> Option<String> {
    let account = arn.split(':').nth(4)?;
    let digits = !account.is_empty() && account.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| account.to_owned())
}

/// Returns the first label of the host of an address, with its holes: the name of an Azure vault.
pub(crate) fn host_label(address: &Value) -> Value {
    let mut kept = Vec::new();
    for (index, piece) in address.pieces().iter().enumerate() {
        let Piece::Literal { text, place } = piece else {
            kept.push(Piece::Hole);
            continue;
        };
        let scheme = text.find("://").filter(|_| index == 0).map_or(0, |at| at + 3);
        let rest = text.get(scheme..).unwrap_or_default();
        let length = rest.find(['.', '/', ':']).unwrap_or(rest.len());
        kept.push(Piece::Literal {
            text: rest.get(..length).unwrap_or_default().into(),
            place: place.as_ref().map(|place| part_of(place, text, scheme, length)),
        });
        if length < rest.len() {
            break;
        }
    }
    let value = Value::from_pieces(kept);
    if value.pieces().is_empty() { Value::unknown() } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::names::with_holes;

    #[test]
    fn the_vault_is_the_first_label_of_its_host() {
        for (address, name) in [
            ("https://kv-app-common.vault.azure.net", "kv-app-common"),
            ("https://kv.vault.azure.net/", "kv"),
            ("https://kv-${env}.vault.azure.net/", "kv-*"),
            ("${url}", "*"),
            ("https://", "*"),
            ("kv", "kv"),
        ] {
            let address = with_holes(&Value::from(address));
            assert_eq!(host_label(&address).pattern(), name, "{address}");
        }
    }

    #[test]
    fn the_own_cluster_has_several_names() {
        for (address, own) in [
            ("kubernetes.default", true),
            ("https://kubernetes.default.svc", true),
            ("https://kubernetes.default.svc.cluster.local:443/", true),
            ("https://kubernetes.example.org", false),
        ] {
            assert_eq!(is_own_cluster(&Value::from(address)), own, "{address}");
        }
    }

    #[test]
    fn the_account_stands_in_the_role() {
        let role = "arn:aws:iam::123456789012:role/reader";
        assert_eq!(account_of(role).as_deref(), Some("123456789012"));
        assert_eq!(account_of("reader"), None);
    }
}
