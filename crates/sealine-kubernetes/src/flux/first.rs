//! The `HelmRelease` of Flux's first version, which names its chart and its values in words of its own.
//!
//! Invariant: as for the later one, what is not understood makes the root opaque.

use sealine_model::Value;
use sealine_model::delivery::DeliveryKind;
use sealine_model::tree::Tree;

use super::{Reader, items_of, shortened, within};
use crate::delivery::inventory::RepoId;
use crate::delivery::lookup::Opaque;
use crate::delivery::nested;
use crate::delivery::object::value_at;
use crate::delivery::root::{Chart, Part, Root};
use crate::delivery::tree::is_true;

impl Reader<'_> {
    pub(super) fn first_helm_release(&self) -> Option<Root> {
        let mut root = self.base(DeliveryKind::FluxHelmRelease)?;
        let target = self.value(&["targetNamespace"]);
        let parts = [Some(&root.namespace), target.as_ref(), Some(&root.name)];
        let named = parts.into_iter().flatten().cloned();
        let named = named.reduce(|head, part| head.concat(Value::from("-")).concat(part));
        let release = self.value(&["releaseName"]).or(named).unwrap_or_else(Value::unknown);
        root.release = Some(shortened(release));
        root.target_namespace = target.unwrap_or_else(|| root.namespace.clone());
        root.prunes = Some(true);
        let chart = self.value(&["chart", "path"]).or_else(|| self.value(&["chart", "name"]));
        root.chart = chart.as_ref().map(Value::pattern);
        root.version = self.value(&["chart", "version"]).and_then(|version| version.text());
        let values = self.first_values(&mut root);
        let part = match self.first_chart(&root) {
            Ok((repo, folder)) => {
                root.chart = Some(folder.clone());
                Part::Chart(Chart { repo, folder, values, own_values: None })
            }
            Err(why) => {
                root.opaque.push(why);
                Part::Values(values)
            }
        };
        root.parts.push(part);
        Some(root)
    }

    /// Returns where the chart lies, when that is in a loaded repository.
    fn first_chart(&self, root: &Root) -> Result<(RepoId, String), Opaque> {
        let text = |key: &str| self.value(&["chart", key])?.text();
        if let Some((url, name)) = text("repository").zip(text("name")) {
            let found = self.lookup.published_chart(&url, &name, root.version.as_deref());
            return found.ok_or_else(|| "the chart is not in a loaded repository".to_owned());
        }
        let git = self.value(&["chart", "git"]).ok_or("the chart is not named")?;
        let path = text("path").map(|path| within(&path)).ok_or("the chart is not known")?;
        let repo = self.lookup.repository(Some(&git), &path, self.home)?;
        if self.lookup.inventory.is_chart(repo, &path) {
            Ok((repo, path))
        } else {
            Err(format!("`{path}` is no chart"))
        }
    }

    /// Returns the values that the release gives, the weakest first.
    fn first_values(&self, root: &mut Root) -> Vec<Tree> {
        let mut values = Vec::new();
        if !items_of(self.spec(&["valueFileSecrets"])).is_empty() {
            root.opaque.push("the values of `valueFileSecrets` are not known".to_owned());
        }
        for source in items_of(self.spec(&["valuesFrom"])) {
            let Some(entry) = source.entries().first() else { continue };
            let text = |key: &str| value_at(&entry.value, &[key])?.text();
            let data = text("name").filter(|_| entry.key == "configMapKeyRef").and_then(|name| {
                let key = text("key").unwrap_or_else(|| "values.yaml".to_owned());
                let namespace = value_at(&entry.value, &["namespace"]);
                let data = self.lookup.config_map(&name, &self.asking(namespace, root))?;
                data.get(&key).cloned()
            });
            match data {
                Some(Tree::Scalar { value, place }) => {
                    let (trees, _) = nested::parse(&value, &place, self.lookup.inventory.project);
                    values.extend(trees);
                }
                _ if is_true(entry.value.get("optional")) => {}
                _ => root.opaque.push(format!("the values of a `{}` are not known", entry.key)),
            }
        }
        values.extend(self.spec(&["values"]).cloned());
        values
    }
}
