//! The way back from a generated text (a rendered template, a built kustomization) to the files a
//! person edits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::{Place, Source, TextRange};

/// Maps ranges of a generated text to the places they were made from.
///
/// Segments are kept in the order of the output and do not overlap.
#[derive(Debug, Default)]
pub struct OriginMap {
    segments: Vec<(TextRange, Place, Copied)>,
    /// The index after that of the segment which was asked for last. A text is asked about from its
    /// start to its end: the next question is nearly always about the same segment or the one after it.
    next: AtomicUsize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Copied {
    /// The output bytes are the place's bytes, one by one.
    Verbatim,
    /// They are, too, and the place is a part of one line of ASCII: what lies in it is told without the text.
    InLine,
    /// The output was computed at the place.
    Computed,
}

impl OriginMap {
    /// Notes that the output bytes `range` are a copy of the bytes at `place`.
    pub fn push_verbatim(&mut self, range: TextRange, place: Place) {
        self.segments.push((range, place, Copied::Verbatim));
    }

    /// Notes that the output bytes `range` are a copy of the bytes at `place`, a part of one line of ASCII.
    pub fn push_in_line(&mut self, range: TextRange, place: Place) {
        self.segments.push((range, place, Copied::InLine));
    }

    /// Notes that the output bytes `range` were computed from what stands at `place`.
    pub fn push_computed(&mut self, range: TextRange, place: Place) {
        self.segments.push((range, place, Copied::Computed));
    }

    /// Returns the segment that holds the first byte of `range`, or the last one before it.
    fn segment(&self, start: u32) -> Option<&(TextRange, Place, Copied)> {
        let begins_after = |index: usize| {
            let segment = self.segments.get(index);
            segment.is_none_or(|(range, ..)| range.start > start)
        };
        let is_next = |index: &usize| {
            begins_after(*index) && index.checked_sub(1).is_none_or(|before| !begins_after(before))
        };
        let last = self.next.load(Ordering::Relaxed);
        let index = [last, last + 1].into_iter().find(is_next);
        let index = index
            .unwrap_or_else(|| self.segments.partition_point(|(range, ..)| range.start <= start));
        self.next.store(index, Ordering::Relaxed);
        self.segments.get(index.checked_sub(1)?)
    }
}

/// Where a text that is parsed comes from: a file as it stands, or a generated text.
#[derive(Clone, Debug)]
pub enum Origin {
    /// The text is the file's own.
    File(Arc<Source>),
    /// The text was generated; positions go through the map to the sources named there.
    Generated {
        /// The file a position belongs to when the map knows nothing better.
        home: Arc<Source>,
        /// The way back.
        map: Arc<OriginMap>,
        /// The sources of verbatim segments, to turn offsets into lines.
        sources: Arc<Vec<Arc<Source>>>,
    },
}

impl Origin {
    /// Returns the place a person edits for `range` of the text.
    pub fn place(&self, range: TextRange) -> Place {
        match self {
            Self::File(source) => source.place(range),
            Self::Generated { home, map, sources } => {
                let Some((segment, place, copied)) = map.segment(range.start) else {
                    return home.top();
                };
                // A place of a source shares its name, so that few names are compared by text.
                let source = sources
                    .iter()
                    .find(|source| Arc::ptr_eq(source.name(), &place.file))
                    .or_else(|| sources.iter().find(|source| source.name() == &place.file));
                match (copied, source) {
                    (Copied::Verbatim, Some(source)) if range.start <= segment.end => {
                        let shift = range.start.saturating_sub(segment.start);
                        let length = (range.end.min(segment.end)).saturating_sub(range.start);
                        let start = (place.start + shift) as usize;
                        source.place(TextRange::new(start, start + length as usize))
                    }
                    (Copied::InLine, _) if range.start <= segment.end => {
                        let shift = range.start.saturating_sub(segment.start);
                        let end = range.end.min(segment.end).max(range.start);
                        place.part(shift, end.saturating_sub(segment.start))
                    }
                    _ => place.clone(),
                }
            }
        }
    }

    /// Returns whether an edit of `range` in the generated text is the same edit in one file.
    pub fn is_editable(&self, range: TextRange) -> bool {
        match self {
            Self::File(_) => true,
            Self::Generated { map, .. } => {
                map.segment(range.start).is_some_and(|(segment, _, copied)| {
                    *copied != Copied::Computed && range.end <= segment.end
                })
            }
        }
    }

    /// Returns the file this text belongs to before any other.
    pub fn home(&self) -> &Arc<Source> {
        match self {
            Self::File(source) => source,
            Self::Generated { home, .. } => home,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FileName;

    #[test]
    fn verbatim_bytes_map_one_by_one_and_computed_ones_to_their_node() {
        let template = Arc::new(Source::new(FileName::new("r", "t.yaml"), "a: {{ .x }}\nb: c\n"));
        let mut map = OriginMap::default();
        map.push_verbatim(TextRange::new(0, 3), template.place(TextRange::new(0, 3)));
        map.push_computed(TextRange::new(3, 8), template.place(TextRange::new(3, 11)));
        map.push_verbatim(TextRange::new(8, 14), template.place(TextRange::new(11, 17)));
        let origin = Origin::Generated {
            home: Arc::clone(&template),
            map: Arc::new(map),
            sources: Arc::new(vec![template]),
        };
        let line_column = |start, end| {
            let place = origin.place(TextRange::new(start, end));
            (place.line, place.column)
        };
        assert_eq!(line_column(4, 6), (1, 4));
        assert_eq!(line_column(9, 10), (2, 1));
        assert!(!origin.is_editable(TextRange::new(4, 6)));
        assert!(origin.is_editable(TextRange::new(9, 10)));
    }

    #[test]
    fn a_part_of_a_line_is_told_without_the_text() {
        let template = Arc::new(Source::new(FileName::new("r", "t.yaml"), "a\n  key: value\n"));
        let mut map = OriginMap::default();
        map.push_in_line(TextRange::new(0, 10), template.place(TextRange::new(4, 14)));
        let (map, sources) = (Arc::new(map), Arc::default());
        let origin = Origin::Generated { home: Arc::clone(&template), map, sources };
        assert_eq!(origin.place(TextRange::new(5, 10)), template.place(TextRange::new(9, 14)));
        assert_eq!(origin.place(TextRange::new(5, 20)), template.place(TextRange::new(9, 14)));
        assert!(origin.is_editable(TextRange::new(5, 10)));
        assert!(!origin.is_editable(TextRange::new(5, 20)));
    }

    #[test]
    fn the_order_of_questions_is_no_part_of_the_answers() {
        let text = Arc::new(Source::new(FileName::new("r", "t.yaml"), "abcdef"));
        let mut map = OriginMap::default();
        for (start, from) in [(1, 5), (2, 4), (3, 3), (5, 2), (6, 1)] {
            let place = text.place(TextRange::new(from, from + 1));
            map.push_verbatim(TextRange::new(start, start + 1), place);
        }
        let from = |start| map.segment(start).map(|(_, place, _)| place.start);
        let expected = [None, Some(5), Some(4), Some(3), Some(3), Some(2), Some(1), Some(1)];
        for first in 0..8 {
            for second in 0..8 {
                let found = [first, second].map(|start| from(start as u32));
                assert_eq!(found, [expected[first], expected[second]], "{first} {second}");
            }
        }
    }
}
