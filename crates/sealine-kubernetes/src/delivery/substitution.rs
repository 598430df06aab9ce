//! Post-build variables of Flux: `${name}` in every built object.
//!
//! Invariant: a variable whose value cannot be told becomes a hole, and what replaces one keeps
//! the place of the text it came from.

use std::collections::BTreeMap;

use sealine_model::tree::Tree;
use sealine_model::{Piece, Value};
use sealine_source::Place;

use super::tree::{map_values, rewrite, sub_piece};

/// The variables of a delivery root.
#[derive(Clone, Debug, Default)]
pub(crate) struct Substitution {
    /// The variables by name.
    pub(crate) variables: BTreeMap<String, Value>,
    /// Whether there are variables that are not seen (of a Secret, of a `ConfigMap` elsewhere).
    pub(crate) open: bool,
}

impl Substitution {
    /// Puts the variables into an object, unless it says that it wants none.
    pub(crate) fn apply(&self, object: &mut Tree) {
        if self.variables.is_empty() && !self.open {
            return;
        }
        let mark = "kustomize.toolkit.fluxcd.io/substitute";
        let disabled = ["labels", "annotations"].iter().any(|field| {
            object.at(&["metadata", field, mark]).and_then(Tree::text).as_deref()
                == Some("disabled")
        });
        if !disabled {
            map_values(object, &mut |value| self.apply_to(value));
        }
    }

    fn apply_to(&self, value: &mut Value) {
        let has = |piece: &Piece| match piece {
            Piece::Literal { text, .. } => text.contains("${"),
            Piece::Hole => false,
        };
        if value.pieces().iter().any(has) {
            *value = rewrite(value, |text, place| self.pieces(text, place));
        }
    }

    /// Returns the pieces of one literal with its variables replaced.
    fn pieces(&self, text: &str, place: Option<&Place>) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut done = 0;
        while let Some(found) = text.get(done..).and_then(|rest| rest.find("${")) {
            let start = done + found;
            let inner = start + 2;
            let Some(length) = text.get(inner..).and_then(|rest| rest.find('}')) else { break };
            let end = inner + length + 1;
            // `$${name}` is how a literal `${name}` is written.
            if text.get(..start).is_some_and(|before| before.ends_with('$')) {
                pieces.push(sub_piece(text, place, done, start));
                pieces.push(sub_piece(text, place, start + 1, end));
            } else {
                pieces.push(sub_piece(text, place, done, start));
                match self.expression(text.get(inner..end - 1).unwrap_or_default()) {
                    Some(value) => pieces.extend(value.pieces().iter().cloned()),
                    None => pieces.push(sub_piece(text, place, start, end)),
                }
            }
            done = end;
        }
        pieces.push(sub_piece(text, place, done, text.len()));
        pieces
    }

    /// Returns what stands between the braces comes to; `None` for what is no variable.
    fn expression(&self, text: &str) -> Option<Value> {
        let is_name = |character: char| character == '_' || character.is_ascii_alphanumeric();
        let name_end = text.find(|character| !is_name(character)).unwrap_or(text.len());
        let (name, operation) = text.split_at(name_end);
        if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
            return None;
        }
        let value = self.variables.get(name);
        if operation.is_empty() {
            return Some(match value {
                Some(value) => value.clone(),
                None if self.open => Value::unknown(),
                None => Value::default(),
            });
        }
        let default = [":-", ":=", "-", "="].iter().find_map(|sign| operation.strip_prefix(sign));
        Some(match (default, value) {
            (Some(_), None) if self.open => Value::unknown(),
            (Some(default), None) => Value::known(default, None),
            (Some(default), Some(value)) if value.text().as_deref() == Some("") => {
                Value::known(default, None)
            }
            (Some(_), Some(value)) => value.clone(),
            // Lengths, cuts and replacements are not computed.
            (None, _) => Value::unknown(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced_as_flux_does() {
        let variables = [("app", Value::from("web")), ("empty", Value::default())];
        let variables = variables.map(|(name, value)| (name.to_owned(), value));
        let closed = Substitution { variables: variables.into(), open: false };
        let open = Substitution { open: true, ..closed.clone() };
        for (text, in_closed, in_open) in [
            ("${app}-db", "web-db", "web-db"),
            ("${gone}-db", "-db", "*-db"),
            ("${gone:=x}", "x", "*"),
            ("${empty:-x}", "x", "x"),
            ("$${app} ${1} $app", "${app} ${1} $app", "${app} ${1} $app"),
            ("${app:0:1}", "*", "*"),
            ("${app", "${app", "${app"),
        ] {
            for (substitution, expected) in [(&closed, in_closed), (&open, in_open)] {
                let mut value = Value::from(text);
                substitution.apply_to(&mut value);
                assert_eq!(value.pattern(), expected, "{text}");
            }
        }
    }
}
