//! Percent decoding and queries as Python's `urllib.parse` does them.

/// Decodes `%XX`; `+` stays `+`. Bytes that are no UTF-8 become U+FFFD.
///
/// Python decodes each run of ASCII by itself, so bytes on both sides of a written `é` do not join.
pub(super) fn unquote(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let run = rest.find(|sign: char| !sign.is_ascii()).unwrap_or(rest.len());
        out.push_str(&String::from_utf8_lossy(&unquote_to_bytes(&rest[..run])));
        rest = &rest[run..];
        let other = rest.find(|sign: char| sign.is_ascii()).unwrap_or(rest.len());
        out.push_str(&rest[..other]);
        rest = &rest[other..];
    }
    out
}

fn unquote_to_bytes(text: &str) -> Vec<u8> {
    let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if let (b'%', Some(high), Some(low)) =
            (byte, hex(bytes.get(at + 1)), hex(bytes.get(at + 2)))
        {
            out.push((high * 16 + low) as u8);
            at += 3;
        } else {
            out.push(*byte);
            at += 1;
        }
    }
    out
}

/// Reads a query; here `+` is a space, and a name without a value has an empty one.
pub(super) fn query(text: &str) -> impl Iterator<Item = (String, String)> {
    text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (unquote(&name.replace('+', " ")), unquote(&value.replace('+', " ")))
    })
}

/// The zeros of the scripts, as of Unicode 14; the digits of each stand in a row from there on.
const ZEROS: &[u32] = &[
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
    0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650,
    0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50,
    0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

/// Returns the value of a decimal digit of any script, as Python's `int` takes them.
pub(super) fn digit(sign: char) -> Option<u32> {
    if let Some(digit) = sign.to_digit(10) {
        return Some(digit);
    }
    let code = u32::from(sign);
    ZEROS.iter().find(|zero| (**zero..**zero + 10).contains(&code)).map(|zero| code - zero)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_as_python_does() {
        assert_eq!(unquote("a+b%20c%2Bd"), "a+b c+d");
        assert_eq!(unquote("%zz%4%"), "%zz%4%");
        assert_eq!(unquote("%C3%A9%ff"), "é\u{fffd}");
        assert_eq!(unquote("%C3é%A9"), "\u{fffd}é\u{fffd}");
        let pairs: Vec<_> = query("a=1&b&&c=x+y%3D=z").collect();
        let expected = [("a", "1"), ("b", ""), ("c", "x y==z")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
