//! Names as they may be shown on a terminal.

/// Returns `text` with control characters, and those that turn the direction of writing, escaped.
/// Line breaks and tabs stay.
pub fn for_terminal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if acts(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// Returns `text` as [`for_terminal`] does, on one line: a name cannot begin a line of its own.
pub fn on_one_line(text: &str) -> String {
    for_terminal(text).replace('\n', "\\u{a}")
}

/// Whether a character does something to a terminal instead of standing there.
pub(crate) fn acts(c: char) -> bool {
    let turns =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (c.is_control() && c != '\n' && c != '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_sequences_do_nothing() {
        assert_eq!(for_terminal("a\u{1b}]0;x\u{7}b"), "a\\u{1b}]0;x\\u{7}b");
        assert_eq!(for_terminal("a\u{202e}b\n\tc"), "a\\u{202e}b\n\tc");
        assert_eq!(on_one_line("a\nerror: b"), "a\\u{a}error: b");
    }
}
