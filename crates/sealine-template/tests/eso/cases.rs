//! Reads tables of templates: one a line, `¶` for a line end, `#` before what is no template.

/// Returns the templates of a table in their order.
pub(crate) fn read(table: &str) -> Vec<String> {
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.replace('¶', "\n")).collect()
}
