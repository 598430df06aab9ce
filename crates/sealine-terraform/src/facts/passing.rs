//! Which resources give the values of a Secret that Terraform makes, and the way from a reference to what it
//! leads to.
//!
//! Invariant: only references that lead to a secret attribute count, or to a whole resource; what an
//! output of a module gives is not followed for a value.

use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

use sealine_model::secret_attributes::holds_secret;
use sealine_model::terraform::Passing;
use sealine_source::Place;

use super::view::View;
use crate::config::Written;
use crate::evaluate::{Instance, Key, Part, Slot};
use crate::syntax::{Step, attributes};

/// Notes what the values in these arguments of a resource are taken from, through locals and variables.
pub(super) fn read(view: &View<'_, '_>, arguments: &[&str], found: &mut BTreeSet<Passing>) {
    let given = arguments.iter().filter_map(|name| view.config.declared.attribute(name));
    walk(view, given.collect(), (&may_pass, false), &mut |reference| {
        found.insert(Passing {
            from: reference.address,
            to: view.address.clone(),
            at: reference.first,
        });
    });
}

/// Tells by its kind, and the attributes behind its name, whether a resource is looked for.
type MayPass<'a> = &'a dyn Fn(&str, &[&str]) -> bool;

/// A reference to a resource, as it was met.
pub(super) struct Met {
    /// The address of the resource, without the key of an instance.
    pub(super) address: String,
    pub(super) is_data: bool,
    /// The key of an instance, where the reference tells it.
    pub(super) key: Option<String>,
    /// The reference that led there, in the resource that was read.
    pub(super) first: Place,
    /// Where the resource is named: an argument of a module, a local.
    pub(super) own: Place,
}

/// Follows the references in these values of a resource, through locals and variables, and perhaps through what
/// modules give; one of which nothing is loaded is met itself.
pub(super) fn walk<'w>(
    view: &View<'_, 'w>,
    given: Vec<Written<'w>>,
    (may_pass, outputs): (MayPass<'_>, bool),
    found: &mut dyn FnMut(Met),
) {
    let mut next: Vec<(Rc<Instance<'w>>, Written<'w>, Option<Place>)> =
        given.into_iter().map(|written| (Rc::clone(&view.instance), written, None)).collect();
    let mut seen = HashSet::new();
    while let Some((instance, written, first)) = next.pop() {
        if !seen.insert((instance.id, written.file, written.expression.range)) {
            continue;
        }
        let Some(source) = view.evaluator.source(written.file) else { continue };
        written.expression.references(&mut |reference| {
            let own = source.place(reference.range);
            let first = first.clone().unwrap_or_else(|| own.clone());
            let names: Vec<&str> = attributes(reference.steps).collect();
            let key = reference.steps.iter().find_map(|step| match step {
                Step::Index(index) => index.literal_text(),
                _ => None,
            });
            let address = match (reference.root, names.as_slice()) {
                ("local", [name, ..]) => {
                    let local = instance.config.locals.get(name);
                    next.extend(local.map(|local| (Rc::clone(&instance), *local, Some(first))));
                    return;
                }
                ("var", [name, ..]) => {
                    let given = instance.caller.as_ref().and_then(|caller| {
                        let argument = caller.call.attribute(name)?;
                        Some((Rc::clone(&caller.instance), argument, Some(first)))
                    });
                    next.extend(given);
                    return;
                }
                ("module", [call, output, ..]) if outputs => {
                    let given = given_by(view, &instance, (call, key.as_deref()), output);
                    if given.is_empty() {
                        format!("{}module.{call}", instance.prefix)
                    } else {
                        let given = given.into_iter();
                        next.extend(given.map(|(of, it)| (of, it, Some(first.clone()))));
                        return;
                    }
                }
                ("data", [kind, name, path @ ..]) if may_pass(kind, path) => {
                    format!("{}data.{kind}.{name}", instance.prefix)
                }
                (kind, [name, path @ ..]) if may_pass(kind, path) => {
                    format!("{}{kind}.{name}", instance.prefix)
                }
                _ => return,
            };
            let is_data = reference.root == "data";
            found(Met { address, is_data, key, first, own });
        });
    }
}

/// Returns the values of an output in the instances of a module that is called, or in the one with a key.
fn given_by<'w>(
    view: &View<'_, 'w>,
    caller: &Rc<Instance<'w>>,
    (call, key): (&str, Option<&str>),
    output: &str,
) -> Vec<(Rc<Instance<'w>>, Written<'w>)> {
    let calls = &caller.config.calls;
    let Some(index) = calls.iter().position(|(name, _)| *name == call) else { return Vec::new() };
    let expansion = view.evaluator.expand(caller, Part::Call(index));
    let is_meant = |slot: &&Rc<Slot>| match (key, &slot.key) {
        (Some(key), Key::Text(own)) => key == &**own,
        _ => true,
    };
    let called = expansion.slots.iter().filter(is_meant).filter_map(|slot| {
        let instance = view.evaluator.called(caller, index, slot)?;
        let value = instance.config.outputs.get(output)?.attribute("value")?;
        Some((instance, value))
    });
    called.collect()
}

/// Whether what stands at a path of a resource may be its secret: a whole one is what a `for` goes over.
fn may_pass(kind: &str, path: &[&str]) -> bool {
    holds_secret(kind, &path.join(".")) || path.is_empty() && kind.contains('_')
}
