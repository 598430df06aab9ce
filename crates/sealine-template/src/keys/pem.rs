//! PEM as Go reads and writes it.
//!
//! Invariant: the next block is the one Go finds, after whatever Go passes over.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"\n-----END ";
const DASHES: &[u8] = b"-----";

/// A block.
pub(crate) struct Block {
    pub(crate) kind: Vec<u8>,
    /// What stands before the content, by name.
    headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) content: Vec<u8>,
}

fn find(data: &[u8], part: &[u8]) -> Option<usize> {
    data.windows(part.len()).position(|window| window == part)
}

fn find_last(data: &[u8], part: &[u8]) -> Option<usize> {
    data.windows(part.len()).rposition(|window| window == part)
}

/// Returns the first line without the blanks at its end, and how many bytes it takes.
fn line(data: &[u8]) -> (&[u8], usize) {
    let (mut end, taken) = match data.iter().position(|byte| *byte == b'\n') {
        Some(at) => (at, at + 1),
        None => (data.len(), data.len()),
    };
    if end < taken && end > 0 && data.get(end - 1) == Some(&b'\r') {
        end -= 1;
    }
    let line = data.get(..end).unwrap_or_default();
    let blanks = line.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    (line.get(..end - blanks).unwrap_or_default(), taken)
}

/// Returns the first block and what follows it; without one, all of the data.
pub(crate) fn decode(data: &[u8]) -> (Option<Block>, &[u8]) {
    let mut rest = data;
    while let Some(end) = find(rest, END) {
        let after_end = rest.get(end + END.len()..).unwrap_or_default();
        // The last beginning before the first end counts.
        let head = rest.get(..end).unwrap_or_default();
        let begin = find_last(head, BEGIN)
            .filter(|begin| *begin == 0 || head.get(begin - 1) == Some(&b'\n'));
        if let Some(begin) = begin {
            let body = head.get(begin + BEGIN.len()..).unwrap_or_default();
            if let Some(found) = block(body, after_end) {
                return (Some(found.0), found.1);
            }
        }
        rest = after_end;
    }
    (None, data)
}

/// Reads a block whose first line stands in `body`, and whose last line `after_end` begins in.
fn block<'d>(body: &[u8], after_end: &'d [u8]) -> Option<(Block, &'d [u8])> {
    let (first, taken) = line(body);
    let kind = first.strip_suffix(DASHES)?;
    let mut content = body.get(taken..).unwrap_or_default();
    let mut headers = Vec::new();
    loop {
        let (text, taken) = line(content);
        let Some(colon) = text.iter().position(|byte| *byte == b':') else { break };
        let (name, value) = text.split_at(colon);
        let value = value.get(1..).unwrap_or_default();
        headers.retain(|(known, _)| known != name.trim_ascii());
        headers.push((name.trim_ascii().to_vec(), value.trim_ascii().to_vec()));
        content = content.get(taken..).unwrap_or_default();
    }
    let trailer = after_end.strip_prefix(kind)?.strip_prefix(DASHES)?;
    let (left, taken) = line(trailer);
    if !left.is_empty() {
        return None;
    }
    let digits: Vec<u8> =
        content.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(&base64::alphabet::STANDARD, config);
    let content = engine.decode(&digits).ok()?;
    let left = trailer.get(taken..).unwrap_or_default();
    Some((Block { kind: kind.to_vec(), headers, content }, left))
}

/// Returns a block as text.
pub(crate) fn encode(kind: &str, content: &[u8]) -> String {
    let mut out = format!("-----BEGIN {kind}-----\n");
    push_content(content, &mut out);
    let _ = writeln!(out, "-----END {kind}-----");
    out
}

fn push_content(content: &[u8], out: &mut String) {
    let digits = STANDARD.encode(content);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            out.push('\n');
        }
        out.push(digit);
    }
    if !digits.is_empty() {
        out.push('\n');
    }
}

impl Block {
    /// Returns the block as text, headers included; `None` where Go refuses to write one.
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        let mut headers: Vec<_> = self.headers.iter().collect();
        // The kind of processing comes first, then the names in their order.
        headers.sort_by_key(|(name, _)| (name != b"Proc-Type", name.clone()));
        let mut out = [BEGIN, &self.kind, b"-----\n"].concat();
        for (name, value) in &headers {
            if name.contains(&b':') {
                return None;
            }
            out.extend([name.as_slice(), b": ", value.as_slice(), b"\n"].concat());
        }
        if !headers.is_empty() {
            out.push(b'\n');
        }
        let mut content = String::new();
        push_content(&self.content, &mut content);
        out.extend(content.into_bytes());
        out.extend([b"-----END ".as_slice(), &self.kind, b"-----\n"].concat());
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(mut text: &[u8]) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        while let (Some(block), rest) = decode(text) {
            text = rest;
            all.push(block.content);
        }
        all
    }

    #[test]
    fn blocks_are_found_between_junk() {
        let text = "junk\n-----BEGIN A-----\nAAAA\n-----END A-----\njunk\n-----BEGIN B-----\nQQ==\n\
                    -----END B-----";
        assert_eq!(contents(text.as_bytes()), [vec![0, 0, 0], vec![65]]);
    }

    #[test]
    fn blocks_that_are_broken_are_passed_over() {
        let text = "-----BEGIN A-----\nAAA\n-----END A-----\n-----BEGIN A-----\nAAAA\n-----END B-----\n\
                    -----BEGIN A-----\nAAAA\n-----END A-----\n";
        assert_eq!(contents(text.as_bytes()).len(), 1);
        assert!(contents(b"-----BEGIN A-----\nAAAA\n").is_empty());
    }

    #[test]
    fn lines_are_64_letters_long() {
        let text = encode("A", &[0; 50]);
        assert_eq!(text.lines().map(str::len).collect::<Vec<_>>(), [17, 64, 4, 15]);
    }
}
