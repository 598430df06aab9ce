//! The `ConfigMap`s of Argo Workflows, whose texts name Secrets by name and key: for single sign-on, its database
//! and the stores of artifacts.
//!
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: workflow-controller-configmap}
//! data:
//!   config: |
//!     sso:
//!       issuer: https://sso.example
//!       clientId:
//!         name: oidc
//!         key: id
//!       clientSecret:
//!         key: secret
//!         name: oidc
//!   persistence: |
//!     postgresql:
//!       passwordSecret:
//!         name: db
//!         key: password
//!   other: |
//!     images:
//!       name: none
//!       key: none
//! ---
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: artifact-repositories}
//! data:
//!   default-v1: |
//!     s3:
//!       accessKeySecret:
//!         name: bucket
//!         key: id
//! ```
//!
//! ```text
//! ConfigMap workflow-controller-configmap reads oidc[id] in ns at 9 (field)
//! ConfigMap workflow-controller-configmap reads oidc[secret] in ns at 13 (field)
//! ConfigMap workflow-controller-configmap reads db[password] in ns at 17 (field)
//! ConfigMap artifact-repositories reads bucket[id] in ns at 31 (field)
//! ```

use sealine_model::kubernetes::UseKind;
use sealine_model::tree::Tree;
use sealine_model::{Certainty, Facts, Piece};
use sealine_source::Place;

use super::Kind;
use super::argo_config::scalar_of;
use crate::manifest::names::is_object_name;
use crate::manifest::object::Object;
use crate::manifest::reads::{Read, Reader, note};

pub(super) static KIND: Kind = Kind::new(&[""], &[]).with(texts);

/// The `ConfigMap`s by the ends of their names: of the controller, and of the stores that workflows choose from.
const NAMES: [&str; 2] = ["workflow-controller-configmap", "artifact-repositories"];

/// Returns whether an object is one of them, by its kind and name.
pub(crate) fn is_config(tree: &Tree) -> bool {
    let name = tree.at(&["metadata", "name"]).and_then(Tree::text).unwrap_or_default();
    let is_config_map = tree.get("kind").and_then(Tree::text).as_deref() == Some("ConfigMap");
    is_config_map && NAMES.iter().any(|end| name.ends_with(end))
}

fn texts(object: &Object<'_>, out: &mut Facts) {
    let name = object.name.pattern();
    if object.kind != "ConfigMap" || !NAMES.iter().any(|end| name.ends_with(end)) {
        return;
    }
    let reader = Reader::of(object, Certainty::Exact);
    for entry in object.tree.get("data").map(Tree::entries).unwrap_or_default() {
        references(&entry.value, &reader, out);
    }
}

/// Notes the references in a text: maps of a name and a key below fields that speak of a Secret.
pub(super) fn references(scalar: &Tree, reader: &Reader, out: &mut Facts) {
    let Some((value, home)) = scalar.value().zip(scalar.place()) else { return };
    let mut scan = Scan { reader, open: None, is_line: true };
    for piece in value.pieces() {
        match piece {
            Piece::Literal { text, place } => scan.text(text, (place.as_ref(), home), out),
            Piece::Hole => scan.is_line = false,
        }
    }
}

/// Reads maps of a name and a key below fields that speak of a Secret, line by line.
struct Scan<'a> {
    reader: &'a Reader,
    open: Option<Reference>,
    /// Whether a line begins here.
    is_line: bool,
}

impl Scan<'_> {
    fn text(&mut self, text: &str, place: (Option<&Place>, &Place), out: &mut Facts) {
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            if std::mem::replace(&mut self.is_line, line.ends_with('\n')) {
                self.line(line, &|at, word| scalar_of(text, place, start + at, word), out);
            }
            start += line.len();
        }
    }

    fn line(&mut self, line: &str, scalar: &dyn Fn(usize, &str) -> Tree, out: &mut Facts) {
        let Some((field, rest)) = line.trim_start().split_once(':') else { return };
        let indent = line.len() - line.trim_start().len();
        let word = rest.trim().trim_matches(['"', '\'']);
        let within = self.open.as_mut().filter(|reference| reference.indent < indent);
        let Some(reference) = within else {
            let opens = word.is_empty() && names_secret(field);
            self.open = opens.then_some(Reference { indent, name: None, key: None });
            return;
        };
        let at = indent + field.len() + 1 + rest.find(word).unwrap_or_default();
        match field {
            "name" if is_object_name(word) => reference.name = Some(scalar(at, word)),
            "key" if !word.is_empty() => reference.key = Some(scalar(at, word)),
            _ => {}
        }
        if let Reference { name: Some(name), key: Some(key), .. } = reference {
            note(self.reader, Read { key: Some(key), ..Read::new(name, UseKind::Field) }, out);
            self.open = None;
        }
    }
}

/// A reference that is being read.
struct Reference {
    indent: usize,
    name: Option<Tree>,
    key: Option<Tree>,
}

fn names_secret(field: &str) -> bool {
    field == "clientId" || field.ends_with("Secret")
}
