//! YAML as the Go writers Helm uses write it.
//!
//! Invariants: what is written reads back as the same value; a scalar that is written without
//! escapes keeps its origins.

use std::cmp::Ordering;

use super::{float, quote};
use crate::budget::Fuel;
use crate::error::{Outcome, failure};
use crate::origin::Origin;
use crate::scalar::{self, Resolved};
use crate::text::{Builder, Text};
use crate::value::{Data, List, Value};

/// Which Go writer it is.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Style {
    /// `sigs.k8s.io/yaml`: lists at their key's column, long lines folded.
    Plain,
    /// go-yaml 3 with an indentation of 2.
    Pretty,
}

/// The column from which long scalars are folded.
const WIDTH: usize = 80;

/// The longest key that stands before its `:` on one line.
const SIMPLE_KEY: usize = 128;

/// Returns the value as one YAML document, without the line feed at its end.
pub(crate) fn yaml(value: &Value, style: Style, fuel: &mut Fuel) -> Outcome<Text> {
    let mut writer = Writer { style, out: Builder::default(), column: 0 };
    writer.node(value, -2, true, 0, fuel)?;
    fuel.text(writer.out.len())?;
    let text = writer.out.finish();
    let end = text.len() - usize::from(text.as_bytes().ends_with(b"\n"));
    Ok(text.slice(0..end))
}

struct Writer {
    style: Style,
    out: Builder,
    column: usize,
}

/// How a scalar is written.
#[derive(Clone, Copy, PartialEq)]
enum Quoting {
    Plain,
    Single,
    Double,
    Literal,
}

impl Writer {
    fn push(&mut self, text: &str) {
        self.out.push(text);
        match text.rsplit_once('\n') {
            Some((_, last)) => self.column = last.chars().count(),
            None => self.column += text.chars().count(),
        }
    }

    fn new_line(&mut self, indent: isize) {
        if self.column > 0 {
            self.push("\n");
        }
        self.push(&" ".repeat(indent.max(0).unsigned_abs()));
    }

    /// Writes a value whose parent's items stand at `indent`. A scalar continues this line; so does
    /// the first entry of a map or list when it is `inline`, behind a `- ` or at the very start.
    fn node(
        &mut self,
        value: &Value,
        indent: isize,
        inline: bool,
        depth: usize,
        fuel: &mut Fuel,
    ) -> Outcome<()> {
        fuel.level(depth)?;
        match &value.data {
            Data::Map(map) if !map.is_empty() => {
                let inner = indent + 2;
                let mut entries = map.entries();
                entries.sort_by(|(left, _), (right, _)| natural(&left.to_str(), &right.to_str()));
                for (index, (key, item)) in entries.iter().enumerate() {
                    if index > 0 || !inline {
                        self.new_line(inner);
                    }
                    self.check(key)?;
                    if self.key(key, inner) {
                        self.node(item, inner, true, depth + 1, fuel)?;
                    } else {
                        self.under_key(item, inner, depth, fuel)?;
                    }
                }
            }
            Data::List(list) if list.is_nil => {
                self.scalar(&Value::nil(), (indent + 2).max(2), fuel)?;
            }
            Data::List(list) if !list.is_empty() => {
                self.list(list, indent + 2, inline, depth, fuel)?;
            }
            Data::Map(_) => {
                self.space();
                self.push("{}");
            }
            Data::List(_) => {
                self.space();
                self.push("[]");
            }
            Data::Object(object) => {
                let inner = match object.encoded() {
                    Some(text) => text.into(),
                    None => object.as_value().unwrap_or_else(|| crate::Map::default().into()),
                };
                self.node(&inner, indent, inline, depth + 1, fuel)?;
            }
            _ => self.scalar(value, (indent + 2).max(2), fuel)?,
        }
        Ok(())
    }

    fn list(
        &mut self,
        list: &List,
        inner: isize,
        inline: bool,
        depth: usize,
        fuel: &mut Fuel,
    ) -> Outcome<()> {
        for (index, item) in list.items().iter().enumerate() {
            if index > 0 || !inline {
                self.new_line(inner);
            }
            self.push("- ");
            self.node(item, inner, true, depth + 1, fuel)?;
        }
        Ok(())
    }

    /// Writes a key with its colon; returns whether its value goes on behind it even when it is a
    /// map or list, because the key has a line of its own.
    fn key(&mut self, key: &Text, indent: isize) -> bool {
        let content = key.to_str();
        let multiline = content.contains(is_break);
        if content.len() > SIMPLE_KEY || multiline {
            self.push("?");
            self.text(key, indent + 2, false);
            self.new_line(indent);
            self.push(": ");
            return true;
        }
        // A scalar brings its own space, which a key has no use for.
        let mut writer = Self { style: self.style, out: Builder::default(), column: 0 };
        writer.text(key, indent + 2, true);
        let written = writer.out.finish();
        self.out.push_slice(&written, 1..written.len());
        self.column += written.to_str().chars().count() - 1;
        self.push(":");
        false
    }

    fn under_key(
        &mut self,
        item: &Value,
        indent: isize,
        depth: usize,
        fuel: &mut Fuel,
    ) -> Outcome<()> {
        match item.as_list() {
            // Lists stand at the column of their key.
            Some(list) if self.style == Style::Plain && !list.is_empty() => {
                fuel.level(depth)?;
                self.list(list, indent, false, depth + 1, fuel)
            }
            _ => self.node(item, indent, false, depth + 1, fuel),
        }
    }

    /// Writes a scalar after a space; what does not fit a line goes on at `indent`.
    fn scalar(&mut self, value: &Value, indent: isize, fuel: &mut Fuel) -> Outcome<()> {
        let plain = match &value.data {
            Data::Bool(value) => value.to_string(),
            Data::Int(value) | Data::Int64(value) => value.to_string(),
            Data::Float(value) => self.number(*value)?,
            Data::Text(text) => {
                fuel.append(self.out.len(), text.len())?;
                self.check(text)?;
                self.text(text, indent, false);
                return Ok(());
            }
            Data::Bytes(bytes) => {
                fuel.text(bytes.len().saturating_mul(2))?;
                let text = Text::from(crate::functions::base64(bytes.as_bytes()));
                self.text(&text, indent, false);
                return Ok(());
            }
            _ => "null".to_owned(),
        };
        self.space();
        let start = self.out.len();
        self.push(&plain);
        if let Some(origin) = value.origin {
            self.out.mark(start, Origin::of_value(origin));
        }
        Ok(())
    }

    /// The way through JSON ends at characters that YAML does not allow.
    fn check(&self, text: &Text) -> Outcome<()> {
        let refused = |letter| matches!(letter, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}');
        if self.style == Style::Plain && text.to_str().contains(refused) {
            return Err(failure("yaml: control characters are not allowed"));
        }
        Ok(())
    }

    fn number(&self, value: f64) -> Outcome<String> {
        if self.style == Style::Pretty {
            return Ok(match value {
                value if value.is_nan() => ".nan".to_owned(),
                value if value == f64::INFINITY => ".inf".to_owned(),
                value if value == f64::NEG_INFINITY => "-.inf".to_owned(),
                value => float::shortest(value),
            });
        }
        // The way goes through JSON, where an integral float has no point.
        let json = float::json(value).ok_or_else(|| failure("json: unsupported value"))?;
        Ok(match scalar::resolve(&json) {
            Resolved::Int(_) | Resolved::Unsigned(_) => json,
            _ => float::shortest(value),
        })
    }

    fn space(&mut self) {
        if self.column > 0 && !self.out.ends_with_space() {
            self.push(" ");
        } else if self.out.is_empty() {
            self.column = 0;
        }
    }

    fn text(&mut self, text: &Text, indent: isize, is_key: bool) {
        let lossy;
        let text = if std::str::from_utf8(text.as_bytes()).is_ok() {
            text
        } else {
            lossy = Text::from(text.to_str().into_owned()).marked(text.common_origin());
            &lossy
        };
        let content = text.to_str();
        let quoting = quoting(&content, self.style, is_key);
        if is_key {
            self.push(" ");
        } else {
            self.space();
        }
        match quoting {
            Quoting::Literal => self.literal(text, &content, indent),
            Quoting::Plain => self.folded(text, &content, indent, quoting, is_key),
            Quoting::Single => {
                self.push("'");
                self.folded(text, &content, indent, quoting, is_key);
                self.push("'");
            }
            Quoting::Double => {
                self.push("\"");
                self.folded(text, &content, indent, quoting, is_key);
                self.push("\"");
            }
        }
    }

    /// Writes the inside of a plain or quoted scalar, folded at spaces beyond the width.
    fn folded(
        &mut self,
        text: &Text,
        content: &str,
        indent: isize,
        quoting: Quoting,
        is_key: bool,
    ) {
        let mut kept = 0;
        let mut after_space = false;
        let mut letters = content.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            let next = letters.peek().map(|(_, letter)| *letter);
            let inside = at > 0 && next.is_some();
            let folds = letter == ' '
                && !is_key
                && self.style == Style::Plain
                && !after_space
                && self.column > WIDTH
                && match quoting {
                    Quoting::Plain => next != Some(' '),
                    Quoting::Single => inside && next != Some(' '),
                    _ => inside,
                };
            if folds {
                self.out.push_slice(text, kept..at);
                self.push("\n");
                self.new_line(indent);
                if quoting == Quoting::Double && next == Some(' ') {
                    self.push("\\");
                }
                kept = at + 1;
            } else {
                let replacement = match quoting {
                    Quoting::Single if letter == '\'' => Some("''".to_owned()),
                    Quoting::Double => escape(letter),
                    _ => None,
                };
                if let Some(replacement) = replacement {
                    let end = at + letter.len_utf8();
                    quote::replace(text, kept..at, end, &replacement, &mut self.out);
                    self.column += replacement.chars().count();
                    kept = end;
                } else {
                    self.column += 1;
                }
            }
            after_space = letter == ' ';
        }
        self.out.push_slice(text, kept..content.len());
    }

    fn literal(&mut self, text: &Text, content: &str, indent: isize) {
        self.push("|");
        if content.starts_with([' ', '\n']) {
            self.push("2");
        }
        if !content.ends_with('\n') {
            self.push("-");
        } else if content == "\n" || content.ends_with("\n\n") {
            self.push("+");
        }
        self.push("\n");
        let pad = " ".repeat(indent.max(0).unsigned_abs());
        let mut at = 0;
        for line in content.split_inclusive('\n') {
            if line != "\n" {
                self.out.push(&pad);
            }
            self.out.push_slice(text, at..at + line.len());
            at += line.len();
        }
        // What follows begins its own line where this one did not end.
        self.column = usize::from(!content.ends_with('\n'));
    }
}

/// Returns how a text is written so that it reads back as itself.
fn quoting(content: &str, style: Style, is_key: bool) -> Quoting {
    let looks = look(content, style);
    let is_text = scalar::resolve(content) == Resolved::Text && !scalar::is_base_60(content);
    let quoted = if looks.single { Quoting::Single } else { Quoting::Double };
    if content.contains('\n') {
        return if looks.block && !is_key { Quoting::Literal } else { Quoting::Double };
    }
    match (is_text, looks.plain) {
        (false, _) => Quoting::Double,
        (true, true) => Quoting::Plain,
        (true, false) => quoted,
    }
}

/// Which ways of writing a text allows.
struct Looks {
    plain: bool,
    single: bool,
    block: bool,
}

fn look(content: &str, style: Style) -> Looks {
    let mut looks = Looks { plain: true, single: true, block: !content.is_empty() };
    if content.starts_with("---") || content.starts_with("...") {
        looks.plain = false;
    }
    let mut before = ' ';
    let mut letters = content.chars().peekable();
    let mut first = true;
    while let Some(letter) = letters.next() {
        let blank_follows = letters.peek().is_none_or(|next| is_blank(*next));
        let indicates = match letter {
            ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@'
            | '`' => first,
            '#' => first || is_blank(before),
            '?' | '-' => first && blank_follows,
            ':' => blank_follows,
            _ => false,
        };
        let break_before = is_break(before) && !first;
        if indicates || is_break(letter) {
            looks.plain = false;
        }
        if letter == ' ' && (first || letters.peek().is_none() || break_before) {
            looks.plain = false;
            looks.single &= !break_before;
            looks.block &= letters.peek().is_some();
        }
        if letter == '\t' && style == Style::Pretty {
            looks = Looks { plain: false, single: false, ..looks };
        } else if !is_printable(letter) || (is_break(letter) && before == ' ' && !first) {
            looks = Looks { plain: false, single: false, block: false };
        }
        before = letter;
        first = false;
    }
    looks
}

fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t') || is_break(letter)
}

fn is_break(letter: char) -> bool {
    matches!(letter, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_printable(letter: char) -> bool {
    matches!(letter,
        '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

fn escape(letter: char) -> Option<String> {
    let short = match letter {
        '\0' => "\\0",
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\u{b}' => "\\v",
        '\u{c}' => "\\f",
        '\r' => "\\r",
        '\u{1b}' => "\\e",
        '"' => "\\\"",
        '\\' => "\\\\",
        '\u{85}' => "\\N",
        '\u{2028}' => "\\L",
        '\u{2029}' => "\\P",
        letter if is_printable(letter) => return None,
        letter => {
            let code = u32::from(letter);
            return Some(match code {
                ..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            });
        }
    };
    Some(short.to_owned())
}

/// Compares keys as go-yaml does: digits by their number, letters after what is none.
fn natural(left: &str, right: &str) -> Ordering {
    let left_letters: Vec<char> = left.chars().collect();
    let right_letters: Vec<char> = right.chars().collect();
    let number = |letters: &[char], from: usize| {
        let digits = letters.iter().skip(from).take_while(|letter| letter.is_ascii_digit());
        digits.fold((0_i64, from), |(number, end), digit| {
            let value = i64::from(digit.to_digit(10).unwrap_or_default());
            (number.wrapping_mul(10).wrapping_add(value), end + 1)
        })
    };
    for (at, (one, other)) in left_letters.iter().zip(&right_letters).enumerate() {
        if one == other {
            continue;
        }
        match (one.is_alphabetic(), other.is_alphabetic()) {
            (true, true) => return one.cmp(other),
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            (false, false) => {}
        }
        let (mut left_number, left_end) = number(&left_letters, at);
        let (mut right_number, right_end) = number(&right_letters, at);
        if *one == '0' || *other == '0' {
            let before = left_letters.iter().take(at).rev();
            let mut digits = before.take_while(|letter| letter.is_ascii_digit());
            if digits.any(|digit| *digit != '0') {
                let prefix = |end: usize, number: i64| {
                    let scale = 10_i64.wrapping_pow((end - at) as u32);
                    scale.wrapping_add(number)
                };
                left_number = prefix(left_end, left_number);
                right_number = prefix(right_end, right_number);
            }
        }
        return left_number.cmp(&right_number).then(left_end.cmp(&right_end)).then(one.cmp(other));
    }
    left_letters.len().cmp(&right_letters.len())
}
