//! What stands beside secrets and is none: hosts, users, ports, addresses.
//!
//! Invariant: what may hold a credential is never called harmless.

/// What names of such things end with.
const WORDS: &[&str] = &[
    "bucket",
    "database",
    "dbname",
    "email",
    "endpoint",
    "env",
    "environment",
    "format",
    "fqdn",
    "host",
    "hostname",
    "id",
    "level",
    "login",
    "name",
    "namespace",
    "port",
    "project",
    "region",
    "server",
    "sslmode",
    "timezone",
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
    let is_word = |word: &str| WORDS.contains(&word);
    is_word(&last) || bare.is_some_and(is_word) || is_word(&last_of_camel(name))
}

/// Returns the last word of a name such as `clientId`, in small letters.
fn last_of_camel(name: &str) -> String {
    let begins = |pair: &[u8]| matches!(pair, [before, first] if before.is_ascii_lowercase() && first.is_ascii_uppercase());
    let start = name.as_bytes().windows(2).rposition(begins).map_or(0, |before| before + 1);
    name.get(start..).unwrap_or_default().to_ascii_lowercase()
}

/// Words that a line of a file has beside a credential.
const CREDENTIALS: &[&str] =
    &["apikey", "auth", "bearer", "credential", "key", "pass", "pwd", "secret", "token"];

/// Returns whether a text of several lines, a file, holds nothing that looks like a credential: no
/// line with a word for one and a value behind it, no private key, no address with a user, and no
/// word that looks random.
pub fn is_file_without_secret(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.clone().nth(1).is_some() && lines.all(|line| !holds_credential(line))
}

fn holds_credential(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let is_filler = |next: char| next.is_whitespace() || ":=\"',{}[]()`;".contains(next);
    let given = |word: &&str| {
        let rest = lower.split_once(*word).map(|(_, rest)| rest).unwrap_or_default();
        let rest =
            rest.trim_start_matches(|next: char| next.is_ascii_alphanumeric() || next == '_');
        let value = rest.trim_matches(is_filler);
        !value.is_empty() && !crate::is_stand_in(value)
    };
    let has_user = line.split_once("://").is_some_and(|(_, rest)| rest.contains('@'));
    CREDENTIALS.iter().any(given)
        || has_user
        || line.contains("PRIVATE KEY")
        || line.contains(":$")
        || line.split(is_filler).any(is_random)
}

/// Whether a word looks as if a machine had made it up.
fn is_random(word: &str) -> bool {
    let has = |of: fn(&u8) -> bool| word.as_bytes().iter().any(of);
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte);
    word.len() >= 20
        && word.bytes().all(is_part)
        && has(u8::is_ascii_digit)
        && (has(u8::is_ascii_uppercase) || !word.contains(['-', '_', '/']))
        && has(u8::is_ascii_lowercase)
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
            ("clientId", true),
            ("LOG_LEVEL", true),
            ("accessKey", false),
            ("oauthSecret", false),
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

    #[test]
    fn files_are_told_from_those_with_credentials() {
        for (text, expected) in [
            ("CREATE DATABASE app;\nGRANT ALL ON app TO app;\n", true),
            ("body { color: red; }\n.a-b { width: 3px }\n", true),
            ("s3:\n  access_key: \"\"\n  secret_key: ''\n", true),
            ("one: line", false),
            ("CREATE USER app PASSWORD 'hunter2';\nGRANT x;\n", false),
            ("a: 1\npassword: hunter2\n", false),
            ("a: 1\ndsn: postgres://app:hunter2@db/app\n", false),
            ("-----BEGIN PRIVATE KEY-----\nAAAA\n", false),
            ("ann:$2y$05$abc\nbob:$apr1$abc\n", false),
            ("a:\n  b: 8f3kKd92mdkfLL3ks02Q\n", false),
            ("header\nd41d8cd98f00b204e9800998ecf8427e\n", false),
        ] {
            assert_eq!(is_file_without_secret(text), expected, "{text}");
        }
    }
}
