//! A real PostgreSQL, where Debian's package is installed.
//!
//! It is no peer that can be built, so that a machine without it is never at fault: a test that finds
//! none says so and passes.

use std::path::PathBuf;

/// Returns the folder of its programs, the newest one.
pub fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = versions.map(|version| version.path().join("bin"));
    let has_all = |folder: &PathBuf| {
        ["initdb", "postgres", "psql"].iter().all(|name| folder.join(name).is_file())
    };
    let found = folders.filter(has_all).max();
    if found.is_none() {
        skipped();
    }
    found
}

#[expect(clippy::print_stderr, reason = "a test that shows less than it could must say so")]
fn skipped() {
    eprintln!("skipped: PostgreSQL is not installed (apt-get install postgresql)");
}
