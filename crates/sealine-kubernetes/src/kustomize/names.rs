//! The steps that rename: `namespace`, `namePrefix`, `nameSuffix`.
//!
//! Invariant: a changed name keeps the place of each of its parts: the prefix stands in the
//! kustomization, the rest in the manifest.

use sealine_model::Value;
use sealine_model::tree::{Tree, TreeMap};

use super::fields::{Field, Make, Misfit, visit};
use super::file::Item;
use super::identity::{TypeName, current, original, remember, twice};
use super::layer::Build;
use crate::delivery::object::{Made, Object};

/// Which subjects of role bindings get the namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subjects {
    /// Those named `default`.
    Default,
    /// All service accounts.
    ServiceAccounts,
    /// None.
    None,
}

/// How a namespace is set.
#[derive(Clone, Copy, Debug)]
pub(super) struct NamespaceStep<'a> {
    /// The namespace.
    pub(super) namespace: &'a Item,
    /// The fields that get it beside the object's own.
    pub(super) fields: &'a [Field],
    /// The subjects that get it.
    pub(super) subjects: Subjects,
    /// Whether a namespace that is there stays.
    pub(super) unset_only: bool,
}

/// Puts all objects of the layer in its namespace.
pub(super) fn set_namespace(
    build: &mut Build<'_>,
    step: NamespaceStep<'_>,
    objects: &mut [Object],
) {
    for object in objects.iter_mut() {
        // Helm has already decided where its objects stand.
        if object.made == Made::Rendered {
            continue;
        }
        remember(object);
        if set_one(step, &mut object.tree).is_err() {
            build.fail(&step.namespace.place, "a namespace does not fit an object".to_owned());
        }
    }
    if let Some(identity) = twice(objects) {
        let message = format!("in the namespace {identity} is there twice");
        build.fail(&step.namespace.place, message);
    }
}

/// Puts one object in a namespace, whatever layer it is of; what refers to it does not follow.
pub(super) fn place_in(namespace: &Item, object: &mut Object) -> Result<(), Misfit> {
    let subjects = Subjects::Default;
    let step = NamespaceStep { namespace, fields: &[], subjects, unset_only: false };
    set_one(step, &mut object.tree)
}

fn set_one(step: NamespaceStep<'_>, tree: &mut Tree) -> Result<(), Misfit> {
    let new = step.namespace.tree();
    let mut put = |tree: &mut Tree| {
        let is_set =
            matches!(tree, Tree::Scalar { value, .. } if value.text().as_deref() != Some(""));
        match tree {
            Tree::List(_) => return Err(Misfit),
            // A map was made for what is not there.
            Tree::Map(map) if !map.entries.is_empty() => return Err(Misfit),
            _ if step.unset_only && is_set => {}
            _ => *tree = new.clone(),
        }
        Ok(())
    };
    let make = Make { leaf: &Tree::Null, place: &step.namespace.place };
    let of = TypeName::of(tree);
    if !of.is_cluster_wide() {
        let path = ["metadata".to_owned(), "namespace".to_owned()];
        visit(tree, &path, Some(make), &mut put)?;
    }
    let is_binding = ["RoleBinding", "ClusterRoleBinding"].contains(&of.kind.as_str());
    if is_binding {
        set_subjects(step, tree, make, &mut put)?;
    }
    for field in step.fields.iter().filter(|field| field.is_of(&of)) {
        let is_done = field.is(&["metadata", "namespace"])
            || (is_binding && field.is(&["subjects", "namespace"]));
        let is_other =
            field.is(&["metadata", "name"]) && (!of.group.is_empty() || of.version != "v1");
        if !is_done && !is_other {
            visit(tree, &field.path, Some(make).filter(|_| field.create), &mut put)?;
        }
    }
    Ok(())
}

fn set_subjects(
    step: NamespaceStep<'_>,
    tree: &mut Tree,
    make: Make<'_>,
    put: &mut dyn FnMut(&mut Tree) -> Result<(), Misfit>,
) -> Result<(), Misfit> {
    let Some(Tree::List(subjects)) = crate::delivery::tree::at_mut(tree, &["subjects"]) else {
        return Ok(());
    };
    for subject in subjects {
        let is = |key, text| subject.get(key).and_then(Tree::text).as_deref() == Some(text);
        let gets = match step.subjects {
            Subjects::Default => is("name", "default"),
            Subjects::ServiceAccounts => is("kind", "ServiceAccount"),
            Subjects::None => false,
        };
        if gets {
            visit(subject, &["namespace".to_owned()], Some(make), put)?;
        }
    }
    Ok(())
}

/// Which end of a name a text is added to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Front,
    Back,
}

/// Adds a text to one end of the names of the layer's objects.
pub(super) fn add_affix(
    build: &mut Build<'_>,
    end: End,
    affix: &Item,
    fields: &[Field],
    objects: &mut [Object],
) {
    for object in objects {
        let first = original(object);
        if is_never_renamed(&first.of) {
            continue;
        }
        let now = current(object).of;
        for field in fields.iter().filter(|field| field.is_of(&first.of)) {
            if field.is(&["metadata", "name"]) {
                let text = affix.value.pattern();
                match end {
                    End::Front => object.trail.prefixes.push(text),
                    End::Back => object.trail.suffixes.push(text),
                }
                remember(object);
            }
            if !field.is_of(&now) {
                continue;
            }
            let leaf = Tree::Map(TreeMap::default());
            let make = Make { leaf: &leaf, place: &affix.place };
            let done = visit(
                &mut object.tree,
                &field.path,
                Some(make).filter(|_| field.create),
                &mut |tree| add_to(tree, end, &affix.value),
            );
            if done.is_err() {
                build.fail(&affix.place, "a prefix or suffix does not fit an object".to_owned());
            }
        }
    }
}

fn add_to(tree: &mut Tree, end: End, affix: &Value) -> Result<(), Misfit> {
    match tree {
        Tree::Scalar { value, .. } => {
            let own = std::mem::take(value);
            *value = match end {
                End::Front => affix.clone().concat(own),
                End::Back => own.concat(affix.clone()),
            };
            Ok(())
        }
        Tree::List(_) | Tree::Map(_) => Err(Misfit),
        Tree::Null | Tree::Unknown => Ok(()),
    }
}

/// Kustomize leaves the names of these kinds alone.
fn is_never_renamed(of: &TypeName) -> bool {
    match of.kind.as_str() {
        "CustomResourceDefinition" | "Namespace" => true,
        "APIService" => of.group == "apiregistration.k8s.io",
        _ => false,
    }
}
