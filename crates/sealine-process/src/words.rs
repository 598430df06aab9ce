//! The last words of a program that failed, fit to be shown.
//!
//! Invariant: plain text of bounded length, without control characters, without lines of source, which
//! may hold a literal secret, and without what URLs carry besides their place: users, passwords,
//! queries.

/// How many lines are kept.
const MOST_LINES: usize = 12;

/// How many characters of a line are kept.
const MOST_CHARACTERS: usize = 300;

/// Returns the last lines that say something.
pub fn last_words(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().map(clean).filter(|line| !line.is_empty() && !is_source(line));
    let mut lines: Vec<String> = lines.collect();
    lines.drain(..lines.len().saturating_sub(MOST_LINES));
    lines
}

fn clean(line: &str) -> String {
    let plain = without_escapes(line);
    // The frame that Terraform draws around what it says.
    let plain = plain.trim_matches(|c: char| c.is_whitespace() || "│╷╵|".contains(c));
    let words = plain.split(' ').map(without_secrets_of_urls).collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

/// Whether Terraform quotes a line of a file: `3:   password = "hunter2"`.
fn is_source(line: &str) -> bool {
    let number = line.split_once(": ").map_or("", |(number, _)| number);
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Leaves out what steers a terminal.
fn without_escapes(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    while let Some(character) = chars.next() {
        if character != '\u{1b}' {
            let steers = character.is_control() || ('\u{202a}'..='\u{202e}').contains(&character);
            out.extend((!steers).then_some(character));
            continue;
        }
        match chars.next() {
            // Colours and the like end with a letter.
            Some('[') => drop(chars.by_ref().find(|c| ('@'..='~').contains(c))),
            // Titles and links end with a bell, or with an escape and a backslash.
            Some(']') => {
                while let Some(c) = chars.next() {
                    if c == '\u{7}' || (c == '\u{1b}' && chars.next_if_eq(&'\\').is_some()) {
                        break;
                    }
                }
            }
            _ => {}
        }
    }
    out
}

/// `https://user:word@host/path?sig=x` as `https://****@host/path?****`.
fn without_secrets_of_urls(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://") else { return word.to_owned() };
    let end = rest.find(|c: char| "\"'`<>)\\".contains(c)).unwrap_or(rest.len());
    let (url, after) = rest.split_at(end);
    let (url, query) = match url.split_once('?') {
        Some((url, _)) => (url, "?****"),
        None => (url, ""),
    };
    let (authority, path) = url.split_at(url.find('/').unwrap_or(url.len()));
    let authority = match authority.rsplit_once('@') {
        Some((_, host)) => format!("****@{host}"),
        None => authority.to_owned(),
    };
    format!("{scheme}://{authority}{path}{query}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_colours_and_what_urls_carry_are_left_out() {
        let said = "\u{1b}[31m╷\u{1b}[0m\n│ \u{1b}[1mError: no state\u{1b}[0m\n│\n│ \
            Get \"https://u:hunter2@h/s?sig=abc\": refused\n\
            │   12:   password = \"hunter2\"\n\u{1b}]0;title\u{7}│ a\u{202e}b\n╵\n";
        let expected =
            ["Error: no state", "Get \"https://****@h/s?****\": refused", "ab"].map(str::to_owned);
        assert_eq!(last_words(said.as_bytes()), expected);
    }

    #[test]
    fn much_is_cut() {
        let many = "line\n".repeat(1000);
        assert_eq!(last_words(many.as_bytes()).len(), MOST_LINES);
        let long = last_words("ü".repeat(10_000).as_bytes());
        assert_eq!(long[0].chars().count(), MOST_CHARACTERS + 1);
        assert!(last_words(b"\xff\xfe").len() == 1);
    }
}
