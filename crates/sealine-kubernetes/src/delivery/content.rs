//! A YAML file and what it holds: parsed when that is first asked for, and let go of when nobody
//! needs it any more.
//!
//! Invariant: what a file holds does not depend on who asks when. Most files are asked for once, by the
//! root that reads them; keeping all their trees would cost eight times their text.

use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use sealine_model::tree::{Tree, TreeEntry, TreeMap};
use sealine_source::{Origin, Source};
use sealine_yaml::{Node, Parsed, Problem, ProblemKind};

use super::inventory::Role;
use super::object::is_object;
use super::recent::Recent;
use super::template;
use crate::manifest::from_yaml;

/// A file of the inventory.
#[derive(Debug)]
pub(crate) struct File {
    /// Its text.
    pub(crate) source: Arc<Source>,
    /// What it is for.
    pub(crate) role: Role,
    /// Whether others may follow what its objects name: delivery roots, git sources.
    pub(crate) is_sought: bool,
    /// Whether it may hold `ConfigMap`s, which others ask for by name.
    pub(crate) has_config_maps: bool,
    content: Mutex<Held>,
    summary: OnceLock<Summary>,
    recent: Arc<Recent<Content>>,
}

/// How many bytes of text the contents may have that somebody asked for a second time and that are kept
/// for a while: overlays ask for their base.
pub(crate) const RECENT: usize = 512 * 1024;

/// What a YAML file holds.
#[derive(Debug, Default)]
pub(crate) struct Content {
    /// The documents, with the items of `List`s in their place.
    pub(crate) documents: Vec<Arc<Tree>>,
    /// What is wrong with the text.
    pub(crate) problems: Vec<Problem>,
}

/// What is known of a file for good, once it was parsed.
#[derive(Debug)]
pub(crate) struct Summary {
    /// What is wrong with the text.
    pub(crate) problems: Box<[Problem]>,
    /// Whether it may have been meant as manifests: it holds an object, or no document at all.
    pub(crate) may_hold_objects: bool,
    /// The names that its objects give to Secrets which they are or make.
    pub(crate) secret_names: Box<[String]>,
}

/// Where the content of a file is.
#[derive(Debug, Default)]
enum Held {
    /// Nobody asked for it.
    #[default]
    Unread,
    /// With those who asked for it, as long as they need it.
    Lent(Weak<Content>),
    /// Here.
    Kept(Arc<Content>),
}

impl Content {
    /// Returns whether a part of the text could not be read.
    pub(crate) fn is_broken(&self) -> bool {
        self.problems.iter().any(|problem| problem.kind != ProblemKind::DuplicateKey)
    }

    /// Returns the first document.
    pub(crate) fn first(&self) -> Option<&Tree> {
        self.documents.first().map(AsRef::as_ref)
    }
}

impl File {
    /// Returns the file of a source; `recent` is that of all files of a run.
    pub(crate) fn new(source: Arc<Source>, role: Role, recent: &Arc<Recent<Content>>) -> Self {
        let has = |word: &str| memchr::memmem::find(source.text().as_bytes(), word.as_bytes());
        // Annotations and labels begin with the same groups, and no version follows.
        // JSON may have a backslash before the slash.
        let words = [
            "argoproj.io/v",
            "argoproj.io\\/v",
            "helm.fluxcd.io/v",
            "helm.fluxcd.io\\/v",
            "toolkit.fluxcd.io/v",
            "toolkit.fluxcd.io\\/v",
        ];
        let is_manifest = role == Role::Manifest;
        let is_sought = is_manifest && words.iter().any(|word| has(word).is_some());
        let has_config_maps = is_manifest && has("ConfigMap").is_some();
        let (content, summary) = (Mutex::default(), OnceLock::new());
        let recent = Arc::clone(recent);
        Self { source, role, is_sought, has_config_maps, content, summary, recent }
    }

    /// Returns what the file holds. Kustomizations and what others seek are kept for good; all others
    /// for a while, when they are parsed a second time.
    pub(crate) fn content(&self) -> Arc<Content> {
        let mut held = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        let lent = match &*held {
            Held::Kept(content) => return Arc::clone(content),
            Held::Lent(content) => content.upgrade(),
            Held::Unread => None,
        };
        if let Some(content) = lent {
            return content;
        }
        let content = Arc::new(parse(&self.source));
        self.summary.get_or_init(|| Summary::of(&content));
        let is_for_good = self.is_sought || self.role == Role::Kustomization;
        if matches!(*held, Held::Lent(_)) {
            self.recent.keep(Arc::clone(&content), self.source.text().len());
        }
        *held = if is_for_good {
            Held::Kept(Arc::clone(&content))
        } else {
            Held::Lent(Arc::downgrade(&content))
        };
        content
    }

    /// Returns a copy of the first document, which shares what is below it.
    pub(crate) fn first(&self) -> Option<Tree> {
        self.content().first().cloned()
    }

    /// Returns what is known of the file for good.
    pub(crate) fn summary(&self) -> &Summary {
        if let Some(summary) = self.summary.get() {
            return summary;
        }
        let content = self.content();
        self.summary.get_or_init(|| Summary::of(&content))
    }

    /// Returns what is known of the file for good, when anything asked for its content.
    pub(crate) fn summary_if_parsed(&self) -> Option<&Summary> {
        self.summary.get()
    }

    /// Returns the names that its objects give to Secrets which they are or make.
    pub(crate) fn secret_names(&self) -> &[String] {
        let has = |word: &str| self.source.text().contains(word);
        if has("Secret") || has("Certificate") { &self.summary().secret_names } else { &[] }
    }
}

impl Summary {
    fn of(content: &Content) -> Self {
        let Content { documents, problems } = content;
        Self {
            problems: problems.as_slice().into(),
            may_hold_objects: documents.is_empty() || documents.iter().any(|tree| is_object(tree)),
            secret_names: documents.iter().flat_map(|tree| names_of_secrets(tree)).collect(),
        }
    }
}

/// Returns the names that an object gives to Secrets which it is or makes.
pub(crate) fn names_of_secrets(tree: &Tree) -> impl Iterator<Item = String> {
    let kind = tree.get("kind").and_then(Tree::text).unwrap_or_default();
    let paths: &[&[&str]] = match kind.as_str() {
        "Certificate" => &[&["spec", "secretName"]],
        kind if kind.ends_with("Secret") && kind != "PushSecret" => {
            &[&["metadata", "name"], &["spec", "target", "name"]]
        }
        _ => &[],
    };
    paths.iter().filter_map(|path| tree.at(path)?.text())
}

fn parse(source: &Arc<Source>) -> Content {
    let Parsed { documents, problems, .. } = sealine_yaml::parse(source.text());
    let origin = Origin::File(Arc::clone(source));
    let mut trees = Vec::with_capacity(documents.len());
    for document in &documents {
        flatten(tree(&document.root, &origin), &mut trees, 0);
    }
    Content { documents: trees, problems }
}

/// Returns the tree of a document. Definitions of custom resources are long and hold nothing of
/// interest but their name.
fn tree(root: &Node, origin: &Origin) -> Tree {
    if root.str_at(&["kind"]) != Some("CustomResourceDefinition") {
        return from_yaml(root, origin);
    }
    let entries = root.entries().filter(|entry| entry.key.as_str() != Some("spec"));
    let entries = entries.filter_map(|entry| {
        Some(TreeEntry {
            key: entry.key.as_str()?.into(),
            place: origin.place(entry.key.range),
            value: from_yaml(&entry.value, origin),
        })
    });
    Tree::Map(TreeMap { entries: entries.collect(), open: true })
}

/// Adds a document, or the items of a `List` or of a template of `OpenShift`.
fn flatten(tree: Tree, out: &mut Vec<Arc<Tree>>, depth: usize) {
    if depth > 2 {
        out.push(Arc::new(tree));
        return;
    }
    if let Some(objects) = template::objects(&tree) {
        for object in objects {
            flatten(object, out, depth + 1);
        }
        return;
    }
    let is_list = is_object(&tree)
        && tree.get("kind").and_then(Tree::text).is_some_and(|kind| kind.ends_with("List"))
        && matches!(tree.get("items"), Some(Tree::List(_)));
    if !is_list {
        out.push(Arc::new(tree));
        return;
    }
    for item in tree.get("items").map(Tree::items).unwrap_or_default() {
        flatten(item.clone(), out, depth + 1);
    }
}

#[cfg(test)]
mod tests {
    use sealine_source::FileName;

    use super::*;

    fn file(text: &str) -> File {
        let source = Source::new(FileName::new("r", "f.yaml"), text);
        File::new(Arc::new(source), Role::Manifest, &Arc::new(Recent::new(RECENT)))
    }

    #[test]
    fn what_nobody_seeks_is_kept_for_a_while_from_the_second_time_on() {
        let file = file("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n");
        let is_there = || !matches!(&*file.content.lock().expect("lock"), Held::Lent(it) if it.strong_count() == 0);
        let first = file.content();
        assert!(Arc::ptr_eq(&first, &file.content()), "both read the same trees");
        drop(first);
        assert!(!is_there(), "the last reader took it along");
        assert_eq!(file.content().documents.len(), 1);
        assert!(is_there(), "who asks again will ask more often");
        file.recent.keep(Arc::default(), RECENT + 1);
        assert!(!is_there(), "others were asked for since");
        assert_eq!(file.content().documents.len(), 1);
        assert_eq!(file.secret_names(), ["a"]);
    }

    #[test]
    fn what_others_seek_is_kept_at_once() {
        let file = file("apiVersion: argoproj.io/v1alpha1\nkind: Application\n");
        assert!(file.is_sought);
        file.content();
        assert!(matches!(&*file.content.lock().expect("lock"), Held::Kept(_)));
    }
}
