//! Pod templates: YAML files of the tree that tasks name by their path on a worker.
//!
//! Invariant: a file is only taken for the template when nothing else of the tree can be meant.

use std::rc::Rc;
use std::sync::Arc;

use sealine_model::{Piece, Value};
use sealine_source::Source;
use sealine_yaml::{Node, NodeValue, Parsed, Scalar, parse};

use super::connections::without_jinja;
use super::record::Task;
use super::secrets::{Around, Found};
use crate::evaluate::{Arg, Evaluator, Spot, Val, named_item, text_of};

impl Evaluator<'_> {
    /// Reads the templates that tasks name.
    pub(super) fn read_templates(&mut self) {
        let mut paths: Vec<Arg> = Vec::new();
        for task in &self.record.tasks {
            paths.extend(self.effective(task, "pod_template_file"));
            let config = self.effective(task, "executor_config");
            paths.extend(config.iter().flat_map(|config| self.templates_in(config)));
        }
        for dag in &self.record.dags {
            if let Some(Val::Dict(defaults)) = dag.defaults
                && let Some((_, config)) = self.heap.entry(defaults, "executor_config")
            {
                paths.extend(self.templates_in(config));
            }
        }
        for path in paths {
            for value in path.value.choices() {
                let Some(source) = self.template_file(value) else { continue };
                if self.record.templates.contains_key(source.path()) {
                    continue;
                }
                let parsed = parse(source.text());
                let read = match pod_of(&parsed) {
                    Some(pod) => self.manifest(pod, &source, path.spot),
                    None => Val::Unknown,
                };
                self.looked.insert(source.path().to_owned());
                self.record.templates.insert(source.path().to_owned(), read);
            }
        }
    }

    /// Returns the paths that an `executor_config` names.
    pub(super) fn templates_in(&self, config: &Arg) -> Vec<Arg> {
        let dicts = config.value.choices().iter().filter_map(|value| match value {
            Val::Dict(id) => self.heap.entry(*id, "pod_template_file"),
            _ => None,
        });
        dicts.map(|(_, path)| path.clone()).collect()
    }

    /// Searches the templates that a path may mean.
    pub(super) fn search_template(&self, path: &Arg, around: &Around, found: &mut Found) {
        let values = path.value.choices();
        let mut around = around.clone();
        around.sure &= values.len() == 1;
        for value in values {
            if *value == Val::None {
                continue;
            }
            match self.template(value) {
                Some(pod) => {
                    let pod = Arg { value: pod, spot: path.spot };
                    self.search(&pod, "pod_template_dict", &around, found);
                }
                None => found.templates.push((text_of(value), path.spot)),
            }
        }
    }

    /// Returns the namespace in the template of a pod that an operator starts, where a template may
    /// say one.
    pub(super) fn template_namespace(&self, task: &Task) -> Option<Value> {
        match self.effective(task, "pod_template_file")?.value {
            Val::None => None,
            path => match self.template(&path) {
                Some(pod) => self.pod_namespace(&pod),
                None => Some(Value::unknown()),
            },
        }
    }

    fn template(&self, path: &Val) -> Option<Val> {
        let source = self.template_file(path)?;
        let read = self.record.templates.get(source.path())?;
        (*read != Val::Unknown).then(|| read.clone())
    }

    /// Returns the file of the tree that a path on a worker means.
    fn template_file(&self, path: &Val) -> Option<Arc<Source>> {
        let Val::Text(text) = path else { return None };
        let path = without_jinja(text);
        let mut tail = String::new();
        let mut is_whole = true;
        for piece in path.pieces() {
            match piece {
                Piece::Literal { text, .. } => tail.push_str(text),
                Piece::Hole => {
                    tail.clear();
                    is_whole = false;
                }
            }
        }
        let mut parts: Vec<&str> = Vec::new();
        // What stands right after a hole may be the end of a name.
        for part in tail.split('/').skip(usize::from(!is_whole)) {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        self.tree.yaml_file(&parts).cloned()
    }

    /// Returns a manifest as a dict, its texts with their places.
    fn manifest(&mut self, node: &Node, source: &Source, spot: Spot) -> Val {
        self.deeper(Val::Unknown, |this| match &node.value {
            NodeValue::Null => Val::None,
            NodeValue::Scalar(scalar) => match node.as_bool() {
                Some(truth) => Val::Bool(truth),
                None => Val::Text(Rc::new(text(scalar, source))),
            },
            NodeValue::Sequence(items) => {
                let items = items.iter();
                let items =
                    items.map(|item| Arg { value: this.manifest(item, source, spot), spot });
                let items = items.collect();
                this.heap.list(items, false)
            }
            NodeValue::Mapping(_) => {
                let items = node.entries().filter_map(|entry| {
                    let key = entry.key.as_str()?;
                    let value = this.manifest(&entry.value, source, spot);
                    Some(named_item(key, Arg { value, spot }))
                });
                let items = items.collect();
                this.heap.dict(items, false)
            }
        })
    }
}

/// Returns the pod of a file.
fn pod_of(parsed: &Parsed) -> Option<&Node> {
    let mut roots = parsed.documents.iter().map(|document| &document.root);
    roots.find(|root| {
        let is_pod = root.str_at(&["kind"]).is_none_or(|kind| kind == "Pod");
        is_pod && root.at(&["spec", "containers"]).is_some()
    })
}

fn text(scalar: &Scalar, source: &Source) -> Value {
    let range = scalar.source_range(0, scalar.text.len());
    Value::known(scalar.text.as_str(), range.map(|range| source.place(range)))
}
