//! The JSON form of a connection.
//!
//! Invariant: what Airflow drops is dropped (an `extra` or a `port` that is empty), what it keeps is
//! kept as it is (an empty `login` is not an absent one), and what it refuses is a fault.

use indexmap::IndexMap;

use super::{Connection, Extra, Fault, Json, json, uri_form};

/// The keys of the JSON form.
pub const KEYS: &[&str] =
    &["conn_type", "description", "host", "login", "password", "schema", "port", "extra"];

/// Reads the JSON form.
pub(super) fn parse(text: &str) -> Result<Connection, Fault> {
    let Json::Object(mut members) = json::parse(text)? else {
        return Err(Fault::Json { at: 0, wanted: "an object" });
    };
    let extra = members.shift_remove("extra").filter(Json::is_truthy).map(extra);
    let conn_type = members.shift_remove("conn_type").filter(Json::is_truthy);
    let conn_type = conn_type.map(normalised).transpose()?;
    let port = members.shift_remove("port").filter(Json::is_truthy);
    let port = port.as_ref().map(port_of).transpose()?;
    if members.contains_key("conn_id") {
        return Err(Fault::ConnectionId);
    }
    match members.shift_remove("uri") {
        None | Some(Json::Null) => {}
        Some(uri) => {
            let alone =
                members.is_empty() && extra.is_none() && conn_type.is_none() && port.is_none();
            return match uri {
                _ if !alone => Err(Fault::UriBesideKeys),
                Json::Text(uri) => uri_form::parse(&uri),
                _ => Err(Fault::UriNotText),
            };
        }
    }
    let mut take = |key: &str| members.shift_remove(key).filter(|value| *value != Json::Null);
    let connection = Connection {
        conn_type,
        description: take("description"),
        host: take("host"),
        login: take("login"),
        password: take("password"),
        schema: take("schema"),
        port,
        extra,
    };
    match first_key(members) {
        Some(key) => Err(Fault::UnknownKey { key }),
        None => Ok(connection),
    }
}

fn first_key(members: IndexMap<String, Json>) -> Option<String> {
    members.into_keys().next()
}

/// A string is taken for JSON text, whatever else for JSON.
fn extra(value: Json) -> Extra {
    match value {
        Json::Text(text) => extra_of_text(&text),
        json => Extra::Json(json),
    }
}

/// Returns what a hook sees of an `extra` that is text.
pub(super) fn extra_of_text(text: &str) -> Extra {
    json::parse(text).map_or(Extra::Unreadable, Extra::Json)
}

/// `-` in the type of a connection stands for `_`.
fn normalised(value: Json) -> Result<Json, Fault> {
    let dash = |key: &str| key == "-";
    match value {
        Json::Text(text) => Ok(Json::Text(normalised_type(&text))),
        Json::List(items) if !items.iter().any(|item| item.as_str().is_some_and(dash)) => {
            Ok(Json::List(items))
        }
        Json::Object(members) if !members.keys().any(|key| dash(key)) => Ok(Json::Object(members)),
        _ => Err(Fault::TypeNotText),
    }
}

/// Returns the name of a type as Airflow keeps it.
pub(super) fn normalised_type(name: &str) -> String {
    if name == "postgresql" { "postgres".to_owned() } else { name.replace('-', "_") }
}

/// What Python's `int(value)` makes of it.
fn port_of(value: &Json) -> Result<i64, Fault> {
    match value {
        Json::Bool(_) => Ok(1),
        Json::Number(text) => match text.parse::<i64>() {
            Ok(number) => Ok(number),
            Err(_) => truncated(text),
        },
        Json::Text(text) => integer(text),
        Json::Null | Json::List(_) | Json::Object(_) => Err(Fault::Port),
    }
}

/// A number with a fraction loses it.
#[expect(clippy::cast_precision_loss, reason = "a bound need not be exact")]
fn truncated(text: &str) -> Result<i64, Fault> {
    let number: f64 = text.parse().map_err(|_| Fault::Port)?;
    if number.is_nan() {
        Err(Fault::Port)
    } else if number.abs() >= i64::MAX as f64 {
        Err(Fault::PortRange)
    } else {
        Ok(number as i64)
    }
}

/// Python allows white space around, a sign, and single underscores between digits.
fn integer(text: &str) -> Result<i64, Fault> {
    let text = super::stripped(text);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let grouped = digits.split('_').all(|group| {
        !group.is_empty() && group.chars().all(|sign| super::percent::digit(sign).is_some())
    });
    if !grouped {
        return Err(Fault::Port);
    }
    let number = digits
        .chars()
        .filter_map(super::percent::digit)
        .try_fold(0_i64, |sum, digit| sum.checked_mul(10)?.checked_add(i64::from(digit)));
    let number = number.ok_or(Fault::PortRange)?;
    Ok(if negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Connection, Fault> {
        parse(text)
    }

    #[test]
    fn ports_are_numbers_or_text_of_numbers() {
        let port = |value: &str| parsed(&format!("{{\"port\": {value}}}")).map(|made| made.port);
        for (value, expected) in [
            ("5432", Some(5432)),
            ("\"5432\"", Some(5432)),
            ("\" +1_000 \"", Some(1000)),
            ("\"٥\"", Some(5)),
            ("5.9", Some(5)),
            ("true", Some(1)),
            ("0", None),
            ("\"\"", None),
            ("\"0\"", Some(0)),
            ("null", None),
            ("{}", None),
        ] {
            assert_eq!(port(value), Ok(expected), "{value}");
        }
        for value in ["\"x\"", "\"1__0\"", "\"_1\"", "\"1.5\"", "[1]", "NaN", "\" \""] {
            assert_eq!(port(value), Err(Fault::Port), "{value}");
        }
        assert_eq!(port("1e999"), Err(Fault::PortRange));
    }

    #[test]
    fn types_are_normalised_without_another_case() {
        let of = |name: &str| {
            let made = parsed(&format!("{{\"conn_type\": \"{name}\"}}")).unwrap();
            made.conn_type.and_then(|name| name.as_str().map(str::to_owned))
        };
        assert_eq!(of("postgresql").as_deref(), Some("postgres"));
        assert_eq!(of("google-cloud-platform").as_deref(), Some("google_cloud_platform"));
        assert_eq!(of("Postgres").as_deref(), Some("Postgres"));
        assert_eq!(of(""), None);
        assert_eq!(parsed("{\"conn_type\": 5}"), Err(Fault::TypeNotText));
    }

    #[test]
    fn extras_may_be_text() {
        let given = parsed(r#"{"extra": "{\"a\": 1}"}"#).unwrap();
        assert_eq!(given.extra("a"), Some(&Json::Number("1".to_owned())));
        assert_eq!(parsed(r#"{"extra": "a=1"}"#).unwrap().extra, Some(Extra::Unreadable));
        assert_eq!(parsed(r#"{"extra": {}}"#).unwrap().extra, None);
    }

    #[test]
    fn what_is_empty_stays_empty() {
        let given = parsed(r#"{"login": "", "password": null}"#).unwrap();
        assert_eq!((given.text("login"), given.text("password")), (Some(""), None));
    }

    #[test]
    fn keys_are_known_or_refused() {
        let unknown = |key: &str| Err(Fault::UnknownKey { key: key.to_owned() });
        assert_eq!(parsed(r#"{"username": "a"}"#), unknown("username"));
        assert_eq!(parsed(r#"{"conn_id": "a"}"#), Err(Fault::ConnectionId));
        assert_eq!(parsed(r#"{"uri": "http://a", "login": "b"}"#), Err(Fault::UriBesideKeys));
        assert_eq!(parsed(r#"{"uri": "http://a"}"#).unwrap().text("host"), Some("a"));
    }
}
