//! Minimal edits of the text a tree was read from.
//!
//! Invariant: an edit changes what was asked for and nothing else, comments, quotes, indentation
//! and line endings included; where that cannot be promised there is no edit.

use sealine_source::TextRange;

use crate::quote::write;
use crate::{Node, NodeValue, ScalarStyle, parse};

/// Returns the edit that adds the string `item` to the end of a list, written as its neighbours are.
pub fn append_item(text: &str, sequence: &Node, item: &str) -> Option<(TextRange, String)> {
    let NodeValue::Sequence(items) = &sequence.value else { return None };
    let style =
        items.last().and_then(Node::as_scalar).map_or(ScalarStyle::Plain, |last| last.style);
    let written = write(item, style, is_json(text));
    let list = Collection::of(text, sequence, items.last().map(|item| item.range))?;
    let gap = dash_gap(text, sequence, items);
    let edit = list.append(text, &format!("-{gap}"), &written);
    is_all(text, sequence, &edit, item).then_some(edit)
}

/// Returns whether the new item is all that an edit changes, by reading both texts. Where the last item
/// ends in a block or in blanks, a line break may become part of it.
fn is_all(text: &str, sequence: &Node, (range, new): &(TextRange, String), item: &str) -> bool {
    let mut edited = text.to_owned();
    edited.replace_range(range.bytes(), new);
    let (before, after) = (parse(text), parse(&edited));
    let mut documents = before.documents.iter().zip(&after.documents);
    before.documents.len() == after.documents.len()
        && before.problems.len() == after.problems.len()
        && before.comments.len() == after.comments.len()
        && documents.all(|(one, two)| is_same(&one.root, &two.root, sequence.range, item))
}

/// Returns whether two trees are the same but for `item` at the end of the list that stands at `list`.
fn is_same(one: &Node, two: &Node, list: TextRange, item: &str) -> bool {
    let all = |one: &[Node], two: &[Node]| {
        one.iter().zip(two).all(|(one, two)| is_same(one, two, list, item))
    };
    match (&one.value, &two.value) {
        (NodeValue::Null, NodeValue::Null) => true,
        (NodeValue::Scalar(one), NodeValue::Scalar(two)) => one.text == two.text,
        (NodeValue::Sequence(own), NodeValue::Sequence(two)) if one.range == list => {
            let added = two.get(own.len()).and_then(Node::as_str);
            two.len() == own.len() + 1 && added == Some(item) && all(own, two)
        }
        (NodeValue::Sequence(one), NodeValue::Sequence(two)) => {
            one.len() == two.len() && all(one, two)
        }
        (NodeValue::Mapping(one), NodeValue::Mapping(two)) => {
            let mut entries = one.entries.iter().zip(&two.entries);
            one.entries.len() == two.entries.len()
                && entries.all(|(one, two)| {
                    is_same(&one.key, &two.key, list, item)
                        && is_same(&one.value, &two.value, list, item)
                })
        }
        _ => false,
    }
}

/// Writes `text` as a string on one line, with as few quotes as it needs: as a key or a value, in
/// block and in flow context.
pub fn quoted(text: &str) -> String {
    write(text, ScalarStyle::Plain, false)
}

/// Where a collection can be added to.
enum Collection<'a> {
    /// Flow style without items: behind the opening bracket.
    EmptyFlow(usize),
    /// Flow style: behind the last item.
    Flow { last: TextRange },
    /// Block style: below the line on which the last item ends.
    Block { end: usize, indent: String, line_break: &'a str },
}

impl<'a> Collection<'a> {
    fn of(text: &'a str, node: &Node, last: Option<TextRange>) -> Option<Self> {
        if node.is_alias || node.range.is_empty() {
            return None;
        }
        let start = node.range.start as usize;
        let is_flow = text.get(start..)?.starts_with(['[', '{']) && is_closed(text, node.range);
        match last {
            None if is_flow => Some(Self::EmptyFlow(start + 1)),
            None => None,
            Some(last) if is_flow => Some(Self::Flow { last }),
            Some(_) => {
                let before =
                    text.get(line_start(text, start)..start)?.trim_start_matches('\u{feff}');
                let is_indent = |character| matches!(character, ' ' | '-' | '?' | ':');
                let end = line_end(text, node.range.end as usize);
                // Tabs and properties before the first item: its column is not known well enough.
                before.chars().all(is_indent).then(|| Self::Block {
                    end,
                    indent: " ".repeat(before.len()),
                    line_break: line_break(text, end),
                })
            }
        }
    }

    fn append(&self, text: &str, marker: &str, item: &str) -> (TextRange, String) {
        match self {
            Self::EmptyFlow(at) => (TextRange::new(*at, *at), item.to_owned()),
            Self::Block { end, indent, line_break } => {
                (TextRange::new(*end, *end), format!("{line_break}{indent}{marker}{item}"))
            }
            Self::Flow { last } => append_flow(text, *last, item),
        }
    }
}

/// Adds to a flow collection: on the same line, or on one of its own where the last item has one.
fn append_flow(text: &str, last: TextRange, item: &str) -> (TextRange, String) {
    let (start, end) = (last.start as usize, last.end as usize);
    let indent = text.get(line_start(text, start)..start).unwrap_or_default();
    let eol = line_end(text, end);
    let rest = text.get(end..eol).unwrap_or_default();
    let behind = rest.trim_start_matches([' ', '\t']);
    let (comma, comment) = match behind.strip_prefix(',') {
        Some(behind) => (",", behind.trim_start_matches([' ', '\t'])),
        None => ("", behind),
    };
    let owns_line = indent.trim().is_empty() && (comment.is_empty() || comment.starts_with('#'));
    if !owns_line || eol == text.len() {
        return (TextRange::new(end, end), format!(", {item}"));
    }
    let line_break = line_break(text, eol);
    // The comma may stand before blanks: what is kept begins behind it.
    let kept =
        if comma.is_empty() { rest } else { rest.split_once(',').map_or("", |(_, kept)| kept) };
    (TextRange::new(end, eol), format!(",{kept}{line_break}{indent}{item}{comma}"))
}

/// Returns what stands between the dash and its item on the last item's line.
fn dash_gap(text: &str, sequence: &Node, items: &[Node]) -> String {
    let from = items.len().checked_sub(2).and_then(|index| items.get(index));
    let from = from.map_or(sequence.range.start, |item| item.range.end) as usize;
    let gap = items.last().and_then(|last| text.get(from..last.range.start as usize));
    let gap = gap.and_then(|gap| gap.rsplit_once('-')).map_or("", |(_, gap)| gap);
    let is_blank = !gap.is_empty() && gap.bytes().all(|byte| byte == b' ');
    if is_blank { gap.to_owned() } else { " ".to_owned() }
}

/// Returns whether the text is JSON, or YAML written as JSON.
fn is_json(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '['])
}

fn is_closed(text: &str, range: TextRange) -> bool {
    text.get(range.bytes()).is_some_and(|text| text.ends_with([']', '}']))
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind(['\n', '\r'])).map_or(0, |line| line + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find(['\n', '\r'])).map_or(text.len(), |end| at + end)
}

/// Returns the line ending at `end`, or at the end of the text the one of its first line.
fn line_break(text: &str, end: usize) -> &str {
    let rest = text.get(end..).filter(|rest| !rest.is_empty());
    let rest = rest.or_else(|| text.find(['\n', '\r']).and_then(|at| text.get(at..)));
    let Some(rest) = rest else { return "\n" };
    let length = if rest.starts_with("\r\n") { 2 } else { 1 };
    rest.get(..length).unwrap_or("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    fn applied(text: &str, change: Option<(TextRange, String)>) -> String {
        let (range, new) = change.unwrap();
        format!("{}{new}{}", &text[..range.start as usize], &text[range.end as usize..])
    }

    fn appended(text: &str, path: &[&str], item: &str) -> String {
        let parsed = parse(text);
        applied(text, append_item(text, parsed.root().unwrap().at(path).unwrap(), item))
    }

    #[test]
    fn lists_grow_in_their_own_style() {
        assert_eq!(appended("l:\n- a # c\nm: 1\n", &["l"], "b"), "l:\n- a # c\n- b\nm: 1\n");
        assert_eq!(appended("l:\r\n  -   'a'", &["l"], "b"), "l:\r\n  -   'a'\r\n  -   'b'");
        assert_eq!(appended("l: [a, b] # c\n", &["l"], "d"), "l: [a, b, d] # c\n");
        assert_eq!(appended("l: []\n", &["l"], "d e"), "l: [d e]\n");
        assert_eq!(
            appended("l: [\n  a,\n  b # c\n]\n", &["l"], "d"),
            "l: [\n  a,\n  b, # c\n  d\n]\n"
        );
        assert_eq!(
            appended("l: [\n  a,\n  b, # c\n]\n", &["l"], "d"),
            "l: [\n  a,\n  b, # c\n  d,\n]\n"
        );
        assert_eq!(appended("- - a\n  - b\n- c\n", &[], "d"), "- - a\n  - b\n- c\n- d\n");
    }

    #[test]
    fn what_would_change_anything_else_is_no_edit() {
        for text in ["- k: |\n    b", "- |2\n    ", "- &x [a]\n- *x"] {
            let parsed = parse(text);
            let list = parsed.root().unwrap();
            let list = if text.contains('&') { &list.items()[0] } else { list };
            assert_eq!(append_item(text, list, "d"), None, "{text}");
        }
    }
}
