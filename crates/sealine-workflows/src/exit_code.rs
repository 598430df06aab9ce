//! What becomes of exit code 2, by which `plan -detailed-exitcode` says that there are changes.
//!
//! Invariant: a loss is only claimed where the script, the shell and the wrapper are known; whatever
//! looks as if it read the code counts as reading it.

use crate::script::{Command, Condition};
use crate::shell::Operator;

/// What a script does with the exit code of one of its commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is read, or that is not known.
    Kept,
    /// It is lost, for this reason.
    Lost(&'static str),
    /// It ends the step as failed, as an error does.
    Fails,
    /// As above, and what would read it stands behind the end.
    FailsUnread,
}

/// Where a script last reads an exit code; found once, asked for each call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clues<'a> {
    script: &'a str,
    /// `$?` and its like.
    status: Option<usize>,
    /// `${PIPESTATUS[0]}` and its like.
    pipe_status: Option<usize>,
    has_trap: bool,
    /// Whether a part of the script may stand where a failure does not end it, although `-e` is set: in a
    /// function, or in a group whose own status is asked for.
    has_parts: bool,
}

impl<'a> Clues<'a> {
    pub(crate) fn of(script: &'a str) -> Self {
        let last = |words: &[&str]| words.iter().filter_map(|word| script.rfind(word)).max();
        Self {
            script,
            status: last(&STATUS),
            pipe_status: last(&["PIPESTATUS", "pipestatus"]),
            has_trap: script.contains("trap "),
            has_parts: PARTS.iter().any(|part| script.replace("${{", "").contains(part)),
        }
    }

    /// Whether this command ends the script before what would read its code.
    fn is_end(&self, last: &Command) -> bool {
        last.exits_on_error
            && last.condition.is_none()
            && !self.has_parts
            && last.subshells == 0
            && matches!(last.then, None | Some(Operator::Next))
    }
}

const PARTS: [&str; 12] = [
    "()",
    "function ",
    "{ ",
    "{\n",
    "done |",
    "done &",
    "fi |",
    "fi &",
    "esac |",
    "esac &",
    "source ",
    "eval ",
];

const STATUS: [&str; 3] = ["$?", "${?}", "LASTEXITCODE"];

/// Follows the exit code of the command at `index`.
pub(crate) fn follow(clues: Clues<'_>, commands: &[Command], index: usize) -> Fate {
    let Some(command) = commands.get(index) else { return Fate::Kept };
    if clues.has_trap {
        return Fate::Kept;
    }
    let last = end_of_pipe(commands, index);
    let end = commands.get(last).filter(|_| command.outer.is_none());
    if clues.pipe_status.is_some_and(|at| at >= command.range.end) {
        let fails = last == index || command.pipefail;
        return match end.filter(|end| fails && clues.is_end(end)) {
            Some(_) => Fate::FailsUnread,
            None => Fate::Kept,
        };
    }
    if command.then == Some(Operator::Pipe) && !command.pipefail {
        return Fate::Lost("a pipe without `pipefail`");
    }
    if let Some(outer) = command.outer {
        return inside(clues, commands, outer);
    }
    match command.condition {
        Some(Condition::Plain) => return Fate::Kept,
        Some(Condition::Negated) => return negated(clues.script, command),
        None => {}
    }
    let Some(end) = end else { return Fate::Kept };
    let reads_status = clues.status.is_some_and(|at| at >= end.range.end);
    match end.then {
        Some(Operator::Or) => alternative(clues.script, commands, last),
        Some(Operator::Background) => Fate::Kept,
        _ if reads_status && clues.is_end(end) => Fate::FailsUnread,
        _ if reads_status => Fate::Kept,
        Some(Operator::And) => {
            let rest = commands.get(last + 1..).unwrap_or_default();
            let list = rest.iter().take_while(|next| next.then == Some(Operator::And)).count() + 1;
            match rest.get(list) {
                Some(_) => Fate::Lost("`&&`, behind which the script goes on"),
                None => Fate::Fails,
            }
        }
        _ if end.exits_on_error => Fate::Fails,
        _ if has_more(commands, last) => Fate::Lost("a script that goes on without reading it"),
        _ => Fate::Fails,
    }
}

/// `if ! plan; then … exit 1; fi`: behind `!` nothing can tell code 2 from an error.
fn negated(script: &str, command: &Command) -> Fate {
    let rest = script.get(command.range.end..).unwrap_or_default();
    let branch = rest.trim_start_matches([';', ' ', '\n', '\r', '\t']).strip_prefix("then");
    let Some(branch) = branch else { return Fate::Kept };
    let mut words = branch.split([';', ' ', '\n', '\r', '\t']).filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        match word {
            // What tells the cases apart may stand there.
            "if" | "case" | "fi" | "else" | "elif" => break,
            "exit" | "return" => {
                let is_plain = |code: &str| code.parse().is_ok_and(|code: u8| code != 0);
                return if words.next().is_some_and(is_plain) { Fate::Fails } else { Fate::Kept };
            }
            _ => {}
        }
    }
    Fate::Kept
}

/// The code of a command in `$( … )` is that of an assignment around it, and nobody's otherwise.
fn inside(clues: Clues<'_>, commands: &[Command], outer: usize) -> Fate {
    let Some(command) = commands.get(outer) else { return Fate::Kept };
    match command.words.first().map(|word| word.text.as_str()) {
        None => follow(clues, commands, outer),
        Some("local" | "export" | "declare" | "readonly" | "typeset") => {
            Fate::Lost("a declaration around `$(…)`, whose own status is 0")
        }
        Some("echo" | "printf") => Fate::Lost("an `echo` around `$(…)`, whose own status is 0"),
        Some(_) => Fate::Kept,
    }
}

/// What stands behind `||`.
fn alternative(script: &str, commands: &[Command], index: usize) -> Fate {
    let (Some(command), Some(next)) = (commands.get(index), commands.get(index + 1)) else {
        return Fate::Kept;
    };
    let group = script.get(command.range.end..).unwrap_or_default();
    let group = group.trim_start().trim_start_matches('|').trim_start();
    let text = if group.starts_with('{') || group.starts_with('(') {
        group.split(['}', ')']).next().unwrap_or_default()
    } else {
        group.lines().next().unwrap_or_default()
    };
    if reads_status(text) {
        return Fate::Kept;
    }
    match next.words.first().map(|word| word.text.as_str()) {
        Some("true" | ":") => Fate::Lost("`|| true`"),
        Some("exit" | "false" | "return") => Fate::Fails,
        Some("echo" | "printf") if !group.starts_with(['{', '(']) => {
            Fate::Lost("`|| echo`, whose own status is 0")
        }
        _ => Fate::Kept,
    }
}

/// Returns the last command of the pipe that begins at `index`.
fn end_of_pipe(commands: &[Command], index: usize) -> usize {
    let piped = |command: &&Command| command.then == Some(Operator::Pipe);
    index + commands.iter().skip(index).take_while(piped).count()
}

fn has_more(commands: &[Command], index: usize) -> bool {
    commands.iter().skip(index + 1).any(|next| next.outer.is_none())
}

fn reads_status(text: &str) -> bool {
    STATUS.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::recognise;
    use crate::script::{Strictness, commands};

    fn fate(script: &str, strictness: Strictness) -> String {
        let commands = commands(script, strictness, '\\');
        let index = commands.iter().position(|command| recognise(command).is_some()).unwrap();
        format!("{:?}", follow(Clues::of(script), &commands, index))
    }

    #[test]
    fn the_code_is_followed_through_the_script() {
        let default = Strictness { exits_on_error: true, pipefail: false };
        let bash = Strictness { exits_on_error: true, pipefail: true };
        let plain = Strictness { exits_on_error: false, pipefail: false };
        for (script, strictness, expected) in [
            ("tofu plan", default, "Fails"),
            ("tofu plan || true", default, "Lost(\"`|| true`\")"),
            ("tofu plan || code=$?\necho $code", default, "Kept"),
            ("tofu plan || { code=$?; echo $code; }", default, "Kept"),
            ("tofu plan || { echo changes; }", default, "Kept"),
            ("tofu plan || exit 1", default, "Fails"),
            ("tofu plan | tee out", default, "Lost(\"a pipe without `pipefail`\")"),
            ("tofu plan | tee out", bash, "Fails"),
            ("tofu plan | tee out\ncode=${PIPESTATUS[0]}", default, "Kept"),
            ("set -o pipefail\ntofu plan | tee out || true", default, "Lost(\"`|| true`\")"),
            ("set +e\ntofu plan\ncode=$?", default, "Kept"),
            (
                "set +e\ntofu plan\necho done",
                default,
                "Lost(\"a script that goes on without reading it\")",
            ),
            ("tofu plan", plain, "Fails"),
            ("tofu plan && echo same", default, "Fails"),
            (
                "tofu plan && echo same\necho on",
                default,
                "Lost(\"`&&`, behind which the script goes on\")",
            ),
            ("if tofu plan; then echo same; else echo changed; fi", default, "Kept"),
            ("out=$(tofu plan)\necho $out", default, "Fails"),
            ("set +e\nout=$(tofu plan)\ncode=$?", default, "Kept"),
            (
                "export out=$(tofu plan)",
                default,
                "Lost(\"a declaration around `$(…)`, whose own status is 0\")",
            ),
            ("out=$(tofu plan | tee x)", default, "Lost(\"a pipe without `pipefail`\")"),
            ("yes | tofu plan", default, "Fails"),
            ("trap report EXIT\ntofu plan", default, "Kept"),
            // `-e` ends the script before what would read the code.
            ("tofu plan\necho \"code=$?\" >> out", default, "FailsUnread"),
            ("set -e\ntofu plan; code=$?", plain, "FailsUnread"),
            ("out=$(tofu plan)\ncode=$?", default, "FailsUnread"),
            ("tofu plan | tee out\ncode=${PIPESTATUS[0]}", bash, "FailsUnread"),
            ("for d in a b; do\ntofu plan\ncode=$?\ndone", default, "FailsUnread"),
            ("tofu plan\necho \"code=$?\"", plain, "Kept"),
            ("set +e\ntofu plan\ncode=$?\nset -e", default, "Kept"),
            ("set +e\ntofu plan | tee out\ncode=${PIPESTATUS[0]}", bash, "Kept"),
            ("tofu plan && echo same\ncode=$?", default, "Kept"),
            ("{ tofu plan; code=$?; } || true", default, "Kept"),
            ("run() {\ntofu plan\ncode=$?\n}\nrun || true", default, "Kept"),
            ("(tofu plan; echo $?) || true", default, "Kept"),
            ("for d in a; do\ntofu plan\ncode=$?\ndone || true", default, "Kept"),
            ("if tofu plan; then code=0; else code=$?; fi", default, "Kept"),
            // Behind `!` the code is gone.
            ("if ! tofu plan; then\n  echo bad; exit 1\nfi", default, "Fails"),
            ("if ! tofu plan; then echo changed; fi", default, "Kept"),
            ("if ! tofu plan; then exit $code; fi", default, "Kept"),
            ("if ! tofu plan; then if x; then exit 1; fi; fi", default, "Kept"),
        ] {
            assert_eq!(fate(script, strictness), expected, "{script}");
        }
    }
}
