//! Functions that change the case of letters or the way words are joined.
//!
//! Invariant: a text that is not changed keeps its origins.

use super::Parameter::Text as AnyText;
use super::{Answer, Function};
use crate::call::Invocation;
use crate::text::Text;

pub(super) const TABLE: &[Function] = &[
    Function::plain("camelcase", &[AnyText], |call| changed(call, pascal)),
    Function::plain("initials", &[AnyText], |call| changed(call, initials)),
    Function::plain("kebabcase", &[AnyText], |call| changed(call, |text| lowered(text, '-'))),
    Function::plain("lower", &[AnyText], |call| changed(call, lower)),
    Function::plain("snakecase", &[AnyText], |call| changed(call, |text| lowered(text, '_'))),
    Function::plain("swapcase", &[AnyText], |call| changed(call, swapped)),
    Function::plain("title", &[AnyText], |call| changed(call, title)),
    Function::plain("untitle", &[AnyText], |call| changed(call, untitle)),
    Function::plain("upper", &[AnyText], |call| changed(call, upper)),
];

fn changed(call: &Invocation<'_, '_>, change: impl Fn(&str) -> String) -> Answer {
    let text = call.text(0);
    let result = change(&text.to_str());
    Ok(if result.as_bytes() == text.as_bytes() { text } else { Text::from(result) }.into())
}

/// Returns a letter in lower case; one that becomes several stays, as in Go.
fn to_lower(letter: char) -> char {
    let mut lower = letter.to_lowercase();
    if lower.len() == 1 { lower.next().unwrap_or(letter) } else { letter }
}

fn to_upper(letter: char) -> char {
    let mut upper = letter.to_uppercase();
    if upper.len() == 1 { upper.next().unwrap_or(letter) } else { letter }
}

fn lower(text: &str) -> String {
    text.chars().map(to_lower).collect()
}

fn upper(text: &str) -> String {
    text.chars().map(to_upper).collect()
}

fn swapped(text: &str) -> String {
    let swap = |letter: char| {
        if letter.is_uppercase() { to_lower(letter) } else { to_upper(letter) }
    };
    text.chars().map(swap).collect()
}

/// Returns the text with each word's first letter in upper case.
fn title(text: &str) -> String {
    let mut before = ' ';
    let letter = |letter: char| {
        let joins = before.is_alphanumeric()
            || before == '_'
            || (!before.is_ascii() && !before.is_whitespace());
        before = letter;
        if joins { letter } else { to_upper(letter) }
    };
    text.chars().map(letter).collect()
}

/// Returns the text with each word's first letter in lower case.
fn untitle(text: &str) -> String {
    let mut begins = true;
    let letter = |letter: char| {
        let result = if begins && !letter.is_whitespace() { to_lower(letter) } else { letter };
        begins = letter.is_whitespace();
        result
    };
    text.chars().map(letter).collect()
}

/// Go's library takes each byte for a character, so that other text than ASCII is spoilt.
fn initials(text: &str) -> String {
    let text: String = text.bytes().map(char::from).collect();
    text.split_whitespace().filter_map(|word| word.chars().next()).collect()
}

fn is_connector(letter: char) -> bool {
    letter == '-' || letter == '_' || letter.is_whitespace()
}

/// Returns `some_words` as `SomeWords`; what leads is kept.
fn pascal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    let mut current = '\0';
    let mut any = false;
    let mut first_upper = false;
    for letter in letters.by_ref() {
        any = true;
        current = letter;
        if is_connector(letter) {
            out.push(letter);
            continue;
        }
        first_upper = letter.is_uppercase();
        current = to_upper(letter);
        break;
    }
    let rest = letters.as_str();
    if rest.is_empty() {
        if any {
            out.push(current);
        }
        return out;
    }
    for letter in rest.chars() {
        let before = current;
        current = letter;
        if is_connector(letter) && is_connector(before) {
            out.push(before);
            continue;
        }
        if is_connector(before) {
            first_upper = letter.is_uppercase();
            current = to_upper(letter);
        } else {
            if first_upper {
                if letter.is_uppercase() {
                    current = to_lower(letter);
                } else {
                    first_upper = false;
                }
            }
            out.push(before);
        }
    }
    out.push(current);
    out
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Word {
    Number,
    Upper,
    Letters,
    Connector,
    Punctuation,
    Other,
}

fn is_punctuation(letter: char) -> bool {
    // Go's `unicode.IsPunct` leaves symbols such as `$` and `+` out.
    letter.is_ascii_punctuation() && !"$+<=>^`|~".contains(letter)
}

fn kind(letter: char) -> Word {
    if is_connector(letter) {
        Word::Connector
    } else if is_punctuation(letter) {
        Word::Punctuation
    } else if letter.is_uppercase() {
        Word::Upper
    } else if letter.is_alphabetic() {
        Word::Letters
    } else if letter.is_numeric() {
        Word::Number
    } else {
        Word::Other
    }
}

/// Cuts a text into words: `HTTPServer` into `HTTP` and `Server`.
fn words(text: &str) -> Vec<(Word, &str)> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = kind(first);
        let run = |same: &dyn Fn(char) -> bool| {
            rest.char_indices().find(|(_, letter)| !same(*letter)).map_or(rest.len(), |(at, _)| at)
        };
        let end = if word == Word::Upper {
            let uppers = run(&|letter| kind(letter) == Word::Upper);
            let next = rest.get(uppers..).and_then(|rest| rest.chars().next());
            let lower_follows = next.is_some_and(|letter| kind(letter) == Word::Letters);
            let last = rest.get(..uppers).and_then(|run| run.chars().next_back());
            let last_length = last.map_or(0, char::len_utf8);
            if lower_follows && uppers > last_length {
                // The last capital belongs to the next word.
                uppers - last_length
            } else if lower_follows {
                let after = rest.get(uppers..).unwrap_or_default();
                let letters =
                    after.char_indices().find(|(_, letter)| kind(*letter) != Word::Letters);
                uppers + letters.map_or(after.len(), |(at, _)| at)
            } else {
                uppers
            }
        } else {
            run(&|letter| kind(letter) == word)
        };
        let (found, tail) = rest.split_at(end.max(first.len_utf8()));
        words.push((word, found));
        rest = tail;
    }
    words
}

/// Returns the words in lower case, joined by `connector`.
fn lowered(text: &str, connector: char) -> String {
    let words = words(text);
    let mut out = String::with_capacity(text.len() + 8);
    let mut at = 0;
    let push = |out: &mut String, (word, found): (Word, &str)| {
        if word == Word::Connector {
            out.extend(found.chars().map(|_| connector));
        } else {
            out.extend(found.chars().map(to_lower));
        }
    };
    let joins = |word: Option<&(Word, &str)>| {
        word.is_some_and(|(word, _)| !matches!(word, Word::Connector | Word::Punctuation))
    };
    let letters_or_number = |at: usize| {
        words.get(at).copied().filter(|(word, _)| matches!(word, Word::Letters | Word::Number))
    };
    while let Some(current) = words.get(at) {
        push(&mut out, *current);
        at += 1;
        match current.0 {
            Word::Number => {
                while let Some(next) = letters_or_number(at) {
                    push(&mut out, next);
                    at += 1;
                }
                if joins(words.get(at)) {
                    out.push(connector);
                }
            }
            Word::Connector | Word::Punctuation => {}
            _ => {
                let Some(next) = words.get(at) else { break };
                if next.0 != Word::Number {
                    if joins(Some(next)) {
                        out.push(connector);
                    }
                    continue;
                }
                if at + 1 == words.len() {
                    continue;
                }
                at += 1;
                if letters_or_number(at).is_none_or(|(word, _)| word != Word::Letters) {
                    // The number belongs to the word before: `Bld4Floor` is `bld4_floor`.
                    push(&mut out, *next);
                    if joins(words.get(at)) {
                        out.push(connector);
                    }
                    continue;
                }
                out.push(connector);
                push(&mut out, *next);
                while let Some(next) = letters_or_number(at) {
                    push(&mut out, next);
                    at += 1;
                }
                if joins(words.get(at)) {
                    out.push(connector);
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_joined_as_in_xstrings() {
        for (text, snake) in [
            ("FirstName", "first_name"),
            ("HTTPServer", "http_server"),
            ("NoHTTPS", "no_https"),
            ("GO PATH", "go_path"),
            ("http2xx", "http_2xx"),
            ("HTTP20xOK", "http_20x_ok"),
            ("Duration2m3s", "duration_2m3s"),
            ("Bld4Floor3rd", "bld4_floor_3rd"),
        ] {
            assert_eq!(lowered(text, '_'), snake);
        }
        assert_eq!(lowered("FirstName", '-'), "first-name");
    }

    #[test]
    fn camel_case_is_upper() {
        for (text, camel) in [
            ("some_words", "SomeWords"),
            ("http_server", "HttpServer"),
            ("_complex__case_", "_Complex_Case_"),
            ("GOLANG_IS_GREAT", "GolangIsGreat"),
            ("a", "A"),
            ("", ""),
        ] {
            assert_eq!(pascal(text), camel);
        }
    }

    #[test]
    fn titles_begin_words() {
        assert_eq!(title("hello wOrld-x a_b"), "Hello WOrld-X A_b");
        assert_eq!(untitle("Hello World"), "hello world");
        assert_eq!(initials("First Try"), "FT");
    }
}
