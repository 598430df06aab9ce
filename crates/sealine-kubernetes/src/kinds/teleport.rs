//! Teleport: what its operator fills into connectors, bots and locks, where a text names a key of a Secret.
//!
//! ```yaml
//! apiVersion: resources.teleport.dev/v3
//! kind: TeleportGithubConnector
//! metadata: {name: github}
//! spec:
//!   client_id: shop
//!   client_secret: "secret://github-login/client-secret"
//! ---
//! apiVersion: resources.teleport.dev/v2
//! kind: TeleportOIDCConnector
//! metadata: {name: sso}
//! spec: {client_secret: given-in-clear, redirect_url: https://teleport.example.org}
//! ```
//!
//! ```text
//! TeleportGithubConnector github reads github-login[client-secret] in ns at 6 (field)
//! ```

use sealine_model::kubernetes::UseKind;
use sealine_model::tree::Tree;
use sealine_model::{Certainty, Facts};

use super::Kind;
use super::argo_config::scalar_of;
use crate::manifest::names::is_object_name;
use crate::manifest::object::Object;
use crate::manifest::reads::{Read, Reader, note};

pub(super) static KIND: Kind = Kind::new(&["resources.teleport.dev"], &[]).with(texts).complete();

/// What a text begins with that names a Secret and its key.
const SCHEME: &str = "secret://";

fn texts(object: &Object<'_>, out: &mut Facts) {
    let reader = Reader::of(object, Certainty::Exact);
    if let Some(spec) = object.tree.get("spec") {
        walk(spec, &reader, out);
    }
}

/// Recurses no deeper than a tree may be.
fn walk(tree: &Tree, reader: &Reader, out: &mut Facts) {
    match tree {
        Tree::Map(map) => map.entries.iter().for_each(|entry| walk(&entry.value, reader, out)),
        Tree::List(items) => items.iter().for_each(|item| walk(item, reader, out)),
        Tree::Scalar { value, place } => {
            let Some(text) = value.text() else { return };
            let named = text.strip_prefix(SCHEME).and_then(|rest| rest.split_once('/'));
            let Some((name, key)) = named.filter(|(name, _)| is_object_name(name)) else { return };
            let at = (value.single_place(), place);
            let start = SCHEME.len();
            let key = scalar_of(&text, at, start + name.len() + 1, key);
            let name = scalar_of(&text, at, start, name);
            note(reader, Read { key: Some(&key), ..Read::new(&name, UseKind::Field) }, out);
        }
        _ => {}
    }
}
