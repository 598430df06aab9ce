//! Laws: what holds of a reader whatever it is given. The fuzz targets and the smoke test state
//! nothing of their own.
//!
//! Invariant: a law takes any text and panics when it is broken; the text is the whole input.

mod check;
mod config;
mod connection;
mod facts;
mod files;
mod sops;
mod template;
mod yaml;

/// A law of one reader.
#[derive(Clone, Copy, Debug)]
pub struct Law {
    /// The name, which is that of its fuzz target and of its folder of seeds.
    pub name: &'static str,
    /// Panics when the law does not hold for this text.
    pub hold: fn(&str),
}

/// All laws.
pub const LAWS: &[Law] = &[
    Law { name: "yaml", hold: yaml::edits_keep_other_scalars },
    Law { name: "template", hold: template::ends_and_shows_no_value },
    Law { name: "hcl", hold: files::hcl },
    Law { name: "python", hold: files::python },
    Law { name: "workflows", hold: files::workflow },
    Law { name: "manifests", hold: files::manifest },
    Law { name: "config", hold: config::reads_back },
    Law { name: "facts", hold: facts::read_back },
    Law { name: "connection", hold: connection::shows_no_value },
    Law { name: "sops", hold: sops::comes_back },
    Law { name: "check", hold: check::repairs_end },
];

/// Holds the law of this name.
///
/// # Panics
///
/// When it is broken, or when there is no such law.
pub fn hold(name: &str, text: &str) {
    let law = LAWS.iter().find(|law| law.name == name);
    (law.unwrap_or_else(|| panic!("there is no law `{name}`")).hold)(text);
}
