//! The named templates of a chart or of one string, and the files that they may read.
//!
//! Invariant: a name means the definition added last, as long as that one is not blank.

use std::collections::HashMap;
use std::sync::Arc;

use sealine_source::TextRange;

use crate::origin::{FileId, ValueOrigin};
use crate::syntax::{Block, Template};
use crate::text::Text;

/// Named templates of many files, with what they may read.
#[derive(Clone, Debug, Default)]
pub struct Set {
    entries: HashMap<String, Arc<Entry>>,
    files: HashMap<String, (FileId, Arc<str>)>,
}

/// One named template with the text its ranges point into.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// The name of the file or string it stands in.
    pub(crate) home: Arc<str>,
    pub(crate) file: FileId,
    pub(crate) text: Arc<str>,
    pub(crate) body: Arc<Block>,
}

impl Set {
    /// Returns a set of one template.
    pub fn of(file: FileId, template: Template) -> Self {
        let mut set = Self::default();
        set.add(file, template);
        set
    }

    /// Adds a template with those it defines; later definitions win.
    pub fn add(&mut self, file: FileId, template: Template) {
        let Template { name, text, body, defines, .. } = template;
        let home: Arc<str> = Arc::from(name.as_str());
        for define in defines {
            let (home, text) = (Arc::clone(&home), Arc::clone(&text));
            self.insert(Entry { name: define.name, home, file, text, body: define.body });
        }
        self.insert(Entry { name, home, file, text, body });
    }

    /// Adds a file that templates may read, by the path that they name it by.
    pub fn lend(&mut self, path: impl Into<String>, file: FileId, text: &str) {
        self.files.insert(path.into(), (file, Arc::from(text)));
    }

    /// Returns what the file at this path holds, when templates may read it.
    pub(crate) fn lent(&self, path: &str) -> Option<Text> {
        let (file, text) = self.files.get(path)?;
        let origin = ValueOrigin { file: *file, range: TextRange::new(0, text.len()) };
        Some(Text::with_origin(text.as_bytes(), Some(origin)))
    }

    fn insert(&mut self, entry: Entry) {
        if self.entries.contains_key(&entry.name) && entry.body.is_blank(&entry.text) {
            return;
        }
        self.entries.insert(entry.name.clone(), Arc::new(entry));
    }

    /// Returns whether there is a template of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Entry>> {
        self.entries.get(name)
    }
}
