//! What the `sops` key of a file holds.
//!
//! Invariant: whatever release wrote it, unsorted and with empty lists or not, it reads to the same;
//! what is written is sorted as the current release sorts it, and keys that are not known stay.

use crate::master::{KINDS, read_list, write_lists};
use crate::{Entry, Fault, Leaf, Map, Pattern, Rule, Selection, Value, WrappedKey};

/// The release of SOPS whose format is written; readers compare it with their own.
pub const VERSION: &str = "3.13.3";

/// The metadata of an encrypted file.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// The data key, wrapped once by each master key; any one of them opens the file.
    pub keys: Vec<WrappedKey>,
    /// When the values were last changed, RFC 3339.
    pub lastmodified: String,
    /// The encrypted message authentication code.
    pub mac: String,
    /// The release that wrote it.
    pub version: String,
    /// Which values are encrypted and which of them the MAC covers.
    pub rule: Rule,
}

impl Metadata {
    /// Reads the map below `sops`.
    pub(crate) fn read(map: &Map) -> Result<Self, Fault> {
        let fields = Fields(map);
        let groups = match map.get("key_groups") {
            Some(Value::List(list)) => &list.items[..],
            _ => &[],
        };
        if groups.len() > 1 {
            return Err(Fault::Unsupported(format!(
                "its data key is split over {} key groups (Shamir's secret sharing), which is not supported",
                groups.len()
            )));
        }
        let mut keys = wrapped_keys(map)?;
        if keys.is_empty()
            && let Some(group) = groups.first().and_then(|group| group.value.as_map())
        {
            keys = wrapped_keys(group)?;
        }
        if keys.is_empty() {
            return Err(Fault::Metadata("no master key is listed".to_owned()));
        }
        let version = fields.text("version").filter(|version| !version.is_empty());
        let lastmodified = fields.text("lastmodified").filter(|time| is_time(time));
        Ok(Self {
            keys,
            lastmodified: lastmodified
                .ok_or_else(|| Fault::Metadata("`lastmodified` is no time".to_owned()))?,
            mac: fields.text("mac").unwrap_or_default(),
            version: version.ok_or_else(|| Fault::Metadata("`version` is missing".to_owned()))?,
            rule: Rule {
                selection: selection(&fields)?,
                mac_only_encrypted: fields.truth("mac_only_encrypted"),
            },
        })
    }

    /// Returns the map to put below `sops`.
    pub(crate) fn write(&self) -> Map {
        let text = |text: &str| Value::Leaf(Leaf::string(text));
        let mut entries = write_lists(&self.keys);
        entries.push(Entry::new("lastmodified", text(&self.lastmodified)));
        entries.push(Entry::new("mac", text(&self.mac)));
        entries.push(Entry::new("version", text(&self.version)));
        if let Some((name, value)) = self.rule.selection.setting() {
            entries.push(Entry::new(name, text(value)));
        }
        if self.rule.mac_only_encrypted {
            entries.push(Entry::new("mac_only_encrypted", Value::Leaf(Leaf::bool(true))));
        }
        entries.sort_by(|left, right| left.key.cmp(&right.key));
        Map { entries, trailing: Vec::new() }
    }

    /// Returns the map to put below `sops` where `old` stood: what is not known is kept.
    pub(crate) fn write_over(&self, old: &Map) -> Map {
        const OWN: [&str; 6] = [
            "lastmodified",
            "mac",
            "version",
            "mac_only_encrypted",
            "key_groups",
            "shamir_threshold",
        ];
        let mut map = self.write();
        let is_known = |key: &str| {
            OWN.contains(&key) || KINDS.contains(&key) || Selection::SETTINGS.contains(&key)
        };
        let unknown = old.copy().entries.into_iter().filter(|entry| !is_known(&entry.key));
        map.entries.extend(unknown);
        map.entries.sort_by(|left, right| left.key.cmp(&right.key));
        map
    }
}

fn wrapped_keys(map: &Map) -> Result<Vec<WrappedKey>, Fault> {
    let mut keys = Vec::new();
    for kind in KINDS {
        if let Some(list) = map.get(kind) {
            keys.extend(read_list(kind, list)?);
        }
    }
    Ok(keys)
}

fn is_time(text: &str) -> bool {
    text.contains(['T', 't']) && crate::timestamp::Timestamp::parse(text).is_some()
}

fn selection(fields: &Fields<'_>) -> Result<Selection, Fault> {
    let mut found = Selection::SETTINGS.into_iter().filter_map(|name| {
        let text = fields.text(name).filter(|text| !text.is_empty())?;
        Selection::of_setting(name, Pattern::new(&text))
    });
    match (found.next(), found.next()) {
        (None, _) => Ok(Selection::default()),
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => Err(Fault::Metadata(
            "more than one of the settings that select values is given".to_owned(),
        )),
    }
}

/// The fields of a map, whatever type their values were written with.
pub(crate) struct Fields<'a>(pub(crate) &'a Map);

impl Fields<'_> {
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        Some(self.0.get(name)?.as_leaf()?.text()?.to_owned())
    }

    pub(crate) fn truth(&self, name: &str) -> bool {
        matches!(self.text(name).as_deref(), Some("True" | "true" | "TRUE" | "1" | "t" | "T"))
    }
}
