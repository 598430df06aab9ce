//! Facts that others published.

/// What is read is written back as the same facts, whatever the file says.
pub(super) fn read_back(text: &str) {
    let Ok(published) = sealine_facts::read(text) else { return };
    let written = sealine_facts::write(&published);
    let again = sealine_facts::read(&written).unwrap_or_else(|fault| panic!("{fault}: {written}"));
    assert_eq!(sealine_facts::write(&again), written, "{text}");
}
