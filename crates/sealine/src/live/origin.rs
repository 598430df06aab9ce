//! What a live command reads from standard input.

use std::io::Read as _;

use sealine_model::SecretValue;

use crate::failure::Failure;

/// Reads a state, or what `output -json` printed, from standard input.
pub(crate) fn standard_input() -> Result<SecretValue, Failure> {
    let limit = sealine_state::fetch::LARGEST as u64;
    let mut text = Vec::new();
    let read = std::io::stdin().lock().take(limit + 1).read_to_end(&mut text);
    let text = SecretValue::new(text);
    match read {
        Ok(_) if text.expose().len() as u64 <= limit => Ok(text),
        Ok(_) => Err(Failure::new("standard input is larger than 1 GiB")),
        Err(error) => Err(Failure::new("cannot read standard input").because(error)),
    }
}
