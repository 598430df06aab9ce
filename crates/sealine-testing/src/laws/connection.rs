//! The values of Airflow's connections.

/// Any text is a connection or a fault, and neither shows a word of it.
pub(super) fn shows_no_value(text: &str) {
    let shown = match sealine_airflow::connection::parse(text) {
        Ok(connection) => format!("{connection:?}"),
        Err(fault) => format!("{fault} {fault:?}"),
    };
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    // Shorter words may be those of the message itself.
    for word in words.filter(|word| word.len() >= 16) {
        assert!(!shown.contains(word), "{word} in {shown}");
    }
}
