//! Addresses of sites, and of services such as databases and queues.
//!
//! Invariant: what may open something by itself is no such address: a password, a query that may hold a
//! token, a part of the path that may be one.

/// How the addresses of services begin whose credentials stand before an `@`, or nowhere. Those of
/// chats and pagers are not among them: they have a token for a host.
const SERVICES: &[&str] = &[
    "amqp",
    "amqps",
    "grpc",
    "http",
    "https",
    "kafka",
    "ldap",
    "ldaps",
    "mongodb",
    "mysql",
    "nats",
    "postgres",
    "postgresql",
    "redis",
    "rediss",
    "sentinel",
    "smtp",
    "smtps",
    "tcp",
    "thrift",
    "tls",
    "udp",
    "ws",
    "wss",
];

/// Returns whether a text is the address of a site or a service and nothing more.
pub(crate) fn is_address_of_site(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    if !SERVICES.contains(&scheme) {
        return false;
    }
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut parts = rest.split('/');
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:".contains(&byte);
    let host = crate::stand_in::host_of(parts.next().unwrap_or_default());
    let is_word = |part: &str| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        let fine =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
        part.len() <= 24 && digits <= 2 && part.bytes().all(fine)
    };
    let is_plain = !host.is_empty() && host.bytes().all(is_host) && parts.all(is_word);
    is_plain && (query.is_empty() || query.split('&').all(is_way_to_connect))
}

/// Whether a part of a query says how a client is to connect to a database, and nothing else: `sslmode=require`.
fn is_way_to_connect(part: &str) -> bool {
    const NAMES: [&str; 6] = ["authSource", "charset", "retryWrites", "ssl", "sslmode", "tls"];
    part.split_once('=').is_some_and(|(name, value)| {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
        NAMES.contains(&name) && value.len() <= 16 && value.bytes().all(is_plain)
    })
}
