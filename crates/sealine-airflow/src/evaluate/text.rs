//! Strings, with the literals they are made of.
//!
//! Invariant: a piece has a place only when exactly its text stands there.

use std::rc::Rc;

use ruff_python_ast::{
    ConversionFlag, ExprFString, ExprStringLiteral, FStringPart, InterpolatedStringElement,
    StringFlags, StringLiteral,
};
use ruff_text_size::Ranged;
use sealine_model::{Piece, Value};
use sealine_source::{Place, TextRange};

use super::{Args, Evaluator, Val};

/// Longer texts, and texts of more pieces, are not followed.
const LONGEST: usize = 64 << 10;
const PIECES: usize = 64;

impl<'a> Evaluator<'a> {
    pub(super) fn string(&mut self, literal: &'a ExprStringLiteral) -> Val {
        let at = (self.file, literal.range.start().to_u32());
        if let Some(known) = self.literals.get(&at) {
            return Val::Text(Rc::clone(known));
        }
        let parts: Vec<Value> = literal.value.iter().map(|part| self.literal(part)).collect();
        let value = self.joined(parts);
        if let Val::Text(text) = &value {
            self.literals.insert(at, Rc::clone(text));
        }
        value
    }

    fn literal(&self, part: &StringLiteral) -> Value {
        let opener = part.flags.opener_len().to_usize();
        let closer = part.flags.closer_len().to_usize();
        let end = part.range.end().to_usize().saturating_sub(closer);
        let place =
            self.standing(TextRange::new(part.range.start().to_usize() + opener, end), part);
        Value::known(part.value.to_string(), place)
    }

    /// Returns the place of `range` when it holds exactly `text`.
    fn standing(&self, range: TextRange, text: &str) -> Option<Place> {
        let source = &self.tree.files[self.file].source;
        (source.slice(range) == text).then(|| source.place(range))
    }

    pub(super) fn interpolated(&mut self, text: &'a ExprFString) -> Val {
        let mut parts = Vec::new();
        for part in text.value.as_slice() {
            match part {
                FStringPart::Literal(literal) => parts.push(self.literal(literal)),
                FStringPart::FString(text) => {
                    for element in &text.elements {
                        parts.push(self.element(element));
                    }
                }
            }
        }
        self.joined(parts)
    }

    fn element(&mut self, element: &'a InterpolatedStringElement) -> Value {
        match element {
            InterpolatedStringElement::Literal(literal) => {
                let range = TextRange::new(literal.start().to_usize(), literal.end().to_usize());
                Value::known(literal.value.to_string(), self.standing(range, &literal.value))
            }
            InterpolatedStringElement::Interpolation(hole) => {
                let value = self.eval(&hole.expression);
                let plain = hole.format_spec.is_none()
                    && hole.debug_text.is_none()
                    && matches!(hole.conversion, ConversionFlag::None | ConversionFlag::Str);
                if plain { text_of(&value) } else { Value::unknown() }
            }
        }
    }

    /// Returns the texts one after the other.
    pub(super) fn joined(&mut self, parts: Vec<Value>) -> Val {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut length = 0;
        for part in parts {
            for piece in part.pieces() {
                if let Piece::Literal { text, .. } = piece {
                    length += text.len();
                }
                pieces.push(piece.clone());
            }
        }
        self.spend(pieces.len() + length / 64);
        if length > LONGEST {
            return Val::hole();
        }
        let mut value = Value::from_pieces(pieces);
        if value.pieces().len() > PIECES {
            value = value.text().map_or_else(Value::unknown, |text| Value::known(text, None));
        }
        Val::Text(Rc::new(value))
    }

    /// `"%s-%s" % (a, b)` and `"%(name)s" % {...}`.
    pub(super) fn percent(&mut self, format: &Val, value: &Val) -> Val {
        let Val::Text(format) = format else { return Val::Unknown };
        let mut next = 0;
        let parts = replaced(format, '%', "%%", |rest| {
            if let Some(rest) = rest.strip_prefix('%') {
                return Some((Value::known("%", None), rest));
            }
            if let Some(named) = rest.strip_prefix('(') {
                let (name, after) = named.split_once(')')?;
                let found = match value {
                    Val::Dict(id) => self.heap.entry(*id, name).map(|item| item.1.value.clone()),
                    _ => None,
                };
                let text = found.map_or_else(Value::unknown, |found| text_of(&found));
                return conversion(after, text);
            }
            let found = match value {
                Val::List(id) => {
                    let item = self.heap.lists[*id].items.get(next);
                    item.map_or(Val::Unknown, |item| item.value.clone())
                }
                value => value.clone(),
            };
            next += 1;
            conversion(rest, text_of(&found))
        });
        self.joined(parts)
    }

    /// `"{}-{name}".format(a, name=b)`.
    pub(super) fn format(&mut self, format: &Value, args: &Args) -> Val {
        let mut next = 0;
        let parts = replaced(format, '{', "}}", |rest| {
            if let Some(rest) = rest.strip_prefix('{') {
                return Some((Value::known("{", None), rest));
            }
            let (field, after) = rest.split_once('}')?;
            let found = if field.is_empty() {
                next += 1;
                args.positional.get(next - 1)
            } else if let Ok(index) = field.parse::<usize>() {
                args.positional.get(index)
            } else {
                args.named.get(field)
            };
            let text = found.map_or_else(Value::unknown, |found| text_of(&found.value));
            Some((text, after))
        });
        self.joined(parts)
    }
}

/// Returns the text that a value has inside another text.
pub(crate) fn text_of(value: &Val) -> Value {
    match value {
        Val::Text(text) => (**text).clone(),
        Val::Int(number) => Value::known(number.to_string(), None),
        Val::Bool(true) => Value::known("True", None),
        Val::Bool(false) => Value::known("False", None),
        Val::None => Value::known("None", None),
        _ => Value::unknown(),
    }
}

/// Returns a text with each literal piece changed; a changed piece stands nowhere.
pub(crate) fn mapped(value: &Value, change: impl Fn(&str) -> String) -> Value {
    Value::from_pieces(value.pieces().iter().map(|piece| match piece {
        Piece::Hole => Piece::Hole,
        Piece::Literal { text, place } => {
            let changed = change(text);
            let place = if changed == *text { place.clone() } else { None };
            Piece::Literal { text: changed.into(), place }
        }
    }))
}

/// Splits the literal pieces of a format at `mark` and puts there what `field` makes of the text
/// after it; in the text between, `doubled` stands for its half.
fn replaced(
    format: &Value,
    mark: char,
    doubled: &str,
    mut field: impl FnMut(&str) -> Option<(Value, &str)>,
) -> Vec<Value> {
    let plain = |text: &str, place: Option<&Place>, start, end| {
        let part = part_of(text, place, start, end);
        mapped(&part, |text| text.replace(doubled, &doubled[1..]))
    };
    let mut parts = Vec::new();
    for piece in format.pieces() {
        let Piece::Literal { text, place } = piece else {
            parts.push(Value::unknown());
            continue;
        };
        let mut rest = text.as_str();
        while let Some(at) = rest.find(mark) {
            let before = text.len() - rest.len();
            parts.push(plain(text, place.as_ref(), before, before + at));
            if let Some((value, after)) = field(&rest[at + mark.len_utf8()..]) {
                // The closure returns a tail of its input; only its length counts.
                parts.push(value);
                rest = &rest[rest.len() - after.len()..];
            } else {
                parts.push(Value::unknown());
                rest = "";
            }
        }
        parts.push(plain(text, place.as_ref(), text.len() - rest.len(), text.len()));
    }
    parts
}

/// Returns a part of a literal with its place.
pub(crate) fn part_of(text: &str, place: Option<&Place>, start: usize, end: usize) -> Value {
    let part = text.get(start..end).unwrap_or_default();
    let before = text.get(..start).unwrap_or_default();
    let place = place.filter(|_| !before.contains('\n')).map(|place| Place {
        file: std::sync::Arc::clone(&place.file),
        start: place.start + start as u32,
        end: place.start + end as u32,
        line: place.line,
        column: place.column + before.chars().count() as u32,
    });
    Value::known(part, place)
}

fn conversion(rest: &str, text: Value) -> Option<(Value, &str)> {
    let kind = rest.chars().next()?;
    let after = &rest[kind.len_utf8()..];
    Some(match kind {
        's' | 'd' | 'i' => (text, after),
        _ => (Value::unknown(), after),
    })
}
