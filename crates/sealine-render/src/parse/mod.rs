//! The forms that consumers read: each takes a text apart as its consumer does.
//!
//! Invariant: a parser returns the fields by name, or that its consumer could not read the text;
//! the reason holds no word of the text.

pub(crate) mod airflow;
pub(crate) mod dotenv;
pub(crate) mod dsn;
pub(crate) mod json;
pub(crate) mod pem;
pub(crate) mod pgpass;
pub(crate) mod uri;
pub(crate) mod yaml;

use std::collections::BTreeMap;

/// What a consumer reads, by the name of the field.
pub(crate) type Fields = BTreeMap<String, Vec<u8>>;

/// Why a consumer cannot read a text.
pub(crate) type Unread = &'static str;
