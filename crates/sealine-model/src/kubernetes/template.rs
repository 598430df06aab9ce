//! Templates of `ExternalSecret`s, and where their texts stand.

use std::sync::Arc;

use sealine_source::{Place, TextRange};

use crate::tree::Tree;
use crate::{Piece, Value};

/// The template of an `ExternalSecret`.
#[derive(Clone, Debug, Default)]
pub struct SecretTemplate {
    /// The `data` items and the `literal` items of `templateFrom`.
    pub texts: Vec<TemplateText>,
    /// Whether source keys are kept beside the rendered ones (`mergePolicy: Merge`).
    pub merges: bool,
    /// Whether `templateFrom` reads a `ConfigMap` or Secret that was not found.
    pub opaque: bool,
    /// The engine version; anything but `v2` is not judged.
    pub engine: String,
    /// The `type` of the Secret.
    pub secret_type: Option<String>,
}

/// One template text.
#[derive(Clone, Debug)]
pub struct TemplateText {
    /// The key it renders to; empty for a `literal`, whose text is a map of keys.
    pub key: String,
    /// The text.
    pub text: String,
    /// Where the text stands.
    pub place: Place,
    /// For each run of bytes of `text` that stands in a file byte by byte: the range in `text` and
    /// its place there. Findings inside the text point through it; edits are only offered where it
    /// covers the range.
    pub segments: Vec<(TextRange, Place)>,
    /// What stands around the text, so that an edit knows whether it may write a `"`.
    pub quotes: Quotes,
}

/// The quotes around a text in its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Quotes {
    /// Not known: an edit has to do without quotes.
    #[default]
    Unknown,
    /// Not `"`, so that a `"` inside is one.
    Free,
    /// The whole text stands between these two `"`, without an escape in it.
    Double(Place, Place),
}

impl TemplateText {
    /// Returns the text of a scalar that is wholly known.
    pub fn of(key: &str, tree: &Tree) -> Option<Self> {
        let (value, place) = tree.value().zip(tree.place())?;
        Some(Self {
            key: key.to_owned(),
            text: value.text()?,
            place: place.clone(),
            segments: segments(value),
            quotes: Quotes::default(),
        })
    }

    /// Returns the place of a range of the text, or that of the whole text.
    pub fn place_of(&self, range: TextRange) -> Place {
        self.exact_place(range).unwrap_or_else(|| self.place.clone())
    }

    /// Returns the place where exactly these bytes stand in a file, when they do.
    pub fn exact_place(&self, range: TextRange) -> Option<Place> {
        self.segments.iter().find_map(|(segment, place)| {
            let inside = segment.start <= range.start && range.end <= segment.end;
            let before =
                inside.then(|| self.text.get(segment.start as usize..range.start as usize))?;
            let before = before.unwrap_or_default();
            let breaks = before.matches('\n').count() as u32;
            let after_break = before.rsplit('\n').next().unwrap_or_default().chars().count() as u32;
            Some(Place {
                file: Arc::clone(&place.file),
                start: place.start + (range.start - segment.start),
                end: place.start + (range.end - segment.start),
                line: place.line + breaks,
                column: if breaks == 0 { place.column } else { 1 } + after_break,
            })
        })
    }
}

/// Returns the runs of a text that stand in a file byte by byte.
fn segments(value: &Value) -> Vec<(TextRange, Place)> {
    let mut at = 0;
    let mut found = Vec::with_capacity(value.pieces().len());
    for piece in value.pieces() {
        let Piece::Literal { text, place } = piece else { continue };
        let range = TextRange::new(at, at + text.len());
        at += text.len();
        if let Some(place) =
            place.clone().filter(|place| (place.end - place.start) as usize == text.len())
        {
            found.push((range, place));
        }
    }
    found
}
