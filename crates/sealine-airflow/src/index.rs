//! Which statements of a module define which of its names.
//!
//! Invariant: a module has an index only when its statements can run one by one, in any order, as
//! their names are needed: definitions, imports and plain constants. Large trees share modules of
//! which a DAG needs a name or two.

use std::collections::HashMap;

use ruff_python_ast::{Expr, Stmt};

/// The statements of a module by the names they define.
#[derive(Debug, Default)]
pub(crate) struct Index {
    by_name: HashMap<String, Vec<usize>>,
    /// Statements that run first, whatever is needed: `from x import *`.
    pub(crate) first: Vec<usize>,
}

impl Index {
    /// Returns the statements that define `name`, in order.
    pub(crate) fn statements(&self, name: &str) -> &[usize] {
        self.by_name.get(name).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Returns the index of a module, when it can have one.
pub(crate) fn index(body: &[Stmt]) -> Option<Index> {
    let mut index = Index::default();
    for (at, statement) in body.iter().enumerate() {
        let mut names: Vec<&str> = Vec::new();
        if !defines(statement, &mut names) {
            return None;
        }
        if names.contains(&"*") {
            index.first.push(at);
        }
        for name in names {
            index.by_name.entry(name.to_owned()).or_default().push(at);
        }
    }
    Some(index)
}

/// Adds the names that a statement defines; false when it does anything else.
fn defines<'s>(statement: &'s Stmt, names: &mut Vec<&'s str>) -> bool {
    match statement {
        Stmt::FunctionDef(def) => names.push(def.name.as_str()),
        Stmt::ClassDef(def) => names.push(def.name.as_str()),
        Stmt::Import(import) => names.extend(import.names.iter().map(|alias| {
            let whole = alias.name.as_str();
            match &alias.asname {
                Some(name) => name.as_str(),
                None => whole.split('.').next().unwrap_or(whole),
            }
        })),
        Stmt::ImportFrom(import) => names.extend(
            import.names.iter().map(|alias| alias.asname.as_ref().unwrap_or(&alias.name).as_str()),
        ),
        Stmt::Assign(assign) => return assign.targets.iter().all(|target| targets(target, names)),
        Stmt::AnnAssign(assign) => return targets(&assign.target, names),
        Stmt::Expr(expression) => return is_idle(&expression.value),
        Stmt::Pass(_) | Stmt::TypeAlias(_) | Stmt::Assert(_) => {}
        // Imports for other versions.
        Stmt::Try(block) => {
            let imports = |body: &[Stmt]| {
                body.iter()
                    .all(|statement| matches!(statement, Stmt::Import(_) | Stmt::ImportFrom(_)))
            };
            return imports(&block.body)
                && block.orelse.is_empty()
                && block.finalbody.is_empty()
                && block.body.iter().all(|statement| defines(statement, names))
                && block.handlers.iter().all(|handler| {
                    let ruff_python_ast::ExceptHandler::ExceptHandler(handler) = handler;
                    let body = &handler.body;
                    body.iter().all(|statement| {
                        matches!(
                            statement,
                            Stmt::Import(_) | Stmt::ImportFrom(_) | Stmt::Assign(_) | Stmt::Pass(_)
                        ) && defines(statement, names)
                    })
                });
        }
        Stmt::If(test) => return test.elif_else_clauses.is_empty() && never(&test.test),
        _ => return false,
    }
    true
}

fn targets<'s>(target: &'s Expr, names: &mut Vec<&'s str>) -> bool {
    match target {
        Expr::Name(name) => {
            names.push(name.id.as_str());
            true
        }
        Expr::Tuple(tuple) => tuple.elts.iter().all(|target| match target {
            Expr::Name(name) => {
                names.push(name.id.as_str());
                true
            }
            _ => false,
        }),
        _ => false,
    }
}

/// Whether a statement's expression changes nothing that is followed: a docstring, logging.
fn is_idle(expression: &Expr) -> bool {
    match expression {
        Expr::StringLiteral(_) | Expr::EllipsisLiteral(_) => true,
        Expr::Call(call) => {
            let mut root = &*call.func;
            while let Expr::Attribute(attribute) = root {
                root = &attribute.value;
            }
            matches!(root, Expr::Name(name) if matches!(
                name.id.as_str(),
                "logging" | "logger" | "log" | "LOG" | "LOGGER" | "warnings" | "sys" | "print"
                    | "load_dotenv" | "urllib3"
            ))
        }
        _ => false,
    }
}

/// Whether a condition is never true where DAGs are read.
fn never(test: &Expr) -> bool {
    match test {
        Expr::Name(name) => name.id.as_str() == "TYPE_CHECKING",
        Expr::Attribute(attribute) => attribute.attr.as_str() == "TYPE_CHECKING",
        Expr::Compare(compare) => {
            matches!(&*compare.left, Expr::Name(name) if name.id.as_str() == "__name__")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;
    use sealine_source::{FileName, Source};
    use std::sync::Arc;

    fn indexed(text: &str) -> Option<Index> {
        let source = Arc::new(Source::new(FileName::new("r", "a.py"), text));
        index(&parse(&source).body)
    }

    #[test]
    fn plain_modules_have_an_index() {
        let found = indexed(
            "\"\"\"Doc.\"\"\"\nimport a.b, c as d\nfrom e import f as g, h\nfrom i import *\n\
             X = 1\nY, Z = 1, 2\nX = X + 1\ndef f(): pass\nclass C: pass\n\
             try:\n  import j\nexcept ImportError:\n  j = None\n\
             if TYPE_CHECKING:\n  import k\nlogger.info('x')\n",
        );
        let found = found.unwrap();
        assert_eq!(found.first, [3]);
        assert_eq!(found.statements("X"), [4, 6]);
        for name in ["a", "d", "g", "h", "Y", "Z", "f", "C", "j"] {
            assert!(!found.statements(name).is_empty(), "{name}");
        }
        assert!(found.statements("k").is_empty());
    }

    #[test]
    fn what_changes_something_else_has_none() {
        for text in [
            "X = []\nX.append(1)\n",
            "X += 1\n",
            "for x in y: pass\n",
            "X['a'] = 1\n",
            "if z:\n  X = 1\n",
            "with a: pass\n",
            "del x\n",
        ] {
            assert!(indexed(text).is_none(), "{text}");
        }
    }
}
