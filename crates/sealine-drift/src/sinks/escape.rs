//! Puts texts of others into messages: cut to a number of characters, and without what a service
//! would take for markup, a mention or a terminal's command.

/// Cuts a text to a number of characters, and shows that it was cut.
pub fn cut(text: &str, limit: usize) -> String {
    if text.chars().nth(limit).is_none() {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(limit.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Takes out control characters and those that turn the direction of writing.
pub fn plain(text: &str) -> String {
    let hidden = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
            || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.replace(hidden, " ")
}

/// Writes a text for Slack, where these three signs begin everything that is not text.
pub fn slack(text: &str) -> String {
    plain(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Writes a text as code in Markdown or in Slack's markup: in code nobody is mentioned and no link
/// is made.
pub fn code(text: &str) -> String {
    format!("`{}`", plain(text).replace('`', "ˋ"))
}

/// Writes a text for Markdown in GitHub, where it must neither mention anybody, nor link, nor be
/// markup or HTML.
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in plain(text).chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("@\u{2060}"),
            '#' => out.push_str("#\u{2060}"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '!' | '|' | '~' => {
                out.push('\\');
                out.push(letter);
            }
            letter => out.push(letter),
        }
    }
    // What GitHub would link by itself.
    out.replace("://", ":\u{2060}//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_counts_characters() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
        assert_eq!(cut("", 3), "");
    }

    #[test]
    fn nothing_is_mentioned_linked_or_run() {
        let hostile = "<!channel> <@U1> <https://x|y> @here #1 `a` \u{1b}[31m\u{202e}x";
        let text = slack(hostile);
        assert!(!text.contains(['<', '>', '\u{1b}', '\u{202e}']), "{text}");
        let text = markdown(hostile);
        assert!(!text.contains("<!") && !text.contains("@here") && !text.contains("://"), "{text}");
        assert_eq!(code("a`b\n"), "`aˋb `");
    }
}
