//! Flux: `Kustomization` and `HelmRelease` as delivery roots.
//!
//! Invariant: a field that decides what is delivered and that is not understood makes the root
//! opaque, never empty.

mod first;

use sealine_model::Value;
use sealine_model::delivery::DeliveryKind;
use sealine_model::tree::Tree;
use sealine_source::join;

use crate::delivery::inventory::RepoId;
use crate::delivery::lookup::{Asking, Lookup, Opaque};
use crate::delivery::mishaps::{encrypted_values, is_encrypted};
use crate::delivery::nested;
use crate::delivery::object::{Object, group, kind, place_of, value_at};
use crate::delivery::root::{Chart, Folder, Part, Plain, Root};
use crate::delivery::substitution::Substitution;
use crate::delivery::tree::{is_true, known_bool};
use crate::helm::{at_path, typed};
use crate::kustomize::{Kustomization, Overrides, items};

/// Returns the delivery root that an object is.
pub(crate) fn root(
    object: &Tree,
    default_namespace: &Value,
    home: RepoId,
    lookup: &Lookup<'_>,
    siblings: &[Object],
) -> Option<Root> {
    let reader = Reader { object, default_namespace, home, lookup, siblings };
    match (group(object).as_str(), kind(object).as_str()) {
        ("kustomize.toolkit.fluxcd.io", "Kustomization") => reader.kustomization(),
        ("helm.toolkit.fluxcd.io", "HelmRelease") => reader.helm_release(),
        ("helm.fluxcd.io", "HelmRelease") => reader.first_helm_release(),
        _ => None,
    }
}

struct Reader<'a> {
    object: &'a Tree,
    default_namespace: &'a Value,
    home: RepoId,
    lookup: &'a Lookup<'a>,
    siblings: &'a [Object],
}

impl<'a> Reader<'a> {
    fn spec(&self, path: &[&str]) -> Option<&'a Tree> {
        self.object.get("spec")?.at(path)
    }

    fn value(&self, path: &[&str]) -> Option<Value> {
        value_at(self.object.get("spec")?, path)
    }

    fn base(&self, kind: DeliveryKind) -> Option<Root> {
        let place = place_of(self.object)?.clone();
        let name = value_at(self.object, &["metadata", "name"]).unwrap_or_else(Value::unknown);
        let own = value_at(self.object, &["metadata", "namespace"]);
        let namespace = own.unwrap_or_else(|| self.default_namespace.clone());
        let cluster = self.spec(&["kubeConfig"]).map(|_| {
            let name = self.value(&["kubeConfig", "secretRef", "name"]);
            name.unwrap_or_else(Value::unknown)
        });
        let mut root = Root::new(kind, name, namespace, place);
        root.cluster = cluster.unwrap_or_else(Value::unknown);
        Some(root)
    }

    fn kustomization(&self) -> Option<Root> {
        let mut root = self.base(DeliveryKind::FluxKustomization)?;
        if let Some(target) = self.value(&["targetNamespace"]) {
            root.target_namespace = target;
        }
        root.decrypts = self.spec(&["decryption"]).is_some();
        root.depends_on = self.depends_on(&root);
        root.waits = is_true(self.spec(&["wait"]));
        root.prunes = known_bool(self.spec(&["prune"]), false);
        // Every reconciliation applies all of it again.
        root.heals = Some(true);
        root.substitution = self.substitution(&root);
        let path = self.value(&["path"]).unwrap_or_default();
        match path.text() {
            None => {
                root.opaque.push(format!("the path `{path}` is not known"));
                root.may_take_any = true;
            }
            Some(text) => {
                let path = within(&text);
                match self.source(&["sourceRef"], &path, &root) {
                    Err(why) => root.opaque.push(why),
                    Ok(repo) if !self.lookup.inventory.exists(repo, &path) => {
                        root.opaque.push(format!("`{path}` does not exist"));
                    }
                    Ok(repo) => {
                        let path = self.lookup.inventory.real(repo, path);
                        let overrides = Overrides::read("targetNamespace", |key| self.spec(&[key]));
                        root.parts.push(Part::Folder(Box::new(Folder {
                            repo,
                            path,
                            plain: Plain::Everything,
                            overrides,
                        })));
                    }
                }
            }
        }
        Some(root)
    }

    /// Returns the namespace and name of the roots that come first.
    fn depends_on(&self, root: &Root) -> Vec<(Value, Value)> {
        let items = items_of(self.spec(&["dependsOn"])).iter();
        let named = items.filter_map(|item| {
            let namespace = value_at(item, &["namespace"]);
            let name = value_at(item, &["name"])?;
            Some((namespace.unwrap_or_else(|| root.namespace.clone()), name))
        });
        named.collect()
    }

    fn asking<'b>(&'b self, namespace: Option<Value>, root: &'b Root) -> Asking<'b> {
        let namespace = namespace.unwrap_or_else(|| root.namespace.clone()).text();
        let namespace = namespace.filter(|text| !text.is_empty());
        Asking { namespace, repo: self.home, path: &root.place.file.path, siblings: self.siblings }
    }

    /// Returns the repository that a source reference means.
    fn source(&self, reference: &[&str], path: &str, root: &Root) -> Result<RepoId, Opaque> {
        let reference = self.spec(reference).ok_or("the source is not named")?;
        self.repository_of(reference, path, root)
    }

    fn repository_of(&self, reference: &Tree, path: &str, root: &Root) -> Result<RepoId, Opaque> {
        let name = value_at(reference, &["name"]).and_then(|name| name.text());
        let kind = value_at(reference, &["kind"]).and_then(|kind| kind.text());
        let (Some(kind), Some(name)) = (kind, name) else {
            return Err("the source is not known".to_owned());
        };
        let asking = self.asking(value_at(reference, &["namespace"]), root);
        let source = self.lookup.flux_source(&kind, &name, &asking);
        let url = source.and_then(|source| value_at(&source, &["spec", "url"]));
        let is_bootstrap = name == "flux-system";
        match kind.as_str() {
            // The top of a repository is there whatever the source means: only one that is known counts.
            "GitRepository"
                if path.is_empty() && !is_bootstrap && !self.lookup.is_loaded(url.as_ref()) =>
            {
                Err(format!("the GitRepository `{name}` is not loaded"))
            }
            "GitRepository" => {
                let found = self.lookup.repository(url.as_ref(), path, self.home);
                // A fork's manifests name the repository they were forked from.
                let here = is_bootstrap && self.lookup.inventory.exists(self.home, path);
                if found.is_err() && here { Ok(self.home) } else { found }
            }
            "OCIRepository" if self.lookup.packed(url.as_ref()).is_some() => {
                self.lookup.packed(url.as_ref()).ok_or_else(|| "the source is not known".to_owned())
            }
            // An artifact is packed from a repository, most often the one that names it.
            "OCIRepository" | "Bucket" | "ExternalArtifact"
                if !path.is_empty() && self.lookup.inventory.exists(self.home, path) =>
            {
                Ok(self.home)
            }
            kind => Err(format!("the {kind} `{name}` cannot be read")),
        }
    }

    fn substitution(&self, root: &Root) -> Option<Substitution> {
        let post_build = self.spec(&["postBuild"])?;
        let mut found = Substitution::default();
        for reference in post_build.get("substituteFrom").map(Tree::items).unwrap_or_default() {
            let name = value_at(reference, &["name"]).and_then(|name| name.text());
            let is_map = reference.get("kind").and_then(Tree::text).as_deref() == Some("ConfigMap");
            let data = name
                .filter(|_| is_map)
                .and_then(|name| self.lookup.config_map(&name, &self.asking(None, root)));
            match data {
                Some(Tree::Map(map)) if !map.open => {
                    let entries = map.entries.iter();
                    found
                        .variables
                        .extend(entries.map(|entry| (entry.key.to_string(), text(&entry.value))));
                }
                _ => {
                    found.open = true;
                    found.runs |= !is_true(reference.get("optional"));
                }
            }
        }
        let own = post_build.get("substitute").map(Tree::entries).unwrap_or_default();
        found.variables.extend(own.iter().map(|entry| (entry.key.to_string(), text(&entry.value))));
        found.runs |= !found.variables.is_empty();
        Some(found)
    }

    fn helm_release(&self) -> Option<Root> {
        let mut root = self.base(DeliveryKind::FluxHelmRelease)?;
        let target = self.value(&["targetNamespace"]);
        let release = self.value(&["releaseName"]).unwrap_or_else(|| match &target {
            Some(target) => target.clone().concat(Value::from("-")).concat(root.name.clone()),
            None => root.name.clone(),
        });
        root.release = Some(shortened(release));
        root.target_namespace = target.unwrap_or_else(|| root.namespace.clone());
        root.depends_on = self.depends_on(&root);
        root.waits = !is_true(self.spec(&["install", "disableWait"]));
        // An upgrade takes away what the chart no longer renders.
        root.prunes = Some(true);
        root.heals = match self.spec(&["driftDetection", "mode"]) {
            None | Some(Tree::Null) => Some(false),
            Some(mode) => mode.text().map(|mode| mode == "enabled"),
        };
        let values = self.values(&mut root);
        let chart = self.value(&["chart", "spec", "chart"]);
        root.chart = chart
            .as_ref()
            .map(Value::pattern)
            .or_else(|| self.value(&["chartRef", "name"]).map(|name| name.pattern()));
        root.version = self.chart_version(&root);
        let part = match self.chart_folder(chart.as_ref(), &root) {
            Ok((repo, folder)) => {
                root.chart = Some(folder.clone());
                let own_values = self.own_values(repo, &mut root);
                Part::Chart(Chart { repo, folder, values, own_values })
            }
            Err(why) => {
                root.opaque.push(why);
                Part::Values(values)
            }
        };
        root.parts.push(part);
        for renderer in items_of(self.spec(&["postRenderers"])) {
            match renderer.get("kustomize") {
                Some(kustomize) => root.post_renderers.push(Kustomization::read(kustomize)),
                None => root.opaque.push("a post-renderer is not known".to_owned()),
            }
        }
        Some(root)
    }

    /// Returns the version of the chart: the release's own, or that of the source it refers to.
    fn chart_version(&self, root: &Root) -> Option<String> {
        if let Some(version) = self.value(&["chart", "spec", "version"]) {
            return version.text();
        }
        let reference = self.spec(&["chartRef"])?;
        let text = |key: &str| value_at(reference, &[key])?.text();
        let asking = self.asking(value_at(reference, &["namespace"]), root);
        let source = self.lookup.flux_source(&text("kind")?, &text("name")?, &asking)?;
        let semver = || value_at(&source, &["spec", "ref", "semver"]);
        value_at(&source, &["spec", "ref", "tag"]).or_else(semver)?.text()
    }

    /// Returns where the chart lies, when that is in a loaded repository.
    fn chart_folder(&self, chart: Option<&Value>, root: &Root) -> Result<(RepoId, String), Opaque> {
        if let Some(reference) = self.spec(&["chartRef"]) {
            return self.referred_chart(reference, root);
        }
        let source = ["chart", "spec", "sourceRef"];
        let kind = self.value(&["chart", "spec", "sourceRef", "kind"]);
        let kind = kind.and_then(|kind| kind.text());
        if kind.as_deref() == Some("HelmRepository") {
            let name =
                self.value(&["chart", "spec", "sourceRef", "name"]).and_then(|name| name.text());
            let namespace = self.value(&["chart", "spec", "sourceRef", "namespace"]);
            let asking = self.asking(namespace, root);
            let source =
                name.and_then(|name| self.lookup.flux_source("HelmRepository", &name, &asking));
            let url = source.and_then(|source| value_at(&source, &["spec", "url"])?.text());
            let found = url.zip(chart.and_then(Value::text));
            let version = self.chart_version(root);
            let found = found.and_then(|(url, name)| {
                self.lookup.published_chart(&url, &name, version.as_deref())
            });
            return found.ok_or_else(|| "the chart is not in a loaded repository".to_owned());
        }
        let is_git = kind.as_deref() == Some("GitRepository");
        let path = chart.and_then(Value::text).filter(|_| is_git);
        let path = path.map(|path| within(&path));
        let path = path.ok_or("the chart is not in a loaded repository")?;
        let repo = self.source(&source, &path, root)?;
        if self.lookup.inventory.is_chart(repo, &path) {
            Ok((repo, path))
        } else {
            Err(format!("`{path}` is no chart"))
        }
    }

    /// Returns where the chart lies that a `HelmChart` names; other references are artifacts.
    fn referred_chart(&self, reference: &Tree, root: &Root) -> Result<(RepoId, String), Opaque> {
        let text = |tree: &Tree, path: &[&str]| value_at(tree, path)?.text();
        let (kind, name) = (text(reference, &["kind"]), text(reference, &["name"]));
        let (Some(kind), Some(name)) = (kind, name) else {
            return Err("the chart is not known".to_owned());
        };
        let asking = self.asking(value_at(reference, &["namespace"]), root);
        let found = self.lookup.flux_source(&kind, &name, &asking);
        let spec = found.as_ref().and_then(|found| found.get("spec"));
        let spec = spec.filter(|_| kind == "HelmChart");
        let outside = || format!("the chart of the {kind} `{name}` is not in a loaded repository");
        if let Some(source) = found.as_ref().filter(|_| kind == "OCIRepository") {
            let url = text(source, &["spec", "url"]).ok_or_else(outside)?;
            let chart = url.rsplit('/').next().unwrap_or_default();
            let version = self.chart_version(root);
            let found = self.lookup.published_chart(&url, chart, version.as_deref());
            return found.ok_or_else(outside);
        }
        let spec = spec.ok_or_else(outside)?;
        let source = |key| text(spec, &["sourceRef", key]);
        let path =
            text(spec, &["chart"]).filter(|_| source("kind").as_deref() != Some("HelmRepository"));
        let path = path.map(|path| within(&path));
        let path = path.ok_or_else(outside)?;
        let source = spec.get("sourceRef").ok_or_else(outside)?;
        let repo = self.repository_of(source, &path, root)?;
        if self.lookup.inventory.is_chart(repo, &path) {
            Ok((repo, path))
        } else {
            Err(format!("`{path}` is no chart"))
        }
    }

    /// Returns the values that the release gives, the weakest first.
    fn values(&self, root: &mut Root) -> Vec<Tree> {
        let mut values = Vec::new();
        let mut targeted = Vec::new();
        for reference in items_of(self.spec(&["valuesFrom"])) {
            let text = |key: &str| reference.get(key).and_then(Tree::text);
            let Some(name) = text("name") else { continue };
            let key = text("valuesKey").unwrap_or_else(|| "values.yaml".to_owned());
            let is_map = text("kind").as_deref() == Some("ConfigMap");
            let data = is_map
                .then(|| self.lookup.config_map(&name, &self.asking(None, root)))
                .flatten()
                .and_then(|data| data.get(&key).cloned());
            if let (Some(path), Some(place)) = (text("targetPath"), place_of(reference)) {
                let value = data.unwrap_or(Tree::Unknown);
                let value = if is_true(reference.get("literal")) { value } else { typed(value) };
                targeted.push(at_path(&path, value, place));
                continue;
            }
            match data {
                Some(Tree::Scalar { value, place }) => {
                    let (trees, _) = nested::parse(&value, &place, self.lookup.inventory.project);
                    values.extend(trees);
                }
                _ if is_true(reference.get("optional")) => {}
                _ => root.opaque.push(format!("the values in `{name}` are not known")),
            }
        }
        values.extend(self.spec(&["values"]).cloned());
        values.extend(targeted);
        values
    }

    /// Returns the files that stand in the place of the chart's own values.
    fn own_values(&self, repo: RepoId, root: &mut Root) -> Option<Vec<Tree>> {
        let files = items(self.spec(&["chart", "spec", "valuesFiles"]));
        if files.is_empty() {
            return None;
        }
        let tree = |path: &str| {
            let path = join("", path)?;
            self.lookup.inventory.file(repo, &path)?.first()
        };
        let mut values = Vec::new();
        for file in &files {
            let Some(path) = file.text() else { continue };
            let Some(tree) = tree(&path) else { continue };
            if is_encrypted(&tree) {
                root.mishaps.push(encrypted_values(&root.name, &path, &file.place));
            }
            values.push(tree);
        }
        Some(values)
    }
}

/// Helm's names are short: Flux cuts a longer one and puts a hash behind it, which is not computed.
fn shortened(release: Value) -> Value {
    const MAX: usize = 53;
    match release.text() {
        Some(text) if text.len() > MAX && text.is_ascii() => {
            let head = Value::known(text.get(..40).unwrap_or_default(), None);
            head.concat(Value::from("-")).concat(Value::unknown())
        }
        _ => release,
    }
}

/// Returns a path as Flux follows it: the top of the artifact is above everything, so that what would
/// lead out of it stays there.
fn within(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn items_of(tree: Option<&Tree>) -> &[Tree] {
    tree.map(Tree::items).unwrap_or_default()
}

fn text(tree: &Tree) -> Value {
    match tree {
        Tree::Scalar { value, .. } => value.clone(),
        _ => Value::unknown(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_within_the_artifact() {
        for (path, expected) in
            [("./a/./b/", "a/b"), ("../a", "a"), ("a/../../../b", "b"), ("/", ""), ("..", "")]
        {
            assert_eq!(within(path), expected, "{path}");
        }
    }

    #[test]
    fn long_release_names_are_cut() {
        let long = "a".repeat(54);
        assert_eq!(shortened(Value::from("short")).pattern(), "short");
        assert_eq!(shortened(Value::from(&*"b".repeat(53))).pattern(), "b".repeat(53));
        assert_eq!(shortened(Value::from(&*long)).pattern(), format!("{}-*", "a".repeat(40)));
    }
}
