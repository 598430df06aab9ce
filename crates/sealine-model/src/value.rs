//! What static evaluation knows about a string.

use std::borrow::Cow;
use std::sync::Arc;

use compact_str::CompactString;
use sealine_source::Place;

use crate::{Certainty, Few};

/// A string as far as it is known: literal pieces and holes.
///
/// Every rule must say what it does with a hole. An unknown value never becomes an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value {
    pieces: Few<Piece>,
}

/// A part of a [`Value`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Piece {
    /// Known text, with the place of the literal it was taken from: what a fix or a rename edits.
    Literal {
        /// The text.
        text: CompactString,
        /// Where that text stands as a literal, when it stands somewhere as it is.
        place: Option<Place>,
    },
    /// Text that is not known.
    Hole,
}

impl Piece {
    /// Returns the piece of the bytes `start..end` of a literal that stands at `place`.
    pub fn part(text: &str, place: Option<&Place>, start: usize, end: usize) -> Self {
        let before = text.get(..start).unwrap_or_default();
        let place = place.map(|place| Place {
            file: Arc::clone(&place.file),
            start: place.start + start as u32,
            end: place.start + end as u32,
            line: place.line + before.matches('\n').count() as u32,
            column: match before.rsplit_once('\n') {
                Some((_, line)) => line.chars().count() as u32 + 1,
                None => place.column + before.chars().count() as u32,
            },
        });
        Self::Literal { text: text.get(start..end).unwrap_or_default().into(), place }
    }
}

impl Value {
    /// Returns a known value that stands at `place`.
    pub fn known(text: impl Into<CompactString>, place: Option<Place>) -> Self {
        Self { pieces: Few::one(Piece::Literal { text: text.into(), place }) }
    }

    /// Returns a value of which nothing is known.
    pub fn unknown() -> Self {
        Self { pieces: Few::one(Piece::Hole) }
    }

    /// Returns the value made of these pieces; neighbouring holes become one.
    pub fn from_pieces(pieces: impl IntoIterator<Item = Piece>) -> Self {
        let mut after_hole = false;
        let kept = pieces.into_iter().filter(|piece| match piece {
            Piece::Hole => !std::mem::replace(&mut after_hole, true),
            Piece::Literal { text, .. } if text.is_empty() => false,
            Piece::Literal { .. } => {
                after_hole = false;
                true
            }
        });
        Self { pieces: kept.collect() }
    }

    /// Returns the pieces in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Returns the whole text, when all of it is known.
    pub fn text(&self) -> Option<String> {
        self.known_text().map(Cow::into_owned)
    }

    /// Returns the whole text, when all of it is known, without a copy where it is in one piece.
    pub fn known_text(&self) -> Option<Cow<'_, str>> {
        if let [Piece::Literal { text, .. }] = self.pieces() {
            return Some(Cow::Borrowed(text));
        }
        let mut whole = String::new();
        for piece in self.pieces() {
            match piece {
                Piece::Literal { text, .. } => whole.push_str(text),
                Piece::Hole => return None,
            }
        }
        Some(Cow::Owned(whole))
    }

    /// Returns whether both have the same pieces, wherever these stand.
    pub fn reads_like(&self, other: &Self) -> bool {
        let same = |(one, two): (&Piece, &Piece)| match (one, two) {
            (Piece::Literal { text: one, .. }, Piece::Literal { text: two, .. }) => one == two,
            (Piece::Hole, Piece::Hole) => true,
            _ => false,
        };
        let (own, other) = (self.pieces(), other.pieces());
        own.len() == other.len() && own.iter().zip(other).all(same)
    }

    /// Returns whether all of the text is known.
    pub fn is_known(&self) -> bool {
        !self.pieces().contains(&Piece::Hole)
    }

    /// Returns whether nothing is known.
    pub fn is_unknown(&self) -> bool {
        !self.pieces().is_empty() && self.pieces().iter().all(|piece| *piece == Piece::Hole)
    }

    /// Returns the literal that holds the whole text, for a value that stands in one place.
    pub fn single_place(&self) -> Option<&Place> {
        match self.pieces() {
            [Piece::Literal { place, .. }] => place.as_ref(),
            _ => None,
        }
    }

    /// Returns the text with `*` for holes, as people read it.
    pub fn pattern(&self) -> String {
        self.pieces()
            .iter()
            .map(|piece| match piece {
                Piece::Literal { text, .. } => text.as_str(),
                Piece::Hole => "*",
            })
            .collect()
    }

    /// Returns this value followed by `other`.
    #[must_use]
    pub fn concat(self, other: Self) -> Self {
        Self::from_pieces(self.pieces.into_iter().chain(other.pieces))
    }

    /// Returns what stands before the first `mark` and after it, where one literal holds it.
    pub fn split_once(&self, mark: &str) -> Option<(Self, Self)> {
        let (at, text, place, start) =
            self.pieces().iter().enumerate().find_map(|(at, piece)| {
                let Piece::Literal { text, place } = piece else { return None };
                Some((at, text, place.as_ref(), text.find(mark)?))
            })?;
        let part = |from, to| Piece::part(text, place, from, to);
        let before = self.pieces()[..at].iter().cloned().chain([part(0, start)]);
        let rest = self.pieces()[at + 1..].iter().cloned();
        let after = [part(start + mark.len(), text.len())].into_iter().chain(rest);
        Some((Self::from_pieces(before), Self::from_pieces(after)))
    }

    /// Returns how surely both can be the same text: `Exact` when both are known and equal,
    /// `Pattern` when the literal pieces of one fit the known text of the other, `Assumed` when one
    /// of them is wholly unknown, `None` when they differ.
    pub fn unify(&self, other: &Self) -> Option<Certainty> {
        match (self.known_text(), other.known_text()) {
            (Some(one), Some(two)) => (one == two).then_some(Certainty::Exact),
            _ if self.is_unknown() || other.is_unknown() => Some(Certainty::Assumed),
            (None, Some(text)) => self.fits(&text).then_some(Certainty::Pattern),
            (Some(text), None) => other.fits(&text).then_some(Certainty::Pattern),
            (None, None) => self.may_equal(other).then_some(Certainty::Assumed),
        }
    }

    /// Returns whether the pieces fit `text`, a hole standing for any text.
    pub fn fits(&self, text: &str) -> bool {
        let literals = self.between_holes();
        let [head, middle @ .., tail] = literals.as_slice() else {
            return literals.first().is_none_or(|whole| whole == text);
        };
        let rest = text.strip_prefix(&**head).and_then(|rest| rest.strip_suffix(&**tail));
        let after = |rest: &str, literal: &str| Some(rest.find(literal)? + literal.len());
        // The first place of each leaves the most room for the next ones.
        let end = rest.and_then(|rest| {
            middle.iter().try_fold(rest, |rest, literal| rest.get(after(rest, literal)?..))
        });
        end.is_some()
    }

    /// Returns the texts before, between and after the holes: one more than there are holes. A text may
    /// have come in several pieces.
    fn between_holes(&self) -> Vec<Cow<'_, str>> {
        let mut texts = vec![Cow::Borrowed("")];
        for piece in self.pieces() {
            match (piece, texts.last_mut()) {
                (Piece::Literal { text, .. }, Some(last)) => *last += text.as_str(),
                _ => texts.push(Cow::Borrowed("")),
            }
        }
        texts
    }

    /// Two patterns may be equal unless their literal heads or tails contradict each other.
    fn may_equal(&self, other: &Self) -> bool {
        let (own, other) = (self.between_holes(), other.between_holes());
        let heads = own.first().zip(other.first());
        let tails = own.last().zip(other.last());
        heads.is_some_and(|(one, two)| one.starts_with(&**two) || two.starts_with(&**one))
            && tails.is_some_and(|(one, two)| one.ends_with(&**two) || two.ends_with(&**one))
    }

    /// Returns the literal text before the first hole.
    pub fn head(&self) -> &str {
        match self.pieces().first() {
            Some(Piece::Literal { text, .. }) => text,
            _ => "",
        }
    }

    /// Returns the literal text after the last hole.
    pub fn tail(&self) -> &str {
        match self.pieces().last() {
            Some(Piece::Literal { text, .. }) => text,
            _ => "",
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.pattern())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::known(text, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Value {
        let mut pieces = Vec::new();
        for (index, literal) in text.split('*').enumerate() {
            if index > 0 {
                pieces.push(Piece::Hole);
            }
            pieces.push(Piece::Literal { text: literal.into(), place: None });
        }
        Value::from_pieces(pieces)
    }

    #[test]
    fn patterns_fit_known_text() {
        for (shape, text, fits) in [
            ("manual-*", "manual-x", true),
            ("manual-*", "x-manual-", false),
            ("*-prod", "db-prod", true),
            ("*-prod", "db-prod-2", false),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxc", false),
            ("*", "anything", true),
            ("plain", "plain", true),
            ("aa*aa", "aaa", false),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(pattern(shape).fits(text), fits, "{shape} {text}");
        }
    }

    #[test]
    fn a_text_in_several_pieces_is_looked_for_as_a_whole() {
        let pieces = [Value::unknown(), "-".into(), "prod".into(), "-db".into()];
        let value = pieces.into_iter().fold(Value::default(), Value::concat);
        assert!(value.fits("my-app-prod-db"));
        assert!(!value.fits("my-app-prod-db-2"));
        assert!(!value.fits("my-app-prod-x-db"));
        let other = pattern("my-*-x-db");
        assert_eq!(value.unify(&other), None);
    }

    #[test]
    fn unify_says_how_sure_it_is() {
        assert_eq!(pattern("a").unify(&pattern("a")), Some(Certainty::Exact));
        assert_eq!(pattern("a").unify(&pattern("b")), None);
        assert_eq!(pattern("a*").unify(&pattern("ab")), Some(Certainty::Pattern));
        assert_eq!(pattern("*").unify(&pattern("ab")), Some(Certainty::Assumed));
        assert_eq!(pattern("a*").unify(&pattern("b*")), None);
        assert_eq!(pattern("a*x").unify(&pattern("ab*x")), Some(Certainty::Assumed));
    }

    #[test]
    fn an_empty_value_is_known() {
        assert_eq!(Value::default().text().as_deref(), Some(""));
        assert!(!Value::default().is_unknown());
    }

    #[test]
    fn a_part_of_a_literal_keeps_its_line_and_column() {
        let file = Arc::new(sealine_source::FileName::new("r", "f"));
        let at = Place { file, start: 10, end: 17, line: 3, column: 5 };
        let Piece::Literal { text, place: Some(found) } = Piece::part("ab\ncdef", Some(&at), 4, 6)
        else {
            panic!("no literal with a place");
        };
        assert_eq!((text.as_str(), found.start, found.line, found.column), ("de", 14, 4, 2));
    }
}
