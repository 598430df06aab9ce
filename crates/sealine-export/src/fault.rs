//! Why an export could not be done. No fault shows a value.

use thiserror::Error;

use crate::forge::ForgeFault;
use crate::git::GitFault;
use crate::plan::PlanFault;
use crate::select::SelectFault;

/// Why an export could not be done.
#[derive(Debug, Error)]
pub enum Fault {
    /// The target cannot be read.
    #[error("cannot read `{file}`")]
    Read {
        /// The target.
        file: String,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// The target cannot be written; it is as it was.
    #[error("cannot write `{file}`")]
    Write {
        /// The target.
        file: String,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// The target is no regular file, or a very large one.
    #[error("`{file}` is no regular file of at most 64 MiB")]
    NoFile {
        /// The target.
        file: String,
    },
    /// The target lies where no export may write.
    #[error("`{file}` leads out of its repository, or into its `.git`")]
    Outside {
        /// The target.
        file: String,
    },
    /// Another export holds the target.
    #[error("another export is writing `{file}`")]
    Locked {
        /// The target.
        file: String,
    },
    /// Somebody wrote the target since it was read.
    #[error("`{file}` was changed while this export ran; nothing was written")]
    Conflict {
        /// The target.
        file: String,
    },
    /// The target is neither YAML nor JSON.
    #[error("`{file}` is neither YAML nor JSON by its name")]
    Format {
        /// The target.
        file: String,
    },
    /// The target is no text.
    #[error("`{file}` is not UTF-8")]
    Text {
        /// The target.
        file: String,
    },
    /// Git left its marks.
    #[error("`{file}` has the marks of a merge conflict")]
    Markers {
        /// The target.
        file: String,
    },
    /// The target has several documents.
    #[error("`{file}` holds several documents")]
    Documents {
        /// The target.
        file: String,
    },
    /// The target is broken, was tampered with, or cannot hold what is wanted.
    #[error("`{file}` cannot be changed")]
    Content {
        /// The target.
        file: String,
        /// Why.
        #[source]
        fault: sealine_sops::Fault,
    },
    /// No key opens the target.
    #[error("`{file}` cannot be decrypted")]
    Open {
        /// The target.
        file: String,
        /// Why.
        #[source]
        fault: Box<sealine_keys::CannotOpen>,
    },
    /// A new target cannot be encrypted for all that shall read it.
    #[error("`{file}` cannot be encrypted")]
    Wrap {
        /// The target.
        file: String,
        /// Why.
        #[source]
        fault: Box<sealine_keys::Tried>,
    },
    /// The creation rules cannot be read.
    #[error("`{file}` cannot be used: {message}")]
    Creation {
        /// The configuration of SOPS.
        file: String,
        /// Why.
        message: String,
    },
    /// A creation rule names the target, and it is not encrypted.
    #[error("`{file}` is in clear, and the creation rule at `{place}` wants it encrypted")]
    ClearTarget {
        /// The target.
        file: String,
        /// The rule.
        place: String,
    },
    /// A sensitive output would be written in clear.
    #[error("the output `{output}` is sensitive, and `{key}` is not encrypted: {said}")]
    Sensitive {
        /// The output.
        output: String,
        /// Where it would go.
        key: String,
        /// What lets it stay in clear.
        said: String,
    },
    /// An output would be written in clear against the configuration.
    #[error("the output `{output}` is to be encrypted, and `{key}` is not: {said}")]
    InClear {
        /// The output.
        output: String,
        /// Where it would go.
        key: String,
        /// What lets it stay in clear.
        said: String,
    },
    /// An output would be encrypted against the configuration.
    #[error("the output `{output}` is not to be encrypted, and `{key}` is")]
    Encrypted {
        /// The output.
        output: String,
        /// Where it would go.
        key: String,
        /// What would leave others in clear.
        said: String,
    },
    /// The outputs cannot be selected.
    #[error("the export `{export}`")]
    Select {
        /// The export.
        export: String,
        /// Why.
        #[source]
        fault: SelectFault,
    },
    /// Something else stands where the outputs go.
    #[error("`{file}`")]
    Plan {
        /// The target.
        file: String,
        /// Why.
        #[source]
        fault: PlanFault,
    },
    /// The state is older than what the target was made from.
    #[error("the state has serial {state}, and `{file}` was written from serial {known}")]
    Older {
        /// The target.
        file: String,
        /// The serial in the target's stamp.
        known: u64,
        /// The state's serial.
        state: u64,
    },
    /// The state is not the one that the target was made from.
    #[error("the state has lineage `{state}`, and `{file}` was written from `{known}`")]
    Lineage {
        /// The target.
        file: String,
        /// The lineage in the target's stamp.
        known: String,
        /// The state's lineage.
        state: String,
    },
    /// The git part failed.
    #[error(transparent)]
    Git(#[from] GitFault),
    /// The pull request failed.
    #[error("no pull request for `{branch}`")]
    Forge {
        /// The branch, which was pushed.
        branch: String,
        /// Why.
        #[source]
        fault: Box<ForgeFault>,
    },
}

impl Fault {
    /// Returns what to do.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::Select { fault, .. } => return fault.help(),
            Self::Sensitive { .. } | Self::InClear { .. } => {
                "let a creation rule of `.sops.yaml` encrypt that place, and encrypt the file with it"
            }
            Self::Encrypted { .. } => {
                "leave out `encrypted: false`, or choose a key that the rule leaves in clear"
            }
            Self::ClearTarget { .. } => "encrypt it first: `sops encrypt -i FILE`",
            Self::Locked { .. } | Self::Conflict { .. } => "run the export again",
            Self::Older { .. } | Self::Lineage { .. } => {
                "`--allow-older-serial` writes it all the same"
            }
            Self::Markers { .. } | Self::Git(GitFault::Unmerged { .. }) => {
                "end the merge first: take one side whole, then export again"
            }
            Self::Documents { .. } => "give the outputs a file of their own",
            Self::Plan { .. } => "choose another key, or remove what stands there",
            Self::Git(GitFault::Detached) => "say which branch the commit is for: `--branch NAME`",
            Self::Git(GitFault::Dirty { .. }) => {
                "commit them, or take them back, or leave out `--commit`"
            }
            Self::Git(GitFault::Rejected { .. } | GitFault::Diverged { .. }) => {
                "pull, then export again; nothing was forced"
            }
            Self::Forge { fault, .. } => match &**fault {
                ForgeFault::Unknown(_) => {
                    "say whose it is in `sealine.yaml`: `git: {forge: github}` or `gitlab`"
                }
                _ => return None,
            },
            _ => return None,
        };
        Some(help.to_owned())
    }
}
