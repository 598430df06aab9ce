//! The forms that consumers read: each takes a text apart as its consumer does.

pub(crate) mod dotenv;
