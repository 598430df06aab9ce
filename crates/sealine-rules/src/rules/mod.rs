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
    apply_unguarded,
    backend_not_encrypted,
    backend_not_locked,
    changes_every_refresh,
    ciphertext_reaches_workload,
    connection_fields,
    connection_name,
    connection_too_wide,
    connection_without_secret,
    credentials_in_backend,
    double_owner,
    drift_exit_code_lost,
    duplicate_key,
    duplicate_target,
    expired_suppression,
    key_not_valid_for_provider,
    kubernetes_from_terraform,
    limit_exceeded,
    local_backend,
    misnamed_key,
    missing_secret,
    missing_secret_key,
    module_ref_missing,
    namespace_not_specified,
    no_drift_schedule,
    path_escapes_repository,
    placeholder_overwritten,
    placeholder_prefix,
    plaintext_secret,
    pod_override_shape,
    prefix_breaks_external_secret,
    removed_while_used,
    secret_after_consumer,
    secret_in_configuration,
    secret_value_in_state,
    sensitive_output,
    silent_empty_value,
    stale_copy,
    state_in_repository,
    store_denied,
    substitution_eats_template,
    suppression_without_reason,
    syntax_error,
    template_eaten_by_helm,
    template_escaped_for_helm,
    template_missing_field,
    template_syntax,
    template_unused_data,
    undelivered_manifest,
    unescaped_in_json,
    unescaped_in_uri,
    unknown_store,
    unpinned_module,
    unprovisioned_key,
    unsupported_api_version,
    unused_entry,
    unused_secret,
    unused_suppression,
    wrong_namespace,
}
