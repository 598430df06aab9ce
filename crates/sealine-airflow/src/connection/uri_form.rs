//! The URI form of a connection: `type://login:password@host:port/schema?extra=value`.
//!
//! Airflow splits the text twice with Python's `urlsplit`, once for the scheme and once for what
//! remains when every `scheme://` is cut out; both steps are repeated here as they are, since what
//! they make of odd texts is what the hook gets.
//!
//! Invariant: no text panics, and a text that Python accepts gives the same fields.

use indexmap::IndexMap;

use super::json_form::{extra_of_text, normalised_type};
use super::percent::{query, unquote};
use super::{Connection, Extra, Fault, Json};

/// The key of a query whose value is the whole `extra`.
const EXTRA_KEY: &str = "__extra__";

/// Reads the URI form.
pub(super) fn parse(uri: &str) -> Result<Connection, Fault> {
    let schemes = uri.matches("://").count();
    if schemes > 2 {
        return Err(Fault::Schemes);
    }
    let has_protocol = schemes == 2;
    let scheme = split(uri)?.scheme;
    let rest = uri.replace(&format!("{scheme}://"), if has_protocol { "" } else { "//" });
    if has_protocol {
        let before = rest.split("://").next().unwrap_or_default();
        if before.contains(['@', ':']) {
            return Err(Fault::UserBeforeScheme);
        }
    }
    let parts = split(&rest)?;
    let host = match host(&parts.location) {
        host if has_protocol && !host.is_empty() => format!("{}://{host}", parts.scheme),
        host => host,
    };
    let (login, password) = user(&parts.location);
    let schema: String = parts.path.chars().skip(1).collect();
    Ok(Connection {
        conn_type: Some(Json::Text(normalised_type(&scheme))),
        description: None,
        host: Some(Json::Text(host)),
        login: login.map(|text| Json::Text(unquote(text))),
        password: password.map(|text| Json::Text(unquote(text))),
        schema: Some(Json::Text(unquote(&schema))),
        port: port(host_and_port(&parts.location).1)?,
        extra: extra(&parts.query),
    })
}

fn extra(text: &str) -> Option<Extra> {
    if text.is_empty() {
        return None;
    }
    let pairs: IndexMap<String, String> = query(text).collect();
    if let Some(whole) = pairs.get(EXTRA_KEY) {
        // An empty text is no object, and none is missed.
        return (!whole.is_empty()).then(|| extra_of_text(whole));
    }
    let members = pairs.into_iter().map(|(name, value)| (name, Json::Text(value)));
    Some(Extra::Json(Json::Object(members.collect())))
}

/// What Python's `urlsplit` gives, without the fragment.
struct Parts {
    scheme: String,
    location: String,
    path: String,
    query: String,
}

fn split(uri: &str) -> Result<Parts, Fault> {
    let text = uri.trim_start_matches(|sign: char| sign <= ' ');
    let text = text.replace(['\t', '\r', '\n'], "");
    let (scheme, rest) = scheme_of(&text);
    let (location, rest) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())),
        None => ("", rest),
    };
    check_brackets(location)?;
    let rest = rest.split('#').next().unwrap_or_default();
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    if location.chars().any(looks_like_a_delimiter) {
        return Err(Fault::LookAlike);
    }
    let own = str::to_owned;
    Ok(Parts { scheme, location: own(location), path: own(path), query: own(query) })
}

fn scheme_of(text: &str) -> (String, &str) {
    let allowed = |sign: char| sign.is_ascii_alphanumeric() || "+-.".contains(sign);
    match text.split_once(':') {
        Some((scheme, rest))
            if scheme.starts_with(|sign: char| sign.is_ascii_alphabetic())
                && scheme.chars().all(allowed) =>
        {
            (scheme.to_ascii_lowercase(), rest)
        }
        _ => (String::new(), text),
    }
}

/// An IPv6 address, and nothing else, stands in brackets.
fn check_brackets(location: &str) -> Result<(), Fault> {
    if location.contains('[') != location.contains(']') {
        return Err(Fault::Brackets);
    }
    if !location.contains('[') {
        return Ok(());
    }
    let host = after_user(location);
    let inside = match host.split_once('[') {
        Some(("", bracketed)) => {
            let (inside, after) = bracketed.split_once(']').unwrap_or((bracketed, ""));
            if !after.is_empty() && !after.starts_with(':') {
                return Err(Fault::Brackets);
            }
            inside
        }
        Some(_) => return Err(Fault::Brackets),
        None => host.split(':').next().unwrap_or_default(),
    };
    if is_address(inside) { Ok(()) } else { Err(Fault::Brackets) }
}

fn is_address(text: &str) -> bool {
    if let Some(future) = text.strip_prefix('v') {
        return future.split_once('.').is_some_and(|(version, rest)| {
            !version.is_empty()
                && version.chars().all(|sign| sign.is_ascii_hexdigit())
                && !rest.is_empty()
        });
    }
    let (address, zone) = match text.split_once('%') {
        Some((address, zone)) => (address, Some(zone)),
        None => (text, None),
    };
    zone.is_none_or(|zone| !zone.is_empty() && !zone.contains('%'))
        && address.parse::<core::net::Ipv6Addr>().is_ok()
}

/// Signs that Unicode's compatibility forms turn into one of `/?#@:`.
fn looks_like_a_delimiter(sign: char) -> bool {
    matches!(
        sign,
        '\u{2047}'
            ..='\u{2049}'
                | '\u{2100}'
                | '\u{2101}'
                | '\u{2105}'
                | '\u{2106}'
                | '\u{2a74}'
                | '\u{fe13}'
                | '\u{fe16}'
                | '\u{fe55}'
                | '\u{fe56}'
                | '\u{fe5f}'
                | '\u{fe6b}'
                | '\u{ff03}'
                | '\u{ff0f}'
                | '\u{ff1a}'
                | '\u{ff1f}'
                | '\u{ff20}'
    )
}

fn after_user(location: &str) -> &str {
    location.rsplit_once('@').map_or(location, |(_, host)| host)
}

fn user(location: &str) -> (Option<&str>, Option<&str>) {
    match location.rsplit_once('@') {
        Some((user, _)) => match user.split_once(':') {
            Some((login, password)) => (Some(login), Some(password)),
            None => (Some(user), None),
        },
        None => (None, None),
    }
}

fn host_and_port(location: &str) -> (&str, &str) {
    let host = after_user(location);
    if let Some((_, bracketed)) = host.split_once('[') {
        let (host, after) = bracketed.split_once(']').unwrap_or((bracketed, ""));
        return (host, after.split_once(':').map_or("", |(_, port)| port));
    }
    host.split_once(':').unwrap_or((host, ""))
}

/// A host is lower-cased up to a `%`, unless it is a path.
fn host(location: &str) -> String {
    let (name, _) = host_and_port(location);
    let lower = match name.find('%') {
        Some(at) => format!("{}{}", name[..at].to_lowercase(), &name[at..]),
        None => name.to_lowercase(),
    };
    let host = unquote(&lower);
    if host.contains('/') {
        let written = after_user(location);
        return unquote(written.split(':').next().unwrap_or_default());
    }
    host
}

fn port(text: &str) -> Result<Option<i64>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault::Port);
    }
    match text.trim_start_matches('0') {
        "" => Ok(Some(0)),
        digits => match digits.parse() {
            Ok(port @ 0..=65535) => Ok(Some(port)),
            _ => Err(Fault::PortRange),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shows type, login, password, host, port, schema and extras.
    fn shown(uri: &str) -> String {
        let made = match parse(uri) {
            Ok(made) => made,
            Err(fault) => return fault.to_string(),
        };
        let text = |name: &str| made.text(name).unwrap_or("-").to_owned();
        let fields = ["conn_type", "login", "password", "host", "schema"].map(text);
        let extra = match &made.extra {
            Some(Extra::Json(Json::Object(members))) => {
                let value = |json: &Json| json.as_str().unwrap_or(json.kind()).to_owned();
                let members = members.iter().map(|(name, json)| format!(" {name}={}", value(json)));
                members.collect()
            }
            Some(Extra::Json(json)) => format!(" {}", json.kind()),
            Some(Extra::Unreadable) => " unreadable".to_owned(),
            None => String::new(),
        };
        let port = made.port.map_or("-".to_owned(), |port| port.to_string());
        format!("{}|{port}{extra}", fields.join("|"))
    }

    #[test]
    fn every_part_is_decoded_once() {
        assert_eq!(
            shown("postgresql://a%40b:p%2F%2B+@Host.Example:5432/my%20db?sslmode=a+b%2B&x"),
            "postgres|a@b|p/++|host.example|my db|5432 sslmode=a b+ x="
        );
        assert_eq!(shown("google-cloud-platform://"), "google_cloud_platform|-|-|||-");
        assert_eq!(shown("redis://:p%2F@h"), "redis||p/|h||-");
        assert_eq!(shown("postgres://%2Fvar%2FRun:1/db"), "postgres|-|-|/var/Run|db|1");
        assert_eq!(shown("http://[FE80::1%25Eth0]:80"), "http|-|-|fe80::1%Eth0||80");
    }

    #[test]
    fn texts_that_are_no_uris_give_useless_connections() {
        assert_eq!(shown("my_type://h"), "|-|-||y_type//h|-");
        assert_eq!(shown("aGVsbG8="), "|-|-||GVsbG8=|-");
        assert_eq!(shown("[1]"), "|-|-||1]|-");
        assert_eq!(shown("postgres://a:b/c@h"), "the port is not a number");
    }

    #[test]
    fn a_host_may_have_a_protocol() {
        assert_eq!(
            shown("http://https://Api.example:8443/p"),
            "http|-|-|https://api.example|p|8443"
        );
        assert_eq!(shown("http://u:p@https://x"), "`@` or `:` stands before the second scheme");
        assert_eq!(shown("a://b?c=d://e&f=g://h"), "`://` stands in it more than twice");
    }

    #[test]
    fn the_whole_extra_may_stand_in_one_key() {
        assert_eq!(shown("a://?x=1&__extra__=%7B%22n%22%3A%205%7D"), "a|-|-|||- n=a number");
        assert_eq!(shown("a://?__extra__=n"), "a|-|-|||- unreadable");
        assert_eq!(shown("a://?__extra__="), "a|-|-|||-");
    }

    #[test]
    fn odd_hosts_and_ports() {
        assert_eq!(shown("a://h:65536"), "the port is too large");
        assert_eq!(shown("a://h:٥"), "the port is not a number");
        assert_eq!(shown("a://h:"), "a|-|-|h||-");
        for uri in ["a://[::1", "a://[x]", "a://[1.2.3.4]", "a://x[::1]", "a://p[w@h"] {
            assert_eq!(shown(uri), Fault::Brackets.to_string(), "{uri}");
        }
        assert_eq!(shown("a://h\u{ff0f}x"), Fault::LookAlike.to_string());
    }
}
