//! Places in blocks: heads, whole blocks, and where a line could be added.
//!
//! Invariant: an insert place is only given where a line can stand, that is before the closing brace
//! of a block of several lines.

use sealine_model::terraform::{Attribute, Insert};
use sealine_model::{Certainty, Value, vault};
use sealine_source::{Source, TextRange};

use crate::syntax::{Block, Body, Expression, ExpressionKind, TemplatePiece};

/// Returns where a line could be added to a block; nothing for a block of one line.
pub(super) fn insert(source: &Source, block: &Block) -> Option<Insert> {
    let text = source.text();
    let close = (block.range.end as usize).checked_sub(1)?;
    let line_start = text.get(..close)?.rfind('\n')? + 1;
    let before = text.get(line_start..close)?;
    let is_alone = before.chars().all(|next| matches!(next, ' ' | '\t'));
    if !is_alone || line_start <= block.head.end as usize || text.get(close..=close)? != "}" {
        return None;
    }
    let first = first_child(&block.body);
    let indent = first.and_then(|at| indent_of(text, at as usize));
    let indent = indent.unwrap_or_else(|| format!("{before}  "));
    let newline = if text.get(..line_start)?.ends_with("\r\n") { "\r\n" } else { "\n" };
    let place = source.place(TextRange::new(line_start, line_start));
    let name_width = name_width(text, block, line_start).unwrap_or(0);
    Some(Insert { place, indent, newline, name_width })
}

/// How wide the name of the attribute is set that stands, in one line, right above `line_start`.
fn name_width(text: &str, block: &Block, line_start: usize) -> Option<usize> {
    let last = block.body.attributes.last()?;
    let above = text.get(last.name_range.start as usize..line_start)?;
    let equals = above.find('=')?;
    let name = above.get(..equals)?.trim_end().len();
    (above.matches('\n').count() == 1).then(|| name.max(equals.saturating_sub(1)))
}

fn first_child(body: &Body) -> Option<u32> {
    let attribute = body.attributes.first().map(|attribute| attribute.name_range.start);
    let block = body.blocks.first().map(|block| block.head.start);
    attribute.into_iter().chain(block).min()
}

fn indent_of(text: &str, at: usize) -> Option<String> {
    let before = text.get(..at)?;
    let line = before.rsplit('\n').next()?;
    line.chars().all(|next| matches!(next, ' ' | '\t')).then(|| line.to_owned())
}

/// Returns whether an expression is a literal: a string without interpolations, a number, a bool.
pub(super) fn is_literal(expression: &Expression) -> bool {
    match &expression.bare().kind {
        ExpressionKind::Bool(_) | ExpressionKind::Number(_) => true,
        ExpressionKind::Template(pieces) => {
            pieces.iter().all(|piece| matches!(piece, TemplatePiece::Literal { .. }))
        }
        _ => false,
    }
}

/// Returns the value of a literal as text.
pub(super) fn literal_value(source: &Source, expression: &Expression) -> Option<Value> {
    match &expression.bare().kind {
        ExpressionKind::Bool(value) => Some(Value::known(value.to_string(), None)),
        ExpressionKind::Number(number) => {
            Some(Value::known(crate::data::show_number(*number), None))
        }
        ExpressionKind::Template(pieces) => {
            let literal = |piece: &TemplatePiece| match piece {
                TemplatePiece::Literal { text, range, exact } => {
                    let place = exact.then(|| source.place(*range));
                    Some(sealine_model::Piece::Literal { text: (&**text).into(), place })
                }
                _ => None,
            };
            let pieces: Option<Vec<_>> = pieces.iter().map(literal).collect();
            Some(Value::from_pieces(pieces?))
        }
        _ => None,
    }
}

/// Returns an attribute of a block that is read without evaluation. The text of a secret is left
/// out, unless it is empty.
pub(super) fn plain_attribute(
    source: &Source,
    expression: &Expression,
    is_secret: impl Fn(&str) -> bool,
) -> Attribute {
    let value = literal_value(source, expression);
    let text = value.as_ref().and_then(Value::text);
    let secret = text.filter(|text| !text.is_empty() && is_secret(text));
    Attribute {
        value: value.filter(|_| secret.is_none()).unwrap_or_else(Value::unknown),
        literal: is_literal(expression),
        place: source.place(expression.range),
        given: None,
        stand_in: secret.as_deref().is_some_and(sealine_model::is_no_secret),
        word: secret.as_deref().is_some_and(sealine_model::is_word),
        fingerprint: secret.map(|text| vault::fingerprint(&text)),
        certainty: Certainty::Exact,
    }
}
