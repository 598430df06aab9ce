//! Whether a text is JSON: the real tool reads a list of operations that begins with a bracket as
//! JSON alone, though any other one as YAML.
//!
//! Invariant: the text is looked at once, without recursion.

/// Returns whether all of a text is one JSON value, as far as its tokens tell: quoted keys, known
/// words, brackets that match.
pub(super) fn is_json(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut open: Vec<u8> = Vec::new();
    let mut before = b' ';
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        let starts_value = matches!(before, b' ' | b'[' | b'{' | b',' | b':');
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {
                at += 1;
                continue;
            }
            b'[' | b'{' if starts_value => open.push(byte),
            b']' | b'}' => {
                let fits = open.pop() == Some(if byte == b']' { b'[' } else { b'{' });
                if !fits || matches!(before, b',' | b':') {
                    return false;
                }
            }
            b',' | b':' if starts_value || open.is_empty() => return false,
            b',' | b':' => {}
            b'"' if starts_value => match string_end(bytes, at) {
                Some(end) => at = end,
                None => return false,
            },
            _ if starts_value => {
                let rest = bytes.get(at..).unwrap_or_default();
                let ends = |byte: &u8| b" \t\r\n,]}:".contains(byte);
                let end = rest.iter().position(ends).unwrap_or(rest.len());
                let word = std::str::from_utf8(rest.get(..end).unwrap_or_default());
                let is_word = word.is_ok_and(|word| {
                    let first = |byte: u8| byte.is_ascii_digit() || byte == b'-';
                    matches!(word, "true" | "false" | "null")
                        || (word.bytes().next().is_some_and(first) && word.parse::<f64>().is_ok())
                });
                // A key is a string.
                if !is_word || (open.last() == Some(&b'{') && before != b':') {
                    return false;
                }
                at += end.saturating_sub(1);
            }
            _ => return false,
        }
        before = byte;
        at += 1;
    }
    open.is_empty()
}

/// Returns where the string ends that begins at `start`.
fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            0..=0x1f => return None,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_in_brackets_is_no_json() {
        for text in [r#"[{"op": "add", "value": [1, -2.5, true, {}]}]"#, "[]", r#"["a\"b"]"#] {
            assert!(is_json(text), "{text}");
        }
        for text in ["[{op: add}]", r#"[{"a": b}]"#, "[", "[1,]", "['a']", "[1 2]", "[1]]"] {
            assert!(!is_json(text), "{text}");
        }
    }
}
