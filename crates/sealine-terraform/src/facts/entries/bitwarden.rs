//! Bitwarden Secrets Manager, by its own provider and by `maxlaverse/bitwarden`.
//!
//! Invariant: an entry's name is its `key`; the id that the service gives it is not known.

use sealine_model::vault::{VaultIdentity, VaultKind};

use super::{Found, content, entry, entry_read};
use crate::facts::view::View;

pub(super) fn read(view: &View<'_, '_>, found: &mut Found) {
    if !matches!(view.config.kind, "bitwarden_secret" | "bitwarden-secrets_secret") {
        return;
    }
    let vault = identity(view);
    let name = view.value("key");
    if view.is_data() {
        found.reads.push(entry_read(view, vault, name));
    } else {
        let content = content(view, "value", "value_wo");
        found.entries.push(entry(view, vault, name, content));
    }
}

fn identity(view: &View<'_, '_>) -> VaultIdentity {
    let part = |name| view.given_value(name).filter(|value| !value.is_unknown());
    let organization = part("organization_id").map(|id| ("organization", id));
    let project = part("project_id").map(|id| ("project", id));
    let kind = VaultKind::Other("bitwardensecretsmanager".to_owned());
    VaultIdentity::new(kind, organization.into_iter().chain(project))
}
