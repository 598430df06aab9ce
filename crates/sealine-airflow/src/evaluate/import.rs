//! Imports, and modules of the tree that are run when a name of theirs is needed.
//!
//! Invariant: a module is run once, and what it does while it is imported is not recorded: its DAGs
//! belong to its own file.

use std::collections::HashSet;
use std::rc::Rc;

use ruff_python_ast::{Stmt, StmtImport, StmtImportFrom};

use super::{Evaluator, Frame, Val};
use crate::tree::Target;

impl<'a> Evaluator<'a> {
    pub(super) fn import(&mut self, statement: &'a StmtImport) {
        for alias in &statement.names {
            let whole = alias.name.as_str();
            let top = whole.split('.').next().unwrap_or(whole);
            let (name, module) = match &alias.asname {
                Some(name) => (name.as_str(), whole),
                None => (top, top),
            };
            let value = self.resolve(module);
            self.set(name, value);
        }
    }

    pub(super) fn import_from(&mut self, statement: &'a StmtImportFrom) {
        let dots = ".".repeat(statement.level as usize);
        let module = statement.module.as_ref().map_or("", |module| module.as_str());
        let source = self.resolve(&format!("{dots}{module}"));
        for alias in &statement.names {
            let name = alias.name.as_str();
            if name == "*" {
                let scope = self.scope;
                self.heap.scopes[scope].stars.push(source.clone());
                continue;
            }
            let value = match &source {
                Val::Module(file) => Val::Imported(*file, Rc::from(name)),
                Val::Folder(folder) => self.child(&Rc::clone(folder), name),
                Val::External(path) => Val::External(format!("{path}.{name}").into()),
                _ => Val::Unknown,
            };
            let bound = alias.asname.as_ref().unwrap_or(&alias.name);
            self.set(bound.as_str(), value);
        }
    }

    fn resolve(&mut self, module: &str) -> Val {
        let importer = self.tree.files[self.file].source.path();
        match self.tree.resolve(importer, module, &mut self.looked) {
            Target::File(file) => Val::Module(file),
            Target::Folder(folder) => Val::Folder(folder.into()),
            Target::External => Val::External(module.into()),
        }
    }

    /// Returns what `name` is in a folder of the tree.
    pub(super) fn child(&mut self, folder: &str, name: &str) -> Val {
        match self.tree.child(folder, name, &mut self.looked) {
            Target::File(file) => Val::Module(file),
            Target::Folder(folder) => Val::Folder(folder.into()),
            Target::External => Val::Unknown,
        }
    }

    /// Returns what `name` is in a module of the tree.
    pub(super) fn module_name(&mut self, file: usize, name: &str) -> Val {
        let scope = self.module(file);
        if let Some(found) = self.name_in(scope, name) {
            return found;
        }
        if let Some(folder) = self.tree.package(file)
            && let found @ (Val::Module(_) | Val::Folder(_)) = self.child(folder, name)
        {
            return found;
        }
        for star in self.heap.scopes[scope].stars.clone().into_iter().rev() {
            if let Val::Module(next) = star
                && next != file
            {
                let found = self.deeper(Val::Unknown, |this| this.module_name(next, name));
                if found != Val::Unknown {
                    return found;
                }
            }
        }
        Val::Unknown
    }

    /// Returns the scope of a module, after running once what cannot wait.
    pub(super) fn module(&mut self, file: usize) -> usize {
        if let Some(scope) = self.modules.get(&file) {
            return *scope;
        }
        let scope = self.heap.scope(None);
        self.modules.insert(file, scope);
        let parsed = &self.tree.files[file];
        match &parsed.index {
            Some(index) => {
                self.heap.scopes[scope].lazy = Some((file, HashSet::new()));
                let first = index.first.iter().filter_map(|at| parsed.body.get(*at));
                self.import_body(file, scope, first.collect());
            }
            None => self.import_body(file, scope, parsed.body.iter().collect()),
        }
        scope
    }

    /// Runs the statements that define `name` in the scope of a module that waits for that.
    pub(super) fn demand(&mut self, scope: usize, name: &str) {
        let Some((file, done)) = &mut self.heap.scopes[scope].lazy else { return };
        let file = *file;
        let parsed = &self.tree.files[file];
        let Some(index) = &parsed.index else { return };
        let mut needed = Vec::new();
        for at in index.statements(name) {
            if done.insert(*at) {
                needed.extend(parsed.body.get(*at));
            }
        }
        if !needed.is_empty() {
            self.import_body(file, scope, needed);
        }
    }

    /// Runs statements of a module without recording what they make.
    fn import_body(&mut self, file: usize, scope: usize, statements: Vec<&'a Stmt>) {
        if statements.is_empty() || self.frames.len() > super::CALLS {
            return;
        }
        let outside = (self.file, self.scope);
        (self.file, self.scope) = (file, scope);
        let quiet = self.record.begin_import();
        self.frames.push(Frame::default());
        self.deeper((), |this| {
            for statement in statements {
                this.block(std::slice::from_ref(statement));
            }
        });
        self.frames.pop();
        self.record.end_import(quiet);
        (self.file, self.scope) = outside;
    }
}
