//! Argo CD's own `ConfigMap`s, whose texts name keys of Secrets as `$secret:key`.
//!
//! A bare `$key` means the Secret `argocd-secret`, which Argo CD makes by itself.
//!
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: argocd-cm}
//! data:
//!   oidc.config: |
//!     clientID: argo
//!     clientSecret: $oidc:client-secret
//!   url: https://argo.example
//! ```
//!
//! ```text
//! ConfigMap argocd-cm reads oidc[client-secret] in ns at 7 (field)
//! ```

use sealine_model::kubernetes::UseKind;
use sealine_model::tree::Tree;
use sealine_model::{Certainty, Facts, Piece, Value};
use sealine_source::Place;

use super::Kind;
use crate::manifest::names::{is_object_name, part_of};
use crate::manifest::object::Object;
use crate::manifest::reads::{Read, Reader, note};

pub(super) static KIND: Kind = Kind::new(&[""], &[]).with(texts);

const NAMES: &[&str] = &["argocd-cm", "argocd-notifications-cm"];

fn texts(object: &Object<'_>, out: &mut Facts) {
    let name = object.name.text().unwrap_or_default();
    if object.kind != "ConfigMap" || !NAMES.contains(&name.as_str()) {
        return;
    }
    let reader = Reader {
        scope: object.own_scope(),
        consumer: object.consumer(),
        certainty: Certainty::Exact,
        always: None,
    };
    for entry in object.tree.get("data").map(Tree::entries).unwrap_or_default() {
        text_of(&entry.value, &reader, |_| true, out);
    }
}

/// Notes each `$secret:key` in a text of Argo CD's configuration, of the Secrets that `is_meant` tells.
pub(crate) fn text_of(
    scalar: &Tree,
    reader: &Reader,
    is_meant: impl Fn(&str) -> bool,
    out: &mut Facts,
) {
    let Some((value, home)) = scalar.value().zip(scalar.place()) else { return };
    for piece in value.pieces() {
        if let Piece::Literal { text, place } = piece {
            references(text, (place.as_ref(), home), reader, &is_meant, out);
        }
    }
}

/// Notes each `$secret:key` in a text that stands at a place, or else somewhere at `home`.
fn references(
    text: &str,
    (place, home): (Option<&Place>, &Place),
    reader: &Reader,
    is_meant: &impl Fn(&str) -> bool,
    out: &mut Facts,
) {
    for (dollar, _) in text.match_indices('$') {
        let start = dollar + 1;
        let word = text.get(start..).unwrap_or_default();
        let end = word.find(|character: char| {
            !(character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | ':'))
        });
        let word = word.get(..end.unwrap_or(word.len())).unwrap_or_default();
        let Some((name, key)) = word.split_once(':') else { continue };
        if !is_object_name(name) || key.is_empty() || !is_meant(name) {
            continue;
        }
        let scalar = |at: usize, part: &str| {
            let exact = place.map(|place| part_of(place, text, at, part.len()));
            let place = exact.clone().unwrap_or_else(|| home.clone());
            Tree::Scalar { value: Value::known(part, exact), place }
        };
        let key = scalar(start + name.len() + 1, key);
        let name = scalar(start, name);
        note(reader, Read { key: Some(&key), ..Read::new(&name, UseKind::Field) }, out);
    }
}
