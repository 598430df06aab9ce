//! Functions on texts: cutting, padding, quoting, indenting.
//!
//! Invariant: what a function only moves keeps its origins; searching takes linear time.

use std::collections::HashSet;

use memchr::memmem;

use super::Parameter::{Any, Int, Text as AnyText};
use super::{Answer, Function, Stop, convert, replace as replace_all, stop};
use crate::call::Invocation;
use crate::format;
use crate::text::{Builder, Text};
use crate::value::{Data, Map, MapType, Value};

pub(super) const TABLE: &[Function] = &[
    Function::plain("abbrev", &[Int, AnyText], abbrev),
    Function::plain("abbrevboth", &[Int, Int, AnyText], abbrevboth),
    Function::variadic("cat", &[Any], cat),
    Function::plain("contains", &[AnyText, AnyText], contains),
    Function::plain("hasPrefix", &[AnyText, AnyText], has_prefix),
    Function::plain("hasSuffix", &[AnyText, AnyText], has_suffix),
    Function::plain("hello", &[], hello),
    Function::plain("indent", &[Int, AnyText], indent),
    Function::plain("nindent", &[Int, AnyText], nindent),
    Function::plain("join", &[AnyText, Any], join),
    Function::plain("nospace", &[AnyText], nospace),
    Function::plain("plural", &[AnyText, AnyText, Int], plural),
    Function::variadic("quote", &[Any], quote),
    Function::plain("repeat", &[Int, AnyText], repeat),
    Function::plain("replace", &[AnyText, AnyText, AnyText], replace),
    Function::plain("split", &[AnyText, AnyText], split),
    Function::plain("splitList", &[AnyText, AnyText], split_list),
    Function::plain("splitn", &[AnyText, Int, AnyText], splitn),
    Function::variadic("squote", &[Any], squote),
    Function::plain("substr", &[Int, Int, AnyText], substr),
    Function::plain("toString", &[Any], to_string),
    Function::plain("toStrings", &[Any], to_strings),
    Function::plain("trim", &[AnyText], trim),
    Function::plain("trimAll", &[AnyText, AnyText], trim_all),
    Function::plain("trimall", &[AnyText, AnyText], trim_all),
    Function::plain("trimPrefix", &[AnyText, AnyText], trim_prefix),
    Function::plain("trimSuffix", &[AnyText, AnyText], trim_suffix),
    Function::plain("trunc", &[Int, AnyText], trunc),
    Function::plain("wrap", &[Int, AnyText], wrap),
    Function::plain("wrapWith", &[Int, AnyText, AnyText], wrap_with),
];

fn hello(_: &mut Invocation<'_, '_>) -> Answer {
    Ok("Hello!".into())
}

fn abbrev(call: &mut Invocation<'_, '_>) -> Answer {
    let (width, text) = (call.int(0), call.text(1));
    if width < 4 || text.len() as i64 <= width {
        return Ok(text.into());
    }
    let mut builder = Builder::default();
    builder.push_slice(&text, 0..(width - 3).unsigned_abs() as usize);
    builder.push("...");
    Ok(builder.finish().into())
}

fn abbrevboth(call: &mut Invocation<'_, '_>) -> Answer {
    let (left, right, text) = (call.int(0), call.int(1), call.text(2));
    let length = text.len() as i64;
    if right < 4 || (left > 0 && right < 7) || length <= right {
        return Ok(text.into());
    }
    let at = |place: i64| usize::try_from(place.max(0)).unwrap_or(usize::MAX);
    let cut = |from: i64, to: i64| text.slice(at(from)..at(to));
    let keep = right - 3;
    let left = if length - left < keep { length - keep } else { left };
    let mut builder = Builder::default();
    if left <= 4 {
        builder.push_text(&cut(0, keep));
        builder.push("...");
    } else if left + keep < length {
        builder.push("...");
        builder.push_text(&cut(left, left + keep - 3));
        builder.push("...");
    } else {
        builder.push("...");
        builder.push_text(&cut(length - keep, length));
    }
    Ok(builder.finish().into())
}

fn cat(call: &mut Invocation<'_, '_>) -> Answer {
    let values: Vec<Value> = call.rest(0).iter().filter(|value| !value.is_nil()).cloned().collect();
    let mut builder = Builder::default();
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            builder.push(" ");
        }
        let text = printed(call, value)?;
        call.executor.fuel.append(builder.len(), text.len())?;
        builder.push_text(&text);
    }
    Ok(builder.finish().into())
}

/// Returns a value as `%v` prints it.
fn printed(call: &mut Invocation<'_, '_>, value: &Value) -> Result<Text, Stop> {
    Ok(format::sprint(std::slice::from_ref(value), &mut call.executor.fuel)?)
}

fn contains(call: &mut Invocation<'_, '_>) -> Answer {
    let (part, text) = (call.text(0), call.text(1));
    Ok(memmem::find(text.as_bytes(), part.as_bytes()).is_some().into())
}

fn has_prefix(call: &mut Invocation<'_, '_>) -> Answer {
    Ok(call.text(1).as_bytes().starts_with(call.text(0).as_bytes()).into())
}

fn has_suffix(call: &mut Invocation<'_, '_>) -> Answer {
    Ok(call.text(1).as_bytes().ends_with(call.text(0).as_bytes()).into())
}

fn indented(call: &mut Invocation<'_, '_>, before: &str) -> Answer {
    let (spaces, text) = (call.int(0), call.text(1));
    let Ok(spaces) = usize::try_from(spaces) else {
        return stop("strings: negative Repeat count");
    };
    let lines = text.as_bytes().split(|byte| *byte == b'\n').count();
    call.pay_text(spaces.saturating_mul(lines).saturating_add(text.len() + before.len()))?;
    let pad = " ".repeat(spaces);
    let mut builder = Builder::default();
    builder.push(before);
    let mut at = 0;
    for line in text.as_bytes().split_inclusive(|byte| *byte == b'\n') {
        builder.push(&pad);
        builder.push_slice(&text, at..at + line.len());
        at += line.len();
    }
    if text.is_empty() || text.as_bytes().ends_with(b"\n") {
        builder.push(&pad);
    }
    Ok(builder.finish().into())
}

fn indent(call: &mut Invocation<'_, '_>) -> Answer {
    indented(call, "")
}

fn nindent(call: &mut Invocation<'_, '_>) -> Answer {
    indented(call, "\n")
}

fn join(call: &mut Invocation<'_, '_>) -> Answer {
    let separator = call.text(0);
    let texts = convert::texts(call, 1)?;
    let length: usize = texts.iter().map(Text::len).sum();
    call.pay_text(length.saturating_add(separator.len().saturating_mul(texts.len())))?;
    let mut builder = Builder::default();
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            builder.push_text(&separator);
        }
        builder.push_text(text);
    }
    Ok(builder.finish().into())
}

/// Go's library takes each byte for a character, so that other text than ASCII is spoilt where
/// there is a space.
fn nospace(call: &mut Invocation<'_, '_>) -> Answer {
    let text = call.text(0);
    call.pay_text(text.len().saturating_mul(2))?;
    let letters = text.as_bytes().iter().map(|byte| char::from(*byte));
    if !letters.clone().any(char::is_whitespace) {
        return Ok(text.into());
    }
    let plain: String = letters.filter(|letter| !letter.is_whitespace()).collect();
    Ok(Text::from(plain).into())
}

fn plural(call: &mut Invocation<'_, '_>) -> Answer {
    Ok(call.value(usize::from(call.int(2) != 1)))
}

fn quote(call: &mut Invocation<'_, '_>) -> Answer {
    let values = call.arguments.clone();
    let mut builder = Builder::default();
    for value in values.iter().filter(|value| !value.is_nil()) {
        if !builder.is_empty() {
            builder.push(" ");
        }
        let text = convert::text(value, &mut call.executor.fuel)?;
        call.pay_text(text.len().saturating_mul(2))?;
        builder.push_text(&format::quote::quote(&text, false));
    }
    Ok(builder.finish().into())
}

fn squote(call: &mut Invocation<'_, '_>) -> Answer {
    let values = call.arguments.clone();
    let mut builder = Builder::default();
    for value in values.iter().filter(|value| !value.is_nil()) {
        if !builder.is_empty() {
            builder.push(" ");
        }
        builder.push("'");
        builder.push_text(&printed(call, value)?);
        builder.push("'");
    }
    Ok(builder.finish().into())
}

/// How many copies of a text know where each of their bytes comes from.
const MAX_TRACED_COPIES: usize = 1_000;

fn repeat(call: &mut Invocation<'_, '_>) -> Answer {
    let text = call.text(1);
    let Ok(count) = usize::try_from(call.int(0)) else {
        return stop("strings: negative Repeat count");
    };
    call.pay_text(count.saturating_mul(text.len()))?;
    if text.is_empty() {
        return Ok("".into());
    }
    // Beyond a few, nobody asks which of the copies it was.
    if count > MAX_TRACED_COPIES {
        let copies = Text::from(text.as_bytes().repeat(count));
        return Ok(copies.marked(text.common_origin()).into());
    }
    let mut builder = Builder::default();
    for _ in 0..count {
        builder.push_text(&text);
    }
    Ok(builder.finish().into())
}

fn replace(call: &mut Invocation<'_, '_>) -> Answer {
    let (old, new, text) = (call.text(0), call.text(1), call.text(2));
    call.pay_text(text.len())?;
    if !old.is_empty() {
        let found = memmem::find_iter(text.as_bytes(), old.as_bytes()).count();
        call.executor.fuel.step(found)?;
        let grown = found.saturating_mul(new.len());
        call.pay_text(text.len().saturating_add(grown))?;
        return Ok(replace_all(&text, old.as_bytes(), &new).into());
    }
    // An empty text stands before each character and at the end.
    let content = text.to_str().into_owned();
    let places = content.chars().count() + 1;
    call.pay_text(places.saturating_mul(new.len()).saturating_add(content.len()))?;
    let mut builder = Builder::default();
    for (at, letter) in content.char_indices() {
        builder.push_text(&new);
        builder.push_slice(&text, at..at + letter.len_utf8());
    }
    builder.push_text(&new);
    Ok(builder.finish().into())
}

/// Returns the parts between separators, at most `limit` of them.
fn parts(
    call: &mut Invocation<'_, '_>,
    separator: &Text,
    text: &Text,
    limit: usize,
) -> Result<Vec<Text>, Stop> {
    let bytes = text.as_bytes();
    let cuts = limit.saturating_sub(1);
    let mut ends = Vec::new();
    if separator.is_empty() {
        // A byte that is no letter is a part of its own.
        let sizes = bytes.utf8_chunks().flat_map(|chunk| {
            let valid = chunk.valid().chars().map(char::len_utf8);
            valid.chain(chunk.invalid().iter().map(|_| 1))
        });
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let cuts = cuts.min(sizes.clone().count() - 1);
        call.pay_items(cuts + 1)?;
        ends.extend(sizes.take(cuts).scan(0, |at, size| {
            *at += size;
            Some((*at, *at))
        }));
    } else {
        let found = || memmem::find_iter(bytes, separator.as_bytes()).take(cuts);
        call.pay_items(found().count() + 1)?;
        ends.extend(found().map(|at| (at, at + separator.len())));
    }
    let mut parts = Vec::with_capacity(ends.len() + 1);
    let mut at = 0;
    for (end, next) in ends {
        parts.push(text.slice(at..end));
        at = next;
    }
    parts.push(text.slice(at..bytes.len()));
    Ok(parts)
}

fn numbered(parts: Vec<Text>) -> Value {
    let map = Map::new(MapType::Text);
    for (index, part) in parts.into_iter().enumerate() {
        map.set(&format!("_{index}"), part.into());
    }
    map.into()
}

fn split(call: &mut Invocation<'_, '_>) -> Answer {
    let (separator, text) = (call.text(0), call.text(1));
    Ok(numbered(parts(call, &separator, &text, usize::MAX)?))
}

fn split_list(call: &mut Invocation<'_, '_>) -> Answer {
    let (separator, text) = (call.text(0), call.text(1));
    Ok(Value::texts(parts(call, &separator, &text, usize::MAX)?))
}

fn splitn(call: &mut Invocation<'_, '_>) -> Answer {
    let (separator, limit, text) = (call.text(0), call.int(1), call.text(2));
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if limit == 0 {
        return Ok(numbered(Vec::new()));
    }
    Ok(numbered(parts(call, &separator, &text, limit)?))
}

fn substr(call: &mut Invocation<'_, '_>) -> Answer {
    let (start, end, text) = (call.int(0), call.int(1), call.text(2));
    let length = text.len() as i64;
    let (from, to) = match (start < 0, end < 0 || end > length) {
        (true, _) => (0, end),
        (false, true) => (start, length),
        (false, false) => (start, end),
    };
    match (usize::try_from(from), usize::try_from(to)) {
        (Ok(from), Ok(to)) if from <= to && to <= text.len() => Ok(text.slice(from..to).into()),
        _ => stop("runtime error: slice bounds out of range"),
    }
}

fn to_string(call: &mut Invocation<'_, '_>) -> Answer {
    Ok(convert::text(&call.value(0), &mut call.executor.fuel)?.into())
}

fn to_strings(call: &mut Invocation<'_, '_>) -> Answer {
    Ok(Value::texts(convert::texts(call, 0)?))
}

/// Returns the text without what `strip` takes away at its ends.
fn stripped(text: &Text, strip: impl Fn(char) -> bool) -> Value {
    let content = text.to_str();
    if content.len() != text.len() {
        // Bytes that are no text stand for themselves.
        return text.clone().into();
    }
    let end = content.trim_end_matches(&strip).len();
    let start = content.get(..end).unwrap_or_default().trim_start_matches(&strip).len();
    text.slice(end - start..end).into()
}

fn trim(call: &mut Invocation<'_, '_>) -> Answer {
    Ok(stripped(&call.text(0), char::is_whitespace))
}

fn trim_all(call: &mut Invocation<'_, '_>) -> Answer {
    let letters: HashSet<char> = call.text(0).to_str().chars().collect();
    Ok(stripped(&call.text(1), |letter| letters.contains(&letter)))
}

fn trim_prefix(call: &mut Invocation<'_, '_>) -> Answer {
    let (prefix, text) = (call.text(0), call.text(1));
    let found = text.as_bytes().starts_with(prefix.as_bytes());
    let start = if found { prefix.len() } else { 0 };
    Ok(text.slice(start..text.len()).into())
}

fn trim_suffix(call: &mut Invocation<'_, '_>) -> Answer {
    let (suffix, text) = (call.text(0), call.text(1));
    let found = text.as_bytes().ends_with(suffix.as_bytes());
    let end = text.len() - if found { suffix.len() } else { 0 };
    Ok(text.slice(0..end).into())
}

fn trunc(call: &mut Invocation<'_, '_>) -> Answer {
    let (count, text) = (call.int(0), call.text(1));
    let size = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let length = text.len();
    if size >= length {
        return Ok(text.into());
    }
    Ok(if count < 0 { text.slice(length - size..length) } else { text.slice(0..size) }.into())
}

fn wrap(call: &mut Invocation<'_, '_>) -> Answer {
    let (width, text) = (call.int(0), call.text(1));
    wrapped(call, width, &Text::from("\n"), &text, false)
}

fn wrap_with(call: &mut Invocation<'_, '_>) -> Answer {
    let (width, separator, text) = (call.int(0), call.text(1), call.text(2));
    let separator = if separator.is_empty() { Text::from("\n") } else { separator };
    wrapped(call, width, &separator, &text, true)
}

/// Breaks lines at spaces, or inside long words when these may be broken.
fn wrapped(
    call: &mut Invocation<'_, '_>,
    width: i64,
    separator: &Text,
    text: &Text,
    breaks_words: bool,
) -> Answer {
    let width = usize::try_from(width).unwrap_or(1).max(1);
    let bytes = text.as_bytes();
    let breaks = bytes.len() / width + 1;
    call.pay_text(breaks.saturating_mul(separator.len()).saturating_add(bytes.len()))?;
    let mut builder = Builder::default();
    let mut at = 0;
    while bytes.len() - at > width {
        if bytes.get(at) == Some(&b' ') {
            at += 1;
            continue;
        }
        let line = bytes.get(at..=at + width).unwrap_or_default();
        let end = if let Some(space) = line.iter().rposition(|byte| *byte == b' ') {
            builder.push_slice(text, at..at + space);
            at + space + 1
        } else if breaks_words {
            builder.push_slice(text, at..at + width);
            at + width
        } else {
            let rest = bytes.get(at + width..).unwrap_or_default();
            let Some(space) = rest.iter().position(|byte| *byte == b' ') else { break };
            builder.push_slice(text, at..at + width + space);
            at + width + space + 1
        };
        builder.push_text(separator);
        at = end;
    }
    builder.push_slice(text, at..bytes.len());
    Ok(builder.finish().into())
}

/// Returns a text argument's value when it is one, for functions that take any value.
pub(super) fn as_text(value: &Value) -> Option<&Text> {
    match &value.data {
        Data::Text(text) => Some(text),
        _ => None,
    }
}
