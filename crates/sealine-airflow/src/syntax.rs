//! One Python file as a syntax tree.
//!
//! Invariant: whatever the text, parsing ends, and the tree is shallow enough to be walked and
//! dropped on a small stack: what nests deeper than the limits below is refused before the parser
//! sees it.

use std::sync::Arc;

use crate::index::Index;
use ruff_python_ast::Suite;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, ParseOptions, lexer, parse_unchecked};
use ruff_text_size::Ranged;
use sealine_model::{Problem, ProblemKind};
use sealine_source::{Source, TextRange};

/// Brackets inside brackets. Python itself stops at 200.
const BRACKETS: usize = 150;
/// Operators, calls and attributes that one expression may chain.
const CHAIN: u32 = 1000;
/// Blocks inside blocks. Python itself stops at 100.
const INDENTS: u32 = 100;
/// Texts beyond this size are generated; no DAG is.
const SIZE: usize = 4 << 20;

/// A parsed file.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// The text.
    pub(crate) source: Arc<Source>,
    /// The statements that could be read.
    pub(crate) body: Suite,
    /// Which of them define which names, when they can run one by one.
    pub(crate) index: Option<Index>,
    /// The first thing that is wrong with the text.
    pub(crate) problem: Option<Problem>,
}

/// Parses a file, or says why it was not.
pub(crate) fn parse(source: &Arc<Source>) -> Parsed {
    let refused = |message: &str| Parsed {
        source: Arc::clone(source),
        body: Suite::new(),
        index: None,
        problem: Some(Problem {
            kind: ProblemKind::Limit,
            place: source.top(),
            message: message.to_owned(),
        }),
    };
    if source.text().len() > SIZE {
        return refused("the Python file is larger than 4 MiB");
    }
    if let Some(message) = nests_too_deep(source.text()) {
        return refused(message);
    }
    let parsed = parse_unchecked(source.text(), ParseOptions::from(Mode::Module));
    let problem = parsed.errors().first().map(|error| Problem {
        kind: ProblemKind::Syntax,
        place: source.place(range(&error.location)),
        message: format!("the Python text does not parse: {}", message(&error.error)),
    });
    let body = parsed.try_into_module().map(|module| module.into_syntax().body);
    let body = body.unwrap_or_default();
    let index = crate::index::index(&body);
    Parsed { source: Arc::clone(source), body, index, problem }
}

/// Returns the range of a node.
pub(crate) fn range(node: &impl Ranged) -> TextRange {
    TextRange::new(node.start().to_usize(), node.end().to_usize())
}

/// The parser's sentence in this project's style. It names tokens and never quotes the text, except
/// for names, which it puts between backticks.
fn message(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let head = letters.next().map(|first| first.to_lowercase().to_string());
    head.unwrap_or_default() + letters.as_str().trim_end_matches('.')
}

/// Bounds the depth of the tree from its tokens alone: the brackets that are open, and for each of
/// them what was chained since its last comma.
fn nests_too_deep(text: &str) -> Option<&'static str> {
    let mut lexer = lexer::lex(text, Mode::Module);
    let mut chains: Vec<u32> = vec![0];
    let mut total = 0_u32;
    let mut indents = 0_u32;
    loop {
        let kind = lexer.next_token();
        match kind {
            TokenKind::EndOfFile => return None,
            TokenKind::Indent => indents += 1,
            TokenKind::Dedent => indents = indents.saturating_sub(1),
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => chains.push(0),
            TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd => {
                if chains.len() > 1 {
                    total -= chains.pop().unwrap_or_default();
                }
                chained(&mut chains, &mut total);
            }
            TokenKind::Comma => {
                if let Some(last) = chains.last_mut() {
                    total -= std::mem::take(last);
                }
            }
            kind if ends_statement(kind) => {
                chains.truncate(1);
                chains[0] = 0;
                total = 0;
            }
            kind if deepens(kind) => chained(&mut chains, &mut total),
            _ => {}
        }
        if chains.len() > BRACKETS {
            return Some("brackets nest deeper than 150 levels");
        }
        if total > CHAIN {
            return Some("an expression chains more than 1000 operators");
        }
        if indents > INDENTS {
            return Some("blocks nest deeper than 100 levels");
        }
    }
}

fn chained(chains: &mut [u32], total: &mut u32) {
    if let Some(last) = chains.last_mut() {
        *last += 1;
        *total += 1;
    }
}

/// Statements begin anew after these; the parser gives up open brackets at a statement's keyword.
fn ends_statement(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Newline
            | TokenKind::Semi
            | TokenKind::Assert
            | TokenKind::Class
            | TokenKind::Def
            | TokenKind::Del
            | TokenKind::Except
            | TokenKind::Finally
            | TokenKind::Global
            | TokenKind::Import
            | TokenKind::Nonlocal
            | TokenKind::Raise
            | TokenKind::Return
            | TokenKind::Try
            | TokenKind::While
            | TokenKind::With
    )
}

fn deepens(kind: TokenKind) -> bool {
    kind.is_operator() && !matches!(kind, TokenKind::Equal | TokenKind::Colon)
        || matches!(
            kind,
            TokenKind::And
                | TokenKind::Await
                | TokenKind::Else
                | TokenKind::If
                | TokenKind::In
                | TokenKind::Is
                | TokenKind::Lambda
                | TokenKind::Not
                | TokenKind::Or
                | TokenKind::Yield
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealine_source::FileName;

    fn problem(text: &str) -> Option<(ProblemKind, String)> {
        let source = Arc::new(Source::new(FileName::new("r", "dags/a.py"), text));
        // The gate for every parser: a small stack, the tree dropped on it.
        std::thread::Builder::new()
            .stack_size(2 << 20)
            .spawn(move || parse(&source).problem.map(|problem| (problem.kind, problem.message)))
            .unwrap()
            .join()
            .unwrap()
    }

    #[test]
    fn hostile_nesting_is_refused() {
        let cases = [
            "(".repeat(100_000),
            "[".repeat(100_000),
            "{".repeat(100_000),
            "f(".repeat(50_000),
            format!("x = {}1", "1+".repeat(500_000)),
            format!("x = {}1", "-".repeat(500_000)),
            format!("x = {}1", "not ".repeat(250_000)),
            format!("x = a{}", ".b".repeat(500_000)),
            format!("x = a{}", "()".repeat(500_000)),
            format!("x = a{}", "[0]".repeat(300_000)),
            format!("x = {}1", "lambda: ".repeat(100_000)),
            format!("x = {}1", "1 if a else ".repeat(90_000)),
            format!("x = {}", "f'{".repeat(300)),
            (0..1200).flat_map(|depth| [" ".repeat(depth), "if x:\n".to_owned()]).collect(),
        ];
        for case in cases {
            let kind = problem(&case).map(|problem| problem.0);
            assert_eq!(kind, Some(ProblemKind::Limit), "{}", &case[..20]);
        }
    }

    #[test]
    fn what_python_accepts_is_accepted() {
        let cases = [
            format!("x = [{}]", "f(a.b.c(d)),".repeat(20_000)),
            format!("x = {}1", "1+".repeat(400)),
            "x = 1\n".repeat(100_000),
            "f(a.b)\n".repeat(10_000),
            format!("x = {}1{}", "(".repeat(100), ")".repeat(100)),
            format!("x = ({})", "'a'\n".repeat(50_000)),
        ];
        for case in cases {
            assert_eq!(problem(&case), None, "{}", &case[..20]);
        }
    }

    #[test]
    fn broken_text_is_one_problem() {
        for text in ["def f(:\n  pass\nx = = 1\n", "x = (\ny = 1\n", "\u{feff}x = 'a\n", "a\0b"] {
            assert_eq!(problem(text).map(|problem| problem.0), Some(ProblemKind::Syntax), "{text}");
        }
    }

    #[test]
    fn the_deepest_tree_accepted_fits_a_small_stack() {
        let deep = |open: &str, close: &str, times: usize| {
            format!("x = {}1{}\n", open.repeat(times), close.repeat(times))
        };
        for text in [
            deep("-", "", 999),
            deep("lambda: ", "", 999),
            deep("f(a=[1, ", "])", 70),
            deep("1 if a else ", "", 490),
            format!("x = a{}\n", ".b()".repeat(490)),
        ] {
            assert_eq!(problem(&text), None, "{}", &text[..20]);
        }
    }
}
