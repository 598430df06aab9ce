//! The git data of a work tree: remotes, refs, and which files are tracked.
//!
//! Invariant: no program runs and no network is reached; git's own configuration of the machine
//! does not matter.

use std::path::Path;

use sealine_source::{GitData, normalise_remote};

/// An opened work tree.
#[derive(Debug)]
pub(super) struct Work {
    repository: gix::ThreadSafeRepository,
    /// Whether the checkout may lack refs and history: then a missing ref proves nothing.
    partial: bool,
}

/// Opens the git data when `root` is itself the top of a work tree, not a folder inside one.
pub(super) fn open(root: &Path) -> Option<Work> {
    if !root.join(".git").exists() {
        return None;
    }
    let repository = gix::open_opts(root, gix::open::Options::isolated()).ok()?;
    let partial = repository.is_shallow().unwrap_or(true);
    Some(Work { repository: repository.into_sync(), partial })
}

impl Work {
    fn with<T>(&self, read: impl FnOnce(&gix::Repository) -> T) -> T {
        read(&self.repository.to_thread_local())
    }

    /// Returns the remotes as `host/owner/name`.
    pub(super) fn remotes(&self) -> Vec<String> {
        self.with(|repository| {
            let names = repository.remote_names();
            let urls = names.iter().filter_map(|name| {
                let key = format!("remote.{name}.url");
                let url = repository.config_snapshot().string(key.as_str())?.to_string();
                normalise_remote(&url)
            });
            urls.collect()
        })
    }

    /// Returns the tracked files. Those the walk saw already are the caller's to leave out.
    pub(super) fn tracked(&self) -> Vec<String> {
        self.with(|repository| {
            let Ok(index) = repository.index_or_empty() else { return Vec::new() };
            let paths = index.entries().iter().filter(|entry| !entry.mode.is_submodule());
            paths.filter_map(|entry| String::from_utf8(entry.path(&index).to_vec()).ok()).collect()
        })
    }

    fn commit(&self, reference: &str) -> Option<gix::ObjectId> {
        self.with(|repository| {
            let names = [
                format!("refs/tags/{reference}"),
                format!("refs/heads/{reference}"),
                format!("refs/remotes/origin/{reference}"),
            ];
            let named = names.iter().find_map(|name| {
                let mut found = repository.try_find_reference(name.as_str()).ok()??;
                found.peel_to_id().ok().map(gix::Id::detach)
            });
            let by_hash = || {
                let is_hash =
                    reference.len() >= 7 && reference.chars().all(|c| c.is_ascii_hexdigit());
                let id = is_hash.then(|| repository.rev_parse_single(reference).ok())??;
                Some(id.detach())
            };
            named.or_else(by_hash)
        })
    }

    fn has_any_tag(&self) -> bool {
        self.with(|repository| {
            let references = repository.references().ok()?;
            let mut tags = references.tags().ok()?;
            Some(tags.next().is_some())
        })
        .unwrap_or(false)
    }
}

impl GitData for Work {
    fn has_ref(&self, reference: &str) -> Option<bool> {
        if self.commit(reference).is_some() {
            return Some(true);
        }
        // Without tags, or with cut history, the ref may exist where the module is fetched from.
        let knows = !self.partial && self.has_any_tag();
        knows.then_some(false)
    }

    fn head(&self) -> Option<String> {
        self.with(|repository| Some(repository.head_id().ok()?.to_hex().to_string()))
    }

    fn has_path(&self, reference: &str, path: &str) -> Option<bool> {
        let id = self.commit(reference)?;
        self.with(|repository| {
            let tree = repository.find_object(id).ok()?.peel_to_tree().ok()?;
            if path.is_empty() {
                return Some(true);
            }
            Some(tree.lookup_entry_by_path(path).ok()?.is_some())
        })
    }
}
