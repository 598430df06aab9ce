//! Paths, as `os.path` and `pathlib` make them. A path is its text.
//!
//! Invariant: of a path on another machine only the end is known, so what is cut off at the front is
//! a hole.

use std::rc::Rc;

use sealine_model::{Piece, Value};

use super::text::{part_of, text_of};
use super::{Arg, Evaluator, Val};

impl Evaluator<'_> {
    /// Returns the path of the file that is run: where the tree lies is not known.
    pub(super) fn own_path(&mut self) -> Val {
        let path = self.tree.files[self.file].source.path();
        self.joined(vec![Value::unknown(), Value::from("/"), Value::from(path)])
    }

    /// Returns the paths one below the other.
    pub(super) fn path_of(&mut self, parts: &[Arg]) -> Val {
        let mut texts: Vec<Value> = Vec::new();
        for part in parts {
            let text = text_of(&part.value);
            if text.head().starts_with('/') {
                texts.clear();
            } else if texts.last().is_some_and(|last| !last.tail().ends_with('/')) {
                texts.push(Value::from("/"));
            }
            texts.push(text);
        }
        self.joined(texts)
    }
}

/// Returns the folder of a path.
pub(super) fn folder_of(path: &Value) -> Val {
    let mut pieces = path.pieces().to_vec();
    while let Some(Piece::Literal { text, place }) = pieces.pop() {
        if let Some(slash) = text.rfind('/') {
            pieces.extend(part_of(&text, place.as_ref(), 0, slash).pieces().iter().cloned());
            return Val::Text(Rc::new(Value::from_pieces(pieces)));
        }
    }
    Val::hole()
}
