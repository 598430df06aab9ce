//! Where block scalars and block sequences begin: the parser reports their content, an edit needs
//! the `|`, `>` or first `-` too.

/// Returns the offset of the `|` or `>` of the block scalar that follows `from`, the end of what
/// stands before it; between them are only indicators, properties, blanks and comments.
pub(crate) fn block_header(source: &str, from: usize) -> Option<usize> {
    find(source, from, b"|>", b"-?:.")
}

/// Returns the offset of the first `-` of a block sequence that is a key or a value.
pub(crate) fn first_dash(source: &str, from: usize) -> Option<usize> {
    find(source, from, b"-", b"?:")
}

/// Returns the offset of the first of the `wanted` bytes behind `from`, where only `passed` ones,
/// properties, blanks and comments stand before it.
pub(crate) fn find(source: &str, from: usize, wanted: &[u8], passed: &[u8]) -> Option<usize> {
    let bytes = source.as_bytes();
    let mut at = from;
    loop {
        match bytes.get(at)? {
            byte if wanted.contains(byte) => return Some(at),
            byte if passed.contains(byte) => at += 1,
            b'#' => at += until(bytes, at, |byte| matches!(byte, b'\n' | b'\r')),
            b'&' | b'!' => at += until(bytes, at, |byte| byte.is_ascii_whitespace()),
            // Blanks and the bytes of a byte-order mark.
            b' ' | b'\t' | b'\n' | b'\r' | 0xEF | 0xBB | 0xBF => at += 1,
            _ => return None,
        }
    }
}

fn until(bytes: &[u8], from: usize, stop: impl Fn(u8) -> bool) -> usize {
    bytes.iter().skip(from).take_while(|byte| !stop(**byte)).count()
}

/// Returns where the block scalar with this header ends: after its last line that holds something,
/// or, when it keeps trailing lines (`+`), before its last line ending.
pub(crate) fn block_end(
    source: &str,
    header: usize,
    content: sealine_source::TextRange,
    indent: usize,
) -> usize {
    let start = content.start as usize;
    let line = source.get(header..start).and_then(|text| text.lines().next());
    let line = line.or_else(|| source.get(header..)?.lines().next()).unwrap_or_default();
    let indicator = line.split([' ', '\t', '#', '\r']).next().unwrap_or_default();
    let bare = header + indicator.len();
    let before = source.get(..content.end as usize).unwrap_or_default();
    // Without content the range is the start of the next token, which may be indented.
    let before = if content.is_empty() { before.trim_end_matches([' ', '\t']) } else { before };
    let before = before.strip_suffix('\n').unwrap_or(before);
    let before = before.strip_suffix('\r').unwrap_or(before);
    if indicator.contains('+') {
        return before.len().max(bare);
    }
    let mut kept = before.get(start..).unwrap_or_default();
    if kept.trim().is_empty() || start < bare {
        return bare;
    }
    // Blanks beyond the indentation are part of the text.
    while let Some((above, last)) = kept.rsplit_once(['\n', '\r'])
        && last.len() <= indent
        && last.bytes().all(|byte| byte == b' ')
    {
        kept = above;
    }
    start + kept.len()
}
