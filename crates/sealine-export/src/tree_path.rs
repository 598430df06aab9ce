//! Ways to a place in a tree, as people write them: keys with dots between them, `\.` for a dot.

use thiserror::Error;

/// How many keys a way may have; deeper trees are not read either.
const DEEPEST: usize = 64;

/// Why a text is no way to a place.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PathFault {
    /// A key is empty.
    #[error("a key of `{0}` is empty")]
    Empty(String),
    /// Too many keys.
    #[error("`{0}` has more than 64 keys")]
    Deep(String),
}

/// Reads a way; the empty text is the top of the tree.
///
/// # Errors
///
/// When a key is empty.
pub fn parse(text: &str) -> Result<Vec<String>, PathFault> {
    if text.is_empty() || text == "." {
        return Ok(Vec::new());
    }
    let mut keys = vec![String::new()];
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let escaped =
            character == '\\' && characters.peek().is_some_and(|next| ".\\".contains(*next));
        match (character, keys.last_mut()) {
            ('.', _) => keys.push(String::new()),
            (_, Some(key)) if escaped => key.extend(characters.next()),
            (_, Some(key)) => key.push(character),
            (_, None) => {}
        }
    }
    if keys.iter().any(String::is_empty) {
        return Err(PathFault::Empty(text.to_owned()));
    }
    if keys.len() > DEEPEST {
        return Err(PathFault::Deep(text.to_owned()));
    }
    Ok(keys)
}

/// Writes a way.
pub fn shown(keys: &[String]) -> String {
    let keys = keys.iter().map(|key| key.replace('\\', "\\\\").replace('.', "\\."));
    keys.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_separate_unless_they_are_escaped() {
        assert_eq!(parse("a.b").unwrap(), ["a", "b"]);
        assert_eq!(parse(r"tls\.crt.x\\y.z\q").unwrap(), ["tls.crt", r"x\y", r"z\q"]);
        assert_eq!(parse("").unwrap(), Vec::<String>::new());
        assert_eq!(parse("a..b").unwrap_err().to_string(), "a key of `a..b` is empty");
        assert_eq!(shown(&parse(r"tls\.crt.x").unwrap()), r"tls\.crt.x");
    }
}
