//! What variables and expressions of a workflow stand for, as far as the file says.
//!
//! Invariant: a text with something unknown in it has no values; there are never more than
//! [`MANY`] of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use sealine_source::{Place, Source};
use sealine_yaml::Node;

/// How many values a text may have.
const MANY: usize = 64;

/// How many names of each kind are kept; workflows of people have a few dozen.
const NAMES: usize = 256;

/// How often a value may name another one.
const DEPTH: usize = 4;

/// Stands for the folder into which the repository is checked out.
pub(crate) const WORKSPACE: &str = "/workspace";

/// The names that are known at some point of a workflow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    env: Arc<BTreeMap<String, Variable>>,
    matrix: Arc<BTreeMap<String, Vec<String>>>,
    inputs: Arc<BTreeMap<String, Vec<String>>>,
}

/// An environment variable with the place of its value.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) values: Vec<String>,
    pub(crate) place: Option<Place>,
}

impl Scope {
    /// Adds the `env` of a workflow, job or step.
    pub(crate) fn add_env(&mut self, owner: &Node, source: &Source) {
        let Some(env) = owner.get("env") else { return };
        for entry in env.entries() {
            let (Some(name), Some(value)) = (entry.key.as_str(), entry.value.as_str()) else {
                continue;
            };
            self.set(name, vec![value.to_owned()], Some(source.place(entry.value.range)));
        }
    }

    /// Sets a variable.
    pub(crate) fn set(&mut self, name: &str, values: Vec<String>, place: Option<Place>) {
        if self.env.len() < NAMES || self.env.contains_key(name) {
            Arc::make_mut(&mut self.env).insert(name.to_owned(), Variable { values, place });
        }
    }

    /// Forgets a variable whose value is not known any more.
    pub(crate) fn forget(&mut self, name: &str) {
        if self.env.contains_key(name) {
            Arc::make_mut(&mut self.env).remove(name);
        }
    }

    /// Returns a variable.
    pub(crate) fn variable(&self, name: &str) -> Option<&Variable> {
        self.env.get(name)
    }

    /// Adds the `strategy.matrix` of a job.
    pub(crate) fn add_matrix(&mut self, job: &Node) {
        let Some(matrix) = job.at(&["strategy", "matrix"]) else { return };
        for entry in matrix.entries() {
            let Some(name) = entry.key.as_str() else { continue };
            for item in entry.value.items() {
                match name {
                    "exclude" => {}
                    "include" => self.add_matrix_item(None, item),
                    name => self.add_matrix_item(Some(name), item),
                }
            }
        }
    }

    fn add_matrix_item(&mut self, name: Option<&str>, item: &Node) {
        let matrix = Arc::make_mut(&mut self.matrix);
        let mut add = |name: String, value: &str| {
            if matrix.len() >= NAMES && !matrix.contains_key(&name) {
                return;
            }
            let values = matrix.entry(name).or_default();
            if values.len() < MANY && !values.iter().any(|known| known == value) {
                values.push(value.to_owned());
            }
        };
        if let (Some(name), Some(value)) = (name, item.as_str()) {
            add(name.to_owned(), value);
        }
        for entry in item.entries() {
            if let (Some(key), Some(value)) = (entry.key.as_str(), entry.value.as_str()) {
                add(name.map_or_else(|| key.to_owned(), |name| format!("{name}.{key}")), value);
            }
        }
    }

    /// Returns the scope inside an action or a reusable workflow: its inputs with the values given
    /// in `with`, or their defaults. Variables reach actions, not workflows.
    pub(crate) fn called(
        &self,
        declared: Option<&Node>,
        with: Option<&Node>,
        keep_env: bool,
    ) -> Self {
        let mut inside = Self::default();
        if keep_env {
            inside.env = Arc::clone(&self.env);
        }
        let mut inputs = BTreeMap::new();
        for entry in declared.into_iter().flat_map(Node::entries).take(NAMES) {
            let Some(name) = entry.key.as_str() else { continue };
            let given = with.and_then(|with| with.str_at(&[name]));
            let values = match given {
                Some(given) => self.expand(given),
                None => entry.value.str_at(&["default"]).map(|default| vec![default.to_owned()]),
            };
            inputs.extend(values.map(|values| (name.to_owned(), values)));
        }
        inside.inputs = Arc::new(inputs);
        inside
    }

    /// Returns all values that a text may have; `None` when that is not known.
    pub(crate) fn expand(&self, text: &str) -> Option<Vec<String>> {
        self.expand_below(text, DEPTH)
    }

    fn expand_below(&self, text: &str, depth: usize) -> Option<Vec<String>> {
        let mut values = vec![String::new()];
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            let (before, behind) = (rest.get(..at)?, rest.get(at..)?);
            let (found, length) = self.reference(behind, depth.checked_sub(1)?)?;
            let found = if values.len() * found.len() > MANY { return None } else { found };
            values = values
                .iter()
                .flat_map(|value| found.iter().map(move |found| format!("{value}{before}{found}")))
                .collect();
            rest = behind.get(length..)?;
        }
        for value in &mut values {
            value.push_str(rest);
        }
        Some(values)
    }

    /// Resolves the reference that `text` begins with; returns its values and its length.
    fn reference(&self, text: &str, depth: usize) -> Option<(Vec<String>, usize)> {
        if let Some(inner) = text.strip_prefix("${{") {
            let end = inner.find("}}")?;
            let values = self.expression(inner.get(..end)?.trim(), depth)?;
            return Some((values, end + 5));
        }
        let (name, length) = if let Some(inner) = text.strip_prefix("${") {
            let end = inner.find('}')?;
            (inner.get(..end)?, end + 3)
        } else {
            let inner = text.strip_prefix('$')?;
            let end = inner
                .find(|next: char| !next.is_ascii_alphanumeric() && next != '_')
                .unwrap_or(inner.len());
            (inner.get(..end)?, end + 1)
        };
        Some((self.named(name, depth)?, length))
    }

    fn named(&self, name: &str, depth: usize) -> Option<Vec<String>> {
        if name == "GITHUB_WORKSPACE" {
            return Some(vec![WORKSPACE.to_owned()]);
        }
        let mut found = Vec::new();
        for value in &self.env.get(name)?.values {
            found.extend(self.expand_below(value, depth)?);
        }
        (found.len() <= MANY).then_some(found)
    }

    fn expression(&self, expression: &str, depth: usize) -> Option<Vec<String>> {
        if expression == "github.workspace" {
            return Some(vec![WORKSPACE.to_owned()]);
        }
        let (context, name) = expression.split_once('.')?;
        match context {
            "matrix" => self.matrix.get(name).cloned(),
            "inputs" => self.inputs.get(name).cloned(),
            "env" => self.named(name, depth),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealine_source::FileName;
    use sealine_yaml::parse;

    fn source() -> Source {
        Source::new(FileName::new("r", "f"), "")
    }

    #[test]
    fn texts_stand_for_all_their_values_or_none() {
        let job = parse(
            "env: {BASE: infra, FULL: '$BASE/x'}\nstrategy:\n  matrix:\n    root: [a, b]\n    part:\n    - {name: p}\n    include:\n    - root: c\n",
        );
        let job = job.root().unwrap();
        let mut scope = Scope::default();
        scope.add_env(job, &source());
        scope.add_matrix(job);
        let shown = |text: &str| scope.expand(text).map(|values| values.join(" "));
        assert_eq!(
            shown("${{ env.BASE }}/${{ matrix.root }}").as_deref(),
            Some("infra/a infra/b infra/c")
        );
        assert_eq!(shown("$FULL/${{matrix.part.name}}").as_deref(), Some("infra/x/p"));
        assert_eq!(shown("$GITHUB_WORKSPACE/${BASE}").as_deref(), Some("/workspace/infra"));
        assert_eq!(shown("${{ matrix.nope }}"), None);
        assert_eq!(shown("${{ matrix.root || 'x' }}"), None);
        assert_eq!(shown("$(pwd)"), None);
    }

    #[test]
    fn a_variable_that_names_itself_is_unknown() {
        let job = parse("env: {A: $A}");
        let mut scope = Scope::default();
        scope.add_env(job.root().unwrap(), &source());
        assert_eq!(scope.expand("$A"), None);
    }
}
