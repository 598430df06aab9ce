//! Go's `fmt.Sprintf`.
//!
//! Invariant: what does not fit its verb is written the way Go writes it, `%!d(string=x)`; the
//! literal pieces and plain texts keep their origins.

use super::{float, print, quote, syntax};
use crate::budget::Fuel;
use crate::error::Outcome;
use crate::origin::Origin;
use crate::text::{Builder, Text};
use crate::value::{Data, Value};

/// A verb with its flags.
#[derive(Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "Go has that many flags")]
struct Verb {
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
    letter: char,
}

/// The widest padding; Go's own limit is the same.
const WIDEST: i64 = 1_000_000;

/// Returns the values written into the pattern.
pub(crate) fn printf(pattern: &Text, values: &[Value], fuel: &mut Fuel) -> Outcome<Text> {
    let mut writer =
        Writer { pattern, at: 0, values, next: 0, reordered: false, out: Builder::default() };
    writer.run(fuel)?;
    fuel.text(writer.out.len())?;
    Ok(writer.out.finish())
}

struct Writer<'p> {
    pattern: &'p Text,
    at: usize,
    values: &'p [Value],
    next: usize,
    reordered: bool,
    out: Builder,
}

impl Writer<'_> {
    fn byte(&self) -> Option<u8> {
        self.pattern.as_bytes().get(self.at).copied()
    }

    fn run(&mut self, fuel: &mut Fuel) -> Outcome<()> {
        loop {
            let rest = self.pattern.as_bytes().get(self.at..).unwrap_or_default();
            let length = rest.iter().position(|byte| *byte == b'%').unwrap_or(rest.len());
            self.out.push_slice(self.pattern, self.at..self.at + length);
            self.at += length;
            if self.byte().is_none() {
                break;
            }
            self.at += 1;
            self.verb(fuel)?;
            fuel.step(1)?;
        }
        if !self.reordered && self.next < self.values.len() {
            self.out.push("%!(EXTRA ");
            for (index, value) in self.values.iter().skip(self.next).enumerate() {
                if index > 0 {
                    self.out.push(", ");
                }
                self.typed(value, fuel)?;
            }
            self.out.push(")");
        }
        Ok(())
    }

    fn typed(&mut self, value: &Value, fuel: &mut Fuel) -> Outcome<()> {
        if !value.is_nil() {
            self.out.push(value.type_name());
            self.out.push("=");
        }
        print::write(value, 0, &mut self.out, fuel)
    }

    /// Reads a number such as a width.
    fn number(&mut self) -> Option<i64> {
        let start = self.at;
        let mut number = 0_i64;
        while let Some(digit @ b'0'..=b'9') = self.byte() {
            number = (number * 10 + i64::from(digit - b'0')).min(WIDEST + 1);
            self.at += 1;
        }
        (self.at > start).then_some(number)
    }

    /// Reads `[n]`, the argument to use next; whether it was well formed.
    fn index(&mut self) -> bool {
        if self.byte() != Some(b'[') {
            return true;
        }
        self.reordered = true;
        self.at += 1;
        let rest = self.pattern.as_bytes().get(self.at..).unwrap_or_default();
        let Some(length) = rest.iter().position(|byte| *byte == b']') else { return false };
        let end = self.at + length;
        let number = self.number().filter(|_| self.at == end);
        self.at = end + 1;
        match number.and_then(|number| usize::try_from(number).ok()) {
            Some(number) if (1..=self.values.len()).contains(&number) => {
                self.next = number - 1;
                true
            }
            _ => false,
        }
    }

    /// Reads a width or precision: digits, or `*` for the next argument.
    fn size(&mut self) -> Result<Option<i64>, &'static str> {
        if self.byte() != Some(b'*') {
            return Ok(self.number());
        }
        self.at += 1;
        let value = self.values.get(self.next).map(|value| &value.data);
        self.next += 1;
        match value {
            Some(Data::Int(size) | Data::Int64(size)) if size.abs() <= WIDEST => Ok(Some(*size)),
            _ => Err(""),
        }
    }

    fn verb(&mut self, fuel: &mut Fuel) -> Outcome<()> {
        let mut verb = Verb::default();
        while let Some(flag) = self.byte() {
            match flag {
                b'-' => (verb.minus, verb.zero) = (true, false),
                b'+' => verb.plus = true,
                b'#' => verb.sharp = true,
                b' ' => verb.space = true,
                b'0' => verb.zero = !verb.minus,
                _ => break,
            }
            self.at += 1;
        }
        let mut well = self.index();
        match self.size() {
            Ok(Some(width)) => {
                if width < 0 {
                    (verb.minus, verb.zero) = (true, false);
                }
                verb.width = Some(width.unsigned_abs() as usize);
            }
            Ok(None) => {}
            Err(_) => self.out.push("%!(BADWIDTH)"),
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            well &= self.index();
            match self.size() {
                Ok(precision) => {
                    verb.precision = usize::try_from(precision.unwrap_or(0)).ok();
                }
                Err(_) => self.out.push("%!(BADPREC)"),
            }
        }
        well &= self.index();
        let rest = self.pattern.as_bytes().get(self.at..).unwrap_or_default();
        let Some(letter) = rest.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next())
        else {
            self.out.push("%!(NOVERB)");
            self.at = self.at.saturating_add(1);
            return Ok(());
        };
        self.at += letter.len_utf8();
        verb.letter = letter;
        // `%+v` names the fields of structs; it gives numbers no sign.
        verb.plus &= letter != 'v';
        if letter == '%' {
            self.out.push("%");
        } else if !well {
            self.out.push(format!("%!{letter}(BADINDEX)"));
        } else if let Some(value) = self.values.get(self.next) {
            self.next += 1;
            fuel.text(verb.width.unwrap_or(0).max(verb.precision.unwrap_or(0)))?;
            write(&verb, value, 0, &mut self.out, fuel)?;
        } else {
            self.out.push(format!("%!{letter}(MISSING)"));
        }
        Ok(())
    }
}

/// Appends a value by a verb; lists and maps apply it to their items.
fn write(
    verb: &Verb,
    value: &Value,
    depth: usize,
    out: &mut Builder,
    fuel: &mut Fuel,
) -> Outcome<()> {
    fuel.level(depth)?;
    if verb.letter == 'T' {
        pad(verb, &Text::from(value.type_name()), out);
        return Ok(());
    }
    if verb.letter == 'v' && verb.sharp && depth == 0 {
        return syntax::write(value, 0, out, fuel);
    }
    match &value.data {
        Data::Invalid | Data::Nil if depth > 0 => out.push("<nil>"),
        Data::Invalid | Data::Nil => {
            let text = if verb.letter == 'v' {
                "<nil>".to_owned()
            } else {
                format!("%!{}(<nil>)", verb.letter)
            };
            pad(verb, &Text::from(text), out);
        }
        Data::List(list) => {
            out.push("[");
            for (index, item) in list.items().iter().enumerate() {
                if index > 0 {
                    out.push(" ");
                }
                write(verb, item, depth + 1, out, fuel)?;
            }
            out.push("]");
        }
        Data::Map(map) => {
            out.push("map[");
            for (index, (key, item)) in map.entries().into_iter().enumerate() {
                if index > 0 {
                    out.push(" ");
                }
                write(verb, &key.into(), depth + 1, out, fuel)?;
                out.push(":");
                write(verb, &item, depth + 1, out, fuel)?;
            }
            out.push("]");
        }
        Data::Object(object) if object.text().is_none() => {
            let inner = object.as_value().unwrap_or_default();
            write(verb, &inner, depth + 1, out, fuel)?;
        }
        _ => {
            if let Some(text) = scalar(verb, value, fuel)? {
                let origin = value.origin.map(Origin::of_value);
                let text = match origin {
                    Some(origin) if text.marks().is_empty() => text.marked(origin),
                    _ => text,
                };
                pad(verb, &text, out);
            } else {
                out.push(format!("%!{}({}=", verb.letter, value.type_name()));
                let any = Verb { letter: 'v', ..verb.clone() };
                write(&any, value, depth + 1, out, fuel)?;
                out.push(")");
            }
        }
    }
    Ok(())
}

/// Returns a scalar by a verb, not yet padded; `None` when the verb does not fit.
fn scalar(verb: &Verb, value: &Value, fuel: &mut Fuel) -> Outcome<Option<Text>> {
    Ok(match &value.data {
        Data::Bool(value) => {
            matches!(verb.letter, 't' | 'v').then(|| Text::from(value.to_string()))
        }
        Data::Int(value) | Data::Int64(value) => integer(verb, *value).map(Text::from),
        Data::Float(value) => number(verb, *value).map(Text::from),
        Data::Text(text) => string(verb, text, fuel)?,
        Data::Bytes(bytes) => match verb.letter {
            'v' | 'd' => {
                let mut builder = Builder::default();
                print::write(value, 0, &mut builder, fuel)?;
                Some(builder.finish())
            }
            _ => string(verb, bytes, fuel)?,
        },
        Data::Object(object) => match object.text() {
            Some(text) => string(verb, &Text::from(text), fuel)?,
            None => None,
        },
        _ => None,
    })
}

fn string(verb: &Verb, text: &Text, fuel: &mut Fuel) -> Outcome<Option<Text>> {
    let cut = || match verb.precision {
        Some(precision) => text.slice(0..letters_end(text.as_bytes(), precision)),
        None => text.clone(),
    };
    fuel.text(text.len().saturating_mul(2))?;
    Ok(match verb.letter {
        's' | 'v' => Some(cut()),
        'q' => {
            let cut = cut();
            let content = cut.to_str();
            if verb.sharp && !content.contains(['`', '\n', '\u{7f}']) {
                Some(Text::from(format!("`{content}`")))
            } else {
                Some(quote::quote(&cut, verb.plus))
            }
        }
        'x' | 'X' => {
            let hex = |byte: &u8| match verb.letter {
                'x' => format!("{byte:02x}"),
                _ => format!("{byte:02X}"),
            };
            let count = verb.precision.unwrap_or(usize::MAX);
            let digits: Vec<String> = text.as_bytes().iter().take(count).map(hex).collect();
            let prefix = match (verb.sharp, verb.letter) {
                (false, _) => "",
                (true, 'x') => "0x",
                (true, _) => "0X",
            };
            let joined =
                if verb.space { digits.join(&format!(" {prefix}")) } else { digits.concat() };
            let prefix = if digits.is_empty() { "" } else { prefix };
            Some(Text::from(format!("{prefix}{joined}")).marked(text.common_origin()))
        }
        _ => None,
    })
}

/// Returns where the first `count` letters end; a byte that is none counts as one.
fn letters_end(bytes: &[u8], count: usize) -> usize {
    let letters = bytes.utf8_chunks().flat_map(|chunk| {
        let valid = chunk.valid().chars().map(char::len_utf8);
        valid.chain(chunk.invalid().iter().map(|_| 1))
    });
    letters.take(count).sum()
}

fn integer(verb: &Verb, value: i64) -> Option<String> {
    let size = value.unsigned_abs();
    let (prefix, mut digits) = match verb.letter {
        'd' | 'v' => ("", size.to_string()),
        'b' => (if verb.sharp { "0b" } else { "" }, format!("{size:b}")),
        'o' => (if verb.sharp { "0" } else { "" }, format!("{size:o}")),
        'O' => ("0o", format!("{size:o}")),
        'x' => (if verb.sharp { "0x" } else { "" }, format!("{size:x}")),
        'X' => (if verb.sharp { "0X" } else { "" }, format!("{size:X}")),
        'c' | 'q' => {
            let letter = u32::try_from(value).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
            return Some(if verb.letter == 'c' {
                letter.to_string()
            } else {
                quote::quote_character(letter, verb.plus)
            });
        }
        'U' => {
            let code = format!("U+{value:04X}");
            let letter = u32::try_from(value).ok().and_then(char::from_u32);
            return Some(match letter.filter(|letter| verb.sharp && quote::is_print(*letter)) {
                Some(letter) => format!("{code} '{letter}'"),
                None => code,
            });
        }
        _ => return None,
    };
    let sign = match (value < 0, verb.plus, verb.space) {
        (true, ..) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        _ => "",
    };
    if value == 0 && verb.precision == Some(0) {
        return Some(String::new());
    }
    let least = match (verb.precision, verb.width) {
        (Some(precision), _) => precision,
        (None, Some(width)) if verb.zero => width.saturating_sub(sign.len() + prefix.len()),
        _ => 0,
    };
    if least > digits.len() {
        digits.insert_str(0, &"0".repeat(least - digits.len()));
    }
    Some(format!("{sign}{prefix}{digits}"))
}

fn number(verb: &Verb, value: f64) -> Option<String> {
    let text = match verb.letter {
        'v' => float::with_precision(value, 'g', verb.precision),
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
            float::with_precision(value, verb.letter, verb.precision)
        }
        'b' => float::binary(value),
        'x' => float::hexadecimal(value, verb.precision),
        'X' => float::hexadecimal(value, verb.precision).to_uppercase(),
        _ => return None,
    };
    let text = if verb.letter == 'G' { text.to_uppercase() } else { text };
    let (sign, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) if text.starts_with('-') => ("-", digits),
        Some(digits) => (if verb.plus { "+" } else { "" }, digits),
        None if verb.plus => ("+", text.as_str()),
        None if verb.space => (" ", text.as_str()),
        None => ("", text.as_str()),
    };
    let digits = if !value.is_finite() && text.starts_with('+') { text.as_str() } else { digits };
    let sign = if digits.starts_with('+') { "" } else { sign };
    let least = match verb.width {
        Some(width) if verb.zero && value.is_finite() => width.saturating_sub(sign.len()),
        _ => 0,
    };
    let zeros = "0".repeat(least.saturating_sub(digits.len()));
    Some(format!("{sign}{zeros}{digits}"))
}

fn pad(verb: &Verb, text: &Text, out: &mut Builder) {
    let Some(width) = verb.width else {
        out.push_text(text);
        return;
    };
    let missing = width.saturating_sub(text.to_str().chars().count());
    if verb.minus {
        out.push_text(text);
        out.push(" ".repeat(missing));
    } else {
        out.push(if verb.zero { "0" } else { " " }.repeat(missing));
        out.push_text(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Budget;

    fn formatted(pattern: &str, values: &[Value]) -> String {
        let mut fuel = Fuel::new(Budget::chart());
        let text = printf(&Text::from(pattern), values, &mut fuel).expect("a text");
        text.to_str().into_owned()
    }

    #[test]
    fn verbs_write_what_go_writes() {
        let text = Value::from;
        assert_eq!(formatted("%s-%d", &[text("a"), Value::int(5)]), "a-5");
        assert_eq!(formatted("%q %v", &[text("a\n"), Value::nil()]), r#""a\n" <nil>"#);
        assert_eq!(
            formatted("%05d|%-4s|%4s|", &[Value::int(-3), text("a"), text("b")]),
            "-0003|a   |   b|"
        );
        assert_eq!(formatted("%06.2f %x", &[Value::float(2.71428), text("hi")]), "002.71 6869");
        assert_eq!(formatted("%[2]d %[1]s", &[text("a"), Value::int(3)]), "3 a");
        assert_eq!(formatted("%t %T", &[true.into(), text("a")]), "true string");
    }

    #[test]
    fn what_does_not_fit_is_written_too() {
        assert_eq!(formatted("%s", &[Value::int(1)]), "%!s(int=1)");
        assert_eq!(formatted("%d %s", &[Value::from("x")]), "%!d(string=x) %!s(MISSING)");
        assert_eq!(formatted("a", &[Value::from("x")]), "a%!(EXTRA string=x)");
        assert_eq!(formatted("%", &[]), "%!(NOVERB)");
        assert_eq!(formatted("%s", &[Value::nil()]), "%!s(<nil>)");
    }

    #[test]
    fn texts_keep_their_origins() {
        let origin = crate::ValueOrigin {
            file: crate::FileId(1),
            range: sealine_source::TextRange::new(0, 3),
        };
        let mut fuel = Fuel::new(Budget::chart());
        let value = Value::from("abc").at(Some(origin));
        let text = printf(&Text::from("x-%s"), &[value], &mut fuel).expect("a text");
        assert_eq!(text.slice(2..5).origin(), Some(origin));
    }
}
