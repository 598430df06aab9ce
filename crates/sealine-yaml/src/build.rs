//! Builds the tree from the parser's events, without recursion.
//!
//! Invariant: no node is deeper than the limit, aliases followed, and what is reached through
//! aliases stays within its budget.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use granit_parser::{Event, ScalarStyle as Style, StructureStyle, Tag};
use sealine_source::TextRange;

use crate::header::{block_end, block_header, first_dash};
use crate::lenient::Joined;
use crate::locate::locate;
use crate::parse::too_deep;
use crate::{
    Comment, Document, Entry, Limits, Mapping, Node, NodeValue, Parsed, Problem, ProblemKind,
    Scalar, ScalarStyle,
};

/// How many entries are looked through one by one.
const FEW: usize = 16;

/// How much of the text is given up.
pub(crate) enum Stop {
    /// The document.
    Document,
    /// All that follows.
    Text,
}

/// A node on its way into the tree, with what it costs to walk it.
#[derive(Clone)]
struct Built {
    node: Node,
    weight: usize,
    height: usize,
}

/// A collection that is still open.
struct Frame {
    start: u32,
    end: u32,
    tag: Option<String>,
    anchor: usize,
    content: Content,
    weight: usize,
    height: usize,
}

enum Content {
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>, Option<Node>),
}

pub(crate) struct Builder<'a> {
    text: &'a str,
    limits: &'a Limits,
    joined: &'a Joined<'a>,
    parsed: Parsed,
    /// The start of the open document.
    start: u32,
    /// The end of the last token that was seen.
    floor: usize,
    frames: Vec<Frame>,
    root: Option<Node>,
    /// The anchors of the open document; `None` while their collection is open.
    anchors: HashMap<usize, Option<Built>>,
    nodes: usize,
    alias_nodes: usize,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(text: &'a str, limits: &'a Limits, joined: &'a Joined<'a>) -> Self {
        Self {
            text,
            limits,
            joined,
            parsed: Parsed::default(),
            start: 0,
            floor: 0,
            frames: Vec::new(),
            root: None,
            anchors: HashMap::new(),
            nodes: 0,
            alias_nodes: 0,
        }
    }

    /// Returns the end of the last token that was seen.
    pub(crate) fn floor(&self) -> usize {
        self.floor
    }

    pub(crate) fn problem(&mut self, problem: Problem) {
        self.parsed.problems.push(problem);
    }

    fn report(&mut self, range: TextRange, kind: ProblemKind, message: String) {
        self.problem(Problem { range, kind, message });
    }

    pub(crate) fn comment(&mut self, range: TextRange) {
        let before = self.text.get(..range.start as usize).unwrap_or_default();
        let line = before.bytes().rev().take_while(|byte| !matches!(byte, b'\n' | b'\r'));
        let own_line =
            line.into_iter().all(|byte| matches!(byte, b' ' | b'\t' | 0xEF | 0xBB | 0xBF));
        self.parsed.comments.push(Comment { range, own_line });
    }

    /// Drops what was built of the open document.
    pub(crate) fn abandon(&mut self) {
        self.frames.clear();
        self.root = None;
        self.anchors.clear();
    }

    pub(crate) fn finish(mut self) -> Parsed {
        self.parsed.comments.sort_by_key(|comment| comment.range);
        self.parsed.problems.sort_by_key(|problem| problem.range);
        self.parsed
    }

    pub(crate) fn event(
        &mut self,
        event: Event<'_>,
        range: TextRange,
        indent: Option<usize>,
    ) -> Result<(), Stop> {
        match event {
            Event::DocumentStart(explicit, _) => {
                self.abandon();
                self.alias_nodes = 0;
                self.start = range.start;
                if explicit {
                    self.floor = range.end as usize;
                }
                Ok(())
            }
            Event::DocumentEnd => {
                self.end_document(range);
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                let scalar = self.scalar(text, style, tag, range, indent.unwrap_or_default());
                self.add(scalar, anchor)
            }
            Event::SequenceStart(style, anchor, tag) => {
                let range = self.sequence_start(style, range);
                self.open(Content::Sequence(Vec::new()), range, anchor, tag)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.open(Content::Mapping(Vec::new(), None), range, anchor, tag)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(range),
            Event::Alias(anchor) => self.alias(anchor, range),
            Event::UnresolvedAlias(name) => {
                let message = format!("no anchor `{}` before this alias", shorten(&name));
                self.report(range, ProblemKind::UnknownAlias, message);
                self.add(dangling(range), 0)
            }
            _ => Ok(()),
        }
    }

    fn end_document(&mut self, range: TextRange) {
        let Some(root) = self.root.take() else { return };
        self.anchors.clear();
        self.floor = self.floor.max(range.end as usize);
        if root.is_null() && root.range.is_empty() {
            return;
        }
        let start = self.start.min(root.range.start);
        let range = TextRange { start, end: range.end.max(root.range.end) };
        self.parsed.documents.push(Document { range, root });
    }

    fn scalar(
        &mut self,
        text: Cow<'_, str>,
        style: Style,
        tag: Option<Cow<'_, Tag>>,
        range: TextRange,
        indent: usize,
    ) -> Built {
        let style = match style {
            Style::Plain => ScalarStyle::Plain,
            Style::SingleQuoted => ScalarStyle::SingleQuoted,
            Style::DoubleQuoted => ScalarStyle::DoubleQuoted,
            Style::Literal => ScalarStyle::Literal,
            Style::Folded => ScalarStyle::Folded,
        };
        let tag = tag.map(|tag| tag.original());
        let is_null = style == ScalarStyle::Plain
            && matches!(&*text, "" | "~" | "null" | "Null" | "NULL")
            && tag.as_deref().is_none_or(|tag| tag == "!!null");
        let content = range;
        let range = match style {
            _ if range.is_empty() && style == ScalarStyle::Plain => self.missing(range),
            _ if style.is_block() => self.block_range(range, indent),
            _ => range,
        };
        let value = if is_null {
            NodeValue::Null
        } else {
            let inner = match style {
                ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                    TextRange::new(range.start as usize + 1, (range.end as usize).saturating_sub(1))
                }
                _ => range,
            };
            let inner = if style.is_block() { content } else { inner };
            let text = self.joined.reread(range).map_or(text, Cow::Owned);
            let text = if style.is_block() { self.without_missing_break(text) } else { text };
            let spelling = locate(self.text, inner, &text, style, indent);
            NodeValue::Scalar(Scalar { text: text.into_owned(), style, spelling })
        };
        let weight = match &value {
            NodeValue::Scalar(scalar) => 1 + scalar.text.len() / 64,
            _ => 1,
        };
        let node = Node { range, tag, value, is_alias: self.joined.is_alias(range) };
        Built { node, weight, height: 0 }
    }

    /// Takes the line break off a block scalar whose last line ends with the file and has none, as
    /// Go's YAML does.
    fn without_missing_break<'t>(&self, text: Cow<'t, str>) -> Cow<'t, str> {
        let last = self.text.rsplit(['\n', '\r']).next().unwrap_or_default().trim();
        let Some(rest) = text.strip_suffix('\n') else { return text };
        let is_last = !last.is_empty() && rest.ends_with(last);
        if is_last { Cow::Owned(rest.to_owned()) } else { text }
    }

    /// Returns where a value that is not written would stand: after its `:`, `-` or `?`.
    fn missing(&self, range: TextRange) -> TextRange {
        let key = match self.frames.last() {
            Some(Frame { content: Content::Mapping(_, key), .. }) => key.as_ref(),
            _ => None,
        };
        let start = range.start.max(key.map_or(0, |key| key.range.end)) as usize;
        let range = TextRange::new(start, start);
        let rest = self.text.get(start..).unwrap_or_default();
        let behind = rest.trim_start_matches([' ', '\t']);
        if key.is_some() && behind.starts_with(':') {
            let at = start + rest.len() - behind.len() + 1;
            return TextRange::new(at, at);
        }
        // The parser may notice only at the next token, on another line, that nothing comes.
        let before = self.text.get(self.floor.min(start)..start).unwrap_or_default();
        let kept = before.trim_end_matches([' ', '\t', '\n', '\r']).len();
        match before.get(kept..) {
            Some(gap) if gap.contains(['\n', '\r']) => {
                let at = start - before.len() + kept;
                TextRange::new(at, at)
            }
            _ => range,
        }
    }

    fn block_range(&self, range: TextRange, indent: usize) -> TextRange {
        let Some(header) = block_header(self.text, self.floor) else {
            return TextRange { end: range.start, ..range };
        };
        let end = block_end(self.text, header, range, indent);
        TextRange::new(header, end)
    }

    /// Returns the range of a sequence's first `-`; the parser reports that of the first item when
    /// the sequence is not indented below its key.
    fn sequence_start(&self, style: StructureStyle, range: TextRange) -> TextRange {
        let in_mapping =
            matches!(self.frames.last(), Some(Frame { content: Content::Mapping(..), .. }));
        if style == StructureStyle::Flow || !in_mapping {
            return range;
        }
        match first_dash(self.text, self.floor) {
            Some(dash) if dash < range.start as usize => TextRange::new(dash, dash),
            _ => range,
        }
    }

    fn open(
        &mut self,
        content: Content,
        range: TextRange,
        anchor: usize,
        tag: Option<Cow<'_, Tag>>,
    ) -> Result<(), Stop> {
        if self.frames.len() >= self.limits.depth {
            self.report(range, ProblemKind::LimitExceeded, too_deep(self.limits));
            return Err(Stop::Document);
        }
        if anchor != 0 {
            self.anchors.insert(anchor, None);
        }
        self.floor = range.end as usize;
        self.frames.push(Frame {
            start: range.start,
            end: range.end,
            tag: tag.map(|tag| tag.original()),
            anchor,
            content,
            weight: 1,
            height: 1,
        });
        Ok(())
    }

    fn close(&mut self, range: TextRange) -> Result<(), Stop> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        // Only flow collections are closed by a character; others end with their last child.
        let end = if range.is_empty() { frame.end } else { range.end };
        let value = match frame.content {
            Content::Sequence(items) => NodeValue::Sequence(items.into()),
            Content::Mapping(entries, _) => {
                self.find_duplicates(&entries);
                NodeValue::Mapping(Mapping { entries: entries.into() })
            }
        };
        let range = TextRange { start: frame.start, end: end.max(frame.start) };
        let node = Node { range, tag: frame.tag, value, is_alias: false };
        self.add(Built { node, weight: frame.weight, height: frame.height }, frame.anchor)
    }

    fn alias(&mut self, anchor: usize, range: TextRange) -> Result<(), Stop> {
        let Some(Some(target)) = self.anchors.get(&anchor) else {
            let message = "this alias stands inside what it names".to_owned();
            self.report(range, ProblemKind::Cycle, message);
            return self.add(dangling(range), 0);
        };
        let spent = self.alias_nodes.saturating_add(target.weight);
        if spent > self.limits.alias_nodes {
            let budget = self.limits.alias_nodes;
            let message = format!("aliases stand for more than {budget} nodes");
            self.report(range, ProblemKind::LimitExceeded, message);
            return Err(Stop::Document);
        }
        if self.frames.len() + target.height > self.limits.depth {
            self.report(range, ProblemKind::LimitExceeded, too_deep(self.limits));
            return Err(Stop::Document);
        }
        let mut copy = target.clone();
        self.alias_nodes = spent;
        copy.node.range = range;
        copy.node.is_alias = true;
        self.add(copy, 0)
    }

    fn add(&mut self, built: Built, anchor: usize) -> Result<(), Stop> {
        self.nodes += 1;
        let range = built.node.range;
        if self.nodes > self.limits.nodes {
            let message = format!("more than {} nodes", self.limits.nodes);
            self.report(range, ProblemKind::LimitExceeded, message);
            return Err(Stop::Text);
        }
        self.floor = self.floor.max(range.end as usize);
        if anchor != 0 {
            self.anchors.insert(anchor, Some(built.clone()));
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(built.node);
            return Ok(());
        };
        frame.end = frame.end.max(range.end);
        frame.weight = frame.weight.saturating_add(built.weight);
        frame.height = frame.height.max(built.height + 1);
        match &mut frame.content {
            Content::Sequence(items) => items.push(built.node),
            Content::Mapping(entries, key) => match key.take() {
                None => *key = Some(built.node),
                Some(key) => entries.push(Entry { key, value: built.node }),
            },
        }
        Ok(())
    }

    fn find_duplicates(&mut self, entries: &[Entry]) {
        // Most mappings are short: looking through them beats hashing their keys.
        let mut hashed = (entries.len() > FEW).then(HashSet::new);
        for (index, entry) in entries.iter().enumerate() {
            let Some(key) = entry.key.as_str() else { continue };
            let is_known = match &mut hashed {
                Some(known) => !known.insert(key),
                None => entries[..index].iter().any(|other| other.key.as_str() == Some(key)),
            };
            if is_known && !entry.is_merge() {
                let message = format!("duplicate key `{}`", shorten(key));
                self.parsed.problems.push(Problem {
                    range: entry.key.range,
                    kind: ProblemKind::DuplicateKey,
                    message,
                });
            }
        }
    }
}

fn dangling(range: TextRange) -> Built {
    let node = Node { range, tag: None, value: NodeValue::Null, is_alias: true };
    Built { node, weight: 1, height: 0 }
}

/// Returns the beginning of a name, for messages.
fn shorten(name: &str) -> Cow<'_, str> {
    match name.char_indices().nth(60) {
        Some((end, _)) => Cow::Owned(format!("{}…", name.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(name),
    }
}

#[cfg(test)]
mod tests {
    use crate::parse;

    #[test]
    fn a_block_at_the_end_of_a_file_has_the_line_breaks_that_are_written() {
        for (text, expected) in [
            ("a: |\n  x\n  y", "x\ny"),
            ("a: |+\n  x", "x"),
            ("a: >\n  x\n  y", "x y"),
            ("a: |\n  x\n", "x\n"),
            ("a: |\n  x\n  ", "x\n"),
            ("a: |+\n  x\n\n", "x\n\n"),
            ("a: |-\n  x", "x"),
        ] {
            let parsed = parse(text);
            assert_eq!(
                parsed.root().and_then(|root| root.str_at(&["a"])),
                Some(expected),
                "{text:?}"
            );
        }
    }
}
