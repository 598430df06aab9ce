//! Vaults and their entries.

use std::borrow::Cow;
use std::collections::BTreeSet;

use sealine_source::Place;

use crate::kubernetes::Carrier;
use crate::{Alphabets, Asked, Certainty, Piece, SortedMap, Value, vault_address};

/// The kinds of vault that External Secrets Operator and Terraform both know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VaultKind {
    /// Azure Key Vault; identity: `name`.
    Azure,
    /// AWS Secrets Manager; identity: `account`, `region`.
    AwsSecretsManager,
    /// AWS Systems Manager Parameter Store; identity: `account`, `region`.
    AwsParameterStore,
    /// Google Secret Manager; identity: `project`.
    Gcp,
    /// HashiCorp Vault or OpenBao, a KV engine; identity: `address`, `mount`.
    HashiCorp,
    /// Any other provider, by ESO's name for it (`onepassword`, `doppler`); identity: what its
    /// store spec names.
    Other(String),
}

impl VaultKind {
    /// Returns the name used in `sealine.yaml` and in node ids.
    pub fn name(&self) -> &str {
        match self {
            Self::Azure => "azure",
            Self::AwsSecretsManager => "aws-secrets-manager",
            Self::AwsParameterStore => "aws-parameter-store",
            Self::Gcp => "gcp",
            Self::HashiCorp => "hashicorp",
            Self::Other(name) => name,
        }
    }

    /// Returns the kind of this name.
    pub fn from_name(name: &str) -> Self {
        match name {
            "azure" | "azurekv" => Self::Azure,
            "aws" | "aws-secrets-manager" => Self::AwsSecretsManager,
            "aws-parameter-store" => Self::AwsParameterStore,
            "gcp" | "gcpsm" => Self::Gcp,
            "hashicorp" | "vault" => Self::HashiCorp,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Returns whether a reader may call an entry by the id that the vault gave it, and `name` is one: no
    /// configuration says whose it is.
    pub fn is_own_id(&self, name: &str) -> bool {
        self.name() == "bitwardensecretsmanager" && crate::is_uuid(name)
    }

    /// Returns whether entry names are compared without case.
    pub fn ignores_case(&self) -> bool {
        *self == Self::Azure
    }
}

/// Which vault something means: its kind and the parts of its identity, each as far as known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VaultIdentity {
    /// The kind.
    pub kind: VaultKind,
    /// The parts named at [`VaultKind`]; a missing part is unknown.
    pub parts: SortedMap<Cow<'static, str>, Value>,
}

impl VaultIdentity {
    /// Returns the namespace whose Secrets are the entries, for ESO's provider `kubernetes` of the
    /// store's own cluster.
    pub fn namespace_of_secrets(&self) -> Option<&Value> {
        let is_own = self.kind.name() == "kubernetes" && self.parts.get("address").is_none();
        self.parts.get("namespace").filter(|_| is_own)
    }

    /// Returns the identity of `kind` with these parts.
    pub fn new(kind: VaultKind, parts: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        let parts = parts.into_iter().map(|(name, part)| (Cow::Borrowed(name), part)).collect();
        Self { kind, parts }
    }

    /// Returns the identity of the Azure Key Vault `name`.
    pub fn azure(name: Value) -> Self {
        Self::new(VaultKind::Azure, [("name", name)])
    }

    /// Returns the identity of the KV engine `mount` of the HashiCorp Vault or OpenBao at `address`. What is
    /// not known of either, and an address of the own machine, tells nothing.
    pub fn hashicorp(address: Option<Value>, mount: Option<Value>) -> Self {
        let known = |value: &Value| !value.is_unknown();
        let address = address.filter(known).and_then(vault_address::told);
        let parts = [("address", address), ("mount", mount.filter(known))];
        let known = parts.into_iter().filter_map(|(name, value)| Some((name, value?)));
        Self::new(VaultKind::HashiCorp, known)
    }

    /// Returns how surely both mean the same vault.
    pub fn unify(&self, other: &Self) -> Option<Certainty> {
        if self.kind != other.kind {
            return None;
        }
        let mut certainty = Certainty::Exact;
        let names = self.parts.keys().chain(other.parts.keys());
        for name in names {
            let part = match (self.parts.get(name), other.parts.get(name)) {
                (Some(one), Some(two)) => {
                    one.unify(two).or_else(|| self.seen_from_elsewhere(name, one, two))?
                }
                _ => Certainty::Assumed,
            };
            certainty = certainty.min(part);
        }
        Some(certainty)
    }

    /// Returns how surely two values of a part that differ are one server, by where it is seen from.
    fn seen_from_elsewhere(&self, part: &str, one: &Value, two: &Value) -> Option<Certainty> {
        let is_address = self.kind == VaultKind::HashiCorp && part == "address";
        let (one, two) = (one.text()?, two.text()?);
        is_address.then(|| vault_address::unify(&one, &two)).flatten()
    }

    /// Returns whether both say the same, in the same words, wherever these stand.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let same = |(name, part): (&Cow<'_, str>, &Value)| {
            other.parts.get(name).is_some_and(|there| there.reads_like(part))
        };
        self.kind == other.kind
            && self.parts.len() == other.parts.len()
            && self.parts.iter().all(same)
    }

    /// Returns `vaults` with those left out that mean the same as one before, wherever they stand.
    pub fn distinct<'a>(vaults: impl IntoIterator<Item = &'a Self>) -> Vec<&'a Self> {
        let mut seen = BTreeSet::new();
        let parts = |vault: &'a Self| {
            let parts = vault.parts.iter().map(|(name, part)| (&**name, part.pattern()));
            parts.collect::<Vec<_>>()
        };
        vaults.into_iter().filter(|vault| seen.insert((&vault.kind, parts(vault)))).collect()
    }

    /// Returns the name people use for this vault: the Azure name, the project, the mount, the
    /// region, or the kind where nothing is known.
    pub fn label(&self) -> String {
        let known: Vec<String> =
            self.parts.values().filter(|part| !part.is_unknown()).map(Value::pattern).collect();
        match (&self.kind, known.is_empty()) {
            (VaultKind::Azure, false) => known.join("/"),
            (kind, true) => kind.name().to_owned(),
            (kind, false) => format!("{}/{}", kind.name(), known.join("/")),
        }
    }
}

/// A vault that a unit declares (creates) or looks up.
#[derive(Clone, Debug)]
pub struct Vault {
    /// Which vault.
    pub identity: VaultIdentity,
    /// The Terraform address, when Terraform names it.
    pub address: String,
    /// Whether the unit creates it, rather than looks it up.
    pub created: bool,
    /// Where it is named.
    pub place: Place,
}

/// What an entry of a vault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryObject {
    /// A secret.
    Secret,
    /// A certificate (Azure); readable as a secret of the same name, too.
    Certificate,
    /// A key (Azure).
    Key,
}

/// Who creates an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryOrigin {
    /// A Terraform resource.
    Terraform,
    /// A `PushSecret`.
    PushSecret,
    /// `entries` in `sealine.yaml`: people create it by hand.
    Configured,
}

/// A vault entry that something creates.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The vault it lies in.
    pub vault: VaultIdentity,
    /// Its name there.
    pub name: Value,
    /// What it is.
    pub object: EntryObject,
    /// Who creates it.
    pub origin: EntryOrigin,
    /// The Terraform address with its instance key, or the id of the `PushSecret`.
    pub address: String,
    /// Where it is declared: the head of the block or object.
    pub place: Place,
    /// Where its name, or what it is made of, is written, when that is one place.
    pub name_place: Option<Place>,
    /// The keys of the JSON object it holds, when they are known.
    pub properties: Option<Vec<String>>,
    /// What its value is known to keep to.
    pub alphabets: Alphabets,
    /// What Terraform says of its value.
    pub filling: Filling,
    /// Whether Terraform resets the value at each apply or leaves it: `lifecycle` holds
    /// `ignore_changes` for the value.
    pub ignores_value: bool,
    /// Where `ignore_changes` could be added: the whole resource block.
    pub block: Option<Place>,
}

impl Entry {
    /// Returns where the entry is listed, if its name does not stand in the block that makes it: the line of a
    /// map or a set that the block is repeated for, or the argument of a module.
    pub fn listed(&self) -> Option<&Place> {
        let block = self.block.as_ref()?;
        let placed = self.name.pieces().iter().filter_map(|piece| match piece {
            Piece::Literal { text, place: Some(place) } => Some((text.as_str(), place)),
            _ => None,
        });
        let (inside, outside): (Vec<_>, Vec<_>) = placed.partition(|(_, at)| block.contains(at));
        let keys: Vec<&str> = self.address.split('"').skip(1).step_by(2).collect();
        // What is written last tells most: before it stand the names of environments and groups.
        let last = |is_it: &dyn Fn(&str) -> bool| {
            let is_word = |text: &str| text.contains(char::is_alphanumeric);
            outside.iter().rev().find(|(text, _)| is_word(text) && is_it(text))
        };
        let listed = last(&|text| keys.contains(&text))
            .or_else(|| last(&|text| keys.iter().any(|key| key.contains(text))))
            .or_else(|| last(&|_| inside.is_empty()));
        let made_of = self.name_place.as_ref().filter(|at| !block.contains(at));
        listed.map(|(_, place)| *place).or(made_of)
    }
}

/// What the declaration of an entry says of its value, without the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filling {
    /// A literal stands in the configuration. `text` is kept only where it is short enough to be a
    /// placeholder and is compared with the configured placeholder values; it is never printed.
    Literal {
        /// A salted-free SHA-256 of the literal, in hex: compared with those of placeholder values.
        fingerprint: String,
        /// Where the literal stands.
        place: Place,
    },
    /// Computed from something else (a generated password, another resource, a variable).
    Computed,
    /// Given through a write-only argument: it never reaches the state.
    WriteOnly,
    /// The resource gives no value (a bare `aws_secretsmanager_secret`).
    None,
    /// Not known.
    Unknown,
}

/// Returns the fingerprint by which a literal is compared with configured placeholder values.
pub fn fingerprint(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    use std::fmt::Write as _;
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().fold(String::with_capacity(2 * digest.len()), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A read of a vault entry by something other than an `ExternalSecret`.
#[derive(Clone, Debug)]
pub struct EntryRead {
    /// The vault, where that is told.
    pub vault: Option<VaultIdentity>,
    /// The name of the entry.
    pub name: Value,
    /// Who reads it, for people: `data.azurerm_key_vault_secret.db`.
    pub reader: String,
    /// Where.
    pub place: Place,
    /// Where the name is asked for, when that is on another line.
    pub asked: Asked,
    /// The object that reads it, where that is one of a cluster, or a DAG: a `SecretProviderClass`.
    pub object: Option<Carrier>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vaults_unify_by_their_parts() {
        let named = |name: &str| VaultIdentity::azure(Value::from(name));
        assert_eq!(named("kv-a").unify(&named("kv-a")), Some(Certainty::Exact));
        assert_eq!(named("kv-a").unify(&named("kv-b")), None);
        let bare = VaultIdentity::new(VaultKind::Azure, []);
        assert_eq!(named("kv-a").unify(&bare), Some(Certainty::Assumed));
        assert_eq!(bare.unify(&VaultIdentity::new(VaultKind::Gcp, [])), None);
    }

    #[test]
    fn a_vault_of_hashicorp_has_an_address_for_each_place_it_is_seen_from() {
        let at = |address: &str| {
            VaultIdentity::hashicorp(Some(Value::from(address)), Some(Value::from("kv")))
        };
        let inside = at("http://vault.infra.svc:8200");
        for address in ["http://localhost:8200", "https://vault.example.org"] {
            assert_eq!(at(address).unify(&inside), Some(Certainty::Assumed), "{address}");
        }
        assert_eq!(at("https://other.example.org").unify(&at("https://vault.example.org")), None);
    }

    #[test]
    fn the_same_vault_may_be_named_in_two_places() {
        let named = |name: &str, line| {
            let file = std::sync::Arc::new(sealine_source::FileName::new("repo", "store.yaml"));
            let place = Place { file, start: 0, end: 4, line, column: 1 };
            VaultIdentity::azure(Value::known(name, Some(place)))
        };
        assert!(named("kv-a", 1).says_the_same(&named("kv-a", 2)));
        assert!(!named("kv-a", 1).says_the_same(&named("kv-b", 1)));
    }

    #[test]
    fn labels_name_what_is_known() {
        assert_eq!(VaultIdentity::azure(Value::from("kv-a")).label(), "kv-a");
        let aws = VaultIdentity::new(
            VaultKind::AwsSecretsManager,
            [("region", Value::from("eu-west-1"))],
        );
        assert_eq!(aws.label(), "aws-secrets-manager/eu-west-1");
    }
}
