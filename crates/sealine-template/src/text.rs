//! Byte strings that remember, piece by piece, where they come from.
//!
//! Invariants: marks are in text order, do not overlap, lie inside the bytes and are never empty;
//! the bytes are wiped when the last owner goes, since they may be a secret; `Debug` shows lengths
//! alone.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

use zeroize::Zeroize;

use crate::origin::{NodeOrigin, Origin, ValueOrigin};

/// A byte string with the origins of its pieces.
#[derive(Clone, Default)]
pub struct Text {
    bytes: Rc<Bytes>,
    marks: Rc<[Mark]>,
}

#[derive(Default)]
struct Bytes(Vec<u8>);

impl Drop for Bytes {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// A piece and its origin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) origin: Origin,
}

impl std::fmt::Debug for Text {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Text({} bytes)", self.len())
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Text {}

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes: Rc::new(Bytes(bytes)), marks: Rc::default() }
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::from(text.into_bytes())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::from(text.as_bytes().to_vec())
    }
}

impl Text {
    /// Returns the text with the origin of the scalar it was read from.
    pub fn with_origin(bytes: impl Into<Vec<u8>>, origin: Option<ValueOrigin>) -> Self {
        let text = Self::from(bytes.into());
        match origin {
            Some(origin) => text.marked(Origin::of_value(origin)),
            None => text,
        }
    }

    /// Returns the bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes.0
    }

    /// Returns the text, with a replacement character for each byte that is no text.
    pub fn to_str(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.as_bytes())
    }

    /// Returns the number of bytes.
    pub fn len(&self) -> usize {
        self.bytes.0.len()
    }

    /// Returns whether there is no byte.
    pub fn is_empty(&self) -> bool {
        self.bytes.0.is_empty()
    }

    /// Returns the origin of the scalar that this text is, whole and unchanged.
    pub fn origin(&self) -> Option<ValueOrigin> {
        match &*self.marks {
            [mark] if mark.start == 0 && mark.end as usize == self.len() && mark.origin.whole => {
                mark.origin.value
            }
            _ => None,
        }
    }

    pub(crate) fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Returns the same bytes with one origin for all of them.
    pub(crate) fn marked(self, origin: Origin) -> Self {
        if self.is_empty() || origin.is_empty() {
            return Self { bytes: self.bytes, marks: Rc::default() };
        }
        let mark = Mark { start: 0, end: self.len() as u32, origin };
        Self { bytes: self.bytes, marks: Rc::from([mark]) }
    }

    /// Returns the bytes of `range`, cut to the text's bounds, with their origins.
    pub(crate) fn slice(&self, range: Range<usize>) -> Self {
        let mut builder = Builder::default();
        builder.push_slice(self, range);
        builder.finish()
    }

    /// Returns the one origin all marks have in common, as the origin of something computed.
    pub(crate) fn common_origin(&self) -> Origin {
        let mut marks = self.marks.iter().map(|mark| mark.origin.derived());
        let Some(mut common) = marks.next() else { return Origin::default() };
        for origin in marks {
            common.generated |= origin.generated;
            if common.value != origin.value {
                common.value = None;
            }
            if common.node != origin.node {
                common.node = None;
            }
        }
        common
    }

    /// Returns whether any part was generated.
    pub(crate) fn is_generated(&self) -> bool {
        self.marks.iter().any(|mark| mark.origin.generated)
    }

    /// Returns whether all of it stands in a template as it is.
    pub(crate) fn is_literal(&self) -> bool {
        let mut at = 0;
        for mark in &*self.marks {
            let verbatim = mark.origin.node.is_some_and(|node| node.verbatim);
            if mark.start != at || !verbatim || mark.origin.value.is_some() {
                return false;
            }
            at = mark.end;
        }
        at as usize == self.len()
    }

    /// Returns only what stands verbatim in a template, the rest as `…`, for messages.
    pub(crate) fn spoken(&self) -> String {
        let mut out = String::new();
        let mut at = 0;
        for mark in &*self.marks {
            let verbatim = mark.origin.node.is_some_and(|node| node.verbatim);
            if verbatim && mark.origin.value.is_none() && !mark.origin.generated {
                if (mark.start as usize) > at {
                    out.push('…');
                }
                let bytes = self.as_bytes().get(mark.start as usize..mark.end as usize);
                out.push_str(&String::from_utf8_lossy(bytes.unwrap_or_default()));
                at = mark.end as usize;
            }
        }
        if at < self.len() {
            out.push('…');
        }
        out
    }
}

/// Builds a text from pieces.
#[derive(Default)]
pub(crate) struct Builder {
    bytes: Vec<u8>,
    marks: Vec<Mark>,
}

impl Builder {
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Takes back what was pushed after the first `length` bytes.
    pub(crate) fn cut(&mut self, length: usize) {
        self.bytes.truncate(length);
        self.marks.retain(|mark| mark.end as usize <= length);
    }

    /// Returns how many pieces with an origin there are.
    pub(crate) fn pieces(&self) -> usize {
        self.marks.len()
    }

    pub(crate) fn ends_with_space(&self) -> bool {
        self.bytes.last() == Some(&b' ')
    }

    pub(crate) fn finish(self) -> Text {
        Text { bytes: Rc::new(Bytes(self.bytes)), marks: Rc::from(self.marks) }
    }

    pub(crate) fn push(&mut self, bytes: impl AsRef<[u8]>) {
        self.bytes.extend_from_slice(bytes.as_ref());
    }

    pub(crate) fn push_marked(&mut self, bytes: &[u8], origin: Origin) {
        let start = self.bytes.len();
        self.push(bytes);
        self.mark(start, origin);
    }

    /// Gives what was pushed since `start` one origin; nothing of it may be marked yet.
    pub(crate) fn mark(&mut self, start: usize, origin: Origin) {
        if self.bytes.len() > start && !origin.is_empty() {
            let (start, end) = (start as u32, self.bytes.len() as u32);
            self.marks.push(Mark { start, end, origin });
        }
    }

    pub(crate) fn push_text(&mut self, text: &Text) {
        let shift = self.bytes.len() as u32;
        self.push(text.as_bytes());
        self.marks.extend(text.marks.iter().map(|mark| Mark {
            start: mark.start + shift,
            end: mark.end + shift,
            origin: mark.origin,
        }));
    }

    pub(crate) fn push_slice(&mut self, text: &Text, range: Range<usize>) {
        let end = range.end.min(text.len());
        let start = range.start.min(end);
        let shift = self.bytes.len();
        self.push(text.as_bytes().get(start..end).unwrap_or_default());
        let first = text.marks.partition_point(|mark| mark.end as usize <= start);
        for mark in text.marks.iter().skip(first) {
            let (from, to) = (mark.start as usize, mark.end as usize);
            if from >= end {
                break;
            }
            let (kept_from, kept_to) = (from.max(start), to.min(end));
            let origin = if (from, to) == (kept_from, kept_to) {
                mark.origin
            } else {
                mark.origin.cut(kept_from - from, kept_to - kept_from)
            };
            self.marks.push(Mark {
                start: (kept_from - start + shift) as u32,
                end: (kept_to - start + shift) as u32,
                origin,
            });
        }
    }

    /// Appends a text as the output of `node`: every byte without a node gets this one.
    pub(crate) fn print(&mut self, text: &Text, node: NodeOrigin) {
        let own = Origin { node: Some(node), ..Origin::default() };
        let shift = self.bytes.len() as u32;
        self.push(text.as_bytes());
        let mut at = 0;
        for mark in &*text.marks {
            if mark.start > at {
                self.marks.push(Mark { start: at + shift, end: mark.start + shift, origin: own });
            }
            let mut origin = mark.origin;
            origin.node = origin.node.or(Some(node));
            self.marks.push(Mark { start: mark.start + shift, end: mark.end + shift, origin });
            at = mark.end;
        }
        let end = text.len() as u32;
        if end > at {
            self.marks.push(Mark { start: at + shift, end: end + shift, origin: own });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FileId;
    use sealine_source::TextRange;

    fn marked(text: &str) -> Text {
        let range = TextRange::new(10, 10 + text.len());
        let node = NodeOrigin { file: FileId(1), range, verbatim: true };
        Text::from(text).marked(Origin { node: Some(node), ..Origin::default() })
    }

    #[test]
    fn cutting_a_verbatim_piece_moves_its_range() {
        let text = marked("abcdef").slice(2..4);
        assert_eq!(text.to_str(), "cd");
        let node = text.marks()[0].origin.node.expect("a node");
        assert_eq!((node.range, node.verbatim), (TextRange::new(12, 14), true));
    }

    #[test]
    fn messages_show_only_what_stands_in_the_template() {
        let mut builder = Builder::default();
        builder.push_text(&marked("set "));
        builder.push("hunter2");
        builder.push_text(&marked(" first"));
        assert_eq!(builder.finish().spoken(), "set … first");
        assert!(!format!("{:?}", Text::from("hunter2")).contains("hunter2"));
    }

    #[test]
    fn printing_covers_every_byte() {
        let mut inner = Builder::default();
        inner.push("a");
        inner.push_text(&marked("b"));
        inner.push("c");
        let node = NodeOrigin { file: FileId(2), range: TextRange::new(0, 3), verbatim: false };
        let mut out = Builder::default();
        out.print(&inner.finish(), node);
        let files: Vec<_> = out.finish().marks().iter().map(|mark| mark.origin.node).collect();
        assert_eq!(files.iter().flatten().map(|node| node.file.0).collect::<Vec<_>>(), [2, 1, 2]);
    }
}
