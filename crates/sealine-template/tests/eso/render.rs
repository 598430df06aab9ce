//! Renders as Sealine does.

use sealine_template::{
    ErrorKind, FileId, Functions, Map, MapType, Options, Set, Text, Value, execute, parse,
};

use super::values::Values;

/// What the templates are called in both engines.
pub(crate) const KEY: &str = "k";

/// Returns the rendered bytes, or whether Go would refuse it, too, and the error.
pub(crate) fn render(values: &Values, text: &str) -> Result<Vec<u8>, (bool, String)> {
    let data = Map::new(MapType::Text);
    for (name, value) in values {
        data.set(name, Value::from(Text::from(value.clone())));
    }
    let options = Options::eso();
    let template = parse(KEY, text, Functions::eso()).map_err(|error| (true, error.to_string()))?;
    let set = Set::of(FileId(0), template);
    let rendered = execute(&set, KEY, &data.into(), &options).map_err(|error| {
        let is_final = !matches!(error.kind, ErrorKind::Unsupported | ErrorKind::Budget);
        (is_final, error.to_string())
    })?;
    Ok(rendered.bytes.unwrap_or_else(|| rendered.text.into_bytes()))
}
