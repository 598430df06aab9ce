//! URIs as database drivers and clients read them: `scheme://user:password@host:port/path?query`.
//!
//! Drivers differ in what they do with characters that may not stand there, so those are refused: a
//! URI that passes reads the same everywhere.

use percent_encoding::percent_decode_str;

use super::{Fields, Unread};

/// How a `+` in a query is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plus {
    /// As it stands.
    Literal,
    /// As a space, as in forms.
    Space,
}

/// Returns the fields of a URI.
pub(crate) fn fields(text: &str) -> Result<Fields, Unread> {
    let (scheme, rest) = text.split_once("://").ok_or("it has no scheme")?;
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(is_letter) {
        return Err("it has no scheme");
    }
    if rest.contains(|c: char| c.is_control()) {
        return Err("a control character may not stand in a URI");
    }
    let mut fields = Fields::from([("scheme".to_owned(), scheme.as_bytes().to_vec())]);
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let (user_info, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    for part in [user, password] {
        if !part
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:%".contains(&byte))
        {
            return Err("a character may not stand in the user info of a URI");
        }
    }
    put(&mut fields, "user", decoded(user)?);
    put(&mut fields, "password", decoded(password)?);
    let (host, port) = host_and_port(host)?;
    put(&mut fields, "host", decoded(host)?);
    put(&mut fields, "port", port.as_bytes().to_vec());
    put(&mut fields, "path", decoded(path)?);
    put(&mut fields, "fragment", decoded(fragment)?);
    let plus = if scheme.starts_with("postgres") { Plus::Literal } else { Plus::Space };
    pairs(query, '&', plus, &mut fields)?;
    Ok(fields)
}

/// Reads pairs of names and values.
pub(crate) fn pairs(
    query: &str,
    separator: char,
    plus: Plus,
    fields: &mut Fields,
) -> Result<(), Unread> {
    for pair in query.split(separator).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = match plus {
            Plus::Literal => decoded(value)?,
            Plus::Space => decoded(&value.replace('+', " "))?,
        };
        fields.insert(format!("query.{name}"), value);
    }
    Ok(())
}

fn put(fields: &mut Fields, name: &str, value: Vec<u8>) {
    if !value.is_empty() {
        fields.insert(name.to_owned(), value);
    }
}

/// Several hosts stand as they are.
fn host_and_port(host: &str) -> Result<(&str, &str), Unread> {
    if host.contains([',', '[']) {
        return Ok((host, ""));
    }
    match host.split_once(':') {
        None => Ok((host, "")),
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => Ok((host, port)),
        Some(_) => Err("the port is no number"),
    }
}

/// Returns what a percent-encoded text says.
pub(crate) fn decoded(text: &str) -> Result<Vec<u8>, Unread> {
    let broken = text.split('%').skip(1).any(|rest| {
        let digits = rest.as_bytes().get(..2);
        digits.is_none_or(|digits| !digits.iter().all(u8::is_ascii_hexdigit))
    });
    if broken {
        return Err("a `%` is followed by no two hexadecimal digits");
    }
    Ok(percent_decode_str(text).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Result<String, Unread> {
        let fields = fields(text)?;
        let parts = fields.iter().map(|(name, value)| format!("{name}={}", value.escape_ascii()));
        Ok(parts.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn parts_are_decoded() {
        assert_eq!(
            shown("postgresql://app:p%40s%2Fs+x@db.svc:5432/app?a=1+2").as_deref(),
            Ok(
                "host=db.svc password=p@s/s+x path=/app port=5432 query.a=1+2 scheme=postgresql user=app"
            )
        );
        assert_eq!(
            shown("mongodb+srv://u:p@a,b/?q=1+2").as_deref(),
            Ok("host=a,b password=p path=/ query.q=1 2 scheme=mongodb+srv user=u")
        );
    }

    #[test]
    fn what_drivers_read_differently_is_refused() {
        for text in [
            "x",
            "a b://h",
            "s://u:p@q@h",
            "s://u:p/q@h:1",
            "s://u:p#q@h:1",
            "s://u:%zz@h",
            "s://u:a b@h",
            "s://u:é@h",
        ] {
            assert!(fields(text).is_err(), "{text}");
        }
    }
}
