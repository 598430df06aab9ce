//! Edits of texts: bytes replaced by other bytes, all else kept.

use crate::Place;

/// The replacement of one place's bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// The bytes that are replaced; an empty place inserts before its first byte.
    pub place: Place,
    /// The bytes put there.
    pub text: String,
}

/// Two edits want the same bytes, or an edit lies outside the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("edits overlap or lie outside the text at byte {0}")]
pub struct EditConflict(pub u32);

/// Returns `text` with `edits` applied; all of them must belong to this text.
///
/// Equal edits count once, so that two findings may propose the same repair.
///
/// # Errors
///
/// Returns the offset of the first edit that overlaps another or does not fit the text.
pub fn apply_edits(text: &str, edits: &[&Edit]) -> Result<String, EditConflict> {
    let mut sorted: Vec<&Edit> = edits.to_vec();
    sorted.sort_by_key(|edit| (edit.place.start, edit.place.end, &edit.text));
    sorted.dedup_by_key(|edit| (edit.place.start, edit.place.end, &edit.text));
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for edit in sorted {
        let range = edit.place.range().bytes();
        let conflict = EditConflict(edit.place.start);
        if range.start < done || text.get(range.clone()).is_none() {
            return Err(conflict);
        }
        out.push_str(text.get(done..range.start).ok_or(conflict)?);
        out.push_str(&edit.text);
        done = range.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FileName, Source, TextRange};

    fn edit(source: &Source, start: usize, end: usize, text: &str) -> Edit {
        Edit { place: source.place(TextRange::new(start, end)), text: text.to_owned() }
    }

    #[test]
    fn edits_apply_in_text_order_and_equal_ones_once() {
        let source = Source::new(FileName::new("r", "f"), "key: name");
        let last = edit(&source, 5, 9, "other");
        let first = edit(&source, 0, 0, "- ");
        let result = apply_edits(source.text(), &[&last, &first, &last]);
        assert_eq!(result.as_deref(), Ok("- key: other"));
    }

    #[test]
    fn overlapping_edits_are_refused() {
        let source = Source::new(FileName::new("r", "f"), "abcdef");
        let left = edit(&source, 0, 3, "x");
        let right = edit(&source, 2, 4, "y");
        assert_eq!(apply_edits(source.text(), &[&left, &right]), Err(EditConflict(2)));
        let outside = edit(&source, 5, 9, "z");
        assert!(apply_edits(source.text(), &[&outside]).is_err());
    }
}
