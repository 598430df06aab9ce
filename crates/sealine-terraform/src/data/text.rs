//! Strings that are known in part.
//!
//! Invariant: literal pieces are never empty and holes never stand side by side, however a text is put
//! together; a walk over a text looks at each piece once.

use std::borrow::Cow;
use std::rc::Rc;

use sealine_model::Few;

use super::Spot;

/// A string: literal pieces and holes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Text {
    pub(crate) pieces: Few<Piece>,
}

/// A part of a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Piece {
    /// Known text; with the spot where exactly these bytes stand, when they do.
    Literal(Rc<str>, Option<Spot>),
    Hole,
}

impl Text {
    pub(crate) fn known(text: impl Into<Rc<str>>, spot: Option<Spot>) -> Self {
        Self { pieces: Few::one(Piece::Literal(text.into(), spot)) }
    }

    pub(crate) fn hole() -> Self {
        Self { pieces: Few::one(Piece::Hole) }
    }

    /// Returns the string, when all of it is known.
    pub(crate) fn whole(&self) -> Option<Cow<'_, str>> {
        if let [Piece::Literal(text, _)] = &*self.pieces {
            return Some(Cow::Borrowed(text));
        }
        let literals = self.pieces.iter().map(|piece| match piece {
            Piece::Literal(text, _) => Some(&**text),
            Piece::Hole => None,
        });
        literals.collect::<Option<String>>().map(Cow::Owned)
    }

    /// Returns the length of the known pieces in bytes.
    pub(crate) fn len(&self) -> usize {
        self.pieces.iter().map(Piece::len).sum()
    }

    pub(crate) fn is_hole(&self) -> bool {
        !self.pieces.is_empty() && self.pieces.iter().all(|piece| *piece == Piece::Hole)
    }

    pub(crate) fn push(&mut self, piece: Piece) {
        let repeats = piece == Piece::Hole && self.pieces.last() == Some(&Piece::Hole);
        let is_empty = matches!(&piece, Piece::Literal(text, _) if text.is_empty());
        if !repeats && !is_empty {
            self.pieces.push(piece);
        }
    }

    pub(crate) fn append(&mut self, other: &Self) {
        for piece in &other.pieces {
            self.push(piece.clone());
        }
    }

    /// Returns this text with `change` made to each literal; a literal that stays keeps its spot.
    pub(crate) fn map_literals(&self, change: impl Fn(&str) -> String) -> Self {
        self.try_map_literals(|text| Some(change(text))).unwrap_or_else(Self::hole)
    }

    /// Does as [`Text::map_literals`], unless a literal cannot be changed.
    pub(crate) fn try_map_literals(
        &self,
        mut change: impl FnMut(&str) -> Option<String>,
    ) -> Option<Self> {
        let mut changed = Self::default();
        for piece in &self.pieces {
            changed.push(match piece {
                Piece::Hole => Piece::Hole,
                Piece::Literal(text, spot) => {
                    let new = change(text)?;
                    let spot = spot.filter(|_| new == **text);
                    Piece::Literal(new.into(), spot)
                }
            });
        }
        Some(changed)
    }

    /// Returns the bytes `start..end` of a text; holes count as nothing. Literals keep their spots.
    pub(crate) fn cut(&self, start: usize, end: usize) -> Self {
        let mut cut = Self::default();
        let mut at = 0;
        for piece in &self.pieces {
            let Piece::Literal(text, spot) = piece else {
                if start <= at && at <= end {
                    cut.push(Piece::Hole);
                }
                continue;
            };
            let from = start.saturating_sub(at).min(text.len());
            let to = end.saturating_sub(at).min(text.len());
            at += text.len();
            let Some(part) = text.get(from..to.max(from)) else { continue };
            cut.push(Piece::Literal(part.into(), spot.map(|spot| spot.part(from, to))));
        }
        cut
    }

    /// Returns a known text to be cut from its start to its end.
    pub(crate) fn cuts(&self) -> Cuts<'_> {
        Cuts { pieces: &self.pieces, at: 0 }
    }

    /// Returns the literal text before the first hole.
    pub(crate) fn head(&self) -> String {
        let literals = self.pieces.iter().map_while(|piece| match piece {
            Piece::Literal(text, _) => Some(&**text),
            Piece::Hole => None,
        });
        literals.collect()
    }
}

/// A known text that is cut into many parts, each behind the one before: it is walked once for all.
pub(crate) struct Cuts<'t> {
    /// The pieces that may still be cut from.
    pieces: &'t [Piece],
    /// Where the first of them starts.
    at: usize,
}

impl Cuts<'_> {
    /// Returns the bytes `start..end`, as [`Text::cut`] does.
    pub(crate) fn cut(&mut self, start: usize, end: usize) -> Text {
        let mut cut = Text::default();
        while let Some((Piece::Literal(text, spot), rest)) = self.pieces.split_first() {
            let from = start.saturating_sub(self.at).min(text.len());
            let to = end.saturating_sub(self.at).min(text.len());
            if let Some(part) = text.get(from..to.max(from)) {
                cut.push(Piece::Literal(part.into(), spot.map(|spot| spot.part(from, to))));
            }
            if end < self.at + text.len() {
                break;
            }
            self.at += text.len();
            self.pieces = rest;
        }
        cut
    }
}

/// The length of a text that grows: each piece is counted once.
#[derive(Default)]
pub(crate) struct Length {
    bytes: usize,
    pieces: usize,
}

impl Length {
    /// Returns the length of the known pieces in bytes, of the text that was asked about before.
    pub(crate) fn of(&mut self, text: &Text) -> usize {
        let new = text.pieces.get(self.pieces..).unwrap_or_default();
        self.bytes += new.iter().map(Piece::len).sum::<usize>();
        self.pieces = text.pieces.len();
        self.bytes
    }
}

impl Piece {
    /// Returns the text of a piece that is known.
    pub(crate) fn literal(&self) -> Option<&str> {
        match self {
            Self::Literal(text, _) => Some(text),
            Self::Hole => None,
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Literal(text, _) => text.len(),
            Self::Hole => 0,
        }
    }
}
