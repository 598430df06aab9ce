//! `sealine.yaml`: found, read, held against its schema and made into settings.

pub mod alerts;
pub mod drift;
pub mod export;
pub mod file;
mod validate;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sealine_model::settings;
use sealine_model::vault::{Entry, EntryObject, EntryOrigin, Filling, VaultIdentity, VaultKind};
use sealine_model::{Alphabets, Facts, Value, link};
use sealine_rules::{Rule, RuleSetting, similar};
use sealine_source::{FileName, Place, Source, TextRange};
use sealine_yaml::{Node, NodeValue};

pub use file::File;
pub use validate::Fault;

/// The names under which a configuration file is looked for.
pub const FILE_NAMES: [&str; 2] = ["sealine.yaml", ".sealine.yaml"];

/// A configuration that was read, with where its parts stand.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The file's contents; the default when there is none.
    pub file: File,
    /// What linking and rules ask for.
    pub settings: settings::Settings,
    /// What is said of rules.
    pub rules: BTreeMap<String, RuleSetting>,
    /// The entries that people create, as facts: one unit for each file.
    pub facts: Vec<Facts>,
    /// The folder that paths in the file are relative to.
    pub folder: PathBuf,
}

impl Config {
    /// Adds what the file of another repository says of vaults, stores and placeholders, where this one says
    /// nothing. Without all of its own repositories (`is_whole`), who creates the entries of a vault is not known.
    pub fn learn(&mut self, other: Self, is_whole: bool) {
        self.learn_vaults(&other.settings.vaults, is_whole);
        for (store, vault) in other.settings.stores {
            self.settings.stores.entry(store).or_insert(vault);
        }
        let (own, others) = (&mut self.settings.conventions, other.settings.conventions);
        own.placeholder_prefix = own.placeholder_prefix.take().or(others.placeholder_prefix);
        own.placeholder_values.extend(others.placeholder_values);
        self.facts.extend(other.facts);
    }

    /// Adds what others say of vaults, where this configuration says nothing.
    pub fn learn_vaults(
        &mut self,
        vaults: &BTreeMap<String, settings::VaultSettings>,
        is_whole: bool,
    ) {
        for (name, said) in vaults {
            let vault = self.settings.vaults.entry(name.clone());
            vault.or_insert_with(|| if is_whole { said.clone() } else { said.open() });
        }
    }
}

/// Returns the JSON schema of the configuration.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(File).to_value();
    if let Some(rules) = schema.pointer_mut("/properties/rules") {
        let names: serde_json::Map<String, serde_json::Value> = sealine_rules::RULES
            .iter()
            .map(|rule| (rule.name.to_owned(), rule_schema(rule)))
            .collect();
        rules["properties"] = serde_json::Value::Object(names);
        rules["additionalProperties"] = serde_json::Value::Bool(false);
    }
    schema
}

fn rule_schema(rule: &Rule) -> serde_json::Value {
    serde_json::json!({"$ref": "#/$defs/RuleEntry", "description": rule.summary})
}

/// Reads a configuration from its text. `name` is the file as findings name it.
///
/// # Errors
///
/// Returns every fault found: syntax, unknown keys with a near-miss hint, values of a wrong kind,
/// rules and vaults that do not exist.
pub fn read(name: FileName, text: &str, folder: &Path) -> Result<Config, (Source, Vec<Fault>)> {
    let source = Source::new(name, text);
    let parsed = sealine_yaml::parse(text);
    let mut faults: Vec<Fault> = parsed
        .problems
        .iter()
        .map(|problem| Fault { range: problem.range, message: problem.message.clone(), help: None })
        .collect();
    let empty =
        Node { range: TextRange::default(), tag: None, value: NodeValue::Null, is_alias: false };
    let root = parsed.documents.first().map_or(&empty, |document| &document.root);
    faults.extend(validate::faults(root, &schema()));
    faults.extend(parsed.documents.iter().skip(1).map(|document| Fault {
        range: document.root.range,
        message: "the file has more than one document".to_owned(),
        help: Some(
            "only one is read: put all of it into the first, and remove the `---`".to_owned(),
        ),
    }));
    let file = if faults.is_empty() { typed(root, &mut faults) } else { None };
    let Some(file) = file else {
        faults.sort_by_key(|fault| fault.range);
        return Err((source, faults));
    };
    let mut faults = unknown_names(&file, root);
    faults.extend(unreadable_patterns(root));
    if !faults.is_empty() {
        faults.sort_by_key(|fault| fault.range);
        return Err((source, faults));
    }
    Ok(effective(file, &source, root, folder))
}

fn typed(root: &Node, faults: &mut Vec<Fault>) -> Option<File> {
    if root.is_null() {
        return Some(File::default());
    }
    match serde_json::from_value(to_json(root)) {
        Ok(file) => Some(file),
        Err(error) => {
            faults.push(Fault { range: root.range, message: error.to_string(), help: None });
            None
        }
    }
}

/// The node as JSON. Scalars are strings unless they read as booleans: the types of the
/// configuration hold nothing else.
fn to_json(node: &Node) -> serde_json::Value {
    match &node.value {
        NodeValue::Null => serde_json::Value::Null,
        NodeValue::Scalar(scalar) => match node.as_bool() {
            Some(flag) => serde_json::Value::Bool(flag),
            None => serde_json::Value::String(scalar.text.clone()),
        },
        NodeValue::Sequence(items) => items.iter().map(to_json).collect(),
        NodeValue::Mapping(_) => {
            let entries = node.entries().filter(|entry| !entry.value.is_null());
            let pairs = entries
                .filter_map(|entry| Some((entry.key.as_str()?.to_owned(), to_json(&entry.value))));
            serde_json::Value::Object(pairs.collect())
        }
    }
}

/// Stores that name a vault which the file does not list.
fn unknown_names(file: &File, root: &Node) -> Vec<Fault> {
    let unknown = file.stores.iter().filter(|(_, vault)| !file.vaults.contains_key(*vault));
    unknown
        .map(|(store, vault)| {
            let range = root.at(&["stores", store]).map(|node| node.range).unwrap_or_default();
            let near = similar::nearest(vault, file.vaults.keys().map(String::as_str), None);
            Fault {
                range,
                message: format!("the vault `{vault}` is not listed under `vaults`"),
                help: near.map(|(name, _)| format!("did you mean `{name}`?")),
            }
        })
        .collect()
}

/// Patterns that exclude nothing because they do not parse.
fn unreadable_patterns(root: &Node) -> Vec<Fault> {
    let patterns = root.get("exclude").map(Node::items).unwrap_or_default();
    let faults = patterns.iter().filter_map(|item| {
        let pattern = item.as_str()?;
        let read = ignore::gitignore::GitignoreBuilder::new("").add_line(None, pattern).map(|_| ());
        let message = format!("`{pattern}` is no pattern of `.gitignore`");
        read.err().map(|_| Fault { range: item.range, message, help: None })
    });
    faults.collect()
}

fn effective(file: File, source: &Source, root: &Node, folder: &Path) -> Config {
    let place_of = |path: &[&str]| -> Place {
        let entry = path.split_last().and_then(|(key, parents)| {
            let parent = if parents.is_empty() { Some(root) } else { root.at(parents) };
            parent?.entry(key)
        });
        source.place(entry.map(|entry| entry.key.range).unwrap_or_default())
    };
    let vaults = file.vaults.iter().map(|(name, vault)| {
        let said = vault_settings(vault, place_of(&["vaults", name]));
        (name.clone(), said)
    });
    let vaults: BTreeMap<String, settings::VaultSettings> = vaults.collect();
    let mut facts = Facts {
        repo: source.repo().to_owned(),
        unit: format!("configuration {}", source.path()),
        ..Facts::default()
    };
    for (name, vault) in &file.vaults {
        let identity = link::configured_identity(name, &vaults[name]);
        let entries = vault.entries.keys().map(|entry| {
            configured_entry(&identity, entry, place_of(&["vaults", name, "entries", entry]))
        });
        facts.entries.extend(entries);
    }
    let rules = file.rules.iter().map(|(name, entry)| (name.clone(), rule_setting(entry.level())));
    let rules = rules.collect();
    let settings = settings::Settings {
        configured: true,
        environments: file.environments.clone(),
        vaults,
        stores: file.stores.clone(),
        conventions: settings::Conventions {
            placeholder_prefix: file.conventions.placeholder_prefix.clone(),
            placeholder_values: file.conventions.placeholder_values.clone(),
        },
        gitops: settings::GitOps {
            owner: file.gitops.owner.clone(),
            bootstrap: file
                .gitops
                .bootstrap
                .iter()
                .map(|kept| (kept.address.clone(), kept.reason.clone()))
                .collect(),
        },
        airflow: settings::Airflow {
            namespace: file.airflow.namespace.clone(),
            connections_from_env: file.airflow.connections == Some(file::Connections::Env),
            isolated_per_task: file.airflow.isolation == Some(file::Isolation::PerTask),
        },
        require_customer_key: file.state.require_customer_key,
        exports: file
            .export
            .keys()
            .map(|name| (name.clone(), place_of(&["export", name])))
            .collect(),
    };
    Config { file, settings, rules, facts: vec![facts], folder: folder.to_owned() }
}

/// Returns the setting of a level.
pub fn rule_setting(level: file::Level) -> RuleSetting {
    use sealine_model::Severity;
    match level {
        file::Level::Off => RuleSetting::Off,
        file::Level::Info => RuleSetting::As(Severity::Info),
        file::Level::Warning => RuleSetting::As(Severity::Warning),
        file::Level::Error => RuleSetting::As(Severity::Error),
    }
}

fn vault_settings(vault: &file::Vault, place: Place) -> settings::VaultSettings {
    let parts = [
        ("account", &vault.account),
        ("region", &vault.region),
        ("project", &vault.project),
        ("address", &vault.address),
        ("mount", &vault.mount),
    ];
    let identity = parts
        .into_iter()
        .filter_map(|(part, value)| Some((part.to_owned(), value.clone()?)))
        .collect();
    settings::VaultSettings {
        kind: vault_kind(vault.kind),
        identity,
        ownership: match vault.ownership {
            file::Ownership::Terraform => settings::Ownership::Terraform,
            file::Ownership::Manual => settings::Ownership::Manual,
            file::Ownership::Mixed => settings::Ownership::Mixed,
        },
        lists_entries: !vault.entries.is_empty() || vault.ownership == file::Ownership::Manual,
        place,
    }
}

fn vault_kind(kind: file::Kind) -> VaultKind {
    match kind {
        file::Kind::Azure => VaultKind::Azure,
        file::Kind::AwsSecretsManager => VaultKind::AwsSecretsManager,
        file::Kind::AwsParameterStore => VaultKind::AwsParameterStore,
        file::Kind::Gcp => VaultKind::Gcp,
        file::Kind::Hashicorp => VaultKind::HashiCorp,
        file::Kind::Onepassword => VaultKind::Other("onepassword".to_owned()),
        file::Kind::Doppler => VaultKind::Other("doppler".to_owned()),
        file::Kind::Infisical => VaultKind::Other("infisical".to_owned()),
        file::Kind::Bitwarden => VaultKind::Other("bitwardensecretsmanager".to_owned()),
        file::Kind::Gitlab => VaultKind::Other("gitlab".to_owned()),
    }
}

fn configured_entry(vault: &VaultIdentity, name: &str, place: Place) -> Entry {
    Entry {
        vault: vault.clone(),
        name: Value::known(name, Some(place.clone())),
        object: EntryObject::Secret,
        origin: EntryOrigin::Configured,
        address: format!("entries.{name}"),
        name_place: Some(place.clone()),
        place,
        properties: None,
        alphabets: Alphabets::default(),
        filling: Filling::Unknown,
        ignores_value: true,
        block: None,
    }
}

#[cfg(test)]
mod tests;
