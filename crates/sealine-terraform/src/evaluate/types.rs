//! Conversion of a variable's value to its declared type: defaults of optional attributes, sets,
//! strings.
//!
//! Invariant: a value that does not fit stays as it is; Terraform refuses it, the reader goes on.

use super::{Evaluator, Scope};
use crate::data::{Data, Kind, MapEntry};
use crate::syntax::{Expression, ExpressionKind, ObjectItem};

/// Converts a value to the type that `constraint` writes.
pub(crate) fn convert<'w>(
    evaluator: &Evaluator<'w>,
    scope: &Scope<'w>,
    data: Data,
    constraint: &Expression,
) -> Data {
    let fallback = data.clone();
    let mut converted = None;
    evaluator.deeper(|| {
        converted = Some(convert_kind(evaluator, scope, data, constraint));
        Data::unknown()
    });
    converted.unwrap_or(fallback)
}

fn convert_kind<'w>(
    evaluator: &Evaluator<'w>,
    scope: &Scope<'w>,
    data: Data,
    constraint: &Expression,
) -> Data {
    match &constraint.bare().kind {
        ExpressionKind::Name(name) => primitive(data, name),
        ExpressionKind::Call { name, arguments, .. } => match (&**name, &**arguments) {
            ("optional", [inner, ..]) => convert(evaluator, scope, data, inner),
            ("list", [inner]) => collection(evaluator, scope, data, inner, false),
            ("set", [inner]) => collection(evaluator, scope, data, inner, true),
            ("map", [inner]) => map(evaluator, scope, data, inner),
            ("object", [inner]) => match &inner.kind {
                ExpressionKind::Object(items) => object(evaluator, scope, data, items),
                _ => data,
            },
            _ => data,
        },
        _ => data,
    }
}

fn primitive(data: Data, name: &str) -> Data {
    let kind = match name {
        "string" if matches!(data.kind, Kind::Bool(_) | Kind::Number(_)) => {
            data.to_text().map(Kind::Text)
        }
        "number" if matches!(data.kind, Kind::Text(_)) => data.as_number().map(Kind::Number),
        "bool" if matches!(data.kind, Kind::Text(_)) => data.as_bool().map(Kind::Bool),
        _ => None,
    };
    match kind {
        Some(kind) => Data { kind, ..data },
        None => data,
    }
}

fn collection<'w>(
    evaluator: &Evaluator<'w>,
    scope: &Scope<'w>,
    data: Data,
    inner: &Expression,
    to_set: bool,
) -> Data {
    let Some(known) = data.as_items().filter(|known| evaluator.spend(known.values.len())) else {
        return data;
    };
    let convert_item = |item: &Data| convert(evaluator, scope, item.clone(), inner);
    let items = known.values.iter().map(convert_item).collect();
    let kind = if to_set { Kind::set(items, known.open) } else { Kind::list(items, known.open) };
    Data { kind, ..data }
}

fn map<'w>(evaluator: &Evaluator<'w>, scope: &Scope<'w>, data: Data, inner: &Expression) -> Data {
    let Some(known) = data.as_map().filter(|known| evaluator.spend(known.entries.len())) else {
        return data;
    };
    let convert_entry = |entry: &MapEntry| MapEntry {
        value: convert(evaluator, scope, entry.value.clone(), inner),
        ..entry.clone()
    };
    let entries = known.entries.iter().map(convert_entry).collect();
    Data { kind: Data::map(entries, known.open).kind, ..data }
}

/// Fills in what `optional(type, default)` says of missing attributes.
fn object<'w>(
    evaluator: &Evaluator<'w>,
    scope: &Scope<'w>,
    data: Data,
    items: &[ObjectItem],
) -> Data {
    let Some(known) = data.as_map().filter(|_| evaluator.spend(items.len())) else { return data };
    let mut entries = Vec::new();
    for item in items {
        let Some(name) = item.key.word() else { continue };
        let optional = optional_arguments(&item.value);
        let default = optional.and_then(|arguments| arguments.get(1));
        let entry = match (known.get(&name), default) {
            (Some(entry), Some(default)) if entry.value.is_null() => {
                MapEntry { value: evaluator.evaluate(scope, default), ..entry.clone() }
            }
            (Some(entry), _) => entry.clone(),
            (None, Some(default)) => MapEntry::new(name, evaluator.evaluate(scope, default)),
            (None, None) if optional.is_some() => MapEntry::new(name, Data::new(Kind::Null)),
            (None, None) => continue,
        };
        let value = convert(evaluator, scope, entry.value.clone(), &item.value);
        entries.push(MapEntry { value, ..entry });
    }
    Data { kind: Data::map(entries, known.open).kind, ..data }
}

/// Returns the arguments of `optional`, for an attribute that is.
fn optional_arguments(constraint: &Expression) -> Option<&[Expression]> {
    match &constraint.bare().kind {
        ExpressionKind::Call { name, arguments, .. } if &**name == "optional" => Some(arguments),
        _ => None,
    }
}
