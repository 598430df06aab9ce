//! Whether a text is a secret in clear, or stands for one that a tool puts there later.
//!
//! Invariant: what a known tool replaces is never called a secret.

/// What the references of secret injectors begin with: SOPS, vals, 1Password, Bank-Vaults.
const BEGINNINGS: &[&str] = &["ENC[", "ref+", "secretref+", "op://", "vault:", ">>vault:"];

/// What is kept of a text in clear: nothing but that there is one.
pub(super) const IN_CLEAR: &str = "*";

/// Returns whether the text is neither empty nor a placeholder.
pub(super) fn is_in_clear(text: &str) -> bool {
    let text = text.trim();
    let variable = |name: &str| {
        let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        !name.is_empty() && name.bytes().all(allowed)
    };
    let replaced = BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
        || text.contains("${")
        || text.contains("{{")
        || text.strip_prefix('$').is_some_and(variable)
        || sealine_model::is_stand_in(text);
    text == IN_CLEAR || !replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_of_tools_are_no_secrets() {
        for text in [
            "",
            "ENC[a]",
            "op://v/i/f",
            "ref+x://y",
            "<path:a#b>",
            "${A}",
            "$A_B",
            "{{ x }}",
            "CHANGE_ME",
        ] {
            assert!(!is_in_clear(text), "{text}");
        }
        for text in ["hunter2", "$ecret", "aHVudGVyMg==", "a<b>"] {
            assert!(is_in_clear(text), "{text}");
        }
    }
}
