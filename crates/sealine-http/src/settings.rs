//! What a client is made from. The binary fills it in from the environment and the configuration.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Proxies, certificates and time limits.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which requests go through a proxy.
    pub proxies: Proxies,
    /// Certificates in PEM that are trusted beside those of the system.
    pub ca_bundle: Option<PathBuf>,
    /// Certificates in PEM that are trusted instead of those of the system (`SSL_CERT_FILE`).
    pub roots: Option<PathBuf>,
    /// How long connecting may take.
    pub connect: Duration,
    /// How long one request may take, from connecting to the end of the answer.
    pub total: Duration,
}

/// The proxies of a client. User information within their URLs is a credential.
#[derive(Clone, Default)]
pub struct Proxies {
    /// For `http` URLs.
    pub http: Option<String>,
    /// For `https` URLs.
    pub https: Option<String>,
    /// Hosts, domains and networks that are reached directly, divided by commas.
    pub none: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            proxies: Proxies::default(),
            ca_bundle: None,
            roots: None,
            connect: Duration::from_secs(5),
            total: Duration::from_secs(15),
        }
    }
}

impl Settings {
    /// Reads what users of other programs have set already: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`,
    /// `NO_PROXY` and `SSL_CERT_FILE`. The lower-case names of the proxies count, too.
    pub fn from_environment(environment: &BTreeMap<String, String>) -> Self {
        let get = |name: &str| {
            let lower = name.to_ascii_lowercase();
            let value = environment.get(name).or_else(|| environment.get(&lower));
            value.filter(|value| !value.trim().is_empty()).cloned()
        };
        let all = get("ALL_PROXY");
        // A request that a web server passes on as a script may set HTTP_PROXY by a header.
        let is_script = environment.contains_key("REQUEST_METHOD");
        let http = if is_script { None } else { get("HTTP_PROXY") };
        Self {
            proxies: Proxies {
                http: http.or_else(|| all.clone()),
                https: get("HTTPS_PROXY").or(all),
                none: get("NO_PROXY"),
            },
            roots: get("SSL_CERT_FILE").map(PathBuf::from),
            ..Self::default()
        }
    }
}

impl std::fmt::Debug for Proxies {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |proxy: &Option<String>| proxy.as_ref().map(|_| "****");
        out.debug_struct("Proxies")
            .field("http", &shown(&self.http))
            .field("https", &shown(&self.https))
            .field("none", &self.none)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Settings {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::from_environment(&pairs.collect())
    }

    #[test]
    fn both_cases_and_the_common_proxy_count() {
        let settings = read(&[("https_proxy", "http://a:1"), ("ALL_PROXY", "http://b:2")]);
        assert_eq!(settings.proxies.https.as_deref(), Some("http://a:1"));
        assert_eq!(settings.proxies.http.as_deref(), Some("http://b:2"));
        let settings = read(&[("HTTP_PROXY", "http://a:1"), ("REQUEST_METHOD", "GET")]);
        assert_eq!(settings.proxies.http, None);
        assert_eq!(read(&[("SSL_CERT_FILE", " ")]).roots, None);
    }

    #[test]
    fn the_password_of_a_proxy_is_not_printed() {
        let settings = read(&[("HTTPS_PROXY", "http://user:hunter2@proxy:3128")]);
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
