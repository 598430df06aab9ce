//! Builds the tree of a template from its tokens, by the rules of Go's `text/template`.
//!
//! Invariant: nesting is limited, so that no input exhausts the stack; an undefined function or
//! variable is refused here, before anything is executed.

mod pipeline;

use std::sync::Arc;

use sealine_source::TextRange;

use crate::error::{ErrorKind, TemplateError};
use crate::functions::Functions;
use crate::lexer::{Delimiters, Keyword, Token, TokenKind, lex};
use crate::literal;
use crate::syntax::{Action, Arm, Block, Branches, Call, Define, Node, RangeLoop, Template};

/// How deep blocks and parentheses may nest together.
const DEPTH: usize = 100;

/// Parses one template file or string between `{{` and `}}`. A text that is shared already is not
/// copied.
///
/// # Errors
///
/// Returns what is wrong and where, in words close to Go's.
pub fn parse(
    name: &str,
    text: impl Into<Arc<str>>,
    functions: &Functions,
) -> Result<Template, Box<TemplateError>> {
    parse_between(name, text, functions, &Delimiters::default())
}

/// Parses one template whose actions stand between other delimiters.
///
/// # Errors
///
/// Returns what is wrong and where, in words close to Go's.
pub fn parse_between(
    name: &str,
    text: impl Into<Arc<str>>,
    functions: &Functions,
    delimiters: &Delimiters,
) -> Result<Template, Box<TemplateError>> {
    let text = text.into();
    let mut parser = Parser {
        name,
        text: &text,
        functions,
        tokens: lex(&text, delimiters),
        at: 0,
        variables: vec![Arc::from("$")],
        loops: 0,
        depth: 0,
        defines: Vec::new(),
        comments: Vec::new(),
    };
    let body = Arc::new(parser.top()?);
    let Parser { defines, comments, .. } = parser;
    Ok(Template { name: name.to_owned(), text, body, defines, comments })
}

pub(super) type Parsed<T> = Result<T, Box<TemplateError>>;

pub(super) struct Parser<'a> {
    name: &'a str,
    text: &'a str,
    functions: &'a Functions,
    tokens: Vec<Token>,
    at: usize,
    variables: Vec<Arc<str>>,
    /// How many loops of this template hold the current node.
    loops: usize,
    depth: usize,
    defines: Vec<Define>,
    comments: Vec<TextRange>,
}

/// What closes a list of nodes.
#[derive(Clone, Copy)]
enum Closing {
    End(TextRange),
    Else(TextRange),
    /// `else if` and `else with`: the keyword, with the pipeline still to be read.
    ElseArm(TextRange, Keyword),
}

impl Parser<'_> {
    fn slice(&self, range: TextRange) -> &str {
        self.text.get(range.bytes()).unwrap_or_default()
    }

    fn error<T>(&self, range: TextRange, message: impl Into<String>) -> Parsed<T> {
        Err(TemplateError::at(ErrorKind::Parse, self.name, self.text, range, message.into()))
    }

    /// Returns the token here; the last one repeats for ever.
    fn peek(&self) -> &Token {
        const END: &Token = &Token { kind: TokenKind::End, range: TextRange { start: 0, end: 0 } };
        self.tokens.get(self.at).or(self.tokens.last()).unwrap_or(END)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn skip_space(&mut self) {
        while self.peek().kind == TokenKind::Space {
            self.at += 1;
        }
    }

    fn next_solid(&mut self) -> Token {
        self.skip_space();
        self.next()
    }

    fn unexpected<T>(&self, token: &Token, context: &str) -> Parsed<T> {
        let message = match &token.kind {
            TokenKind::Error(message) => message.clone(),
            TokenKind::End => format!("unexpected EOF in {context}"),
            TokenKind::Keyword(_) => {
                format!("unexpected <{}> in {context}", self.slice(token.range))
            }
            _ => {
                let text: String = self.slice(token.range).chars().take(10).collect();
                format!("unexpected {text:?} in {context}")
            }
        };
        self.error(token.range, message)
    }

    fn enter(&mut self, range: TextRange) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEPTH {
            return self.error(range, "nested too deeply");
        }
        Ok(())
    }

    fn top(&mut self) -> Parsed<Block> {
        let mut block = Block::default();
        loop {
            let token = self.next();
            match token.kind {
                TokenKind::End => {
                    block.nodes.shrink_to_fit();
                    return Ok(block);
                }
                TokenKind::Left if self.is_define() => self.define(token.range)?,
                _ => match self.node(&token)? {
                    Ok(node) => block.nodes.extend(node),
                    Err(Closing::End(range)) => return self.error(range, "unexpected {{end}}"),
                    Err(Closing::Else(range) | Closing::ElseArm(range, _)) => {
                        return self.error(range, "unexpected {{else}}");
                    }
                },
            }
        }
    }

    fn is_define(&mut self) -> bool {
        self.skip_space();
        self.peek().kind == TokenKind::Keyword(Keyword::Define)
    }

    fn define(&mut self, left: TextRange) -> Parsed<()> {
        self.next();
        let (name, name_range) = self.template_name("define clause")?;
        self.expect_right("define clause")?;
        self.named_block(left, name, name_range, "define clause")
    }

    /// Reads the content of a `define` or `block`, which sees no variable from outside.
    fn named_block(
        &mut self,
        left: TextRange,
        name: String,
        name_range: TextRange,
        context: &str,
    ) -> Parsed<()> {
        let outer = std::mem::replace(&mut self.variables, vec![Arc::from("$")]);
        let loops = std::mem::take(&mut self.loops);
        let (body, closing) = self.block(left)?;
        self.variables = outer;
        self.loops = loops;
        let end = match closing {
            Closing::End(range) => range,
            Closing::Else(range) | Closing::ElseArm(range, _) => {
                return self.error(range, format!("unexpected {{{{else}}}} in {context}"));
            }
        };
        let old = self.defines.iter().position(|define| define.name == name);
        let define = Define { name, name_range, range: left.cover(end), body: Arc::new(body) };
        let Some(old) = old.and_then(|old| self.defines.get_mut(old)) else {
            self.defines.push(define);
            return Ok(());
        };
        if old.body.is_blank(self.text) {
            *old = define;
        } else if !define.body.is_blank(self.text) {
            let message = format!("template: multiple definition of template {:?}", define.name);
            return self.error(define.name_range, message);
        }
        Ok(())
    }

    /// Reads nodes up to the action that closes them.
    fn block(&mut self, opened: TextRange) -> Parsed<(Block, Closing)> {
        self.enter(opened)?;
        let mut block = Block::default();
        loop {
            let token = self.next();
            if token.kind == TokenKind::End {
                return self.error(token.range, "unexpected EOF");
            }
            match self.node(&token)? {
                Ok(node) => block.nodes.extend(node),
                Err(closing) => {
                    self.depth -= 1;
                    block.nodes.shrink_to_fit();
                    return Ok((block, closing));
                }
            }
        }
    }

    /// Reads the node that begins with `token`; a comment gives none.
    fn node(&mut self, token: &Token) -> Parsed<Result<Option<Node>, Closing>> {
        match token.kind {
            TokenKind::Text => Ok(Ok(Some(Node::Text(token.range)))),
            TokenKind::Comment => {
                self.comments.push(token.range);
                Ok(Ok(None))
            }
            TokenKind::Left => self.action(token.range),
            _ => self.unexpected(token, "input"),
        }
    }

    fn action(&mut self, left: TextRange) -> Parsed<Result<Option<Node>, Closing>> {
        self.skip_space();
        let token = self.peek().clone();
        let TokenKind::Keyword(keyword) = token.kind else {
            let pipeline = self.pipeline("command", &TokenKind::Right)?;
            let range = left.cover(self.last_range());
            return Ok(Ok(Some(Node::Action(Box::new(Action { range, pipeline })))));
        };
        let node = match keyword {
            Keyword::Nil => {
                let pipeline = self.pipeline("command", &TokenKind::Right)?;
                let range = left.cover(self.last_range());
                Node::Action(Box::new(Action { range, pipeline }))
            }
            Keyword::Define => return self.unexpected(&token, "command"),
            Keyword::Block => {
                self.next();
                self.block_action(left)?
            }
            Keyword::Template => {
                self.next();
                self.template_action(left)?
            }
            Keyword::Break | Keyword::Continue => {
                self.next();
                let name = self.slice(token.range).to_owned();
                let range = left.cover(self.expect_right(&format!("{{{{{name}}}}}"))?);
                if self.loops == 0 {
                    return self.error(range, format!("{{{{{name}}}}} outside {{{{range}}}}"));
                }
                if keyword == Keyword::Break { Node::Break(range) } else { Node::Continue(range) }
            }
            Keyword::If => {
                self.next();
                Node::If(Box::new(self.branches(left, Keyword::If)?))
            }
            Keyword::With => {
                self.next();
                Node::With(Box::new(self.branches(left, Keyword::With)?))
            }
            Keyword::Range => {
                self.next();
                self.range_loop(left)?
            }
            Keyword::End => {
                self.next();
                return Ok(Err(Closing::End(left.cover(self.expect_right("end")?))));
            }
            Keyword::Else => {
                self.next();
                self.skip_space();
                let next = self.peek().clone();
                return Ok(Err(match next.kind {
                    TokenKind::Keyword(keyword @ (Keyword::If | Keyword::With)) => {
                        self.next();
                        Closing::ElseArm(left, keyword)
                    }
                    _ => Closing::Else(left.cover(self.expect_right("else")?)),
                }));
            }
        };
        Ok(Ok(Some(node)))
    }

    /// Returns the range of the token that was read last.
    fn last_range(&self) -> TextRange {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        last.map(|token| token.range).unwrap_or_default()
    }

    fn expect_right(&mut self, context: &str) -> Parsed<TextRange> {
        let token = self.next_solid();
        match token.kind {
            TokenKind::Right => Ok(token.range),
            _ => self.unexpected(&token, context),
        }
    }

    fn template_name(&mut self, context: &str) -> Parsed<(String, TextRange)> {
        let token = self.next_solid();
        match token.kind {
            TokenKind::Quoted | TokenKind::RawText => {
                let name = literal::unquote(self.slice(token.range))
                    .and_then(|(bytes, _)| String::from_utf8(bytes).ok());
                match name {
                    Some(name) => Ok((name, token.range)),
                    None => self.error(token.range, "invalid syntax"),
                }
            }
            _ => self.unexpected(&token, context),
        }
    }

    fn template_action(&mut self, left: TextRange) -> Parsed<Node> {
        let (name, name_range) = self.template_name("template clause")?;
        self.skip_space();
        let pipeline = if self.peek().kind == TokenKind::Right {
            self.next();
            None
        } else {
            Some(self.pipeline("template clause", &TokenKind::Right)?)
        };
        let range = left.cover(self.last_range());
        Ok(Node::Template(Box::new(Call { range, name, name_range, pipeline })))
    }

    fn block_action(&mut self, left: TextRange) -> Parsed<Node> {
        let (name, name_range) = self.template_name("block clause")?;
        let pipeline = Some(self.pipeline("block clause", &TokenKind::Right)?);
        let range = left.cover(self.last_range());
        self.named_block(left, name.clone(), name_range, "block clause")?;
        Ok(Node::Template(Box::new(Call { range, name, name_range, pipeline })))
    }

    /// Reads the rest of an `if` or `with`, all its arms, without recursion for long chains.
    fn branches(&mut self, left: TextRange, keyword: Keyword) -> Parsed<Branches> {
        let context = if keyword == Keyword::If { "if" } else { "with" };
        let outside = self.variables.len();
        let mut arms = Vec::new();
        let mut otherwise = None;
        let mut opened = left;
        let end = loop {
            let pipeline = self.pipeline(context, &TokenKind::Right)?;
            let range = opened.cover(self.last_range());
            let (body, closing) = self.block(range)?;
            arms.push(Arm { range, pipeline, body });
            match closing {
                Closing::End(end) => break end,
                Closing::ElseArm(next, found) if found == keyword => opened = next,
                Closing::Else(next) => {
                    let (body, closing) = self.block(next)?;
                    otherwise = Some(body);
                    break self.expect_end(closing)?;
                }
                // `else with` in an `if` is an `else` that the grammar then refuses.
                Closing::ElseArm(next, _) => {
                    return self.error(next, "unexpected keyword after else in input");
                }
            }
        };
        arms.shrink_to_fit();
        self.variables.truncate(outside);
        Ok(Branches { range: left.cover(end), arms, otherwise })
    }

    fn expect_end(&self, closing: Closing) -> Parsed<TextRange> {
        match closing {
            Closing::End(range) => Ok(range),
            Closing::Else(range) | Closing::ElseArm(range, _) => {
                self.error(range, "expected end; found {{else}}")
            }
        }
    }

    fn range_loop(&mut self, left: TextRange) -> Parsed<Node> {
        let outside = self.variables.len();
        let pipeline = self.pipeline("range", &TokenKind::Right)?;
        let range = left.cover(self.last_range());
        self.loops += 1;
        let (body, closing) = self.block(range)?;
        self.loops -= 1;
        let mut otherwise = None;
        let end = match closing {
            Closing::End(end) => end,
            Closing::Else(next) => {
                let (body, closing) = self.block(next)?;
                otherwise = Some(body);
                self.expect_end(closing)?
            }
            Closing::ElseArm(next, _) => {
                return self.error(next, "unexpected keyword after else in input");
            }
        };
        self.variables.truncate(outside);
        let arm = Arm { range, pipeline, body };
        Ok(Node::Range(Box::new(RangeLoop { range: left.cover(end), arm, otherwise })))
    }
}
