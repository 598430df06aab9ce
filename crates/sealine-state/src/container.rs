//! What a state or plan may be wrapped in: gzip, as some backends store it, and the archive that
//! `plan -out` writes.
//!
//! Invariant: what comes out is bounded, whatever the wrapping promises.

use std::io::Read as _;

use sealine_model::SecretValue;

use crate::fetch::LARGEST;

/// What was in the wrapping.
#[derive(Debug)]
pub enum Opened {
    /// There was none.
    Plain(SecretValue),
    /// A text that was compressed.
    Unpacked(SecretValue),
    /// A plan file, with the state that it was made from.
    Plan(Option<SecretValue>),
}

/// Why a wrapping cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContainerError {
    /// The compressed bytes are broken.
    #[error("broken gzip")]
    Gzip,
    /// The archive is broken.
    #[error("a broken zip archive")]
    Zip,
    /// The archive is no plan.
    #[error("a zip archive that is no plan")]
    NoPlan,
    /// There is too much.
    #[error("more than 1 GiB when unpacked")]
    TooMuch,
}

/// Opens the wrapping, if there is one.
///
/// # Errors
///
/// When it is broken, or holds too much.
pub fn open(bytes: SecretValue) -> Result<Opened, ContainerError> {
    if bytes.expose().starts_with(&[0x1f, 0x8b]) {
        let unpacked = bounded(flate2::read::GzDecoder::new(bytes.expose()), ContainerError::Gzip)?;
        return Ok(Opened::Unpacked(unpacked));
    }
    if bytes.expose().starts_with(b"PK\x03\x04") {
        return plan(bytes.expose()).map(Opened::Plan);
    }
    Ok(Opened::Plain(bytes))
}

fn bounded(
    reader: impl std::io::Read,
    broken: ContainerError,
) -> Result<SecretValue, ContainerError> {
    let mut out = Vec::new();
    let read = reader.take(LARGEST as u64 + 1).read_to_end(&mut out);
    let out = SecretValue::new(out);
    match read {
        Err(_) => Err(broken),
        Ok(read) if read > LARGEST => Err(ContainerError::TooMuch),
        Ok(_) => Ok(out),
    }
}

/// Reads the state out of a plan file, by the directory at the archive's end.
fn plan(bytes: &[u8]) -> Result<Option<SecretValue>, ContainerError> {
    const END: &[u8] = b"PK\x05\x06";
    let tail = bytes.len().saturating_sub(66_000);
    let end = bytes[tail..].windows(4).rposition(|mark| mark == END).ok_or(ContainerError::Zip)?;
    let end = tail + end;
    let count = number(bytes, end + 10, 2).ok_or(ContainerError::Zip)?;
    let mut at = number(bytes, end + 16, 4).ok_or(ContainerError::Zip)?;
    let (mut is_plan, mut state) = (false, None);
    for _ in 0..count {
        let entry = Entry::at(bytes, at).ok_or(ContainerError::Zip)?;
        is_plan |= entry.name == b"tfplan";
        if entry.name == b"tfstate" {
            state = Some(entry.content(bytes)?);
        }
        at = entry.next;
    }
    if is_plan { Ok(state) } else { Err(ContainerError::NoPlan) }
}

/// An entry of the directory.
struct Entry<'a> {
    name: &'a [u8],
    method: usize,
    size: usize,
    start: usize,
    next: usize,
}

impl<'a> Entry<'a> {
    fn at(bytes: &'a [u8], at: usize) -> Option<Self> {
        bytes.get(at..)?.strip_prefix(b"PK\x01\x02")?;
        let [method, size, name, extra, comment, start] =
            [(10, 2), (20, 4), (28, 2), (30, 2), (32, 2), (42, 4)]
                .map(|(offset, length)| number(bytes, at + offset, length));
        let end = at + 46 + name?;
        Some(Self {
            name: bytes.get(at + 46..end)?,
            method: method?,
            size: size?,
            start: start?,
            next: end + extra? + comment?,
        })
    }

    fn content(&self, bytes: &[u8]) -> Result<SecretValue, ContainerError> {
        let head = |offset| number(bytes, self.start + offset, 2);
        let (Some(name), Some(extra)) = (head(26), head(28)) else {
            return Err(ContainerError::Zip);
        };
        let start = self.start + 30 + name + extra;
        let packed = start
            .checked_add(self.size)
            .and_then(|end| bytes.get(start..end))
            .ok_or(ContainerError::Zip)?;
        match self.method {
            0 => Ok(SecretValue::new(packed)),
            8 => bounded(flate2::read::DeflateDecoder::new(packed), ContainerError::Zip),
            _ => Err(ContainerError::Zip),
        }
    }
}

/// A little-endian number.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn gzip_is_opened_and_bombs_are_not() {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(b"{}").expect("memory");
        let packed = packer.finish().expect("memory");
        let opened = open(SecretValue::new(packed.clone())).expect("a text");
        assert!(matches!(opened, Opened::Unpacked(text) if text.expose() == b"{}"));
        let cut = open(SecretValue::new(&packed[..packed.len() - 9]));
        assert_eq!(cut.expect_err("cut"), ContainerError::Gzip);
    }

    #[test]
    fn broken_archives_are_told() {
        for bytes in [
            &b"PK\x03\x04"[..],
            b"PK\x03\x04PK\x05\x06",
            b"PK\x03\x04PK\x05\x06\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        ] {
            assert_eq!(open(SecretValue::new(bytes)).expect_err("broken"), ContainerError::Zip);
        }
        let empty = [&b"PK\x03\x04"[..], b"PK\x05\x06", &[0; 18]].concat();
        assert_eq!(open(SecretValue::new(empty)).expect_err("no plan"), ContainerError::NoPlan);
    }
}
