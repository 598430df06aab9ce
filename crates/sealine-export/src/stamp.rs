//! Which state the values of a target come from: its lineage and serial, beside the values.
//!
//! In YAML the stamp is a comment, `# sealine export NAME: lineage L, serial N`: among the metadata of
//! an encrypted file, where SOPS neither encrypts it nor warns of it, and at the top of any other.
//! In encrypted JSON it is the key `sealine` among the metadata. Other JSON has no place for it.
//!
//! Invariant: nothing but stamps is changed, and a stamp is outside of what the MAC covers, so that
//! it can be read without a key.

use sealine_engine::stamp::{HEAD, of_line};
pub use sealine_engine::stamp::{Stamp, read};
use sealine_sops::Format;

/// Returns the text with the stamp of the export `name`; the text as it is where it has no place.
pub fn write(format: Format, text: &str, name: &str, stamp: &Stamp) -> String {
    // A lineage is a UUID. Whatever else a state says would not be read back.
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "-_".contains(it);
    if !stamp.lineage.chars().all(is_plain) || stamp.lineage.is_empty() {
        return text.to_owned();
    }
    match format {
        Format::Yaml => write_yaml(text, name, stamp),
        Format::Json => write_json(text, name, stamp).unwrap_or_else(|| text.to_owned()),
        _ => text.to_owned(),
    }
}

fn write_yaml(text: &str, name: &str, stamp: &Stamp) -> String {
    let line = format!("{HEAD}{name}: lineage {}, serial {}", stamp.lineage, stamp.serial);
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let own = lines.iter().position(|line| of_line(line, name).is_some());
    let sops = lines.iter().position(|line| line.trim_end() == "sops:");
    let mut out = String::with_capacity(text.len() + line.len() + 8);
    if let Some(own) = own {
        for (index, old) in lines.iter().enumerate() {
            if index == own {
                let indent = old.len() - old.trim_start().len();
                let end = old.trim_end_matches(['\r', '\n']).len();
                out.push_str(old.get(..indent).unwrap_or_default());
                out.push_str(&line);
                out.push_str(old.get(end..).unwrap_or_default());
            } else {
                out.push_str(old);
            }
        }
        return out;
    }
    match sops {
        Some(sops) => {
            for (index, old) in lines.iter().enumerate() {
                out.push_str(old);
                if index == sops {
                    let next = lines.get(index + 1).copied().unwrap_or_default();
                    let indent = next.len() - next.trim_start_matches(' ').len();
                    out.extend(std::iter::repeat_n(' ', indent.max(1)));
                    out.push_str(&line);
                    out.push_str(line_break);
                }
            }
        }
        // Metadata in braces has no place for a comment.
        None if lines.iter().any(|line| line.starts_with("sops:")) => out.push_str(text),
        None => {
            let (mark, rest) = match text.strip_prefix('\u{feff}') {
                Some(rest) => ("\u{feff}", rest),
                None => ("", text),
            };
            out.push_str(mark);
            // Directives and the start of a document stay on top.
            let top = rest.split_inclusive('\n').take_while(|line| line.starts_with(['%', '-']));
            let top: usize = top.filter(|line| !line.starts_with("- ")).map(str::len).sum();
            out.push_str(rest.get(..top).unwrap_or_default());
            out.push_str(&line);
            out.push_str(line_break);
            out.push_str(rest.get(top..).unwrap_or_default());
        }
    }
    out
}

/// Writes into the object `sops`, laid out as it is: its last line says how deep its keys stand.
fn write_json(text: &str, name: &str, stamp: &Stamp) -> Option<String> {
    let parsed = sealine_yaml::parse(text);
    let sops = parsed.root()?.get("sops")?;
    let mut all: Vec<(String, String, String)> = Vec::new();
    if let Some(known) = sops.get("sealine") {
        for entry in known.own_entries() {
            let key = entry.key.as_str()?;
            let part = |name: &str| entry.value.str_at(&[name]).map(str::to_owned);
            all.push((key.to_owned(), part("lineage")?, part("serial")?));
        }
    }
    let serial = stamp.serial.to_string();
    match all.iter_mut().find(|(key, ..)| key == name) {
        Some(own) => *own = (name.to_owned(), stamp.lineage.clone(), serial),
        None => all.push((name.to_owned(), stamp.lineage.clone(), serial)),
    }
    let written = all.iter().map(|(key, lineage, serial)| {
        format!("\"{key}\": {{\"lineage\": \"{lineage}\", \"serial\": {serial}}}")
    });
    let written = format!("{{{}}}", written.collect::<Vec<_>>().join(", "));
    let (start, end, new) = if let Some(known) = sops.get("sealine") {
        (known.range.start as usize, known.range.end as usize, written)
    } else {
        let first = sops.own_entries().first()?.key.range.start as usize;
        let before = text.get(..first)?;
        let gap = before.get(before.rfind('{')? + 1..)?;
        (first, first, format!("\"sealine\": {written},{gap}"))
    };
    Some(format!("{}{new}{}", text.get(..start)?, text.get(end..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(serial: u64) -> Stamp {
        Stamp { lineage: "3f1c-22".to_owned(), serial }
    }

    #[test]
    fn metadata_keeps_the_stamp_and_the_rest_stays() {
        let text = "a: ENC[x]\r\nsops:\r\n    age: []\r\n    mac: x\r\n";
        let once = write(Format::Yaml, text, "egress", &stamp(3));
        assert_eq!(
            once,
            "a: ENC[x]\r\nsops:\r\n    # sealine export egress: lineage 3f1c-22, serial 3\r\n    age: []\r\n    mac: x\r\n"
        );
        let twice = write(Format::Yaml, &once, "egress", &stamp(4));
        assert_eq!(twice, once.replace("serial 3", "serial 4"));
        let other = write(Format::Yaml, &twice, "egress-2", &stamp(9));
        assert_eq!(read(Format::Yaml, &other, "egress"), Some(stamp(4)));
        assert_eq!(read(Format::Yaml, &other, "egress-2"), Some(stamp(9)));
        assert_eq!(read(Format::Yaml, &other, "egr"), None);
    }

    #[test]
    fn plain_yaml_has_it_at_the_top() {
        let once = write(Format::Yaml, "---\n# c\na: 1\n", "x", &stamp(3));
        assert_eq!(once, "---\n# sealine export x: lineage 3f1c-22, serial 3\n# c\na: 1\n");
        assert_eq!(read(Format::Yaml, &once, "x"), Some(stamp(3)));
        assert_eq!(write(Format::Yaml, "sops: {}\n", "x", &stamp(3)), "sops: {}\n");
        let odd = Stamp { lineage: "a\nb: c".to_owned(), serial: 1 };
        assert_eq!(write(Format::Yaml, "a: 1\n", "x", &odd), "a: 1\n");
    }

    #[test]
    fn json_has_it_as_a_key_of_the_metadata() {
        let text = "{\n\t\"a\": \"ENC[x]\",\n\t\"sops\": {\n\t\t\"age\": [],\n\t\t\"mac\": \"x\"\n\t}\n}\n";
        let once = write(Format::Json, text, "x", &stamp(3));
        assert_eq!(
            once,
            "{\n\t\"a\": \"ENC[x]\",\n\t\"sops\": {\n\t\t\"sealine\": {\"x\": {\"lineage\": \"3f1c-22\", \"serial\": 3}},\n\t\t\"age\": [],\n\t\t\"mac\": \"x\"\n\t}\n}\n"
        );
        let both = write(Format::Json, &once, "y", &stamp(5));
        assert_eq!(read(Format::Json, &both, "x"), Some(stamp(3)));
        assert_eq!(read(Format::Json, &both, "y"), Some(stamp(5)));
        assert_eq!(write(Format::Json, "{\"a\": 1}", "x", &stamp(3)), "{\"a\": 1}");
    }
}
