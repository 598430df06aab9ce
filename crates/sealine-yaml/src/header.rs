//! Where a block scalar begins: the parser reports its content, an edit needs its `|` or `>` too.

/// Returns the offset of the `|` or `>` of the block scalar that follows `from`, the end of what
/// stands before it; between them are only indicators, properties, blanks and comments.
pub(crate) fn block_header(source: &str, from: usize) -> Option<usize> {
    let bytes = source.as_bytes();
    let mut at = from;
    loop {
        match bytes.get(at)? {
            b'|' | b'>' => return Some(at),
            b'#' => at += until(bytes, at, |byte| matches!(byte, b'\n' | b'\r')),
            b'&' | b'!' => at += until(bytes, at, |byte| byte.is_ascii_whitespace()),
            b' ' | b'\t' | b'\n' | b'\r' | b'-' | b'?' | b':' => at += 1,
            _ => return None,
        }
    }
}

fn until(bytes: &[u8], from: usize, stop: impl Fn(u8) -> bool) -> usize {
    bytes.iter().skip(from).take_while(|byte| !stop(**byte)).count()
}

/// Returns where the block scalar with this header ends: after its last line that holds something,
/// or, when it keeps trailing lines (`+`), before its last line ending.
pub(crate) fn block_end(source: &str, header: usize, content_start: usize, end: usize) -> usize {
    let line = source.get(header..content_start).and_then(|text| text.lines().next());
    let indicator = line.and_then(|line| line.split([' ', '\t', '#']).next()).unwrap_or_default();
    let content = source.get(content_start..end).unwrap_or_default();
    if content.trim().is_empty() {
        return header + indicator.len();
    }
    if indicator.contains('+') {
        let cut = content.strip_suffix('\n').unwrap_or(content);
        return content_start + cut.strip_suffix('\r').unwrap_or(cut).len();
    }
    let mut kept = content.trim_end_matches([' ', '\t', '\n', '\r']).len();
    // Blanks at the end of the last line are part of it.
    kept += until(content.as_bytes(), kept, |byte| matches!(byte, b'\n' | b'\r'));
    content_start + kept
}
