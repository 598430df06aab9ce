//! `format` and `formatlist`.
//!
//! Invariant: a verb that is not understood gives a hole, the text around it stays. Each verb and each
//! row pays for what it walks.

use super::Arguments;
use crate::data::{Data, Kind, Length, Piece, Text, show_number};
use crate::evaluate::{Evaluator, MAX_ITEMS, MAX_TEXT};

/// Fills in a format string.
pub(super) fn format(evaluator: &Evaluator<'_>, template: &Data, values: &[Data]) -> Option<Data> {
    let template = template.to_text()?;
    let whole = template.whole()?;
    let mut cuts = template.cuts();
    let mut filled = Text::default();
    let mut length = Length::default();
    let mut next = 0;
    let mut at = 0;
    while let Some(distance) = whole.get(at..)?.find('%') {
        filled.append(&cuts.cut(at, at + distance));
        at += distance + 1;
        let verb = Verb::read(whole.get(at..)?)?;
        at += verb.length;
        if verb.letter == '%' {
            filled.push(Piece::Literal("%".into(), None));
            continue;
        }
        let index = verb.argument.unwrap_or(next);
        next = index + 1;
        // The same value may be asked for again and again.
        if !evaluator.spend(1 + values.get(index).map_or(0, Data::width)) {
            return None;
        }
        match values.get(index) {
            Some(value) => filled.append(&verb.show(value)),
            None => filled.push(Piece::Hole),
        }
        if length.of(&filled) > MAX_TEXT {
            return None;
        }
    }
    filled.append(&cuts.cut(at, whole.len()));
    Some(Data::new(Kind::Text(filled)))
}

/// Fills in a format string once for each element of the lists among the values.
pub(super) fn format_list(evaluator: &Evaluator<'_>, arguments: &Arguments) -> Option<Data> {
    let values = arguments.values.get(1..)?;
    let lists = values.iter().filter_map(Data::as_items);
    if lists.clone().any(|items| items.open) || values.iter().any(Data::is_unknown) {
        return None;
    }
    let length = lists.map(|items| items.values.len()).max()?;
    let template = arguments.get(0);
    let cost = template.width() + values.len();
    if length > MAX_ITEMS || !evaluator.spend(length.saturating_mul(cost)) {
        return None;
    }
    let row = |index: usize| -> Option<Data> {
        let pick = |value: &Data| match value.as_items() {
            Some(items) => items.values.get(index).cloned(),
            None => Some(value.clone()),
        };
        let values: Option<Vec<Data>> = values.iter().map(pick).collect();
        format(evaluator, &template, &values?)
    };
    Some(Data::list((0..length).map(row).collect::<Option<_>>()?))
}

/// A verb such as `%s`, `%03d`, `%[1]s`.
struct Verb {
    letter: char,
    argument: Option<usize>,
    zeros: bool,
    left: bool,
    width: usize,
    precision: Option<usize>,
    length: usize,
}

impl Verb {
    /// Reads what follows the `%`.
    fn read(text: &str) -> Option<Self> {
        let mut verb = Self {
            letter: '%',
            argument: None,
            zeros: false,
            left: false,
            width: 0,
            precision: None,
            length: 0,
        };
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'0' if verb.width == 0 && verb.precision.is_none() => verb.zeros = true,
                b'-' => verb.left = true,
                b'+' | b' ' | b'#' => {}
                b'.' => verb.precision = Some(0),
                b'0'..=b'9' => {
                    let digit = usize::from(byte - b'0');
                    let number = verb.precision.as_mut().unwrap_or(&mut verb.width);
                    *number = (*number * 10 + digit).min(1000);
                }
                b'[' => {
                    let close = text.get(at..)?.find(']')?;
                    let number: usize = text.get(at + 1..at + close)?.parse().ok()?;
                    verb.argument = Some(number.checked_sub(1)?);
                    at += close;
                }
                _ => {
                    verb.letter = text.get(at..)?.chars().next()?;
                    verb.length = at + verb.letter.len_utf8();
                    return Some(verb);
                }
            }
            at += 1;
        }
        None
    }

    fn show(&self, value: &Data) -> Text {
        let shown = match self.letter {
            's' | 'v' | 't' => value.to_text(),
            'd' => value.as_number().map(|it| Text::known(show_number(it.trunc()), None)),
            'f' => value.as_number().map(|number| {
                Text::known(format!("{number:.*}", self.precision.unwrap_or(6)), None)
            }),
            'x' => value.as_number().map(|it| Text::known(format!("{:x}", it as i64), None)),
            'X' => value.as_number().map(|it| Text::known(format!("{:X}", it as i64), None)),
            'q' => value.known_text().map(|text| Text::known(format!("{text:?}"), None)),
            _ => None,
        };
        let Some(shown) = shown else { return Text::hole() };
        let Some(whole) = shown.whole() else { return shown };
        let missing = self.width.saturating_sub(whole.chars().count());
        if missing == 0 {
            return shown;
        }
        let padding = if self.zeros && !self.left { "0" } else { " " }.repeat(missing);
        let padded = if self.left { whole.into_owned() + &padding } else { padding + &whole };
        Text::known(padded, None)
    }
}
