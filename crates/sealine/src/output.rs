//! Standard output for results, standard error for everything else.

use std::io::{IsTerminal as _, Write as _};

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
    let text = sealine_report::for_terminal(text);
    let _ = writeln!(anstream::AutoStream::auto(std::io::stderr()), "{text}");
}

/// Returns whether standard output may be coloured.
pub(crate) fn may_color() -> bool {
    match anstream::ColorChoice::global() {
        anstream::ColorChoice::Never => false,
        anstream::ColorChoice::Always | anstream::ColorChoice::AlwaysAnsi => true,
        anstream::ColorChoice::Auto => {
            let stream = std::io::stdout();
            stream.is_terminal()
                && anstream::AutoStream::choice(&stream) != anstream::ColorChoice::Never
        }
    }
}
