//! Finds what looks like the value of a secret, where no reader has marked it: passwords in URIs,
//! and literals beside names such as `password` or `client_secret`, in any language.
//!
//! Invariants: names, keys, references and template actions stay readable; what is found is whole
//! characters of one line. Covering too much costs a little of a snippet, too little costs a secret.

use std::ops::Range;

use sealine_model::Finding;

/// Returns `text` with what looks like the value of a secret covered, byte for byte as long.
pub fn covered(text: &str) -> String {
    cover(text, |line, found| {
        uris(line, found);
        for (at, separator) in line.match_indices([':', '=']) {
            assignment(line, at, separator, found);
        }
    })
}

/// Returns a finding whose words show no password of a URI. Its edits are left as they are.
#[must_use]
pub fn covered_finding(mut finding: Finding) -> Finding {
    let related = finding.related.iter_mut().map(|(_, label)| label);
    let fix = finding.fix.iter_mut().map(|fix| &mut fix.title);
    let words = [&mut finding.message, &mut finding.label].into_iter();
    let words = words.chain(&mut finding.help).chain(&mut finding.subjects).chain(related);
    for text in words.chain(fix) {
        *text = covered_words(text);
    }
    finding
}

/// Returns what Sealine itself says without the password of a URI in it.
pub fn covered_words(text: &str) -> String {
    cover(text, uris)
}

fn cover(text: &str, find: impl Fn(&str, &mut Vec<Range<usize>>)) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut start = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        find(line, &mut found);
        for range in found.drain(..) {
            bytes[start + range.start..start + range.end].fill(b'*');
        }
        start += line.len();
    }
    // Whole characters were covered, so this cannot fail.
    String::from_utf8(bytes).unwrap_or_default()
}

fn uris(line: &str, found: &mut Vec<Range<usize>>) {
    for (at, _) in line.match_indices("://") {
        user_info(line, at + 3, found);
    }
}

/// The password of a URI whose authority begins at `start`; a long user name alone is a token.
fn user_info(line: &str, start: usize, found: &mut Vec<Range<usize>>) {
    let end = literal_end(line, start, |c| c.is_whitespace() || "/?#\"'`<>\\".contains(c));
    let authority = &line[start..end];
    let Some(at) = outside_templates(authority, '@').last() else { return };
    match outside_templates(&authority[..at], ':').next() {
        Some(colon) => literals(line, start + colon + 1..start + at, found),
        None if at >= 20 => literals(line, start..start + at, found),
        None => {}
    }
}

/// The literals of `name: value`, `name = value` and the like, where the name is that of a secret.
fn assignment(line: &str, at: usize, separator: &str, found: &mut Vec<Range<usize>>) {
    let (before, after) = (&line[..at], &line[at + 1..]);
    let compares = before.ends_with(['=', '!', '<', '>', ':']);
    if compares || after.starts_with(['=', ':', '/', '>', '~']) {
        return;
    }
    let is_code = separator == "=" && before.ends_with(' ');
    let key = before.trim_end().trim_end_matches(['"', '\'', '\\']);
    let name = &key[key.rfind(|c: char| !is_name(c)).map_or(0, |last| last + width(key, last))..];
    let any_literal = name == "value";
    if !is_secret(name) && !any_literal {
        return;
    }
    let start = at + 1 + (after.len() - after.trim_start().len());
    let value = &line[start..];
    if is_code {
        // An expression: any literal in it may be the value.
        let mut rest = start;
        while let Some(quote) = line[rest..].find(['"', '\'']) {
            rest = quoted(line, rest + quote, found);
        }
    } else if value.starts_with(['"', '\'', '`', '\\']) {
        quoted(line, start, found);
    } else if !any_literal || beside_secret_name(line) {
        bare(line, start, separator, found);
    }
}

/// A literal in quotes that begins at `start`; returns where it ends.
fn quoted(line: &str, start: usize, found: &mut Vec<Range<usize>>) -> usize {
    let escaped = line[start..].starts_with('\\');
    let open = start + usize::from(escaped);
    let Some(quote) = line[open..].chars().next() else { return line.len() };
    let inner = open + quote.len_utf8();
    let mut backslash = false;
    let mut end = line.trim_end().len().max(inner);
    for (at, c) in line[inner..].char_indices() {
        if c == quote && backslash == escaped {
            end = inner + at - usize::from(escaped);
            break;
        }
        backslash = c == '\\' && !backslash;
    }
    let text = &line[inner..end];
    let stands_in = text.starts_with('<') && text.ends_with('>');
    if !stands_in {
        literals(line, inner..end, found);
    }
    (end + quote.len_utf8()).min(line.len())
}

/// A value without quotes.
fn bare(line: &str, start: usize, separator: &str, found: &mut Vec<Range<usize>>) {
    let value = &line[start..];
    // In YAML and in prose a blank follows the colon.
    if separator == ":" && !line[..start].ends_with(' ') || value.starts_with(['{', '[', '|', '>'])
    {
        return;
    }
    let in_flow = line[..start].contains(['{', '[', '(']);
    let ends = |c: char| match separator {
        ":" if in_flow => ",}])\r\n".contains(c),
        ":" => c == '\r' || c == '\n',
        _ => c.is_whitespace() || "\"'),;&|}]".contains(c),
    };
    let end = literal_end(line, start, ends);
    let text = line[start..end].trim_end();
    if !["true", "false", "null", "~", "None"].contains(&text) {
        literals(line, start..start + text.len(), found);
    }
}

/// Adds a range without the template actions and references in it.
fn literals(line: &str, range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let mut start = range.start;
    while start < range.end {
        let rest = &line[start..range.end];
        let action = rest.find("{{").into_iter().chain(rest.find("${")).min();
        let Some(at) = action else {
            found.push(start..range.end);
            return;
        };
        if at > 0 {
            found.push(start..start + at);
        }
        let Some(length) = template_length(&rest[at..]) else {
            found.push(start + at..range.end);
            return;
        };
        start += at + length;
    }
}

/// The length of the template action or reference that `text` begins with.
fn template_length(text: &str) -> Option<usize> {
    let close = match text.as_bytes() {
        [b'{', b'{', ..] | [b'$', b'{', b'{', ..] => "}}",
        [b'$', b'{', ..] => "}",
        _ => return None,
    };
    Some(text.find(close)? + close.len())
}

/// Where the literal that begins at `start` ends: at the first character outside of templates for
/// which `ends` holds, or at the end of the line.
fn literal_end(line: &str, start: usize, ends: impl Fn(char) -> bool) -> usize {
    let mut at = start;
    while let Some(c) = line[at..].chars().next() {
        match template_length(&line[at..]) {
            Some(length) => at += length,
            None if ends(c) => break,
            None => at += c.len_utf8(),
        }
    }
    at
}

/// Where `wanted` stands outside of templates.
fn outside_templates(text: &str, wanted: char) -> impl Iterator<Item = usize> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(c) = text[at..].chars().next() {
            let here = at;
            at += template_length(&text[at..]).unwrap_or(c.len_utf8());
            if c == wanted {
                return Some(here);
            }
        }
        None
    })
}

/// Whether a name like `DB_PASSWORD` stands on the line as the value of `name`.
fn beside_secret_name(line: &str) -> bool {
    let words = line.split(|c: char| !is_name(c));
    line.contains("name") && words.into_iter().any(is_secret)
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

fn width(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(1, char::len_utf8)
}

/// Whether a key of this name holds a secret itself, and not the name of one.
fn is_secret(name: &str) -> bool {
    let words = words(name);
    let last = words.last().map_or("", String::as_str);
    let before = words.len().checked_sub(2).map_or("", |at| words[at].as_str());
    let snake = name.contains(['_', '-']);
    match last {
        "password" | "passwd" | "pwd" | "passphrase" | "token" | "apikey" | "accesskey" => true,
        "secret" => {
            ["client", "consumer", "shared", "signing", "webhook", "hmac"].contains(&before)
        }
        "key" => {
            let own = ["api", "access", "private", "account", "signing", "encryption", "master"];
            own.contains(&before) || (snake && before == "secret")
        }
        "string" => before == "connection",
        "str" => before == "conn",
        _ => false,
    }
}

/// The words of a name, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        let divides = matches!(c, '_' | '-' | '.');
        if divides || (was_lower && c.is_ascii_uppercase()) {
            words.push(String::new());
        }
        if !divides && let Some(word) = words.last_mut() {
            word.push(c.to_ascii_lowercase());
        }
        was_lower = c.is_ascii_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_covered_and_names_are_not() {
        for (text, expected) in [
            ("url: postgres://app:hunter2@db/x", "url: postgres://app:*******@db/x"),
            (
                "postgres://app:{{ .password }}@db:5432/x",
                "postgres://app:{{ .password }}@db:5432/x",
            ),
            ("postgres://app:a{{ .b }}c@db", "postgres://app:*{{ .b }}*@db"),
            ("https://github.com/o/r?ref=v1@2", "https://github.com/o/r?ref=v1@2"),
            ("git::https://git@github.com/o/r.git", "git::https://git@github.com/o/r.git"),
            ("db?password=hunter2&ssl=on", "db?password=*******&ssl=on"),
            ("password = \"hunter2\"", "password = \"*******\""),
            ("password = var.a == \"b\" ? \"c\" : d", "password = var.a == \"*\" ? \"*\" : d"),
            ("password = var.db_password", "password = var.db_password"),
            ("  token: correct horse", "  token: *************"),
            ("{token: abc, name: b}", "{token: ***, name: b}"),
            ("{\"token\":\"a\\\"b\",\"c\":\"d\"}", "{\"token\":\"****\",\"c\":\"d\"}"),
            (
                "'{\\\"token\\\": \\\"abc\\\", \\\"b\\\": 1}'",
                "'{\\\"token\\\": \\\"***\\\", \\\"b\\\": 1}'",
            ),
            ("token: '{{ .token | toJson }}'", "token: '{{ .token | toJson }}'"),
            ("automountServiceAccountToken: false", "automountServiceAccountToken: false"),
            ("secretKey: TOKEN", "secretKey: TOKEN"),
            ("existingSecret: app-token", "existingSecret: app-token"),
            ("secret_key = \"abc\"", "secret_key = \"***\""),
            ("TF_VAR_token=abc terraform apply", "TF_VAR_token=*** terraform apply"),
            ("-backend-config=\"access_key=abc\"", "-backend-config=\"access_key=***\""),
            ("V1EnvVar(name=\"A\", value=\"b\")", "V1EnvVar(name=\"A\", value=\"*\")"),
            ("- {name: PASSWORD, value: abc}", "- {name: PASSWORD, value: ***}"),
            ("- {op: replace, value: abc}", "- {op: replace, value: abc}"),
            ("value = \"<set manually>\"", "value = \"<set manually>\""),
            ("value = aws_db_instance.app.password", "value = aws_db_instance.app.password"),
            ("password: \"offen\nnext", "password: \"*****\nnext"),
            ("token: 'a {{ b'", "token: '******'"),
            ("password: 'ü'", "password: '**'"),
        ] {
            assert_eq!(covered(text), expected, "{text}");
        }
    }
}
