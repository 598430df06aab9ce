//! YAML documents, as programs in Go read them: version 1.1 of it.

use sealine_template::{Data, Value};

use super::{Fields, Unread};

/// How deep a document may nest.
const MAX_DEPTH: usize = 64;

/// Returns the scalars of a document by their paths; what is no text keeps its type.
pub(crate) fn fields(text: &str) -> Result<Fields, Unread> {
    let parsed = sealine_yaml::parse(text);
    let root = parsed.root().filter(|_| parsed.problems.is_empty()).ok_or("it is no YAML")?;
    let mut fields = Fields::new();
    walk("", &sealine_template::read::value(root, None), MAX_DEPTH, &mut fields);
    Ok(fields)
}

fn walk(path: &str, value: &Value, depth: usize, fields: &mut Fields) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let below =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match &value.data {
        Data::Map(map) => {
            for (name, value) in map.entries() {
                walk(&below(&name.to_str()), &value, depth, fields);
            }
        }
        Data::List(list) => {
            for (index, value) in list.items().iter().enumerate() {
                walk(&below(&index.to_string()), value, depth, fields);
            }
        }
        Data::Text(text) => drop(fields.insert(path.to_owned(), text.as_bytes().to_vec())),
        _ => {
            let shown = format!("{} {}", value.type_name(), value.is_true());
            fields.insert(format!("{path}:other"), shown.into_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_no_texts() {
        let fields = fields("a: on\nb: 'on'\nc: [x, 0755]\n").unwrap();
        let names: Vec<&str> = fields.keys().map(String::as_str).collect();
        assert_eq!(names, ["a:other", "b", "c.0", "c.1:other"]);
    }
}
