//! The rules, one file each. To add one: write its file and add its name to the list below.

/// Declares the rules' modules and lists them.
macro_rules! rules {
    ($($name:ident,)*) => {
        $(pub mod $name;)*

        /// All rules, in the order of their names.
        pub static RULES: &[&crate::Rule] = &[$(&$name::RULE,)*];
    };
}

rules! {
    unprovisioned_key,
    key_not_valid_for_provider,
    wrong_namespace,
    undelivered_manifest,
    store_denied,
    unknown_store,
    duplicate_target,
    unused_secret,
    missing_secret_key,
    missing_secret,
    unused_entry,
    misnamed_key,
    suppression_without_reason,
    expired_suppression,
    unused_suppression,
    path_escapes_repository,
    limit_exceeded,
    duplicate_key,
    syntax_error,
}
