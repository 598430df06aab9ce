//! Takes credentials out of texts that programs wrote, before they are stored or sent.
//!
//! Invariant: what looks like a credential in a URL or after `token=` and its kin never passes. This
//! is the second net: runs redact by what they know of values, and this knows only shapes.

/// Words whose value in `word=value`, `word: value` or `"word":"value"` is not for others.
const WORDS: &[&str] = &[
    "sig",
    "token",
    "password",
    "passwd",
    "secret",
    "api_key",
    "apikey",
    "access_key",
    "accesskey",
    "secret_key",
    "private_key",
    "client_secret",
    "authorization",
    "x-amz-signature",
    "x-amz-security-token",
    "x-amz-credential",
    "sharedaccesskey",
    "accountkey",
    "routing_key",
];

/// Returns the text without credentials and control characters.
pub fn scrubbed(text: &str) -> String {
    let without = text.replace(|letter: char| letter.is_control() && letter != '\n', " ");
    let without = without_user_parts(&without);
    without_values(&without)
}

/// `https://user:password@host` becomes `https://****@host`.
fn without_user_parts(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let end = after
            .find(|letter: char| {
                letter.is_whitespace() || matches!(letter, '/' | '?' | '#' | '"' | '\'' | '<' | '>')
            })
            .unwrap_or(after.len());
        let (authority, tail) = after.split_at(end);
        match authority.rfind('@') {
            Some(at) => {
                out.push_str("****");
                out.push_str(&authority[at..]);
            }
            None => out.push_str(authority),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

fn without_values(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let fits =
            |word: &&&str| lower[at..].starts_with(**word) && !preceded_by_letter(&lower, at);
        let Some(word) = WORDS.iter().filter(fits).max_by_key(|word| word.len()) else {
            let next = text[at..].chars().next().map_or(1, char::len_utf8);
            out.push_str(&text[at..at + next]);
            at += next;
            continue;
        };
        let mut end = at + word.len();
        let between = text[end..]
            .find(|letter: char| !matches!(letter, '"' | '\'' | ' ' | '=' | ':'))
            .unwrap_or(text.len() - end);
        let joined = &text[end..end + between];
        end += between;
        out.push_str(&text[at..end]);
        at = end;
        if !joined.contains(['=', ':']) {
            continue;
        }
        // `authorization: Bearer x` has a word between.
        for scheme in ["bearer ", "basic ", "geniekey "] {
            if lower[at..].starts_with(scheme) {
                out.push_str(&text[at..at + scheme.len()]);
                at += scheme.len();
            }
        }
        let value = text[at..]
            .find(|letter: char| {
                letter.is_whitespace() || matches!(letter, '&' | '"' | '\'' | ',' | ';' | ')' | '}')
            })
            .unwrap_or(text.len() - at);
        if value > 0 {
            out.push_str("****");
        }
        at += value;
    }
    out
}

fn preceded_by_letter(text: &str, at: usize) -> bool {
    text[..at].chars().next_back().is_some_and(|letter| letter.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::scrubbed;

    #[test]
    fn credentials_in_texts_of_programs_are_covered() {
        for (text, wanted) in [
            ("get https://u:p@host/x?y", "get https://****@host/x?y"),
            ("at https://a.blob/x?sv=1&sig=abc%3D&se=2", "at https://a.blob/x?sv=1&sig=****&se=2"),
            ("password = \"hunter2\", next", "password = \"****\", next"),
            (r#"{"client_secret":"abc","a":1}"#, r#"{"client_secret":"****","a":1}"#),
            ("Authorization: Bearer abc.def", "Authorization: Bearer ****"),
            ("my_token=abc", "my_token=****"),
            ("the secret of the vault", "the secret of the vault"),
            ("a signal=3", "a signal=3"),
            ("\u{1b}]0;x\u{7}y", " ]0;x y"),
            ("ünï sig=ü", "ünï sig=****"),
        ] {
            assert_eq!(scrubbed(text), wanted);
        }
    }
}
