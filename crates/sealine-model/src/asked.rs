//! Where something asks for a value that is written elsewhere.
//!
//! Invariant: it is only told where it is another line than the one that holds the value.

use sealine_source::Place;

/// Where something asks for a value that is written on another line: the template of a chart for one of
/// its values, a call in Python for a constant. Nothing where both are one line.
pub type Asked = Option<Box<Place>>;

/// Returns where something asks for what is written at `place`.
pub fn asked(at: &Place, place: &Place) -> Asked {
    let is_elsewhere = (&at.file, at.line) != (&place.file, place.line);
    is_elsewhere.then(|| Box::new(at.clone()))
}
