//! What objects name by name: git sources and `ConfigMap`s, over all documents of a project.
//!
//! Invariant: a name that several objects have, with different content, is answered by the one
//! that stands nearest to the asking file, and only if there is one.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use sealine_model::Value;
use sealine_model::tree::Tree;
use sealine_source::normalise_remote;

use super::Purpose;
use super::inventory::{DocumentId, File, Inventory, RepoId, Shelf, file_name, is_test_data};
use super::object::{Object, group, kind};
use super::recent::Recent;
use crate::helm;

/// The index of named objects.
pub(crate) struct Lookup<'a> {
    /// All files.
    pub(crate) inventory: &'a Inventory<'a>,
    /// What the facts are for.
    pub(crate) purpose: Purpose,
    sources: BTreeMap<(String, String), Vec<Named>>,
    /// The `ConfigMap`s by their names, found when one is first asked for.
    config_maps: OnceLock<BTreeMap<String, Vec<Named>>>,
    charts: Mutex<BTreeMap<(RepoId, String), ChartSlot>>,
    recent: Recent<helm::Loaded>,
    /// The charts by their names and versions.
    released: OnceLock<Releases>,
}

/// Where the charts of each name and version lie.
type Releases = HashMap<(String, String), Vec<(RepoId, String)>>;

/// A chart, loaded by one at a time.
type ChartSlot = Arc<Mutex<Lent>>;

/// Where a chart is.
#[derive(Default)]
enum Lent {
    /// Nobody asked for it.
    #[default]
    Unread,
    /// There is none.
    Absent,
    /// With those who asked for it, as long as they need it.
    To(Weak<helm::Loaded>),
}

/// How many bytes of text the charts may have that are kept for a while after they were asked for: many
/// roots bring the same ones.
const RECENT_CHARTS: usize = 512 * 1024;

/// An object found by its name.
#[derive(Clone, Debug)]
struct Named {
    namespace: Option<String>,
    document: DocumentId,
    file: Arc<File>,
}

impl Named {
    /// Returns the object.
    fn tree(&self) -> Option<Arc<Tree>> {
        self.file.content().documents.get(self.document.index).map(Arc::clone)
    }
}

/// Why a repository cannot be read.
pub(crate) type Opaque = String;

impl<'a> Lookup<'a> {
    /// Indexes the manifests of an inventory.
    pub(crate) fn new(inventory: &'a Inventory<'a>, purpose: Purpose) -> Self {
        let mut lookup = Self {
            inventory,
            purpose,
            sources: BTreeMap::new(),
            config_maps: OnceLock::new(),
            charts: Mutex::default(),
            recent: Recent::new(RECENT_CHARTS),
            released: OnceLock::new(),
        };
        for (document, tree, file) in sought_documents(inventory) {
            if group(&tree) != "source.toolkit.fluxcd.io" {
                continue;
            }
            let Some((name, named)) = named(document, &tree, file) else { continue };
            lookup.sources.entry((kind(&tree), name)).or_default().push(named);
        }
        lookup
    }

    /// Returns the object of `source.toolkit.fluxcd.io` with this kind and name: one that is delivered
    /// together with the asking object, else the nearest.
    pub(crate) fn flux_source(
        &self,
        kind: &str,
        name: &str,
        asking: &Asking<'_>,
    ) -> Option<Arc<Tree>> {
        let is_source = |object: &&Object| {
            object.kind() == kind
                && group(&object.tree) == "source.toolkit.fluxcd.io"
                && object.is_or_was_named(name)
        };
        if let Some(object) = asking.siblings.iter().find(is_source) {
            return Some(Arc::new(object.tree.clone()));
        }
        nearest(self.sources.get(&(kind.to_owned(), name.to_owned()))?, asking)
    }

    /// Returns the `data` of the `ConfigMap` of this name: one that is delivered together with the
    /// asking object, else the nearest.
    pub(crate) fn config_map(&self, name: &str, asking: &Asking<'_>) -> Option<Tree> {
        let beside = asking
            .siblings
            .iter()
            .find(|object| object.kind() == "ConfigMap" && object.is_or_was_named(name));
        if let Some(object) = beside {
            return object.tree.get("data").cloned();
        }
        let config_maps = self.config_maps.get_or_init(|| config_maps(self.inventory));
        nearest(config_maps.get(name)?, asking)?.get("data").cloned()
    }

    /// Returns the chart in a folder, loaded where nobody has it any more.
    pub(crate) fn chart(&self, repo: RepoId, folder: &str) -> Option<Arc<helm::Loaded>> {
        let slot = {
            let mut charts = self.charts.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(charts.entry((repo, folder.to_owned())).or_default())
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let lent = match &*slot {
            Lent::Unread => None,
            Lent::Absent => return None,
            Lent::To(chart) => chart.upgrade(),
        };
        if lent.is_some() {
            return lent;
        }
        let loaded = helm::load(self.inventory, repo, folder).map(Arc::new);
        *slot = match &loaded {
            Some(chart) => {
                self.recent.keep(Arc::clone(chart), chart.size());
                Lent::To(Arc::downgrade(chart))
            }
            None => Lent::Absent,
        };
        loaded
    }

    /// Returns the repository of this remote. A plain folder knows no remotes: its name may still
    /// say what it is.
    fn by_remote(&self, remote: &str) -> Option<RepoId> {
        let shelves = &self.inventory.shelves;
        let known = |known: &String| known.eq_ignore_ascii_case(remote);
        let found = shelves.iter().position(|shelf| shelf.repository.remotes.iter().any(known));
        if found.is_some() {
            return found;
        }
        let last = remote.rsplit('/').next().unwrap_or_default();
        let mut alike = (0..shelves.len()).filter(|index| {
            let repository = shelves[*index].repository;
            let own = repository.name.rsplit(['/', '+']).next().unwrap_or_default();
            repository.remotes.is_empty() && own.eq_ignore_ascii_case(last)
        });
        match (alike.next(), alike.next()) {
            (Some(found), None) => Some(found),
            _ => None,
        }
    }

    /// Returns whether a URL is that of a loaded repository, and not only taken for it.
    pub(crate) fn is_loaded(&self, url: Option<&Value>) -> bool {
        let remote = url.and_then(Value::text).as_deref().and_then(normalise_remote);
        remote.is_some_and(|remote| self.by_remote(&remote).is_some())
    }

    /// Returns whether a URL is that of a repository, and not only taken for it.
    pub(crate) fn is_named(&self, url: Option<&Value>, repo: RepoId) -> bool {
        let remote = url.and_then(Value::text).as_deref().and_then(normalise_remote);
        remote.and_then(|remote| self.by_remote(&remote)) == Some(repo)
    }

    /// Returns the chart of a loaded repository that publishes its charts under `url`: the repository's
    /// pages, or the registry of its owner; where that says nothing, the one loaded chart that has this
    /// very name and version.
    pub(crate) fn published_chart(
        &self,
        url: &str,
        name: &str,
        version: Option<&str>,
    ) -> Option<(RepoId, String)> {
        if let Some(remote) = of_pages(url) {
            let repo = self.by_remote(&remote)?;
            let charts = &self.inventory.shelves.get(repo)?.charts;
            let mut named = charts.iter().filter(|folder| file_name(folder) == name);
            let found = named.next()?;
            return named.next().is_none().then(|| (repo, (*found).to_owned()));
        }
        if let Some(found) = self.chart_of_owner(url, name) {
            return Some(found);
        }
        // What `helm create` writes says nothing.
        let version = version?.trim_start_matches('v');
        if version == "0.1.0" {
            return None;
        }
        let released = self.released.get_or_init(|| self.releases());
        match released.get(&(name.to_owned(), version.to_owned()))?.as_slice() {
            [(repo, folder)] => Some((*repo, folder.clone())),
            _ => None,
        }
    }

    /// Returns the one chart that the owner of a registry on GitHub has in sight and whose folder, or else the
    /// chart itself, is called so.
    fn chart_of_owner(&self, url: &str, name: &str) -> Option<(RepoId, String)> {
        let path = url.strip_prefix("oci://").unwrap_or(url).strip_prefix("ghcr.io/")?;
        let owner = path.split('/').next().filter(|owner| !owner.is_empty())?;
        let is_owners = |remote: &String| {
            let rest = remote.strip_prefix("github.com/");
            rest.and_then(|rest| rest.split('/').next())
                .is_some_and(|other| other.eq_ignore_ascii_case(owner))
        };
        let shelves = self.inventory.shelves.iter().enumerate();
        let charts: Vec<(RepoId, &str)> = shelves
            .filter(|(_, shelf)| shelf.repository.remotes.iter().any(is_owners))
            .flat_map(|(repo, shelf)| shelf.charts.iter().map(move |folder| (repo, *folder)))
            .filter(|(_, folder)| !is_test_data(folder))
            .collect();
        let in_folder = |(_, folder): &&(RepoId, &str)| file_name(folder) == name;
        let called = |(repo, folder): &&(RepoId, &str)| {
            self.inventory.release(*repo, folder).is_some_and(|(own, _)| own == name)
        };
        let mut named: Vec<_> = charts.iter().filter(in_folder).collect();
        if named.is_empty() {
            named = charts.iter().filter(called).collect();
        }
        match *named {
            [(repo, folder)] => Some((*repo, (*folder).to_owned())),
            _ => None,
        }
    }

    /// Returns where the chart of each name and version lies.
    fn releases(&self) -> Releases {
        let mut found = Releases::new();
        for (repo, shelf) in self.inventory.shelves.iter().enumerate() {
            for folder in &shelf.charts {
                let Some((name, version)) = self.inventory.release(repo, folder) else { continue };
                let version = version.trim_start_matches('v').to_owned();
                found.entry((name, version)).or_default().push((repo, (*folder).to_owned()));
            }
        }
        found
    }

    /// Returns the loaded repository that an image of manifests is packed from, as far as the
    /// registry of a forge names it.
    pub(crate) fn packed(&self, url: Option<&Value>) -> Option<RepoId> {
        self.by_remote(&of_registry(&url?.text()?)?)
    }

    /// Returns the one repository that has something at `path`.
    fn only_with(&self, path: &str) -> Option<RepoId> {
        let repositories = 0..self.inventory.shelves.len();
        let mut having = repositories.filter(|repo| self.inventory.exists(*repo, path));
        having.next().filter(|_| !path.is_empty() && having.next().is_none())
    }

    /// Returns the loaded repository that a URL means, where `path` is to be read.
    pub(crate) fn repository(
        &self,
        url: Option<&Value>,
        path: &str,
        home: RepoId,
    ) -> Result<RepoId, Opaque> {
        let shelves = &self.inventory.shelves;
        let text = url.and_then(Value::text);
        let remote = text.as_deref().and_then(normalise_remote);
        if let Some(found) = remote.as_deref().and_then(|remote| self.by_remote(remote)) {
            return Ok(found);
        }
        let own = shelves.get(home).map(|shelf| shelf.repository);
        let is_own = own.is_some_and(|own| own.remotes.is_empty() || remote.is_none());
        if is_own && self.inventory.exists(home, path) {
            return Ok(home);
        }
        if text.is_none()
            && self.purpose == Purpose::Showing
            && let Some(only) = self.only_with(path)
        {
            return Ok(only);
        }
        Err(match text {
            Some(url) => format!("the repository `{url}` is not loaded"),
            None => "the repository is not known".to_owned(),
        })
    }
}

/// Returns the repository whose pages a URL of the form `https://owner.github.io/name` shows.
fn of_pages(url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (owner, domain) = host.split_once('.')?;
    let name = path.split('/').next().filter(|name| !name.is_empty());
    match domain {
        "github.io" => {
            let name = name.map_or_else(|| host.to_owned(), str::to_owned);
            Some(format!("github.com/{owner}/{name}"))
        }
        "gitlab.io" => Some(format!("gitlab.com/{owner}/{}", name?)),
        _ => None,
    }
}

/// Returns the repository whose registry an `oci://` address lies in: images of GitHub are named
/// after their owner and, by custom, end in the repository; those of GitLab begin with it.
fn of_registry(url: &str) -> Option<String> {
    let rest = url.strip_prefix("oci://")?;
    let (host, path) = rest.split_once('/')?;
    let mut parts = path.split('/');
    let owner = parts.next()?;
    match host {
        "ghcr.io" => Some(format!("github.com/{owner}/{}", parts.next_back()?)),
        "registry.gitlab.com" => Some(format!("gitlab.com/{owner}/{}", parts.next()?)),
        _ => None,
    }
}

/// Who asks for an object by its name.
pub(crate) struct Asking<'a> {
    /// The namespace asked for.
    pub(crate) namespace: Option<String>,
    /// The repository of the asking object.
    pub(crate) repo: RepoId,
    /// The file of the asking object.
    pub(crate) path: &'a str,
    /// The objects that are delivered together with it.
    pub(crate) siblings: &'a [Object],
}

/// Returns the documents of the manifests that others may seek. A patch is none, though it has the
/// kind and the name of what it changes.
pub(crate) fn sought_documents<'a>(
    inventory: &'a Inventory<'_>,
) -> impl Iterator<Item = (DocumentId, Arc<Tree>, &'a Arc<File>)> {
    documents_where(inventory, |shelf, file| {
        file.is_sought && !shelf.patches.contains(file.source.path())
    })
}

/// Returns the `ConfigMap`s by their names.
fn config_maps(inventory: &Inventory<'_>) -> BTreeMap<String, Vec<Named>> {
    let mut found: BTreeMap<String, Vec<Named>> = BTreeMap::new();
    for (document, tree, file) in documents_where(inventory, |_, file| file.has_config_maps) {
        let named = if kind(&tree) == "ConfigMap" { named(document, &tree, file) } else { None };
        if let Some((name, named)) = named {
            found.entry(name).or_default().push(named);
        }
    }
    found
}

fn documents_where<'a>(
    inventory: &'a Inventory<'_>,
    is_chosen: fn(&Shelf<'_>, &File) -> bool,
) -> impl Iterator<Item = (DocumentId, Arc<Tree>, &'a Arc<File>)> {
    let shelves = inventory.shelves.iter().enumerate();
    let files = shelves.flat_map(move |(repo, shelf)| {
        let chosen = shelf.files.values().filter(move |file| is_chosen(shelf, file));
        chosen.map(move |file| (repo, file))
    });
    files.flat_map(|(repo, file)| {
        documents_of(repo, file).into_iter().map(move |(document, tree)| (document, tree, file))
    })
}

fn named(document: DocumentId, tree: &Tree, file: &Arc<File>) -> Option<(String, Named)> {
    let text = |key| tree.at(&["metadata", key]).and_then(Tree::text);
    let named = Named { namespace: text("namespace"), document, file: Arc::clone(file) };
    Some((text("name")?, named))
}

/// Returns the documents of a file.
pub(crate) fn documents_of(repo: RepoId, file: &File) -> Vec<(DocumentId, Arc<Tree>)> {
    let path: Arc<str> = file.source.path().into();
    let content = file.content();
    let trees = content.documents.iter().enumerate();
    let id = |index| DocumentId { repo, path: Arc::clone(&path), index };
    trees.map(|(index, tree)| (id(index), Arc::clone(tree))).collect()
}

/// Returns the tree of the named object that stands nearest to who asks.
fn nearest(named: &[Named], asking: &Asking<'_>) -> Option<Arc<Tree>> {
    let fits = |named: &&Named| match (&named.namespace, &asking.namespace) {
        (Some(own), Some(wanted)) => own == wanted,
        _ => true,
    };
    let shared = |named: &Named| {
        if named.document.repo != asking.repo {
            return 0;
        }
        let pairs = named.document.path.split('/').zip(asking.path.split('/'));
        1 + pairs.take_while(|(one, two)| one == two).count()
    };
    let fitting: Vec<&Named> = named.iter().filter(fits).collect();
    let most = fitting.iter().map(|named| shared(named)).max()?;
    let mut closest = fitting.iter().filter(|named| shared(named) == most);
    let first = closest.next()?.tree()?;
    let alike = |other: Arc<Tree>| {
        ["data", "spec"].iter().all(|key| texts(other.get(key)) == texts(first.get(key)))
    };
    closest.all(|other| other.tree().is_some_and(alike)).then_some(first)
}

/// Returns the known texts of a map, to compare two objects without their places.
fn texts(tree: Option<&Tree>) -> Vec<(&str, Option<String>)> {
    let entries = tree.map(Tree::entries).unwrap_or_default();
    entries.iter().map(|entry| (entry.key.as_str(), entry.value.text())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_and_pages_of_forges_name_repositories() {
        for (url, expected) in [
            ("oci://ghcr.io/org/manifests/repo", Some("github.com/org/repo")),
            ("oci://registry.gitlab.com/org/repo/deploy", Some("gitlab.com/org/repo")),
            ("oci://ghcr.io/org", None),
            ("oci://registry.example.com/org/repo", None),
        ] {
            assert_eq!(of_registry(url).as_deref(), expected, "{url}");
        }
        assert_eq!(
            of_pages("https://org.github.io/repo/x").as_deref(),
            Some("github.com/org/repo")
        );
    }
}
