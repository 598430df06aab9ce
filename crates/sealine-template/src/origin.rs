//! Where a piece of text comes from: the template node that printed it, the value it was.
//!
//! Invariant: file ids are the caller's; this crate never looks at what they mean.

use sealine_source::TextRange;

/// A file of the caller's: a template or a values file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// The scalar in a values file that a value was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ValueOrigin {
    /// The file.
    pub file: FileId,
    /// The scalar's bytes there.
    pub range: TextRange,
}

/// The template node that a piece of text was printed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NodeOrigin {
    /// The template file.
    pub(crate) file: FileId,
    /// The bytes there.
    pub(crate) range: TextRange,
    /// Whether the piece is a copy of these bytes, one by one.
    pub(crate) verbatim: bool,
}

/// What is known about a piece of text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) node: Option<NodeOrigin>,
    pub(crate) value: Option<ValueOrigin>,
    /// Whether the piece is the whole scalar, unchanged.
    pub(crate) whole: bool,
    /// Whether a function that gives something else each time took part.
    pub(crate) generated: bool,
}

impl Origin {
    /// Returns the origin of a scalar's text.
    pub(crate) fn of_value(value: ValueOrigin) -> Self {
        Self { value: Some(value), whole: true, ..Self::default() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the origin of `length` bytes after the first `skip`, when not all are kept.
    pub(crate) fn cut(mut self, skip: usize, length: usize) -> Self {
        self.whole = false;
        if let Some(node) = &mut self.node
            && node.verbatim
        {
            let start = node.range.start as usize + skip;
            node.range = TextRange::new(start, start + length);
        }
        self
    }

    /// Returns the origin of text that was computed from text of this origin.
    pub(crate) fn derived(mut self) -> Self {
        self.whole = false;
        if let Some(node) = &mut self.node {
            node.verbatim = false;
        }
        self
    }
}
