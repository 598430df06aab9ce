//! Where a value is written: the literal a person edits.
//!
//! Invariant: a place is always that of something that says the value, at worst of the expression
//! it was passed as.

use sealine_model::{Piece, Value};
use sealine_source::Place;

use crate::evaluate::{Evaluator, Spot};

impl Evaluator<'_> {
    /// Returns where a value is written, and whether replacing the bytes there edits it.
    pub(super) fn written(&self, value: &Value, spot: Spot) -> (Place, bool) {
        if let Some(place) = value.single_place() {
            return (place.clone(), true);
        }
        let mut longest: Option<(&Place, usize)> = None;
        for piece in value.pieces() {
            if let Piece::Literal { text, place: Some(place) } = piece
                && longest.is_none_or(|(_, length)| text.len() > length)
            {
                longest = Some((place, text.len()));
            }
        }
        let place = longest.map_or_else(|| self.place(spot), |(place, _)| place.clone());
        (place, false)
    }
}
