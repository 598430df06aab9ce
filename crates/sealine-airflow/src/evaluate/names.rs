//! What names mean: scopes from the inside out, then `import *`, then Python's own.
//!
//! Invariant: a name that nothing defines is unknown, never an error.

use std::rc::Rc;

use super::{Evaluator, Val};

/// Python's own functions and types that evaluation knows by name.
const BUILTINS: [&str; 36] = [
    "all",
    "any",
    "bool",
    "dict",
    "enumerate",
    "filter",
    "float",
    "frozenset",
    "getattr",
    "globals",
    "hasattr",
    "int",
    "isinstance",
    "iter",
    "len",
    "list",
    "locals",
    "map",
    "max",
    "min",
    "next",
    "object",
    "print",
    "range",
    "repr",
    "reversed",
    "set",
    "setattr",
    "sorted",
    "str",
    "sum",
    "super",
    "tuple",
    "property",
    "staticmethod",
    "classmethod",
];

impl<'a> Evaluator<'a> {
    /// Returns what `name` means here.
    pub(super) fn name(&mut self, name: &'a str) -> Val {
        let mut inside = true;
        let mut scope = Some(self.scope);
        let mut module = self.scope;
        while let Some(id) = scope {
            self.demand(id, name);
            let found = &self.heap.scopes[id];
            if (inside || !found.is_class) && found.names.contains_key(name) {
                return self.name_in(id, name).unwrap_or(Val::Unknown);
            }
            inside = false;
            module = id;
            scope = found.parent;
        }
        self.star(module, name).unwrap_or_else(|| match name {
            "zip" | "zip_longest" => Val::External("builtins.zip".into()),
            "__name__" => Val::text("module"),
            "__file__" => self.own_path(),
            "TYPE_CHECKING" => Val::Bool(false),
            _ if BUILTINS.contains(&name) => Val::External(format!("builtins.{name}").into()),
            // The classes of the client are known even where an import is not understood.
            _ if name.starts_with("V1") => {
                Val::External(format!("kubernetes.client.models.{name}").into())
            }
            _ => Val::Unknown,
        })
    }

    /// Returns what `name` is in one scope; names imported from the tree are looked up now.
    pub(super) fn name_in(&mut self, scope: usize, name: &str) -> Option<Val> {
        self.demand(scope, name);
        let found = self.heap.scopes[scope].names.get(name)?.clone();
        let Val::Imported(file, imported) = &found else { return Some(found) };
        let value = self.deeper(Val::Unknown, |this| this.module_name(*file, imported));
        if let Some(known) = self.heap.scopes[scope].names.get_mut(name) {
            *known = value.clone();
        }
        Some(value)
    }

    fn star(&mut self, scope: usize, name: &str) -> Option<Val> {
        for star in self.heap.scopes[scope].stars.clone().into_iter().rev() {
            match star {
                Val::Module(file) => {
                    let found = self.deeper(None, |this| {
                        let scope = this.module(file);
                        this.name_in(scope, name).or_else(|| this.star(scope, name))
                    });
                    if found.is_some() {
                        return found;
                    }
                }
                // Only a class can be told to come from a library: its name begins in upper case.
                Val::External(path)
                    if name.starts_with(char::is_uppercase) && !path.starts_with("typing") =>
                {
                    return Some(Val::External(format!("{path}.{name}").into()));
                }
                _ => {}
            }
        }
        None
    }

    /// Gives `name` a value in the current scope.
    pub(super) fn set(&mut self, name: &'a str, value: Val) {
        let mut scope = self.scope;
        if self.heap.scopes[scope].outer.contains(&name) {
            while let Some(parent) = self.heap.scopes[scope].parent {
                scope = parent;
                if self.heap.scopes[scope].names.contains_key(name) {
                    break;
                }
            }
        }
        self.heap.scopes[scope].names.insert(name, value);
    }

    /// Returns `value`, or what it stands for when it is looked up late.
    pub(super) fn force(&mut self, value: Val) -> Val {
        match value {
            Val::Imported(file, name) => {
                self.deeper(Val::Unknown, |this| this.module_name(file, &Rc::clone(&name)))
            }
            value => value,
        }
    }
}
