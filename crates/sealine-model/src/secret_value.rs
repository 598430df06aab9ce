//! The one type that may hold the value of a secret.

use zeroize::Zeroize as _;

/// The value of a secret: prints `****`, cannot be cloned or serialised, and is wiped on drop.
pub struct SecretValue(Vec<u8>);

impl SecretValue {
    /// Takes the value in.
    pub fn new(value: impl Into<Vec<u8>>) -> Self {
        Self(value.into())
    }

    /// Returns the value. This is the only way out, and every caller is to be found by its name.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for SecretValue {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("****")
    }
}

impl std::fmt::Display for SecretValue {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("****")
    }
}

impl Drop for SecretValue {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_never_shown() {
        let value = SecretValue::new("hunter2");
        assert_eq!(format!("{value} {value:?}"), "**** ****");
        assert_eq!(value.expose(), b"hunter2");
    }
}
