//! `*` for any text, in names of projects and owners.

pub use sealine_source::stars::fits;

/// Returns whether one of the patterns fits.
pub fn any(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| fits(pattern, text))
}
