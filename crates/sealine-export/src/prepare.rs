//! From outputs and a target to the target's new text.
//!
//! Invariants: what is sensitive never gets to a place that is not encrypted; a text whose values are
//! wanted as they are comes back as no change at all; a state's stamp alone changes nothing.

use jiff::Timestamp;
use sealine_credentials::Services;
use sealine_sops::{
    Change as Edit, DataKey, Encrypted, Entry, Format, Map, Plain, Selection as Selected, Step,
};
use sealine_state::Outputs;

use crate::creation::Creation;
use crate::plan::{Action, Change, Touch, plan, touched};
use crate::select::{Selection, Wanted, select};
use crate::stamp::{self, Stamp};
use crate::target::{Content, Target};
use crate::{Fault, placing};

/// What to export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The name, for messages and the stamp.
    pub name: String,
    /// Which outputs; all of them without.
    pub selections: Vec<Selection>,
    /// The keys below which they go.
    pub at: Vec<String>,
    /// Whether an older state, or another one, may replace what is there.
    pub allow_older_serial: bool,
}

/// A target's new text.
#[derive(Debug)]
pub struct Prepared {
    /// The text.
    pub text: String,
    /// The keys that change.
    pub touched: Vec<(String, Touch)>,
}

/// Returns the target's new text; nothing when it holds what is wanted.
///
/// # Errors
///
/// When outputs are missing, the target cannot be opened, or must not take them.
pub async fn prepare(
    export: &Export,
    outputs: &Outputs,
    target: &Target,
    creation: Option<&Creation>,
    services: &Services,
    now: Timestamp,
) -> Result<Option<Prepared>, Fault> {
    let wanted = select(outputs, &export.selections)
        .map_err(|fault| Fault::Select { export: export.name.clone(), fault })?;
    check_places(export, &wanted, target, creation)?;
    let broken = |fault| Fault::Content { file: target.path.clone(), fault };
    let (text, touched) = match &target.content {
        Content::Absent => {
            let changes = plan_for(&Map::default(), export, wanted, target)?;
            let touched = touched(&changes);
            (made(changes, target, creation, services, now).await?, touched)
        }
        Content::Clear { text, plain } => {
            let none = Map::default();
            let current = plain.documents.first().unwrap_or(&none);
            let changes = plan_for(current, export, wanted, target)?;
            if changes.is_empty() {
                return Ok(None);
            }
            check_age(export, outputs, target)?;
            let touched = touched(&changes);
            let edited = sealine_sops::edit_plain(target.format, text, &edits(changes));
            (edited.map_err(broken)?.text, touched)
        }
        Content::Encrypted(encrypted) => {
            let key = opened(encrypted, target, services).await?;
            let plain = encrypted.decrypt(&key).map_err(broken)?;
            let [current] = plain.documents.as_slice() else {
                return Err(Fault::Documents { file: target.path.clone() });
            };
            let changes = plan_for(current, export, wanted, target)?;
            if changes.is_empty() {
                return Ok(None);
            }
            check_age(export, outputs, target)?;
            let touched = touched(&changes);
            let edited = encrypted.edit(&key, &edits(changes), now).map_err(broken)?;
            (edited.text, touched)
        }
    };
    let text = match state(outputs) {
        Some(state) => stamp::write(target.format, &text, &export.name, &state),
        None => text,
    };
    Ok(Some(Prepared { text, touched }))
}

fn plan_for(
    current: &Map,
    export: &Export,
    wanted: Vec<Wanted>,
    target: &Target,
) -> Result<Vec<Change>, Fault> {
    plan(current, &export.at, wanted)
        .map_err(|fault| Fault::Plan { file: target.path.clone(), fault })
}

fn edits(changes: Vec<Change>) -> Vec<Edit> {
    let edits = changes.into_iter().map(|change| match change.action {
        Action::Add(value) | Action::Replace(value) => Edit::set(change.path, value),
        Action::Remove => Edit::remove(change.path),
    });
    edits.collect()
}

/// Makes a target that is not there yet: encrypted where a creation rule says so.
async fn made(
    changes: Vec<Change>,
    target: &Target,
    creation: Option<&Creation>,
    services: &Services,
    now: Timestamp,
) -> Result<String, Fault> {
    let broken = |fault| Fault::Content { file: target.path.clone(), fault };
    let Some(creation) = creation else {
        let empty = if target.format == Format::Json { "{}\n" } else { "" };
        let edited = sealine_sops::edit_plain(target.format, empty, &edits(changes));
        return edited.map(|edited| edited.text).map_err(broken);
    };
    // Straight from tree to ciphertext: no text with the values is ever made.
    let entries =
        changes.into_iter().filter_map(|change| match (change.path.0.first(), change.action) {
            (Some(Step::Key(key)), Action::Add(value)) => Some(Entry::new(key.clone(), value)),
            _ => None,
        });
    let document = Map { entries: entries.collect(), ..Map::default() };
    let plain = Plain { documents: vec![document] };
    let key = DataKey::generate().map_err(broken)?;
    let wrapped = sealine_keys::wrap(&creation.masters, &key, services, now).await;
    let wrapped = wrapped
        .map_err(|fault| Fault::Wrap { file: target.path.clone(), fault: Box::new(fault) })?;
    sealine_sops::encrypt(target.format, &plain, &creation.rule, &key, &wrapped, now)
        .map_err(broken)
}

async fn opened(
    encrypted: &Encrypted,
    target: &Target,
    services: &Services,
) -> Result<DataKey, Fault> {
    let key = sealine_keys::open(&encrypted.metadata().keys, services).await;
    key.map_err(|fault| Fault::Open { file: target.path.clone(), fault: Box::new(fault) })
}

/// Which values the target's own rule encrypts, and who says so.
fn check_places(
    export: &Export,
    wanted: &[Wanted],
    target: &Target,
    creation: Option<&Creation>,
) -> Result<(), Fault> {
    let file = &target.path;
    let (selection, said): (Option<&Selected>, String) = match (&target.content, creation) {
        (Content::Encrypted(encrypted), _) => {
            let selection = &encrypted.metadata().rule.selection;
            (Some(selection), placing::said(selection, &format!("the metadata of `{file}`")))
        }
        (Content::Clear { .. }, Some(creation)) if creation.is_specific => {
            let place = creation.place.clone();
            return Err(Fault::ClearTarget { file: file.clone(), place });
        }
        (Content::Clear { .. }, _) => (None, format!("`{file}` is not encrypted")),
        (Content::Absent, Some(creation)) => {
            let selection = &creation.rule.selection;
            (
                Some(selection),
                placing::said(selection, &format!("the rule at `{}`", creation.place)),
            )
        }
        (Content::Absent, None) => {
            (None, format!("no creation rule of a `.sops.yaml` encrypts `{file}`"))
        }
    };
    placing::check(&export.at, wanted, selection, &said)
}

/// The state that outputs come from, where they say so.
fn state(outputs: &Outputs) -> Option<Stamp> {
    Some(Stamp { lineage: outputs.lineage.clone()?, serial: outputs.serial? })
}

/// An older state, or another one, does not replace what is there.
fn check_age(export: &Export, outputs: &Outputs, target: &Target) -> Result<(), Fault> {
    let known = target.text().and_then(|text| stamp::read(target.format, text, &export.name));
    let (Some(known), Some(state)) = (known, state(outputs)) else { return Ok(()) };
    if export.allow_older_serial {
        return Ok(());
    }
    let file = target.path.clone();
    if known.lineage != state.lineage {
        return Err(Fault::Lineage { file, known: known.lineage, state: state.lineage });
    }
    if state.serial < known.serial {
        return Err(Fault::Older { file, known: known.serial, state: state.serial });
    }
    Ok(())
}
