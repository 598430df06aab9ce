//! The master keys of a file: who can unwrap its data key.
//!
//! Invariant: nothing here asks a key service; a master key is what names it, as the metadata does.

use crate::metadata::Fields;
use crate::{Comment, Entry, Fault, Item, Leaf, List, Map, Value};

/// A master key, by what names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Master {
    /// An age recipient: `age1…`, or an SSH key.
    Age {
        /// The recipient.
        recipient: String,
    },
    /// A key of AWS KMS.
    AwsKms {
        /// The key or alias.
        arn: String,
        /// The role to take on first.
        role: Option<String>,
        /// The encryption context, sorted by name.
        context: Vec<(String, String)>,
        /// The profile of the AWS configuration; empty for the usual one.
        profile: String,
    },
    /// A key of Google Cloud KMS.
    GcpKms {
        /// `projects/…/cryptoKeys/…`.
        resource_id: String,
    },
    /// A key of Azure Key Vault.
    AzureKeyVault {
        /// The vault, `https://….vault.azure.net`.
        vault_url: String,
        /// The name of the key.
        name: String,
        /// The version; empty in a creation rule for the newest one.
        version: String,
    },
    /// A key of Vault's transit engine.
    VaultTransit {
        /// The server.
        address: String,
        /// Where the engine is mounted.
        engine_path: String,
        /// The name of the key.
        key_name: String,
    },
    /// A key of Huawei Cloud KMS.
    HuaweiKms {
        /// `region:uuid`.
        key_id: String,
    },
    /// A PGP key.
    Pgp {
        /// The fingerprint.
        fingerprint: String,
    },
}

/// A data key as one master key wrapped it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedKey {
    /// Who can unwrap it.
    pub master: Master,
    /// The wrapped key, as that kind writes it.
    pub enc: String,
    /// When it was wrapped, RFC 3339; age does not say.
    pub created_at: Option<String>,
}

impl Master {
    /// Returns the name of the list that the metadata keeps keys of this kind in.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Age { .. } => "age",
            Self::AwsKms { .. } => "kms",
            Self::GcpKms { .. } => "gcp_kms",
            Self::AzureKeyVault { .. } => "azure_kv",
            Self::VaultTransit { .. } => "hc_vault",
            Self::HuaweiKms { .. } => "hckms",
            Self::Pgp { .. } => "pgp",
        }
    }
}

/// What a message calls the key by.
impl std::fmt::Display for Master {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Age { recipient } => write!(out, "age {recipient}"),
            Self::AwsKms { arn, .. } => write!(out, "AWS KMS {arn}"),
            Self::GcpKms { resource_id } => write!(out, "GCP KMS {resource_id}"),
            Self::AzureKeyVault { vault_url, name, version } => {
                write!(out, "Azure Key Vault {vault_url}/keys/{name}/{version}")
            }
            Self::VaultTransit { address, engine_path, key_name } => {
                write!(out, "Vault {address}/v1/{engine_path}/keys/{key_name}")
            }
            Self::HuaweiKms { key_id } => write!(out, "Huawei Cloud KMS {key_id}"),
            Self::Pgp { fingerprint } => write!(out, "PGP {fingerprint}"),
        }
    }
}

/// The lists of keys in the metadata.
pub(crate) const KINDS: [&str; 7] =
    ["age", "azure_kv", "gcp_kms", "hc_vault", "hckms", "kms", "pgp"];

/// Reads the keys of one list of the metadata.
pub(crate) fn read_list(kind: &str, value: &Value) -> Result<Vec<WrappedKey>, Fault> {
    let list = match value {
        Value::List(list) => list,
        Value::Null => return Ok(Vec::new()),
        Value::Leaf(leaf) if leaf.expose().is_empty() => return Ok(Vec::new()),
        _ => return Err(Fault::Metadata(format!("`{kind}` is no list"))),
    };
    list.items
        .iter()
        .map(|item| {
            let map = item.value.as_map();
            let map = map.ok_or_else(|| Fault::Metadata(format!("a key of `{kind}` is no map")))?;
            read_key(kind, map)
        })
        .collect()
}

fn read_key(kind: &str, map: &Map) -> Result<WrappedKey, Fault> {
    let fields = Fields(map);
    let wanted = |name: &str| {
        let text = fields.text(name).filter(|text| !text.is_empty());
        text.ok_or_else(|| Fault::Metadata(format!("a key of `{kind}` has no `{name}`")))
    };
    let given = |name: &str| fields.text(name).unwrap_or_default();
    let master = match kind {
        "age" => Master::Age { recipient: wanted("recipient")? },
        "kms" => Master::AwsKms {
            arn: wanted("arn")?,
            role: fields.text("role").filter(|role| !role.is_empty()),
            context: context(map.get("context")),
            profile: given("aws_profile"),
        },
        "gcp_kms" => Master::GcpKms { resource_id: wanted("resource_id")? },
        "azure_kv" => Master::AzureKeyVault {
            vault_url: wanted("vault_url")?,
            name: wanted("name")?,
            version: given("version"),
        },
        "hc_vault" => Master::VaultTransit {
            address: wanted("vault_address")?,
            engine_path: wanted("engine_path")?,
            key_name: wanted("key_name")?,
        },
        "hckms" => Master::HuaweiKms { key_id: wanted("key_id")? },
        _ => Master::Pgp { fingerprint: wanted("fp")? },
    };
    let created_at = fields.text("created_at").filter(|text| !text.is_empty());
    Ok(WrappedKey { master, enc: wanted("enc")?, created_at })
}

pub(crate) fn context(value: Option<&Value>) -> Vec<(String, String)> {
    let entries = value.and_then(Value::as_map).map_or(&[][..], |map| &map.entries);
    let mut found: Vec<_> = entries
        .iter()
        .filter_map(|entry| Some((entry.key.clone(), entry.value.as_leaf()?.text()?.to_owned())))
        .collect();
    found.sort();
    found
}

/// Returns the lists of the metadata that hold these keys, sorted by their names.
pub(crate) fn write_lists(keys: &[WrappedKey]) -> Vec<Entry> {
    let lists = KINDS.into_iter().filter_map(|kind| {
        let items: Vec<_> = keys.iter().filter(|key| key.master.kind() == kind).collect();
        let items: Vec<_> =
            items.into_iter().map(|key| Item::new(Value::Map(write_key(key)))).collect();
        let list = List { items, trailing: Vec::<Comment>::new() };
        (!list.items.is_empty()).then(|| Entry::new(kind, Value::List(list)))
    });
    lists.collect()
}

fn write_key(key: &WrappedKey) -> Map {
    let mut fields: Vec<(&str, Value)> = Vec::new();
    let text = |text: &str| Value::Leaf(Leaf::string(text));
    match &key.master {
        Master::Age { recipient } => fields.push(("recipient", text(recipient))),
        Master::AwsKms { arn, role, context, profile } => {
            fields.push(("arn", text(arn)));
            fields.push(("aws_profile", text(profile)));
            if !context.is_empty() {
                let entries = context.iter().map(|(name, value)| Entry::new(name, text(value)));
                let map = Map { entries: entries.collect(), trailing: Vec::new() };
                fields.push(("context", Value::Map(map)));
            }
            fields.extend(role.as_ref().map(|role| ("role", text(role))));
        }
        Master::GcpKms { resource_id } => fields.push(("resource_id", text(resource_id))),
        Master::AzureKeyVault { vault_url, name, version } => fields.extend([
            ("name", text(name)),
            ("vault_url", text(vault_url)),
            ("version", text(version)),
        ]),
        Master::VaultTransit { address, engine_path, key_name } => fields.extend([
            ("engine_path", text(engine_path)),
            ("key_name", text(key_name)),
            ("vault_address", text(address)),
        ]),
        Master::HuaweiKms { key_id } => fields.push(("key_id", text(key_id))),
        Master::Pgp { fingerprint } => fields.push(("fp", text(fingerprint))),
    }
    fields.push(("enc", text(&key.enc)));
    if let Some(created_at) = &key.created_at {
        fields.push(("created_at", text(created_at)));
    }
    fields.sort_by_key(|(name, _)| *name);
    let entries = fields.into_iter().map(|(name, value)| Entry::new(name, value)).collect();
    Map { entries, trailing: Vec::new() }
}
