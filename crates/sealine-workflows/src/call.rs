//! Recognises calls of Terraform, OpenTofu, Terragrunt and Sealine among the commands of a script.

use std::ops::Range;

use crate::script::Command;
use crate::shell::Word;

/// A call of one of the programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// `terraform`, `tofu`, `terragrunt` or `sealine`.
    pub(crate) program: &'static str,
    /// `plan`, `apply`, `destroy`, `init` or `drift`.
    pub(crate) command: &'static str,
    /// `-chdir` or Terragrunt's working directory.
    pub(crate) folder: Option<String>,
    /// The flags without their dashes.
    pub(crate) flags: Vec<Flag>,
    /// What is no flag, behind the command.
    pub(crate) arguments: Vec<String>,
    /// From the program to the last argument, in the script.
    pub(crate) range: Range<usize>,
    /// Whether it runs in a container, so that the folder around it says nothing.
    pub(crate) in_container: bool,
}

/// A flag of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flag {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
    pub(crate) range: Range<usize>,
}

/// Terragrunt's own flags that take the next word as their value.
const WITH_VALUE: [&str; 14] = [
    "working-dir",
    "terragrunt-working-dir",
    "config",
    "terragrunt-config",
    "parallelism",
    "terragrunt-parallelism",
    "log-level",
    "terragrunt-log-level",
    "queue-include-dir",
    "queue-exclude-dir",
    "terragrunt-include-dir",
    "terragrunt-exclude-dir",
    "tf-path",
    "terragrunt-tfpath",
];

/// Returns the call that a command is.
pub(crate) fn recognise(command: &Command) -> Option<Call> {
    let words = &command.words;
    let (at, program) = find_program(words)?;
    let in_container =
        words.first().is_some_and(|word| matches!(base(&word.text), "docker" | "podman"));
    let range = words.get(at)?.range.start..words.last()?.range.end;
    let rest = words.get(at + 1..)?;
    let mut call = Call {
        program,
        command: "",
        folder: None,
        flags: Vec::new(),
        arguments: Vec::new(),
        range,
        in_container,
    };
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        let text = word.text.as_str();
        if text == "--" {
            continue;
        }
        let Some(flag) = text.strip_prefix('-') else {
            read_argument(&mut call, text)?;
            continue;
        };
        let flag = flag.strip_prefix('-').unwrap_or(flag);
        let (name, mut value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (flag, None),
        };
        if value.is_none() && program == "terragrunt" && WITH_VALUE.contains(&name) {
            value = rest.next().map(|word| word.text.clone());
        }
        if matches!(name, "chdir" | "working-dir" | "terragrunt-working-dir") {
            call.folder.clone_from(&value);
        }
        call.flags.push(Flag { name: name.to_owned(), value, range: word.range.clone() });
    }
    (!call.command.is_empty()).then_some(call)
}

/// Takes a word that is no flag; `None` when it shows that the call is of no interest.
fn read_argument(call: &mut Call, text: &str) -> Option<()> {
    if !call.command.is_empty() {
        call.arguments.push(text.to_owned());
        return Some(());
    }
    call.command = match (call.program, text) {
        ("sealine", "drift") => "drift",
        ("sealine", _) => return None,
        ("terragrunt", "run-all" | "run" | "stack" | "exec") => "",
        ("terragrunt", "plan-all") | (_, "plan") => "plan",
        ("terragrunt", "apply-all") | (_, "apply") => "apply",
        ("terragrunt", "destroy-all") | (_, "destroy") => "destroy",
        (_, "init") => "init",
        _ => return None,
    };
    Some(())
}

/// Finds the program among the words: the first one, behind `sudo` and the like, behind a `--`, or
/// a container image.
fn find_program(words: &[Word]) -> Option<(usize, &'static str)> {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let skipped = match base(&word.text) {
            "sudo" | "time" | "nice" | "exec" | "command" | "nohup" | "env" | "unbuffer" => 0,
            "timeout" => 1,
            _ => break,
        };
        at += 1;
        let mut values = skipped;
        while let Some(word) = words.get(at) {
            if !word.text.starts_with('-') && !word.text.contains('=') {
                if values == 0 {
                    break;
                }
                values -= 1;
            }
            at += 1;
        }
    }
    let first = words.get(at)?;
    if let Some(program) = program(&first.text) {
        return Some((at, program));
    }
    if matches!(base(&first.text), "docker" | "podman") {
        let mut images = words.iter().enumerate().skip(at + 1);
        return images.find_map(|(index, word)| Some((index, image(&word.text)?)));
    }
    let dashes = words.iter().position(|word| word.text == "--")?;
    let behind = words.get(dashes + 1)?;
    Some((dashes + 1, program(&behind.text)?))
}

fn base(text: &str) -> &str {
    let name = text.rsplit(['/', '\\']).next().unwrap_or(text);
    name.strip_suffix(".exe").unwrap_or(name)
}

fn program(text: &str) -> Option<&'static str> {
    ["terraform", "tofu", "terragrunt", "sealine"].into_iter().find(|name| base(text) == *name)
}

fn image(text: &str) -> Option<&'static str> {
    let images = [("hashicorp/terraform", "terraform"), ("opentofu/opentofu", "tofu")];
    let name = text.split([':', '@']).next()?;
    images.into_iter().find(|(image, _)| name.ends_with(image)).map(|(_, program)| program)
}

impl Flag {
    /// Returns the truth of a flag as Go reads it.
    pub(crate) fn is_true(&self) -> bool {
        !self.is_false()
    }

    /// Returns whether the flag is switched off.
    pub(crate) fn is_false(&self) -> bool {
        let value = self.value.as_deref();
        matches!(value, Some("0" | "f" | "F" | "false" | "False" | "FALSE"))
    }
}

/// Reads the flags of a `TF_CLI_ARGS` variable.
pub(crate) fn flags_of(text: &str) -> Vec<Flag> {
    let flags = text.split_whitespace().filter_map(|word| word.strip_prefix('-'));
    let flags = flags.map(|flag| flag.strip_prefix('-').unwrap_or(flag));
    let flags = flags.map(|flag| match flag.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (flag, None),
    });
    flags.map(|(name, value)| Flag { name: name.to_owned(), value, range: 0..0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::{Strictness, commands};

    fn calls(script: &str) -> Vec<String> {
        let strictness = Strictness { exits_on_error: true, pipefail: false };
        let commands = commands(script, strictness, '\\');
        let calls = commands.iter().filter_map(recognise);
        calls
            .map(|call| {
                let flags: Vec<_> = call.flags.iter().map(|flag| flag.name.as_str()).collect();
                let folder = call.folder.as_deref().unwrap_or("-");
                format!("{} {} {folder} {}", call.program, call.command, flags.join(","))
            })
            .collect()
    }

    #[test]
    fn calls_are_found_behind_what_people_put_before_them() {
        for (script, expected) in [
            ("terraform plan -lock=false", "terraform plan - lock"),
            ("terraform -chdir=infra plan \\\n  -no-color", "terraform plan infra chdir,no-color"),
            ("sudo -E timeout 5m ./bin/tofu apply", "tofu apply - "),
            ("A=b env C=d terraform init", "terraform init - "),
            ("aws-vault exec prod -- terraform plan", "terraform plan - "),
            ("terragrunt run-all plan --working-dir live", "terragrunt plan live working-dir"),
            ("terragrunt run --all -- plan", "terragrunt plan - all"),
            ("terragrunt apply-all", "terragrunt apply - "),
            ("docker run --rm -v $PWD:/w hashicorp/terraform:1.9 plan", "terraform plan - "),
            ("x=$(terraform plan -detailed-exitcode)", "terraform plan - detailed-exitcode"),
            ("sealine drift run infra", "sealine drift - "),
        ] {
            assert_eq!(calls(script), [expected], "{script}");
        }
    }

    #[test]
    fn what_only_speaks_of_it_is_no_call() {
        for script in [
            "echo terraform plan",
            "terraform fmt",
            "# terraform plan",
            "which terraform",
            "terraform show plan",
            "grep plan terraform",
        ] {
            assert!(calls(script).is_empty(), "{script}");
        }
    }
}
