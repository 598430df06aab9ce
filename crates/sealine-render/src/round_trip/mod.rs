//! The round trip of a template: rendered with hostile values, and read as its consumer reads it.
//!
//! First with harmless values, which tells where each key arrives; then one key after the other
//! with values that break what is not made for them. Each field must hold what was put in.
//!
//! Invariant: nothing is judged whose consumer is not told, or that does not even pass with harmless
//! values. No real value takes part.

mod consumer;
mod hostile;
mod mend;
mod reading;

pub use consumer::{Consumer, infer};
pub use mend::{Mend, Quotes, applied};

use sealine_source::TextRange;
use sealine_template::{Functions, parse};

use crate::analysis::{Analysis, Part, analyse};
use reading::{Harmless, Slot, Subject};

/// One text of a template.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// The key of the Secret; empty for a text that is read as keys and values.
    pub key: &'a str,
    /// The template.
    pub text: &'a str,
    /// The type of the Secret.
    pub secret_type: Option<&'a str>,
    /// Keys of the source data that are known.
    pub source_keys: &'a [String],
}

/// What came of the round trip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing can be said.
    Unknown,
    /// Every value arrives as it was put in.
    Passes(Consumer),
    /// Some do not.
    Fails(Vec<Break>),
}

/// A key whose value may break what it is put into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// The key of the source data.
    pub key: String,
    /// Where the template prints it.
    pub ranges: Vec<TextRange>,
    /// Who cannot read the result.
    pub consumer: Consumer,
    /// What a value has that breaks it.
    pub kinds: Vec<&'static str>,
    /// What happens then: why it cannot be read, or which field holds something else.
    pub effect: String,
    /// What mends it, tried out.
    pub mend: Option<Mend>,
}

/// Tries a text out. Mends are looked for and tried out, too.
pub fn check(text: &Text<'_>) -> Verdict {
    match check_alone(text) {
        Verdict::Fails(breaks) => {
            let mended = |broken: Break| {
                let mend = mend::find(text, &broken);
                Break { mend, ..broken }
            };
            Verdict::Fails(breaks.into_iter().map(mended).collect())
        }
        other => other,
    }
}

/// Tries a text out, and looks for no mends.
pub fn check_alone(text: &Text<'_>) -> Verdict {
    tried(text, None)
}

/// Returns whether the values of these keys arrive, whatever they are; nothing where that cannot be
/// told. Stops at the first value that does not.
pub fn arrive(text: &Text<'_>, keys: &[String]) -> Option<bool> {
    match tried(text, Some(keys)) {
        Verdict::Unknown => None,
        Verdict::Passes(_) => Some(true),
        Verdict::Fails(_) => Some(false),
    }
}

/// Tries a text out: with all keys, or with `only` these up to the first break.
fn tried(text: &Text<'_>, only: Option<&[String]>) -> Verdict {
    let name = if text.key.is_empty() { "template" } else { text.key };
    let Ok(parsed) = parse(name, text.text, Functions::eso()) else { return Verdict::Unknown };
    let analysis = analyse(&parsed);
    let subject = Subject { text: *text, analysis: &analysis };
    let Some(harmless) = Harmless::find(&subject) else { return Verdict::Unknown };
    let mut breaks: Vec<Break> = Vec::new();
    let mut judged = 0;
    let wanted = |slot: &&Slot| only.is_none_or(|only| only.contains(&slot.key));
    for slot in harmless.judged().filter(wanted) {
        judged += 1;
        // One field of a key says enough of it.
        if breaks.last().is_none_or(|last| last.key != slot.key) {
            breaks.extend(broken(&subject, &harmless, slot, only.is_some()));
        }
        if only.is_some() && !breaks.is_empty() {
            break;
        }
    }
    match harmless.consumer() {
        _ if !breaks.is_empty() => Verdict::Fails(breaks),
        Some(consumer) if judged > 0 => Verdict::Passes(consumer),
        _ => Verdict::Unknown,
    }
}

/// Returns what values of a slot break; with `first`, what the first of them does.
fn broken(subject: &Subject<'_>, harmless: &Harmless, slot: &Slot, first: bool) -> Option<Break> {
    let mut broken: Option<Break> = None;
    let mut letters: Vec<u8> = Vec::new();
    for (kind, value) in harmless.hostile_values() {
        // What one letter of it has shown to break needs not be said of more.
        let is_said = broken.as_ref().is_some_and(|found| found.kinds.contains(&kind));
        if is_said || value.iter().any(|byte| letters.contains(byte)) {
            continue;
        }
        let found = harmless.broken_by(subject, slot, kind, value.as_slice());
        let Some((consumer, effect)) = found else { continue };
        let found = broken.get_or_insert_with(|| Break {
            key: slot.key.clone(),
            ranges: ranges(subject.analysis, &slot.key),
            consumer,
            kinds: Vec::new(),
            effect,
            mend: None,
        });
        found.kinds.push(kind);
        if first {
            break;
        }
        if let [b'p', letter, b's', b's'] = value.as_slice() {
            letters.push(*letter);
        }
    }
    broken
}

/// Returns where a key is printed.
fn ranges(analysis: &Analysis, key: &str) -> Vec<TextRange> {
    let printed = analysis.parts.iter().filter_map(|part| match part {
        Part::Printed(printed) if printed.keys.iter().any(|printed| printed == key) => {
            Some(printed.range)
        }
        _ => None,
    });
    printed.collect()
}

#[cfg(test)]
mod tests;
