//! Which state the values of an export's target come from, as the target says it.
//!
//! In YAML the stamp is a comment, `# sealine export NAME: lineage L, serial N`; in encrypted JSON it is
//! the key `sealine` among the metadata. `sealine-export` writes it.

pub use sealine_model::export::Stamp;
use sealine_sops::Format;

/// What a stamp's comment begins with.
pub const HEAD: &str = "# sealine export ";

/// Returns the stamp that the export `name` left in a target.
pub fn read(format: Format, text: &str, name: &str) -> Option<Stamp> {
    match format {
        Format::Yaml | Format::Dotenv => text.lines().find_map(|line| of_line(line, name)),
        Format::Json => {
            let parsed = sealine_yaml::parse(text);
            let stamp = parsed.root()?.at(&["sops", "sealine", name])?;
            let serial = stamp.str_at(&["serial"])?.parse().ok()?;
            Some(Stamp { lineage: stamp.str_at(&["lineage"])?.to_owned(), serial })
        }
        _ => None,
    }
}

/// Returns the stamp of the export `name`, when the line is one.
pub fn of_line(line: &str, name: &str) -> Option<Stamp> {
    let rest = line.trim_start().strip_prefix(HEAD)?.strip_prefix(name)?;
    let (lineage, serial) = rest.strip_prefix(": lineage ")?.trim_end().split_once(", serial ")?;
    Some(Stamp { lineage: lineage.to_owned(), serial: serial.parse().ok()? })
}
