//! Files that may be states or plans: known by their names, then by what they begin with.
//!
//! Invariant: a name is only reason enough to look; what a file is, its content says.

use sealine_model::SecretValue;

use crate::audit::{Audit, AuditError, audit};
use crate::container::{ContainerError, Opened, open};
use crate::encryption::{DecryptError, Passphrase, decrypt};
use crate::form::Form;

/// What the top of a state or plan holds, in any form.
const TELLTALES: &[&[u8]] =
    &[b"\"terraform_version\"", b"\"lineage\"", b"\"encrypted_data\"", b"\"format_version\""];

/// What a look at a file was at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// What was found.
    pub audit: Audit,
    /// Whether it is the archive that `plan -out` writes: only the state within is looked at.
    pub plan_file: bool,
    /// Whether it was encrypted, and is not any more.
    pub decrypted: bool,
}

/// Why a file has no audit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookError {
    /// Its wrapping cannot be opened.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// It cannot be audited.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// It cannot be decrypted.
    #[error(transparent)]
    Decrypt(#[from] DecryptError),
}

/// Returns whether a file's name is one that states and plans have.
pub fn is_named_like_state(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
    let ends = [".tfplan", ".tfplan.json"];
    let whole = ["tfplan", "plan.out", "plan.json", "tfplan.json", "state.json", "plan.bin"];
    name.contains(".tfstate")
        || ends.iter().any(|end| name.ends_with(end))
        || whole.contains(&name.as_str())
}

/// Returns whether the content of a file is that of a state or plan. Cheap: it looks at both ends.
pub fn is_state(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"PK\x03\x04") {
        return contains(bytes, b"tfplan");
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    if !text.starts_with(b"{") {
        return bytes.starts_with(&[0x1f, 0x8b]);
    }
    let (head, tail) = (&text[..text.len().min(4096)], &text[text.len().saturating_sub(4096)..]);
    TELLTALES.iter().any(|word| contains(head, word) || contains(tail, word))
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(bytes, word).is_some()
}

/// Looks into a file: unpacks, decrypts and audits it, as far as needed and possible.
///
/// # Errors
///
/// When it is no state or plan, or broken, or the passphrase is wrong.
pub fn look(bytes: SecretValue, passphrase: Option<&Passphrase>) -> Result<Looked, LookError> {
    let (text, plan_file) = match open(bytes)? {
        Opened::Plain(text) | Opened::Unpacked(text) => (text, false),
        Opened::Plan(Some(text)) => (text, true),
        Opened::Plan(None) => (SecretValue::new(Vec::new()), true),
    };
    let found = audit(text.expose())?;
    if let (Form::Encrypted, Some(passphrase)) = (found.form, passphrase) {
        let plain = decrypt(text.expose(), passphrase)?;
        drop(text);
        let inner = match open(plain)? {
            Opened::Plain(text) | Opened::Unpacked(text) | Opened::Plan(Some(text)) => text,
            Opened::Plan(None) => SecretValue::new(Vec::new()),
        };
        return Ok(Looked { audit: audit(inner.expose())?, plan_file, decrypted: true });
    }
    Ok(Looked { audit: found, plan_file, decrypted: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_contents_tell_states() {
        for (path, named) in [
            ("a/terraform.tfstate", true),
            ("terraform.tfstate.backup", true),
            ("x.tfstate.1699999999.backup", true),
            ("errored.tfstate", true),
            ("x.tfstate.json", true),
            ("prod.tfplan", true),
            ("tfplan", true),
            ("plan.json", true),
            ("main.tf", false),
            ("tfplan.md", false),
        ] {
            assert_eq!(is_named_like_state(path), named, "{path}");
        }
        assert!(is_state(br#"{ "version": 4, "terraform_version": "1.11.4"}"#));
        assert!(is_state(b"PK\x03\x04....tfplan..."));
        assert!(!is_state(br#"{"name": "plan"}"#));
        assert!(!is_state(b"PK\x03\x04....class..."));
        assert!(!is_state(b""));
    }
}
