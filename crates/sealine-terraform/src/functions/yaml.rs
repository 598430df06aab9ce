//! YAML and JSON in strings, read to values that know where they stand.
//!
//! Invariant: a hole of the string stays a hole of the scalar that holds it; a string that is no
//! YAML because of its holes gives nothing.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use sealine_yaml::{Node, NodeValue, ScalarStyle};

use crate::data::{Data, Kind, MapEntry, Piece, Spot, Text};
use crate::evaluate::Evaluator;

/// Stands for a hole in the text that is parsed; a private character no configuration holds.
const HOLE: char = '\u{f8f0}';

/// Longer blocks are one piece, which stands nowhere.
const MAX_LINES_OF: usize = 1 << 16;

/// The parsed text with the way back to the pieces it was made of.
struct Mapped {
    /// Where each piece begins, how long it is, and where it stands.
    pieces: Vec<(usize, usize, Option<Spot>)>,
    /// The keys and texts so far: data files say the same few words again and again.
    words: RefCell<HashSet<Rc<str>>>,
}

/// Reads the documents of a YAML or JSON string.
pub(crate) fn decode(evaluator: &Evaluator<'_>, text: &Text) -> Vec<Data> {
    let mut whole = String::new();
    let mut pieces = Vec::with_capacity(text.pieces.len());
    for piece in &text.pieces {
        let at = whole.len();
        let spot = match piece {
            Piece::Literal(literal, spot) => {
                whole.push_str(literal);
                *spot
            }
            Piece::Hole => {
                whole.push(HOLE);
                None
            }
        };
        pieces.push((at, whole.len() - at, spot));
    }
    if !evaluator.spend(whole.len() / 8) {
        return Vec::new();
    }
    let parsed = sealine_yaml::parse(&whole);
    let mapped = Mapped { pieces, words: RefCell::default() };
    parsed.documents.iter().map(|document| mapped.data(&document.root)).collect()
}

impl Mapped {
    /// Recurses no deeper than the YAML tree, which has a limit.
    fn data(&self, node: &Node) -> Data {
        let spot = self.spot(node.range.start as usize, node.range.end as usize, false);
        let kind = match &node.value {
            NodeValue::Null => Kind::Null,
            NodeValue::Sequence(items) => {
                Data::list(items.iter().map(|item| self.data(item)).collect()).kind
            }
            NodeValue::Mapping(_) => self.map(node),
            NodeValue::Scalar(scalar) => {
                let number = scalar.text.parse::<f64>().ok().filter(|number| number.is_finite());
                match (node.as_bool(), number) {
                    (Some(value), _) => Kind::Bool(value),
                    (None, Some(number)) if scalar.style == ScalarStyle::Plain => {
                        Kind::Number(number)
                    }
                    _ => self.scalar(node, &scalar.text),
                }
            }
        };
        Data { kind, spot, guess: false }
    }

    fn map(&self, node: &Node) -> Kind {
        let mut entries = Vec::new();
        let mut open = false;
        for entry in node.entries() {
            let Some(key) = entry.key.as_str().filter(|key| !key.contains(HOLE)) else {
                open = true;
                continue;
            };
            let value = self.data(&entry.value);
            let range = exact_range(&entry.key, 0, key.len());
            let key_spot = range.and_then(|(start, end)| self.spot(start, end, true));
            entries.push(MapEntry::at(self.word(key), key_spot, value));
        }
        Data::map(entries, open).kind
    }

    fn scalar(&self, node: &Node, text: &str) -> Kind {
        let mut made = Text::default();
        let mut at = 0;
        for (index, literal) in text.split(HOLE).enumerate() {
            if index > 0 {
                made.push(Piece::Hole);
            }
            match exact_range(node, at, at + literal.len()) {
                Some(range) => self.push_literal(&mut made, literal, Some(range)),
                None => self.push_lines(&mut made, literal, |from, to| {
                    exact_range(node, at + from, at + to)
                }),
            }
            at += literal.len() + HOLE.len_utf8();
        }
        if made.is_hole() {
            return Kind::Unknown;
        }
        Kind::Text(made)
    }

    /// Adds a literal line by line: the indentation of a block is none of its text, so that each line stands
    /// somewhere by itself.
    fn push_lines(
        &self,
        made: &mut Text,
        literal: &str,
        stands_at: impl Fn(usize, usize) -> Option<(usize, usize)>,
    ) {
        if literal.len() > MAX_LINES_OF || !literal.contains('\n') {
            return self.push_literal(made, literal, None);
        }
        let mut at = 0;
        for line in literal.split_inclusive('\n') {
            let kept = line.trim_end_matches('\n');
            self.push_literal(made, kept, stands_at(at, at + kept.len()));
            self.push_literal(made, line.get(kept.len()..).unwrap_or_default(), None);
            at += line.len();
        }
    }

    fn push_literal(&self, made: &mut Text, literal: &str, range: Option<(usize, usize)>) {
        let spot = range.and_then(|(start, end)| self.spot(start, end, true));
        made.push(Piece::Literal(self.word(literal), spot));
    }

    /// Returns a text, the one that is there already where it was said before.
    fn word(&self, text: &str) -> Rc<str> {
        let mut words = self.words.borrow_mut();
        if let Some(known) = words.get(text) {
            return Rc::clone(known);
        }
        let word: Rc<str> = text.into();
        words.insert(Rc::clone(&word));
        word
    }

    /// Returns the spot of a range of the parsed text: of exactly these bytes, or of the piece that
    /// the range begins in.
    fn spot(&self, start: usize, end: usize, exact: bool) -> Option<Spot> {
        let is_before = |&(at, length, _): &(usize, usize, _)| {
            let stop = at + length;
            stop < start || (stop == start && start != end)
        };
        let index = self.pieces.partition_point(is_before);
        let (at, length, spot) = *self.pieces.get(index)?;
        let spot = spot?;
        match (end <= at + length, exact) {
            (true, _) => Some(spot.part(start - at, end - at)),
            (false, true) => None,
            (false, false) => Some(spot.part(start - at, length)),
        }
    }
}

/// Returns where a part of a scalar stands in the parsed text, when byte by byte.
fn exact_range(node: &Node, start: usize, end: usize) -> Option<(usize, usize)> {
    let range = node.as_scalar()?.source_range(start, end)?;
    Some((range.start as usize, range.end as usize))
}
