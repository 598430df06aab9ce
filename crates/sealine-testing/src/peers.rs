//! The real programs that tests compare with: Helm, Kustomize, Terraform, SOPS, Airflow, a browser.
//!
//! A test that finds no peer says so and passes, unless `SEALINE_PEERS=required`: then it fails, so
//! that a build machine cannot skip what it is there to show.

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};

use crate::peers_table::{Peer, table};

/// Returns the program `name`, built by `cargo xtask peers` or found on the `PATH`.
///
/// # Panics
///
/// When it is missing and `SEALINE_PEERS=required`, unless it is a package of the system; or when
/// `peers.tsv` does not list it.
pub fn peer(name: &str) -> Option<PathBuf> {
    let listed = listed(name);
    assert!(listed.is_some(), "`{name}` is not listed in peers.tsv");
    let may_be_missing = listed.as_ref().is_some_and(Peer::is_package);
    let program = format!("{name}{EXE_SUFFIX}");
    let built = std::env::var_os("SEALINE_PEERS_DIR")
        .zip(listed)
        .map(|(folder, peer)| Path::new(&folder).join(peer.home()).join(&program));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join(&program));
    let found = built.into_iter().chain(on_path).find(|file| file.is_file());
    if found.is_none() {
        let required = std::env::var_os("SEALINE_PEERS").is_some_and(|value| value == "required");
        assert!(may_be_missing || !required, "SEALINE_PEERS=required, but {name} is missing");
        skipped(name);
    }
    found
}

fn listed(name: &str) -> Option<Peer> {
    table().find(|peer| peer.name == name)
}

#[expect(clippy::print_stderr, reason = "a test that shows less than it could must say so")]
fn skipped(name: &str) {
    eprintln!("skipped: {name} is not installed (cargo xtask peers)");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_pins_versions() {
        let version = |name| listed(name).map(|peer| peer.version);
        assert_eq!(version("helm"), Some("3.19.5"));
        assert_eq!(version("terraform"), Some("-"));
        assert_eq!(version("podman"), None);
        assert!(listed("chromium").is_some_and(|peer| peer.is_package()));
        assert!(listed("helm").is_some_and(|peer| !peer.is_package()));
    }

    #[test]
    fn a_peer_of_this_repository_stands_under_the_name_of_its_sources() {
        let mut names = table().map(|peer| peer.home());
        let oracle = names.find(|name| name.starts_with("eso-oracle-")).unwrap_or_default();
        let digest = oracle.rsplit('-').next().unwrap_or_default();
        assert_eq!(digest.len(), 16, "{oracle}");
        // The hash of no files at all.
        assert_ne!(digest, "cbf29ce484222325");
    }
}
