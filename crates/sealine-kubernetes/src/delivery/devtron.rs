//! Devtron's releases: a chart with a file of values for each environment beside it.
//!
//! Devtron writes both into the repository of an application, and keeps the name and the namespace
//! of the environment in its own database. The release is called after both.
//!
//! Invariant: a chart that another root renders is that root's, whatever lies beside it.

use sealine_model::Value;
use sealine_model::delivery::DeliveryKind;

use super::World;
use super::inventory::{RepoId, file_name, in_folder};
use super::lookup::Lookup;
use super::object::value_at;
use super::plan::Top;
use super::root::{Chart, Part, Root};

/// Returns the releases of the charts that no other root renders.
pub(crate) fn tops(lookup: &Lookup<'_>, world: &World) -> Vec<Top> {
    let mut found = Vec::new();
    for (repo, shelf) in lookup.inventory.shelves.iter().enumerate() {
        for folder in &shelf.charts {
            if world.charts.contains(&(repo, (*folder).to_owned())) {
                continue;
            }
            let files = lookup.inventory.files_in(repo, folder);
            let values = files.iter().filter(|path| is_values(file_name(path)));
            found.extend(values.filter_map(|path| release(lookup, repo, folder, path)));
        }
    }
    found
}

/// Whether a file is called as Devtron calls the values of an environment: `_12-values.yaml`.
fn is_values(name: &str) -> bool {
    let number = name.strip_prefix('_').and_then(|rest| rest.strip_suffix("-values.yaml"));
    number.is_some_and(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
}

fn release(lookup: &Lookup<'_>, repo: RepoId, folder: &str, path: &str) -> Option<Top> {
    let file = lookup.inventory.file(repo, path)?;
    let values = file.first()?;
    let chart = lookup.inventory.file(repo, &in_folder(folder, "Chart.yaml"))?;
    let application = value_at(chart.content().first()?, &["name"])?;
    let release = application.concat(Value::from("-")).concat(Value::unknown());
    let part = Chart { repo, folder: folder.to_owned(), values: vec![values], own_values: None };
    let place = file.source.top();
    let mut root = Root::new(DeliveryKind::Devtron, release.clone(), Value::default(), place);
    root.parts.push(Part::Chart(part));
    root.release = Some(release);
    root.chart = Some(folder.to_owned());
    Some(Top { repo, document: None, root: Box::new(root) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_an_environment_are_known_by_their_name() {
        for (name, expected) in [
            ("_12-values.yaml", true),
            ("_-values.yaml", false),
            ("_a-values.yaml", false),
            ("values.yaml", false),
            ("12-values.yaml", false),
        ] {
            assert_eq!(is_values(name), expected, "{name}");
        }
    }
}
