//! What programs print, read to a bound.
//!
//! Invariant: no more than one line, or one string of JSON, is held beside what is kept, and neither
//! beyond its bound.

use std::io::{BufRead as _, BufReader, PipeReader, Read};

use serde::Deserialize;

use super::child::TooMuch;

/// A longer line of a log is passed over.
const LONGEST_LINE: usize = 1 << 20;

/// A log that is longer is no log.
const MOST_LOG: u64 = 256 << 20;

/// No plan is larger.
const MOST_PLAN: u64 = 2 << 30;

/// No value of a plan is longer.
const LONGEST_TEXT: usize = 16 << 20;

/// How many messages are kept.
const MOST_MESSAGES: usize = 50;

/// What a log of `-json` says, as far as it is asked for.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// `terraform 1.11.4`.
    pub(super) program: Option<String>,
    pub(super) errors: Vec<Message>,
    pub(super) warnings: Vec<Message>,
    /// Lines that are no JSON: what a crash prints.
    pub(super) other: Vec<String>,
}

/// A diagnostic.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Message {
    pub(super) severity: String,
    pub(super) summary: String,
    pub(super) detail: String,
    pub(super) address: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Line {
    #[serde(rename = "type")]
    kind: String,
    terraform: Option<String>,
    tofu: Option<String>,
    diagnostic: Option<Message>,
}

/// Reads a log.
pub(super) fn log(pipe: PipeReader) -> Result<Log, TooMuch> {
    let mut log = Log::default();
    let mut pipe = BufReader::with_capacity(64 << 10, pipe);
    let mut line = Vec::new();
    let mut total = 0_u64;
    loop {
        line.clear();
        let mut skips = false;
        loop {
            let Ok(piece) = pipe.fill_buf() else { return Ok(log) };
            if piece.is_empty() {
                take(&mut log, &line);
                return Ok(log);
            }
            let end = piece.iter().position(|byte| *byte == b'\n');
            let taken = end.unwrap_or(piece.len());
            skips |= line.len() + taken > LONGEST_LINE;
            if !skips {
                line.extend_from_slice(&piece[..taken]);
            }
            let used = taken + usize::from(end.is_some());
            pipe.consume(used);
            total += used as u64;
            if total > MOST_LOG {
                return Err(TooMuch);
            }
            if end.is_some() {
                break;
            }
        }
        if !skips {
            take(&mut log, &line);
        }
    }
}

fn take(log: &mut Log, line: &[u8]) {
    if line.is_empty() {
        return;
    }
    let Ok(line) = serde_json::from_slice::<Line>(line) else {
        if log.other.len() < MOST_MESSAGES {
            log.other.push(String::from_utf8_lossy(line).chars().take(2_000).collect());
        }
        return;
    };
    if line.kind == "version" {
        let named = |name: &str, version: String| format!("{name} {version}");
        log.program = line
            .terraform
            .map(|version| named("terraform", version))
            .or(line.tofu.map(|version| named("tofu", version)));
    }
    let Some(message) = line.diagnostic else { return };
    let list = if message.severity == "error" { &mut log.errors } else { &mut log.warnings };
    if list.len() < MOST_MESSAGES {
        list.push(message);
    }
}

/// Reads all of a short output.
pub(super) fn short(pipe: PipeReader) -> Result<Vec<u8>, TooMuch> {
    let mut all = Vec::new();
    let most = LONGEST_LINE as u64;
    // An error is an end.
    let _ = pipe.take(most + 1).read_to_end(&mut all);
    if all.len() as u64 > most { Err(TooMuch) } else { Ok(all) }
}

/// Reads nothing, and goes on reading.
pub(super) fn nothing(mut pipe: PipeReader) -> Result<(), TooMuch> {
    let mut piece = vec![0; 16 << 10];
    let mut total = 0_u64;
    while let Ok(read @ 1..) = pipe.read(&mut piece) {
        total += read as u64;
        if total > MOST_LOG {
            return Err(TooMuch);
        }
    }
    Ok(())
}

/// JSON that ends with an error where it, or one text in it, is too long.
pub(super) struct Bounded<R> {
    inner: R,
    total: u64,
    text: Option<usize>,
    escaped: bool,
    /// Whether a bound was met.
    pub(super) too_much: bool,
}

impl<R: Read> Bounded<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, total: 0, text: None, escaped: false, too_much: false }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.total += read as u64;
        for byte in &buffer[..read] {
            match (&mut self.text, byte) {
                (Some(_), _) if self.escaped => self.escaped = false,
                (Some(_), b'\\') => self.escaped = true,
                (text @ Some(_), b'"') => *text = None,
                (Some(length), _) => *length += 1,
                (text @ None, b'"') => *text = Some(0),
                (None, _) => {}
            }
        }
        if self.total > MOST_PLAN || self.text.is_some_and(|length| length > LONGEST_TEXT) {
            self.too_much = true;
            return Err(std::io::Error::other("too much"));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn written(bytes: Vec<u8>) -> PipeReader {
        let (reader, mut writer) = std::io::pipe().unwrap();
        std::thread::spawn(move || writer.write_all(&bytes));
        reader
    }

    #[test]
    fn a_log_gives_its_messages_whatever_stands_between() {
        let mut bytes = b"{\"type\":\"version\",\"terraform\":\"1.11.4\"}\n\xff\xfe\n".to_vec();
        bytes.extend(vec![b'x'; 3 << 20]);
        bytes.extend(b"\n{\"type\":\"diagnostic\",\"diagnostic\":{\"severity\":\"error\",\"summary\":\"s\"}}");
        let log = log(written(bytes)).unwrap();
        assert_eq!(log.program.as_deref(), Some("terraform 1.11.4"));
        assert_eq!((log.errors.len(), log.errors[0].summary.as_str()), (1, "s"));
        assert_eq!(log.other.len(), 1);
    }

    #[test]
    fn a_text_that_never_ends_is_not_held() {
        let endless = std::io::repeat(b'x');
        let mut json = Bounded::new(b"{\"a\": \"".chain(endless));
        let mut reader = BufReader::new(&mut json);
        let read: Result<serde_json::Value, _> = serde_json::from_reader(&mut reader);
        assert!(read.is_err());
        assert!(json.too_much && json.total < 20 << 20);
    }
}
