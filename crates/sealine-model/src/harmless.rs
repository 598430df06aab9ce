//! What stands beside secrets and is none: hosts, users, ports, addresses.
//!
//! Invariant: what may hold a credential is never called harmless.

/// What names of such things end with.
const WORDS: &[&str] = &[
    "database",
    "dbname",
    "email",
    "endpoint",
    "fqdn",
    "host",
    "hostname",
    "id",
    "login",
    "name",
    "namespace",
    "port",
    "project",
    "region",
    "server",
    "sslmode",
    "type",
    "user",
    "username",
    "version",
];

/// What stands before such a word without a sign between them: `PGHOST`.
const BEGINNINGS: &[&str] = &["pg", "db", "smtp", "redis", "mysql"];

/// Returns whether a text is no secret, whatever holds it: it stands for one, or is an address.
pub fn is_no_secret(text: &str) -> bool {
    crate::is_stand_in(text) || is_plain_address(text)
}

/// Returns whether the last word of a name, less a version (`POSTGRES_PORT-V14`), says that what it
/// names is no secret.
pub fn names_no_secret(name: &str) -> bool {
    let is_version = |word: &&str| {
        let number = word.strip_prefix(['v', 'V']).unwrap_or(word);
        number.bytes().all(|byte| byte.is_ascii_digit())
    };
    let last = name.rsplit(['-', '_', '.', '/']).find(|word| !is_version(word));
    let Some(last) = last.map(str::to_ascii_lowercase) else { return false };
    let bare = BEGINNINGS.iter().find_map(|beginning| last.strip_prefix(beginning));
    WORDS.contains(&last.as_str()) || bare.is_some_and(|bare| WORDS.contains(&bare))
}

/// Returns whether a text is the address of a site and nothing more: no user, no query, and no part
/// of the path that may be a token, as addresses of webhooks have.
pub fn is_plain_address(text: &str) -> bool {
    let scheme = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let Some(rest) = scheme else { return false };
    let mut parts = rest.split('/');
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:".contains(&byte);
    let host = parts.next().unwrap_or_default();
    let is_word = |part: &str| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        let fine =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
        part.len() <= 24 && digits <= 2 && part.bytes().all(fine)
    };
    !host.is_empty() && host.bytes().all(is_host) && parts.all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_those_of_secrets() {
        for (name, expected) in [
            ("PGHOST", true),
            ("db-user", true),
            ("POSTGRES_PORT-V14", true),
            ("client_id", true),
            ("support", false),
            ("password", false),
            ("user-password", false),
        ] {
            assert_eq!(names_no_secret(name), expected, "{name}");
        }
    }

    #[test]
    fn addresses_that_may_open_something_are_not_plain() {
        for (text, expected) in [
            ("https://client-dev.example.com", true),
            ("https://example.com/langfuse/api/v1/", true),
            ("http://h:8080", true),
            ("https://u:p@h", false),
            ("https://h/?token=x", false),
            ("https://hooks.slack.com/services/T0000/B0000/XXXX", false),
            ("https://h/9f86d081884c7d659a2feaa0c55ad015", false),
            ("hunter2", false),
        ] {
            assert_eq!(is_plain_address(text), expected, "{text}");
        }
    }
}
