//! Post-build variables of Flux: `${name}` in every built object.
//!
//! Invariant: a variable whose value cannot be told becomes a hole, and what replaces one keeps
//! the place of the text it came from.

use std::collections::BTreeMap;
use std::ops::Range;

use sealine_model::delivery::{Mishap, MishapKind};
use sealine_model::tree::Tree;
use sealine_model::{Piece, Value};
use sealine_source::{Edit, Place};

use super::tree::{map_values, rewrite};

/// The variables of a delivery root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Substitution {
    /// The variables by name.
    pub(crate) variables: BTreeMap<String, Value>,
    /// Whether there are variables that are not seen (of a Secret, of a `ConfigMap` elsewhere).
    pub(crate) open: bool,
    /// Whether there surely are variables: without any, Flux leaves all texts alone.
    pub(crate) runs: bool,
}

/// A `${…}` in a text.
struct Expression {
    /// Its bytes.
    range: Range<usize>,
    /// Whether it is written `$${…}`, which stands for itself.
    escaped: bool,
    /// Whether Flux can parse it.
    valid: bool,
}

/// Returns what looks like a variable in a text.
fn expressions(text: &str) -> Vec<Expression> {
    let mut found = Vec::new();
    let mut done = 0;
    while let Some(at) = text.get(done..).and_then(|rest| rest.find("${")) {
        let start = done + at;
        let inner = text.get(start + 2..).unwrap_or_default();
        let escaped = text.get(..start).is_some_and(|before| before.ends_with('$'));
        let Some(length) = inner.find('}') else {
            found.push(Expression { range: start..start + 2, escaped, valid: false });
            break;
        };
        let name = inner.get(..length).unwrap_or_default();
        // Of `${#name}`, which gives a length.
        let name = name.strip_prefix('#').unwrap_or(name);
        let rest = name.trim_start_matches(is_word);
        let valid = rest.len() < name.len()
            && (rest.is_empty() || rest.starts_with([':', '=', '/', '#', '%', '^', ',']));
        done = start + 2 + length + 1;
        found.push(Expression { range: start..done, escaped, valid });
    }
    found
}

fn is_word(character: char) -> bool {
    character == '_' || character.is_ascii_alphanumeric()
}

impl Substitution {
    /// Puts the variables into an object, unless it says that it wants none.
    pub(crate) fn apply(&self, object: &mut Tree) {
        if self.variables.is_empty() && !self.open {
            return;
        }
        if !is_disabled(object) {
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
        for Expression { range, escaped, valid } in expressions(text) {
            let Range { start, end } = range;
            pieces.push(Piece::part(text, place, done, start));
            match text.get(start + 2..end - 1).filter(|_| valid) {
                // `$${name}` is how a literal `${name}` is written.
                _ if escaped => pieces.push(Piece::part(text, place, start + 1, end)),
                Some(inner) => pieces.extend(self.expression(inner).pieces().iter().cloned()),
                None => pieces.push(Piece::part(text, place, start, end)),
            }
            done = end;
        }
        pieces.push(Piece::part(text, place, done, text.len()));
        pieces
    }

    /// Returns what the step does to an object that holds a secret, and that nobody can have meant.
    pub(crate) fn mishaps(&self, object: &Tree) -> Vec<Mishap> {
        let mut found = Vec::new();
        if self.runs && !is_disabled(object) {
            self.look(object, &mut found);
        }
        found
    }

    /// Recurses no deeper than trees are.
    fn look(&self, tree: &Tree, found: &mut Vec<Mishap>) {
        match tree {
            Tree::Scalar { value, .. } => {
                for piece in value.pieces() {
                    if let Piece::Literal { text, place: Some(place) } = piece {
                        self.look_at(text, place, found);
                    }
                }
            }
            Tree::List(items) => items.iter().for_each(|item| self.look(item, found)),
            Tree::Map(map) => map.entries.iter().for_each(|entry| self.look(&entry.value, found)),
            Tree::Null | Tree::Unknown => {}
        }
    }

    fn look_at(&self, text: &str, place: &Place, found: &mut Vec<Mishap>) {
        for Expression { range, escaped, valid } in expressions(text) {
            let words = text.get(range.clone()).unwrap_or_default();
            let name = words.trim_start_matches(['$', '{', '#']);
            let name: String = name.chars().take_while(|c| is_word(*c)).collect();
            let is_plain = words.len() == name.len() + 3;
            let known = self.variables.get(&name);
            // No variable has a name that begins with a digit.
            let surely_gone =
                known.is_none() && (!self.open || name.starts_with(|c: char| c.is_ascii_digit()));
            let lines = known.and_then(Value::text).is_some_and(|text| text.trim().contains('\n'));
            let kind = match () {
                () if escaped => continue,
                () if !valid => MishapKind::RefusedBySubstitution,
                () if is_plain && surely_gone => MishapKind::EatenBySubstitution,
                () if lines => MishapKind::JoinedBySubstitution,
                () => continue,
            };
            let piece = Piece::part(text, Some(place), range.start, range.end);
            let Piece::Literal { place: Some(at), .. } = piece else { continue };
            // Where the text stands byte by byte, the escape can be written there.
            let verbatim = (place.end - place.start) as usize == text.len();
            let escapes = kind != MishapKind::JoinedBySubstitution && verbatim;
            let edit =
                || Edit { place: Place { end: at.start, ..at.clone() }, text: "$".to_owned() };
            found.push(Mishap {
                kind,
                object: String::new(),
                words: words.to_owned(),
                also: Vec::new(),
                edits: escapes.then(edit).into_iter().collect(),
                place: at,
            });
        }
    }

    /// Returns what an expression that Flux can parse comes to, without its braces.
    fn expression(&self, text: &str) -> Value {
        let name_end = text.find(|character| !is_word(character)).unwrap_or(text.len());
        let (name, operation) = text.split_at(name_end);
        if name.starts_with(|first: char| first.is_ascii_digit()) && operation.is_empty() {
            return Value::default();
        }
        let value = self.variables.get(name);
        if operation.is_empty() {
            return match value {
                Some(value) => without_breaks(value),
                None if self.open => Value::unknown(),
                None => Value::default(),
            };
        }
        let default = [":-", ":=", "="].iter().find_map(|sign| operation.strip_prefix(sign));
        match (default, value) {
            (Some(_), None) if self.open => Value::unknown(),
            (Some(default), None) => Value::known(default, None),
            (Some(default), Some(value)) if value.text().as_deref() == Some("") => {
                Value::known(default, None)
            }
            (Some(_), Some(value)) => value.clone(),
            // Lengths, cuts and replacements are not computed.
            (None, _) => Value::unknown(),
        }
    }
}

/// Returns whether an object says that it wants no variables.
fn is_disabled(object: &Tree) -> bool {
    let mark = "kustomize.toolkit.fluxcd.io/substitute";
    ["labels", "annotations"].iter().any(|field| {
        object.at(&["metadata", field, mark]).and_then(Tree::text).as_deref() == Some("disabled")
    })
}

/// Flux takes all line breaks out of values.
fn without_breaks(value: &Value) -> Value {
    let broken =
        |piece: &Piece| matches!(piece, Piece::Literal { text, .. } if text.contains('\n'));
    if !value.pieces().iter().any(broken) {
        return value.clone();
    }
    Value::from_pieces(value.pieces().iter().map(|piece| match piece {
        Piece::Literal { text, .. } => {
            Piece::Literal { text: text.replace('\n', "").into(), place: None }
        }
        Piece::Hole => Piece::Hole,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced_as_flux_does() {
        let variables = [("app", Value::from("web")), ("empty", Value::default())];
        let variables = variables.map(|(name, value)| (name.to_owned(), value));
        let closed = Substitution { variables: variables.into(), open: false, runs: true };
        let open = Substitution { open: true, ..closed.clone() };
        for (text, in_closed, in_open) in [
            ("${app}-db", "web-db", "web-db"),
            ("${gone}-db", "-db", "*-db"),
            ("${gone:=x}", "x", "*"),
            ("${empty:-x}", "x", "x"),
            ("$${app} ${1}$1 $app", "${app} $1 $app", "${app} $1 $app"),
            ("${app-b} ${ app } ${}", "${app-b} ${ app } ${}", "${app-b} ${ app } ${}"),
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
    #[test]
    fn what_nobody_meant_is_told() {
        use sealine_source::FileName;

        let variables = [("app", Value::from("web")), ("pem", Value::from("a\nb\n"))];
        let variables = variables.map(|(name, value)| (name.to_owned(), value));
        let closed = Substitution { variables: variables.into(), open: false, runs: true };
        let open = Substitution { open: true, ..closed.clone() };
        let none = Substitution::default();
        let place = |text: &str| Place {
            file: std::sync::Arc::new(FileName::new("r", "f")),
            start: 0,
            end: text.len() as u32,
            line: 1,
            column: 1,
        };
        for (text, in_closed, in_open) in [
            ("${gone} ${1}", "Eaten ${gone} Eaten ${1}", "Eaten ${1}"),
            ("${gone:=x} ${app:0:1} ${app}", "", ""),
            ("$${gone} $gone", "", ""),
            ("${a.b}", "Refused ${a.b}", "Refused ${a.b}"),
            ("${", "Refused ${", "Refused ${"),
            ("${pem}", "Joined ${pem}", "Joined ${pem}"),
        ] {
            for (substitution, expected) in [(&closed, in_closed), (&open, in_open), (&none, "")] {
                let value = Value::known(text, Some(place(text)));
                let found = substitution.mishaps(&Tree::Scalar { value, place: place(text) });
                let shown = found.iter().map(|mishap| {
                    let kind = format!("{:?}", mishap.kind).replace("BySubstitution", "");
                    format!("{kind} {}", mishap.words)
                });
                assert_eq!(shown.collect::<Vec<_>>().join(" "), expected, "{text}");
            }
        }
    }
}
