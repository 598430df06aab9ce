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

use super::Kind;
use super::field::bootstrap;

pub(super) static KIND: Kind = Kind::new(
    &["generators.external-secrets.io"],
    &[
        bootstrap("*", "spec.**.*SecretRef{name,key}"),
        bootstrap("*", "spec.**.secretRef{name,key}"),
    ],
)
.complete();
