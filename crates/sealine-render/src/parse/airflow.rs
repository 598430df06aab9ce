//! Connections of Airflow, as its task SDK reads them.

use sealine_airflow::connection::{Connection, Extra, Json, parse};

use super::{Fields, Unread};

/// Returns the fields of a connection; those of `extra` by their paths.
pub(crate) fn fields(text: &str) -> Result<Fields, Unread> {
    // Python's messages may hold a part of the value.
    let connection: Connection = parse(text).map_err(|_| "Airflow cannot read it")?;
    let mut fields = Fields::new();
    for name in ["conn_type", "description", "host", "login", "password", "schema"] {
        if let Some(value) = connection.field(name) {
            walk(name, value, &mut fields);
        }
    }
    if let Some(port) = connection.port {
        fields.insert("port".to_owned(), port.to_string().into_bytes());
    }
    match &connection.extra {
        Some(Extra::Json(extra)) => walk("extra", extra, &mut fields),
        Some(Extra::Unreadable) => return Err("Airflow cannot read its `extra`"),
        None => {}
    }
    Ok(fields)
}

/// The reader of JSON stops at a depth of 128, so this may recurse.
fn walk(path: &str, value: &Json, fields: &mut Fields) {
    match value {
        Json::Text(text) => drop(fields.insert(path.to_owned(), text.as_bytes().to_vec())),
        Json::Object(members) => {
            members.iter().for_each(|(name, value)| walk(&format!("{path}.{name}"), value, fields));
        }
        Json::List(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(&format!("{path}.{index}"), item, fields);
            }
        }
        Json::Number(number) => {
            fields.insert(format!("{path}:number"), number.as_bytes().to_vec());
        }
        Json::Null | Json::Bool(_) => {
            let shown = if value.is_truthy() { "true" } else { "false" };
            fields.insert(format!("{path}:other"), shown.as_bytes().to_vec());
        }
    }
}
