//! Templates: quoted strings, heredocs and template files.
//!
//! Invariant: a literal piece whose bytes stand in the file as they are says so, so that a fix can
//! edit them there.

use sealine_source::TextRange;

use super::MAX_DEPTH;
use super::cursor::{Fault, Parse, Parser};
use super::tree::{Expression, ExpressionKind, ForDirective, IfDirective, TemplatePiece};

/// Where a template stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// In quotes, with escapes.
    Quoted,
    /// A heredoc: literals end at each line.
    Heredoc,
    /// A file, or a string of JSON syntax.
    Whole,
}

/// A template before its directives are nested.
enum Token {
    Literal { text: String, range: TextRange, exact: bool },
    Interpolation(Expression),
    If(Expression),
    Else,
    EndIf,
    For(Option<Box<str>>, Box<str>, Expression),
    EndFor,
}

impl Parser<'_> {
    /// Reads a quoted string.
    pub(super) fn quoted(&mut self) -> Parse<Expression> {
        let start = self.at;
        self.at += 1;
        let tokens = self.tokens(Style::Quoted, start)?;
        self.template(start, tokens)
    }

    /// Reads the whole text as a template.
    pub(super) fn whole_template(&mut self) -> Parse<Expression> {
        let start = self.at;
        let tokens = self.tokens(Style::Whole, start)?;
        self.template(start, tokens)
    }

    /// Reads a heredoc, up to its closing marker.
    pub(super) fn heredoc(&mut self) -> Parse<Expression> {
        let start = self.at;
        self.at += 2;
        let flush = self.eat("-");
        let Some(marker) = self.identifier() else {
            return Err(self.unexpected("the marker of a heredoc"));
        };
        if !self.at_line_end() {
            return Err(self.unexpected("the end of the line after the heredoc's marker"));
        }
        let head = self.range(start, self.at);
        self.eat("\r");
        self.eat("\n");
        let Some((content_end, marker_end)) = self.heredoc_end(marker) else {
            return Err(Fault::syntax(head, format!("the heredoc `{marker}` is not closed")));
        };
        let end = std::mem::replace(&mut self.end, content_end);
        let tokens = self.tokens(Style::Heredoc, start);
        self.end = end;
        let mut tokens = tokens?;
        self.at = marker_end;
        if flush {
            flush_indent(&mut tokens, self.is_exact());
        }
        self.template(start, tokens)
    }

    /// Returns where the content ends and where the closing marker does.
    fn heredoc_end(&self, marker: &str) -> Option<(usize, usize)> {
        let mut line_start = self.at;
        for line in self.rest().split_inclusive('\n') {
            if line.trim() == marker {
                return Some((line_start, line_start + line.trim_end().len()));
            }
            line_start += line.len();
        }
        None
    }

    fn template(&mut self, start: usize, tokens: Vec<Token>) -> Parse<Expression> {
        let range = self.range(start, self.at);
        let pieces = nest(tokens, range)?;
        Ok(Expression { kind: ExpressionKind::Template(pieces.into()), range })
    }

    /// Reads literals, interpolations and directives, up to the closing quote or the end.
    fn tokens(&mut self, style: Style, start: usize) -> Parse<Vec<Token>> {
        let mut tokens = Vec::new();
        let mut run = self.at;
        // Where the literals begin that `~}` may trim.
        let mut trimmed_from: Option<usize> = None;
        loop {
            let Some(byte) = self.next_special(style) else {
                if style == Style::Quoted {
                    let quote = self.range(start, start + 1);
                    return Err(Fault::syntax(quote, "this string is not closed"));
                }
                self.flush_run(&mut tokens, run);
                trim_left(&mut tokens, trimmed_from, style);
                return Ok(tokens);
            };
            match byte {
                b'"' => {
                    self.flush_run(&mut tokens, run);
                    self.at += 1;
                    trim_left(&mut tokens, trimmed_from, style);
                    return Ok(tokens);
                }
                b'\\' => {
                    self.flush_run(&mut tokens, run);
                    let escape = self.escape()?;
                    tokens.push(escape);
                    run = self.at;
                }
                b'\n' if style == Style::Quoted => {
                    let quote = self.range(start, start + 1);
                    return Err(Fault::syntax(quote, "this string is not closed on its line"));
                }
                b'\n' => {
                    self.at += 1;
                    self.flush_run(&mut tokens, run);
                    run = self.at;
                }
                sigil if self.peek_at(1) == Some(sigil) && self.peek_at(2) == Some(b'{') => {
                    self.flush_run(&mut tokens, run);
                    let range = self.range(self.at, self.at + 3);
                    let text = format!("{}{{", char::from(sigil));
                    tokens.push(Token::Literal { text, range, exact: false });
                    self.at += 3;
                    run = self.at;
                }
                sigil if self.peek_at(1) == Some(b'{') => {
                    self.flush_run(&mut tokens, run);
                    self.at += 2;
                    if self.eat("~") {
                        trim_right(&mut tokens, style);
                    }
                    trim_left(&mut tokens, trimmed_from, style);
                    let (token, trims) = self.across_lines(|parser| parser.sequence(sigil))?;
                    tokens.push(token);
                    trimmed_from = trims.then_some(tokens.len());
                    run = self.at;
                }
                _ => self.at += 1,
            }
        }
    }

    /// Goes to the next byte that may mean something in a template.
    fn next_special(&mut self, style: Style) -> Option<u8> {
        let is_special = |byte: u8| match byte {
            b'$' | b'%' => true,
            b'"' | b'\\' => style == Style::Quoted,
            b'\n' => style != Style::Whole,
            _ => false,
        };
        let rest = self.rest().as_bytes();
        let Some(distance) = rest.iter().position(|byte| is_special(*byte)) else {
            self.at = self.end;
            return None;
        };
        self.at += distance;
        rest.get(distance).copied()
    }

    fn flush_run(&self, tokens: &mut Vec<Token>, run: usize) {
        if run < self.at {
            let text = self.slice(run, self.at).to_owned();
            let range = self.range(run, self.at);
            tokens.push(Token::Literal { text, range, exact: self.is_exact() });
        }
    }

    fn escape(&mut self) -> Parse<Token> {
        let start = self.at;
        self.at += 1;
        let text = match self.peek() {
            Some(b'n') => "\n".to_owned(),
            Some(b'r') => "\r".to_owned(),
            Some(b't') => "\t".to_owned(),
            Some(b'"') => "\"".to_owned(),
            Some(b'\\') => "\\".to_owned(),
            Some(b'u') => self.unicode(4)?,
            Some(b'U') => self.unicode(8)?,
            _ => return Err(self.unexpected("an escape such as `\\n` or `\\\\`")),
        };
        self.at += 1;
        Ok(Token::Literal { text, range: self.range(start, self.at), exact: false })
    }

    /// Reads the digits after `u` or `U`; ends at the last one.
    fn unicode(&mut self, digits: usize) -> Parse<String> {
        let hex = self.slice(self.at + 1, (self.at + 1 + digits).min(self.end));
        let code = u32::from_str_radix(hex, 16).ok().filter(|_| hex.len() == digits);
        let Some(code) = code else {
            return Err(self.unexpected("hexadecimal digits after the escape"));
        };
        self.at += digits;
        // Halves of surrogate pairs are replaced, as Terraform does.
        Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER).to_string())
    }

    /// Reads what follows `${` or `%{`, and whether `~}` ends it.
    fn sequence(&mut self, sigil: u8) -> Parse<(Token, bool)> {
        self.skip_blank();
        let token = if sigil == b'$' {
            Token::Interpolation(self.expression()?)
        } else if self.eat_word("if") {
            Token::If(self.expression()?)
        } else if self.eat_word("else") {
            Token::Else
        } else if self.eat_word("endif") {
            Token::EndIf
        } else if self.eat_word("for") {
            let (key_name, value_name) = self.for_names()?;
            Token::For(key_name, value_name, self.expression()?)
        } else if self.eat_word("endfor") {
            Token::EndFor
        } else {
            return Err(self.unexpected("`if`, `else`, `endif`, `for` or `endfor`"));
        };
        self.skip_blank();
        let trims = self.eat("~");
        self.expect("}", "at the end of the interpolation")?;
        Ok((token, trims))
    }
}

/// Trims what follows a `~}`: in a heredoc the rest of its line, else up to the next sequence.
fn trim_left(tokens: &mut [Token], from: Option<usize>, style: Style) {
    let literals = tokens.get_mut(from.unwrap_or(usize::MAX)..).unwrap_or_default();
    for token in literals {
        let Token::Literal { text, range, exact } = token else { return };
        let kept = text.trim_start().len();
        if *exact {
            range.start = range.end - kept as u32;
        }
        text.drain(..text.len() - kept);
        if style == Style::Heredoc || kept > 0 {
            return;
        }
    }
}

/// Trims what stands before a `${~`.
fn trim_right(tokens: &mut [Token], style: Style) {
    for token in tokens.iter_mut().rev() {
        let Token::Literal { text, range, exact } = token else { return };
        text.truncate(text.trim_end().len());
        if *exact {
            range.end = range.start + text.len() as u32;
        }
        if style == Style::Heredoc || !text.is_empty() {
            return;
        }
    }
}

/// Removes the smallest indentation of all lines from each, as `<<-` asks.
fn flush_indent(tokens: &mut [Token], is_exact: bool) {
    let mut smallest = usize::MAX;
    let mut at_line_start = true;
    let mut leading = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let Token::Literal { text, .. } = token else {
            if std::mem::take(&mut at_line_start) {
                smallest = 0;
            }
            continue;
        };
        if at_line_start {
            let kept = text.trim_start();
            if !(kept.is_empty() && text.ends_with('\n')) {
                smallest = smallest.min(text.len() - kept.len());
                leading.push(index);
            }
        }
        at_line_start = text.ends_with('\n');
    }
    for index in leading {
        if let Some(Token::Literal { text, range, .. }) = tokens.get_mut(index) {
            let cut = smallest.min(text.len());
            if !text.is_char_boundary(cut) {
                continue;
            }
            text.drain(..cut);
            if is_exact {
                range.start += cut as u32;
            }
        }
    }
}

/// A directive that is still open.
enum Open {
    If { condition: Expression, then: Option<Vec<TemplatePiece>> },
    For { key_name: Option<Box<str>>, value_name: Box<str>, collection: Expression },
}

/// Nests the directives.
fn nest(tokens: Vec<Token>, whole: TextRange) -> Parse<Vec<TemplatePiece>> {
    let wrong = |message: &str| Fault::syntax(whole, message);
    let mut stack: Vec<(Open, Vec<TemplatePiece>)> = Vec::new();
    let mut pieces = Vec::new();
    for token in tokens {
        match token {
            Token::Literal { text, range, exact } => {
                if !text.is_empty() {
                    let text = text.into_boxed_str();
                    pieces.push(TemplatePiece::Literal { text, range, exact });
                }
            }
            Token::Interpolation(expression) => {
                pieces.push(TemplatePiece::Interpolation(expression));
            }
            Token::If(condition) => {
                let open = Open::If { condition, then: None };
                stack.push((open, std::mem::take(&mut pieces)));
            }
            Token::For(key_name, value_name, collection) => {
                let open = Open::For { key_name, value_name, collection };
                stack.push((open, std::mem::take(&mut pieces)));
            }
            Token::Else => match stack.last_mut() {
                Some((Open::If { then: then @ None, .. }, _)) => {
                    *then = Some(std::mem::take(&mut pieces));
                }
                _ => return Err(wrong("`else` without `if` in this template")),
            },
            Token::EndIf => {
                let Some((Open::If { condition, then }, outer)) = stack.pop() else {
                    return Err(wrong("`endif` without `if` in this template"));
                };
                let last = std::mem::replace(&mut pieces, outer);
                let (then, otherwise) = match then {
                    Some(then) => (then, last),
                    None => (last, Vec::new()),
                };
                pieces.push(TemplatePiece::If(Box::new(IfDirective {
                    condition,
                    then: then.into(),
                    otherwise: otherwise.into(),
                })));
            }
            Token::EndFor => {
                let Some((Open::For { key_name, value_name, collection }, outer)) = stack.pop()
                else {
                    return Err(wrong("`endfor` without `for` in this template"));
                };
                let body = std::mem::replace(&mut pieces, outer);
                pieces.push(TemplatePiece::For(Box::new(ForDirective {
                    key_name,
                    value_name,
                    collection,
                    body: body.into(),
                })));
            }
        }
        if stack.len() >= MAX_DEPTH {
            return Err(wrong("template directives are nested too deep"));
        }
    }
    if stack.is_empty() {
        Ok(pieces)
    } else {
        Err(wrong("a directive of this template is not closed"))
    }
}
