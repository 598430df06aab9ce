//! A release that a Helmfile lists, as a delivery root.
//!
//! Invariant: values are laid over each other in Helmfile's order: templates first, then files and
//! maps as listed, encrypted files, and what is set one by one.

use std::collections::HashMap;

use sealine_model::Value;
use sealine_model::delivery::DeliveryKind;
use sealine_model::tree::{Tree, TreeMap};
use sealine_source::{folder_of, join};

use super::state::{Loaded, Reader, State, lay_over, may_be_missing};
use super::view::View;
use crate::delivery::inventory::RepoId;
use crate::delivery::object::value_at;
use crate::delivery::root::{Chart, Part, Root};
use crate::delivery::tree::{entry_mut, is_true, remove};
use crate::helm::{at_path, typed};

/// How many templates a release may inherit from, one above the other.
const MAX_TEMPLATES: usize = 8;

/// The releases of a file.
pub(super) struct Releases<'a> {
    reader: &'a Reader<'a>,
    path: &'a str,
    state: &'a State,
    /// The addresses of chart repositories by their names.
    repositories: HashMap<String, String>,
}

impl<'a> Releases<'a> {
    /// Returns the releases that a file lists.
    pub(super) fn new(reader: &'a Reader<'a>, path: &'a str, state: &'a State) -> Self {
        let listed = state.tree.get("repositories").map(Tree::items).unwrap_or_default().iter();
        let address = |item: &Tree| {
            let (name, url) = (item.get("name")?.text()?, item.get("url")?.text()?);
            let is_registry = is_true(item.get("oci")) && !url.contains("://");
            Some((name, if is_registry { format!("oci://{url}") } else { url }))
        };
        Self { reader, path, state, repositories: listed.filter_map(address).collect() }
    }

    /// Returns the roots of those that are installed.
    pub(super) fn roots(&self) -> Vec<Root> {
        let listed = self.state.tree.get("releases").map(Tree::items).unwrap_or_default();
        listed.iter().filter_map(|release| self.root(release)).collect()
    }

    fn view(&self) -> View<'_> {
        View::of(self.reader.environment, &self.state.values)
    }

    fn root(&self, listed: &Tree) -> Option<Root> {
        let mut release = self.inherited(listed, MAX_TEMPLATES);
        let place = release.get("name").and_then(Tree::place)?.clone();
        // Each of them may ask for those before.
        for key in ["name", "namespace", "chart", "version", "installedTemplate"] {
            let filled =
                release.get(key).map(|tree| self.view().with(&release).scalar(self.reader, tree));
            if let (Some(filled), Some(entry)) = (filled, entry_mut(&mut release, key)) {
                entry.value = filled;
            }
        }
        let mut opaque = self.state.opaque.clone();
        match self.is_installed(&release) {
            Some(false) => return None,
            Some(true) => {}
            None => opaque.push("whether the release is installed is not known".to_owned()),
        }
        let name = value_at(&release, &["name"])?;
        let namespace = value_at(&release, &["namespace"]);
        let namespace = namespace.or_else(|| value_at(&self.state.tree, &["namespace"]));
        let namespace = namespace.filter(|namespace| namespace.text().as_deref() != Some(""));
        let namespace = namespace.unwrap_or_else(Value::unknown);
        let mut root = Root::new(DeliveryKind::Helmfile, name.clone(), namespace.clone(), place);
        root.release = Some(name);
        root.target_namespace = namespace;
        root.prunes = Some(true);
        root.heals = Some(false);
        root.opaque = opaque;
        root.depends_on = needs(&release, &root.target_namespace);
        root.waits = is_true(release.get("wait"));
        root.version = release.get("version").and_then(Tree::text);
        let values = self.values(&release, &mut root);
        let chart = release.get("chart").and_then(Tree::text);
        root.chart.clone_from(&chart);
        let found = chart.and_then(|chart| self.chart(&chart, root.version.as_deref()));
        root.parts.push(if let Some((repo, folder)) = found {
            root.chart = Some(folder.clone());
            Part::Chart(Chart { repo, folder, values, own_values: None })
        } else {
            root.opaque.push("the chart is not in a loaded repository".to_owned());
            Part::Values(values)
        });
        Some(root)
    }

    /// Returns a release laid over the templates that it inherits from: lists grow.
    fn inherited(&self, release: &Tree, depth: usize) -> Tree {
        let mut whole = Tree::Map(TreeMap::default());
        for from in release.get("inherit").map(Tree::items).unwrap_or_default() {
            let name = from.get("template").and_then(Tree::text);
            let template = name.and_then(|name| self.state.tree.get("templates")?.get(&name));
            let (Some(template), true) = (template, depth > 0) else { continue };
            let mut template = self.inherited(template, depth - 1);
            for left_out in from.get("except").map(Tree::items).unwrap_or_default() {
                if let Some(key) = left_out.text() {
                    remove(&mut template, &key);
                }
            }
            lay_over(&mut whole, &template, |_| true);
        }
        lay_over(&mut whole, release, |_| true);
        whole
    }

    /// Returns whether a release is installed; `None` when that is not known.
    fn is_installed(&self, release: &Tree) -> Option<bool> {
        for key in ["installedTemplate", "installed"] {
            if let Some(said) = release.get(key)
                && said.text()? == "false"
            {
                return Some(false);
            }
        }
        let Some(condition) = release.get("condition") else { return Some(true) };
        let path = condition.text()?;
        let found = path.split('.').try_fold(&self.state.values, |tree, part| tree.get(part));
        match found?.text()?.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// Returns the values of a release, the weakest first; what of them is not in sight makes the root opaque.
    fn values(&self, release: &Tree, root: &mut Root) -> Vec<Tree> {
        let view = self.view().with(release);
        let mut layers = Vec::new();
        for template in items(release, "valuesTemplate") {
            self.layer(&view.all(self.reader, template), release, &view, root, &mut layers);
        }
        for key in ["values", "secrets"] {
            for given in items(release, key) {
                self.layer(given, release, &view, root, &mut layers);
            }
        }
        for key in ["setTemplate", "set", "setString"] {
            layers.extend(items(release, key).iter().filter_map(|one| self.set(one, key, &view)));
        }
        layers
    }

    /// Adds what one item of a list of values gives.
    fn layer(
        &self,
        given: &Tree,
        release: &Tree,
        view: &View<'_>,
        root: &mut Root,
        layers: &mut Vec<Tree>,
    ) {
        if matches!(given, Tree::Map(_)) {
            return layers.push(given.clone());
        }
        let Some(named) = view.scalar(self.reader, given).text() else {
            root.opaque.push("a values file of the release is not known".to_owned());
            return;
        };
        match self.reader.values_file(folder_of(self.path), &named, view) {
            Loaded::Values(found) => layers.extend(found),
            Loaded::Missing(_) if [release, &self.state.tree].into_iter().any(may_be_missing) => {}
            Loaded::Missing(why) | Loaded::Unread(why) => root.opaque.push(why),
        }
    }

    /// Returns the value that an item sets under its path.
    fn set(&self, one: &Tree, key: &str, view: &View<'_>) -> Option<Tree> {
        let path = view.scalar(self.reader, one.get("name")?).text()?;
        let place = one.get("name")?.place()?.clone();
        let given = if let Some(list @ Tree::List(_)) = one.get("values") {
            list.clone()
        } else {
            let given = one.get("value").map(|given| view.scalar(self.reader, given));
            let given = given.unwrap_or(Tree::Unknown);
            if key == "setString" { given } else { typed(given) }
        };
        Some(at_path(&path, given, &place))
    }

    /// Returns where a chart lies, when that is in a loaded repository.
    fn chart(&self, chart: &str, version: Option<&str>) -> Option<(RepoId, String)> {
        let (lookup, repo) = (self.reader.lookup, self.reader.repo);
        let beside = join(folder_of(self.path), chart);
        if let Some(folder) = beside.filter(|folder| lookup.inventory.is_chart(repo, folder)) {
            return Some((repo, folder));
        }
        if let Some(rest) = chart.strip_prefix("oci://") {
            let (url, name) = rest.rsplit_once('/')?;
            return lookup.published_chart(&format!("oci://{url}"), name, version);
        }
        let (known, name) = chart.split_once('/')?;
        let url = self.repositories.get(known);
        let found = url.and_then(|url| lookup.published_chart(url, name, version));
        // Whose address nobody tells may be published from here.
        let is_asked = url.is_none() || version.is_some();
        let here = || lookup.inventory.published(repo, name, version).filter(|_| is_asked);
        found.or_else(|| Some((repo, here()?)))
    }
}

fn items<'t>(tree: &'t Tree, key: &str) -> &'t [Tree] {
    tree.get(key).map(Tree::items).unwrap_or_default()
}

/// Returns the namespace and name of the releases that come first: `namespace/name` or a name.
fn needs(release: &Tree, own: &Value) -> Vec<(Value, Value)> {
    let named = items(release, "needs").iter().filter_map(Tree::text);
    let parts = named.map(|named| {
        let mut parts = named.rsplit('/');
        let name = Value::from(parts.next().unwrap_or_default());
        (parts.next().map_or_else(|| own.clone(), Value::from), name)
    });
    parts.collect()
}
