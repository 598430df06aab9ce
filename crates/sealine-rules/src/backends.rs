//! What a state backend does by itself and what its block must ask for.
//!
//! Invariant: an attribute that may come from elsewhere is unknown, never absent.

use sealine_model::terraform::{Attribute, Backend};

use crate::Context;
use crate::terraform::{Site, configured_outside};

/// Whether two runs at once are kept from writing the same state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locking {
    /// They are, or it cannot be told.
    Locks,
    /// They are, by an attribute that is deprecated.
    Deprecated,
    /// They are not.
    Never,
}

/// A root's backend with what is known of its surroundings.
#[derive(Clone, Copy, Debug)]
pub struct RootBackend<'a> {
    /// The root.
    pub root: Site<'a>,
    /// Its backend.
    pub backend: &'a Backend,
    /// Whether a missing attribute is unknown.
    partial: bool,
    /// Whether a tool writes it, for several roots alike.
    written: bool,
}

impl<'a> RootBackend<'a> {
    /// Returns the backend of this root, when it has one.
    pub fn of(context: &Context<'a>, root: Site<'a>) -> Option<Self> {
        let backend = root.module.backend.as_ref()?;
        Some(Self::new(context, root, backend, false))
    }

    /// Returns the backends of this root: its own, and those that Terragrunt writes for it.
    pub fn all(context: &Context<'a>, root: Site<'a>) -> impl Iterator<Item = Self> {
        let written = root.module.written_backends.iter();
        let written = written.map(move |backend| Self::new(context, root, backend, true));
        Self::of(context, root).into_iter().chain(written)
    }

    fn new(context: &Context<'a>, root: Site<'a>, backend: &'a Backend, written: bool) -> Self {
        let partial = backend.partial || configured_outside(context, root);
        Self { root, backend, partial, written }
    }

    /// Returns a yes-or-no attribute; `absent` is what the backend takes when it is not given.
    pub fn flag(&self, name: &str, absent: bool) -> Option<bool> {
        match self.backend.attributes.get(name) {
            None => (!self.partial).then_some(absent),
            Some(given) => match given.value.text()?.as_str() {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            },
        }
    }

    /// Returns whether an attribute is given and not empty.
    pub fn given(&self, name: &str) -> Option<bool> {
        match self.backend.attributes.get(name) {
            None => (!self.partial).then_some(false),
            Some(given) => Some(given.value.text().is_none_or(|text| !text.is_empty())),
        }
    }

    /// Returns how the backend locks.
    pub fn locking(&self) -> Locking {
        let needs = |attribute: Option<bool>| match attribute {
            Some(false) => Locking::Never,
            Some(true) | None => Locking::Locks,
        };
        match self.backend.kind.as_str() {
            "s3" => match (self.flag("use_lockfile", false), self.given("dynamodb_table")) {
                (Some(false), Some(false)) => Locking::Never,
                (Some(false), Some(true)) => Locking::Deprecated,
                _ => Locking::Locks,
            },
            "http" => needs(self.given("lock_address")),
            "oss" => needs(self.given("tablestore_table")),
            "consul" => needs(self.flag("lock", true)),
            // azurerm, gcs, pg, kubernetes, cos, oci, remote and cloud always lock; local locks on
            // the machine it is on; what is not known is no finding.
            _ => Locking::Locks,
        }
    }

    /// Returns the attribute that must be true for the backend to encrypt what it stores and is
    /// not; `None` when it encrypts or that cannot be told.
    pub fn missing_encryption(&self) -> Option<&'static str> {
        let encrypts = match self.backend.kind.as_str() {
            "s3" | "oss" => self.flag("encrypt", false)?,
            "cos" => self.flag("encrypt", true)?,
            _ => return None,
        };
        (!encrypts).then_some("encrypt")
    }

    /// Returns whether the bucket lies elsewhere than at AWS, or may: what S3 does by itself and
    /// understands is not known of it. The endpoint may stand in the environment; who tells the backend
    /// not to ask AWS for its account, or not to send its checksums, has another service.
    pub fn is_foreign(&self) -> bool {
        const OTHERS: [&str; 2] = ["skip_requesting_account_id", "skip_s3_checksum"];
        let given = ["endpoint", "endpoints.s3"].map(|name| self.backend.attributes.get(name));
        let is_foreign = |endpoint: &Attribute| {
            let address = endpoint.value.text().unwrap_or_default();
            let host = address.trim_end_matches('/');
            ![".amazonaws.com", ".amazonaws.com.cn"].iter().any(|aws| host.ends_with(aws))
        };
        self.backend.kind == "s3"
            && (given.into_iter().flatten().any(is_foreign)
                || OTHERS.iter().any(|name| self.flag(name, false) == Some(true)))
    }

    /// Returns the attribute that names a key of one's own, when the backend takes one and none is
    /// given.
    pub fn missing_customer_key(&self) -> Option<&'static str> {
        let names: &[&'static str] = match self.backend.kind.as_str() {
            "s3" | "oci" => &["kms_key_id", "sse_customer_key"],
            "gcs" => &["kms_encryption_key", "encryption_key"],
            _ => return None,
        };
        names.iter().all(|name| self.given(name) == Some(false)).then(|| names[0])
    }

    /// Returns the block as people call it.
    pub fn name(&self) -> String {
        match self.backend.kind.as_str() {
            "cloud" => "the `cloud` block".to_owned(),
            kind => format!("the backend `{kind}`"),
        }
    }

    /// Returns the subject of findings about the backend: for one that is written for several roots,
    /// the file that does.
    pub fn id(&self) -> String {
        let file = &self.backend.place.file;
        if self.written {
            return format!("terraform/{}/{}:backend", file.repo, file.path);
        }
        self.root.id("backend")
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use sealine_model::graph::Links;
    use sealine_model::settings::Settings;
    use sealine_model::terraform::Module;
    use sealine_model::workflow::{TerraformStep, Workflow};
    use sealine_model::{Certainty, Facts, Value};
    use sealine_source::{FileName, Place, Source, TextRange};

    use super::*;
    use crate::terraform::roots;

    fn place() -> Place {
        Source::new(FileName::new("r", "live/main.tf"), "x").place(TextRange::new(0, 1))
    }

    /// A root in `live` whose backend has these attributes; `?` is a value that is not known.
    fn facts(kind: &str, attributes: &str, partial: bool) -> Facts {
        let given = attributes.split(' ').filter_map(|pair| pair.split_once('=')).map(|pair| {
            let value = if pair.1 == "?" { Value::unknown() } else { Value::from(pair.1) };
            let given = Attribute {
                value,
                literal: true,
                place: place(),
                given: None,
                fingerprint: None,
                stand_in: false,
                word: false,
                certainty: Certainty::Exact,
            };
            (pair.0.to_owned(), given)
        });
        let backend = Backend {
            kind: kind.to_owned(),
            place: place(),
            attributes: given.collect(),
            partial,
            insert: None,
        };
        let module = Module {
            repo: "r".to_owned(),
            folder: "live".to_owned(),
            root: Some("backend".to_owned()),
            place: place(),
            backend: Some(backend),
            resources: Vec::new(),
            variables: Vec::new(),
            outputs: Vec::new(),
            calls: Vec::new(),
            providers: Vec::new(),
            credentials: Vec::new(),
            required_version: None,
            required_providers: std::collections::BTreeMap::new(),
            locked_providers: std::collections::BTreeMap::new(),
            encrypts_state: false,
            backend_elsewhere: false,
            written_backends: Vec::new(),
            used_entries: std::collections::BTreeSet::new(),
            passings: std::collections::BTreeSet::new(),
            dormant: std::collections::BTreeSet::new(),
            dormant_entries: Vec::new(),
            dormant_secrets: Vec::new(),
        };
        Facts { repo: "r".to_owned(), terraform: vec![module], ..Facts::default() }
    }

    /// How the backend locks, and which attribute it lacks to encrypt.
    fn judged(facts: &[Facts]) -> (Locking, Option<&'static str>) {
        let (links, settings) = (Links::default(), Settings::default());
        let today = date(2026, 1, 1);
        let shelf = crate::Shelf::of(facts);
        let context = Context {
            facts,
            links: &links,
            earlier: &[],
            settings: &settings,
            today,
            templates: crate::Templates::of(facts, &shelf),
            shelf,
        };
        let root = roots(&context).next().expect("there is a root");
        let backend = RootBackend::of(&context, root).expect("it has a backend");
        (backend.locking(), backend.missing_encryption())
    }

    #[test]
    fn locking_is_known_by_kind_and_attributes() {
        use Locking::{Deprecated, Locks, Never};
        for (kind, attributes, partial, expected) in [
            ("s3", "bucket=b", false, Never),
            ("s3", "bucket=b", true, Locks),
            ("s3", "use_lockfile=true", false, Locks),
            ("s3", "use_lockfile=false", false, Never),
            ("s3", "use_lockfile=?", false, Locks),
            ("s3", "dynamodb_table=t", false, Deprecated),
            ("s3", "dynamodb_table=?", false, Deprecated),
            ("s3", "dynamodb_table=", false, Never),
            ("s3", "dynamodb_table=t", true, Locks),
            ("s3", "dynamodb_table=t use_lockfile=true", false, Locks),
            ("http", "address=a", false, Never),
            ("http", "address=a lock_address=l", false, Locks),
            ("http", "", true, Locks),
            ("oss", "bucket=b", false, Never),
            ("consul", "path=p", false, Locks),
            ("consul", "path=p lock=false", false, Never),
            ("azurerm", "", false, Locks),
            ("gcs", "bucket=b", false, Locks),
            ("cloud", "", false, Locks),
            ("unheard-of", "", false, Locks),
        ] {
            let (found, _) = judged(&[facts(kind, attributes, partial)]);
            assert_eq!(found, expected, "{kind} {attributes} {partial}");
        }
    }

    #[test]
    fn encryption_is_asked_of_those_that_do_not_always_encrypt() {
        for (kind, attributes, partial, expected) in [
            ("s3", "", false, Some("encrypt")),
            ("s3", "", true, None),
            ("s3", "encrypt=true", false, None),
            ("s3", "encrypt=false", true, Some("encrypt")),
            ("s3", "encrypt=?", false, None),
            ("cos", "", false, None),
            ("cos", "encrypt=false", false, Some("encrypt")),
            ("azurerm", "", false, None),
        ] {
            let (_, found) = judged(&[facts(kind, attributes, partial)]);
            assert_eq!(found, expected, "{kind} {attributes} {partial}");
        }
    }

    #[test]
    fn a_backend_config_in_a_workflow_makes_what_is_missing_unknown() {
        for (folder, expected) in [
            (Some("live"), Locking::Locks),
            (None, Locking::Locks),
            (Some("other"), Locking::Never),
        ] {
            let step = TerraformStep {
                program: "terraform".to_owned(),
                command: "init".to_owned(),
                folder: folder.map(str::to_owned),
                detailed_exit_code: false,
                no_lock: None,
                exit_code_lost: None,
                concurrency: false,
                backend_config: true,
                place: place(),
            };
            let workflow = Workflow {
                repo: "r".to_owned(),
                path: ".github/workflows/apply.yml".to_owned(),
                name: "apply".to_owned(),
                place: place(),
                schedules: Vec::new(),
                concurrency: false,
                steps: vec![step],
                drift_tool: None,
            };
            let mut facts = facts("s3", "bucket=b", false);
            facts.workflows.push(workflow);
            assert_eq!(judged(&[facts]).0, expected, "{folder:?}");
        }
    }
}
