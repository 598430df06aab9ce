//! Changes of the metadata in the text.
//!
//! Invariant: every document's copy of the metadata says the same afterwards.

use super::splice::Splices;
use crate::store::{SOPS_PREFIX, dotenv_metadata, json_string, json_value, yaml_block, yaml_flow};
use crate::{Encrypted, Entry, Fault, Format, Map, Metadata, Path, Value};

/// Puts the new MAC and time into the metadata, which otherwise stays as it is.
pub(super) fn stamp(
    file: &Encrypted,
    splices: &mut Splices<'_>,
    mac: &str,
    lastmodified: &str,
) -> Result<(), Fault> {
    for entry in file.file.metadata.iter().flatten() {
        let map = map_of(entry)?;
        for (name, new) in [("mac", mac), ("lastmodified", lastmodified)] {
            let found = map.entries.iter().find(|field| field.key == name);
            let spot = found.map(|field| field.spot).filter(|spot| !spot.alias);
            let range = spot.ok_or_else(|| fault(name))?.value.bytes();
            let is_plain = !splices.slice(range.start, range.end).starts_with(['"', '\'']);
            let in_flow = entry.spot.flow;
            let new = match file.format {
                Format::Dotenv => new.to_owned(),
                Format::Yaml if is_plain && name == "mac" && !in_flow => new.to_owned(),
                _ => json_string(new),
            };
            let blank = if range.is_empty() && file.format == Format::Yaml { " " } else { "" };
            splices.replace(range.start, range.end, format!("{blank}{new}"));
        }
    }
    Ok(())
}

/// Writes the metadata anew; what is not known of it is kept.
pub(super) fn replace(
    file: &Encrypted,
    splices: &mut Splices<'_>,
    metadata: &Metadata,
) -> Result<(), Fault> {
    if metadata.keys.is_empty() {
        return Err(Fault::Rule("there is no master key to encrypt for".to_owned()));
    }
    for (index, entry) in file.file.metadata.iter().enumerate() {
        let Some(entry) = entry else { continue };
        let new = metadata.write_over(map_of(entry)?);
        match file.format {
            Format::Dotenv => replace_lines(splices, &new)?,
            Format::Json => replace_json(splices, entry, new)?,
            _ => {
                let document = file.file.documents.get(index);
                replace_yaml(splices, document, entry, new)?;
            }
        }
    }
    Ok(())
}

fn map_of(entry: &Entry) -> Result<&Map, Fault> {
    let invalid = || Fault::Metadata("`sops` is no map".to_owned());
    entry.value.as_map().filter(|_| !entry.spot.alias).ok_or_else(invalid)
}

fn fault(name: &str) -> Fault {
    Fault::Edit(Path::keys(["sops", name]))
}

fn replace_yaml(
    splices: &mut Splices<'_>,
    document: Option<&Map>,
    entry: &Entry,
    new: Map,
) -> Result<(), Fault> {
    let (key, range) = (entry.spot.key.bytes(), entry.spot.value.bytes());
    if entry.spot.flow {
        splices.replace(range.start, range.end, yaml_flow(&Value::Map(new))?);
        return Ok(());
    }
    let step = document.map_or(4, |map| super::splice::step(splices, map, 4));
    let indent = splices.column(key.start) + step;
    let block = yaml_block(&Value::Map(new), indent, step)?;
    let block = splices.lines(block.trim_end_matches('\n'));
    splices.replace(key.end, range.end, format!(":{block}"));
    Ok(())
}

fn replace_json(splices: &mut Splices<'_>, entry: &Entry, new: Map) -> Result<(), Fault> {
    let range = entry.spot.value.bytes();
    let indent = splices.indent(entry.spot.key.start as usize);
    let indent = indent.filter(|_| splices.line_start(entry.spot.key.start as usize) > 0);
    let new = json_value(&Value::Map(new), indent.unwrap_or_default(), indent)?;
    splices.replace(range.start, range.end, splices.lines(&new));
    Ok(())
}

/// Returns where the first line of the metadata begins.
pub(super) fn dotenv_start(text: &str) -> Option<usize> {
    if text.starts_with(SOPS_PREFIX) {
        return Some(0);
    }
    text.find(&format!("\n{SOPS_PREFIX}")).map(|at| at + 1)
}

fn replace_lines(splices: &mut Splices<'_>, new: &Map) -> Result<(), Fault> {
    let first = dotenv_start(splices.text).ok_or_else(|| fault("mac"))?;
    splices.replace(first, first, dotenv_metadata(new)?);
    let mut start = 0;
    for line in splices.text.split_inclusive('\n') {
        let end = start + line.len();
        if line.starts_with(SOPS_PREFIX) {
            splices.replace(start, end, String::new());
        }
        start = end;
    }
    Ok(())
}
