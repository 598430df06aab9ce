//! Lines of `KEY=value`, as the readers of `.env` files agree on them.
//!
//! Between `"` the escapes `\n`, `\r`, `\t`, `\\`, `\"` and their kin are read, between `'` only `\\`
//! and `\'`; without quotes a value ends at ` #` and loses the space around it.

use super::{Fields, Unread};

/// Returns the fields of a file; a line that is none is refused.
pub(crate) fn fields(text: &str) -> Result<Fields, Unread> {
    let (pairs, broken) = read(text);
    if broken {
        return Err("a line is no `KEY=value`");
    }
    Ok(pairs.into_iter().map(|(key, value)| (key, value.into_bytes())).collect())
}

/// Returns the pairs of a file, without the lines that are none.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    read(text).0
}

fn read(text: &str) -> (Vec<(String, String)>, bool) {
    let mut pairs = Vec::new();
    let mut broken = false;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let line = rest[..end].trim_start();
        if line.is_empty() || line.starts_with('#') {
            rest = rest.get(end + 1..).unwrap_or_default();
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((key, _)) = line.split_once('=').filter(|(key, _)| is_key(key.trim())) else {
            broken = true;
            rest = rest.get(end + 1..).unwrap_or_default();
            continue;
        };
        // From here on the value may go over several lines.
        let start = rest.find('=').map_or(rest.len(), |at| at + 1);
        let (value, after) = value(&rest[start..]);
        let tail_end = after.find(['\n', '\r']).unwrap_or(after.len());
        let tail = after[..tail_end].trim();
        broken |= !tail.is_empty() && !tail.starts_with('#');
        pairs.push((key.trim().to_owned(), value));
        rest = after.get(tail_end + 1..).unwrap_or_default();
    }
    (pairs, broken)
}

fn is_key(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-./".contains(c))
}

/// Returns the value at the beginning of a text, and what follows it.
fn value(text: &str) -> (String, &str) {
    let text = text.trim_start_matches([' ', '\t']);
    for quote in ['"', '\''] {
        let Some(inner) = text.strip_prefix(quote) else { continue };
        if let Some((value, rest)) = quoted(inner, quote) {
            return (value, rest);
        }
    }
    let end = text.find(['\n', '\r']).unwrap_or(text.len());
    let line = &text[..end];
    let comment = line
        .match_indices('#')
        .find(|(at, _)| *at == 0 || line[..*at].ends_with(|c: char| c.is_whitespace()));
    let value = &line[..comment.map_or(line.len(), |(at, _)| at)];
    (value.trim().to_owned(), &text[end..])
}

fn quoted(inner: &str, quote: char) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = inner.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => {
                let (_, next) = letters.next()?;
                let escape = match (next, quote) {
                    ('\\' | '\'', _) | ('"', '"') => Some(next),
                    ('n', '"') => Some('\n'),
                    ('r', '"') => Some('\r'),
                    ('t', '"') => Some('\t'),
                    ('b', '"') => Some('\u{8}'),
                    ('f', '"') => Some('\u{c}'),
                    _ => None,
                };
                match escape {
                    Some(read) => value.push(read),
                    None => value.extend(['\\', next]),
                }
            }
            _ if letter == quote => return Some((value, &inner[at + 1..])),
            _ => value.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_all_ways_of_writing() {
        let text = "# note\nA=plain # note\nexport B = \"two\\nlines \\\"x\\\"\" # note\nC='it\\'s #1'\nD=a#b\nE=\nF=\"over\ntwo\"\n";
        let pairs = pairs(text);
        let pairs: Vec<_> =
            pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let expected = [
            ("A", "plain"),
            ("B", "two\nlines \"x\""),
            ("C", "it's #1"),
            ("D", "a#b"),
            ("E", ""),
            ("F", "over\ntwo"),
        ];
        assert_eq!(pairs, expected);
    }

    #[test]
    fn what_is_no_pair_is_refused() {
        for text in ["A=1\nsecond line", "A=\"x\" y", "=x"] {
            assert!(fields(text).is_err(), "{text}");
        }
    }
}
