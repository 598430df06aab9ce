//! Operators of the tree that start a pod: what their `execute` method adds to it.
//!
//! Invariant: what the method says of a part of the pod counts where it can be told, and else what the
//! part was before.

use ruff_python_ast::name::Name;

use super::starts_pod;
use crate::evaluate::{Arg, Args, Evaluator, Val};

/// Attributes of such an operator that are lists, also where nothing was given for them.
const LISTS: &[&str] = &["env_from", "env_vars", "init_containers", "secrets", "volumes"];

impl Evaluator<'_> {
    /// Runs the `execute` methods of the operators that start a pod, each with its own object.
    pub(super) fn run_operators(&mut self) {
        for index in 0..self.record.tasks.len() {
            let (object, spot) = (self.record.tasks[index].object, self.record.tasks[index].spot);
            if !starts_pod(&self.heap.objects[object].class) {
                continue;
            }
            let Some((method, args)) = self.execute_of(object) else { continue };
            let dag = self.record.tasks[index].dag;
            self.record.tasks[index].executed = true;
            self.record.running = Some((dag, Some(index)));
            let before = self.lists_of(index);
            self.rationed(|this| {
                this.apply(method, args, spot);
            });
            for (name, arg) in before {
                let after = self.heap.arg(object, name);
                if after.is_none_or(|after| after.value.is_unknown()) {
                    self.heap.objects[object].args.insert(Name::new(name), arg);
                }
            }
        }
        self.record.running = None;
    }

    /// Returns the lists of an operator, which has them all from here on.
    fn lists_of(&mut self, task: usize) -> Vec<(&'static str, Arg)> {
        let object = self.record.tasks[task].object;
        let mut lists = Vec::with_capacity(LISTS.len());
        for name in LISTS {
            let given = self.effective(&self.record.tasks[task], name);
            let own = &self.heap.objects[object];
            let (spot, open) = (own.spot, own.open);
            let arg = match given {
                // Other tasks may have the same list.
                Some(Arg { value: value @ Val::List(_), spot }) => {
                    let (items, open) = self.items(&value);
                    Arg { value: self.heap.list(items, open), spot }
                }
                Some(arg) if arg.value != Val::None => arg,
                _ => Arg { value: self.heap.list(Vec::new(), open), spot },
            };
            self.heap.objects[object].args.insert(Name::new(name), arg.clone());
            lists.push((*name, arg));
        }
        lists
    }

    /// Returns the `execute` method of an operator whose class stands in the tree.
    pub(super) fn execute_of(&mut self, object: usize) -> Option<(Val, Args)> {
        self.heap.objects[object].local?;
        match self.attribute(Val::Object(object), "execute") {
            method @ Val::Bound(..) => Some((method, Args { open: true, ..Args::default() })),
            _ => None,
        }
    }
}
