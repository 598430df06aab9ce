//! The real `sops`, and files of it whose master keys are exchanged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sealine_credentials::Services;
use sealine_sops::{Master, WrappedKey};
use sealine_testing::peers::peer;
use sealine_testing::run::{Run, command, finish};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// What the files hold.
const PLAIN: &str = r#"{"password": "hello", "port": 5432}"#;

/// A `sops` with an environment of its own.
pub(crate) struct Sops {
    program: PathBuf,
    folder: TempDir,
    environment: BTreeMap<String, String>,
}

impl Sops {
    /// Returns it, where it is installed.
    pub(crate) fn new(environment: &BTreeMap<String, String>) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        Some(Self { program: peer("sops")?, folder, environment: environment.clone() })
    }

    /// Its home, and where it runs.
    pub(crate) fn home(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let file = self.home().join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        #[expect(clippy::disallowed_methods, reason = "a file of a test")]
        std::fs::write(file, text).expect("a file");
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let mut command = command(&self.program.to_string_lossy(), self.home(), arguments);
        command.env_clear().env("HOME", self.home()).envs(&self.environment);
        finish(command)
    }

    /// Returns a file, encrypted for the master keys that these flags name.
    pub(crate) fn encrypt(&self, flags: &[&str]) -> Value {
        self.write("plain.json", PLAIN);
        let all: Vec<&str> =
            ["encrypt"].iter().chain(flags).chain(&["plain.json"]).copied().collect();
        self.run(&all).exits(0).json()
    }

    /// Decrypts a file.
    pub(crate) fn decrypt(&self, file: &Value) -> Run {
        self.write("file.json", &file.to_string());
        self.run(&["decrypt", "file.json"])
    }
}

/// Returns the master keys of a file.
pub(crate) fn keys(file: &Value) -> Vec<WrappedKey> {
    let lists = file["sops"].as_object().expect("metadata").iter();
    let items = lists.flat_map(|(kind, list)| {
        list.as_array().into_iter().flatten().map(move |item| (kind, item))
    });
    items.map(|(kind, item)| key(kind, item)).collect()
}

fn key(kind: &str, item: &Value) -> WrappedKey {
    let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
    let master = match kind {
        "age" => Master::Age { recipient: text("recipient") },
        "kms" => Master::AwsKms {
            arn: text("arn"),
            role: item["role"].as_str().map(str::to_owned),
            context: item["context"].as_object().map_or_else(Vec::new, |context| {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                context.iter().map(|(name, value)| (name.clone(), text(value))).collect()
            }),
            profile: text("aws_profile"),
        },
        "gcp_kms" => Master::GcpKms { resource_id: text("resource_id") },
        "azure_kv" => Master::AzureKeyVault {
            vault_url: text("vault_url"),
            name: text("name"),
            version: text("version"),
        },
        "hc_vault" => Master::VaultTransit {
            address: text("vault_address"),
            engine_path: text("engine_path"),
            key_name: text("key_name"),
        },
        other => panic!("{other}"),
    };
    WrappedKey {
        master,
        enc: text("enc"),
        created_at: item["created_at"].as_str().map(str::to_owned),
    }
}

/// Returns the file with other master keys for the same data key.
pub(crate) fn with_keys(mut file: Value, keys: &[WrappedKey]) -> Value {
    let metadata = file["sops"].as_object_mut().expect("metadata");
    metadata.retain(|_, value| !value.is_array());
    for key in keys {
        let list = metadata.entry(key.master.kind()).or_insert_with(|| json!([]));
        list.as_array_mut().expect("a list").push(entry(key));
    }
    file
}

fn entry(key: &WrappedKey) -> Value {
    let mut entry = match &key.master {
        Master::Age { recipient } => json!({ "recipient": recipient }),
        Master::AwsKms { arn, role, context, profile } => {
            let context: Map<String, Value> =
                context.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            json!({ "arn": arn, "role": role, "context": context, "aws_profile": profile })
        }
        Master::GcpKms { resource_id } => json!({ "resource_id": resource_id }),
        Master::AzureKeyVault { vault_url, name, version } => {
            json!({ "vault_url": vault_url, "name": name, "version": version })
        }
        Master::VaultTransit { address, engine_path, key_name } => json!({
            "vault_address": address, "engine_path": engine_path, "key_name": key_name,
        }),
        Master::HuaweiKms { key_id } => json!({ "key_id": key_id }),
        Master::Pgp { fingerprint } => json!({ "fp": fingerprint }),
    };
    entry["enc"] = json!(key.enc);
    if let Some(created_at) = &key.created_at {
        entry["created_at"] = json!(created_at);
    }
    entry
}

/// Has a file written by `sops`, opens it, wraps its data key anew, and has `sops` decrypt that.
pub(crate) async fn both_ways(sops: &Sops, flags: &[&str], services: &Services) -> Vec<WrappedKey> {
    let file = sops.encrypt(flags);
    let theirs = keys(&file);
    let data_key = sealine_keys::open(&theirs, services).await.expect("the file opens");
    let masters: Vec<Master> = theirs.iter().map(|key| key.master.clone()).collect();
    let now: Timestamp = "2026-01-02T03:04:05.678Z".parse().expect("a time");
    let ours = sealine_keys::wrap(&masters, &data_key, services, now).await.expect("it is wrapped");
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours.master, theirs.master);
        let now = theirs.created_at.as_ref().map(|_| "2026-01-02T03:04:05Z".to_owned());
        assert_eq!(ours.created_at, now);
        // Each alone opens it.
        let again = sealine_keys::open(std::slice::from_ref(ours), services).await;
        assert_eq!(again.expect("it opens").expose(), data_key.expose());
        let decrypted = sops.decrypt(&with_keys(file.clone(), std::slice::from_ref(ours)));
        let plain: Value = serde_json::from_str(PLAIN).expect("JSON");
        assert_eq!(decrypted.exits(0).json(), plain);
    }
    ours
}
