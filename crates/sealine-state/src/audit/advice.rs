//! The way out of the state, for each value that lies there.
//!
//! Invariant: a version is said only where the table knows it.

use sealine_model::secret_attributes::{
    WRITE_ONLY_SINCE, ephemeral_form, ephemeral_generator, is_write_only, secret_attribute,
};

use super::Holder;

/// The versions that brought ephemeral resources.
const EPHEMERAL_SINCE: &str = "Terraform 1.10, OpenTofu 1.11";

/// Returns what keeps a value of this attribute out of the state.
pub(super) fn way_out(holder: Holder, kind: &str, attribute: &str) -> String {
    match holder {
        Holder::Output => {
            "a state holds outputs in clear text, `sensitive` or not: leave it out, and let \
            whoever needs it read it from the vault"
                .to_owned()
        }
        Holder::Variable => format!(
            "declare the variable with `ephemeral = true` ({EPHEMERAL_SINCE}): then no plan holds it"
        ),
        Holder::Data => match ephemeral_form(kind) {
            Some(form) => format!(
                "read it with `ephemeral \"{kind}\"` (provider {} {}; {EPHEMERAL_SINCE}), which leaves \
                 nothing behind",
                form.provider, form.since
            ),
            None => {
                "data sources are stored with all that they read: read the value where it is used, \
                or by an ephemeral resource where the provider has one"
                    .to_owned()
            }
        },
        Holder::Managed => managed(kind, attribute),
    }
}

fn managed(kind: &str, attribute: &str) -> String {
    let form = secret_attribute(kind, attribute).and_then(|row| row.write_only);
    if let Some(form) = form.filter(|_| !is_write_only(kind, attribute)) {
        return format!(
            "give it by `{}` with `{}` (provider {} {}; Terraform and OpenTofu {WRITE_ONLY_SINCE}), which \
             never reaches the state",
            form.attribute, form.version_attribute, form.provider, form.since
        );
    }
    if let Some(form) = ephemeral_generator(kind) {
        return format!(
            "make it with `ephemeral \"{kind}\"` (provider {} {}; {EPHEMERAL_SINCE}) and hand it on by a \
             write-only argument",
            form.provider, form.since
        );
    }
    "this attribute has no form that stays out of the state: let the value be made and kept outside of \
     Terraform, or encrypt the state and restrict who reads it"
        .to_owned()
}
