//! Programs that print a key or a credential: `SOPS_AGE_KEY_CMD`, `az`, a `credential_process` of AWS.
//!
//! Invariant: what runs is named by the user's own environment and configuration, never by a file of
//! the project, and is looked for on the `PATH` outside the repository. What it prints is a secret;
//! what it says on standard error is shown cleaned.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;

use sealine_http::escaped;
use sealine_model::SecretValue;
use sealine_process::{self as process, Call};

use crate::Services;

/// How long a program may take: somebody may have to touch a device.
const LIMIT: Duration = Duration::from_mins(1);

/// How much it may print.
const MOST: usize = 1 << 20;

/// Runs a command line for a recipient's key and returns what it prints.
///
/// # Errors
///
/// Says why there is nothing.
pub async fn key(line: &str, recipient: &str, services: &Services) -> Result<SecretValue, String> {
    let words = words(line).ok_or("a quote in it is not closed")?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    output(&words, &[("SOPS_AGE_RECIPIENT", recipient)], services).await
}

/// Runs a program and returns what it prints.
///
/// # Errors
///
/// Says why there is nothing.
pub async fn output(
    words: &[&str],
    variables: &[(&str, &str)],
    services: &Services,
) -> Result<SecretValue, String> {
    let (name, arguments) = words.split_first().ok_or("not set")?;
    let surroundings = services.surroundings();
    let path = OsStr::new(services.variable("PATH").unwrap_or_default());
    let configured = name.contains('/').then(|| Path::new(name));
    let program = process::find(name, configured, path, &surroundings.folder);
    let program = program.map_err(|error| told(&error))?;
    let environment = surroundings.environment.iter();
    // It is asked for a key, so it needs none.
    let environment = environment.filter(|(name, _)| *name != "SOPS_AGE_KEY");
    let mut environment: BTreeMap<OsString, OsString> =
        environment.map(|(name, value)| (name.into(), value.into())).collect();
    environment.extend(variables.iter().map(|(name, value)| (name.into(), value.into())));
    let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
    let call = Call {
        program: &program,
        arguments: &arguments,
        folder: &surroundings.folder,
        environment: &environment,
        limit: LIMIT,
        most: MOST,
    };
    let ended = process::run(&call).await.map_err(|error| told(&error))?;
    match ended.code {
        Some(0) => Ok(ended.output),
        Some(code) => Err(format!("ended with exit code {code}{}", said(&ended.last_words))),
        None => Err("was ended by a signal".to_owned()),
    }
}

/// An error with what lies behind it.
fn told(error: &dyn std::error::Error) -> String {
    let behind = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    escaped(&format!("{error}{behind}"), 200)
}

/// The last line of standard error, behind a colon.
fn said(lines: &[String]) -> String {
    lines.last().map(|line| format!(": {}", escaped(line, 200))).unwrap_or_default()
}

/// Splits a command line as a shell does that knows quotes and backslashes alone.
pub fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().push(letters.next()?),
            (None, _) if letter.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_as_a_shell_would() {
        let split = |line: &str| words(line).map(|words| words.join("|"));
        assert_eq!(split(" op read  'op://a b/c' ").as_deref(), Some("op|read|op://a b/c"));
        assert_eq!(split(r#"a "b \" c" d\ e '' f'g'h"#).as_deref(), Some(r#"a|b " c|d e||fgh"#));
        assert_eq!(split("").as_deref(), Some(""));
        assert_eq!(split("a 'b"), None);
        assert_eq!(split("a \\"), None);
    }
}
