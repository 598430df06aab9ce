//! The law of plans: whatever a plan is broken to, it is read and judged without a panic, and no value
//! that is marked as a secret is told, wherever else it stands.

use std::fmt::Write as _;

use sealine_drift::laws::said;
use serde_json::Value;

/// Holds the law for these bytes.
///
/// # Panics
///
/// When they break it.
pub(crate) fn holds(bytes: &[u8]) {
    let _ = said(bytes);
    let Ok(mut plan) = serde_json::from_slice::<Value>(bytes) else { return };
    let mut planted = Planted { count: 0 };
    for change in changes(&mut plan) {
        planted.change(change);
    }
    if planted.count == 0 {
        return;
    }
    // What is known as a secret may stand in any other text, too.
    let mut copies = Copies { left: planted.count };
    for change in changes(&mut plan) {
        copies.change(change);
    }
    let said = said(plan.to_string().as_bytes());
    assert!(!said.contains("planted-"), "{said}\nof\n{plan}");
}

/// All changes of resources and outputs.
fn changes(plan: &mut Value) -> Vec<&mut Value> {
    let mut found = Vec::new();
    for (key, value) in plan.as_object_mut().into_iter().flatten() {
        match (key.as_str(), value) {
            ("resource_drift" | "resource_changes", Value::Array(items)) => {
                found.extend(items.iter_mut().filter_map(|item| item.get_mut("change")));
            }
            ("output_changes", Value::Object(entries)) => found.extend(entries.values_mut()),
            _ => {}
        }
    }
    found
}

/// Replaces each text that is marked by one that stands nowhere else.
struct Planted {
    count: usize,
}

impl Planted {
    fn change(&mut self, change: &mut Value) {
        for side in ["before", "after"] {
            let marks = change.get(format!("{side}_sensitive")).cloned().unwrap_or_default();
            if let Some(value) = change.get_mut(side) {
                self.marked(value, &marks);
            }
        }
    }

    fn marked(&mut self, value: &mut Value, marks: &Value) {
        match (value, marks) {
            (value, Value::Bool(true)) => self.all(value),
            (Value::Object(entries), Value::Object(marks)) => {
                for (key, value) in entries {
                    if let Some(marks) = marks.get(key) {
                        self.marked(value, marks);
                    }
                }
            }
            (Value::Array(items), Value::Array(marks)) => {
                items.iter_mut().zip(marks).for_each(|(item, marks)| self.marked(item, marks));
            }
            _ => {}
        }
    }

    fn all(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => {
                text.clear();
                let _ = write!(text, "planted-{}-value", self.count);
                self.count += 1;
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.all(item)),
            Value::Object(entries) => entries.values_mut().for_each(|value| self.all(value)),
            _ => {}
        }
    }
}

/// Puts what was planted into other texts.
struct Copies {
    left: usize,
}

impl Copies {
    fn change(&mut self, change: &mut Value) {
        for side in ["before", "after"] {
            if let Some(value) = change.get_mut(side) {
                self.value(value);
            }
        }
    }

    fn value(&mut self, value: &mut Value) {
        match value {
            Value::String(text) if !text.contains("planted-") && self.left > 0 => {
                self.left -= 1;
                let _ = write!(text, " \"planted-{}-value\"", self.left);
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(entries) => entries.values_mut().for_each(|value| self.value(value)),
            _ => {}
        }
    }
}
