//! Charts packed as `.tgz`, unpacked in memory.
//!
//! Invariant: whatever stands in an archive, no more than the limits is unpacked and no name leads
//! out of the chart; an archive that Helm would refuse is refused as a whole.

use std::collections::BTreeMap;
use std::io::Read as _;

use flate2::read::GzDecoder;
use sealine_source::join;
use tar::{Archive, EntryType};

/// How large one file may be, as in Helm.
const MAX_FILE: u64 = 5 << 20;
/// How large all files may be together, as in Helm.
const MAX_TOTAL: u64 = 100 << 20;
/// How many files there may be.
const MAX_FILES: usize = 10_000;

/// Returns the files of a packed chart by their paths below its top folder, or why it is refused.
pub(super) fn unpack(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, String> {
    unpack_within(bytes, MAX_FILE, MAX_TOTAL)
}

fn unpack_within(
    bytes: &[u8],
    max_file: u64,
    max_total: u64,
) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let broken = |error: std::io::Error| format!("the archive cannot be read: {error}");
    // Headers and padding cost something, too.
    let decoded = GzDecoder::new(bytes).take(max_total + (MAX_FILES as u64 * 1024));
    let mut archive = Archive::new(decoded);
    let mut files = BTreeMap::new();
    let mut total = 0;
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        if !matches!(entry.header().entry_type(), EntryType::Regular | EntryType::Continuous) {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let path = inside(&name)?;
        let limit = max_file.min(max_total - total);
        if entry.size() > limit || files.len() >= MAX_FILES {
            return Err("the archive is larger than a chart may be".to_owned());
        }
        let mut content = Vec::new();
        (&mut entry).take(limit).read_to_end(&mut content).map_err(broken)?;
        total += content.len() as u64;
        files.insert(path, content);
    }
    if files.is_empty() {
        return Err("the archive holds no files".to_owned());
    }
    Ok(files)
}

/// Returns a member's path below the chart's folder.
fn inside(name: &str) -> Result<String, String> {
    let name = name.replace('\\', "/");
    let leads_out = || "the archive holds a path that leads out of the chart".to_owned();
    let (_, rest) = name.split_once('/').ok_or_else(leads_out)?;
    let path = join("", rest).filter(|path| !path.is_empty()).ok_or_else(leads_out)?;
    let is_drive = path.as_bytes().get(1) == Some(&b':');
    if is_drive || name.starts_with('/') { Err(leads_out()) } else { Ok(path) }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write as _;

    use super::*;

    /// Returns an archive whose members have these names, whatever they are.
    pub(in crate::helm) fn packed(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, content) in members {
            let mut header = tar::Header::new_ustar();
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            builder.append(&header, *content).unwrap();
        }
        let level = flate2::Compression::fast();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
        encoder.write_all(&builder.into_inner().unwrap()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_chart_is_unpacked_without_its_folder() {
        let files = unpack(&packed(&[("db/Chart.yaml", b"name: db"), ("db/a/./b", b"x")])).unwrap();
        let paths: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(paths, ["Chart.yaml", "a/b"]);
    }

    #[test]
    fn names_that_lead_out_are_refused() {
        for name in ["db/../../x", "db/..", "/etc/x", "Chart.yaml", "db/c:/x", "db\\..\\..\\x"] {
            assert!(unpack(&packed(&[(name, b"x")])).is_err(), "{name}");
        }
    }

    #[test]
    fn what_is_larger_than_a_chart_is_refused() {
        let unpack = |members: &[(&str, &[u8])]| unpack_within(&packed(members), 100, 250);
        assert!(unpack(&[("db/one", &[0; 100]), ("db/two", &[0; 100])]).is_ok());
        assert!(unpack(&[("db/one", &[0; 101])]).is_err());
        let one = [0; 100];
        assert!(unpack(&[("db/one", &one), ("db/two", &one), ("db/three", &one)]).is_err());
    }

    #[test]
    fn bytes_that_are_no_archive_are_refused() {
        assert!(unpack(b"no archive").is_err());
        let mut cut = packed(&[("db/Chart.yaml", &[b'x'; 4096])]);
        cut.truncate(cut.len() / 2);
        assert!(unpack(&cut).is_err());
        assert!(unpack(&[]).is_err());
    }
}
