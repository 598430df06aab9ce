//! Tells the forms of state from one another by what stands at their top.
//!
//! Invariant: a form is known by its own keys and their types alone; a name of an output, which may
//! be any word, never makes a text another form.

use crate::json::{Fault, Kind, Reader};

/// What a JSON text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A state as it is stored, of this version.
    State {
        /// The version of the format; only 4 is read.
        version: u32,
    },
    /// A state or plan that `OpenTofu` encrypted.
    Encrypted,
    /// What `show -json` prints of a state.
    Shown,
    /// What `show -json` prints of a plan.
    Plan,
    /// What `output -json` prints.
    Outputs,
    /// Something else.
    Other,
}

/// Returns the form of a text.
///
/// # Errors
///
/// When it is no JSON.
pub fn form(reader: &mut Reader<'_>) -> Result<Form, Fault> {
    if reader.kind()? != Kind::Object {
        return Ok(Form::Other);
    }
    let mut seen = Seen::default();
    reader.object(|reader, key| {
        let kind = reader.kind()?;
        let value = reader.skip()?;
        match (&*key, kind) {
            ("version", Kind::Number) => seen.version = value.parse().ok(),
            ("serial", Kind::Number) | ("lineage" | "terraform_version", Kind::String) => {
                seen.state = true;
            }
            ("encrypted_data", Kind::String) => seen.encrypted = true,
            ("format_version", Kind::String) => seen.shown = true,
            ("resource_changes", Kind::List) => seen.plan = true,
            _ if kind == Kind::Object && is_output(value)? => {}
            ("planned_values" | "configuration", Kind::Object) => seen.plan = true,
            _ => seen.others = true,
        }
        Ok::<(), Fault>(())
    })?;
    Ok(match seen {
        Seen { encrypted: true, .. } => Form::Encrypted,
        Seen { version: Some(version), state: true, .. } => Form::State { version },
        Seen { shown: true, plan: true, .. } => Form::Plan,
        Seen { shown: true, .. } => Form::Shown,
        Seen { others: false, version: None, state: false, plan: false, .. } => Form::Outputs,
        _ => Form::Other,
    })
}

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a kind of key that was seen or not")]
struct Seen {
    version: Option<u32>,
    state: bool,
    encrypted: bool,
    shown: bool,
    plan: bool,
    /// Whether something is there that is no output.
    others: bool,
}

/// Whether an object has the keys of an output.
fn is_output(text: &str) -> Result<bool, Fault> {
    let (mut sensitive, mut value) = (false, false);
    Reader::new(text.as_bytes())?.object(|reader, key| {
        sensitive |= key == "sensitive";
        value |= key == "value";
        reader.skip().map(|_| ())
    })?;
    Ok(sensitive && value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_known_by_their_own_keys() {
        let of = |text: &str| form(&mut Reader::new(text.as_bytes()).expect("UTF-8")).ok();
        let output = r#"{"sensitive": false, "type": "string", "value": "1"}"#;
        for (text, expected) in [
            (r#"{"version": 4, "serial": 1}"#.to_owned(), Form::State { version: 4 }),
            (r#"{"version": 3, "lineage": "x"}"#.to_owned(), Form::State { version: 3 }),
            (r#"{"serial": 1, "lineage": "x", "encrypted_data": "AA"}"#.into(), Form::Encrypted),
            (r#"{"meta": {}, "encrypted_data": "AA"}"#.into(), Form::Encrypted),
            (r#"{"format_version": "1.0"}"#.into(), Form::Shown),
            (r#"{"format_version": "1.2", "planned_values": {}}"#.into(), Form::Plan),
            ("{}".into(), Form::Outputs),
            (format!(r#"{{"version": {output}, "serial": {output}}}"#), Form::Outputs),
            (format!(r#"{{"configuration": {output}}}"#), Form::Outputs),
            (format!(r#"{{"format_version": {output}}}"#), Form::Outputs),
            (r#"{"version": 1}"#.into(), Form::Other),
            (r#"{"kind": "Secret"}"#.into(), Form::Other),
            (r#"{"a": {"value": 1}}"#.into(), Form::Other),
            ("[]".into(), Form::Other),
        ] {
            assert_eq!(of(&text), Some(expected), "{text}");
        }
        assert_eq!(of("{"), None);
    }
}
