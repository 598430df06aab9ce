//! Paths as Terraform's functions see them.
//!
//! Invariant: paths use `/`; nothing here looks at a file system.

/// Returns `path` without `.` parts and with `..` resolved where that is possible.
pub(crate) fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (path.starts_with('/'), joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// Returns the last part of a path.
pub(super) fn base_name(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit('/').next().unwrap_or_default()
}

/// Returns a path without its last part.
pub(super) fn folder(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit_once('/').map_or(".", |(folder, _)| folder)
}

/// Returns a pattern of `fileset` (`*`, `?`, `**` and `{a,b}`) as a regular expression.
pub(super) fn expression(pattern: &str) -> String {
    let mut expression = String::from("^");
    let mut rest = pattern.chars().peekable();
    let mut in_braces = false;
    while let Some(next) = rest.next() {
        match next {
            '*' if rest.peek() == Some(&'*') => {
                rest.next();
                if rest.peek() == Some(&'/') {
                    rest.next();
                    expression.push_str("(?:.*/)?");
                } else {
                    expression.push_str(".*");
                }
            }
            '*' => expression.push_str("[^/]*"),
            '?' => expression.push_str("[^/]"),
            '{' => {
                in_braces = true;
                expression.push_str("(?:");
            }
            '}' if in_braces => {
                in_braces = false;
                expression.push(')');
            }
            ',' if in_braces => expression.push('|'),
            other => expression.push_str(&regex::escape(&other.to_string())),
        }
    }
    expression.push('$');
    expression
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleans_paths() {
        for (path, cleaned) in [
            ("./a/../b", "b"),
            (".", "."),
            ("../../x", "../../x"),
            ("./../modules/y", "../modules/y"),
            ("/a//b/", "/a/b"),
        ] {
            assert_eq!(clean(path), cleaned, "{path}");
        }
    }

    #[test]
    fn patterns_fit_paths() {
        for (pattern, path, expected) in [
            ("*.yaml", "a.yaml", true),
            ("*.yaml", "x/a.yaml", false),
            ("**/*.yaml", "x/y/a.yaml", true),
            ("**/*.yaml", "a.yaml", true),
            ("*.{json,yaml}", "a.json", true),
            ("a[", "a[", true),
        ] {
            let expression = regex::Regex::new(&expression(pattern)).unwrap();
            assert_eq!(expression.is_match(path), expected, "{pattern} {path}");
        }
    }
}
