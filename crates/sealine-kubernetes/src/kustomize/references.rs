//! Names that follow: where an object was renamed, the fields that are known to name it are
//! renamed with it.
//!
//! Invariant: a reference only follows an object of the same build and namespace, and no field
//! that the real tool leaves alone is touched: custom kinds keep what they say.

use std::collections::{HashMap, HashSet};

use sealine_model::Value;
use sealine_model::tree::Tree;

use super::config::Config;
use super::fields::{Field, Misfit, leads, visit};
use super::identity::{Identity, TypeName, current, former, original};
use super::layer::Build;
use crate::delivery::object::{Object, place_of, value_at};
use crate::delivery::tree::set;

/// An object as those that name it see it.
struct Target {
    now: Identity,
    former: Vec<Identity>,
    name: Value,
    namespace: Option<Tree>,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
}

/// The objects by the names they had.
struct Targets {
    all: Vec<Target>,
    by_name: HashMap<String, Vec<usize>>,
}

/// Renames in all objects what names a renamed object.
pub(super) fn follow(build: &mut Build<'_>, config: &Config, objects: &mut [Object]) {
    let targets = Targets::new(objects);
    if targets.by_name.is_empty() {
        return;
    }
    for object in objects {
        let first = original(object).of;
        let (from, reach) = (Referrer::new(object), Reach::of(object));
        let mut problems = Vec::new();
        for referrers in &config.references {
            // A patch may have changed the kind since: the one that the object had first counts.
            for field in referrers.fields.iter().filter(|field| field.is_of(&first)) {
                let step = Step { to: &referrers.to, field, from: &from, reach: &reach };
                let mut changes = |tree: &Tree| is_changed(tree, &step, &targets);
                if !leads(&object.tree, &field.path, &mut changes) {
                    continue;
                }
                let done = visit(&mut object.tree, &field.path, None, &mut |tree| {
                    rename(tree, &step, &targets, &mut problems)
                });
                if done.is_err() {
                    problems.push(format!(
                        "`{}` of {} has the wrong type",
                        field.path.join("."),
                        from.now
                    ));
                }
            }
        }
        let place = place_of(&object.tree).cloned();
        for message in problems {
            if let Some(place) = &place {
                build.fail(place, message);
            }
        }
    }
}

/// The object that names others.
struct Referrer {
    now: Identity,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
    /// The type of the role that a binding names.
    role: Option<TypeName>,
}

impl Referrer {
    fn new(object: &Object) -> Self {
        let role = object.tree.get("roleRef").map(|role| TypeName {
            group: role.get("apiGroup").and_then(Tree::text).unwrap_or_default(),
            version: String::new(),
            kind: role.get("kind").and_then(Tree::text).unwrap_or_default(),
        });
        Self {
            now: current(object),
            prefixes: object.trail.prefixes.clone(),
            suffixes: object.trail.suffixes.clone(),
            role: role.filter(|role| !role.group.is_empty() && !role.kind.is_empty()),
        }
    }
}

/// The namespaces in which an object can name others.
struct Reach {
    everywhere: bool,
    namespace: String,
    /// The namespaces of the service accounts that a role binding is for.
    more: HashSet<String>,
}

impl Reach {
    fn of(object: &Object) -> Self {
        let now = current(object);
        let subjects = object.tree.get("subjects").map(Tree::items).unwrap_or_default();
        let is_account = |subject: &&Tree| {
            subject.get("kind").and_then(Tree::text).as_deref() == Some("ServiceAccount")
        };
        let named =
            subjects.iter().filter(is_account).filter_map(|one| one.get("namespace")?.text());
        Self {
            everywhere: now.of.is_cluster_wide(),
            namespace: now.effective_namespace().to_owned(),
            more: if now.of.kind == "RoleBinding" { named.collect() } else { HashSet::new() },
        }
    }

    /// Returns whether the object of this identity can be named.
    fn holds(&self, target: &Identity) -> bool {
        if self.everywhere || target.of.is_cluster_wide() {
            return true;
        }
        let same = target.effective_namespace() == self.namespace;
        same || (target.of.kind == "ServiceAccount" && self.more.contains(&target.namespace))
    }
}

impl Targets {
    fn new(objects: &[Object]) -> Self {
        let mut all = Vec::new();
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for object in objects {
            let former = former(object);
            let Some(name) = value_at(&object.tree, &["metadata", "name"]) else { continue };
            let names: HashSet<&str> = former.iter().map(|one| one.name.as_str()).collect();
            for name in names {
                by_name.entry(name.to_owned()).or_default().push(all.len());
            }
            all.push(Target {
                now: current(object),
                former,
                name,
                namespace: object.tree.at(&["metadata", "namespace"]).cloned(),
                prefixes: object.trail.prefixes.clone(),
                suffixes: object.trail.suffixes.clone(),
            });
        }
        Self { all, by_name }
    }
}

/// One field of one object that is followed.
struct Step<'a> {
    to: &'a TypeName,
    field: &'a Field,
    from: &'a Referrer,
    reach: &'a Reach,
}

/// Returns whether [`rename`] changes the tree, or finds fault with it: most references stay as they
/// are, and what is not changed stays shared.
fn is_changed(tree: &Tree, step: &Step<'_>, targets: &Targets) -> bool {
    let mut renamed = tree.clone();
    let mut problems = Vec::new();
    let done = rename(&mut renamed, step, targets, &mut problems);
    done.is_err() || !problems.is_empty() || renamed != *tree
}

fn rename(
    tree: &mut Tree,
    step: &Step<'_>,
    targets: &Targets,
    problems: &mut Vec<String>,
) -> Result<(), Misfit> {
    match tree {
        Tree::Scalar { value, .. } => {
            let Some(name) = value.text() else { return Ok(()) };
            if let Some(target) = choose(step, targets, &name, Beside::Nothing, problems)
                && target.name.text().as_deref() != Some(&name)
            {
                *value = target.name.clone();
            }
            Ok(())
        }
        Tree::List(items) => {
            items.iter_mut().try_for_each(|item| rename(item, step, targets, problems))
        }
        Tree::Map(_) => {
            let Some(name) = tree.get("name").and_then(Tree::text) else { return Err(Misfit) };
            let namespace = tree.get("namespace").and_then(Tree::text);
            let beside = namespace.as_deref().map_or(Beside::Any, Beside::Namespace);
            let found = choose(step, targets, &name, beside, problems);
            let Some(target) = found else { return Ok(()) };
            let place = tree.get("name").and_then(Tree::place).cloned();
            let Some(place) = place else { return Ok(()) };
            if target.name.text().as_deref() == Some(&name) && target.namespace.is_none() {
                return Ok(());
            }
            let renamed = Tree::Scalar { value: target.name.clone(), place: place.clone() };
            set(tree, &["name"], renamed, &place);
            if let Some(namespace) = &target.namespace {
                set(tree, &["namespace"], namespace.clone(), &place);
            }
            Ok(())
        }
        Tree::Null | Tree::Unknown => Ok(()),
    }
}

/// The namespace that stands beside a name.
#[derive(Clone, Copy)]
enum Beside<'a> {
    /// Nothing can stand there: the name is a scalar.
    Nothing,
    /// A map, which may name a namespace and does not.
    Any,
    /// A map with this namespace.
    Namespace(&'a str),
}

/// Returns the object that a name means.
fn choose<'a>(
    step: &Step<'_>,
    targets: &'a Targets,
    name: &str,
    beside: Beside<'_>,
    problems: &mut Vec<String>,
) -> Option<&'a Target> {
    let found = targets.by_name.get(name)?;
    let is_role = step.field.path.ends_with(&["roleRef".to_owned(), "name".to_owned()]);
    let was = |target: &&Target, of: &TypeName| {
        target.former.iter().any(|former| former.of.is_selected_by(of))
    };
    let here = |target: &&Target| {
        step.from.now.of.is_cluster_wide()
            || target.now.of.is_cluster_wide()
            || target.now.of.kind == "ServiceAccount"
            || target.now.effective_namespace() == step.from.now.effective_namespace()
    };
    let mut near: Vec<&Target> = found
        .iter()
        .filter_map(|index| targets.all.get(*index))
        .filter(|target| step.reach.holds(&target.now))
        .filter(|target| was(target, step.to))
        .filter(|target| step.from.role.as_ref().is_none_or(|role| !is_role || was(target, role)))
        .filter(here)
        .collect();
    if let Beside::Namespace(namespace) = beside {
        let first = |target: &&Target| {
            let first = target.former.first().unwrap_or(&target.now);
            first.effective_namespace() == namespace
        };
        let now = |target: &&Target| target.now.effective_namespace() == namespace;
        let any_first =
            targets.all.iter().any(|target| step.reach.holds(&target.now) && first(&target));
        near.retain(|target| if any_first { first(target) } else { now(target) });
    }
    if let [only] = near.as_slice() {
        return Some(only);
    }
    near.retain(|target| same_affixes(target, step.from, true));
    if near.len() > 1 {
        near.retain(|target| same_affixes(target, step.from, false));
    }
    let first = *near.first()?;
    let alike = |other: &&Target| {
        other.now.name == first.now.name
            && (matches!(beside, Beside::Nothing) || other.now.namespace == first.now.namespace)
    };
    if near.iter().all(alike) {
        return Some(first);
    }
    problems.push(format!("`{name}` in {} may mean several objects", step.from.now));
    None
}

/// Returns whether both were given the same prefixes and suffixes by the outer layers.
fn same_affixes(target: &Target, from: &Referrer, allow_empty: bool) -> bool {
    let same = |one: &[String], other: &[String]| {
        let (short, long) = if one.len() > other.len() { (other, one) } else { (one, other) };
        let empty = allow_empty && short.is_empty();
        empty || (short.is_empty() == long.is_empty() && long.ends_with(short))
    };
    same(&target.prefixes, &from.prefixes) && same(&target.suffixes, &from.suffixes)
}
