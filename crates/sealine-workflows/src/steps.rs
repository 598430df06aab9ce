//! Looks at one script: which calls it makes, in which folder, and what becomes of their exit code.

use std::ops::Range;

use sealine_model::workflow::TerraformStep;
use sealine_source::{Place, Source, TextRange};
use sealine_yaml::Node;

use crate::call::{Call, Flag, flags_of, recognise};
use crate::exit_code::{Clues, Fate, follow};
use crate::folder::{Folders, enter};
use crate::job::{JobState, MANY, Walk, Wrapper, in_repository};
use crate::scope::Scope;
use crate::script::{Command, Strictness, apply_flag, commands};
use crate::tools;

/// A script and what its step says about it.
pub(crate) struct Script<'a> {
    pub(crate) source: &'a Source,
    /// The scalar that holds it; none for a file of its own.
    pub(crate) node: Option<&'a Node>,
    pub(crate) text: &'a str,
    pub(crate) shell: Shell,
    pub(crate) id: Option<&'a str>,
    /// Whether the job goes on when the step fails.
    pub(crate) continues: bool,
    pub(crate) depth: usize,
}

/// The shell that runs a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shell {
    /// How it deals with failures; unknown for shells other than `sh` and `bash`.
    strictness: Option<Strictness>,
    /// What stands before a line ending that does not end the command.
    escape: char,
}

impl Shell {
    /// Returns the shell of a step: without one given, GitHub runs `bash -e`, and with `bash` given
    /// `bash -eo pipefail`. None for what is no shell.
    pub(crate) fn of(given: Option<&str>, windows: bool) -> Option<Self> {
        let power_shell = Self { strictness: None, escape: '`' };
        let Some(given) = given else {
            let strictness = Strictness { exits_on_error: true, pipefail: false };
            let plain = Self { strictness: Some(strictness), escape: '\\' };
            return Some(if windows { power_shell } else { plain });
        };
        let mut words = given.split_whitespace();
        let program = words.next()?;
        let is_bare = given.split_whitespace().count() == 1;
        let strictness = match program.rsplit('/').next()? {
            "bash" if is_bare => Some(Strictness { exits_on_error: true, pipefail: true }),
            "sh" if is_bare => Some(Strictness { exits_on_error: true, pipefail: false }),
            "bash" | "sh" => {
                let mut strictness = Strictness { exits_on_error: false, pipefail: false };
                while let Some(word) = words.next() {
                    apply_flag(&mut strictness, word, || words.next());
                }
                Some(strictness)
            }
            "pwsh" | "powershell" => return Some(power_shell),
            "cmd" => return Some(Self { strictness: None, escape: '^' }),
            "python" | "python3" | "node" | "perl" | "ruby" => return None,
            _ => None,
        };
        Some(Self { strictness, escape: '\\' })
    }
}

impl Walk<'_> {
    /// Looks at all commands of a script that begins in `folders`.
    pub(crate) fn script(
        &mut self,
        script: &Script<'_>,
        folders: Folders,
        mut scope: Scope,
        state: &mut JobState,
    ) {
        let lenient = Strictness { exits_on_error: false, pipefail: false };
        let strictness = script.shell.strictness.unwrap_or(lenient);
        let commands = commands(script.text, strictness, script.shell.escape);
        let clues = Clues::of(script.text);
        let mut place = WorkingFolder { stack: vec![folders] };
        for (index, command) in commands.iter().enumerate() {
            place.open_subshells(command.subshells);
            let words: Vec<&str> = command.words.iter().map(|word| word.text.as_str()).collect();
            remember(command, &words, &mut scope);
            place.follow(&words, &scope);
            if let Some(call) = recognise(command) {
                self.call(script, (clues, &commands, index, &call), place.current(), &scope, state);
            } else {
                self.note_tool(tools::program(&words));
                self.follow_script(script, &words, place.current(), &scope, state);
            }
        }
    }

    fn call(
        &mut self,
        script: &Script<'_>,
        (clues, commands, index, call): (Clues<'_>, &[Command], usize, &Call),
        folders: &Folders,
        scope: &Scope,
        state: &mut JobState,
    ) {
        let Some(command) = commands.get(index).filter(|_| self.steps.len() < MANY) else { return };
        let flags = Flags::of(script, call, command, scope);
        if call.command == "init" {
            state.backend_config |= flags.find("backend-config").is_some();
            return;
        }
        let folders = if call.in_container { &None } else { folders };
        let folders = match &call.folder {
            Some(folder) => enter(folders, folder, scope),
            None => folders.clone(),
        };
        let folders =
            if call.program == "sealine" { self.arguments(call, &folders, scope) } else { folders };
        let place = script.place(call.range.clone());
        let detailed_exit_code =
            flags.find("detailed-exitcode").is_some_and(|(flag, _)| flag.is_true());
        let exit_code_lost = if call.command == "plan" && detailed_exit_code {
            let fate = match script.shell.strictness {
                Some(_) => follow(clues, commands, index),
                None => Fate::Kept,
            };
            exit_code_lost(script, call, &fate, state)
        } else {
            None
        };
        let no_lock = flags.find("lock").filter(|(flag, _)| flag.is_false());
        let no_lock = no_lock.map(|(_, place)| place.clone());
        for folder in in_repository(folders, &state.checkout) {
            self.push(TerraformStep {
                program: call.program.to_owned(),
                command: call.command.to_owned(),
                folder,
                detailed_exit_code,
                no_lock: no_lock.clone(),
                exit_code_lost: exit_code_lost.clone(),
                concurrency: state.concurrency,
                backend_config: flags.find("backend-config").is_some(),
                place: place.clone(),
            });
        }
    }

    /// Returns the folders that `sealine drift run` is given; without any it is where the script is.
    fn arguments(&self, call: &Call, folders: &Folders, scope: &Scope) -> Folders {
        let named = call.arguments.iter().filter_map(|argument| enter(folders, argument, scope));
        let named: Vec<String> =
            named.flatten().filter(|path| self.repository.exists(path)).collect();
        if named.is_empty() { folders.clone() } else { Some(named) }
    }

    /// Looks into a script of the repository that the command runs. What it does with exit codes is
    /// not followed.
    fn follow_script(
        &mut self,
        script: &Script<'_>,
        words: &[&str],
        folders: &Folders,
        scope: &Scope,
        state: &mut JobState,
    ) {
        let words = match words {
            ["bash" | "sh" | "source" | ".", rest @ ..] => {
                let flags = rest.iter().take_while(|word| word.starts_with('-')).count();
                rest.get(flags..).unwrap_or_default()
            }
            words => words,
        };
        let Some((name, arguments)) = words.split_first() else { return };
        let Some((_, "sh")) = name.rsplit_once('.') else { return };
        let found = enter(folders, name, scope).unwrap_or_default();
        let [path] = found.as_slice() else { return };
        let Some(path) = state.checkout.in_repository(path) else { return };
        let Some(source) = self.open(&path, script.depth) else { return };
        let inner = Script {
            source: &source,
            node: None,
            text: source.text(),
            shell: Shell { strictness: None, escape: '\\' },
            id: None,
            continues: false,
            depth: script.depth + 1,
        };
        let mut scope = scope.clone();
        for position in 1..10 {
            let name = position.to_string();
            match arguments.get(position - 1).map(|argument| scope.expand(argument)) {
                Some(Some(values)) => scope.set(&name, values, None),
                _ => scope.forget(&name),
            }
        }
        self.script(&inner, folders.clone(), scope, state);
    }
}

impl Script<'_> {
    /// Returns the place of a part of the script in its file.
    fn place(&self, range: Range<usize>) -> Place {
        let Some(node) = self.node else {
            return self.source.place(TextRange::new(range.start, range.end));
        };
        let scalar = node.as_scalar();
        let exact = scalar.and_then(|scalar| scalar.source_range(range.start, range.end));
        let cover = || scalar.and_then(|scalar| scalar.source_cover(range.start, range.end));
        self.source.place(exact.or_else(cover).unwrap_or(node.range))
    }
}

/// The folders a script goes through; subshells return to where they began.
struct WorkingFolder {
    stack: Vec<Folders>,
}

impl WorkingFolder {
    fn current(&self) -> &Folders {
        self.stack.last().unwrap_or(&None)
    }

    fn open_subshells(&mut self, open: usize) {
        let current = self.current().clone();
        self.stack.resize(open + 1, current);
    }

    fn follow(&mut self, words: &[&str], scope: &Scope) {
        let target = match words {
            ["cd" | "pushd", target] | ["cd" | "pushd", "--", target] => Some(*target),
            ["cd" | "pushd" | "popd" | "Set-Location", ..] => None,
            _ => return,
        };
        let next = target.and_then(|target| enter(self.current(), target, scope));
        if let Some(current) = self.stack.last_mut() {
            *current = next;
        }
    }
}

/// Notes what a command says about variables.
fn remember(command: &Command, words: &[&str], scope: &mut Scope) {
    if words.is_empty() {
        for (name, value) in &command.assignments {
            assign(name, &value.text, scope);
        }
    }
    match words {
        ["export", rest @ ..] => {
            for (name, value) in rest.iter().filter_map(|word| word.split_once('=')) {
                assign(name, value, scope);
            }
        }
        ["for", name, "in", values @ ..] => {
            let values = values.iter().map(|value| scope.expand(value));
            match values.collect::<Option<Vec<_>>>() {
                // A pattern stands for files that are not looked for.
                Some(values) if !values.iter().flatten().any(|value| value.contains('*')) => {
                    scope.set(name, values.concat(), None);
                }
                _ => scope.forget(name),
            }
        }
        ["read", .., name] => scope.forget(name),
        _ => {}
    }
}

fn assign(name: &str, value: &str, scope: &mut Scope) {
    match scope.expand(value) {
        Some(values) => scope.set(name, values, None),
        None => scope.forget(name),
    }
}

/// The flags of a call and those that `TF_CLI_ARGS` variables add, each with its place.
struct Flags {
    found: Vec<(Flag, Place)>,
}

impl Flags {
    fn of(script: &Script<'_>, call: &Call, command: &Command, scope: &Scope) -> Self {
        let place = script.place(call.range.clone());
        let mut found = Vec::new();
        for name in ["TF_CLI_ARGS".to_owned(), format!("TF_CLI_ARGS_{}", call.command)] {
            let inline = command.assignments.iter().find(|(assigned, _)| *assigned == name);
            if let Some((_, value)) = inline {
                let place = script.place(value.range.clone());
                found.extend(flags_of(&value.text).into_iter().map(|flag| (flag, place.clone())));
            } else if let Some(variable) = scope.variable(&name) {
                let place = variable.place.as_ref().unwrap_or(&place);
                let flags = variable.values.iter().flat_map(|value| flags_of(value));
                found.extend(flags.map(|flag| (flag, place.clone())));
            }
        }
        let own = call.flags.iter();
        found.extend(own.map(|flag| (flag.clone(), script.place(flag.range.clone()))));
        Self { found }
    }

    fn find(&self, name: &str) -> Option<&(Flag, Place)> {
        self.found.iter().rev().find(|(flag, _)| flag.name == name)
    }
}

/// Returns what swallows exit code 2, when something does.
fn exit_code_lost(
    script: &Script<'_>,
    call: &Call,
    fate: &Fate,
    state: &JobState,
) -> Option<String> {
    let text = script.source.text();
    let reads = |what: &str| {
        let named = |id| [format!("steps.{id}.{what}"), format!("steps['{id}'].{what}")];
        script.id.is_some_and(|id| named(id).iter().any(|name| text.contains(name.as_str())))
    };
    let (wrapper, action) = match call.program {
        _ if call.in_container || script.node.is_none() => (Wrapper::Absent, ""),
        "tofu" => (state.tofu_wrapper, "opentofu/setup-opentofu"),
        "terragrunt" if state.tofu_wrapper != Wrapper::Absent => (Wrapper::Unknown, ""),
        _ => (state.terraform_wrapper, "hashicorp/setup-terraform"),
    };
    match wrapper {
        Wrapper::Unknown => return None,
        Wrapper::Present if reads("outputs.exitcode") => return None,
        Wrapper::Present => {
            return Some(format!("the wrapper of `{action}`, which ends with 0 on code 2"));
        }
        Wrapper::Absent => {}
    }
    match fate {
        Fate::Kept => None,
        Fate::Lost(reason) => Some((*reason).to_owned()),
        Fate::Fails if reads("outputs.") => None,
        Fate::Fails | Fate::FailsUnread if reads("outcome") || reads("conclusion") => None,
        Fate::FailsUnread => {
            Some("`-e`, which ends the script on code 2 before anything reads it".to_owned())
        }
        Fate::Fails if script.continues => {
            Some("`continue-on-error`, behind which nothing reads the outcome".to_owned())
        }
        Fate::Fails => Some("the step, which fails on code 2 as it does on an error".to_owned()),
    }
}
