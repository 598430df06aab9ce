//! Who refers to a resource, inside its module and through outputs.
//!
//! Invariant: a reference counts wherever it stands, whether or not it is evaluated. Left out are
//! those that only order things (`depends_on`, `lifecycle`), and those of the resources that fill or
//! rotate a vault entry: they count when something refers to them in turn.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::config::Config;
use crate::evaluate::{Evaluator, Instance};
use crate::syntax::{Block, Body, Expression, Step, attributes};
use crate::world::World;

/// Resources that are part of an entry, and the argument with which they name it.
const PARTS: &[(&str, &str)] = &[
    ("aws_secretsmanager_secret_policy", "policy"),
    ("aws_secretsmanager_secret_policy", "secret_arn"),
    ("aws_secretsmanager_secret_rotation", "secret_id"),
    ("aws_secretsmanager_secret_version", "secret_id"),
    ("google_secret_manager_regional_secret_version", "secret"),
    ("google_secret_manager_secret_version", "secret"),
];

/// What is referred to in a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Named<'w> {
    /// A managed resource: kind and name.
    Resource(&'w str, &'w str),
    /// A module call: one of its outputs, or all of it.
    Call(&'w str, Option<&'w str>),
    Local(&'w str),
}

/// Who refers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum By<'w> {
    /// Something that uses what it refers to.
    User,
    /// What only counts when something refers to it.
    Named(Named<'w>),
    /// An output of the module.
    Output(&'w str),
}

/// The references of one module.
#[derive(Default)]
pub(crate) struct References<'w> {
    of: HashMap<Named<'w>, HashSet<By<'w>>>,
}

impl<'w> References<'w> {
    /// Reads the references of a module's files.
    fn of(world: &World<'w>, config: &Config<'w>) -> Self {
        let mut found = Self::default();
        for file in config.files.iter().filter_map(|file| world.files.get(*file as usize)) {
            for block in &file.parsed.body.blocks {
                found.top(block);
            }
        }
        found
    }

    /// Returns who refers to what is named; to a call also who refers to any of its outputs, and to an
    /// output who refers to the whole call.
    fn to(&self, named: Named<'w>) -> Vec<By<'w>> {
        let Named::Call(call, output) = named else {
            return self.of.get(&named).into_iter().flatten().copied().collect();
        };
        let is_it = |known: &Named<'w>| match *known {
            Named::Call(other, part) => {
                call == other && (output.is_none() || part.is_none() || output == part)
            }
            _ => false,
        };
        let known = self.of.iter().filter(|(known, _)| is_it(known));
        known.flat_map(|(_, by)| by.iter().copied()).collect()
    }

    fn top(&mut self, block: &'w Block) {
        match (&*block.kind, block.label(0), block.label(1)) {
            ("variable" | "terraform" | "moved" | "removed" | "import", ..) => {}
            ("locals", ..) => {
                for local in &block.body.attributes {
                    self.expression(By::Named(Named::Local(&local.name)), &local.value);
                }
            }
            ("output", Some(name), _) => self.body(By::Output(name), &block.body),
            ("resource", Some(kind), Some(name)) => {
                let own = By::Named(Named::Resource(kind, name));
                let is_part = PARTS.iter().any(|(part, _)| *part == kind);
                for attribute in &block.body.attributes {
                    let names_it = PARTS.contains(&(kind, &*attribute.name))
                        || is_part && matches!(&*attribute.name, "count" | "for_each");
                    let by = if names_it { own } else { By::User };
                    self.attribute(by, &attribute.name, &attribute.value);
                }
                self.blocks(By::User, &block.body);
            }
            _ => self.body(By::User, &block.body),
        }
    }

    fn body(&mut self, by: By<'w>, body: &'w Body) {
        for attribute in &body.attributes {
            self.attribute(by, &attribute.name, &attribute.value);
        }
        self.blocks(by, body);
    }

    fn blocks(&mut self, by: By<'w>, body: &'w Body) {
        for block in body.blocks.iter().filter(|block| &*block.kind != "lifecycle") {
            self.body(by, &block.body);
        }
    }

    fn attribute(&mut self, by: By<'w>, name: &str, value: &'w Expression) {
        if name != "depends_on" {
            self.expression(by, value);
        }
    }

    fn expression(&mut self, by: By<'w>, expression: &'w Expression) {
        expression.references(&mut |reference| self.reference(by, reference.root, reference.steps));
    }

    fn reference(&mut self, by: By<'w>, root: &'w str, steps: &'w [Step]) {
        let mut names = attributes(steps);
        let named = match (root, names.next(), names.next()) {
            ("var" | "data" | "each" | "count" | "self" | "path" | "terraform", ..)
            | (_, None, _) => return,
            ("local", Some(name), _) => Named::Local(name),
            ("module", Some(call), output) => Named::Call(call, output),
            (kind, Some(name), _) => Named::Resource(kind, name),
        };
        self.of.entry(named).or_default().insert(by);
    }
}

impl<'w> Evaluator<'w> {
    /// Returns whether something uses what is named in a module: there, or through its outputs where
    /// it is called. What a root hands on is used.
    pub(crate) fn is_used(&self, instance: &Rc<Instance<'w>>, named: Named<'w>) -> bool {
        let mut seen = HashSet::new();
        let mut next = vec![(Rc::clone(instance), named)];
        while let Some((instance, named)) = next.pop() {
            if !seen.insert((instance.id, named)) {
                continue;
            }
            for by in self.references_in(instance.config).to(named) {
                match (by, &instance.caller) {
                    (By::User, _) | (By::Output(_), None) => return true,
                    (By::Named(named), _) => next.push((Rc::clone(&instance), named)),
                    (By::Output(output), Some(caller)) => {
                        if let Some(call) = caller.call.block.label(0) {
                            let named = Named::Call(call, Some(output));
                            next.push((Rc::clone(&caller.instance), named));
                        }
                    }
                }
            }
        }
        false
    }

    fn references_in(&self, config: &'w Config<'w>) -> Rc<References<'w>> {
        let key = (&*config.repository.name, &*config.folder);
        let mut known = self.references.borrow_mut();
        let read = || Rc::new(References::of(self.world, config));
        Rc::clone(known.entry(key).or_insert_with(read))
    }
}
