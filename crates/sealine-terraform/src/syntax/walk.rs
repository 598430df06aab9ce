//! The references in an expression, wherever they stand.

use sealine_source::TextRange;

use super::{Expression, ExpressionKind, Step, TemplatePiece};

/// A reference.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reference<'e> {
    /// The word it begins with: `local`, `data`, the kind of a resource.
    pub(crate) root: &'e str,
    /// The steps after that.
    pub(crate) steps: &'e [Step],
    /// Where it stands.
    pub(crate) range: TextRange,
}

/// Returns the names among steps: those of attributes, without indexes.
pub(crate) fn attributes(steps: &[Step]) -> impl Iterator<Item = &str> {
    steps.iter().filter_map(|step| match step {
        Step::Attribute(name) => Some(&**name),
        _ => None,
    })
}

impl Expression {
    /// Gives `found` each reference in it, the ones in indexes too. Recurses as deep as the text is
    /// nested, which has a limit.
    pub(crate) fn references<'e>(&'e self, found: &mut dyn FnMut(Reference<'e>)) {
        let range = self.range;
        match &self.kind {
            ExpressionKind::Null | ExpressionKind::Bool(_) | ExpressionKind::Number(_) => {}
            ExpressionKind::Name(root) => found(Reference { root, steps: &[], range }),
            ExpressionKind::Get(base, steps) => {
                match &base.kind {
                    ExpressionKind::Name(root) => found(Reference { root, steps, range }),
                    _ => base.references(found),
                }
                for step in steps {
                    if let Step::Index(index) = step {
                        index.references(found);
                    }
                }
            }
            ExpressionKind::Template(pieces) => in_pieces(pieces, found),
            ExpressionKind::Tuple(items) => in_all(items, found),
            ExpressionKind::Call { arguments, .. } => in_all(arguments, found),
            ExpressionKind::Object(items) => {
                for item in items {
                    in_all([&item.key, &item.value], found);
                }
            }
            ExpressionKind::For(inner) => {
                in_all([&inner.collection, &inner.value], found);
                in_all(inner.key.iter().chain(&inner.condition), found);
            }
            ExpressionKind::Binary(first, rest) => {
                first.references(found);
                in_all(rest.iter().map(|(_, operand)| operand), found);
            }
            ExpressionKind::Conditional(arms, last) => {
                for (condition, then) in arms {
                    in_all([condition, then], found);
                }
                last.references(found);
            }
            ExpressionKind::Unary(_, inner) | ExpressionKind::Parentheses(inner) => {
                inner.references(found);
            }
        }
    }
}

fn in_all<'e>(
    expressions: impl IntoIterator<Item = &'e Expression>,
    found: &mut dyn FnMut(Reference<'e>),
) {
    for expression in expressions {
        expression.references(found);
    }
}

fn in_pieces<'e>(pieces: &'e [TemplatePiece], found: &mut dyn FnMut(Reference<'e>)) {
    for piece in pieces {
        match piece {
            TemplatePiece::Literal { .. } => {}
            TemplatePiece::Interpolation(inner) => inner.references(found),
            TemplatePiece::If(part) => {
                part.condition.references(found);
                in_pieces(&part.then, found);
                in_pieces(&part.otherwise, found);
            }
            TemplatePiece::For(part) => {
                part.collection.references(found);
                in_pieces(&part.body, found);
            }
        }
    }
}
