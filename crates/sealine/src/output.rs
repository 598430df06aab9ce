//! Standard output for results, standard error for everything else.

use std::io::Write as _;

use crate::failure::Failure;

/// Writes a result to standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::AutoStream::auto(std::io::stdout());
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Writes a note to standard error. A closed standard error is nobody's fault.
pub(crate) fn note(text: &str) {
    let text = sealine_report::for_terminal(&sealine_report::covered_words(text));
    let _ = writeln!(anstream::AutoStream::auto(std::io::stderr()), "{text}");
}

/// Writes a result to a file.
pub(crate) fn write_file(path: &std::path::Path, text: &str) -> Result<(), Failure> {
    sealine_engine::write::replace(path, text.as_bytes())
        .map_err(|error| Failure::new(format!("cannot write `{}`", path.display())).because(error))
}

/// Returns JSON as it is written.
pub(crate) fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// Returns whether standard output may be coloured: what the user said, else `NO_COLOR` and its
/// kin, else whether it is a terminal.
pub(crate) fn may_color() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}
