//! Terraform and OpenTofu with the providers that were built as peers, and nothing else of this
//! machine.

#![expect(clippy::disallowed_methods, reason = "tests start the programs and write the settings")]

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::peers::peer;
use crate::peers_table::table;

/// The providers, each a peer `terraform-provider-NAME`.
const PROVIDERS: [&str; 4] = ["local", "random", "time", "tls"];

/// Where both programs look for `hashicorp/NAME`.
const REGISTRIES: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// A plugin mirror with the providers `local`, `random`, `time` and `tls`, and the settings that make
/// Terraform and OpenTofu read it. It lives as long as this value.
#[derive(Debug)]
pub struct Mirror {
    folder: tempfile::TempDir,
}

/// Lays the mirror out, when all the providers are there.
///
/// # Panics
///
/// When it cannot be written.
pub fn mirror() -> Option<Mirror> {
    let folder = tempfile::tempdir().expect("a folder for the mirror");
    let root = std::fs::canonicalize(folder.path()).expect("a folder that was just made");
    for name in PROVIDERS {
        let peer_name = format!("terraform-provider-{name}");
        let program = peer(&peer_name)?;
        let listed =
            table().find(|peer| peer.name == peer_name).expect("a provider that is listed");
        let version = listed.version;
        for registry in REGISTRIES {
            let place = root.join(format!("{registry}/hashicorp/{name}/{version}/{}", platform()));
            std::fs::create_dir_all(&place).expect("a folder of the mirror");
            link(&program, &place.join(format!("{peer_name}_v{version}")));
        }
    }
    let hosts = REGISTRIES.map(|registry| format!("\"{registry}/*/*\"")).join(", ");
    let settings = format!(
        "disable_checkpoint = true\nprovider_installation {{\n  filesystem_mirror {{\n    path    = {:?}\n    include = [{hosts}]\n  }}\n}}\n",
        root.display().to_string()
    );
    write(&root.join("settings.tfrc"), &settings);
    Some(Mirror { folder })
}

impl Mirror {
    /// The value of `TF_CLI_CONFIG_FILE`.
    pub fn settings(&self) -> PathBuf {
        self.folder.path().join("settings.tfrc")
    }

    /// Returns `program` (terraform or tofu) in `folder`, without anything else of this machine.
    pub fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.env("TF_CLI_CONFIG_FILE", self.settings()).env("CHECKPOINT_DISABLE", "1");
        command.env("TF_IN_AUTOMATION", "1").current_dir(folder);
        command
    }
}

/// The folder's name for this system, as Go calls it.
fn platform() -> String {
    let system = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
    let machine = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}_{machine}")
}

#[cfg(unix)]
fn link(program: &Path, place: &Path) {
    std::os::unix::fs::symlink(program, place).expect("a link in the mirror");
}

#[cfg(not(unix))]
fn link(program: &Path, place: &Path) {
    std::fs::copy(program, place).expect("a copy in the mirror");
}

#[expect(
    clippy::disallowed_methods,
    reason = "nobody reads the file of a test while it is written"
)]
fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("a file that can be written");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_programs_apply_with_the_providers() {
        let Some(mirror) = mirror() else { return };
        for name in ["terraform", "tofu"] {
            let Some(program) = peer(name) else { continue };
            let folder = tempfile::tempdir().expect("a folder");
            let root = "resource \"random_pet\" \"it\" {}\nresource \"local_file\" \"it\" {\n  filename = \"it.txt\"\n  content  = random_pet.it.id\n}\n";
            write(&folder.path().join("main.tf"), root);
            for arguments in [&["init", "-input=false"][..], &["apply", "-auto-approve"]] {
                let mut command = mirror.command(&program, folder.path());
                let output = command.args(arguments).output().expect("a program that runs");
                let errors = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{name} {arguments:?}: {errors}");
            }
            assert!(folder.path().join("it.txt").is_file(), "{name} applied");
        }
    }
}
