//! JSON documents, and the one that tells the credentials of registries.

use base64::Engine as _;
use serde_json::Value;

use super::{Fields, Unread};

/// Returns the scalars of a document by their paths; what is no text keeps its type.
pub(crate) fn fields(text: &str) -> Result<Fields, Unread> {
    let value: Value = serde_json::from_str(text).map_err(|_| "it is no JSON")?;
    let mut fields = Fields::new();
    walk("", &value, &mut fields);
    Ok(fields)
}

/// The reader of JSON stops at a depth of 128, so this may recurse.
fn walk(path: &str, value: &Value, fields: &mut Fields) {
    let below =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(entries) => {
            entries.iter().for_each(|(name, value)| walk(&below(name), value, fields));
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                walk(&below(&index.to_string()), value, fields);
            }
        }
        Value::String(text) => drop(fields.insert(path.to_owned(), text.as_bytes().to_vec())),
        other => drop(fields.insert(format!("{path}:other"), other.to_string().into_bytes())),
    }
}

/// Reads the credentials of registries; `auth` is `user:password` in base64.
pub(crate) fn registries(text: &str) -> Result<Fields, Unread> {
    let document: Value = serde_json::from_str(text).map_err(|_| "it is no JSON")?;
    let mut fields = Fields::new();
    walk("", &document, &mut fields);
    let auths = document.get("auths").and_then(Value::as_object).ok_or("it has no `auths`")?;
    for (registry, entry) in auths {
        let Some(auth) = entry.get("auth").and_then(Value::as_str).filter(|auth| !auth.is_empty())
        else {
            continue;
        };
        let pair = base64::engine::general_purpose::STANDARD.decode(auth);
        let pair = pair.map_err(|_| "`auth` is not in base64")?;
        if !pair.contains(&b':') {
            return Err("`auth` has no `:`");
        }
        // Nothing can make a user of it whose name has a `:`, so the pair is not taken apart.
        fields.insert(format!("auths.{registry}.auth"), pair);
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_registries() {
        let text = r#"{"auths": {"r.example": {"username": "u", "auth": "dTpwOnc="}}}"#;
        let fields = registries(text).unwrap();
        assert_eq!(fields["auths.r.example.auth"], b"u:p:w");
        assert!(registries(r#"{"auths": {"r": {"auth": "!"}}}"#).is_err());
        assert!(registries("{}").is_err());
    }

    #[test]
    fn types_are_told_apart() {
        let fields = fields(r#"{"a": "1", "b": 1, "c": [null]}"#).unwrap();
        let names: Vec<&str> = fields.keys().map(String::as_str).collect();
        assert_eq!(names, ["a", "b:other", "c.0:other"]);
    }
}
