//! Statements.
//!
//! Invariant: where it is not known which way Python goes, every way is taken, and what the ways
//! make different becomes a choice.

use std::collections::HashMap;

use ruff_python_ast::{
    ElifElseClause, ExceptHandler, Expr, Stmt, StmtFor, StmtIf, StmtTry, StmtWith,
};

use super::{Evaluator, Val, either};

/// How a statement ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Flow {
    Next,
    Return(Val),
    Break,
    Continue,
    /// By an exception, or on every way by something else.
    Stop,
}

impl<'a> Evaluator<'a> {
    /// Runs statements until one of them leaves the block.
    pub(super) fn block(&mut self, body: &'a [Stmt]) -> Flow {
        for statement in body {
            let flow = self.deeper(Flow::Next, |this| this.statement(statement));
            if flow != Flow::Next {
                return flow;
            }
        }
        Flow::Next
    }

    fn statement(&mut self, statement: &'a Stmt) -> Flow {
        match statement {
            Stmt::Expr(statement) => {
                self.eval(&statement.value);
            }
            Stmt::Assign(statement) => {
                let value = self.eval(&statement.value);
                for target in &statement.targets {
                    self.assign(target, value.clone(), &statement.value);
                }
            }
            Stmt::AnnAssign(statement) => {
                if let Some(value) = &statement.value {
                    let known = self.eval(value);
                    self.assign(&statement.target, known, value);
                }
            }
            Stmt::AugAssign(statement) => self.augment(statement),
            Stmt::Return(statement) => {
                let value = statement.value.as_ref().map_or(Val::None, |value| self.eval(value));
                return Flow::Return(value);
            }
            Stmt::If(statement) => return self.conditional(statement),
            Stmt::For(statement) => return self.for_loop(statement),
            Stmt::While(statement) => {
                self.eval(&statement.test);
                let flow = self.block(&statement.body);
                return self.perhaps(flow);
            }
            Stmt::With(statement) => return self.with(statement),
            Stmt::Try(statement) => return self.try_block(statement),
            Stmt::FunctionDef(def) => self.define_function(def),
            Stmt::ClassDef(def) => self.define_class(def),
            Stmt::Import(statement) => self.import(statement),
            Stmt::ImportFrom(statement) => self.import_from(statement),
            Stmt::Global(statement) => {
                let scope = self.scope;
                let names = statement.names.iter().map(ruff_python_ast::Identifier::as_str);
                self.heap.scopes[scope].outer.extend(names);
            }
            Stmt::Match(statement) => {
                self.eval(&statement.subject);
                let blocks = statement.cases.iter().map(|case| case.body.as_slice()).collect();
                return self.branches(blocks, false);
            }
            Stmt::Raise(_) => return Flow::Stop,
            Stmt::Break(_) => return Flow::Break,
            Stmt::Continue(_) => return Flow::Continue,
            _ => {}
        }
        Flow::Next
    }

    fn conditional(&mut self, statement: &'a StmtIf) -> Flow {
        let mut open: Vec<&'a [Stmt]> = Vec::new();
        let first = (Some(&*statement.test), statement.body.as_slice());
        let clause = |clause: &'a ElifElseClause| (clause.test.as_ref(), clause.body.as_slice());
        let rest = statement.elif_else_clauses.iter().map(clause);
        for (test, body) in std::iter::once(first).chain(rest) {
            let truth = match test {
                Some(test) => {
                    let value = self.eval(test);
                    self.truth(&value)
                }
                None => Some(true),
            };
            match truth {
                Some(false) => {}
                Some(true) if open.is_empty() => return self.block(body),
                Some(true) => {
                    open.push(body);
                    return self.branches(open, true);
                }
                None => open.push(body),
            }
        }
        if open.is_empty() { Flow::Next } else { self.branches(open, false) }
    }

    /// Runs blocks of which one is taken, or none unless `complete`.
    fn branches(&mut self, blocks: Vec<&'a [Stmt]>, complete: bool) -> Flow {
        let scope = self.scope;
        let before = self.heap.scopes[scope].names.clone();
        let mut merged = (!complete).then(|| before.clone());
        self.spend(before.len());
        for block in blocks {
            self.heap.scopes[scope].names.clone_from(&before);
            let flow = self.block(block);
            self.spend(before.len());
            let after = std::mem::take(&mut self.heap.scopes[scope].names);
            match flow {
                Flow::Return(value) => self.may_return(value),
                Flow::Stop => {}
                Flow::Next | Flow::Break | Flow::Continue => {
                    merged = Some(match merged {
                        Some(merged) => merge(merged, after),
                        None => after,
                    });
                }
            }
        }
        let leaves = merged.is_none();
        self.heap.scopes[scope].names = merged.unwrap_or(before);
        if leaves { Flow::Stop } else { Flow::Next }
    }

    fn may_return(&mut self, value: Val) {
        if let Some(frame) = self.frames.last_mut() {
            frame.returns.push(value);
        }
    }

    /// Turns the end of a block that may not have run into what follows it.
    fn perhaps(&mut self, flow: Flow) -> Flow {
        if let Flow::Return(value) = flow {
            self.may_return(value);
        }
        Flow::Next
    }

    fn for_loop(&mut self, statement: &'a StmtFor) -> Flow {
        let iterated = self.eval(&statement.iter);
        let (items, open) = self.items(&iterated);
        for item in items {
            if !self.spend(1) {
                return Flow::Next;
            }
            self.assign(&statement.target, item.value, &statement.iter);
            match self.block(&statement.body) {
                Flow::Break => return Flow::Next,
                Flow::Return(value) if open => self.may_return(value),
                flow @ (Flow::Return(_) | Flow::Stop) => return flow,
                Flow::Next | Flow::Continue => {}
            }
        }
        if open {
            self.assign(&statement.target, Val::Unknown, &statement.iter);
            let flow = self.block(&statement.body);
            self.perhaps(flow);
        }
        self.block(&statement.orelse)
    }

    fn with(&mut self, statement: &'a StmtWith) -> Flow {
        let mut entered = 0;
        for item in &statement.items {
            let value = self.eval(&item.context_expr);
            entered += usize::from(self.enter_context(&value));
            if let Some(target) = &item.optional_vars {
                self.assign(target, value, &item.context_expr);
            }
        }
        let flow = self.block(&statement.body);
        for _ in 0..entered {
            self.record.leave();
        }
        flow
    }

    /// The handlers only add names that the body does not define: mostly they are imports for
    /// other versions.
    fn try_block(&mut self, statement: &'a StmtTry) -> Flow {
        let flow = self.block(&statement.body);
        let scope = self.scope;
        for handler in &statement.handlers {
            let ExceptHandler::ExceptHandler(handler) = handler;
            let before = self.heap.scopes[scope].names.clone();
            self.spend(before.len());
            let handled = self.block(&handler.body);
            self.perhaps(handled);
            self.heap.scopes[scope].names.extend(before);
        }
        let flow = match flow {
            Flow::Next => self.block(&statement.orelse),
            Flow::Stop => Flow::Next,
            flow => flow,
        };
        match self.block(&statement.finalbody) {
            Flow::Next => flow,
            last => last,
        }
    }

    /// Gives a target a value that the expression `from` had.
    pub(super) fn assign(&mut self, target: &'a Expr, value: Val, from: &'a Expr) {
        match target {
            Expr::Name(name) => self.set(name.id.as_str(), value),
            Expr::Tuple(tuple) => self.unpack(&tuple.elts, &value, from),
            Expr::List(list) => self.unpack(&list.elts, &value, from),
            Expr::Starred(starred) => self.assign(&starred.value, value, from),
            Expr::Attribute(attribute) => {
                let object = self.eval(&attribute.value);
                let spot = self.spot(from);
                self.set_attribute(&object, attribute.attr.as_str(), value, spot);
            }
            Expr::Subscript(subscript) => {
                let container = self.eval(&subscript.value);
                let key = self.eval(&subscript.slice);
                let spot = self.spot(from);
                self.set_item(&container, key, value, spot);
            }
            _ => {}
        }
    }

    fn unpack(&mut self, targets: &'a [Expr], value: &Val, from: &'a Expr) {
        let (items, open) = match value {
            Val::List(_) | Val::Dict(_) => self.items(value),
            _ => (Vec::new(), true),
        };
        let starred = targets.iter().position(Expr::is_starred_expr);
        for (index, target) in targets.iter().enumerate() {
            let after = targets.len() - index - 1;
            let value = match starred {
                Some(star) if index == star && !open => {
                    let end = items.len().saturating_sub(after).max(index);
                    let rest = items.get(index..end).unwrap_or_default().to_vec();
                    self.heap.list(rest, false)
                }
                Some(star) if index > star && !open => {
                    let at = items.len().checked_sub(after + 1);
                    at.and_then(|at| items.get(at)).map_or(Val::Unknown, |item| item.value.clone())
                }
                _ => items.get(index).map_or(Val::Unknown, |item| item.value.clone()),
            };
            self.deeper((), |this| this.assign(target, value, from));
        }
    }
}

/// Returns the names of two ways that meet again.
fn merge<'a>(one: HashMap<&'a str, Val>, mut two: HashMap<&'a str, Val>) -> HashMap<&'a str, Val> {
    for (name, value) in one {
        match two.remove(name) {
            Some(other) => two.insert(name, either(value, other)),
            None => two.insert(name, value),
        };
    }
    two
}
