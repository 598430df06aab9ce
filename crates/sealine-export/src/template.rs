//! Texts made of outputs: `${output}` and `${output.key.0}` stand for values, `$${` for `${` itself.
//!
//! Invariant: nothing but names of outputs and ways into them can be written; there is nothing to
//! evaluate.

use sealine_model::SecretValue;
use thiserror::Error;

/// A text with references to outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// An output, and the way into its value.
    Reference(Vec<String>),
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TemplateFault {
    /// A `${` without its `}`.
    #[error("a `${{` has no `}}`")]
    Open,
    /// What stands between the braces is no name.
    #[error("`${{{0}}}` names no output")]
    Reference(String),
    /// A text without references.
    #[error("the template names no output")]
    Constant,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// When a reference is broken, or there is none.
    pub fn parse(text: &str) -> Result<Self, TemplateFault> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let before = rest.get(..at).unwrap_or_default();
            let behind = rest.get(at + 2..).unwrap_or_default();
            if let Some(before) = before.strip_suffix('$') {
                literal.push_str(before);
                literal.push_str("${");
                rest = behind;
                continue;
            }
            literal.push_str(before);
            let (inner, behind) = behind.split_once('}').ok_or(TemplateFault::Open)?;
            let path: Vec<String> = inner.trim().split('.').map(str::to_owned).collect();
            let is_name = |part: &String| {
                !part.is_empty()
                    && part.chars().all(|it| it.is_alphanumeric() || "_-/".contains(it))
            };
            if !path.iter().all(is_name) {
                return Err(TemplateFault::Reference(inner.to_owned()));
            }
            if !literal.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut literal)));
            }
            pieces.push(Piece::Reference(path));
            rest = behind;
        }
        literal.push_str(rest);
        if pieces.is_empty() {
            return Err(TemplateFault::Constant);
        }
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal));
        }
        Ok(Self(pieces))
    }

    /// Returns the outputs that it names.
    pub fn outputs(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Reference(path) => path.first().map(String::as_str),
        })
    }

    /// Writes the text, with what `look_up` says of each reference.
    pub(crate) fn render<E>(
        &self,
        look_up: &mut dyn FnMut(&[String]) -> Result<SecretValue, E>,
    ) -> Result<SecretValue, E> {
        let mut parts: Vec<SecretValue> = Vec::new();
        for piece in &self.0 {
            parts.push(match piece {
                Piece::Text(text) => SecretValue::new(text.as_bytes()),
                Piece::Reference(path) => look_up(path)?,
            });
        }
        // Filled once: a buffer that grows leaves copies behind that nobody wipes.
        let mut text = Vec::with_capacity(parts.iter().map(|part| part.expose().len()).sum());
        for part in &parts {
            text.extend_from_slice(part.expose());
        }
        Ok(SecretValue::new(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(text: &str) -> Result<String, TemplateFault> {
        let template = Template::parse(text)?;
        let text = template.render::<TemplateFault>(&mut |path| {
            Ok(SecretValue::new(format!("<{}>", path.join("/"))))
        })?;
        Ok(String::from_utf8_lossy(text.expose()).into_owned())
    }

    #[test]
    fn references_stand_for_values_and_the_rest_for_itself() {
        assert_eq!(rendered("https://${ip}:${ports.0}/$x").unwrap(), "https://<ip>:<ports/0>/$x");
        assert_eq!(rendered("$${a} ${b}").unwrap(), "${a} <b>");
        assert_eq!(rendered("a${b").unwrap_err(), TemplateFault::Open);
        assert_eq!(rendered("plain").unwrap_err(), TemplateFault::Constant);
        let fault = rendered("${a + b}").unwrap_err();
        assert_eq!(fault.to_string(), "`${a + b}` names no output");
    }
}
