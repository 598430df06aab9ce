//! Minimal edits of the text a tree was read from.
//!
//! Invariant: an edit changes what was asked for and nothing else, comments, quotes, indentation
//! and line endings included; where that cannot be promised there is no edit.

use sealine_source::TextRange;

use crate::quote::{reads_as_other_type, write, write_typed};
use crate::{Node, NodeValue, Scalar, ScalarStyle};

/// The longest key that readers accept, with some room for its escapes.
const LONGEST_KEY: usize = 160;

/// Returns the edit that makes the scalar read as `new`, in its own quotes where `new` allows it.
///
/// A missing value can be given; what was no string (`5432`, `true`) stays without quotes. At an
/// alias the alias itself is replaced.
pub fn replace_scalar(text: &str, node: &Node, new: &str) -> Option<(TextRange, String)> {
    let json = is_json(text);
    let after = text.get(node.range.end as usize..)?;
    if after.trim_start_matches([' ', '\t']).starts_with(':') && new.len() > LONGEST_KEY {
        return None;
    }
    match &node.value {
        _ if node.is_alias => Some((node.range, write(new, ScalarStyle::Plain, json))),
        NodeValue::Null | NodeValue::Scalar(_) if node.range.is_empty() => {
            let before = text.get(..node.range.start as usize)?;
            let is_item = before.strip_suffix('-').is_some_and(|before| {
                before.is_empty() || before.ends_with([' ', '\t', '\n', '\r', '\u{feff}'])
            });
            let is_value = is_item || before.ends_with(':') || node.tag.is_some();
            is_value.then(|| (node.range, format!(" {}", write(new, ScalarStyle::Plain, json))))
        }
        NodeValue::Null => Some((node.range, write(new, ScalarStyle::Plain, json))),
        NodeValue::Scalar(scalar) if scalar.style.is_block() => {
            replace_block(text, node.range, scalar, new)
        }
        NodeValue::Scalar(scalar) => {
            let is_typed = scalar.style == ScalarStyle::Plain && reads_as_other_type(&scalar.text);
            let written =
                if is_typed { write_typed(new, json) } else { write(new, scalar.style, json) };
            Some((node.range, written))
        }
        NodeValue::Sequence(_) | NodeValue::Mapping(_) => None,
    }
}

/// Returns the edit that adds the string `item` to the end of a list, written as its neighbours are.
pub fn append_item(text: &str, sequence: &Node, item: &str) -> Option<(TextRange, String)> {
    let NodeValue::Sequence(items) = &sequence.value else { return None };
    let style =
        items.last().and_then(Node::as_scalar).map_or(ScalarStyle::Plain, |last| last.style);
    let item = write(item, style, is_json(text));
    let list = Collection::of(text, sequence, items.last().map(|item| item.range))?;
    let gap = dash_gap(text, sequence, items);
    Some(list.append(text, &format!("-{gap}"), &item))
}

/// Returns the edit that adds `key` with the string `value` to the end of a mapping that does not
/// have it yet.
pub fn insert_entry(
    text: &str,
    mapping: &Node,
    key: &str,
    value: &str,
) -> Option<(TextRange, String)> {
    let NodeValue::Mapping(inner) = &mapping.value else { return None };
    if mapping.own_entries().iter().any(|entry| entry.key.as_str() == Some(key))
        || key.len() > LONGEST_KEY
    {
        return None;
    }
    let json = is_json(text);
    let last = inner.entries.last();
    let style =
        last.and_then(|last| last.value.as_scalar()).map_or(ScalarStyle::Plain, |last| last.style);
    let style = if style == ScalarStyle::DoubleQuoted { style } else { ScalarStyle::Plain };
    let entry = format!("{}: {}", write(key, ScalarStyle::Plain, json), write(value, style, json));
    let collection = Collection::of(text, mapping, last.map(crate::Entry::range))?;
    Some(collection.append(text, "", &entry))
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
                if end == text.len() && text.get(line_start(text, end)..)?.trim().is_empty() {
                    // Blanks at the end of a kept block: a line break would become part of it.
                    return None;
                }
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

/// Rewrites a block scalar, as a block where `new` can be one.
fn replace_block(
    text: &str,
    range: TextRange,
    scalar: &Scalar,
    new: &str,
) -> Option<(TextRange, String)> {
    let old = text.get(range.bytes()).filter(|old| old.starts_with(['|', '>']))?;
    let header_end = old.find(['\n', '\r']).unwrap_or(old.len());
    let header = old.get(..header_end)?;
    let comment = header.find('#').and_then(|at| header.get(at..));
    let first = old.get(header_end..)?.lines().find(|line| !line.trim().is_empty());
    let indent = first.map_or("", |line| {
        line.get(..line.len() - line.trim_start_matches(' ').len()).unwrap_or_default()
    });
    let explicit = header
        .bytes()
        .take_while(|byte| !matches!(byte, b' ' | b'#'))
        .any(|byte| byte.is_ascii_digit());
    let keeps = header.split('#').next().is_some_and(|indicator| indicator.contains('+'));
    let body = new.strip_suffix('\n');
    let chomp = if body.is_some() { "" } else { "-" };
    let body = body.unwrap_or(new);
    let lines: Vec<&str> = body.split('\n').collect();
    let is_block = !indent.is_empty()
        && !explicit
        && !keeps
        && lines.iter().all(|line| line.chars().all(is_block_character))
        && lines.iter().all(|line| line.is_empty() || !line.trim().is_empty())
        && lines.first().is_some_and(|line| !line.is_empty() && !line.starts_with([' ', '\t']))
        && lines.last().is_some_and(|line| !line.is_empty());
    let line_break = line_break(text, range.start as usize + header_end);
    let comment = comment.map(|comment| format!(" {comment}")).unwrap_or_default();
    if !is_block {
        // The comment stood on the header's line and stays behind the value.
        let written = write(new, ScalarStyle::DoubleQuoted, is_json(text));
        return Some((range, format!("{written}{comment}")));
    }
    let sign = if scalar.style == ScalarStyle::Folded && lines.len() == 1 { '>' } else { '|' };
    let mut out = format!("{sign}{chomp}{comment}");
    for line in lines {
        out.push_str(line_break);
        if !line.is_empty() {
            out.push_str(indent);
            out.push_str(line);
        }
    }
    Some((range, out))
}

fn is_block_character(character: char) -> bool {
    matches!(character, '\t' | ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}'
        | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..)
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

    fn replaced(text: &str, path: &[&str], new: &str) -> String {
        let parsed = parse(text);
        applied(text, replace_scalar(text, parsed.root().unwrap().at(path).unwrap(), new))
    }

    fn appended(text: &str, path: &[&str], item: &str) -> String {
        let parsed = parse(text);
        applied(text, append_item(text, parsed.root().unwrap().at(path).unwrap(), item))
    }

    fn inserted(text: &str, path: &[&str], key: &str, value: &str) -> String {
        let parsed = parse(text);
        applied(text, insert_entry(text, parsed.root().unwrap().at(path).unwrap(), key, value))
    }

    #[test]
    fn a_scalar_keeps_its_quotes_and_comments() {
        assert_eq!(replaced("a: b # c\n", &["a"], "d"), "a: d # c\n");
        assert_eq!(replaced("a: 'b'\n", &["a"], "it's"), "a: 'it''s'\n");
        assert_eq!(replaced("a: \"b\"\n", &["a"], "d\n"), "a: \"d\\n\"\n");
        assert_eq!(replaced("a: b\n", &["a"], "yes"), "a: 'yes'\n");
        assert_eq!(replaced("a: 5432\n", &["a"], "5433"), "a: 5433\n");
        assert_eq!(replaced("a:\nb: 1\n", &["a"], "x"), "a: x\nb: 1\n");
        assert_eq!(replaced("{\"a\": 1}", &["a"], "x"), "{\"a\": \"x\"}");
    }

    #[test]
    fn a_block_stays_a_block_where_it_can() {
        let text = "a: | # c\r\n    x\r\n\r\nb: 1\r\n";
        assert_eq!(
            replaced(text, &["a"], "y\n\nz\n"),
            "a: | # c\r\n    y\r\n\r\n    z\r\n\r\nb: 1\r\n"
        );
        assert_eq!(replaced(text, &["a"], " y"), "a: \" y\" # c\r\n\r\nb: 1\r\n");
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
    fn mappings_grow_below_their_last_entry() {
        assert_eq!(
            inserted("a:\n  b: 1 # c\n\nd: 2\n", &["a"], "k", "on"),
            "a:\n  b: 1 # c\n  k: 'on'\n\nd: 2\n"
        );
        assert_eq!(inserted("a: {b: 1}\n", &["a"], "k", "v"), "a: {b: 1, k: v}\n");
        assert_eq!(inserted("{\"a\": {}}", &["a"], "k", "v"), "{\"a\": {\"k\": \"v\"}}");
        let parsed = parse("a: 1\n");
        assert_eq!(insert_entry("a: 1\n", parsed.root().unwrap(), "a", "2"), None);
    }
}
