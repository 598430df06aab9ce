//! A shell script as a flat list of commands, each with what stands around it.
//!
//! Invariant: substitutions are followed a few levels deep only.

use std::ops::Range;

use crate::shell::{Operator, Token, Word, tokens};

/// How deep substitutions are followed.
const DEPTH: usize = 6;

/// One command with its surroundings.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    /// `NAME=value` before the program, or alone.
    pub(crate) assignments: Vec<(String, Word)>,
    /// The program and its arguments.
    pub(crate) words: Vec<Word>,
    /// Where it stands in the script.
    pub(crate) range: Range<usize>,
    /// What follows it; `None` at the end.
    pub(crate) then: Option<Operator>,
    /// Whether it is the condition of an `if` or a loop, or negated; then no failure of it ends the shell.
    pub(crate) condition: Option<Condition>,
    /// Whether the shell ends on a failure at this point.
    pub(crate) exits_on_error: bool,
    /// Whether a pipe fails with any of its commands at this point.
    pub(crate) pipefail: bool,
    /// The command in whose `$( … )` this one stands.
    pub(crate) outer: Option<usize>,
    /// How many subshells are open around it.
    pub(crate) subshells: usize,
}

/// What becomes of the status of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// What follows may still read it.
    Plain,
    /// `!` stands before it: what follows reads 0 or 1.
    Negated,
}

/// What a shell does with failures when a script begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Strictness {
    /// `-e`
    pub(crate) exits_on_error: bool,
    /// `-o pipefail`
    pub(crate) pipefail: bool,
}

/// Splits a script into its commands.
pub(crate) fn commands(script: &str, strictness: Strictness, escape: char) -> Vec<Command> {
    let mut reader = Reader { script, escape, strictness, found: Vec::new() };
    reader.read(0..script.len(), None, 0, 0);
    reader.found
}

struct Reader<'a> {
    script: &'a str,
    escape: char,
    strictness: Strictness,
    found: Vec<Command>,
}

impl Reader<'_> {
    /// Reads a part of the script; recurses into substitutions up to [`DEPTH`].
    fn read(&mut self, range: Range<usize>, outer: Option<usize>, subshells: usize, depth: usize) {
        let mut words: Vec<Word> = Vec::new();
        let mut is_condition = false;
        let mut open = subshells;
        let tokens = tokens(self.script, range, self.escape);
        let ends = tokens.into_iter().map(Some).chain([None]);
        for token in ends {
            let operator = match token {
                Some(Token::Word(word)) => {
                    words.push(word);
                    continue;
                }
                Some(Token::Operator(operator)) => Some(operator),
                None => None,
            };
            let words = std::mem::take(&mut words);
            self.command(words, operator, &mut is_condition, (outer, open, depth));
            match operator {
                Some(Operator::Open) => open += 1,
                Some(Operator::Close) => open = open.saturating_sub(1),
                _ => {}
            }
        }
    }

    fn command(
        &mut self,
        mut words: Vec<Word>,
        then: Option<Operator>,
        is_condition: &mut bool,
        (outer, subshells, depth): (Option<usize>, usize, usize),
    ) {
        let mut is_negated = false;
        let keywords = words.iter().take_while(|word| match word.text.as_str() {
            "if" | "elif" | "while" | "until" => {
                *is_condition = true;
                true
            }
            "then" | "do" | "else" => {
                *is_condition = false;
                true
            }
            "!" => {
                is_negated = true;
                true
            }
            "{" | "}" | "fi" | "done" | "esac" => true,
            _ => false,
        });
        let keywords = keywords.count();
        words.drain(..keywords);
        let Some(range) =
            words.first().zip(words.last()).map(|(first, last)| first.range.start..last.range.end)
        else {
            return self.amend(then);
        };
        let assigned = words.iter().take_while(|word| assignment(&word.text).is_some()).count();
        let assignments = words.drain(..assigned).filter_map(|word| {
            let (name, value) = assignment(&word.text)?;
            Some((name.to_owned(), Word { text: value.to_owned(), ..word.clone() }))
        });
        let assignments: Vec<_> = assignments.collect();
        let index = self.found.len();
        let inner: Vec<Range<usize>> = assignments
            .iter()
            .map(|(_, word)| word)
            .chain(&words)
            .flat_map(|word| word.substitutions.iter().cloned())
            .collect();
        self.set(&words);
        self.found.push(Command {
            assignments,
            words,
            range,
            then,
            condition: match (is_negated, *is_condition) {
                (true, _) => Some(Condition::Negated),
                (false, true) => Some(Condition::Plain),
                (false, false) => None,
            },
            exits_on_error: self.strictness.exits_on_error,
            pipefail: self.strictness.pipefail,
            outer,
            subshells,
        });
        if depth < DEPTH {
            for range in inner {
                self.read(range, Some(index), subshells + 1, depth + 1);
            }
        }
    }

    /// A keyword alone, such as `fi` or `}`: what follows it follows the command before it too.
    fn amend(&mut self, then: Option<Operator>) {
        if let (Some(last), Some(operator)) = (self.found.last_mut(), then)
            && matches!(last.then, Some(Operator::Next | Operator::Close))
            && matches!(operator, Operator::Or | Operator::And | Operator::Pipe)
        {
            last.then = Some(operator);
        }
    }

    /// Follows `set -e`, `set +o pipefail` and the like.
    fn set(&mut self, words: &[Word]) {
        let Some((program, arguments)) = words.split_first() else { return };
        if !matches!(program.text.as_str(), "set" | "shopt") {
            return;
        }
        let mut arguments = arguments.iter().map(|word| word.text.as_str());
        while let Some(argument) = arguments.next() {
            apply_flag(&mut self.strictness, argument, || arguments.next());
        }
    }
}

/// Applies one argument of `set` or of a shell; `next` gives the name behind `-o`.
pub(crate) fn apply_flag<'a>(
    strictness: &mut Strictness,
    argument: &str,
    next: impl FnOnce() -> Option<&'a str>,
) {
    let Some(letters) = argument.strip_prefix(['-', '+']).filter(|it| !it.starts_with('-')) else {
        return;
    };
    let on = argument.starts_with('-');
    if letters.contains('e') {
        strictness.exits_on_error = on;
    }
    if letters.ends_with('o') {
        match next() {
            Some("pipefail") => strictness.pipefail = on,
            Some("errexit") => strictness.exits_on_error = on,
            _ => {}
        }
    }
}

fn assignment(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    let is_name = !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: Strictness = Strictness { exits_on_error: true, pipefail: false };

    fn shown(script: &str) -> Vec<String> {
        let commands = commands(script, DEFAULT, '\\');
        let shown = commands.iter().map(|command| {
            let words: Vec<_> = command.words.iter().map(|word| word.text.as_str()).collect();
            let flags = [
                (command.condition.is_some(), "?"),
                (!command.exits_on_error, "+e"),
                (command.pipefail, "pipefail"),
                (command.outer.is_some(), "inner"),
            ];
            let flags = flags.iter().filter(|(holds, _)| *holds).map(|(_, name)| *name);
            let then = command.then.map_or(String::new(), |then| format!("{then:?}"));
            format!("{} {then} {}", words.join(" "), flags.collect::<Vec<_>>().join(" "))
                .trim()
                .to_owned()
        });
        shown.collect()
    }

    #[test]
    fn commands_know_what_stands_around_them() {
        assert_eq!(shown("a b | c\nd || e"), ["a b Pipe", "c Next", "d Or", "e"]);
        assert_eq!(shown("if a; then b; else c; fi"), ["a Next ?", "b Next", "c Next"]);
        assert_eq!(
            shown("set +e\na\nset -eo pipefail\nb"),
            ["set +e Next +e", "a Next +e", "set -eo pipefail Next pipefail", "b  pipefail"]
        );
        assert_eq!(shown("x=$(a | b)\n"), ["Next", "a Pipe inner", "b  inner"]);
        assert_eq!(shown("! a"), ["a  ?"]);
    }
}
