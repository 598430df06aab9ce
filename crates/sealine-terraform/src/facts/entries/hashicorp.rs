//! HashiCorp Vault and OpenBao, KV engines.
//!
//! Invariant: an entry's name is its path below the mount, without `data/`.

use sealine_model::Value;
use sealine_model::vault::VaultIdentity;

use super::{Found, content, entry, entry_read, target};
use crate::data::{Data, Kind, Piece, Text};
use crate::facts::view::View;

pub(super) fn read(view: &View<'_, '_>, found: &mut Found) {
    let (mount, name) = match view.config.kind {
        "vault_kv_secret_v2" | "vault_kv_secret_backend_v2" => {
            (mount_of(view, &view.given("mount")), view.value("name"))
        }
        "vault_generic_secret" | "vault_kv_secret" => split_path(view, &view.given("path")),
        _ => return,
    };
    let vault = identity(view, mount);
    if view.is_data() {
        found.reads.push(entry_read(view, vault, name));
    } else {
        let content = content(view, "data_json", "data_json_wo");
        found.entries.push(entry(view, vault, name, content));
    }
}

fn identity(view: &View<'_, '_>, mount: Value) -> VaultIdentity {
    let address = view.provider_attribute("vault", "address");
    let is_known = address.known_text().is_some();
    let address = is_known.then(|| view.evaluator.value(&address));
    VaultIdentity::hashicorp(address, Some(mount))
}

/// Returns the path of the mount that an attribute names, by itself or by a `vault_mount`.
fn mount_of(view: &View<'_, '_>, mount: &Data) -> Value {
    let value = match target(view.evaluator, mount, &["vault_mount"]) {
        Some(handle) => view.evaluator.value(&view.evaluator.resource_attribute(&handle, "path")),
        None => view.evaluator.value(mount),
    };
    match value.text() {
        Some(text) if text.ends_with('/') => Value::known(text.trim_end_matches('/'), None),
        _ => value,
    }
}

/// Takes a path apart: the mount is its first part.
fn split_path(view: &View<'_, '_>, path: &Data) -> (Value, Value) {
    let unknown = (Value::unknown(), Value::unknown());
    let Kind::Text(text) = &path.kind else { return unknown };
    let mut at = 0;
    let slash = text.pieces.iter().find_map(|piece| {
        let found = match piece {
            Piece::Literal(literal, _) => literal.find('/').map(|found| at + found),
            Piece::Hole => None,
        };
        at += piece.len();
        found
    });
    let Some(slash) = slash else { return unknown };
    let mut name = text.cut(slash + 1, text.len());
    if name.head().starts_with("data/") {
        name = name.cut(5, name.len());
    }
    let mount: Text = text.cut(0, slash);
    (view.evaluator.value_of(&mount), view.evaluator.value_of(&name))
}
