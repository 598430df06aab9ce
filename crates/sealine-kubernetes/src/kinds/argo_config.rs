//! Argo CD's own `ConfigMap`s, whose texts name keys of Secrets as `$secret:key`, or by name and key for the
//! repositories that are listed there.
//!
//! A bare `$key` means the Secret that goes with the `ConfigMap` (`argocd-secret`). Argo CD makes it by
//! itself, so that a read of it is a guess, which nobody can find missing.
//!
//! ```yaml
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: argocd-cm}
//! data:
//!   oidc.config: |
//!     clientID: argo
//!     clientSecret: $oidc:client-secret
//!   webhook.github.secret: $webhook.github.secret
//!   url: https://argo.example
//!   repositories: |
//!     - url: https://git.example/apps
//!       passwordSecret:
//!         name: git
//!         key: password
//! ```
//!
//! ```text
//! ConfigMap argocd-cm reads oidc[client-secret] in ns at 7 (field)
//! ConfigMap argocd-cm reads argocd-secret[webhook.github.secret] in ns at 8 (probable, assumed)
//! ConfigMap argocd-cm reads git[password] in ns at 13 (field)
//! ```

use sealine_model::kubernetes::UseKind;
use sealine_model::tree::Tree;
use sealine_model::{Certainty, Facts, Piece, Value};
use sealine_source::Place;

use super::{Kind, argo_workflows};
use crate::manifest::names::{is_object_name, part_of};
use crate::manifest::object::Object;
use crate::manifest::reads::{Read, Reader, note};

pub(super) static KIND: Kind = Kind::new(&[""], &[]).with(texts);

/// The `ConfigMap`s, each with the Secret that a bare `$key` means.
const NAMES: &[(&str, &str)] =
    &[("argocd-cm", "argocd-secret"), ("argocd-notifications-cm", "argocd-notifications-secret")];

/// Texts that listed repositories before these had Secrets of their own, each with `passwordSecret` and its kin.
const REPOSITORIES: &[&str] = &["repositories", "repository.credentials", "helm.repositories"];

/// Returns whether an object is one of them, by its kind and name.
pub(crate) fn is_config(tree: &Tree) -> bool {
    let name = tree.at(&["metadata", "name"]).and_then(Tree::text).unwrap_or_default();
    let is_config_map = tree.get("kind").and_then(Tree::text).as_deref() == Some("ConfigMap");
    is_config_map && NAMES.iter().any(|(config, _)| *config == name)
}

/// The Secret that a bare `$key` of a text in a chart's values means, by the value that holds the text.
pub(crate) fn own_secret(field: &str) -> &'static str {
    if field == "notifiers" { "argocd-notifications-secret" } else { "argocd-secret" }
}

fn texts(object: &Object<'_>, out: &mut Facts) {
    let name = object.name.text().unwrap_or_default();
    let own = NAMES.iter().find(|(config, _)| object.kind == "ConfigMap" && *config == name);
    let Some((_, own)) = own else { return };
    let reader = Reader::of(object, Certainty::Exact);
    for entry in object.tree.get("data").map(Tree::entries).unwrap_or_default() {
        text_of(&entry.value, &reader, (Some(own), |_| true), out);
        if REPOSITORIES.contains(&&*entry.key) {
            argo_workflows::references(&entry.value, &reader, out);
        }
    }
}

/// Notes each `$secret:key` in a text of a configuration, and each `$key` of the Secret `own`, where there
/// is one, as far as `is_meant` tells.
pub(crate) fn text_of(
    scalar: &Tree,
    reader: &Reader,
    (own, is_meant): (Option<&str>, impl Fn(&str) -> bool),
    out: &mut Facts,
) {
    let Some((value, home)) = scalar.value().zip(scalar.place()) else { return };
    for piece in value.pieces() {
        if let Piece::Literal { text, place } = piece {
            references(text, (place.as_ref(), home), reader, (own, &is_meant), out);
        }
    }
}

/// Notes the references in a text that stands at a place, or else somewhere at `home`.
fn references(
    text: &str,
    (place, home): (Option<&Place>, &Place),
    reader: &Reader,
    (own, is_meant): (Option<&str>, &impl Fn(&str) -> bool),
    out: &mut Facts,
) {
    for (dollar, _) in text.match_indices('$') {
        let start = dollar + 1;
        let word = text.get(start..).unwrap_or_default();
        let end = word.find(|character: char| {
            !(character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | ':'))
        });
        let word = word.get(..end.unwrap_or(word.len())).unwrap_or_default();
        let scalar = |at: usize, part: &str| scalar_of(text, (place, home), at, part);
        let Some((name, key)) = word.split_once(':') else {
            let own = own.filter(|own| is_bare_key(text, dollar, word) && is_meant(own));
            if let Some(own) = own {
                let key = scalar(start, word);
                let place = key.place().unwrap_or(home).clone();
                let name = Tree::Scalar { value: Value::known(own, None), place };
                let reader = Reader {
                    certainty: Certainty::Assumed,
                    always: Some(UseKind::Probable),
                    ..reader.clone()
                };
                note(&reader, Read { key: Some(&key), ..Read::new(&name, UseKind::Field) }, out);
            }
            continue;
        };
        if !is_object_name(name) || key.is_empty() || !is_meant(name) {
            continue;
        }
        let key = scalar(start + name.len() + 1, key);
        let name = scalar(start, name);
        note(reader, Read { key: Some(&key), ..Read::new(&name, UseKind::Field) }, out);
    }
}

/// Returns whether a word behind a `$` is a key by itself, and nothing of a shell, a pattern or a template.
fn is_bare_key(text: &str, dollar: usize, word: &str) -> bool {
    let is_edge = |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'');
    let before = text.get(..dollar).and_then(|before| before.chars().next_back());
    let after = text.get(dollar + 1 + word.len()..).and_then(|after| after.chars().next());
    word.starts_with(|first: char| first.is_ascii_lowercase())
        && word.contains(['.', '-'])
        && before.is_none_or(is_edge)
        && after.is_none_or(is_edge)
}

/// Returns a part of a text that stands at a place, or else somewhere at `home`, as a scalar.
pub(super) fn scalar_of(
    text: &str,
    (place, home): (Option<&Place>, &Place),
    at: usize,
    part: &str,
) -> Tree {
    let exact = place.map(|place| part_of(place, text, at, part.len()));
    let place = exact.clone().unwrap_or_else(|| home.clone());
    Tree::Scalar { value: Value::known(part, exact), place }
}
