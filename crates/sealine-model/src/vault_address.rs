//! Addresses of a HashiCorp Vault: one server has several, by where it is seen from.
//!
//! Invariant: two names of the public network are never called one server.

use crate::{Certainty, Value};

/// Returns an address without the `/` at its end; nothing for one of the own machine, which is the end of a
/// tunnel to any server.
pub(crate) fn told(address: Value) -> Option<Value> {
    let Some(text) = address.text() else { return Some(address) };
    if is_own_machine(host(&text)) {
        return None;
    }
    let trimmed = text.trim_end_matches('/');
    let place = address.single_place().cloned();
    Some(if trimmed.len() < text.len() { Value::known(trimmed, place) } else { address })
}

/// Returns how surely two addresses that read differently mean one server: what pods call it by, and what
/// others do, may be.
pub(crate) fn unify(one: &str, two: &str) -> Option<Certainty> {
    match (service(host(one)), service(host(two))) {
        (Some(one), Some(two)) if one == two => Some(Certainty::Exact),
        (Some(_), None) | (None, Some(_)) => Some(Certainty::Assumed),
        _ => None,
    }
}

/// Returns the host in an address, without a port.
fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    match authority.strip_prefix('[') {
        Some(numbers) => numbers.split(']').next().unwrap_or(numbers),
        None => authority.split(':').next().unwrap_or(authority),
    }
}

fn is_own_machine(host: &str) -> bool {
    // `core` knows addresses, and nobody to ask at one.
    let is_loopback = |address: core::net::IpAddr| address.is_loopback();
    host == "localhost" || host.parse().is_ok_and(is_loopback)
}

/// Returns the service of a cluster that a host is, as far as it is written: `vault.infra`, `vault`.
fn service(host: &str) -> Option<&str> {
    let host = host.strip_suffix(".cluster.local").unwrap_or(host);
    let bare = host.strip_suffix(".svc");
    bare.or_else(|| (!host.is_empty() && !host.contains('.')).then_some(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_tunnel_is_no_address() {
        let told = |text: &str| told(Value::from(text)).and_then(|value| value.text());
        for own in ["http://localhost:8200", "https://127.0.0.1:8200/", "http://[::1]:8200"] {
            assert_eq!(told(own), None, "{own}");
        }
        assert_eq!(
            told("https://vault.example.org/").as_deref(),
            Some("https://vault.example.org")
        );
        assert_eq!(told("http://vault:8200").as_deref(), Some("http://vault:8200"));
    }

    #[test]
    fn a_service_and_a_public_name_may_be_one_server() {
        let long = "http://vault.infra.svc.cluster.local:8200";
        assert_eq!(unify("http://vault.infra.svc:8200", long), Some(Certainty::Exact));
        assert_eq!(unify("https://vault.example.org", long), Some(Certainty::Assumed));
        assert_eq!(
            unify("http://vault:8200", "https://vault.example.org"),
            Some(Certainty::Assumed)
        );
        assert_eq!(unify("http://bao.infra.svc:8200", long), None);
        assert_eq!(unify("https://vault.example.org", "https://vault.example.com"), None);
    }
}
