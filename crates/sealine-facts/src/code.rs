//! How single things of the model look in JSON: names, places, words.
//!
//! Invariant: what is written reads back as the same thing, except for bytes: a place of another
//! checkout has a line and a column, and no text that could be edited.

use std::collections::HashMap;
use std::sync::Arc;

use schemars::JsonSchema;
use sealine_model::{Piece, Value};
use sealine_source::{FileName, Place};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// What stands for the commit of a repository that has none.
const UNVERSIONED: &str = "facts";

/// How many characters of a commit are shown.
const SHORT: usize = 12;

/// Where the facts of one unit are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writer<'a> {
    /// The repository of the unit: its places need not name it.
    pub(crate) repo: &'a str,
}

/// Where facts are read to.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// The repository of the unit that is being read.
    pub(crate) repo: String,
    /// The commit of each repository.
    pub(crate) commits: HashMap<String, String>,
    files: HashMap<String, Arc<FileName>>,
}

impl Reader {
    fn file(&mut self, written: &str) -> Arc<FileName> {
        if let Some(known) = self.files.get(written) {
            return Arc::clone(known);
        }
        let (repo, path) = match written.strip_prefix("//").and_then(|rest| rest.split_once('/')) {
            Some((repo, path)) => (repo.replace("%2F", "/").replace("%25", "%"), path),
            None => (self.repo.clone(), written),
        };
        // A path is one inside its repository.
        let path = path.trim_start_matches('/');
        let commit = self.commits.get(&repo).map_or(UNVERSIONED, String::as_str);
        let revision = Some(commit.chars().take(SHORT).collect());
        let file = Arc::new(FileName { repo, path: path.to_owned(), revision });
        self.files.insert(written.to_owned(), Arc::clone(&file));
        file
    }

    /// Begins the next unit. Paths of the one before mean other files.
    pub(crate) fn begin(&mut self, repo: &str) {
        if self.repo != repo {
            self.files.clear();
            repo.clone_into(&mut self.repo);
        }
    }
}

/// A thing of the model with a form in JSON.
pub(crate) trait Code: Sized {
    /// The form.
    type Wire: Default + PartialEq + Serialize + for<'de> Deserialize<'de> + JsonSchema;
    /// Returns the form.
    fn write(&self, writer: Writer<'_>) -> Self::Wire;
    /// Returns what the form means.
    fn read(wire: Self::Wire, reader: &mut Reader) -> Self;
}

/// A text as far as it is known: a string, or a list of its pieces with `null` for what is not
/// known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Text {
    /// All of it is known.
    Known(String),
    /// Its pieces.
    Pieces(Vec<Option<String>>),
}

impl Default for Text {
    fn default() -> Self {
        Self::Known(String::new())
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Forms;
        impl<'de> Visitor<'de> for Forms {
            type Value = Text;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a string, or a list of strings and nulls")
            }

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text::Known(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Text, E> {
                Ok(Text::Known(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Text, A::Error> {
                let mut pieces = Vec::new();
                while let Some(piece) = items.next_element()? {
                    pieces.push(piece);
                }
                Ok(Text::Pieces(pieces))
            }
        }
        deserializer.deserialize_any(Forms)
    }
}

impl Code for Value {
    type Wire = Text;

    fn write(&self, _: Writer<'_>) -> Text {
        match self.text() {
            Some(text) => Text::Known(text),
            None => Text::Pieces(
                self.pieces()
                    .iter()
                    .map(|piece| match piece {
                        Piece::Literal { text, .. } => Some(text.to_string()),
                        Piece::Hole => None,
                    })
                    .collect(),
            ),
        }
    }

    fn read(wire: Text, _: &mut Reader) -> Self {
        match wire {
            Text::Known(text) => Self::known(text, None),
            Text::Pieces(pieces) => {
                Self::from_pieces(pieces.into_iter().map(|piece| match piece {
                    Some(text) => Piece::Literal { text: text.into(), place: None },
                    None => Piece::Hole,
                }))
            }
        }
    }
}

/// Where something stands: `path:line:column`, or `//repository/path:line:column` when that is not
/// the unit's repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct At(String);

impl Code for Place {
    type Wire = At;

    fn write(&self, writer: Writer<'_>) -> At {
        let FileName { repo, path, .. } = &*self.file;
        let (line, column) = (self.line, self.column);
        if repo == writer.repo {
            return At(format!("{path}:{line}:{column}"));
        }
        let repo = repo.replace('%', "%25").replace('/', "%2F");
        At(format!("//{repo}/{path}:{line}:{column}"))
    }

    fn read(At(wire): At, reader: &mut Reader) -> Self {
        let mut parts = wire.rsplitn(3, ':');
        let mut number = || parts.next().and_then(|part| part.parse().ok()).unwrap_or(1);
        let (column, line) = (number(), number());
        Self { file: reader.file(parts.next().unwrap_or("")), start: 0, end: 0, line, column }
    }
}

/// Things that look in JSON as they are.
macro_rules! plain {
    ($($type:ty),*) => {$(
        impl Code for $type {
            type Wire = Self;

            fn write(&self, _: Writer<'_>) -> Self {
                self.clone()
            }

            fn read(wire: Self, _: &mut Reader) -> Self {
                wire
            }
        }
    )*};
}

plain!(bool, String, u64);

impl Code for Arc<str> {
    type Wire = String;

    fn write(&self, _: Writer<'_>) -> String {
        self.to_string()
    }

    fn read(wire: String, _: &mut Reader) -> Self {
        wire.into()
    }
}

impl<T: Code> Code for Option<T> {
    type Wire = Option<T::Wire>;

    fn write(&self, writer: Writer<'_>) -> Self::Wire {
        self.as_ref().map(|inner| inner.write(writer))
    }

    fn read(wire: Self::Wire, reader: &mut Reader) -> Self {
        wire.map(|inner| T::read(inner, reader))
    }
}

impl<T: Code> Code for Box<T> {
    type Wire = T::Wire;

    fn write(&self, writer: Writer<'_>) -> Self::Wire {
        T::write(self, writer)
    }

    fn read(wire: Self::Wire, reader: &mut Reader) -> Self {
        Self::new(T::read(wire, reader))
    }
}

impl<T: Code> Code for Vec<T> {
    type Wire = Vec<T::Wire>;

    fn write(&self, writer: Writer<'_>) -> Self::Wire {
        self.iter().map(|inner| inner.write(writer)).collect()
    }

    fn read(wire: Self::Wire, reader: &mut Reader) -> Self {
        wire.into_iter().map(|inner| T::read(inner, reader)).collect()
    }
}

impl<T: Code, U: Code> Code for (T, U) {
    type Wire = (T::Wire, U::Wire);

    fn write(&self, writer: Writer<'_>) -> Self::Wire {
        (self.0.write(writer), self.1.write(writer))
    }

    fn read(wire: Self::Wire, reader: &mut Reader) -> Self {
        (T::read(wire.0, reader), U::read(wire.1, reader))
    }
}
