//! What one unit declares and needs.

use sealine_source::Place;

use crate::{airflow, delivery, export, kubernetes, sops, terraform, vault, workflow};

/// What one unit (a file, a root module, a chart with its values, a delivery root) declares and
/// needs. Readers fill the lists that they know of and leave the rest empty.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The repository the unit lies in.
    pub repo: String,
    /// What the unit is, for people: `terraform root infra/prod`, `chart deploy/helm/app`.
    pub unit: String,
    /// Vaults that are declared or looked up.
    pub vaults: Vec<vault::Vault>,
    /// Vault entries that something creates.
    pub entries: Vec<vault::Entry>,
    /// Vaults in which something that is not in sight may make entries, too.
    pub open_vaults: Vec<vault::VaultIdentity>,
    /// Entries read by anything that is no `ExternalSecret` (a Terraform data source, a CSI
    /// provider class, a vault operator).
    pub entry_reads: Vec<vault::EntryRead>,
    /// `SecretStore` and `ClusterSecretStore`.
    pub stores: Vec<kubernetes::Store>,
    /// `ExternalSecret` and `ClusterExternalSecret`.
    pub external_secrets: Vec<kubernetes::ExternalSecret>,
    /// The generators of which it is told what they bring.
    pub generators: Vec<kubernetes::Generator>,
    /// `PushSecret`s: each item copies a Secret into a vault.
    pub pushes: Vec<kubernetes::Push>,
    /// Everything else that makes a Secret.
    pub secrets: Vec<kubernetes::Secret>,
    /// What lets programs make Secrets while they run.
    pub secret_writers: Vec<kubernetes::SecretWriter>,
    /// Everything that reads a Secret.
    pub uses: Vec<kubernetes::SecretUse>,
    /// Volumes that show what `SecretProviderClass`es read.
    pub class_mounts: Vec<kubernetes::ClassMount>,
    /// What annotations `sealine.dev/allow` allow.
    pub allowed: Vec<kubernetes::Allowed>,
    /// Every object that was seen, for owners and versions.
    pub objects: Vec<kubernetes::Object>,
    /// Delivery roots: Flux Kustomizations and `HelmRelease`s, Argo CD Applications.
    pub deliveries: Vec<delivery::Delivery>,
    /// What goes wrong on the way from files to clusters.
    pub mishaps: Vec<delivery::Mishap>,
    /// `ExternalSecret` files beside a kustomization that does not list them.
    pub undelivered: Vec<delivery::Undelivered>,
    /// Terraform root modules and modules.
    pub terraform: Vec<terraform::Module>,
    /// Terraform state files that lie among the sources.
    pub state_files: Vec<terraform::StateFile>,
    /// Uses of Airflow connections by DAGs.
    pub connections: Vec<airflow::ConnectionUse>,
    /// Settings of Airflow that pods are given in plain text.
    pub plain_variables: Vec<airflow::PlainVariable>,
    /// `pod_override`s and the like, for their shape.
    pub pod_overrides: Vec<airflow::PodOverride>,
    /// CI workflows.
    pub workflows: Vec<workflow::Workflow>,
    /// Exports of outputs to values files.
    pub exports: Vec<export::Export>,
    /// SOPS creation rules and files.
    pub sops: sops::SopsFacts,
    /// What is wrong with the text itself.
    pub problems: Vec<Problem>,
    /// What could not be understood, for `-v` and the last line of `check`.
    pub notes: Vec<Note>,
    /// Where values of secrets stand in clear. No output shows these bytes.
    pub secret_texts: Vec<Place>,
    /// How much of the unit was understood.
    pub coverage: Coverage,
    /// Every file that the unit read, or looked for and did not find.
    pub reads: Vec<String>,
}

impl Facts {
    /// Returns where the defaults of the variables stand: what is there, a run may say otherwise.
    pub fn defaults(&self) -> Vec<&Place> {
        let variables = self.terraform.iter().flat_map(|module| &module.variables);
        variables.filter_map(|variable| variable.literal_default.as_ref()).collect()
    }

    /// Gives back the room of the lists beyond their items: units are kept as long as the run, and
    /// there are many.
    pub fn shrink_to_fit(&mut self) {
        let Self {
            repo: _,
            unit: _,
            vaults,
            entries,
            open_vaults,
            entry_reads,
            stores,
            external_secrets,
            generators,
            pushes,
            secrets,
            secret_writers,
            uses,
            class_mounts,
            allowed,
            objects,
            deliveries,
            mishaps,
            undelivered,
            terraform,
            state_files,
            connections,
            plain_variables,
            pod_overrides,
            workflows,
            exports,
            sops: _,
            problems,
            notes,
            secret_texts,
            coverage: _,
            reads,
        } = self;
        vaults.shrink_to_fit();
        open_vaults.shrink_to_fit();
        entries.shrink_to_fit();
        entry_reads.shrink_to_fit();
        stores.shrink_to_fit();
        external_secrets.shrink_to_fit();
        generators.shrink_to_fit();
        pushes.shrink_to_fit();
        secrets.shrink_to_fit();
        secret_writers.shrink_to_fit();
        uses.shrink_to_fit();
        class_mounts.shrink_to_fit();
        allowed.shrink_to_fit();
        objects.shrink_to_fit();
        deliveries.shrink_to_fit();
        mishaps.shrink_to_fit();
        undelivered.shrink_to_fit();
        terraform.shrink_to_fit();
        state_files.shrink_to_fit();
        connections.shrink_to_fit();
        plain_variables.shrink_to_fit();
        pod_overrides.shrink_to_fit();
        workflows.shrink_to_fit();
        exports.shrink_to_fit();
        problems.shrink_to_fit();
        notes.shrink_to_fit();
        secret_texts.shrink_to_fit();
        reads.shrink_to_fit();
    }
}

/// How many documents a unit has, and how many of them were understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Documents (YAML documents, root modules, charts, DAG files, workflows) that matter.
    pub documents: usize,
    /// Those that were understood.
    pub understood: usize,
}

/// Something that could not be understood, and why. No finding: unknown is no error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where.
    pub place: Place,
    /// What and why, in a sentence without full stop.
    pub message: String,
}

/// A fault of the text itself, which becomes a finding about the look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of fault.
    pub kind: ProblemKind,
    /// Where.
    pub place: Place,
    /// What is wrong, in lower case without full stop.
    pub message: String,
}

/// The kinds of [`Problem`]; each is a rule of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// The text does not parse.
    Syntax,
    /// A mapping has a key twice.
    DuplicateKey,
    /// A limit on depth, size, aliases or steps was reached.
    Limit,
    /// A path or link leads out of the repository.
    PathEscape,
}
