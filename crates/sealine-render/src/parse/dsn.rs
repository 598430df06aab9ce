//! Connection strings that are no URIs: libpq's `key=value`, Go's `MySQL` form, and JDBC.

use super::uri::{self, Plus};
use super::{Fields, Unread};

/// Words with which a connection string of libpq begins, or goes on.
const WORDS: &[&str] = &[
    "application_name",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "password",
    "port",
    "sslmode",
    "sslrootcert",
    "user",
];

/// Returns whether a text looks like a connection string of libpq.
pub(crate) fn is_libpq(text: &str) -> bool {
    let known = text
        .split_whitespace()
        .filter(|part| part.split_once('=').is_some_and(|(word, _)| WORDS.contains(&word)));
    let begins = text.split('=').next().is_some_and(|word| WORDS.contains(&word.trim()));
    begins && known.count() >= 2
}

/// Reads `key=value` as libpq does: a value may stand between `'`, with `\` before `'` and `\`.
pub(crate) fn libpq(text: &str) -> Result<Fields, Unread> {
    let mut fields = Fields::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=').ok_or("a `=` is missing")?;
        let key = key.trim();
        if key.is_empty() || key.contains(char::is_whitespace) {
            return Err("a `=` is missing");
        }
        let after = after.trim_start();
        let quoted = after.starts_with('\'');
        let mut value = String::new();
        let mut letters = after.char_indices().skip(usize::from(quoted));
        let mut end = after.len();
        let mut closed = !quoted;
        while let Some((at, letter)) = letters.next() {
            match letter {
                '\\' => value.extend(letters.next().map(|(_, next)| next)),
                '\'' if quoted => {
                    (closed, end) = (true, at + 1);
                    break;
                }
                _ if !quoted && letter.is_whitespace() => {
                    end = at;
                    break;
                }
                _ => value.push(letter),
            }
        }
        if !closed {
            return Err("a `'` is not closed");
        }
        fields.insert(key.to_owned(), value.into_bytes());
        rest = after[end..].trim_start();
    }
    Ok(fields)
}

/// Returns whether a text looks like `user:password@tcp(host)/database`.
pub(crate) fn is_mysql(text: &str) -> bool {
    let network = ["@tcp(", "@unix(", "@tcp6("];
    !text.contains("://")
        && network.iter().any(|network| text.contains(network))
        && text.contains(")/")
}

/// Reads Go's form for `MySQL`, from its end: nothing in it is escaped but the parameters.
pub(crate) fn mysql(text: &str) -> Result<Fields, Unread> {
    let (before, database) = text.rsplit_once('/').ok_or("a `/` is missing")?;
    let (user_info, network) = before.rsplit_once('@').unwrap_or(("", before));
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    let (database, query) = database.split_once('?').unwrap_or((database, ""));
    let mut fields = Fields::new();
    for (name, value) in
        [("user", user), ("password", password), ("network", network), ("database", database)]
    {
        fields.insert(name.to_owned(), value.as_bytes().to_vec());
    }
    uri::pairs(query, '&', Plus::Space, &mut fields)?;
    Ok(fields)
}

/// Returns whether a text is a JDBC URL of a driver whose form is known.
pub(crate) fn is_jdbc(text: &str) -> bool {
    ["jdbc:postgresql://", "jdbc:mysql://", "jdbc:mariadb://", "jdbc:sqlserver://"]
        .iter()
        .any(|start| text.starts_with(start))
}

/// Reads a JDBC URL: its parameters are decoded like a form; those of SQL Server stand between `;`,
/// and between braces where they hold one.
pub(crate) fn jdbc(text: &str) -> Result<Fields, Unread> {
    let rest = text.strip_prefix("jdbc:").ok_or("it does not begin with `jdbc:`")?;
    let Some(rest) = rest.strip_prefix("sqlserver://") else {
        let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut fields = uri::fields(before)?;
        if query.contains(|c: char| c.is_control() || c == '#') {
            return Err("a character may not stand in the parameters of a URL");
        }
        uri::pairs(query, '&', Plus::Space, &mut fields)?;
        return Ok(fields);
    };
    let (host, mut rest) = rest.split_once(';').unwrap_or((rest, ""));
    let mut fields = Fields::from([("host".to_owned(), host.as_bytes().to_vec())]);
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or("a `=` is missing")?;
        let (value, after) = if let Some(inner) = after.strip_prefix('{') {
            braced(inner).ok_or("a `{` is not closed")?
        } else {
            let end = after.find(';').unwrap_or(after.len());
            (after[..end].to_owned(), &after[end..])
        };
        fields.insert(format!("query.{name}"), value.into_bytes());
        rest = after.strip_prefix(';').unwrap_or(after);
    }
    Ok(fields)
}

fn braced(inner: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = inner;
    loop {
        let end = rest.find('}')?;
        value.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        let Some(more) = rest.strip_prefix('}') else { return Some((value, rest)) };
        value.push('}');
        rest = more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(fields: Result<Fields, Unread>) -> String {
        let fields = fields.expect("fields");
        let parts = fields.iter().map(|(name, value)| format!("{name}={}", value.escape_ascii()));
        parts.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn libpq_quotes_and_escapes() {
        let text = r"host=db  user = app password='it\'s \\ #1' dbname=app";
        assert!(is_libpq(text));
        assert_eq!(shown(libpq(text)), r"dbname=app host=db password=it\'s \\ #1 user=app");
        assert!(libpq("password='open").is_err());
        assert!(libpq("host=db lost").is_err());
    }

    #[test]
    fn mysql_is_read_from_its_end() {
        let text = "app:p@s/s@tcp(db:3306)/app?parseTime=true";
        assert!(is_mysql(text));
        let expected =
            "database=app network=tcp(db:3306) password=p@s/s query.parseTime=true user=app";
        assert_eq!(shown(mysql(text)), expected);
    }

    #[test]
    fn jdbc_parameters() {
        let text = "jdbc:postgresql://db:5432/app?user=a&password=p%26+x";
        assert!(shown(jdbc(text)).contains("query.password=p& x"));
        let text = "jdbc:sqlserver://db:1433;user=a;password={p;}}x};encrypt=true";
        assert!(shown(jdbc(text)).contains("query.password=p;}x"), "{}", shown(jdbc(text)));
    }
}
