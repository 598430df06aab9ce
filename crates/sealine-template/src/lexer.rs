//! Cuts a template's text into tokens.
//!
//! Invariant: every token is a range of the text, tokens stand in text order, and the list ends
//! with exactly one `End` or `Error`. Space that a trim marker removes belongs to no token.

use sealine_source::TextRange;

/// The marks around an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delimiters {
    /// What opens an action.
    pub left: String,
    /// What closes an action.
    pub right: String,
}

impl Default for Delimiters {
    fn default() -> Self {
        Self { left: "{{".to_owned(), right: "}}".to_owned() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Text,
    Comment,
    Left,
    Right,
    Space,
    Bool,
    Character,
    CharacterConstant,
    Number,
    Quoted,
    RawText,
    Identifier,
    Keyword(Keyword),
    Field,
    Variable,
    Dot,
    Pipe,
    Assign,
    Declare,
    LeftParen,
    RightParen,
    End,
    Error(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) range: TextRange,
}

/// Returns the tokens of `text`, the last one being `End` or `Error`.
pub(crate) fn lex(text: &str, delimiters: &Delimiters) -> Vec<Token> {
    let mut lexer = Lexer { text, delimiters, at: 0, tokens: Vec::new() };
    match lexer.run() {
        Ok(()) => lexer.push(TokenKind::End, text.len()),
        Err(Stop { start, message }) => lexer.push(TokenKind::Error(message), start),
    }
    lexer.tokens
}

struct Lexer<'a> {
    text: &'a str,
    delimiters: &'a Delimiters,
    at: usize,
    tokens: Vec<Token>,
}

struct Stop {
    start: usize,
    message: String,
}

const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

fn is_space(letter: char) -> bool {
    SPACE.contains(&letter)
}

fn is_word(letter: char) -> bool {
    letter == '_' || letter.is_alphanumeric()
}

fn trims_left(rest: &str) -> bool {
    let mut letters = rest.chars();
    letters.next() == Some('-') && letters.next().is_some_and(is_space)
}

fn trims_right(rest: &str) -> bool {
    let mut letters = rest.chars();
    letters.next().is_some_and(is_space) && letters.next() == Some('-')
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += letter.len_utf8();
        Some(letter)
    }

    fn push(&mut self, kind: TokenKind, start: usize) {
        self.tokens.push(Token { kind, range: TextRange::new(start, self.at) });
    }

    fn skip_while(&mut self, keep: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&keep) {
            self.next();
        }
    }

    fn accept(&mut self, letters: &str) -> bool {
        let found = self.peek().is_some_and(|letter| letters.contains(letter));
        if found {
            self.next();
        }
        found
    }

    fn run(&mut self) -> Result<(), Stop> {
        loop {
            let start = self.at;
            let Some(length) = self.rest().find(&self.delimiters.left) else {
                self.at = self.text.len();
                if self.at > start {
                    self.push(TokenKind::Text, start);
                }
                return Ok(());
            };
            let delimiter = start + length;
            let inside = delimiter + self.delimiters.left.len();
            let after = self.text.get(inside..).unwrap_or_default();
            let trims = trims_left(after);
            let mut before = self.text.get(start..delimiter).unwrap_or_default();
            if trims {
                before = before.trim_end_matches(SPACE);
            }
            if !before.is_empty() {
                self.at = start + before.len();
                self.push(TokenKind::Text, start);
            }
            self.at = inside;
            let marker = if trims { 2 } else { 0 };
            if after.get(marker..).is_some_and(|rest| rest.starts_with("/*")) {
                self.comment(delimiter, inside + marker)?;
            } else {
                self.push(TokenKind::Left, delimiter);
                self.at += marker;
                self.action(delimiter)?;
            }
        }
    }

    fn comment(&mut self, delimiter: usize, start: usize) -> Result<(), Stop> {
        let stop = |message: &str| Stop { start: delimiter, message: message.to_owned() };
        let body = start + 2;
        let rest = self.text.get(body..).unwrap_or_default();
        let length = rest.find("*/").ok_or_else(|| stop("unclosed comment"))?;
        self.at = body + length + 2;
        let end = self.right().ok_or_else(|| stop("comment ends before closing delimiter"))?;
        self.push(TokenKind::Comment, start);
        self.close(end);
        Ok(())
    }

    /// Returns the length of the right delimiter here, with its trim marker, and whether it trims.
    fn right(&self) -> Option<(usize, bool)> {
        let rest = self.rest();
        let length = self.delimiters.right.len();
        if trims_right(rest)
            && rest.get(2..).is_some_and(|rest| rest.starts_with(&self.delimiters.right))
        {
            return Some((length + 2, true));
        }
        rest.starts_with(&self.delimiters.right).then_some((length, false))
    }

    fn close(&mut self, (length, trims): (usize, bool)) {
        self.at += length;
        if trims {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(SPACE).len();
        }
    }

    fn action(&mut self, opened: usize) -> Result<(), Stop> {
        let mut parens = 0_usize;
        loop {
            let start = self.at;
            let stop = |message: String| Err(Stop { start, message });
            if let Some(end) = self.right() {
                if parens > 0 {
                    return stop("unclosed left paren".to_owned());
                }
                self.at += end.0;
                self.push(TokenKind::Right, start);
                self.at = start;
                self.close(end);
                return Ok(());
            }
            let Some(letter) = self.next() else {
                return Err(Stop { start: opened, message: "unclosed action".to_owned() });
            };
            match letter {
                ' ' | '\t' | '\r' | '\n' => self.space(start),
                '=' => self.push(TokenKind::Assign, start),
                ':' if self.accept("=") => self.push(TokenKind::Declare, start),
                ':' => return stop("expected :=".to_owned()),
                '|' => self.push(TokenKind::Pipe, start),
                '"' => self.quoted(start, '"', TokenKind::Quoted, "quoted string")?,
                '\'' => {
                    self.quoted(start, '\'', TokenKind::CharacterConstant, "character constant")?;
                }
                '`' => {
                    let Some(length) = self.rest().find('`') else {
                        return stop("unterminated raw quoted string".to_owned());
                    };
                    self.at += length + 1;
                    self.push(TokenKind::RawText, start);
                }
                '$' => self.name(start, TokenKind::Variable)?,
                '.' if !self.peek().is_some_and(|digit| digit.is_ascii_digit()) => {
                    if self.ends_word() {
                        self.push(TokenKind::Dot, start);
                    } else {
                        self.name(start, TokenKind::Field)?;
                    }
                }
                '.' | '+' | '-' | '0'..='9' => {
                    self.at = start;
                    self.number(start)?;
                }
                '(' => {
                    parens += 1;
                    self.push(TokenKind::LeftParen, start);
                }
                ')' if parens == 0 => return stop("unexpected right paren".to_owned()),
                ')' => {
                    parens -= 1;
                    self.push(TokenKind::RightParen, start);
                }
                letter if is_word(letter) => self.word(start)?,
                letter if letter.is_ascii_graphic() => self.push(TokenKind::Character, start),
                letter => {
                    return stop(format!("unrecognized character in action: {}", named(letter)));
                }
            }
        }
    }

    fn space(&mut self, start: usize) {
        self.skip_while(is_space);
        // The last space may belong to a right delimiter with a trim marker.
        self.at -= 1;
        if self.right().is_none_or(|(_, trims)| !trims) {
            self.at += 1;
        }
        if self.at > start {
            self.push(TokenKind::Space, start);
        }
    }

    fn quoted(&mut self, start: usize, end: char, kind: TokenKind, what: &str) -> Result<(), Stop> {
        loop {
            let letter = self.next();
            let letter = if letter == Some('\\') {
                match self.next() {
                    Some('\n') | None => None,
                    Some(_) => continue,
                }
            } else {
                letter
            };
            match letter {
                None | Some('\n') => {
                    return Err(Stop { start, message: format!("unterminated {what}") });
                }
                Some(letter) if letter == end => break,
                Some(_) => {}
            }
        }
        self.push(kind, start);
        Ok(())
    }

    fn name(&mut self, start: usize, kind: TokenKind) -> Result<(), Stop> {
        self.skip_while(is_word);
        self.expect_end(start)?;
        self.push(kind, start);
        Ok(())
    }

    fn word(&mut self, start: usize) -> Result<(), Stop> {
        self.skip_while(is_word);
        self.expect_end(start)?;
        let kind = match self.text.get(start..self.at).unwrap_or_default() {
            "block" => TokenKind::Keyword(Keyword::Block),
            "break" => TokenKind::Keyword(Keyword::Break),
            "continue" => TokenKind::Keyword(Keyword::Continue),
            "define" => TokenKind::Keyword(Keyword::Define),
            "else" => TokenKind::Keyword(Keyword::Else),
            "end" => TokenKind::Keyword(Keyword::End),
            "if" => TokenKind::Keyword(Keyword::If),
            "nil" => TokenKind::Keyword(Keyword::Nil),
            "range" => TokenKind::Keyword(Keyword::Range),
            "template" => TokenKind::Keyword(Keyword::Template),
            "with" => TokenKind::Keyword(Keyword::With),
            "true" | "false" => TokenKind::Bool,
            _ => TokenKind::Identifier,
        };
        self.push(kind, start);
        Ok(())
    }

    fn ends_word(&self) -> bool {
        match self.peek() {
            None | Some(' ' | '\t' | '\r' | '\n' | '.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(_) => self.rest().starts_with(&self.delimiters.right),
        }
    }

    fn expect_end(&self, start: usize) -> Result<(), Stop> {
        match self.peek() {
            Some(letter) if !self.ends_word() => {
                Err(Stop { start, message: format!("bad character {}", named(letter)) })
            }
            _ => Ok(()),
        }
    }

    fn number(&mut self, start: usize) -> Result<(), Stop> {
        self.accept("+-");
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.skip_while(|letter| digits.contains(letter));
        if self.accept(".") {
            self.skip_while(|letter| digits.contains(letter));
        }
        let exponent = match digits.len() {
            11 => "eE",
            23 => "pP",
            _ => "",
        };
        if self.accept(exponent) {
            self.accept("+-");
            self.skip_while(|letter| letter.is_ascii_digit() || letter == '_');
        }
        // Complex numbers have no use in text; their `i` and `+` are refused here.
        if self.peek().is_some_and(|letter| is_word(letter) || letter == '+' || letter == '-') {
            return Err(Stop { start, message: "bad number syntax".to_owned() });
        }
        self.push(TokenKind::Number, start);
        Ok(())
    }
}

/// Returns a character as messages show it, `U+002D '-'`.
fn named(letter: char) -> String {
    let code = u32::from(letter);
    if letter.is_control() { format!("U+{code:04X}") } else { format!("U+{code:04X} '{letter}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<(TokenKind, &str)> {
        lex(text, &Delimiters::default())
            .into_iter()
            .map(|token| (token.kind, &text[token.range.bytes()]))
            .collect()
    }

    #[test]
    fn trimmed_space_belongs_to_no_token() {
        let found = tokens("a \n{{- .x -}}\n b");
        let texts: Vec<_> = found.iter().map(|(_, text)| *text).collect();
        assert_eq!(texts, ["a", "{{", ".x", " -}}", "b", ""]);
    }

    #[test]
    fn a_minus_without_space_is_a_number() {
        let found = tokens("{{-3}}");
        assert_eq!(found[1], (TokenKind::Number, "-3"));
    }

    #[test]
    fn comments_trim_like_actions() {
        let found = tokens("a {{- /* c */ -}} b");
        let texts: Vec<_> = found.iter().map(|(_, text)| *text).collect();
        assert_eq!(texts, ["a", "/* c */", "b", ""]);
    }

    #[test]
    fn a_dash_in_a_field_is_a_bad_character() {
        let found = tokens("{{ .my-key }}");
        let last = &found.last().expect("a token").0;
        assert_eq!(last, &TokenKind::Error("bad character U+002D '-'".to_owned()));
    }

    #[test]
    fn custom_delimiters_work() {
        let delimiters = Delimiters { left: "<%".to_owned(), right: "%>".to_owned() };
        let found = lex("{{ <% .x %>", &delimiters);
        assert_eq!(found[0].range, TextRange::new(0, 3));
        assert_eq!(found[3].kind, TokenKind::Field);
    }
}
