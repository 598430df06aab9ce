//! Refuses targets that are not of the public internet, for URLs that others may configure: with one,
//! a webhook could be made to reach the metadata service of a cloud, or a database.
//!
//! Invariant: what is judged is the address that the connection goes to. A name is resolved once, and
//! the connection uses just the addresses that were judged, so that a name that changes its mind
//! gains nothing. An address within the URL is judged as it is understood, however it is spelt.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::fault::Fault;
use crate::network::{Network, is_public};
use crate::secret_url::origin;

/// What is allowed although it is not public.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Allowed(Kind);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Kind {
    Network(Network),
    Host(String),
}

/// The text is neither a network nor the name of a host.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` is neither a network such as `10.0.0.0/8` nor the name of a host")]
pub struct InvalidAllowed(String);

impl Allowed {
    /// Reads a network (`10.0.0.0/8`), an address, or the name of a host.
    ///
    /// # Errors
    ///
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Self, InvalidAllowed> {
        let text = text.trim();
        if let Some(network) = Network::parse(text) {
            return Ok(Self(Kind::Network(network)));
        }
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        // A last label of digits alone is a misspelt address: no name ends so.
        let last = text.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
        let is_address = last.bytes().all(|byte| byte.is_ascii_digit());
        if is_address || !text.chars().all(is_name) {
            return Err(InvalidAllowed(crate::redact::escaped(text, 80)));
        }
        Ok(Self(Kind::Host(plain(text))))
    }
}

/// Which targets a client may reach: public addresses, and what is allowed beside them.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    allowed: Arc<[Allowed]>,
}

/// The address or name that was refused.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a public address")]
pub(crate) struct Refused(pub(crate) String);

impl Guard {
    /// Makes a guard that lets public addresses pass, and these.
    pub fn new(allowed: impl IntoIterator<Item = Allowed>) -> Self {
        Self { allowed: allowed.into_iter().collect() }
    }

    fn allows_host(&self, host: &str) -> bool {
        let host = plain(host);
        self.allowed.iter().any(|allowed| matches!(&allowed.0, Kind::Host(name) if *name == host))
    }

    fn allows_address(&self, address: IpAddr) -> bool {
        let listed = |allowed: &Allowed| match &allowed.0 {
            Kind::Network(network) => network.contains(address),
            Kind::Host(_) => false,
        };
        is_public(address) || self.allowed.iter().any(listed)
    }

    /// Judges a URL by itself: an address in it, and names that mean this machine or this network.
    fn check(&self, url: &Url) -> Result<(), Fault> {
        let host = url.host_str().unwrap_or_default();
        let forbidden = |address: String| Fault::Forbidden { origin: origin(url), address };
        // The URL's parser has understood `0x7f.1` and its like as the addresses they are.
        let literal: Option<IpAddr> =
            host.trim_start_matches('[').trim_end_matches(']').parse().ok();
        match literal {
            Some(address) if self.allows_address(address) => Ok(()),
            Some(address) => Err(forbidden(address.to_string())),
            None if is_local_name(&plain(host)) && !self.allows_host(host) => {
                // A name that a proxy resolves never comes before the resolver below.
                let networks =
                    self.allowed.iter().any(|allowed| matches!(allowed.0, Kind::Network(_)));
                if networks { Ok(()) } else { Err(forbidden(plain(host))) }
            }
            None => Ok(()),
        }
    }
}

/// A guard, and the proxies that a client's own settings name.
#[derive(Clone, Debug)]
pub(crate) struct Guarded {
    guard: Guard,
    proxies: Vec<String>,
}

impl Guarded {
    pub(crate) fn new(guard: Guard, proxies: impl Iterator<Item = Url>) -> Self {
        let hosts = proxies.filter_map(|url| url.host_str().map(plain));
        Self { guard, proxies: hosts.collect() }
    }

    /// Judges the target. A proxy may be passed through, but is no target itself.
    pub(crate) fn check(&self, url: &Url) -> Result<(), Fault> {
        let host = plain(url.host_str().unwrap_or_default());
        if self.proxies.contains(&host) && !self.guard.allows_host(&host) {
            return Err(Fault::Forbidden { origin: origin(url), address: "a proxy".to_owned() });
        }
        self.guard.check(url)
    }
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let Self { guard, proxies } = self.clone();
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            if guard.allows_host(&host) || proxies.contains(&plain(&host)) {
                return Ok(Box::new(found.into_iter()) as Addrs);
            }
            // One address of the own network condemns the name: which of them a connection takes is
            // not for the name's owner to choose.
            let refused = found.iter().find(|address| !guard.allows_address(address.ip()));
            match refused {
                Some(address) => Err(Refused(address.ip().to_string()).into()),
                None => Ok(Box::new(found.into_iter()) as Addrs),
            }
        })
    }
}

/// Returns the name as it is compared: lower case, without the dot at the end.
fn plain(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

fn is_local_name(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    matches!(last, "localhost" | "internal" | "local" | "localdomain")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(allowed: &[&str], url: &str) -> Option<String> {
        let allowed = allowed.iter().map(|text| Allowed::parse(text).expect("valid"));
        let guard = Guard::new(allowed);
        match guard.check(&url.parse().expect("a URL")) {
            Err(Fault::Forbidden { address, .. }) => Some(address),
            Err(other) => panic!("{other}"),
            Ok(()) => None,
        }
    }

    #[test]
    fn an_address_is_seen_in_all_its_spellings() {
        for host in [
            "127.0.0.1",
            "127.1",
            "0x7f.1",
            "0x7f000001",
            "2130706433",
            "0177.0.0.1",
            "017700000001",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::1]",
            "[::]",
            "0",
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "metadata.google.internal",
            "169.254.169.254",
            "%31%32%37.0.0.1",
            "１２７.0.0.1",
            "127。0。0。1",
            "user@127.0.0.1",
            "1.1.1.1@10.0.0.1",
        ] {
            assert!(refusal(&[], &format!("http://{host}/x")).is_some(), "{host}");
        }
        assert_eq!(refusal(&[], "https://hooks.example.com/x"), None);
        assert_eq!(refusal(&[], "https://1.1.1.1/x"), None);
    }

    #[test]
    fn what_is_allowed_passes() {
        assert_eq!(refusal(&["127.0.0.0/8"], "http://127.1:8080/x"), None);
        assert_eq!(refusal(&["127.0.0.0/8"], "http://[::ffff:127.0.0.1]/x"), None);
        assert_eq!(refusal(&["Alerts.Internal"], "http://alerts.internal./x"), None);
        assert!(refusal(&["alerts.internal"], "http://other.internal/x").is_some());
        assert!(refusal(&["10.0.0.0/8"], "http://192.168.0.1/x").is_some());
    }

    #[test]
    fn what_allows_nothing_is_refused() {
        for text in ["", "10.0.0.0/40", "http://a/", "a b", "*.example.com", "10.0.0.256"] {
            assert!(Allowed::parse(text).is_err(), "{text}");
        }
    }
}
