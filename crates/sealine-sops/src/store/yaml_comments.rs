//! Which entry of a YAML tree a comment belongs to.
//!
//! Invariant: every comment belongs to one entry or to the end of one collection; no value depends
//! on where it went.

use sealine_source::TextRange;
use sealine_yaml::Comment as Found;

use crate::{Comment, Kind, Value};

/// The comments of a text that are not taken yet, in its order.
pub(super) struct Comments<'a> {
    text: &'a str,
    left: std::iter::Peekable<std::slice::Iter<'a, Found>>,
}

impl<'a> Comments<'a> {
    pub(super) fn new(text: &'a str, found: &'a [Found]) -> Self {
        Self { text, left: found.iter().peekable() }
    }

    /// Returns in which column, in bytes, a range begins.
    pub(super) fn column(&self, range: TextRange) -> usize {
        let before = self.text.get(..range.start as usize).unwrap_or_default();
        before.len() - before.rfind(['\n', '\r']).map_or(0, |line| line + 1)
    }

    /// Takes what stands before `start`.
    pub(super) fn above(&mut self, start: usize) -> Vec<Comment> {
        let mut taken = Vec::new();
        while let Some(next) = self.left.next_if(|next| (next.range.start as usize) < start) {
            taken.push(self.comment(next, false));
        }
        taken
    }

    /// Takes the one that stands on the line on which `value` ends.
    pub(super) fn beside(&mut self, value: TextRange) -> Option<Comment> {
        let next = self.left.next_if(|next| {
            let between = self.text.get(value.end as usize..next.range.start as usize);
            !next.own_line && between.is_some_and(|text| !text.contains(['\n', '\r']))
        })?;
        Some(self.comment(next, true))
    }

    /// Takes what stands below the last entry of a collection whose entries begin in `column`, and
    /// before `end`.
    pub(super) fn below(&mut self, column: usize, own: TextRange, end: usize) -> Vec<Comment> {
        let mut taken = Vec::new();
        loop {
            let Some(next) = self.left.peek().copied() else { return taken };
            let is_inside = next.range.start < own.end;
            let is_below = (next.range.start as usize) < end
                && next.own_line
                && self.column(next.range) >= column;
            if !is_inside && !is_below {
                return taken;
            }
            self.left.next();
            taken.push(self.comment(next, false));
        }
    }

    fn comment(&self, found: &Found, inline: bool) -> Comment {
        let text = self.text.get(found.range.bytes()).unwrap_or_default();
        let text = text.strip_prefix('#').unwrap_or(text);
        Comment { inline, range: found.range, ..Comment::new(text) }
    }
}

/// Returns the encrypted comment that SOPS writes into a list as if it were an item.
pub(super) fn in_place_of_item(value: &Value) -> Option<Comment> {
    let leaf = value.as_leaf().filter(|leaf| leaf.kind() == Kind::Str)?;
    let text = leaf.text()?;
    let parts = crate::cipher::Parts::of(text)?;
    let is_comment = parts.content == Some(crate::cipher::Content::Comment);
    is_comment.then(|| Comment::new(text))
}
