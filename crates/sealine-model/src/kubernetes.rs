//! Objects of a cluster that hold, make or read Secrets.

use std::sync::Arc;

use sealine_source::Place;

use crate::tree::Tree;
use crate::vault::VaultIdentity;
use crate::{Alphabet, Asked, Certainty, Value};

mod copies;
mod template;

pub use crate::delivery::Step;
pub use copies::copied_to;
pub use template::{Literal, Quotes, Scalar, SecretTemplate, TemplateText, Writing};

/// Which cluster and namespace an object stands in, as far as its delivery tells.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// The id of the delivery that brings the object to a cluster; `None` where no delivery root
    /// is seen to reach it.
    pub delivery: Option<Arc<str>>,
    /// The namespace; the empty known value for cluster-wide objects.
    pub namespace: Value,
}

impl Scope {
    /// Returns the scope of `namespace` without a known delivery.
    pub fn undelivered(namespace: Value) -> Self {
        Self { delivery: None, namespace }
    }
}

/// Any object that was seen: who owns it is judged by kind, namespace and name.
#[derive(Clone, Debug)]
pub struct Object {
    /// Where it will stand.
    pub scope: Scope,
    /// `apps/v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// Its name.
    pub name: Value,
    /// Where its name (or, without one, its kind) is written.
    pub place: Place,
    /// Whether Terraform, rather than GitOps, declares it.
    pub from_terraform: bool,
    /// The text of the `apiVersion` value, for a fix; `None` in generated text.
    pub api_version_place: Option<Place>,
    /// When it is applied, as its annotations say; `None` when that is not known.
    pub step: Option<Step>,
}

/// A `SecretStore` or `ClusterSecretStore`.
#[derive(Clone, Debug)]
pub struct Store {
    /// Where it stands; the namespace is empty for a `ClusterSecretStore`.
    pub scope: Scope,
    /// Its name.
    pub name: Value,
    /// Whether it is a `ClusterSecretStore`.
    pub cluster_wide: bool,
    /// The vault its spec names; `None` for providers without a vault (fake, webhook).
    pub vault: Option<VaultIdentity>,
    /// What the store puts before each key (AWS `prefix`).
    pub key_prefix: String,
    /// The namespaces that may use it; `None` when all may or it cannot be told.
    pub allowed_namespaces: Option<AllowedNamespaces>,
    /// Where its name is written.
    pub place: Place,
    /// Where it asks for a name that is written on another line.
    pub asked: Asked,
}

/// The conditions of a `ClusterSecretStore` that can be judged without a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedNamespaces {
    /// Namespaces by name.
    pub names: Vec<String>,
    /// Go regular expressions, searched unanchored.
    pub expressions: Vec<String>,
    /// Whether a label selector stands beside them: then nothing can be denied statically.
    pub by_selector: bool,
    /// Where the conditions stand.
    pub place: Option<Place>,
}

/// A reference to a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreReference {
    /// The store's name.
    pub name: Value,
    /// Whether it means a `ClusterSecretStore`.
    pub cluster_wide: bool,
    /// Where the name is written.
    pub place: Place,
    /// Where a name is asked for that is written on another line.
    pub asked: Asked,
}

/// An `ExternalSecret`, or one made by a `ClusterExternalSecret`.
#[derive(Clone, Debug)]
pub struct ExternalSecret {
    /// Where it stands.
    pub scope: Scope,
    /// Its kind: `ExternalSecret` or `ClusterExternalSecret`.
    pub kind: String,
    /// The version part of `apiVersion`: `v1`, `v1beta1`, `v1alpha1`.
    pub version: String,
    /// Its name.
    pub name: Value,
    /// Where the name is written.
    pub place: Place,
    /// Where it asks for a name that is written on another line: in a template, for a value.
    pub asked: Asked,
    /// The store of all items that name none of their own.
    pub store: Option<StoreReference>,
    /// The items of `data` and the extracts of `dataFrom`.
    pub reads: Vec<RemoteRead>,
    /// Whether `dataFrom` brings keys that cannot be told (`find`, generators, extracts).
    pub open_keys: bool,
    /// The generators of `dataFrom`.
    pub generators: Vec<GeneratorReference>,
    /// The stores in which `dataFrom` looks for entries (`find`).
    pub finds: Vec<StoreReference>,
    /// What is decoded when it happens to look like base64 (`decodingStrategy: Auto`), for people,
    /// and where that is said.
    pub guesses: Vec<(String, Place)>,
    /// Whether it fetches and renders again and again: not under `CreatedOnce`, nor with an
    /// interval of zero.
    pub refreshes: bool,
    /// The Secret it makes.
    pub target: Target,
    /// Allowed rules by annotation `sealine.dev/allow`, with the reason.
    pub allowed: Vec<(String, String)>,
    /// What else it says, for rendering it; `None` where nothing is to be rendered.
    pub written: Option<Arc<Written>>,
}

/// A reference to a generator of External Secrets Operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratorReference {
    /// Its kind: `Password`, `ClusterGenerator`.
    pub kind: String,
    /// Its name.
    pub name: Value,
}

/// A generator of External Secrets Operator of which it is told what it brings.
#[derive(Clone, Debug)]
pub struct Generator {
    /// Where it stands; the namespace is empty for a `ClusterGenerator`.
    pub scope: Scope,
    /// Its kind: `Password`, `ClusterGenerator`.
    pub kind: String,
    /// Its name.
    pub name: Value,
    /// The alphabet that all it brings keeps to.
    pub alphabet: Alphabet,
}

impl ExternalSecret {
    /// Returns whether fetching does more than read: a generator that calls a program of somebody's.
    pub fn has_effects(&self) -> bool {
        self.generators.iter().any(|generator| generator.kind == "Webhook")
    }

    /// Returns what else it says; nothing where that was not kept.
    pub fn written(&self) -> &Written {
        static NOTHING: Written =
            Written { metadata: Tree::Null, spec: Tree::Null, config_maps: Vec::new() };
        self.written.as_deref().unwrap_or(&NOTHING)
    }
}

/// An `ExternalSecret` as it is delivered.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its `metadata`.
    pub metadata: Tree,
    /// Its `spec`.
    pub spec: Tree,
    /// The `data` of the `ConfigMap`s that its template names and that are delivered together with
    /// it, by name.
    pub config_maps: Vec<(String, Tree)>,
}

/// One read of a vault entry.
#[derive(Clone, Debug)]
pub struct RemoteRead {
    /// The key in the source map; `None` for an extract.
    pub secret_key: Option<(String, Place)>,
    /// The vault key, with the place of its literals.
    pub key: Value,
    /// Where the key is written.
    pub place: Place,
    /// Where the read asks for a key that is written on another line.
    pub asked: Asked,
    /// Whether the key stands in a file as it is, so that replacing that literal edits it.
    pub editable: bool,
    /// The property inside a JSON entry.
    pub property: Option<(String, Place)>,
    /// The version asked for.
    pub version: Option<String>,
    /// The store of this item, when it names one of its own.
    pub store: Option<StoreReference>,
    /// Whether it is an extract of `dataFrom`.
    pub extract: bool,
}

/// The Secret that an `ExternalSecret` makes.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name: `target.name`, or the name of the `ExternalSecret`.
    pub name: Value,
    /// Where that name is written.
    pub place: Place,
    /// Where the target asks for a name that is written on another line.
    pub asked: Asked,
    /// `Owner`, `Orphan`, `Merge`, `None` or `CreateOrMerge`.
    pub creation_policy: String,
    /// `Retain`, `Delete` or `Merge`.
    pub deletion_policy: String,
    /// The kind it makes when it is no Secret (`target.manifest`).
    pub manifest: Option<String>,
    /// The template, when there is one.
    pub template: Option<SecretTemplate>,
    /// The keys of the Secret.
    pub keys: Keys,
    /// Whether the labels it gets say that a controller reads it by itself.
    pub read_by_controller: bool,
}

/// The keys of a Secret.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// Known keys with their places.
    pub known: Vec<(String, Place)>,
    /// Whether there may be others.
    pub open: bool,
}

impl Keys {
    /// Returns keys of which nothing is known.
    pub fn unknown() -> Self {
        Self { known: Vec::new(), open: true }
    }
}

/// Who makes a Secret, other than an `ExternalSecret`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretOrigin {
    /// A Secret manifest.
    Manifest,
    /// A Secret manifest whose values SOPS encrypts.
    SopsManifest,
    /// A Terraform resource.
    Terraform,
    /// A controller that makes it as a by-product (cert-manager, `CloudNativePG`, Crossplane), or
    /// another secret operator (CSI provider class, Vault Secrets Operator, 1Password).
    Controller,
    /// A `SealedSecret`.
    Sealed,
    /// Kustomize's `secretGenerator`.
    Generator,
    /// A service account or the like, made by the cluster itself.
    Cluster,
    /// An object of a kind that nobody knows, by its name: it may satisfy a reader, and no more.
    Guessed,
}

/// A Secret that something other than an `ExternalSecret` makes.
#[derive(Clone, Debug)]
pub struct Secret {
    /// Where it stands.
    pub scope: Scope,
    /// Its name.
    pub name: Value,
    /// Where the name is written.
    pub place: Place,
    /// Where its maker asks for a name that is written on another line.
    pub asked: Asked,
    /// Who makes it.
    pub origin: SecretOrigin,
    /// Who makes it, for people: `Certificate web-tls`, `kubernetes_secret.db`.
    pub maker: String,
    /// The object that an operator makes it for, where that is another one.
    pub by: Option<Box<Carrier>>,
    /// Its keys.
    pub keys: Keys,
    /// For a plain manifest: whether values stand in the file in clear.
    pub plaintext: bool,
    /// The labels that say that a controller reads it by itself (Argo CD repositories).
    pub read_by_controller: bool,
    /// Whether the manifest is the rendered output of a chart.
    pub rendered: bool,
}

/// An object of a cluster that reads entries of vaults, or that has a Secret made, as an `ExternalSecret` does; or a
/// DAG whose code asks for entries.
#[derive(Clone, Debug)]
pub struct Carrier {
    /// Where it stands.
    pub scope: Scope,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: Value,
    /// Where that is written.
    pub place: Place,
    /// Where the name is asked for, when that is on another line.
    pub asked: Asked,
}

impl Carrier {
    /// The kinds of readers that are code: nothing passes on what they read.
    pub const CODE: [&'static str; 2] = ["DAG", "Python"];
}

/// A `Role` that lets programs create Secrets in its namespace while they run, under names that
/// no file tells.
#[derive(Clone, Debug)]
pub struct SecretWriter {
    /// Where it stands.
    pub scope: Scope,
    /// Where its name is written.
    pub place: Place,
}

/// How a workload reads a Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UseKind {
    /// One key as an environment variable of this name.
    Env(Value),
    /// All keys as environment variables, with this prefix.
    EnvFrom(String),
    /// As files.
    Volume,
    /// To pull images. A missing one is tolerated by the cluster.
    ImagePull,
    /// The credentials of a store or of a delivery root: set up by hand before all else.
    Bootstrap,
    /// A field of a custom resource, or an ingress's certificate.
    Field,
    /// A value of a chart that by convention names a Secret.
    ChartValue,
    /// A template of an `ExternalSecret` reads it, or a `PushSecret` copies it.
    Copy,
    /// Looks like a reference; never the source of an error.
    Probable,
}

/// A read of a Secret.
#[derive(Clone, Debug)]
pub struct SecretUse {
    /// Where the reader stands; its namespace is that of the Secret.
    pub scope: Scope,
    /// Who reads.
    pub consumer: Consumer,
    /// The name of the Secret.
    pub secret: Value,
    /// Where that name is written.
    pub place: Place,
    /// Where the reader asks for a name that is written on another line.
    pub asked: Asked,
    /// Whether the name stands in a file as it is, so that replacing that literal edits it.
    pub editable: bool,
    /// The key, when one is named, and where.
    pub key: Option<(Value, Place)>,
    /// How it is read.
    pub kind: UseKind,
    /// Whether the reader starts without it.
    pub optional: bool,
    /// How sure the reference itself is.
    pub certainty: Certainty,
}

impl SecretUse {
    /// Whether the reader is known to fail without the Secret: it is not optional, not merely assumed, and
    /// nothing that people set up by hand.
    #[must_use]
    pub fn is_required(&self) -> bool {
        let by_hand = matches!(
            self.kind,
            UseKind::ImagePull | UseKind::Bootstrap | UseKind::Probable | UseKind::ChartValue
        );
        !by_hand && !self.optional && self.certainty > Certainty::Assumed
    }
}

/// A workload, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Consumer {
    /// `Deployment`, `DAG`, `HelmRelease`, `Ingress`.
    pub kind: String,
    /// Its name: of the workload, or `dag_id`.
    pub name: Value,
    /// The container or the task; empty when there is none.
    pub part: String,
    /// Where the workload is declared.
    pub place: Place,
}

impl Consumer {
    /// The kind of data sources: the name is that of the repository and the folder, the part an address.
    pub const TERRAFORM: &'static str = "Terraform";
}

/// A volume that shows what an object other than a Secret reads: a `SecretProviderClass`.
#[derive(Clone, Debug)]
pub struct ClassMount {
    /// Where the reader stands.
    pub scope: Scope,
    /// Whose volume it is.
    pub consumer: Consumer,
    /// The name of the class.
    pub class: Value,
    /// Where that is written.
    pub place: Place,
    /// Where the name is asked for, when that is on another line.
    pub asked: Asked,
    /// How sure that is.
    pub certainty: Certainty,
}

/// One item of a `PushSecret`: a Secret, or a key of one, copied into a vault.
#[derive(Clone, Debug)]
pub struct Push {
    /// Where the `PushSecret` stands.
    pub scope: Scope,
    /// The name of the `PushSecret`.
    pub name: Value,
    /// The stores it writes to.
    pub stores: Vec<StoreReference>,
    /// The entry it writes.
    pub remote_key: Value,
    /// The property of a JSON entry it writes.
    pub property: Option<String>,
    /// The Secret it copies.
    pub secret: Value,
    /// `Delete` removes the entry with the `PushSecret`.
    pub deletion_policy: String,
    /// Where the remote key is written.
    pub place: Place,
}

/// A suppression by the annotation `sealine.dev/allow` of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// The object as a whole: findings inside are allowed.
    pub object: Place,
    /// Where the annotation's value is written.
    pub place: Place,
    /// The rule that is allowed.
    pub rule: String,
    /// The reason, as written.
    pub reason: String,
}
