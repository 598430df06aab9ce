//! What `sealine state audit` looks at: files, folders, and the history around them.

use std::path::{Path, PathBuf};

use sealine_engine::collect::{Version, history, state_files};
use sealine_state::encryption::Passphrase;
use sealine_state::fetch::file;
use sealine_state::subject::{is_named_like_state, is_state, look as look_at};

use super::audit::{Args, Place, Report, Subject};
use super::backends;
use crate::failure::Failure;

/// Looks at everything that was asked for.
pub(super) async fn look(args: &Args, passphrase: Option<&Passphrase>) -> Result<Report, Failure> {
    let mut report = Report::default();
    let here = [PathBuf::from(".")];
    let targets = if args.targets.is_empty() { &here[..] } else { &args.targets };
    for target in targets {
        if backends::typed(target, passphrase, &mut report).await? {
            continue;
        }
        if target.is_dir() {
            folder(args, target, passphrase, &mut report).await;
        } else if target.exists() {
            one(target, true, passphrase, &mut report).await;
        } else {
            return Err(Failure::new(format!("there is no `{}`", target.display())));
        }
    }
    Ok(report)
}

/// Looks at a file. One that was only found is passed over when it is no state.
async fn one(path: &Path, asked: bool, passphrase: Option<&Passphrase>, report: &mut Report) {
    let bytes = match file(path).await {
        Ok(bytes) => bytes,
        Err(error) => {
            let failure = Failure::new(format!("cannot read `{}`", path.display())).because(error);
            report.failures.push(failure);
            return;
        }
    };
    if !asked && !is_state(bytes.expose()) {
        return;
    }
    let looked = look_at(bytes, passphrase);
    let name = path.display().to_string();
    report.subjects.push(Subject { name, place: Place::File, looked });
}

async fn folder(args: &Args, folder: &Path, passphrase: Option<&Passphrase>, report: &mut Report) {
    for path in state_files(folder, &is_named_like_state) {
        one(&path, false, passphrase, report).await;
    }
    if !args.no_backend {
        backends::of_root(args, folder, passphrase, report).await;
    }
    if !args.no_history {
        past(folder, passphrase, report);
    }
}

/// Looks at what lay there once.
fn past(folder: &Path, passphrase: Option<&Passphrase>, report: &mut Report) {
    let mut looked = std::collections::BTreeMap::new();
    let found = history(folder, &is_named_like_state, &mut |_, blob, bytes| {
        let is_one = is_state(bytes.expose());
        if is_one {
            let copy = sealine_model::SecretValue::new(bytes.expose());
            looked.insert(blob.to_owned(), look_at(copy, passphrase));
        }
        is_one
    });
    let found = match found {
        Ok(found) => found,
        // Without a repository there is no history.
        Err(sealine_engine::collect::RevisionError::NoRepository(_)) => return,
        Err(error) => {
            report.failures.push(Failure::new("cannot read the history").because(error));
            return;
        }
    };
    if found.shallow {
        let note = format!(
            "the clone around `{}` is shallow: states in the history that it lacks are not seen",
            folder.display()
        );
        report.notes.push(note);
    }
    for version in found.versions {
        let Some(looked) = looked.remove(&version.blob) else { continue };
        let name = name(folder, &version);
        report.subjects.push(Subject { name, place: Place::History(version), looked });
    }
}

fn name(folder: &Path, version: &Version) -> String {
    let folder = folder.display().to_string();
    match folder.as_str() {
        "." => format!("{}@{}", version.path, version.found.id),
        folder => format!("{folder}: {}@{}", version.path, version.found.id),
    }
}
