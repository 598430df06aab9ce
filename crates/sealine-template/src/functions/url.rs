//! Functions on URLs.
//!
//! Invariant: a URL is taken apart and put together as Go does it; a part that cannot stand in a
//! URL is an error.

use super::Parameter::{Map as AnyMap, Text as AnyText};
use super::{Answer, Function, Stop, stop};
use crate::call::Invocation;
use crate::text::Text;
use crate::value::{Data, Map};

pub(super) const TABLE: &[Function] =
    &[Function::plain("urlJoin", &[AnyMap], join), Function::plain("urlParse", &[AnyText], parse)];

/// What stays unescaped where.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Path,
    User,
    Fragment,
    Host,
}

fn parse(call: &mut Invocation<'_, '_>) -> Answer {
    let text = call.text(0);
    let content = readable(&text);
    let map = Map::default();
    let (rest, fragment) = match content.split_once('#') {
        Some((rest, fragment)) => (rest, fragment),
        None => (&*content, ""),
    };
    if rest.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return stop("unable to parse url: invalid control character in URL");
    }
    let (scheme, rest) = scheme(rest)?;
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, query),
        None => (rest, ""),
    };
    let mut opaque = "";
    let mut authority = "";
    let mut path = rest;
    if !rest.starts_with('/') && !scheme.is_empty() {
        opaque = rest;
        path = "";
    } else if let Some(rest) = rest.strip_prefix("//").filter(|rest| !rest.starts_with("//")) {
        let end = rest.find('/').unwrap_or(rest.len());
        (authority, path) = rest.split_at(end);
    } else if !rest.starts_with('/')
        && rest.split('/').next().is_some_and(|part| part.contains(':'))
    {
        return stop("unable to parse url: first path segment in URL cannot contain colon");
    }
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (user, host),
        None => ("", authority),
    };
    let user = match user.split_once(':') {
        Some((name, password)) => {
            let name = escape(&unescape(name)?, Place::User);
            format!("{name}:{}", escape(&unescape(password)?, Place::User))
        }
        None => escape(&unescape(user)?, Place::User),
    };
    let hostname = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inner, _)) => inner,
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    if let Some((_, port)) = host.rsplit_once(':')
        && !host.ends_with(']')
        && !port.bytes().all(|byte| byte.is_ascii_digit())
    {
        return stop("unable to parse url: invalid port after host");
    }
    if let Some(odd) = host.chars().find(|letter| " <>\"\\^`{|}".contains(*letter)) {
        // A host's letters are the few that its own escaping leaves alone.
        let allowed = matches!(odd, '<' | '>' | '"');
        if !allowed {
            return stop("unable to parse url: invalid character in host name");
        }
    }
    map.set("scheme", scheme.into());
    map.set("host", host.into());
    map.set("hostname", hostname.into());
    map.set("path", Text::from(unescape(path)?).into());
    map.set("query", query.into());
    map.set("opaque", opaque.into());
    map.set("fragment", Text::from(unescape(fragment)?).into());
    map.set("userinfo", user.into());
    Ok(map.into())
}

/// Returns the text with bytes that are no letters escaped, as they may stand in a path.
fn readable(text: &Text) -> String {
    let mut out = String::with_capacity(text.len());
    for chunk in text.as_bytes().utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            out.extend(["%", &format!("{byte:02X}")]);
        }
    }
    out
}

fn scheme(text: &str) -> Result<(String, &str), Stop> {
    for (at, letter) in text.char_indices() {
        match letter {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if at > 0 => {}
            ':' if at == 0 => return stop("unable to parse url: missing protocol scheme"),
            ':' => {
                let (scheme, rest) = text.split_at(at);
                return Ok((scheme.to_ascii_lowercase(), rest.get(1..).unwrap_or_default()));
            }
            _ => break,
        }
    }
    Ok((String::new(), text))
}

fn unescape(text: &str) -> Result<Vec<u8>, Stop> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        if *byte != b'%' {
            out.push(*byte);
            continue;
        }
        let digits = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => out.push(byte),
            None => return stop("unable to parse url: invalid URL escape"),
        }
        rest = tail.get(2..).unwrap_or_default();
    }
    Ok(out)
}

fn escape(bytes: &[u8], place: Place) -> String {
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        let plain = match byte {
            byte if byte.is_ascii_alphanumeric() || b"-_.~$&+=,;".contains(byte) => true,
            b'/' | b'@' | b':' => place != Place::User,
            b'?' => place == Place::Fragment,
            b'!' | b'(' | b')' | b'*' => place == Place::Fragment || place == Place::Host,
            b'[' | b']' | b'\'' | b'<' | b'>' | b'"' => place == Place::Host,
            _ => false,
        };
        if plain {
            out.push(char::from(*byte));
        } else {
            out.extend(["%", &format!("{byte:02X}")]);
        }
    }
    out
}

fn join(call: &mut Invocation<'_, '_>) -> Answer {
    let map = call.map(0);
    let part = |key: &str| match map.get(key) {
        None => Ok(String::new()),
        Some(value) => match &value.data {
            Data::Text(text) => Ok(text.to_str().into_owned()),
            _ => stop(format!("unable to parse {key} key, must be of type string")),
        },
    };
    let (scheme, host, path) = (part("scheme")?, part("host")?, part("path")?);
    let (query, opaque, fragment) = (part("query")?, part("opaque")?, part("fragment")?);
    let user = part("userinfo")?;
    let mut out = String::new();
    if !scheme.is_empty() {
        out.push_str(&scheme);
        out.push(':');
    }
    if opaque.is_empty() {
        if !scheme.is_empty() || !host.is_empty() || !user.is_empty() {
            if !host.is_empty() || !path.is_empty() || !user.is_empty() {
                out.push_str("//");
            }
            if !user.is_empty() {
                let shown = match user.split_once(':') {
                    Some((name, password)) => {
                        let name = escape(&unescape(name)?, Place::User);
                        format!("{name}:{}", escape(&unescape(password)?, Place::User))
                    }
                    None => escape(&unescape(&user)?, Place::User),
                };
                out.push_str(&shown);
                out.push('@');
            }
            out.push_str(&escape(host.as_bytes(), Place::Host));
        }
        if !path.is_empty() && !path.starts_with('/') && !host.is_empty() {
            out.push('/');
        }
        let first = path.split('/').next().unwrap_or_default();
        if out.is_empty() && first.contains(':') {
            // Else the text before the colon would be taken for a scheme.
            out.push_str("./");
        }
        out.push_str(&escape(path.as_bytes(), Place::Path));
    } else {
        out.push_str(&opaque);
    }
    if !query.is_empty() {
        out.push('?');
        out.push_str(&query);
    }
    if !fragment.is_empty() {
        out.push('#');
        out.push_str(&escape(fragment.as_bytes(), Place::Fragment));
    }
    Ok(out.into())
}
