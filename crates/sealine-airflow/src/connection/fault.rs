//! Why Airflow refuses the value of a connection.
//!
//! Invariant: the message says what is wrong with the shape, and never shows a part of the value.

/// Why a value is no connection.
///
/// The exception that Airflow raises ends at the log level *debug*; what the task sees is
/// ``The conn_id `…` isn't defined``.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The value is empty, which counts as a variable that is not set.
    Unset,
    /// The value is white space alone.
    Blank,
    /// The value begins with `{` and is not JSON.
    Json {
        /// Where the reader stopped, in bytes of the stripped value.
        at: usize,
        /// What it wanted there.
        wanted: &'static str,
    },
    /// A key stands beside the ones that Airflow knows.
    UnknownKey {
        /// The key. It may be a part of a value that was not escaped, so messages leave it out.
        key: String,
    },
    /// `conn_id` stands in the value, which Airflow gives itself.
    ConnectionId,
    /// `uri` stands beside other keys.
    UriBesideKeys,
    /// `uri` is not a string.
    UriNotText,
    /// `conn_type` is of a type that Airflow cannot work with.
    TypeNotText,
    /// `port` is not a number, nor text that is one.
    Port,
    /// The port of a URI is beyond 65535, or that of a JSON object beyond any integer.
    PortRange,
    /// The URI holds `://` more than twice.
    Schemes,
    /// User, password or port stand before the second scheme of a URI.
    UserBeforeScheme,
    /// The brackets of the host do not hold an IPv6 address, or something else stands by them.
    Brackets,
    /// The host holds a sign that some programs take for one of `/?#@:`.
    LookAlike,
}

impl Fault {
    /// Returns the name of the exception that the task SDK raises.
    pub fn exception(&self) -> &'static str {
        match self {
            Self::Unset => "none",
            Self::Blank => "IndexError",
            Self::Json { .. } => "JSONDecodeError",
            Self::UnknownKey { .. } | Self::ConnectionId => "TypeError",
            Self::UriBesideKeys | Self::Schemes | Self::UserBeforeScheme => "AirflowException",
            Self::UriNotText | Self::TypeNotText => "AttributeError",
            Self::Port | Self::PortRange | Self::Brackets | Self::LookAlike => "ValueError",
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = match self {
            Self::Unset => "the value is empty, which counts as not set",
            Self::Blank => "the value is white space alone",
            Self::Json { at, wanted } => {
                return write!(
                    out,
                    "the value begins with `{{` and is not JSON: {wanted}, at byte {at}"
                );
            }
            Self::UnknownKey { .. } => "there is a key that Airflow does not know",
            Self::ConnectionId => "`conn_id` must not stand in the value",
            Self::UriBesideKeys => "`uri` must not stand beside other keys",
            Self::UriNotText => "`uri` is not a string",
            Self::TypeNotText => "`conn_type` is not a string",
            Self::Port => "the port is not a number",
            Self::PortRange => "the port is too large",
            Self::Schemes => "`://` stands in it more than twice",
            Self::UserBeforeScheme => "`@` or `:` stands before the second scheme",
            Self::Brackets => "the brackets of the host do not hold an IPv6 address",
            Self::LookAlike => "the host holds a sign that looks like one of `/?#@:`",
        };
        out.write_str(text)
    }
}

impl std::error::Error for Fault {}
