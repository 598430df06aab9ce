//! The named templates of a chart or of one string.
//!
//! Invariant: a name means the definition added last, as long as that one is not blank.

use std::collections::HashMap;
use std::sync::Arc;

use crate::origin::FileId;
use crate::syntax::{Block, Template};

/// Named templates of many files.
#[derive(Clone, Debug, Default)]
pub struct Set {
    entries: HashMap<String, Arc<Entry>>,
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
