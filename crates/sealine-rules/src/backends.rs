//! What a state backend does by itself and what its block must ask for.
//!
//! Invariant: an attribute that may come from elsewhere is unknown, never absent.

use sealine_model::terraform::Backend;

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
}

impl<'a> RootBackend<'a> {
    /// Returns the backend of this root, when it has one.
    pub fn of(context: &Context<'a>, root: Site<'a>) -> Option<Self> {
        let backend = root.module.backend.as_ref()?;
        let partial = backend.partial || configured_outside(context, root);
        Some(Self { root, backend, partial })
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

    /// Returns the subject of findings about the backend.
    pub fn id(&self) -> String {
        self.root.id("backend")
    }
}
