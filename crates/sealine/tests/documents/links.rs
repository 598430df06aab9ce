//! Links between documents lead somewhere: to a file or folder, and to a heading of it.

use std::collections::BTreeSet;

use crate::{files, has_extension, prose, read, top};

#[test]
fn links_lead_to_files_and_headings() {
    let mut broken = Vec::new();
    for document in files().iter().filter(|path| has_extension(path, "md")) {
        let text = read(document);
        for (line, text) in prose(&text) {
            for target in targets(text) {
                if let Some(why) = fault(document, target) {
                    broken.push(format!("{document}:{line}: `{target}` {why}"));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// What the inline links of a line lead to.
fn targets(line: &str) -> Vec<&str> {
    let rest = line.split("](").skip(1);
    rest.filter_map(|rest| rest.split(')').next()).collect()
}

fn fault(document: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, heading) = target.split_once('#').unwrap_or((target, ""));
    let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
    let whole = if path.is_empty() {
        Some(document.to_owned())
    } else {
        sealine_source::join(folder, path)
    };
    let Some(whole) = whole.filter(|whole| top().join(whole).exists()) else {
        return Some("does not exist".to_owned());
    };
    if heading.is_empty() || headings(&read(&whole)).contains(heading) {
        return None;
    }
    Some(format!("names no heading of `{whole}`"))
}

/// The anchors that a code host gives to headings.
fn headings(text: &str) -> BTreeSet<String> {
    let lines = prose(text).filter(|(_, line)| line.starts_with('#'));
    let anchors = lines.map(|(_, line)| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    });
    anchors.collect()
}

#[test]
fn anchors_are_those_of_a_code_host() {
    let found = headings("# Two words\n```\n# none\n```\n## `code`, a-b_c\n");
    assert_eq!(found, BTreeSet::from(["two-words".to_owned(), "code-a-b_c".to_owned()]));
    assert!(fault("README.md", "no/such/file").is_some());
    assert!(fault("README.md", "Cargo.toml").is_none());
}
