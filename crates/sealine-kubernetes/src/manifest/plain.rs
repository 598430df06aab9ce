//! Settings of Airflow that stand in plain text where other connections come from Secrets.
//!
//! Invariant: the name of a setting is noted, and never its value.

use sealine_model::airflow::{PlainVariable, VARIABLES};
use sealine_model::tree::Tree;
use sealine_model::{Facts, Value};
use sealine_source::Place;

use super::names::name_at;
use super::object::Object;
use super::reads::Reader;

/// Options of `airflow.cfg` that name a secrets backend, as the values of charts hold them, and the
/// variables that say the same.
const BACKENDS: &[(&str, &str, &str)] = &[
    ("secrets", "backend", "AIRFLOW__SECRETS__BACKEND"),
    ("workers", "secrets_backend", "AIRFLOW__WORKERS__SECRETS_BACKEND"),
];

/// Notes an item of a list of variables: `{name: AIRFLOW_CONN_CRM, value: …}`.
pub(crate) fn item(item: &Tree, reader: &Reader, out: &mut Facts) {
    if let (Some(name), Some(Tree::Scalar { place, .. })) =
        (name_at(item, "name"), item.get("value"))
    {
        let place = item.get("name").and_then(Tree::place).unwrap_or(place);
        note(name, place, reader, out);
    }
}

/// Notes members of a map that are named like variables: `AIRFLOW_CONN_CRM: …`.
pub(crate) fn members(map: &Tree, reader: &Reader, out: &mut Facts) {
    for entry in map.entries() {
        if matches!(entry.value, Tree::Scalar { .. }) {
            note(
                Value::known(entry.key.clone(), Some(entry.place.clone())),
                &entry.place,
                reader,
                out,
            );
        }
    }
}

/// Notes the secrets backend that a section of `config` sets.
pub(crate) fn section(name: &str, section: &Tree, reader: &Reader, out: &mut Facts) {
    for (_, option, variable) in BACKENDS.iter().filter(|(of, ..)| *of == name) {
        let Some(Tree::Scalar { value, place }) = section.get(option) else { continue };
        if value.text().is_none_or(|text| !text.trim().is_empty()) {
            note(Value::from(*variable), place, reader, out);
        }
    }
}

/// Notes the keys of a `ConfigMap`, which pods read as a whole.
pub(crate) fn config_map(object: &Object<'_>, reader: &Reader, out: &mut Facts) {
    if let Some(data) = object.tree.get("data") {
        members(data, reader, out);
    }
}

fn note(name: Value, place: &Place, reader: &Reader, out: &mut Facts) {
    if name.head().starts_with(VARIABLES) {
        let (scope, consumer) = (reader.scope.clone(), reader.consumer.clone());
        out.plain_variables.push(PlainVariable { scope, consumer, name, place: place.clone() });
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::read;

    fn names(text: &str) -> Vec<String> {
        let found = read(text).0.plain_variables;
        found.iter().map(|found| format!("{}: {}", found.place.line, found.name)).collect()
    }

    #[test]
    fn pods_and_maps_are_read_and_other_variables_are_not() {
        let text = "apiVersion: apps/v1
kind: Deployment
metadata: {name: scheduler}
spec:
  template:
    spec:
      containers:
        - name: scheduler
          env:
            - {name: AIRFLOW_CONN_CRM, value: 'http://crm'}
            - {name: AIRFLOW_CONN_ERP, valueFrom: {secretKeyRef: {name: erp, key: uri}}}
            - {name: HOME, value: /root}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: connections}
data:
  AIRFLOW_CONN_HR: 'http://hr'
  LANG: C
";
        assert_eq!(names(text), ["10: AIRFLOW_CONN_CRM", "18: AIRFLOW_CONN_HR"]);
    }
}
