//! Values files that no root in sight takes up, since which one does is decided elsewhere: by labels of a
//! cluster, or by a program. Somebody reads the Secrets that they name.
//!
//! Invariant: what is found here is assumed and of Secrets in sight, in no namespace that is known but that of
//! a Secret made in a folder of the same name; no rule sees it.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use sealine_model::kubernetes::{Consumer, Scope};
use sealine_model::tree::Tree;
use sealine_model::{Facts, Value};
use sealine_source::{Place, folder_of};

use super::charts::{Starts, names_read, start};
use super::handed::{self, Sight};
use super::inventory::{RepoId, file_name, is_test_data, is_yaml};
use super::lookup::Lookup;
use super::object::{is_object, place_of};
use super::visit::read_objects;
use super::{Purpose, World};

/// Reads the values files of all repositories that nobody has read.
pub(crate) fn read(lookup: &Lookup<'_>, world: &mut World) {
    if lookup.purpose != Purpose::Showing {
        return;
    }
    let places = world.facts.iter().flat_map(|facts| {
        let external = facts.external_secrets.iter().map(|it| &it.place);
        names_read(facts).chain(external).chain(facts.secrets.iter().map(|it| &it.place))
    });
    let seen: Starts = places.map(start).collect();
    let made = Made::by(&world.facts);
    let inventory = lookup.inventory;
    let mut files: Vec<(RepoId, String)> = Vec::new();
    for (repo, shelf) in inventory.shelves.iter().enumerate() {
        let paths = shelf.repository.paths_below("").into_iter();
        files.extend(paths.filter(|path| is_values(path)).map(|path| (repo, path.to_owned())));
    }
    // Those of charts are read beside them.
    files.retain(|at| !world.files.contains(at) && !inventory.is_chart(at.0, folder_of(&at.1)));
    let found: Vec<Facts> = files
        .par_iter()
        .filter_map(|(repo, path)| of_file(lookup, *repo, path, &seen, &made))
        .collect();
    world.facts.extend(found);
}

/// The Secrets that roots and charts make.
#[derive(Default)]
struct Made {
    names: BTreeSet<String>,
    /// Their namespaces, by the name of each folder that they are made in and their own.
    namespaces: BTreeMap<(String, String), Value>,
}

impl Made {
    fn by(facts: &[Facts]) -> Self {
        let mut made = Self::default();
        for unit in facts {
            for external in &unit.external_secrets {
                made.note(&external.target.name, &external.scope, &external.place);
            }
            for secret in &unit.secrets {
                made.note(&secret.name, &secret.scope, &secret.place);
            }
        }
        made
    }

    fn note(&mut self, name: &Value, scope: &Scope, place: &Place) {
        let Some(name) = name.text() else { return };
        for folder in folder_of(&place.file.path).split('/') {
            let namespace = self.namespaces.entry((folder.to_owned(), name.clone()));
            let namespace = namespace.or_insert_with(|| scope.namespace.clone());
            if namespace.text() != scope.namespace.text() {
                *namespace = Value::unknown();
            }
        }
        self.names.insert(name);
    }

    /// Returns the namespace of a Secret as it is made in a folder of this name.
    fn namespace_in(&self, folder: &str, secret: &Value) -> Option<&Value> {
        self.namespaces.get(&(folder.to_owned(), secret.text()?))
    }
}

fn is_values(path: &str) -> bool {
    let is_called_so = file_name(path).starts_with("values") || subject(path).is_some();
    is_called_so && is_yaml(path) && !is_test_data(path)
}

/// Returns what the values are of, where the name of the file says so: `web` of `web-values.yaml`.
fn subject(path: &str) -> Option<&str> {
    let (stem, _) = file_name(path).rsplit_once('.')?;
    let subject = stem.strip_suffix("values")?.strip_suffix(['-', '_', '.'])?;
    (!subject.is_empty()).then_some(subject)
}

/// Reads one file, as the values of a chart that is called after it or its folder.
fn of_file(
    lookup: &Lookup<'_>,
    repo: RepoId,
    path: &str,
    seen: &Starts,
    made: &Made,
) -> Option<Facts> {
    let file = lookup.inventory.file(repo, path)?;
    let tree = file.first().filter(|tree| matches!(tree, Tree::Map(_)) && !is_object(tree))?;
    let folder = Some(file_name(folder_of(path))).filter(|folder| !folder.is_empty());
    let name = subject(path).or(folder).unwrap_or_else(|| lookup.inventory.repo_name(repo));
    let consumer = Consumer {
        kind: "Chart".to_owned(),
        name: Value::from(name),
        part: String::new(),
        place: file.source.top(),
    };
    let mut facts = Facts {
        repo: lookup.inventory.repo_name(repo).to_owned(),
        unit: format!("values {path}"),
        ..Facts::default()
    };
    let scope = Scope::undelivered(Value::unknown());
    let inventory = lookup.inventory;
    let (values, sight) =
        (std::slice::from_ref(&tree), Sight::new(inventory, &[]).with(&made.names));
    let mut objects = handed::read_values(values, None, &scope, &consumer, &sight, &mut facts);
    objects.retain(|object| place_of(&object.tree).is_none_or(|at| !seen.contains(&start(at))));
    let sight = Sight::new(inventory, &objects).with(&made.names);
    facts.uses.retain(|used| {
        let known = used.secret.text().is_some_and(|name| sight.knows(&name));
        known && !seen.contains(&start(&used.place))
    });
    for used in &mut facts.uses {
        let own = made.namespace_in(name, &used.secret);
        let beside = || made.namespace_in(folder?, &used.secret);
        if let Some(namespace) = own.or_else(beside) {
            used.scope.namespace = namespace.clone();
        }
    }
    read_objects(lookup, &objects, &scope, &mut facts);
    (!objects.is_empty() || !facts.uses.is_empty()).then_some(facts)
}
