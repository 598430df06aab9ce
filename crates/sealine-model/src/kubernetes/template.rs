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
    /// Why the operator refuses a Secret like this, and where the manifest asks for it.
    pub refused: Option<(String, Place)>,
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
    /// A chart prints the text. For each segment: how it is written in its file, where that is known.
    Printed(Vec<Option<Writing>>),
}

/// How a piece of a text is written where a chart prints it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Writing {
    /// The literal of an action that it stands in.
    pub literal: Literal,
    /// The scalar of the manifest that it is printed into.
    pub scalar: Scalar,
}

/// The literals of Go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Literal {
    /// None: what stands there is printed.
    #[default]
    None,
    /// Between backquotes.
    Raw,
    /// Between `"`.
    Interpreted,
}

/// The scalars of YAML, by what has to be escaped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scalar {
    /// Nothing: without quotes, a block, or quoted by whoever prints it.
    #[default]
    Plain,
    /// Between `'`.
    Single,
    /// Between `"`.
    Double,
}

impl Scalar {
    /// Returns how a text is written in such a scalar.
    pub fn escaped(self, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Single => text.replace('\'', "''"),
            Self::Double => text.replace('\\', "\\\\").replace('"', "\\\""),
        }
    }
}

impl Writing {
    /// Returns how a text is written there; `None` where it cannot be.
    pub fn write(self, text: &str) -> Option<String> {
        let text = self.scalar.escaped(text);
        match self.literal {
            Literal::None => Some(text),
            Literal::Raw => (!text.contains('`')).then_some(text),
            // Both escape alike.
            Literal::Interpreted => Some(Scalar::Double.escaped(&text)),
        }
    }
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
        self.segment_of(range).map(|(_, place)| place)
    }

    /// Returns the index of the segment that holds exactly these bytes, and their place.
    pub fn segment_of(&self, range: TextRange) -> Option<(usize, Place)> {
        self.segments.iter().enumerate().find_map(|(index, (segment, place))| {
            let inside = segment.start <= range.start && range.end <= segment.end;
            let before =
                inside.then(|| self.text.get(segment.start as usize..range.start as usize))?;
            let before = before.unwrap_or_default();
            let breaks = before.matches('\n').count() as u32;
            let after_break = before.rsplit('\n').next().unwrap_or_default().chars().count() as u32;
            let place = Place {
                file: Arc::clone(&place.file),
                start: place.start + (range.start - segment.start),
                end: place.start + (range.end - segment.start),
                line: place.line + breaks,
                column: if breaks == 0 { place.column } else { 1 } + after_break,
            };
            Some((index, place))
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
