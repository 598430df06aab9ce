//! Why an `ExternalSecret` makes nothing.
//!
//! Invariant: a fault names keys and places, never a value.

use sealine_model::kubernetes::ExternalSecret;
use sealine_model::tree::Tree;
use sealine_source::Place;

/// Why an `ExternalSecret` makes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where the manifest says what cannot be done.
    pub place: Place,
    /// The key whose template it is, when it is one.
    pub key: Option<String>,
    /// Whether the operator would refuse it, too. Otherwise something is not known here.
    pub is_final: bool,
    /// What is wrong: lower case, no full stop.
    pub message: String,
}

impl Fault {
    /// Returns what the operator would refuse.
    pub(crate) fn refused(place: &Place, message: impl Into<String>) -> Self {
        Self { place: place.clone(), key: None, is_final: true, message: message.into() }
    }

    /// Returns what cannot be told here.
    pub(crate) fn unknown(place: &Place, message: impl Into<String>) -> Self {
        Self { is_final: false, ..Self::refused(place, message) }
    }
}

/// Returns the text under the keys of `path`: nothing where there is none.
///
/// # Errors
///
/// Returns that it has a hole.
pub(crate) fn known(
    external: &ExternalSecret,
    tree: &Tree,
    path: &[&str],
) -> Result<Option<String>, Fault> {
    let Some(found) = tree.at(path) else { return Ok(None) };
    let name = path.last().copied().unwrap_or_default();
    let fault =
        |place: &Place| Fault::unknown(place, format!("`{name}` is not known from the files"));
    match found {
        Tree::Null => Ok(None),
        Tree::Scalar { place, .. } => found.text().map(Some).ok_or_else(|| fault(place)),
        _ => Err(fault(&external.place)),
    }
}
