//! The value of an `AIRFLOW_CONN_…` variable, read as Airflow 3 reads it on a worker.
//!
//! Airflow strips the value and takes what begins with `{` as a JSON object, anything else as a URI.
//! Whatever it refuses looks the same to the task: the connection "isn't defined". So the reason is
//! worth knowing, and [`Fault`] tells it.
//!
//! Invariant: what is read here is what the task SDK of Airflow 3.3 makes of the same text, field by
//! field; no `Debug` and no message shows a value.

mod fault;
mod fresh;
pub mod json;
mod json_form;
mod page;
mod percent;
pub mod types;
mod uri_form;

pub use fault::Fault;
pub use fresh::{Fresh, Order, fresh, wrong_name};
pub use json::Json;
pub use json_form::KEYS;
pub use page::{either, lacking, missing, page};

/// A connection, as its hook gets it.
///
/// The fields are [`Json`] because the JSON form keeps whatever type stands there: `"login": 5` is
/// a number for the hook, too. The URI form gives strings alone.
#[derive(Clone, Default, PartialEq)]
pub struct Connection {
    /// Which kind of system this is; decides the hook where nothing else does.
    pub conn_type: Option<Json>,
    /// A note for people.
    pub description: Option<Json>,
    /// The host.
    pub host: Option<Json>,
    /// The user.
    pub login: Option<Json>,
    /// The password.
    pub password: Option<Json>,
    /// The database, or whatever the type makes of it.
    pub schema: Option<Json>,
    /// The port.
    pub port: Option<i64>,
    /// Everything else.
    pub extra: Option<Extra>,
}

/// The `extra` of a connection.
#[derive(Clone, PartialEq)]
pub enum Extra {
    /// JSON that was given as such, or text that holds JSON.
    Json(Json),
    /// Text that is no JSON: the hook sees an empty object, and a line stands in the log.
    Unreadable,
}

impl Connection {
    /// Returns the string in a field, `None` where it is absent or of another type.
    pub fn text<'a>(&'a self, field: &str) -> Option<&'a str> {
        self.field(field).and_then(Json::as_str)
    }

    /// Returns a field by its name in the JSON form; `port` and `extra` have types of their own.
    pub fn field(&self, name: &str) -> Option<&Json> {
        match name {
            "conn_type" => self.conn_type.as_ref(),
            "description" => self.description.as_ref(),
            "host" => self.host.as_ref(),
            "login" => self.login.as_ref(),
            "password" => self.password.as_ref(),
            "schema" => self.schema.as_ref(),
            _ => None,
        }
    }

    /// Returns one value of `extra`, when that is an object which has it.
    pub fn extra(&self, name: &str) -> Option<&Json> {
        match self.extra.as_ref()? {
            Extra::Json(json) => json.get(name),
            Extra::Unreadable => None,
        }
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = out.debug_struct("Connection");
        for name in ["conn_type", "description", "host", "login", "password", "schema"] {
            if let Some(value) = self.field(name) {
                shown.field(name, value);
            }
        }
        if self.port.is_some() {
            shown.field("port", &format_args!("…"));
        }
        if let Some(extra) = &self.extra {
            shown.field("extra", extra);
        }
        shown.finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Extra {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Json(json) => json.fmt(out),
            Self::Unreadable => out.write_str("unreadable"),
        }
    }
}

/// The two forms of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A JSON object.
    Json,
    /// Anything else.
    Uri,
}

/// Returns the form in which Airflow reads a value, `None` for a blank one.
pub fn form(value: &str) -> Option<Form> {
    match stripped(value).chars().next()? {
        '{' => Some(Form::Json),
        _ => Some(Form::Uri),
    }
}

/// Reads the value of an `AIRFLOW_CONN_…` variable.
///
/// # Errors
///
/// When Airflow refuses the value. The task is then told that the connection isn't defined.
pub fn parse(value: &str) -> Result<Connection, Fault> {
    if value.is_empty() {
        return Err(Fault::Unset);
    }
    let stripped_value = stripped(value);
    match form(value) {
        Some(Form::Json) => json_form::parse(stripped_value),
        Some(Form::Uri) => uri_form::parse(stripped_value),
        None => Err(Fault::Blank),
    }
}

/// Strips what Python's `str.strip` does, which is more than Unicode's white space.
fn stripped(value: &str) -> &str {
    value.trim_matches(|sign: char| sign.is_whitespace() || matches!(sign, '\x1c'..='\x1f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sign_decides_the_form() {
        assert_eq!(form(" \u{1f}{}"), Some(Form::Json));
        assert_eq!(form("[]"), Some(Form::Uri));
        assert_eq!(form("\u{a0}\n"), None);
        assert_eq!(parse(""), Err(Fault::Unset));
        assert_eq!(parse(" \n"), Err(Fault::Blank));
    }

    #[test]
    fn nothing_shows_a_value() {
        let values = [
            r#"{"login": "hunter2", "extra": {"a": ["hunter2"]}, "password": "hunter2"}"#,
            "http://hunter2:hunter2@hunter2:22/hunter2?a=hunter2",
        ];
        for value in values {
            let shown = format!("{:?}", parse(value).unwrap());
            assert!(!shown.contains("hunter") && shown.contains("password"), "{shown}");
        }
        let refused = [
            r#"{"hunter2": 1}"#,
            r#"{"port": "hunter2"}"#,
            r#"{"login": "hunter2}"#,
            "http://a:b/hunter2@x:hunter2",
            "a://hunter2:b@http://x",
        ];
        for value in refused {
            let shown = parse(value).unwrap_err().to_string();
            assert!(!shown.contains("hunter"), "{shown}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_ends(text in "[{\\[\\]}\",:@/?#%&=a-fA-F0-9 \\\\é\u{1}\\n-]{0,60}") {
            let _ = parse(&text);
            let _ = parse(&format!("a://{text}"));
            let _ = parse(&format!("{{\"extra\": {{{text}"));
        }
    }
}
