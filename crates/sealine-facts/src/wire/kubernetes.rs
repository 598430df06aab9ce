//! Objects that hold, make or read Secrets.

use schemars::JsonSchema;
use sealine_model::kubernetes::{
    self, AllowedNamespaces, Keys, SecretOrigin, SecretWriter, StoreReference, UseKind,
};
use sealine_model::vault::VaultIdentity;
use sealine_model::{Certainty, Value};
use sealine_source::Place;
use serde::{Deserialize, Serialize};

use crate::code::{Code, Reader, Text, Writer};
use crate::mirror::{mirror, words};

mirror! {
    /// A store.
    Store = kubernetes::Store {
        /// Where it stands.
        scope: kubernetes::Scope,
        /// Its name.
        name: Value,
        /// Whether it is a `ClusterSecretStore`.
        cluster_wide: bool,
        /// The vault that its spec names.
        vault: Option<VaultIdentity>,
        /// What it puts before each key.
        key_prefix: String,
        /// The namespaces that may use it.
        allowed_namespaces: Option<AllowedNamespaces>,
        /// Where it is declared.
        place: Place,
    }
    without { asked: None, }
}

mirror! {
    /// The conditions of a `ClusterSecretStore`.
    Allowed = AllowedNamespaces {
        /// Namespaces by name.
        names: Vec<String>,
        /// Regular expressions of namespaces.
        expressions: Vec<String>,
        /// Whether a selector of labels stands beside them.
        by_selector: bool,
        /// Where they stand.
        place: Option<Place>,
    }
}

mirror! {
    /// A reference to a store.
    StoreRef = StoreReference {
        /// Its name.
        name: Value,
        /// Whether it is a `ClusterSecretStore`.
        cluster_wide: bool,
        /// Where the name is written.
        place: Place,
    }
    without { asked: None, }
}

mirror! {
    /// An `ExternalSecret`.
    ExternalSecret = kubernetes::ExternalSecret {
        /// Where it stands.
        scope: kubernetes::Scope,
        /// `ExternalSecret` or `ClusterExternalSecret`.
        kind: String,
        /// The version of its API.
        version: String,
        /// Its name.
        name: Value,
        /// Where it is declared.
        place: Place,
        /// The store of what names none of its own.
        store: Option<StoreReference>,
        /// What it reads.
        reads: Vec<kubernetes::RemoteRead>,
        /// Whether it brings keys that cannot be told.
        open_keys: bool,
        /// Whether it fetches again and again.
        refreshes: bool,
        /// The Secret that it makes.
        target: kubernetes::Target,
    }
    without { asked: None, allowed: Vec::new(), generators: Vec::new(), finds: Vec::new(), guesses: Vec::new(), written: None, }
}

mirror! {
    /// One read of a vault entry.
    Read = kubernetes::RemoteRead {
        /// The key in the Secret's template data, and where it is written.
        secret_key: Option<(String, Place)>,
        /// The entry.
        key: Value,
        /// Where it is written.
        place: Place,
        /// The property of a JSON entry.
        property: Option<(String, Place)>,
        /// The version that is asked for.
        version: Option<String>,
        /// The store, when the read names one of its own.
        store: Option<StoreReference>,
        /// Whether it takes all properties of the entry.
        extract: bool,
    }
    without { asked: None, editable: false, }
}

mirror! {
    /// The Secret that an `ExternalSecret` makes.
    Target = kubernetes::Target {
        /// Its name.
        name: Value,
        /// Where that is written.
        place: Place,
        /// `creationPolicy`.
        creation_policy: String,
        /// `deletionPolicy`.
        deletion_policy: String,
        /// The kind it makes when that is no Secret.
        manifest: Option<String>,
        /// Its keys.
        keys: Keys,
        /// Whether a controller finds it by its labels.
        read_by_controller: bool,
    }
    without { asked: None, template: None, }
}

mirror! {
    /// The keys of a Secret.
    KeySet = Keys {
        /// Those that are known, and where they are written.
        known: Vec<(String, Place)>,
        /// Whether there may be others.
        open: bool,
    }
}

mirror! {
    /// One item of a `PushSecret`.
    Push = kubernetes::Push {
        /// Where it stands.
        scope: kubernetes::Scope,
        /// Its name.
        name: Value,
        /// The stores it writes to.
        stores: Vec<StoreReference>,
        /// The entry it writes.
        remote_key: Value,
        /// The property it writes.
        property: Option<String>,
        /// The Secret it copies.
        secret: Value,
        /// `deletionPolicy`.
        deletion_policy: String,
        /// Where the entry is written.
        place: Place,
    }
}

mirror! {
    /// A Secret that something other than an `ExternalSecret` makes.
    Secret = kubernetes::Secret {
        /// Where it stands.
        scope: kubernetes::Scope,
        /// Its name.
        name: Value,
        /// Where that is written.
        place: Place,
        /// Who makes it: `manifest`, `sops`, `terraform`, `controller`, `sealed`, `generator` or
        /// `cluster`.
        origin: SecretOrigin,
        /// Who makes it, for people.
        maker: String,
        /// The object that an operator makes it for.
        by: Option<Box<kubernetes::Carrier>>,
        /// Its keys.
        keys: Keys,
        /// Whether a controller finds it by its labels.
        read_by_controller: bool,
        /// Whether a chart brings it.
        rendered: bool,
    }
    without { asked: None, plaintext: false, }
}

mirror! {
    /// An object of a cluster that reads entries of vaults, or that has a Secret made.
    Carrier = kubernetes::Carrier {
        /// Where it stands.
        scope: kubernetes::Scope,
        /// Its kind.
        kind: String,
        /// Its name.
        name: Value,
        /// Where that is written.
        place: Place,
    }
    without { asked: None, }
}

words!(SecretOrigin {
    Controller = "controller",
    Manifest = "manifest",
    SopsManifest = "sops",
    Terraform = "terraform",
    Sealed = "sealed",
    Generator = "generator",
    Cluster = "cluster",
    Guessed = "guessed",
});

mirror! {
    /// What lets programs make Secrets while they run.
    Writes = SecretWriter {
        /// Where it stands.
        scope: kubernetes::Scope,
        /// Where it is declared.
        place: Place,
    }
}

mirror! {
    /// A volume that shows what a `SecretProviderClass` reads.
    ClassMount = kubernetes::ClassMount {
        /// Where the reader stands.
        scope: kubernetes::Scope,
        /// Whose volume it is.
        consumer: kubernetes::Consumer,
        /// The name of the class.
        class: Value,
        /// Where that is written.
        place: Place,
        /// How sure that is.
        certainty: Certainty,
    }
    without { asked: None, }
}

mirror! {
    /// A read of a Secret.
    Use = kubernetes::SecretUse {
        /// Where the reader stands.
        scope: kubernetes::Scope,
        /// Who reads.
        consumer: kubernetes::Consumer,
        /// The Secret.
        secret: Value,
        /// Where its name is written.
        place: Place,
        /// The key, and where it is written.
        key: Option<(Value, Place)>,
        /// How it is read.
        kind: UseKind,
        /// Whether the reader starts without it.
        optional: bool,
        /// How sure the reference is: `assumed`, `pattern` or `exact`.
        certainty: Certainty,
    }
    without { asked: None, editable: false, }
}

mirror! {
    /// Who reads a Secret.
    Consumer = kubernetes::Consumer {
        /// `Deployment`, `DAG`, `HelmRelease`.
        kind: String,
        /// Its name.
        name: Value,
        /// The container or the task.
        part: String,
        /// Where it is declared.
        place: Place,
    }
}

/// How a Secret is read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Way {
    /// `env`, `env-from`, `volume`, `image-pull`, `bootstrap`, `field`, `chart-value`, `copy` or
    /// `probable`.
    by: String,
    /// The variable, or the prefix of all variables.
    #[serde(skip_serializing_if = "crate::mirror::is_default")]
    variable: Text,
}

impl Code for UseKind {
    type Wire = Way;

    fn write(&self, writer: Writer<'_>) -> Way {
        let (by, variable) = match self {
            Self::Env(name) => ("env", name.write(writer)),
            Self::EnvFrom(prefix) => ("env-from", Text::Known(prefix.clone())),
            Self::Volume => ("volume", Text::default()),
            Self::ImagePull => ("image-pull", Text::default()),
            Self::Bootstrap => ("bootstrap", Text::default()),
            Self::Field => ("field", Text::default()),
            Self::ChartValue => ("chart-value", Text::default()),
            Self::Copy => ("copy", Text::default()),
            Self::Probable => ("probable", Text::default()),
        };
        Way { by: by.to_owned(), variable }
    }

    fn read(wire: Way, reader: &mut Reader) -> Self {
        let variable = Value::read(wire.variable, reader);
        match wire.by.as_str() {
            "env" => Self::Env(variable),
            "env-from" => Self::EnvFrom(variable.text().unwrap_or_default()),
            "volume" => Self::Volume,
            "image-pull" => Self::ImagePull,
            "bootstrap" => Self::Bootstrap,
            "field" => Self::Field,
            "chart-value" => Self::ChartValue,
            "copy" => Self::Copy,
            _ => Self::Probable,
        }
    }
}

mirror! {
    /// An object of a cluster.
    Object = kubernetes::Object {
        /// Where it stands.
        scope: kubernetes::Scope,
        /// `apps/v1`.
        api_version: String,
        /// `Deployment`.
        kind: String,
        /// Its name.
        name: Value,
        /// Where that is written.
        place: Place,
        /// Whether Terraform declares it.
        from_terraform: bool,
    }
    without { api_version_place: None, step: None, }
}
