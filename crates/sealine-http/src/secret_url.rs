//! URLs that are credentials, and what may be shown of any URL.
//!
//! Invariant: only the scheme, the host and the port are ever printed.

use reqwest::Url;
use sealine_model::SecretValue;

/// A URL whose path, query or user information is a secret, such as a webhook's.
pub struct SecretUrl {
    text: SecretValue,
    origin: String,
}

/// The text is not a URL of `http` or `https` with a host. What it is cannot be shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a URL that starts with `https://` or `http://` and names a host")]
pub struct InvalidUrl;

impl SecretUrl {
    /// Takes the URL in. White space around it, as at the end of a file, is not part of it.
    ///
    /// # Errors
    ///
    /// When it is not a web address.
    pub fn parse(value: &SecretValue) -> Result<Self, InvalidUrl> {
        let text = std::str::from_utf8(value.expose()).map_err(|_| InvalidUrl)?.trim();
        let url = Url::parse(text).map_err(|_| InvalidUrl)?;
        let is_http = matches!(url.scheme(), "http" | "https");
        if !is_http || !url.has_host() {
            return Err(InvalidUrl);
        }
        Ok(Self { text: SecretValue::new(text), origin: origin(&url) })
    }

    /// Returns the URL, for a request to it and for nothing else.
    ///
    /// # Errors
    ///
    /// Never: it was one when it was taken in.
    pub fn expose(&self) -> Result<Url, InvalidUrl> {
        let text = std::str::from_utf8(self.text.expose()).map_err(|_| InvalidUrl)?;
        Url::parse(text).map_err(|_| InvalidUrl)
    }

    /// Returns the scheme, host and port, which may be shown.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns whether the request goes through TLS.
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https:")
    }
}

impl std::fmt::Display for SecretUrl {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}/****", self.origin)
    }
}

impl std::fmt::Debug for SecretUrl {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{self}")
    }
}

/// Returns the scheme, host and port of a URL: all of it that may be shown.
pub fn origin(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_origin_is_shown() {
        let text = "https://user:hunter2@hooks.example.com:8443/services/T0/B0/XYZ?sig=abc#f\n";
        let url = SecretUrl::parse(&SecretValue::new(text)).expect("valid");
        assert_eq!(
            format!("{url} {url:?}"),
            "https://hooks.example.com:8443/**** ".repeat(2).trim()
        );
        assert_eq!(url.expose().expect("valid").as_str(), text.trim());
        assert!(url.is_https());
    }

    #[test]
    fn what_is_no_web_address_is_refused() {
        for text in
            ["", "hooks.example.com/x", "ftp://example.com/x", "file:///etc/passwd", "https://"]
        {
            assert_eq!(SecretUrl::parse(&SecretValue::new(text)).err(), Some(InvalidUrl), "{text}");
        }
        assert!(SecretUrl::parse(&SecretValue::new(vec![0xff])).is_err());
    }
}
