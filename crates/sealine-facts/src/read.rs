//! Reads facts that were written elsewhere.

use std::fmt;

use sealine_model::settings::{self, VaultSettings};
use sealine_model::vault::VaultKind;
use sealine_model::{Coverage, Facts};
use serde::Deserialize;

use crate::code::{Code, Reader};
use crate::wire::{Document, Unit, VaultOwner};
use crate::{FORMAT, Origin, Published, VERSION};

/// Why a text is no facts file of a version that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not the JSON of a facts file: what the parser says, with line and column.
    Malformed(String),
    /// It is the file of another tool, or no file of a tool.
    OtherFormat,
    /// It is of a version that this one cannot read.
    OtherVersion(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, _) = VERSION;
        match self {
            Self::Malformed(why) => write!(formatter, "it cannot be read: {why}"),
            Self::OtherFormat => {
                write!(formatter, "it is no facts file: `format` is not `{FORMAT}`")
            }
            Self::OtherVersion(version) => write!(
                formatter,
                "it is of version {}, and this sealine reads version {major}",
                version.escape_debug()
            ),
        }
    }
}

impl std::error::Error for Fault {}

/// What every version of the format begins with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Head {
    format: String,
    version: String,
}

/// Returns the facts in a text.
///
/// Places in them are of the commit that was read, so that reports show `repo@commit:file:line`.
///
/// # Errors
///
/// When the text is not a facts file, or one of another major version.
pub fn read(text: &str) -> Result<Published, Fault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document = match serde_json::from_str::<Document>(text) {
        Ok(document) => document,
        Err(error) => {
            // A file of another version may well have another shape: the head says why.
            if let Ok(head) = serde_json::from_str::<Head>(text) {
                check(&head.format, &head.version)?;
            }
            return Err(Fault::Malformed(error.to_string()));
        }
    };
    check(&document.format, &document.version)?;
    let mut reader = Reader::default();
    let mut repositories = Vec::new();
    for known in document.repositories {
        if let Some(commit) = &known.commit {
            reader.commits.insert(known.name.clone(), commit.clone());
        }
        let (name, remotes, commit) = (known.name, known.remotes, known.commit);
        repositories.push(Origin { name, remotes, commit });
    }
    repositories.sort_by(|one, two| one.name.cmp(&two.name));
    let vaults = document.vaults.into_iter().map(|said| vault(said, &mut reader)).collect();
    let units = document.units.into_iter().map(|known| unit(known, &mut reader)).collect();
    Ok(Published { repositories, vaults, units })
}

fn check(format: &str, version: &str) -> Result<(), Fault> {
    if format != FORMAT {
        return Err(Fault::OtherFormat);
    }
    let major = version.split('.').next().and_then(|major| major.parse().ok());
    if major == Some(VERSION.0) { Ok(()) } else { Err(Fault::OtherVersion(version.to_owned())) }
}

fn vault(said: VaultOwner, reader: &mut Reader) -> (String, VaultSettings) {
    let ownership = match said.ownership.as_str() {
        "terraform" => settings::Ownership::Terraform,
        "manual" => settings::Ownership::Manual,
        _ => settings::Ownership::Mixed,
    };
    let settings = VaultSettings {
        kind: VaultKind::from_name(&said.kind),
        identity: said.identity,
        ownership,
        lists_entries: said.lists_entries,
        place: Code::read(crate::code::At::default(), reader),
    };
    (said.name, settings)
}

fn unit(unit: Unit, reader: &mut Reader) -> Facts {
    reader.begin(&unit.repo);
    // What was understood elsewhere is not counted here; that something was not, is kept.
    let coverage = Coverage { documents: usize::from(!unit.understood), understood: 0 };
    Facts {
        deliveries: Code::read(unit.deliveries, reader),
        vaults: Code::read(unit.vaults, reader),
        open_vaults: Code::read(unit.open_vaults, reader),
        entries: Code::read(unit.entries, reader),
        entry_reads: Code::read(unit.entry_reads, reader),
        class_mounts: Code::read(unit.class_mounts, reader),
        stores: Code::read(unit.stores, reader),
        external_secrets: Code::read(unit.external_secrets, reader),
        pushes: Code::read(unit.pushes, reader),
        secrets: Code::read(unit.secrets, reader),
        secret_writers: Code::read(unit.secret_writers, reader),
        uses: Code::read(unit.uses, reader),
        objects: Code::read(unit.objects, reader),
        connections: Code::read(unit.connections, reader),
        plain_variables: Code::read(unit.plain_variables, reader),
        state_files: Code::read(unit.states, reader),
        coverage,
        repo: unit.repo,
        unit: unit.name,
        ..Facts::default()
    }
}
