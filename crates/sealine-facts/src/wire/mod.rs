//! The types of the format. Their doc comments are the descriptions of its schema.
//!
//! A field that is not there means false, nothing, an empty text or an empty list.

mod delivery;
mod kubernetes;
mod vault;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use sealine_model::airflow::{ConnectionUse, PlainVariable};
use sealine_model::kubernetes::{Consumer, Scope};
use sealine_model::terraform::StateFile;
use sealine_model::{Certainty, Value};
use sealine_source::Place;
use serde::{Deserialize, Serialize};

use crate::mirror::{mirror, words};
use delivery::Delivery;
use kubernetes::{ClassMount, ExternalSecret, Object, Push, Secret, Store, Use, Writes};
use vault::{Entry, EntryRead, Vault};

/// Returns the JSON schema of the format.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Document).to_value()
}

/// The facts of repositories: what they declare and need, without any value of a secret.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "facts.json")]
pub(crate) struct Document {
    /// `sealine-facts`.
    pub(crate) format: String,
    /// The version of the format, `MAJOR.MINOR`. A reader passes over what a newer minor version
    /// adds, and refuses another major version.
    pub(crate) version: String,
    /// The repositories.
    #[serde(default)]
    pub(crate) repositories: Vec<Repository>,
    /// Who creates the entries of which vault, as the configuration says.
    #[serde(default)]
    pub(crate) vaults: Vec<VaultOwner>,
    /// What is read together: a file, a root module, a delivery root.
    #[serde(default)]
    pub(crate) units: Vec<Unit>,
}

/// A repository.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Repository {
    /// The name by which places mean it.
    pub(crate) name: String,
    /// Its git remotes: `host/owner/name`.
    pub(crate) remotes: Vec<String>,
    /// The commit that was read; `null` when git does not tell.
    pub(crate) commit: Option<String>,
}

/// What the configuration says of a vault.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct VaultOwner {
    /// The name people use for it.
    pub(crate) name: String,
    /// Its kind: `azure`, `aws-secrets-manager`, `aws-parameter-store`, `gcp`, `hashicorp`, or the
    /// name that External Secrets Operator has for its provider.
    pub(crate) kind: String,
    /// Parts of its identity besides the name.
    pub(crate) identity: BTreeMap<String, String>,
    /// Who creates its entries: `terraform`, `manual` or `mixed`.
    pub(crate) ownership: String,
    /// Whether the entries that people create are listed: then nobody else creates any.
    pub(crate) lists_entries: bool,
}

/// What one unit declares and needs.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Unit {
    /// The repository; a place names it only when it is another.
    pub(crate) repo: String,
    /// What the unit is, for people.
    pub(crate) name: String,
    /// Whether all of it was understood.
    pub(crate) understood: bool,
    /// Delivery roots.
    pub(crate) deliveries: Vec<Delivery>,
    /// Vaults that are declared or looked up.
    pub(crate) vaults: Vec<Vault>,
    /// Vault entries that something creates.
    pub(crate) entries: Vec<Entry>,
    /// Vaults in which something that is not in sight may make entries, too.
    pub(crate) open_vaults: Vec<vault::Identity>,
    /// Entries that something else than an `ExternalSecret` reads.
    pub(crate) entry_reads: Vec<EntryRead>,
    /// `SecretStore`s and `ClusterSecretStore`s.
    pub(crate) stores: Vec<Store>,
    /// `ExternalSecret`s and `ClusterExternalSecret`s.
    pub(crate) external_secrets: Vec<ExternalSecret>,
    /// `PushSecret`s, one for each item.
    pub(crate) pushes: Vec<Push>,
    /// Everything else that makes a Secret.
    pub(crate) secrets: Vec<Secret>,
    /// What lets programs make Secrets while they run.
    pub(crate) secret_writers: Vec<Writes>,
    /// Everything that reads a Secret.
    pub(crate) uses: Vec<Use>,
    /// Volumes that show what `SecretProviderClass`es read.
    pub(crate) class_mounts: Vec<ClassMount>,
    /// Every object, for who owns it.
    pub(crate) objects: Vec<Object>,
    /// Uses of Airflow connections.
    pub(crate) connections: Vec<Connection>,
    /// Settings of Airflow in plain text: their names.
    pub(crate) plain_variables: Vec<Plain>,
    /// States of Terraform that lie among the files: how old they are.
    pub(crate) states: Vec<State>,
}

words!(Certainty { Assumed = "assumed", Pattern = "pattern", Exact = "exact", });

mirror! {
    /// A use of an Airflow connection.
    Connection = ConnectionUse {
        /// The connection id.
        conn_id: Value,
        /// Where it is written.
        place: Place,
        /// The DAG.
        dag: Value,
        /// The task, when it is known.
        task: Option<Value>,
    }
}

mirror! {
    /// A setting of Airflow in plain text, without its value.
    Plain = PlainVariable {
        /// Where the pod stands.
        scope: Scope,
        /// Whose pod it is.
        consumer: Consumer,
        /// The name of the variable.
        name: Value,
        /// Where it is set.
        place: Place,
    }
}

mirror! {
    /// A state of Terraform, without anything that it holds.
    State = StateFile {
        /// The file.
        place: Place,
        /// Its lineage and serial, where it says them.
        version: Option<(String, u64)>,
    }
    // Whether it may lie there is for the check of its own repository.
    without { encrypted: false, has_values: false, }
}
