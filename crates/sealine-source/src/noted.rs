//! Paths that exist and whose files were not kept: most of a large tree.
//!
//! Invariant: a file is read when it is first asked for, and once.

use std::sync::{Arc, OnceLock};

use crate::Source;

/// The paths, one after the other in one text, and the files that were asked for.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    /// All paths, in their order, without anything between them.
    text: String,
    /// Where each path ends in `text`.
    ends: Vec<usize>,
    /// The files that were asked for, one slot for each path; none before the first is.
    read: OnceLock<Box<[Slot]>>,
}

/// A file, once it is read; `None` where it cannot be.
type Slot = OnceLock<Option<Arc<Source>>>;

impl FromIterator<String> for Noted {
    fn from_iter<I: IntoIterator<Item = String>>(paths: I) -> Self {
        let mut paths = Vec::from_iter(paths);
        paths.sort_unstable();
        paths.dedup();
        let mut noted = Self::default();
        noted.text.reserve_exact(paths.iter().map(String::len).sum());
        noted.ends.reserve_exact(paths.len());
        for path in paths {
            noted.text.push_str(&path);
            noted.ends.push(noted.text.len());
        }
        noted
    }
}

impl Noted {
    /// Adds a path.
    pub(crate) fn insert(&mut self, path: String) {
        let others = self.iter().map(str::to_owned);
        *self = others.chain([path]).collect();
    }

    /// Returns all paths in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|index| self.path(index))
    }

    /// Returns the paths that begin with `prefix`, in their order.
    pub(crate) fn beginning_with(&self, prefix: &str) -> impl Iterator<Item = &str> {
        let first = self.first_from(prefix);
        let all = (first..self.ends.len()).map(|index| self.path(index));
        all.take_while(move |path| path.starts_with(prefix))
    }

    /// Returns whether the path is there.
    pub(crate) fn contains(&self, path: &str) -> bool {
        self.position(path).is_some()
    }

    /// Returns the file at `path`, read by `load` when it is first asked for; `None` where there is
    /// no such path, or the file cannot be read.
    pub(crate) fn get(
        &self,
        path: &str,
        load: impl FnOnce() -> Option<Source>,
    ) -> Option<&Arc<Source>> {
        let position = self.position(path)?;
        let slots = self.read.get_or_init(|| self.ends.iter().map(|_| Slot::new()).collect());
        slots.get(position)?.get_or_init(|| load().map(Arc::new)).as_ref()
    }

    fn position(&self, path: &str) -> Option<usize> {
        let first = self.first_from(path);
        (first < self.ends.len() && self.path(first) == path).then_some(first)
    }

    /// Returns the position of the first path that is not before `path`.
    fn first_from(&self, path: &str) -> usize {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.path(middle) < path { low = middle + 1 } else { high = middle }
        }
        low
    }

    fn path(&self, index: usize) -> &str {
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before));
        let end = self.ends.get(index).copied().unwrap_or_default();
        self.text.get(start.copied().unwrap_or_default()..end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FileName;

    fn noted(paths: &[&str]) -> Noted {
        paths.iter().map(|path| (*path).to_owned()).collect()
    }

    #[test]
    fn paths_are_found_in_their_order() {
        let noted = noted(&["b/c", "a", "b/a", "", "bb", "b/c"]);
        assert_eq!(noted.iter().collect::<Vec<_>>(), ["", "a", "b/a", "b/c", "bb"]);
        assert_eq!(noted.beginning_with("b/").collect::<Vec<_>>(), ["b/a", "b/c"]);
        assert_eq!(noted.beginning_with("c").count(), 0);
        for (path, expected) in [("", true), ("a", true), ("bb", true), ("b", false), ("z", false)]
        {
            assert_eq!(noted.contains(path), expected, "{path}");
        }
    }

    #[test]
    fn a_file_is_read_once_and_only_where_a_path_is() {
        let noted = noted(&["a", "b"]);
        let source = || Some(Source::new(FileName::new("r", "a"), "x"));
        assert!(noted.get("c", || panic!("there is no such path")).is_none());
        let first = noted.get("a", source);
        let again = noted.get("a", || panic!("it was read"));
        assert_eq!(again.as_ref().map(|source| source.text()), Some("x"));
        assert!(first.zip(again).is_some_and(|(first, again)| Arc::ptr_eq(first, again)));
        assert!(noted.get("b", || None).is_none());
        assert!(noted.get("b", || panic!("it was tried")).is_none());
    }
}
