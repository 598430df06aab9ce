//! Which secrets lie in a state or plan in plain text.
//!
//! Invariant: no value is kept beyond the look at it, and none is told: a finding has an address, a
//! path and the reasons. What is not known to be a secret is not called one.

mod advice;
mod equal;
mod judge;
mod names;
mod path;
mod shapes;
#[cfg(test)]
mod tests;
mod walk;

use crate::form::{Form, form};
use crate::json::{Fault, Reader};

pub use walk::{Head, Holder};

/// What a look at a state found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// What was looked at.
    pub form: Form,
    /// What it says of itself.
    pub head: Head,
    /// How many instances, outputs and variables were looked at.
    pub looked_at: usize,
    /// What lies there in plain text.
    pub findings: Vec<Found>,
}

/// A value in plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What holds it.
    pub holder: Holder,
    /// The address of the instance; `output.x`, `var.x`.
    pub address: String,
    /// The path of the attribute; empty for a whole output or variable.
    pub path: String,
    /// How it is known.
    pub reasons: Vec<Reason>,
    /// Where the same value lies, too: other findings, as `address.path`.
    pub same_as: Vec<String>,
    /// What keeps it out of the state.
    pub way_out: String,
}

/// How a secret is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The provider's schema or the configuration marks it as sensitive.
    Marked,
    /// The attribute is known to hold a secret.
    Listed,
    /// The value has the form of one.
    Shape(&'static str),
    /// It is called one and looks random.
    Named,
    /// It is equal to another one.
    Equal,
}

impl Reason {
    /// Returns its name in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Marked => "marked",
            Self::Listed => "known-attribute",
            Self::Shape(_) => "form",
            Self::Named => "name-and-entropy",
            Self::Equal => "equal",
        }
    }
}

/// Why a text cannot be audited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// The text is no JSON.
    #[error("no JSON: {0}")]
    Broken(#[from] Fault),
    /// The state has another version.
    #[error("a state of version {0}: only version 4 is read")]
    Version(u32),
    /// It is something else.
    #[error("neither a state nor a plan")]
    Unknown,
}

/// Looks for secrets in a state, a plan in JSON, or what `output -json` printed. An encrypted one has
/// no findings.
///
/// # Errors
///
/// When the text is none of these, or broken.
pub fn audit(text: &[u8]) -> Result<Audit, AuditError> {
    if text.iter().all(u8::is_ascii_whitespace) {
        // A state file that was created and never filled.
        let form = Form::State { version: 4 };
        return Ok(Audit { form, head: Head::default(), looked_at: 0, findings: Vec::new() });
    }
    let reader = Reader::new(text)?;
    let mut ahead = reader.clone();
    let form = form(&mut ahead)?;
    ahead.end()?;
    match form {
        Form::Encrypted => {
            let head = walk::blocks(&mut reader.clone(), form, &mut |_| Ok(()))?;
            Ok(Audit { form, head, looked_at: 0, findings: Vec::new() })
        }
        Form::State { version } if version != 4 => Err(AuditError::Version(version)),
        Form::Other => Err(AuditError::Unknown),
        _ => Ok(judge::judge(&reader, form)?),
    }
}
