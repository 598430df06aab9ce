//! Outputs of a root module, out of every text that holds them: a stored state, `output -json`,
//! `show -json`.
//!
//! Invariant: a text is read whole or refused; a fault names an output, never its value.

use std::collections::BTreeMap;

use crate::form::{Form, form};
use crate::json::{Fault, Json, Kind, Reader};

/// The outputs of a root module.
#[derive(Debug, Default)]
pub struct Outputs {
    /// Which state they come from, where the text says it.
    pub lineage: Option<String>,
    /// Which version of it.
    pub serial: Option<u64>,
    /// The outputs by their names.
    pub values: BTreeMap<String, Output>,
}

/// An output.
#[derive(Debug)]
pub struct Output {
    /// Whether the configuration marks it so.
    pub sensitive: bool,
    /// What it holds.
    pub value: Json,
}

/// Why a text gives no outputs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutputsError {
    /// There is nothing.
    #[error("the text is empty: there is no state yet")]
    Empty,
    /// The text is no JSON.
    #[error("no JSON: {0}")]
    Broken(#[from] Fault),
    /// The state has another version than 4.
    #[error(
        "a state of version {0}: only version 4 is read, which Terraform writes since 0.12 and OpenTofu always"
    )]
    Version(u32),
    /// `OpenTofu` encrypted it.
    #[error("the state is encrypted by OpenTofu")]
    Encrypted,
    /// It is a plan, whose outputs are not there yet.
    #[error("a plan: its outputs do not exist before it is applied")]
    Plan,
    /// It is something else.
    #[error("neither a state nor what `output -json` or `show -json` print")]
    Unknown,
}

/// Reads the outputs out of a text.
///
/// # Errors
///
/// When the text is broken, or holds no outputs.
pub fn read(text: &[u8]) -> Result<Outputs, OutputsError> {
    if text.iter().all(u8::is_ascii_whitespace) {
        return Err(OutputsError::Empty);
    }
    let mut reader = Reader::new(text)?;
    let mut ahead = reader.clone();
    let form = form(&mut ahead)?;
    ahead.end()?;
    match form {
        Form::State { version: 4 } => state(&mut reader),
        Form::State { version } => Err(OutputsError::Version(version)),
        Form::Shown => shown(&mut reader),
        Form::Outputs => Ok(Outputs { values: values(&mut reader)?, ..Outputs::default() }),
        Form::Encrypted => Err(OutputsError::Encrypted),
        Form::Plan => Err(OutputsError::Plan),
        Form::Other => Err(OutputsError::Unknown),
    }
}

fn state(reader: &mut Reader<'_>) -> Result<Outputs, OutputsError> {
    let mut outputs = Outputs::default();
    reader.object(|reader, key| {
        match (&*key, reader.kind()?) {
            ("lineage", Kind::String) => outputs.lineage = Some(reader.string()?.into_owned()),
            ("serial", Kind::Number) => outputs.serial = reader.number()?.parse().ok(),
            ("outputs", Kind::Object) => outputs.values = values(reader)?,
            _ => drop(reader.skip()?),
        }
        Ok::<(), OutputsError>(())
    })?;
    Ok(outputs)
}

fn shown(reader: &mut Reader<'_>) -> Result<Outputs, OutputsError> {
    let mut outputs = Outputs::default();
    reader.object(|reader, key| {
        if key != "values" || reader.kind()? != Kind::Object {
            return reader.skip().map(|_| ());
        }
        reader.object(|reader, key| {
            if key == "outputs" && reader.kind()? == Kind::Object {
                outputs.values = values(reader)?;
                return Ok(());
            }
            reader.skip().map(|_| ())
        })
    })?;
    Ok(outputs)
}

/// Reads an object of outputs. One without a value has the value `null`.
fn values(reader: &mut Reader<'_>) -> Result<BTreeMap<String, Output>, Fault> {
    let mut values = BTreeMap::new();
    reader.object(|reader, name| {
        let mut output = Output { sensitive: false, value: Json::Null };
        reader.object(|reader, key| {
            match (&*key, reader.kind()?) {
                ("sensitive", Kind::Bool) => output.sensitive = reader.bool()?,
                ("value", _) => output.value = Json::read(reader)?,
                _ => drop(reader.skip()?),
            }
            Ok::<(), Fault>(())
        })?;
        match values.insert(name.into_owned(), output) {
            None => Ok(()),
            Some(_) => Err(reader.fault("an output is given twice")),
        }
    })?;
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: &str = r#"{"version": 4, "terraform_version": "1.11.4", "serial": 7,
        "lineage": "3f1c", "outputs": {
          "ip": {"value": "10.0.0.1", "type": "string"},
          "password": {"value": "hunter2", "type": "string", "sensitive": true},
          "ports": {"value": [80, 1.5], "type": ["list", "number"]}},
        "resources": [], "check_results": null}"#;

    fn kinds(outputs: &Outputs) -> Vec<(&str, bool, &'static str)> {
        let values = outputs.values.iter();
        values
            .map(|(name, output)| (name.as_str(), output.sensitive, output.value.type_name()))
            .collect()
    }

    #[test]
    fn every_form_gives_the_same_outputs() {
        let stored = read(STATE.as_bytes()).expect("a state");
        assert_eq!((stored.lineage.as_deref(), stored.serial), (Some("3f1c"), Some(7)));
        let expected =
            [("ip", false, "string"), ("password", true, "string"), ("ports", false, "list")];
        assert_eq!(kinds(&stored), expected);
        let printed = r#"{"ip": {"sensitive": false, "type": "string", "value": "10.0.0.1"},
            "password": {"sensitive": true, "type": "string", "value": "hunter2"},
            "ports": {"sensitive": false, "type": ["list", "number"], "value": [80, 1.5]}}"#;
        let shown = format!(
            r#"{{"format_version": "1.0", "terraform_version": "1.11.4",
                "values": {{"outputs": {printed}, "root_module": {{}}}}}}"#
        );
        for text in [printed, &shown] {
            let outputs = read(text.as_bytes()).expect("outputs");
            assert_eq!(kinds(&outputs), expected);
            assert_eq!((outputs.lineage, outputs.serial), (None, None));
        }
    }

    #[test]
    fn what_has_no_outputs_is_refused_with_the_reason() {
        let broken = |text: &str| read(text.as_bytes()).expect_err("no outputs").to_string();
        assert!(matches!(read(b" \n"), Err(OutputsError::Empty)));
        assert!(matches!(
            read(br#"{"version": 3, "serial": 1, "modules": []}"#),
            Err(OutputsError::Version(3))
        ));
        assert!(matches!(read(br#"{"encrypted_data": "A"}"#), Err(OutputsError::Encrypted)));
        assert!(matches!(
            read(br#"{"format_version": "1.2", "resource_changes": []}"#),
            Err(OutputsError::Plan)
        ));
        assert!(matches!(read(br#"{"apiVersion": "v1"}"#), Err(OutputsError::Unknown)));
        let cut = &STATE[..STATE.len() - 30];
        assert!(broken(cut).starts_with("no JSON: line 6"), "{}", broken(cut));
        assert!(broken("\u{1f}\u{8b}").starts_with("no JSON: line 1"));
        let twice = r#"{"a": {"sensitive": true, "value": "hunter2"}, "a": {"sensitive": false, "value": 1}}"#;
        assert_eq!(broken(twice), "no JSON: line 1, column 85: an output is given twice");
    }

    #[test]
    fn nothing_shows_a_value() {
        let shown = format!("{:?}", read(STATE.as_bytes()).expect("a state"));
        assert!(!shown.contains("hunter2") && !shown.contains("10.0.0.1"), "{shown}");
    }
}
