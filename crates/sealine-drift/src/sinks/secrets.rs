//! Where the credentials of sinks come from: a variable of the environment, or a file.
//!
//! Invariant: nothing here shows a value. The environment is given, not read.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use sealine_model::SecretValue;
use serde::{Deserialize, Serialize};

/// Where a credential is: in a variable of the environment or in a file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SecretSource {
    /// The name of the variable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// The file, such as a mounted Secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// The environment and the folder that files are relative to.
#[derive(Default)]
pub struct Secrets {
    /// Variables by name.
    pub environment: BTreeMap<String, String>,
    /// The folder of `sealine.yaml`.
    pub folder: PathBuf,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Secrets").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// No credential is longer.
const LONGEST: u64 = 64 * 1024;

impl Secrets {
    /// Returns the credential, without white space around it.
    ///
    /// # Errors
    ///
    /// Says where it was looked for, when it is not there or empty.
    pub fn get(&self, source: &SecretSource) -> Result<SecretValue, String> {
        let (value, place) = match (&source.env, &source.file) {
            (Some(name), None) => {
                let value = self.environment.get(name);
                let value = value.ok_or_else(|| format!("the variable `{name}` is not set"))?;
                (SecretValue::new(value.trim()), name)
            }
            (None, Some(file)) => (self.read(file)?, file),
            _ => return Err("name either `env` or `file` for a credential".to_owned()),
        };
        if value.expose().is_empty() {
            return Err(format!("`{place}` is empty"));
        }
        Ok(value)
    }

    fn read(&self, file: &str) -> Result<SecretValue, String> {
        use std::io::Read as _;
        let path = self.folder.join(file);
        let fault = |error: std::io::Error| format!("cannot read `{}`: {error}", path.display());
        let file = std::fs::File::open(&path).map_err(fault)?;
        let mut bytes = Vec::new();
        file.take(LONGEST).read_to_end(&mut bytes).map_err(fault)?;
        let whole = SecretValue::new(bytes);
        Ok(SecretValue::new(whole.expose().trim_ascii()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_comes_from_a_variable_or_a_file() {
        let folder = tempfile::tempdir().unwrap();
        #[expect(clippy::disallowed_methods, reason = "a file of the test")]
        std::fs::write(folder.path().join("key"), "abc\n").unwrap();
        let secrets = Secrets {
            environment: BTreeMap::from([("KEY".to_owned(), " def ".to_owned())]),
            folder: folder.path().to_owned(),
        };
        let of = |env: Option<&str>, file: Option<&str>| {
            let source =
                SecretSource { env: env.map(str::to_owned), file: file.map(str::to_owned) };
            secrets.get(&source).map(|value| value.expose().to_vec())
        };
        assert_eq!(of(Some("KEY"), None).unwrap(), b"def");
        assert_eq!(of(None, Some("key")).unwrap(), b"abc");
        assert!(of(Some("OTHER"), None).unwrap_err().contains("`OTHER`"));
        assert!(of(None, None).is_err());
        assert!(!format!("{secrets:?}").contains("def"));
    }
}
