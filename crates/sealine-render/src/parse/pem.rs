//! PEM: blocks of base64 between lines that say what they hold.

use super::{Fields, Unread};

/// Returns the label and the content of each block.
pub(crate) fn fields(text: &str) -> Result<Fields, Unread> {
    let mut fields = Fields::new();
    let mut open: Option<(String, String)> = None;
    for line in text.lines().map(str::trim_end) {
        let edge = |start: &str| line.strip_prefix(start)?.strip_suffix("-----");
        if line.contains("-----") && edge("-----BEGIN ").is_none() && edge("-----END ").is_none() {
            return Err("a line that begins or ends a block holds something else, too");
        }
        if let Some(label) = edge("-----BEGIN ").filter(|label| !label.contains("-----")) {
            if open.is_some() {
                return Err("a block begins inside another one");
            }
            open = Some((label.to_owned(), String::new()));
        } else if let Some(label) = edge("-----END ").filter(|label| !label.contains("-----")) {
            let Some((begun, content)) = open.take().filter(|(begun, _)| begun == label) else {
                return Err("a block ends that did not begin");
            };
            let index = fields.len();
            fields.insert(format!("{index}.{begun}"), content.into_bytes());
        } else if line.contains("-----") {
            return Err("a line that begins or ends a block holds something else, too");
        } else if let Some((_, content)) = &mut open {
            content.push_str(line.trim());
        }
    }
    match open {
        Some(_) => Err("a block does not end"),
        None if fields.is_empty() => Err("it has no block"),
        None => Ok(fields),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "-----BEGIN CERTIFICATE-----\nYWJj\nZGVm\n-----END CERTIFICATE-----";

    #[test]
    fn blocks_need_lines_of_their_own() {
        let fields = fields(&format!("{ONE}\n{ONE}\r\n")).unwrap();
        assert_eq!(fields["1.CERTIFICATE"], b"YWJjZGVm");
        assert!(super::fields(&format!("{ONE}{ONE}")).is_err());
        assert!(super::fields(&ONE.replace('\n', " ")).is_err());
        assert!(super::fields("text").is_err());
    }
}
