//! The password file of libpq: `host:port:database:user:password`, with `\` before `:` and `\`.

use super::{Fields, Unread};

/// Returns the fields of each line.
pub(crate) fn fields(text: &str) -> Result<Fields, Unread> {
    let mut fields = Fields::new();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    for (index, line) in lines.enumerate() {
        let mut parts = vec![String::new()];
        let mut letters = line.chars();
        while let Some(letter) = letters.next() {
            let letter = match letter {
                ':' => {
                    parts.push(String::new());
                    continue;
                }
                '\\' => letters.next().unwrap_or('\\'),
                other => other,
            };
            if let Some(part) = parts.last_mut() {
                part.push(letter);
            }
        }
        let names = ["host", "port", "database", "user", "password"];
        if parts.len() != names.len() {
            return Err("a line has not five fields");
        }
        for (name, part) in names.iter().zip(parts) {
            fields.insert(format!("{index}.{name}"), part.into_bytes());
        }
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colons_and_backslashes_are_escaped() {
        let fields = fields("# note\ndb:5432:app:u:p\\:w\\\\\n").unwrap();
        assert_eq!(fields["0.password"], b"p:w\\");
        assert!(super::fields("db:5432:app:u:p:w").is_err());
    }
}
