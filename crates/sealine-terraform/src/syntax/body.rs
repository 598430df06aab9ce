//! Bodies: attributes and blocks, and going on after a block that does not parse.

use sealine_model::ProblemKind;

use super::MAX_FAULTS;
use super::cursor::{Fault, Parse, Parser};
use super::tree::{Attribute, Block, Body, ExpressionKind, Label};

/// The words that a top-level block may begin with; a line that starts with one is where parsing
/// goes on after a fault.
const TOP_LEVEL: &[&str] = &[
    "action",
    "check",
    "data",
    "ephemeral",
    "import",
    "list",
    "locals",
    "module",
    "moved",
    "output",
    "provider",
    "removed",
    "resource",
    "run",
    "terraform",
    "variable",
    "variables",
];

impl Parser<'_> {
    /// Reads a whole file.
    pub(super) fn file(&mut self) -> Body {
        let mut body = Body::default();
        self.items(&mut body);
        body.shrink_to_fit();
        body
    }

    /// Reads all that stands in a file, less the blocks that do not parse.
    fn items(&mut self, body: &mut Body) {
        loop {
            self.skip_lines();
            let start = self.at;
            if self.at >= self.end {
                return;
            }
            if let Err(fault) = self.item(body) {
                self.faults.push(fault);
                let next = self.next_block(start);
                if self.faults.len() >= MAX_FAULTS || next.is_none() {
                    return;
                }
                self.restart(next.unwrap_or(self.end));
            }
        }
    }

    /// Returns where the next line after `start` stands that begins a top-level block.
    fn next_block(&self, start: usize) -> Option<usize> {
        let text = self.text;
        let after = text.get(start..)?.as_bytes();
        memchr::memchr_iter(b'\n', after).map(|feed| start + feed + 1).find(|line| {
            let rest = text.get(*line..).unwrap_or_default();
            let word = rest.split(|next: char| !next.is_ascii_alphabetic()).next();
            let word = word.unwrap_or_default();
            let follows =
                rest.get(word.len()..).unwrap_or_default().trim_start_matches([' ', '\t']);
            TOP_LEVEL.contains(&word) && follows.starts_with(['"', '{'])
        })
    }

    /// Reads what stands between the braces of a block.
    fn body(&mut self) -> Parse<Body> {
        let mut body = Body::default();
        loop {
            self.skip_lines();
            if self.peek().is_none_or(|byte| byte == b'}') {
                body.shrink_to_fit();
                return Ok(body);
            }
            self.item(&mut body)?;
        }
    }

    /// Reads an attribute or block into `body`.
    fn item(&mut self, body: &mut Body) -> Parse<()> {
        let start = self.at;
        let Some(word) = self.identifier() else {
            return Err(self.unexpected("a block or an attribute"));
        };
        let word_end = self.at;
        self.skip_blank();
        if self.peek() == Some(b'=') && self.peek_at(1) != Some(b'=') {
            self.at += 1;
            let value = self.expression()?;
            let name_range = self.range(start, word_end);
            if body.attributes.iter().any(|attribute| &*attribute.name == word) {
                self.faults.push(Fault {
                    kind: ProblemKind::DuplicateKey,
                    range: name_range,
                    message: format!("`{word}` is set twice in one block"),
                });
            }
            body.attributes.push(Attribute { name: word.into(), name_range, value });
        } else {
            let block = self.deeper(|parser| parser.block(start, word))?;
            body.blocks.push(block);
        }
        self.skip_blank();
        if self.at_line_end() || self.peek() == Some(b'}') {
            return Ok(());
        }
        Err(self.unexpected("the end of the line"))
    }

    fn block(&mut self, start: usize, kind: &str) -> Parse<Block> {
        let mut labels = Vec::new();
        loop {
            self.skip_blank();
            let at = self.at;
            if self.eat("{") {
                break;
            } else if let Some(label) = self.identifier() {
                labels.push(Label { text: label.into(), range: self.range(at, self.at) });
            } else if self.peek() == Some(b'"') {
                labels.push(self.quoted_label()?);
            } else {
                return Err(self.unexpected("`=`, `{` or a label"));
            }
        }
        labels.shrink_to_fit();
        let head = self.range(start, self.at);
        let body = self.body()?;
        if !self.eat("}") {
            return Err(Fault::syntax(head, format!("this `{kind}` block is not closed")));
        }
        let range = self.range(start, self.at);
        Ok(Block { kind: kind.into(), labels, head, range, body })
    }

    fn quoted_label(&mut self) -> Parse<Label> {
        let at = self.at;
        let expression = self.quoted()?;
        let range = self.range(at + 1, self.at - 1);
        match (&expression.kind, expression.literal_text()) {
            (ExpressionKind::Template(_), Some(text)) => Ok(Label { text: text.into(), range }),
            _ => Err(Fault::syntax(range, "a label cannot hold an interpolation")),
        }
    }
}
