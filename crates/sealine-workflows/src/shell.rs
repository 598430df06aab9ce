//! Splits a shell script into words and operators, far enough to find the programs it calls.
//!
//! Invariant: any text gives tokens in linear time (for each level of substitutions); what is not
//! closed ends with the script. `${{ … }}` is part of a word.

use std::ops::Range;

/// A word with its quotes removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// The text; variables and substitutions stand in it as written.
    pub(crate) text: String,
    /// Where it stands in the script, quotes included.
    pub(crate) range: Range<usize>,
    /// What stands between `$(` and `)`, or between backticks.
    pub(crate) substitutions: Vec<Range<usize>>,
}

/// What stands between commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    /// `;` or the end of a line.
    Next,
    /// `&`
    Background,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `|`
    Pipe,
    /// `(`
    Open,
    /// `)`
    Close,
}

/// A part of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A word.
    Word(Word),
    /// What stands between commands.
    Operator(Operator),
}

/// Splits the part `range` of `script`; `escape` is `\`, or a backtick for `PowerShell`.
pub(crate) fn tokens(script: &str, range: Range<usize>, escape: char) -> Vec<Token> {
    let end = range.end.min(script.len());
    let text = script.get(..end).unwrap_or_default();
    let mut lexer =
        Lexer { text, at: range.start, escape, found: Vec::new(), heredocs: Vec::new() };
    lexer.run();
    lexer.found
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    escape: char,
    found: Vec<Token>,
    /// The ends of here-documents that begin behind the current line.
    heredocs: Vec<String>,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip(&mut self, prefix: &str) -> bool {
        let found = self.rest().starts_with(prefix);
        self.at += if found { prefix.len() } else { 0 };
        found
    }

    fn operator(&mut self, operator: Operator) {
        self.found.push(Token::Operator(operator));
    }

    fn run(&mut self) {
        while let Some(character) = self.peek() {
            match character {
                '\n' => {
                    self.at += 1;
                    self.operator(Operator::Next);
                    self.skip_heredocs();
                }
                ' ' | '\t' | '\r' => self.at += 1,
                '#' => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                ';' => {
                    self.at += 1;
                    self.operator(Operator::Next);
                }
                '&' => self.ampersand(),
                '|' => {
                    let operator = if self.skip("||") { Operator::Or } else { Operator::Pipe };
                    if operator == Operator::Pipe && !self.skip("|&") {
                        self.at += 1;
                    }
                    self.operator(operator);
                }
                '(' => {
                    self.at += 1;
                    self.operator(Operator::Open);
                }
                ')' => {
                    self.at += 1;
                    self.operator(Operator::Close);
                }
                '<' | '>' => self.redirection(),
                _ if self.is_continuation() => {}
                _ => self.word(),
            }
        }
    }

    fn ampersand(&mut self) {
        if self.skip("&&") {
            self.operator(Operator::And);
        } else if self.rest().starts_with("&>") {
            self.at += 1;
            self.redirection();
        } else {
            self.at += 1;
            self.operator(Operator::Background);
        }
    }

    /// Passes over an escaped line ending.
    fn is_continuation(&mut self) -> bool {
        let escape = self.escape;
        let rest = self.rest().strip_prefix(escape);
        let rest = rest.and_then(|rest| rest.strip_prefix("\r\n").or(rest.strip_prefix('\n')));
        let Some(length) = rest.map(str::len) else { return false };
        self.at = self.text.len() - length;
        true
    }

    /// Passes over `> file`, `2>&1`, `<<EOF` and the like.
    fn redirection(&mut self) {
        // A number before it names the stream and is no word of the command.
        if let Some(Token::Word(last)) = self.found.last()
            && last.range.end == self.at
            && last.text.bytes().all(|byte| byte.is_ascii_digit())
        {
            self.found.pop();
        }
        let is_heredoc = self.rest().starts_with("<<") && !self.rest().starts_with("<<<");
        while self.peek().is_some_and(|next| matches!(next, '<' | '>' | '&' | '-')) {
            self.at += 1;
        }
        if self.peek() == Some('(') {
            self.skip_parenthesis();
            return;
        }
        while self.peek().is_some_and(|next| matches!(next, ' ' | '\t')) {
            self.at += 1;
        }
        if self.peek().is_some_and(|next| !is_end_of_word(next)) {
            let before = self.found.len();
            self.word();
            if let Some(Token::Word(target)) = self.found.get(before)
                && is_heredoc
            {
                self.heredocs.push(target.text.clone());
            }
            self.found.truncate(before);
        }
    }

    fn skip_heredocs(&mut self) {
        for end in std::mem::take(&mut self.heredocs) {
            while self.at < self.text.len() {
                let line = self.rest().split_inclusive('\n').next().unwrap_or_default();
                let is_end = line.trim() == end;
                self.at += line.len();
                if is_end {
                    break;
                }
            }
        }
    }

    fn word(&mut self) {
        let start = self.at;
        let mut word = Word { text: String::new(), range: start..start, substitutions: Vec::new() };
        while let Some(character) = self.peek() {
            if is_end_of_word(character) {
                break;
            }
            if self.is_continuation() {
                // The next line goes on with the command, and with the word only without blanks.
                continue;
            }
            match character {
                '\'' => self.single_quoted(&mut word),
                '"' => self.double_quoted(&mut word),
                '$' | '`' if character != self.escape => self.dollar(&mut word),
                _ => {
                    self.at += character.len_utf8();
                    if character == self.escape {
                        let next = self.peek();
                        self.at += next.map_or(0, char::len_utf8);
                        word.text.extend(next);
                    } else {
                        word.text.push(character);
                    }
                }
            }
        }
        word.range.end = self.at.max(start + 1).min(self.text.len());
        self.at = self.at.max(start + 1);
        self.found.push(Token::Word(word));
    }

    fn single_quoted(&mut self, word: &mut Word) {
        self.at += 1;
        let length = self.rest().find('\'').unwrap_or(self.rest().len());
        word.text.push_str(self.rest().get(..length).unwrap_or_default());
        self.at = (self.at + length + 1).min(self.text.len());
    }

    fn double_quoted(&mut self, word: &mut Word) {
        self.at += 1;
        while let Some(character) = self.peek() {
            match character {
                '"' => {
                    self.at += 1;
                    return;
                }
                _ if self.is_continuation() => {}
                '$' | '`' if character != self.escape => self.dollar(word),
                _ => {
                    self.at += character.len_utf8();
                    let escaped = self.peek().filter(|_| character == self.escape);
                    match escaped {
                        Some(next) => {
                            self.at += next.len_utf8();
                            word.text.push(next);
                        }
                        None => word.text.push(character),
                    }
                }
            }
        }
    }

    /// `$name`, `${name}`, `${{ expression }}`, `$(command)` or a command in backticks.
    fn dollar(&mut self, word: &mut Word) {
        let start = self.at;
        let inner = if self.rest().starts_with("${{") {
            self.at += self.rest().find("}}").map_or(self.rest().len(), |end| end + 2);
            None
        } else if self.rest().starts_with("${") {
            self.at += self.rest().find('}').map_or(self.rest().len(), |end| end + 1);
            None
        } else if self.rest().starts_with("$(") {
            self.at += 1;
            self.skip_parenthesis();
            Some(start + 2..self.at.saturating_sub(1).max(start + 2))
        } else if self.skip("`") {
            let length = self.rest().find('`').unwrap_or(self.rest().len());
            self.at = (self.at + length + 1).min(self.text.len());
            Some(start + 1..self.at.saturating_sub(1).max(start + 1))
        } else {
            self.at += 1;
            None
        };
        word.substitutions.extend(inner);
        word.text.push_str(self.text.get(start..self.at).unwrap_or_default());
    }

    /// Passes over `( … )`, quotes inside respected.
    fn skip_parenthesis(&mut self) {
        let mut depth = 0_usize;
        let mut quote = None;
        while let Some(character) = self.peek() {
            self.at += character.len_utf8();
            match (quote, character) {
                (None | Some('"'), '\\') => self.at += self.peek().map_or(0, char::len_utf8),
                (Some(open), character) if open == character => quote = None,
                (None, '\'' | '"') => quote = Some(character),
                (None, '(') => depth += 1,
                (None, ')') if depth <= 1 => return,
                (None, ')') => depth -= 1,
                _ => {}
            }
        }
    }
}

fn is_end_of_word(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(script: &str) -> String {
        let tokens = tokens(script, 0..script.len(), '\\');
        let shown = tokens.iter().map(|token| match token {
            Token::Word(word) => {
                let inner =
                    word.substitutions.iter().map(|range| format!("<{}>", &script[range.clone()]));
                format!("{}{}", word.text, inner.collect::<Vec<_>>().concat())
            }
            Token::Operator(operator) => format!("{operator:?}"),
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_and_operators() {
        assert_eq!(shown("a 'b c' \"d $e\" # f\ng\\\n h"), "a b c d $e Next g h");
        assert_eq!(
            shown("a && b || c | d; e & (f)"),
            "a And b Or c Pipe d Next e Background Open f Close"
        );
        assert_eq!(shown("a > b 2>&1 <c &>d e"), "a e");
        assert_eq!(shown("a ${{ b || c }} ${d} $?"), "a ${{ b || c }} ${d} $?");
        assert_eq!(shown("x=$(a \"b)\" | c)"), "x=$(a \"b)\" | c)<a \"b)\" | c>");
        assert_eq!(shown("a <<EOF\nterraform plan\nEOF\nb"), "a Next b");
        assert_eq!(shown("`a b` c"), "`a b`<a b> c");
    }

    #[test]
    fn what_is_not_closed_ends_with_the_script() {
        for script in ["'a", "\"a", "$(a", "${a", "${{ a", "`a", "a \\", "<<E\nx", "a >"] {
            assert!(tokens(script, 0..script.len(), '\\').len() <= 2, "{script}");
        }
    }
}
