//! Rewrites regular expressions of Go to the syntax of the library.
//!
//! Invariant: what Go refuses is refused, and what both accept means the same.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::CharIndices;

/// The highest number that a repetition may name.
const MOST: u32 = 1000;

/// Returns the pattern in the library's syntax; `None` for what Go does not accept.
pub(super) fn translated(pattern: &str) -> Option<String> {
    let mut translator = Translator {
        pattern,
        letters: pattern.char_indices().peekable(),
        out: String::with_capacity(pattern.len() + 16),
        names: BTreeSet::new(),
    };
    translator.run()?;
    Some(translator.out)
}

struct Translator<'p> {
    pattern: &'p str,
    letters: Peekable<CharIndices<'p>>,
    out: String,
    /// The names of groups so far; Go lets a name stand twice.
    names: BTreeSet<&'p str>,
}

impl<'p> Translator<'p> {
    fn rest(&mut self) -> &'p str {
        let at = self.letters.peek().map_or(self.pattern.len(), |(at, _)| *at);
        self.pattern.get(at..).unwrap_or_default()
    }

    fn skip(&mut self, bytes: usize) {
        let end = self.pattern.len() - self.rest().len() + bytes;
        while self.letters.next_if(|(at, _)| *at < end).is_some() {}
    }

    fn takes(&mut self, letter: char) -> bool {
        self.letters.next_if(|(_, next)| *next == letter).is_some()
    }

    fn run(&mut self) -> Option<()> {
        let mut repeated = false;
        while let Some((_, letter)) = self.letters.next() {
            let after_repetition = std::mem::take(&mut repeated);
            match letter {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => self.group()?,
                '*' | '+' | '?' => {
                    self.out.push(letter);
                    repeated = true;
                }
                '{' => match repetition(self.rest()) {
                    Repetition::None => self.out.push_str("\\{"),
                    Repetition::TooMany => return None,
                    Repetition::Long(length) => {
                        let text = self.rest().get(..length)?;
                        self.out.push('{');
                        self.out.push_str(text);
                        self.skip(length);
                        repeated = true;
                    }
                },
                '}' | ']' => {
                    self.out.push('\\');
                    self.out.push(letter);
                }
                letter => self.out.push(letter),
            }
            if repeated {
                if after_repetition {
                    return None;
                }
                if self.takes('?') {
                    self.out.push('?');
                }
            }
        }
        Some(())
    }

    /// Rewrites what follows a backslash outside of a class.
    fn escape(&mut self) -> Option<()> {
        let (_, escape) = self.letters.next()?;
        match escape {
            'Q' => {
                let rest = self.rest();
                let (quoted, length) = match rest.split_once("\\E") {
                    Some((quoted, _)) => (quoted, quoted.len() + 2),
                    None => (rest, rest.len()),
                };
                self.out.push_str(&regex::escape(quoted));
                self.skip(length);
            }
            'b' => self.out.push_str(r"(?-u:\b)"),
            'B' => self.out.push_str(r"(?-u:\B)"),
            'A' | 'z' => self.out.extend(['\\', escape]),
            'd' | 's' | 'w' => {
                let class = ascii_class(escape);
                self.out.extend(["[", class, "]"]);
            }
            escape => self.letter_escape(escape)?,
        }
        Some(())
    }

    /// Rewrites the escapes that mean the same inside and outside of a class.
    fn letter_escape(&mut self, escape: char) -> Option<()> {
        match escape {
            'D' | 'S' | 'W' => {
                let class = ascii_class(escape.to_ascii_lowercase());
                self.out.extend(["[^", class, "]"]);
            }
            'a' | 'f' | 'n' | 'r' | 't' | 'v' => self.out.extend(['\\', escape]),
            'p' | 'P' => {
                let rest = self.rest();
                let (name, length) = if let Some(name) = rest.strip_prefix('{') {
                    let end = name.find('}')?;
                    (name.get(..end)?, end + 2)
                } else {
                    let length = rest.chars().next()?.len_utf8();
                    (rest.get(..length)?, length)
                };
                let (name, turned) = match name.strip_prefix('^') {
                    Some(name) => (name, true),
                    None => (name, false),
                };
                let letter = if turned == (escape == 'P') { "p" } else { "P" };
                self.out.extend(["\\", letter, "{", name, "}"]);
                self.skip(length);
            }
            'x' => {
                let rest = self.rest();
                let (digits, length) = match rest.strip_prefix('{') {
                    Some(digits) => {
                        let end = digits.find('}')?;
                        (digits.get(..end)?, end + 2)
                    }
                    None => (rest.get(..2)?, 2),
                };
                self.code(u32::from_str_radix(digits, 16).ok()?)?;
                self.skip(length);
            }
            '0'..='7' => {
                let rest = self.rest();
                let more = rest.bytes().take(2).take_while(|byte| (b'0'..b'8').contains(byte));
                let more = more.count();
                if escape != '0' && more == 0 {
                    return None;
                }
                let digits = format!("{escape}{}", rest.get(..more)?);
                self.code(u32::from_str_radix(&digits, 8).ok()?)?;
                self.skip(more);
            }
            escape if escape.is_ascii() && !escape.is_ascii_alphanumeric() => {
                self.literal(escape);
            }
            _ => return None,
        }
        Some(())
    }

    fn code(&mut self, code: u32) -> Option<()> {
        char::from_u32(code)?;
        write!(self.out, "\\x{{{code:X}}}").ok()
    }

    /// Appends a letter that stands for itself.
    fn literal(&mut self, letter: char) {
        if letter.is_ascii_punctuation() && regex_syntax_special(letter) {
            self.out.push('\\');
        }
        self.out.push(letter);
    }

    fn group(&mut self) -> Option<()> {
        self.out.push('(');
        let rest = self.rest();
        let Some(after) = rest.strip_prefix('?') else { return Some(()) };
        let named = after.strip_prefix("P<").or_else(|| after.strip_prefix('<'));
        if let Some(named) = named {
            let end = named.find('>')?;
            let name = named.get(..end)?;
            let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            if name.is_empty() || !name.bytes().all(is_word) {
                return None;
            }
            self.skip(rest.len() - named.len() + end + 1);
            if self.names.insert(name) {
                // A name may begin with a digit in Go alone.
                if name.starts_with(|first: char| first.is_ascii_digit()) {
                    return Some(());
                }
                self.out.extend(["?P<", name, ">"]);
            }
            return Some(());
        }
        let end = after.find([':', ')'])?;
        let flags = after.get(..end)?;
        if !flags.chars().all(|flag| "imsU-".contains(flag)) {
            return None;
        }
        self.out.extend(["?", flags]);
        self.skip(1 + end);
        Some(())
    }

    fn class(&mut self) -> Option<()> {
        self.out.push('[');
        if self.takes('^') {
            self.out.push('^');
        }
        let mut first = true;
        while first || !self.rest().starts_with(']') {
            let rest = self.rest();
            if let Some(named) = rest.strip_prefix("[:")
                && let Some(end) = named.find(":]")
            {
                self.out.push_str(rest.get(..end + 4)?);
                self.skip(end + 4);
                first = false;
                continue;
            }
            self.class_letter()?;
            first = false;
            let rest = self.rest();
            if rest.starts_with('-') && !rest.starts_with("-]") && rest.len() > 1 {
                self.skip(1);
                self.out.push('-');
                self.class_letter()?;
            }
        }
        self.skip(1);
        self.out.push(']');
        Some(())
    }

    fn class_letter(&mut self) -> Option<()> {
        let (_, letter) = self.letters.next()?;
        if letter != '\\' {
            self.literal(letter);
            return Some(());
        }
        let (_, escape) = self.letters.next()?;
        if let 'd' | 's' | 'w' = escape {
            self.out.push_str(ascii_class(escape));
            return Some(());
        }
        self.letter_escape(escape)
    }
}

/// Returns whether the library takes a sign for anything but itself, in or outside of a class.
fn regex_syntax_special(letter: char) -> bool {
    r"\.+*?()|[]{}^$#&-~".contains(letter)
}

fn ascii_class(letter: char) -> &'static str {
    match letter {
        'd' => "0-9",
        'w' => "0-9A-Za-z_",
        _ => r"\t\n\x0C\r ",
    }
}

enum Repetition {
    /// The brace stands for itself.
    None,
    /// So many bytes follow the brace, with the closing one.
    Long(usize),
    TooMany,
}

fn repetition(rest: &str) -> Repetition {
    let Some(end) = rest.find('}') else { return Repetition::None };
    let inner = rest.get(..end).unwrap_or_default();
    let (least, most) = match inner.split_once(',') {
        Some((least, most)) => (least, Some(most)),
        None => (inner, None),
    };
    let is_number = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        digits && !text.is_empty() && (text.len() == 1 || !text.starts_with('0'))
    };
    if !is_number(least) || most.is_some_and(|most| !most.is_empty() && !is_number(most)) {
        return Repetition::None;
    }
    let number = |text: &str| text.parse::<u32>().unwrap_or(u32::MAX);
    let most = most.filter(|most| !most.is_empty()).map_or(number(least), number);
    if number(least) > MOST || most > MOST || number(least) > most {
        return Repetition::TooMany;
    }
    Repetition::Long(end + 1)
}
