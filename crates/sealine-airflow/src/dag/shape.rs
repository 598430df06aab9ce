//! The shape of an `executor_config`.
//!
//! Invariant: a fault is only told of what is certain.

use sealine_model::Value;
use sealine_model::airflow::{PodOverride, ShapeFault};

use crate::evaluate::{Arg, Evaluator, Val, text_of};

/// What the shape of an `executor_config` says.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub(super) overrides: Vec<PodOverride>,
    /// The namespace that the override moves the pod to.
    pub(super) namespace: Option<Value>,
}

impl Evaluator<'_> {
    pub(super) fn shape(&self, config: &Arg) -> Shape {
        let mut shape = Shape::default();
        let Val::Dict(id) = &config.value else { return shape };
        if let Some((key, old)) = self.heap.entry(*id, "KubernetesExecutor")
            && self.truth(&old.value) == Some(true)
        {
            let (place, _) = self.written(&text_of(key), old.spot);
            shape.overrides.push(PodOverride { place, fault: Some(ShapeFault::OldKey) });
            return shape;
        }
        let Some((_, pod)) = self.heap.entry(*id, "pod_override") else { return shape };
        let place = self.place(pod.spot);
        match &pod.value {
            Val::Dict(_) if self.truth(&pod.value) == Some(true) => {
                shape.overrides.push(PodOverride { place, fault: Some(ShapeFault::Dict) });
            }
            Val::Object(_) => {
                shape.namespace = self.pod_namespace(&pod.value);
                let fault = self.first_container(&pod.value);
                let (place, fault) = match fault {
                    Some((place, name)) => (place, Some(ShapeFault::FirstContainer(name))),
                    None => (place, None),
                };
                shape.overrides.push(PodOverride { place, fault });
            }
            Val::None => {}
            _ => shape.overrides.push(PodOverride { place, fault: None }),
        }
        shape
    }

    /// Returns the namespace of a pod; `None` when it does not say one.
    pub(super) fn pod_namespace(&self, pod: &Val) -> Option<Value> {
        let metadata = &self.member(pod, "metadata")?.value;
        match metadata {
            Val::Object(_) | Val::Dict(_) => {
                let namespace = &self.member(metadata, "namespace")?.value;
                let known = super::connections::without_jinja(&text_of(namespace));
                (*namespace != Val::None).then_some(known)
            }
            Val::None => None,
            _ => Some(Value::unknown()),
        }
    }

    /// Returns the name of the first container, when it is known and is not `base`.
    fn first_container(&self, pod: &Val) -> Option<(sealine_source::Place, String)> {
        let spec = self.member(pod, "spec")?;
        let Val::List(containers) = self.member(&spec.value, "containers")?.value else {
            return None;
        };
        let first = self.heap.lists[containers].items.first()?;
        let name = self.member(&first.value, "name")?;
        let Val::Text(text) = &name.value else { return None };
        let known = text.text().filter(|known| known != "base")?;
        Some((self.written(text, name.spot).0, known))
    }

    /// Returns a field of a typed object or of a dict that stands for one.
    fn member(&self, value: &Val, name: &str) -> Option<&Arg> {
        match value {
            Val::Object(id) => self.heap.arg(*id, name),
            Val::Dict(id) => self.heap.entry(*id, name).map(|entry| &entry.1),
            _ => None,
        }
    }
}
