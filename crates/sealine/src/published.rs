//! Reading the facts that other repositories published: `--with`.

use std::path::{Path, PathBuf};

use sealine_facts::Published;

use crate::failure::Failure;

/// The largest facts file that is read, in bytes.
const MAX_BYTES: u64 = 1 << 30;

/// Reads facts files; of a folder, all files whose names end in `.json`, in the order of their
/// names.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<Published>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(in_folder(path)?);
        } else {
            files.push(path.clone());
        }
    }
    files.iter().map(|file| read_file(file)).collect()
}

fn in_folder(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let cannot = |error: std::io::Error| {
        Failure::new(format!("cannot read `{}`", folder.display())).because(error)
    };
    let entries = std::fs::read_dir(folder).map_err(cannot)?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(cannot)?.path();
        if path.extension().is_some_and(|extension| extension == "json") && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(Failure::new(format!("no `.json` file lies in `{}`", folder.display()))
            .hint("`sealine facts -o NAME.json` writes one"));
    }
    Ok(files)
}

fn read_file(file: &Path) -> Result<Published, Failure> {
    let cannot = || Failure::new(format!("cannot read the facts in `{}`", file.display()));
    let bytes = std::fs::metadata(file).map_err(|error| cannot().because(error))?.len();
    if bytes > MAX_BYTES {
        return Err(cannot().hint(format!("it is larger than {} MiB", MAX_BYTES >> 20)));
    }
    #[expect(clippy::disallowed_methods, reason = "facts are read before the project")]
    let text = std::fs::read_to_string(file).map_err(|error| cannot().because(error))?;
    sealine_facts::read(&text).map_err(|fault| {
        let failure = cannot().because(fault.clone());
        match fault {
            sealine_facts::Fault::OtherVersion(_) => {
                failure.hint("use the version of sealine that wrote it, or write it anew")
            }
            _ => failure.hint("`sealine facts -o FILE` writes such a file"),
        }
    })
}
