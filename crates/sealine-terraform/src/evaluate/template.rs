//! Evaluation of templates.
//!
//! Invariant: a literal keeps the spot where its bytes stand, through any number of
//! interpolations.

use super::{Evaluator, MAX_TEXT, Scope};
use crate::data::{Data, Kind, Length, Piece, Spot, Text};
use crate::syntax::{ForDirective, TemplatePiece};

impl<'w> Evaluator<'w> {
    pub(super) fn template(&self, scope: &Scope<'w>, pieces: &[TemplatePiece]) -> Data {
        // A template of one interpolation is the value itself, whatever its type.
        if let [TemplatePiece::Interpolation(expression)] = pieces {
            return self.evaluate(scope, expression);
        }
        let mut text = Text::default();
        let mut guess = false;
        self.fill(scope, pieces, &mut text, &mut guess);
        Data::new(Kind::Text(text)).guessed(guess)
    }

    /// Appends what the pieces give to `text`.
    fn fill(&self, scope: &Scope<'w>, pieces: &[TemplatePiece], text: &mut Text, guess: &mut bool) {
        let mut length = Length::default();
        for piece in pieces {
            if length.of(text) > MAX_TEXT || !self.spend(1) {
                text.push(Piece::Hole);
                return;
            }
            match piece {
                TemplatePiece::Literal { text: literal, range, exact } => {
                    let spot = Spot { file: scope.file, range: *range };
                    let spot = exact.then_some(spot);
                    text.push(Piece::Literal((&**literal).into(), spot));
                }
                TemplatePiece::Interpolation(expression) => {
                    let data = self.evaluate(scope, expression);
                    *guess |= data.guess;
                    text.append(&match &data.kind {
                        Kind::Computed(computed) => self.computed_text(computed),
                        _ => data.to_text().unwrap_or_else(Text::hole),
                    });
                }
                TemplatePiece::If(part) => match self.evaluate(scope, &part.condition).as_bool() {
                    Some(true) => self.nested(scope, &part.then, text, guess),
                    Some(false) => self.nested(scope, &part.otherwise, text, guess),
                    // Lines that may be there tell more than none, and a hole for them leaves no YAML.
                    None => {
                        match [&part.then, &part.otherwise].into_iter().find(|it| has_lines(it)) {
                            Some(lines) => {
                                *guess = true;
                                self.nested(scope, lines, text, guess);
                            }
                            None => text.push(Piece::Hole),
                        }
                    }
                },
                TemplatePiece::For(part) => self.repeat_piece(scope, part, text, guess),
            }
        }
    }

    fn repeat_piece(
        &self,
        scope: &Scope<'w>,
        part: &ForDirective,
        text: &mut Text,
        guess: &mut bool,
    ) {
        let collection = self.evaluate(scope, &part.collection);
        let (pairs, open) = self.iterate(&collection).unwrap_or((Vec::new(), true));
        *guess |= collection.guess;
        let mut length = Length::default();
        for (key, value) in pairs {
            let mut inner = scope.with(&part.value_name, value);
            if let Some(name) = &part.key_name {
                inner = inner.with(name, key);
            }
            self.nested(&inner, &part.body, text, guess);
            if length.of(text) > MAX_TEXT {
                break;
            }
        }
        if open {
            text.push(Piece::Hole);
        }
    }

    /// Fills one level deeper.
    fn nested(&self, scope: &Scope<'w>, body: &[TemplatePiece], text: &mut Text, guess: &mut bool) {
        let mut inner = Text::hole();
        self.deeper(|| {
            inner = Text::default();
            self.fill(scope, body, &mut inner, guess);
            Data::unknown()
        });
        text.append(&inner);
    }
}

/// Returns whether a part of a template is whole lines.
fn has_lines(body: &[TemplatePiece]) -> bool {
    let breaks = |piece: &TemplatePiece| matches!(piece, TemplatePiece::Literal { text, .. } if text.contains('\n'));
    body.iter().any(breaks)
}
