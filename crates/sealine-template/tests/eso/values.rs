//! Reads tables of source values.

use std::collections::BTreeMap;

/// The source data of a template.
pub(crate) type Values = BTreeMap<String, Vec<u8>>;

/// Returns the values of a table: a name and a value a line, `¶` for a line end, `→` for a tab and
/// `\xNN` for a byte.
pub(crate) fn read(table: &str) -> Values {
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, value) = line.split_once(' ').unwrap_or((line, ""));
            (name.to_owned(), bytes(&value.replace('¶', "\n").replace('→', "\t")))
        })
        .collect()
}

fn bytes(text: &str) -> Vec<u8> {
    let mut pieces = text.split("\\x");
    let mut out = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at(2);
        out.push(u8::from_str_radix(digits, 16).expect("two hex digits after \\x"));
        out.extend(rest.as_bytes());
    }
    out
}
