//! Who reads a value of a Secret, as far as its key, its type and its form tell.
//!
//! Invariant: a consumer that cannot be told is none; nothing is judged then.

use crate::parse::{Fields, Unread, airflow, dotenv, dsn, json, pem, pgpass, uri, yaml};

/// The forms in which a value is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consumer {
    /// A connection of Airflow, as URI or JSON.
    Airflow,
    /// A URI of a database, a broker or a service.
    Uri,
    /// A JDBC URL.
    Jdbc,
    /// libpq's `key=value`.
    Libpq,
    /// Go's form for `MySQL`.
    Mysql,
    /// A JSON document.
    Json,
    /// The credentials of registries.
    Registries,
    /// A YAML document.
    Yaml,
    /// Lines of `KEY=value`.
    Dotenv,
    /// The password file of libpq.
    Pgpass,
    /// Keys and certificates.
    Pem,
    /// The operator itself, which reads keys and values from a text.
    Operator,
}

impl Consumer {
    /// Returns what it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Airflow => "an Airflow connection",
            Self::Uri => "a URI",
            Self::Jdbc => "a JDBC URL",
            Self::Libpq => "a connection string of libpq",
            Self::Mysql => "a connection string of MySQL",
            Self::Json => "a JSON document",
            Self::Registries => "the credentials of registries",
            Self::Yaml => "a YAML document",
            Self::Dotenv => "a `.env` file",
            Self::Pgpass => "a `.pgpass` file",
            Self::Pem => "PEM",
            Self::Operator => "keys and values",
        }
    }

    /// Reads a value.
    pub(crate) fn read(self, text: &str) -> Result<Fields, Unread> {
        match self {
            Self::Airflow => airflow::fields(text),
            Self::Uri => uri::fields(text),
            Self::Jdbc => dsn::jdbc(text),
            Self::Libpq => dsn::libpq(text),
            Self::Mysql => dsn::mysql(text),
            Self::Json => json::fields(text),
            Self::Registries => json::registries(text),
            Self::Yaml => yaml::fields(text),
            Self::Dotenv => dotenv::fields(text),
            Self::Pgpass => pgpass::fields(text),
            Self::Pem => pem::fields(text),
            Self::Operator => Ok(Fields::from([(String::new(), text.as_bytes().to_vec())])),
        }
    }

    /// Returns whether a field may hold any text. Hosts, ports and paths hold none that breaks them.
    pub(crate) fn is_free(self, field: &str, text: &str) -> bool {
        let is_json = || {
            sealine_airflow::connection::form(text)
                .is_some_and(|form| form == sealine_airflow::connection::Form::Json)
        };
        match self {
            Self::Uri | Self::Jdbc => {
                matches!(field, "user" | "password") || field.starts_with("query.")
            }
            Self::Airflow if !is_json() => {
                matches!(field, "login" | "password") || field.starts_with("extra")
            }
            Self::Mysql => field == "password",
            Self::Pgpass | Self::Libpq => !field.ends_with("host") && !field.ends_with("port"),
            _ => true,
        }
    }
}

/// Returns who reads the value of a key; `text` is what it looks like with harmless values.
pub fn infer(key: &str, secret_type: Option<&str>, text: &str) -> Option<Consumer> {
    let name = key.rsplit('/').next().unwrap_or(key).to_ascii_lowercase();
    let ends = |ending: &str| name.ends_with(ending);
    let text = text.trim();
    if key.starts_with("AIRFLOW_CONN_") {
        return Some(Consumer::Airflow);
    }
    match name.as_str() {
        ".dockerconfigjson" => return Some(Consumer::Registries),
        ".pgpass" | "pgpass" => return Some(Consumer::Pgpass),
        _ => {}
    }
    if secret_type == Some("kubernetes.io/tls")
        && ["tls.crt", "tls.key", "ca.crt"].contains(&&*name)
        || [".pem", ".crt", ".cer"].iter().any(|ending| ends(ending))
        || text.starts_with("-----BEGIN ")
    {
        return Some(Consumer::Pem);
    }
    if ends(".env") {
        return Some(Consumer::Dotenv);
    }
    if ends(".yaml") || ends(".yml") {
        return Some(Consumer::Yaml);
    }
    if ends(".json") {
        return Some(Consumer::Json);
    }
    of_form(text)
}

/// Returns the form that a text has by itself.
pub(crate) fn of_form(text: &str) -> Option<Consumer> {
    let opens = |open: &str| text.strip_prefix(open).map(str::trim_start);
    let is_object = opens("{").is_some_and(|rest| rest.starts_with('"'));
    let is_list = opens("[").is_some_and(|rest| rest.starts_with(['"', '{', '[']));
    if is_object || is_list {
        return Some(Consumer::Json);
    }
    if dsn::is_jdbc(text) {
        return Some(Consumer::Jdbc);
    }
    if is_uri(text) {
        return Some(Consumer::Uri);
    }
    if dsn::is_libpq(text) && !text.contains('\n') {
        return Some(Consumer::Libpq);
    }
    (dsn::is_mysql(text) && !text.contains(char::is_whitespace)).then_some(Consumer::Mysql)
}

/// Whether the whole text is one URI in which something may stand that breaks it.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let whole = !text.contains(|c: char| c.is_whitespace() || "\"'`<>\\,;".contains(c))
        || scheme.starts_with("mongodb") && !text.contains(char::is_whitespace);
    whole
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(is_letter)
        && rest.contains(['@', '?'])
        && !rest.contains("://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consumers_are_told_by_key_type_and_form() {
        for (key, secret_type, text, expected) in [
            ("AIRFLOW_CONN_X", None, "anything", Some(Consumer::Airflow)),
            (".dockerconfigjson", None, "{}", Some(Consumer::Registries)),
            ("tls.key", Some("kubernetes.io/tls"), "x", Some(Consumer::Pem)),
            ("tls.key", None, "x", None),
            ("app.env", None, "x", Some(Consumer::Dotenv)),
            ("URL", None, "postgresql://a:b@c/d", Some(Consumer::Uri)),
            ("URL", None, "https://host/path", None),
            ("URL", None, "mongodb://a:b@c,d/e", Some(Consumer::Uri)),
            ("URL", None, "jdbc:postgresql://c/d?user=a", Some(Consumer::Jdbc)),
            ("JSON", None, "{\"a\": 1}", Some(Consumer::Json)),
            ("DSN", None, "host=a password=b", Some(Consumer::Libpq)),
            ("DSN", None, "a:b@tcp(c:1)/d", Some(Consumer::Mysql)),
            ("caddy", None, "{ caddy }", None),
            ("password", None, "x", None),
            ("note", None, "see https://a@b and c", None),
        ] {
            assert_eq!(infer(key, secret_type, text), expected, "{key} {text}");
        }
    }
}
