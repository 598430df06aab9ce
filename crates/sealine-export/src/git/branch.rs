//! Which texts may name a branch: what `git check-ref-format --branch` accepts, but for `@`.

use thiserror::Error;

/// Why a text names no branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BranchFault {
    /// It would be taken for an option.
    #[error("it begins with `-`")]
    Option,
    /// It is empty, or a part of it between slashes is.
    #[error("a part of it is empty")]
    Empty,
    /// It has a character that git keeps for itself.
    #[error("git does not allow `{0}` in it")]
    Character(char),
    /// It has a part that git keeps for itself.
    #[error(
        "git does not allow `..`, `@{{`, a part that begins or ends with `.`, or `.lock` at the end of a part"
    )]
    Part,
}

/// Returns why a name cannot be that of a branch.
///
/// # Errors
///
/// When git would refuse it, or take it for something else.
pub fn valid_branch(name: &str) -> Result<(), BranchFault> {
    let reserved =
        |character: char| character.is_control() || " ~^:?*[\\\u{7f}".contains(character);
    if name.starts_with('-') {
        return Err(BranchFault::Option);
    }
    if let Some(character) = name.chars().find(|character| reserved(*character)) {
        return Err(BranchFault::Character(character));
    }
    for part in name.split('/') {
        if part.is_empty() {
            return Err(BranchFault::Empty);
        }
        let is_lock = part.strip_suffix("lock").is_some_and(|rest| rest.ends_with('.'));
        if part.starts_with('.') || part.ends_with('.') || is_lock {
            return Err(BranchFault::Part);
        }
    }
    if name.contains("..") || name.contains("@{") || name == "@" || name == "HEAD" {
        return Err(BranchFault::Part);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "git itself is the judge")]
    fn accepts_what_git_accepts() {
        let names = [
            "main",
            "a/b",
            "export/egress",
            "-x",
            "--upload-pack=touch",
            "a b",
            "a..b",
            "a~1",
            "a^",
            "a:b",
            "a?",
            "a*",
            "a[",
            "a\\b",
            "",
            "/a",
            "a/",
            "a//b",
            ".a",
            "a/.b",
            "a.lock",
            "a.lock/b",
            "a.",
            "a@{1}",
            "a@b",
            "ü",
            "a\u{7f}",
            "a\nb",
            "HEAD",
            "x.lock.y",
        ];
        for name in names {
            let git = std::process::Command::new("git")
                .args(["check-ref-format", "--branch", name])
                .output();
            let Ok(git) = git else { return };
            assert_eq!(valid_branch(name).is_ok(), git.status.success(), "{name:?}");
        }
    }
}
