//! How far an object reaches in its file.

use sealine_model::tree::Tree;
use sealine_source::Place;

/// Returns the smallest place that holds all that stands in the file of `home`.
pub(crate) fn of(tree: &Tree, home: &Place) -> Place {
    let mut covered = home.clone();
    grow(tree, &mut covered);
    covered
}

/// Recurses no deeper than a tree may be.
fn grow(tree: &Tree, covered: &mut Place) {
    match tree {
        Tree::Scalar { place, .. } => include(place, covered),
        Tree::List(items) => items.iter().for_each(|item| grow(item, covered)),
        Tree::Map(map) => {
            for entry in &map.entries {
                include(&entry.place, covered);
                grow(&entry.value, covered);
            }
        }
        Tree::Null | Tree::Unknown => {}
    }
}

fn include(place: &Place, covered: &mut Place) {
    if place.file != covered.file {
        return;
    }
    if place.start < covered.start {
        covered.start = place.start;
        covered.line = place.line;
        covered.column = place.column;
    }
    covered.end = covered.end.max(place.end);
}
