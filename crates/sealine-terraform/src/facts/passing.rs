//! Which resources give the values of a Secret that Terraform makes.
//!
//! Invariant: only references that lead to a secret attribute count, or to a whole resource; what an
//! output of a module gives is not followed.

use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

use sealine_model::secret_attributes::holds_secret;
use sealine_model::terraform::Passing;
use sealine_source::Place;

use super::view::View;
use crate::config::Written;
use crate::evaluate::Instance;
use crate::syntax::attributes;

/// Notes what the values in these arguments of a resource are taken from, through locals and variables.
pub(super) fn read(view: &View<'_, '_>, arguments: &[&str], found: &mut BTreeSet<Passing>) {
    let given = arguments.iter().filter_map(|name| view.config.declared.attribute(name));
    let mut next: Vec<(Rc<Instance<'_>>, Written<'_>, Option<Place>)> =
        given.map(|written| (Rc::clone(&view.instance), written, None)).collect();
    let mut seen = HashSet::new();
    while let Some((instance, written, first)) = next.pop() {
        if !seen.insert((instance.id, written.file, written.expression.range)) {
            continue;
        }
        let source = view.evaluator.source(written.file);
        written.expression.references(&mut |reference| {
            let place = first.clone().or_else(|| Some(source?.place(reference.range)));
            let names: Vec<&str> = attributes(reference.steps).collect();
            let address = match (reference.root, names.as_slice()) {
                ("local", [name, ..]) => {
                    let local = instance.config.locals.get(name);
                    next.extend(local.map(|local| (Rc::clone(&instance), *local, place)));
                    return;
                }
                ("var", [name, ..]) => {
                    let given = instance.caller.as_ref().and_then(|caller| {
                        let argument = caller.call.attribute(name)?;
                        Some((Rc::clone(&caller.instance), argument, place))
                    });
                    next.extend(given);
                    return;
                }
                ("data", [kind, name, path @ ..]) if may_pass(kind, path) => {
                    format!("{}data.{kind}.{name}", instance.prefix)
                }
                (kind, [name, path @ ..]) if may_pass(kind, path) => {
                    format!("{}{kind}.{name}", instance.prefix)
                }
                _ => return,
            };
            found.extend(place.map(|at| Passing { from: address, to: view.address.clone(), at }));
        });
    }
}

/// Whether what stands at a path of a resource may be its secret: a whole one is what a `for` goes over.
fn may_pass(kind: &str, path: &[&str]) -> bool {
    holds_secret(kind, &path.join(".")) || path.is_empty() && kind.contains('_')
}
