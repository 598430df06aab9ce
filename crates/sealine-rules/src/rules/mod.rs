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
    kubernetes_from_terraform,
    double_owner,
    backend_not_encrypted,
    backend_not_locked,
    local_backend,
    credentials_in_backend,
    state_in_repository,
    secret_in_configuration,
    placeholder_overwritten,
    placeholder_prefix,
    secret_value_in_state,
    unpinned_module,
    module_ref_missing,
    sensitive_output,
    plaintext_secret,
    no_drift_schedule,
    drift_exit_code_lost,
    apply_unguarded,
    unsupported_api_version,
    template_syntax,
    template_missing_field,
    template_unused_data,
    silent_empty_value,
    changes_every_refresh,
    unescaped_in_uri,
    unescaped_in_json,
    connection_name,
    connection_without_secret,
    pod_override_shape,
    connection_too_wide,
}
