//! The worked example of composed connections, rendered: with made-up values, with hostile ones, and
//! for a real PostgreSQL.

mod connections;
#[cfg(unix)]
mod postgresql;

use std::path::{Path, PathBuf};

use sealine_testing::{Run, run};

fn state(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/airflow-connections").join(name)
}

fn sealine(folder: &Path, arguments: &[&str]) -> Run {
    run(env!("CARGO_BIN_EXE_sealine"), folder, arguments)
}

/// Passwords that break what is not made for them. Environment variables hold no null bytes.
const HOSTILE: &[&str] = &[
    "p@ss",
    "p/ss",
    "p?ss",
    "p#ss",
    "p%41ss",
    "100%",
    "p+ss",
    "p:ss",
    "p[s]s",
    "p ss ",
    "p\"ss",
    "p'ss",
    "p\\ss",
    "p\\nss",
    "p\nss\n",
    "p\rss",
    "p\tss",
    "pässwörd€🔑",
    "{\"a\": 1}",
    "null",
    "cGFzc3dvcmQ=",
    "a: b",
    "$HOME ${HOME} $$",
];
