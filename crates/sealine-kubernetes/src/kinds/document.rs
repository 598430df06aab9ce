//! The list of kinds, for people.

use std::fmt::Write as _;

use super::{FAMILIES, Field, Role, page};

/// Returns the documentation of all families as Markdown.
pub fn documentation() -> String {
    let mut out = String::from(
        "# Kinds that name Secrets\n\n\
         This page is written by a test from the heads of the files in \
         `crates/sealine-kubernetes/src/kinds/`.\n\n\
         A path is made of field names; `*` stands for any text, `**` for any way down, `[]` for all \
         items of a list. `{name,key,namespace}` at its end are the members of a map that hold the \
         name of the Secret, its key and its namespace; `key!` must be there.\n",
    );
    for (name, kind, file) in FAMILIES {
        let page = page(file);
        let before = page.split("```yaml").next().unwrap_or_default().trim_end();
        let groups: Vec<String> = kind
            .groups
            .iter()
            .map(|group| if group.is_empty() { "core".to_owned() } else { format!("`{group}`") })
            .collect();
        let _ = write!(out, "\n## {name}\n\n{before}\n\nGroups: {}\n", groups.join(", "));
        if !kind.fields.is_empty() {
            out.push('\n');
        }
        for field in kind.fields {
            out.push_str(&line(field));
        }
        if let Some((_, rest)) = page.split_once("```yaml\n")
            && let Some((example, _)) = rest.split_once("```\n")
        {
            let _ = write!(out, "\n```yaml\n{example}```\n");
        }
    }
    out
}

fn line(field: &Field) -> String {
    let what = match field.role {
        Role::Reads => "reads",
        Role::ReadsBootstrap => "reads credentials from",
        Role::PullsImages => "pulls images with",
        Role::Makes(_) => "makes",
        Role::MakesNamed(_) => "makes a Secret named",
        Role::Pod => "has a pod at",
        Role::Container => "has an environment at",
        Role::Volume => "has a volume at",
    };
    let kinds = match field.kinds {
        "*" => "all kinds".to_owned(),
        kinds => kinds.split_whitespace().collect::<Vec<_>>().join(", "),
    };
    let mut line = format!("- {kinds}: {what} `{}`", field.path);
    match field.role {
        Role::Makes(keys) | Role::MakesNamed(keys) if !keys.is_empty() => {
            let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            let _ = write!(line, " with {}", keys.join(", "));
        }
        _ => {}
    }
    if let Some(namespace) = field.within {
        let _ = write!(line, " in `{namespace}`");
    }
    line.push_str(if field.elsewhere { ", in a namespace that it does not tell" } else { "" });
    line.push_str(if field.optional { ", if there is one" } else { "" });
    line.push('\n');
    line
}
