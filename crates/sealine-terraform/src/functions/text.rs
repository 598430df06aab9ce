//! Functions of strings.
//!
//! Invariant: literals that a function leaves as they are keep the spot where they stand. What makes a
//! text longer is refused before it is made, and what is walked more than once is paid for.

use std::collections::HashSet;
use std::rc::Rc;

use regex::Regex;

use super::{Arguments, format};
use crate::data::{Data, Kind, Length, MapEntry, Piece, Text, position};
use crate::evaluate::{Evaluator, MAX_ITEMS, MAX_TEXT};

/// How many bytes of the rest of a text a step looks through for the next match.
const MATCH_STEP: usize = 1_024;

/// How long what stands for one match may be while it is made.
const MAX_EXPANSION: usize = 16 * MAX_TEXT;

/// Calls a function of strings; nothing when it is another function or not known.
pub(super) fn call(evaluator: &Evaluator<'_>, name: &str, arguments: &Arguments) -> Option<Data> {
    let text = |text: Text| Some(Data::new(Kind::Text(text)));
    let truth = |value: bool| Some(Data::new(Kind::Bool(value)));
    match name {
        "lower" => text(arguments.text(0)?.map_literals(str::to_lowercase)),
        "upper" => text(arguments.text(0)?.map_literals(str::to_uppercase)),
        "title" => text(arguments.text(0)?.map_literals(title)),
        "chomp" => text(trim_end(arguments.text(0)?, |next| matches!(next, '\n' | '\r'))),
        "trimspace" => text(trim(arguments.text(0)?, char::is_whitespace)),
        "trim" => {
            let set: HashSet<char> = arguments.known(1)?.chars().collect();
            text(trim(arguments.text(0)?, |next| set.contains(&next)))
        }
        "trimprefix" => text(trim_prefix(arguments.text(0)?, &arguments.known(1)?)),
        "trimsuffix" => text(trim_suffix(arguments.text(0)?, &arguments.known(1)?)),
        "replace" => {
            let (old, new) = (arguments.known(1)?, arguments.known(2)?);
            replace(evaluator, &arguments.text(0)?, &old, &new)
        }
        "substr" => substr(&arguments.text(0)?, arguments.number(1)?, arguments.number(2)?),
        "strrev" => text(Text::known(arguments.known(0)?.chars().rev().collect::<String>(), None)),
        "indent" => indent(evaluator, arguments.number(0)?, &arguments.text(1)?),
        "startswith" => starts_with(&arguments.text(0)?, &arguments.known(1)?).and_then(truth),
        "endswith" => truth(arguments.known(0)?.ends_with(&*arguments.known(1)?)),
        "strcontains" => truth(arguments.known(0)?.contains(&*arguments.known(1)?)),
        "split" => split(&arguments.known(0)?, &arguments.text(1)?),
        "join" => join(arguments),
        "format" => format::format(evaluator, &arguments.get(0), arguments.values.get(1..)?),
        "formatlist" => format::format_list(evaluator, arguments),
        "regex" => {
            let expression = evaluator.expression(&arguments.known(0)?)?;
            regex(evaluator, &expression, &arguments.known(1)?)
        }
        "regexall" => {
            let expression = evaluator.expression(&arguments.known(0)?)?;
            regex_all(evaluator, &expression, &arguments.known(1)?)
        }
        _ => None,
    }
}

fn title(text: &str) -> String {
    let mut at_start = true;
    let raise = |next: char| {
        let was_start = std::mem::replace(&mut at_start, !next.is_alphanumeric());
        if was_start { next.to_uppercase().to_string() } else { next.to_string() }
    };
    text.chars().map(raise).collect()
}

fn trim(text: Text, is_trimmed: impl Fn(char) -> bool) -> Text {
    let mut start = 0;
    for piece in &text.pieces {
        let Piece::Literal(literal, _) = piece else { break };
        let kept = literal.trim_start_matches(&is_trimmed).len();
        start += literal.len() - kept;
        if kept > 0 {
            break;
        }
    }
    let end = text.len();
    let text = if start > 0 { text.cut(start, end) } else { text };
    trim_end(text, is_trimmed)
}

fn trim_end(text: Text, is_trimmed: impl Fn(char) -> bool) -> Text {
    let mut cut = 0;
    for piece in text.pieces.iter().rev() {
        let Piece::Literal(literal, _) = piece else { break };
        let kept = literal.trim_end_matches(&is_trimmed).len();
        cut += literal.len() - kept;
        if kept > 0 {
            break;
        }
    }
    if cut > 0 { text.cut(0, text.len() - cut) } else { text }
}

fn trim_prefix(text: Text, prefix: &str) -> Text {
    if text.head().starts_with(prefix) { text.cut(prefix.len(), text.len()) } else { text }
}

fn trim_suffix(text: Text, suffix: &str) -> Text {
    let ends = match text.pieces.last() {
        Some(Piece::Literal(last, _)) => last.ends_with(suffix),
        _ => false,
    };
    if ends { text.cut(0, text.len() - suffix.len()) } else { text }
}

/// Returns whether the text starts with `prefix`, when its known head decides.
fn starts_with(text: &Text, prefix: &str) -> Option<bool> {
    let head = text.head();
    let decided = text.whole().is_some() || !prefix.starts_with(&head);
    (decided || head.starts_with(prefix)).then(|| head.starts_with(prefix))
}

/// Replaces text, or what an expression between slashes matches.
fn replace(evaluator: &Evaluator<'_>, text: &Text, old: &str, new: &str) -> Option<Data> {
    let pattern = old.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    let Some(pattern) = pattern.filter(|pattern| !pattern.is_empty()) else {
        if text.len() + growth(text, old, new) > MAX_TEXT {
            return None;
        }
        return replaced(text, |literal| Some(literal.replace(old, new)));
    };
    let expression = evaluator.expression(pattern)?;
    // Where a text begins or ends cannot be told beside a hole.
    if text.whole().is_none() && is_anchored(pattern) {
        return None;
    }
    let mut left = MAX_TEXT;
    replaced(text, |literal| replace_matches(evaluator, literal, &expression, new, &mut left))
}

/// Returns whether an expression asks for where a text begins or ends.
fn is_anchored(pattern: &str) -> bool {
    let inside = ["(^", "|^", "$)", "$|"];
    pattern.starts_with('^')
        || pattern.ends_with('$')
        || inside.iter().any(|anchor| pattern.contains(anchor))
}

/// Returns the text with `change` made to it: to all of it at once, as what is replaced may reach over the
/// pieces of a known text. Where it only loses its end or its start, the rest stays where it stands.
fn replaced(text: &Text, mut change: impl FnMut(&str) -> Option<String>) -> Option<Data> {
    let changed = match text.whole() {
        Some(whole) if text.pieces.len() > 1 => {
            let new = change(&whole)?;
            if whole.starts_with(&new) {
                text.cut(0, new.len())
            } else if whole.ends_with(&new) {
                text.cut(whole.len() - new.len(), whole.len())
            } else {
                Text::known(new, None)
            }
        }
        _ => text.try_map_literals(change)?,
    };
    Some(Data::new(Kind::Text(changed)))
}

/// Returns by how many bytes a text grows at most when a text in it is replaced.
fn growth(text: &Text, old: &str, new: &str) -> usize {
    let longer = new.len().saturating_sub(old.len());
    if longer == 0 {
        return 0;
    }
    let found = |text: &str| text.matches(old).count();
    let count = match text.whole() {
        Some(whole) => found(&whole),
        None => text.pieces.iter().map(|piece| piece.literal().map_or(0, found)).sum(),
    };
    count.saturating_mul(longer)
}

/// Replaces what an expression matches; nothing when the text gets longer than what is left.
fn replace_matches(
    evaluator: &Evaluator<'_>,
    literal: &str,
    expression: &Regex,
    new: &str,
    left: &mut usize,
) -> Option<String> {
    let groups = new.matches('$').count();
    let mut replaced = String::new();
    let mut end = 0;
    for captures in expression.captures_iter(literal) {
        let found = captures.get_match();
        replaced.push_str(literal.get(end..found.start())?);
        end = found.end();
        // A group is no longer than the match.
        let longest = new.len() + groups.saturating_mul(found.len());
        if longest > MAX_EXPANSION || !evaluator.spend(new.len() / 16) {
            return None;
        }
        pay_match(evaluator, literal.len() - end)?;
        captures.expand(new, &mut replaced);
        if replaced.len() > *left {
            return None;
        }
    }
    replaced.push_str(literal.get(end..)?);
    *left = left.checked_sub(replaced.len())?;
    Some(replaced)
}

fn substr(text: &Text, offset: f64, length: f64) -> Option<Data> {
    let whole = text.whole();
    if whole.is_none() && offset < 0.0 {
        return None;
    }
    let known = whole.clone().unwrap_or_else(|| text.head().into());
    let count = known.chars().count();
    let start =
        if offset < 0.0 { count.saturating_sub(position(-offset)) } else { position(offset) };
    let wanted = if length < 0.0 { usize::MAX } else { position(length) };
    let end = start.saturating_add(wanted);
    let byte = |at: usize| known.char_indices().nth(at).map_or(known.len(), |(index, _)| index);
    let head =
        Text { pieces: text.pieces.iter().take_while(|it| **it != Piece::Hole).cloned().collect() };
    let mut cut = head.cut(byte(start), byte(end).max(byte(start)));
    if whole.is_none() && end > count {
        cut.push(Piece::Hole);
    }
    Some(Data::new(Kind::Text(cut)))
}

fn indent(evaluator: &Evaluator<'_>, spaces: f64, text: &Text) -> Option<Data> {
    if !(0.0..=1000.0).contains(&spaces) {
        return None;
    }
    let lines: usize = text.pieces.iter().map(|it| it.literal().map_or(0, line_ends)).sum();
    let longer = lines.saturating_mul(position(spaces));
    if text.len() + longer > MAX_TEXT || !evaluator.spend(lines) {
        return None;
    }
    let break_with_indent: Rc<str> = format!("\n{}", " ".repeat(position(spaces))).into();
    // Each line stays a piece of its own, with the spot where it stands.
    let mut indented = Text::default();
    for piece in &text.pieces {
        let Piece::Literal(literal, spot) = piece else {
            indented.push(Piece::Hole);
            continue;
        };
        let mut at = 0;
        for line in literal.split_inclusive('\n') {
            let kept = line.trim_end_matches('\n').len();
            let spot = spot.map(|spot| spot.part(at, at + kept));
            indented.push(Piece::Literal(line.get(..kept).unwrap_or_default().into(), spot));
            if kept < line.len() {
                indented.push(Piece::Literal(Rc::clone(&break_with_indent), None));
            }
            at += line.len();
        }
    }
    Some(Data::new(Kind::Text(indented)))
}

fn line_ends(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

fn split(separator: &str, text: &Text) -> Option<Data> {
    let whole = text.whole()?;
    if separator.is_empty() || whole.matches(separator).count() >= MAX_ITEMS {
        return None;
    }
    let mut cuts = text.cuts();
    let mut at = 0;
    let mut parts = Vec::new();
    for part in whole.split(separator) {
        let mut cut = cuts.cut(at, at + part.len());
        if cut.pieces.is_empty() {
            cut = Text::known("", None);
        }
        parts.push(Data::new(Kind::Text(cut)));
        at += part.len() + separator.len();
    }
    Some(Data::list(parts))
}

fn join(arguments: &Arguments) -> Option<Data> {
    let separator = arguments.text(0)?;
    let mut joined = Text::default();
    let mut length = Length::default();
    let mut is_first = true;
    let mut open = arguments.open;
    for list in arguments.values.get(1..)? {
        let Some(items) = list.as_items() else {
            open = true;
            continue;
        };
        open |= items.open;
        for item in &items.values {
            if !std::mem::take(&mut is_first) {
                joined.append(&separator);
            }
            joined.append(&item.to_text().unwrap_or_else(Text::hole));
            if length.of(&joined) > MAX_TEXT {
                return None;
            }
        }
    }
    if open {
        joined.push(Piece::Hole);
    }
    Some(Data::new(Kind::Text(joined)))
}

fn regex(evaluator: &Evaluator<'_>, expression: &Regex, text: &str) -> Option<Data> {
    match expression.captures(text) {
        Some(captures) => captured(evaluator, expression, &captures),
        None => Some(Data::error()),
    }
}

/// Pays for a match after which `rest` bytes follow: looking for the next one may walk them all.
fn pay_match(evaluator: &Evaluator<'_>, rest: usize) -> Option<()> {
    evaluator.spend(1 + rest / MATCH_STEP).then_some(())
}

fn regex_all(evaluator: &Evaluator<'_>, expression: &Regex, text: &str) -> Option<Data> {
    let found = expression.captures_iter(text).take(MAX_ITEMS);
    let found = found.map(|captures| {
        pay_match(evaluator, text.len() - captures.get_match().end())?;
        captured(evaluator, expression, &captures)
    });
    Some(Data::list(found.collect::<Option<_>>()?))
}

/// The whole match, or its groups: a list, or a map where they are named. Groups may hold the same text
/// many times.
fn captured(
    evaluator: &Evaluator<'_>,
    expression: &Regex,
    captures: &regex::Captures<'_>,
) -> Option<Data> {
    let copied: usize = captures.iter().flatten().map(|found| found.len()).sum();
    if !evaluator.spend(expression.captures_len() + copied / 16) {
        return None;
    }
    let group = |index: usize| match captures.get(index) {
        Some(found) => Data::text(found.as_str()),
        None => Data::new(Kind::Null),
    };
    if expression.captures_len() == 1 {
        return Some(group(0));
    }
    let names: Vec<Option<&str>> = expression.capture_names().skip(1).collect();
    if names.iter().all(Option::is_some) {
        let named = names.into_iter().flatten().enumerate();
        let entries = named.map(|(at, name)| MapEntry::new(name, group(at + 1))).collect();
        return Some(Data::map(entries, false));
    }
    Some(Data::list((1..expression.captures_len()).map(group).collect()))
}
