//! The generators of External Secrets Operator: the credentials with which they ask for tokens.
//!
//! What they produce reaches a Secret through the `dataFrom` of an `ExternalSecret`.
//!
//! ```yaml
//! apiVersion: generators.external-secrets.io/v1alpha1
//! kind: GithubAccessToken
//! metadata: {name: token}
//! spec: {auth: {privateKey: {secretRef: {name: app, key: pem}}}}
//! ---
//! apiVersion: generators.external-secrets.io/v1alpha1
//! kind: ECRAuthorizationToken
//! metadata: {name: ecr}
//! spec: {auth: {secretRef: {accessKeyIDSecretRef: {name: aws, key: id}}}}
//! ```
//!
//! ```text
//! GithubAccessToken token reads app[pem] in ns at 4 (bootstrap)
//! ECRAuthorizationToken ecr reads aws[id] in ns at 9 (bootstrap)
//! ```

use sealine_model::kubernetes::Generator;
use sealine_model::tree::Tree;
use sealine_model::{Alphabet, Facts};

use super::Kind;
use super::field::bootstrap;
use crate::manifest::names::text_at;
use crate::manifest::object::Object;

pub(super) static KIND: Kind = Kind::new(
    &["generators.external-secrets.io"],
    &[
        bootstrap("*", "spec.**.*SecretRef{name,key}"),
        bootstrap("*", "spec.**.secretRef{name,key}"),
    ],
)
.with(alphabet)
.complete();

/// Notes the alphabet of what a generator brings, where it is told.
fn alphabet(object: &Object<'_>, out: &mut Facts) {
    let null = &Tree::Null;
    let spec = object.tree.get("spec").unwrap_or(null);
    let (kind, spec) = match object.kind.as_str() {
        "ClusterGenerator" => {
            let kind = text_at(spec, &["kind"]).unwrap_or_default();
            (kind, spec.at(&["generator", "passwordSpec"]).unwrap_or(null))
        }
        kind => (kind.to_owned(), spec),
    };
    let alphabet = match kind.as_str() {
        "Password" => password(spec),
        "UUID" => Some(Alphabet::Unreserved),
        _ => None,
    };
    out.generators.extend(alphabet.map(|alphabet| Generator {
        scope: object.own_scope(),
        kind: object.kind.clone(),
        name: object.name.clone(),
        alphabet,
    }));
}

/// Letters, digits and symbols: a quarter of the length where their number is not given, and quotes
/// among them where they are not given themselves.
fn password(spec: &Tree) -> Option<Alphabet> {
    let said = |name: &str, default: &str| match spec.get(name) {
        None | Some(Tree::Null) => Some(default.to_owned()),
        Some(given) => given.text(),
    };
    let drawn = match said("encoding", "raw")?.as_str() {
        "raw" if said("symbols", "")? == "0" => Alphabet::Unreserved,
        "raw" => Alphabet::of(&said("symbolCharacters", "\"")?)?,
        "hex" => Alphabet::Unreserved,
        // With `=` at the end.
        "base64" | "base64url" | "base32" => Alphabet::Unquoted,
        _ => return None,
    };
    let around = [said("prefix", "")?, said("suffix", "")?].concat();
    Some(drawn.min(Alphabet::of(&around)?))
}
