//! Patterns in which `*` stands for any text.

/// Returns whether a pattern with `*` for any text fits the whole of a text. Linear in both: a later star
/// never has to give back what an earlier one took.
pub fn fits(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, wanted) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("**", "ü", true),
            ("a*c", "abbc", true),
            ("a*c", "abcb", false),
            ("a*a", "a", false),
            ("*b*", "abc", true),
            ("*ab*ab", "abab", true),
            ("*ab*ab", "ab", false),
            ("terraform/*/prod", "terraform/a/b/prod", true),
            ("", "a", false),
        ] {
            assert_eq!(fits(pattern, text), wanted, "{pattern} {text}");
        }
    }
}
