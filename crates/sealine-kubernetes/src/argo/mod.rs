//! Argo CD: an `Application` as a delivery root, an `ApplicationSet` as the Applications it makes.
//!
//! Invariant: a source that cannot be read makes the root opaque, the other sources are still read.

mod bases;
mod clusters;
mod generators;
mod glob;
mod selector;
mod set;
mod sources;

use sealine_model::Value;
use sealine_model::delivery::DeliveryKind;
use sealine_model::tree::{Tree, TreeMap};
use sealine_source::join;

pub(crate) use self::glob::Glob;
use self::sources::{named, sources_of, values_path};
use crate::delivery::inventory::{RepoId, file_name};
use crate::delivery::lookup::{Lookup, Opaque};
use crate::delivery::mishaps::{encrypted_values, is_encrypted};
use crate::delivery::nested;
use crate::delivery::object::{group, kind, place_of, value_at};
use crate::delivery::root::{Chart, Folder, Part, Plain, Root};
use crate::delivery::tree::{is_true, known_bool};
use crate::helm::{at_path, typed};
use crate::kustomize::{Overrides, items};

/// Returns whether an object is of this kind of Argo CD.
pub(crate) fn is_kind(object: &Tree, name: &str) -> bool {
    group(object) == "argoproj.io" && kind(object) == name
}

/// Returns the delivery root that an `Application` is.
pub(crate) fn root(
    object: &Tree,
    default_namespace: &Value,
    home: RepoId,
    lookup: &Lookup<'_>,
) -> Option<Root> {
    if !is_kind(object, "Application") {
        return None;
    }
    let spec = object.get("spec")?;
    let name = value_at(object, &["metadata", "name"]).unwrap_or_else(Value::unknown);
    let namespace = value_at(object, &["metadata", "namespace"]);
    // What another program fills in first (`${SERVER}`) is told by nobody here.
    let told = |value: Value| {
        let stands_in = value.text().is_some_and(|text| text.contains("${"));
        if stands_in { Value::unknown() } else { value }
    };
    let destination = |key| value_at(spec, &["destination", key]).map(told);
    let target = destination("namespace").filter(|value| value.text().as_deref() != Some(""));
    let namespace = namespace.unwrap_or_else(|| default_namespace.clone());
    let place = place_of(object)?.clone();
    let mut root = Root::new(DeliveryKind::ArgoApplication, name.clone(), namespace, place);
    root.target_namespace = target.unwrap_or_else(Value::unknown);
    let cluster = destination("server").or_else(|| destination("name"));
    root.cluster = cluster.unwrap_or_else(Value::unknown);
    (root.prunes, root.heals) = upkeep(spec.get("syncPolicy"));
    let sources = sources_of(spec);
    if sources.is_empty() {
        root.opaque.push("the source is not known".to_owned());
        root.may_take_any = true;
    }
    let reader = Reader { lookup, home, sources: &sources, name };
    for source in &sources {
        reader.source(source, &mut root);
    }
    Some(root)
}

/// Returns the roots that the Applications of an `ApplicationSet` are.
pub(crate) fn roots_of_set(
    object: &Tree,
    default_namespace: &Value,
    home: RepoId,
    lookup: &Lookup<'_>,
) -> Vec<Root> {
    let is_patched = object.at(&["spec", "templatePatch"]).is_some();
    let made = set::applications(object, home, lookup).into_iter();
    let roots = made.filter_map(|made| {
        let mut root = root(&made.application, default_namespace, home, lookup)?;
        if let Some(told) = made.guess {
            root.opaque.push(format!("only files tell of a cluster `{}`", told.name()));
            root.may_take_any |= told.by_folder;
            if !root.cluster.is_known() {
                root.cluster = Value::known(told.name(), None);
            }
        }
        if made.by_base {
            root.opaque.push("only files tell which folders its cluster names".to_owned());
            root.may_take_any = true;
        }
        if is_patched {
            root.opaque.push("`templatePatch` is not carried out".to_owned());
            root.may_take_any = true;
        }
        Some(root)
    });
    roots.collect()
}

/// Returns whether an Application prunes and heals: it does neither unless it is told to, and only
/// where it syncs by itself.
fn upkeep(policy: Option<&Tree>) -> (Option<bool>, Option<bool>) {
    let automated = match policy {
        Some(Tree::Unknown) => return (None, None),
        policy => policy.and_then(|policy| policy.get("automated")),
    };
    let enabled = match automated {
        None | Some(Tree::Null) => Some(false),
        Some(Tree::Unknown) => None,
        Some(automated) => known_bool(automated.get("enabled"), true),
    };
    let said = |key: &str| match enabled {
        Some(true) => known_bool(automated.and_then(|automated| automated.get(key)), false),
        other => other,
    };
    (said("prune"), said("selfHeal"))
}

struct Reader<'a> {
    lookup: &'a Lookup<'a>,
    home: RepoId,
    sources: &'a [&'a Tree],
    name: Value,
}

impl Reader<'_> {
    fn source(&self, source: &Tree, root: &mut Root) {
        let helm = source.get("helm");
        let url = value_at(source, &["repoURL"]).and_then(|url| url.text());
        let version = value_at(source, &["targetRevision"]).and_then(|text| text.text());
        if let Some(chart) = self.chart(source, url.as_deref(), version.as_deref()) {
            root.version = version;
            let found = url.zip(chart.text());
            let found = found.and_then(|(url, name)| {
                self.lookup.published_chart(&url, &name, root.version.as_deref())
            });
            self.release(helm, root);
            if let Some((repo, folder)) = found {
                root.chart = Some(folder.clone());
                let values = self.values(helm, Base::Read(repo, &folder), root);
                root.parts.push(Part::Chart(Chart { repo, folder, values, own_values: None }));
                return;
            }
            root.chart = Some(chart.pattern());
            let values = self.values(helm, Base::Unread(""), root);
            root.parts.push(Part::Values(values));
            root.opaque.push(format!("the chart `{chart}` is not in a loaded repository"));
            return;
        }
        let Some(path) = value_at(source, &["path"]) else {
            if source.get("ref").is_none() {
                root.opaque.push("the path is not known".to_owned());
                root.may_take_any = true;
            }
            return;
        };
        let folder = path.text().and_then(|path| join("", path.trim_start_matches('/')));
        let Some(folder) = folder else {
            self.release(helm.filter(|helm| !helm.entries().is_empty()), root);
            let values = self.values(helm, Base::Unread(""), root);
            if let Some(text) = path.text() {
                root.refuse(&text, source.get("path").and_then(Tree::place));
            } else {
                root.opaque.push(format!("the path `{path}` is not known"));
                root.may_take_any = true;
            }
            root.parts.push(Part::Values(values));
            return;
        };
        match self.repository(source, &folder) {
            Ok(repo) if self.lookup.inventory.exists(repo, &folder) => {
                let folder = self.lookup.inventory.real(repo, folder);
                self.folder(source, repo, folder, root);
            }
            unread => {
                let why = unread.err().unwrap_or_else(|| format!("`{folder}` does not exist"));
                root.opaque.push(why);
                if helm.is_some() {
                    self.release(helm, root);
                    let values = self.values(helm, Base::Unread(&folder), root);
                    root.parts.push(Part::Values(values));
                }
            }
        }
    }

    /// Returns the chart that a source names: an `oci://` address may end in its name, with a dot as
    /// the chart or, of one that is in sight, as the path.
    fn chart(&self, source: &Tree, url: Option<&str>, version: Option<&str>) -> Option<Value> {
        let is_dot = |value: &Value| value.text().as_deref() == Some(".");
        let chart = value_at(source, &["chart"]);
        if chart.as_ref().is_some_and(|chart| !is_dot(chart)) {
            return chart;
        }
        let ends = |url| Some((url, str::trim_end_matches(url, '/').rsplit('/').next()?));
        let named = url.filter(|url| url.starts_with("oci://")).and_then(ends);
        let seen = |(url, name): &(&str, &str)| {
            chart.is_some()
                || value_at(source, &["path"]).as_ref().is_some_and(is_dot)
                    && self.lookup.published_chart(url, name, version).is_some()
        };
        named.filter(seen).map(|(_, name)| Value::from(name)).or(chart)
    }

    fn repository(&self, source: &Tree, path: &str) -> Result<RepoId, Opaque> {
        let url = value_at(source, &["repoURL"]);
        self.lookup.repository(url.as_ref(), path, self.home)
    }

    /// Tells, as Argo CD does, by what is written and what lies there, how a folder is built.
    fn folder(&self, source: &Tree, repo: RepoId, folder: String, root: &mut Root) {
        let inventory = self.lookup.inventory;
        let helm = source.get("helm");
        if let Some(plugin) = source.get("plugin") {
            // It may decrypt, whatever its name.
            root.decrypts |= !matches!(plugin, Tree::Null);
            root.opaque.push("a config management plugin decides what is delivered".to_owned());
            root.may_take_any = true;
        }
        if inventory.is_chart(repo, &folder) {
            self.release(helm, root);
            root.chart = Some(folder.clone());
            let mut values = self.values(helm, Base::Read(repo, &folder), root);
            values.extend(self.plugin_values(source));
            root.parts.push(Part::Chart(Chart { repo, folder, values, own_values: None }));
            return;
        }
        let directory = source.get("directory");
        let text = |key: &str| directory.and_then(|tree| tree.get(key)).and_then(Tree::text);
        let is_open = |key: &&&str| {
            let scalar = directory.and_then(|tree| tree.get(key));
            scalar.is_some_and(|scalar| !matches!(scalar, Tree::Null)) && text(key).is_none()
        };
        if let Some(key) = ["include", "exclude"].iter().find(is_open) {
            // Each cluster takes its own files: all of them together are what none takes.
            root.opaque.push(format!("`directory.{key}` is not known"));
            root.may_take_any = true;
            return;
        }
        let recurse = known_bool(directory.and_then(|tree| tree.get("recurse")), false);
        root.may_take_any |= recurse.is_none();
        let is_chosen = directory.is_some_and(|tree| {
            ["include", "exclude", "jsonnet"].iter().any(|key| tree.get(key).is_some())
        });
        let url = value_at(source, &["repoURL"]);
        let is_certain =
            recurse == Some(false) && !is_chosen && self.lookup.is_named(url.as_ref(), repo);
        let plain = Plain::Directory {
            recurse: recurse.unwrap_or(false),
            include: text("include").filter(|glob| !glob.is_empty()),
            exclude: text("exclude").filter(|glob| !glob.is_empty()),
            leaves_out: source.get("path").and_then(Tree::place).filter(|_| is_certain).cloned(),
        };
        let kustomize = source.get("kustomize");
        let overrides = Overrides::read("namespace", |key| kustomize.and_then(|it| it.get(key)));
        let folder = Folder { repo, path: folder, plain, overrides };
        root.parts.push(Part::Folder(Box::new(folder)));
    }

    fn release(&self, helm: Option<&Tree>, root: &mut Root) {
        let own = helm.and_then(|helm| value_at(helm, &["releaseName"]));
        root.release = Some(own.unwrap_or_else(|| self.name.clone()));
        if let Some(namespace) = helm.and_then(|helm| value_at(helm, &["namespace"])) {
            root.target_namespace = namespace;
        }
    }

    /// Returns the values that a source gives a chart, the weakest first.
    fn values(&self, helm: Option<&Tree>, base: Base<'_>, root: &mut Root) -> Vec<Tree> {
        let Some(helm) = helm else { return Vec::new() };
        let ignores_missing = is_true(helm.get("ignoreMissingValueFiles"));
        let mut values = Vec::new();
        for file in items(helm.get("valueFiles")) {
            let Some(text) = file.text() else {
                root.opaque.push(format!("the values file `{}` is not known", file.value));
                continue;
            };
            let (encrypted, path) = match text.split_once("://") {
                Some((scheme, path)) if scheme.starts_with("secrets") => {
                    (true, path.rsplit('?').next().unwrap_or(path))
                }
                Some(_) => {
                    root.opaque.push(format!("the values file `{text}` is remote"));
                    continue;
                }
                None => (false, text.as_str()),
            };
            root.decrypts |= encrypted;
            let Some((name, inside)) = values_path(path, base.folder()) else {
                root.refuse(&text, Some(&file.place));
                continue;
            };
            let found = self.value_file(name, inside, base.repository());
            // Of a repository that is not loaded nobody knows what is missing there.
            if found.as_ref().is_none_or(|found| found.is_empty() && !ignores_missing) {
                root.opaque.push(format!("the values file `{text}` was not found"));
            }
            let found = found.unwrap_or_default();
            if !encrypted && found.iter().any(is_encrypted) {
                root.mishaps.push(encrypted_values(&root.name, path, &file.place));
            }
            values.extend(found);
        }
        if let Some(Tree::Scalar { value, place }) = helm.get("values") {
            let (trees, whole) = nested::parse(value, place, self.lookup.inventory.project);
            values.extend(trees);
            if !whole {
                root.opaque.push("the values do not parse".to_owned());
            }
        }
        values.extend(helm.get("valuesObject").cloned());
        values.extend(parameters(helm));
        values
    }

    /// Returns the values that a plugin which renders a chart is given as a variable: `HELM_VALUES`.
    fn plugin_values(&self, source: &Tree) -> Vec<Tree> {
        let variables = source.at(&["plugin", "env"]).map(Tree::items).unwrap_or_default();
        let mut values = Vec::new();
        for variable in variables {
            let name = variable.get("name").and_then(Tree::text).unwrap_or_default();
            if !name.to_ascii_uppercase().ends_with("VALUES") {
                continue;
            }
            match variable.get("value") {
                Some(Tree::Scalar { value, place }) => {
                    values.extend(nested::parse(value, place, self.lookup.inventory.project).0);
                }
                Some(given) => values.push(given.clone()),
                None => {}
            }
        }
        values.retain(|given| matches!(given, Tree::Map(_)));
        values
    }

    /// Returns the values files that a path means in the source of this name, or else in the repository
    /// of the chart; `None` when that is not loaded.
    fn value_file(
        &self,
        name: Option<&str>,
        path: String,
        chart: Option<RepoId>,
    ) -> Option<Vec<Tree>> {
        let inventory = self.lookup.inventory;
        let repo = match name {
            Some(name) => {
                named(self.sources, name).and_then(|source| self.repository(source, &path).ok())
            }
            None => chart,
        };
        let repo = repo?;
        let paths = if path.contains(['*', '?']) {
            let (folder, glob) = path.rsplit_once('/').unwrap_or(("", &path));
            let glob = Glob::new(glob);
            let paths = inventory.files_in(repo, folder);
            paths.into_iter().filter(|path| glob.matches(file_name(path))).collect()
        } else {
            vec![path]
        };
        let files = paths.iter().filter_map(|path| inventory.file(repo, path));
        // An empty file is there, and says nothing.
        Some(files.map(|file| file.first().unwrap_or(Tree::Null)).collect())
    }
}

/// The folder that the paths of values files begin at.
#[derive(Clone, Copy)]
enum Base<'a> {
    /// That of a chart in a loaded repository.
    Read(RepoId, &'a str),
    /// That of a chart which is not in sight.
    Unread(&'a str),
}

impl<'a> Base<'a> {
    fn folder(self) -> &'a str {
        match self {
            Self::Read(_, folder) | Self::Unread(folder) => folder,
        }
    }

    fn repository(self) -> Option<RepoId> {
        match self {
            Self::Read(repo, _) => Some(repo),
            Self::Unread(_) => None,
        }
    }
}

/// Returns one tree for each of `parameters` and `fileParameters`.
fn parameters(helm: &Tree) -> Vec<Tree> {
    let mut found = Vec::new();
    for parameter in helm.get("parameters").map(Tree::items).unwrap_or_default() {
        let name = parameter.get("name").and_then(Tree::text);
        if let (Some(name), Some(place)) = (name, parameter.get("name").and_then(Tree::place)) {
            let value = parameter.get("value").cloned().unwrap_or(Tree::Null);
            let value = with_build_variables(value);
            let is_text = is_true(parameter.get("forceString"));
            let value = if is_text { value } else { typed(value) };
            found.push(at_path(&name, value, place));
        }
    }
    for parameter in helm.get("fileParameters").map(Tree::items).unwrap_or_default() {
        let name = parameter.get("name").and_then(Tree::text);
        if let (Some(name), Some(place)) = (name, parameter.get("name").and_then(Tree::place)) {
            found.push(at_path(&name, Tree::Unknown, place));
        }
    }
    found.retain(|tree| matches!(tree, Tree::Map(TreeMap { entries, .. }) if !entries.is_empty()));
    found
}

/// Argo CD replaces `$ARGOCD_…` in parameters: what that gives is not computed.
fn with_build_variables(value: Tree) -> Tree {
    let is_variable = value.value().is_some_and(|value| value.pattern().contains("$ARGOCD_"));
    if is_variable { Tree::Unknown } else { value }
}
