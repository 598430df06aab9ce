//! Texts with the values of secrets covered: those that readers marked, and what looks like one.
//!
//! Invariant: a text is covered once, however many findings point into it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use sealine_source::{FileName, Place, Project, TextRange};

use crate::covered;

/// Shows texts with the marked bytes replaced by `*`, so that offsets stay right.
#[derive(Debug)]
pub struct Masked<'a> {
    project: &'a Project,
    ranges: HashMap<&'a Arc<FileName>, Vec<TextRange>>,
    texts: RefCell<HashMap<Arc<FileName>, Option<Rc<str>>>>,
}

impl<'a> Masked<'a> {
    /// Returns the texts of `project` with `secrets` covered.
    pub fn new(project: &'a Project, secrets: &'a [Place]) -> Self {
        let mut ranges: HashMap<&Arc<FileName>, Vec<TextRange>> = HashMap::new();
        for place in secrets {
            ranges.entry(&place.file).or_default().push(place.range());
        }
        Self { project, ranges, texts: RefCell::default() }
    }

    /// Returns the text of a file, byte for byte as long as the file.
    pub fn text(&self, file: &Arc<FileName>) -> Option<Rc<str>> {
        if let Some(known) = self.texts.borrow().get(file) {
            return known.clone();
        }
        let text = self.covered(file).map(Rc::from);
        self.texts.borrow_mut().insert(Arc::clone(file), text.clone());
        text
    }

    fn covered(&self, file: &Arc<FileName>) -> Option<String> {
        let source = self.project.source(file)?;
        let mut bytes = source.text().as_bytes().to_vec();
        for range in self.ranges.get(file).into_iter().flatten() {
            for byte in bytes.get_mut(range.bytes()).into_iter().flatten() {
                if !matches!(byte, b'\n' | b'\r') {
                    *byte = b'*';
                }
            }
        }
        // Only whole characters are covered: a range that cuts one hides the whole text.
        let text = String::from_utf8(bytes).unwrap_or_else(|_| "*".repeat(source.text().len()));
        Some(covered(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealine_source::{Repository, Source};

    #[test]
    fn covers_the_marked_bytes_and_nothing_else() {
        let source = Arc::new(Source::new(FileName::new("r", "f"), "password: hunter2\nb: ü\n"));
        let secret = [source.place(TextRange::new(10, 17))];
        let mut repository = Repository::new("r");
        repository.add(Arc::clone(&source));
        let project = Project { repositories: vec![repository] };
        let masked = Masked::new(&project, &secret);
        let text = masked.text(source.name()).unwrap();
        assert_eq!(&*text, "password: *******\nb: ü\n");
        assert!(Rc::ptr_eq(&text, &masked.text(source.name()).unwrap()), "it is covered once");
    }
}
