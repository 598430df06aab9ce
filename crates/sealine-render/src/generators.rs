//! What generators bring: the keys are known for each kind, the values are placeholders.
//!
//! Invariant: a placeholder says what it is, so that nobody takes it for a value.

use sealine_template::source_keys::Values;

/// The keys of what a generator of each kind makes.
const KINDS: &[(&str, &[&str])] = &[
    ("ACRAccessToken", &["username", "password"]),
    ("CloudsmithAccessToken", &["auth", "expiry"]),
    ("ECRAuthorizationToken", &["username", "password", "proxy_endpoint", "expires_at"]),
    ("GCRAccessToken", &["username", "password", "expiry"]),
    ("GithubAccessToken", &["token"]),
    ("Grafana", &["login", "token"]),
    ("MFA", &["token", "timeLeft"]),
    ("Password", &["password"]),
    ("QuayAccessToken", &["registry", "auth", "expiry"]),
    ("SSHKey", &["privateKey", "publicKey"]),
    ("STSSessionToken", &["access_key_id", "secret_access_key", "session_token", "expiration"]),
    ("UUID", &["uuid"]),
];

/// Returns what stands for the values that a generator of this kind makes.
pub(crate) fn placeholders(kind: &str) -> Option<Values> {
    let (_, keys) = KINDS.iter().find(|(known, _)| *known == kind)?;
    let made = |key: &&str| ((*key).to_owned(), format!("generated-{key}").into_bytes());
    Some(keys.iter().map(made).collect())
}
