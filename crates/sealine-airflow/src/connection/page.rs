//! The page of a connection type: what `sealine explain connection:TYPE` prints, and what stands in
//! the documentation.
//!
//! Invariant: the page is the table and nothing else, so that neither can be wrong alone.

use std::fmt::Write as _;

use super::types::{ConnectionType, Field, Flow, Known, Lack, Others};

/// Returns the page of a type, in Markdown.
pub fn page(kind: &ConnectionType) -> String {
    let mut page = format!("# connection:{}\n\n", kind.name);
    let (provider, version) = kind.provider;
    let _ = writeln!(
        page,
        "{}: `conn_type` is `{}`, as `{provider}` {version} reads it.\n\n## Fields\n",
        kind.title, kind.name
    );
    for field in kind.fields {
        listed(&mut page, "", field);
    }
    for extra in kind.extras {
        listed(&mut page, "extra.", extra);
    }
    let others = match kind.others {
        Others::Ignored => "Other keys of `extra` are not read.".to_owned(),
        Others::PassedOn(whither) => format!("Other keys of `extra` go {whither}."),
    };
    if kind.names().next().is_some() {
        page.push('\n');
    }
    let _ = writeln!(page, "{others}");
    if !kind.flows.is_empty() {
        page.push_str("\n## Ways to log in\n\n");
        let _ = writeln!(page, "The first that has all it needs is taken.{}\n", refusal(kind));
        for (index, flow) in kind.flows.iter().enumerate() {
            let _ = writeln!(page, "{}. {}", index + 1, way(flow));
        }
    }
    if !kind.notes.is_empty() {
        page.push_str("\n## Worth knowing\n\n");
        for note in kind.notes {
            let _ = writeln!(page, "- {note}");
        }
    }
    page
}

fn refusal(kind: &ConnectionType) -> &'static str {
    if kind.exhaustive { " Without one the hook refuses the connection." } else { "" }
}

fn listed(page: &mut String, prefix: &str, field: &Field) {
    let secret = if field.secret { " (secret)" } else { "" };
    let _ = writeln!(page, "- `{prefix}{}`{secret}: {}", field.name, field.meaning);
}

fn way(flow: &Flow) -> String {
    let needs: Vec<String> = flow.needs.iter().map(|names| either(names)).collect();
    let mut text = format!("**{}**", flow.name);
    if !needs.is_empty() {
        let _ = write!(text, ", with {}", needs.join(", "));
    }
    for (name, values) in flow.refuses {
        let _ = write!(text, ", `{name}` not {}", either(values));
    }
    if let Some(given) = flow.in_code {
        let _ = write!(text, ", and {given}");
    }
    let _ = write!(text, ": {}", flow.meaning);
    if !flow.versions.is_empty() {
        let versions =
            flow.versions.iter().map(|(package, version)| format!("`{package}` {version}"));
        let _ = write!(text, " (since {})", versions.collect::<Vec<_>>().join(" and "));
    }
    text
}

/// Returns names as `a or b`.
pub fn either(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(" or ")
}

/// Returns what each flow still lacks of a connection that has these fields. A field may be given
/// with its value: `domain=login`.
pub fn missing(kind: &ConnectionType, have: &[String]) -> String {
    let pairs: Vec<(&str, Option<&str>)> = have
        .iter()
        .map(|given| match given.split_once('=') {
            Some((name, value)) => (bare(name), Some(value)),
            None => (bare(given), None),
        })
        .collect();
    let of = |name: &str| {
        let (_, value) = pairs.iter().find(|(given, _)| *given == name)?;
        Some(value.map_or(Known::Unknown, |value| Known::Text(value.to_owned())))
    };
    let mut text = String::new();
    if kind.flows.is_empty() {
        let _ = writeln!(text, "no ways to log in are known for `{}`", kind.name);
    }
    let mut taken = false;
    for flow in kind.flows {
        let lacks = flow.lacks(of);
        let verdict = match (lacks.is_empty(), flow.in_code, taken) {
            (true, Some(given), _) => format!("lacks {given}"),
            (true, None, false) => {
                taken = true;
                "complete: this one is taken".to_owned()
            }
            (true, None, true) => "complete, and never reached".to_owned(),
            (false, ..) => format!("lacks {}", lacking(&lacks)),
        };
        let _ = writeln!(text, "{}: {verdict}{}", flow.name, wanted(flow));
    }
    let unread = pairs.iter().filter(|(name, _)| !kind.names().any(|known| known == *name));
    for (name, _) in unread {
        let _ = writeln!(text, "`{name}`: {}", fate(kind, name));
    }
    text
}

/// `extra.domain` is `domain`.
fn bare(name: &str) -> &str {
    let name = name.trim();
    name.strip_prefix("extra.").unwrap_or(name)
}

fn fate(kind: &ConnectionType, name: &str) -> String {
    let about = kind.notes.iter().find(|note| note.contains(&name.replace('_', " ")));
    match (about, kind.others) {
        (Some(note), _) => (*note).to_owned(),
        (None, Others::Ignored) => "no field of this type; the hook does not read it".to_owned(),
        (None, Others::PassedOn(whither)) => format!("not listed; as an extra it goes {whither}"),
    }
}

fn wanted(flow: &Flow) -> String {
    let versions = flow.versions.iter().map(|(package, version)| format!("{package} >= {version}"));
    let versions: Vec<String> = versions.collect();
    if versions.is_empty() { String::new() } else { format!(" ({})", versions.join(", ")) }
}

/// Returns what is lacking, as the rest of a sentence.
pub fn lacking(lacks: &[Lack]) -> String {
    let parts = lacks.iter().map(|lack| match lack {
        Lack::Missing(names) => either(names),
        Lack::Refused(name, value) => format!("another `{name}` than `{value}`"),
    });
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::super::types::named;
    use super::*;

    #[test]
    fn what_salesforce_lacks() {
        let salesforce = named("salesforce").unwrap();
        let given = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            missing(salesforce, &names)
        };
        expect![[r#"
            password and token: lacks `login`, `password`, `security_token`
            session: lacks `instance` or `instance_url`
            trusted address: lacks `login`, `password`, `organization_id`
            password grant: lacks `login`, `password` (apache-airflow-providers-salesforce >= 5.10.0, simple-salesforce >= 1.12.2)
            signed token: lacks `login`, `private_key_file_path` or `private_key`
            client credentials: lacks `domain` (apache-airflow-providers-salesforce >= 5.10.0, simple-salesforce >= 1.12.5)
        "#]].assert_eq(&given(&["consumer_key", "consumer_secret"]));
        expect![[r#"
            password and token: lacks `login`, `password`, `security_token`
            session: lacks `instance` or `instance_url`
            trusted address: lacks `login`, `password`, `organization_id`
            password grant: lacks `login`, `password` (apache-airflow-providers-salesforce >= 5.10.0, simple-salesforce >= 1.12.2)
            signed token: lacks `login`, `private_key_file_path` or `private_key`
            client credentials: lacks another `domain` than `login` (apache-airflow-providers-salesforce >= 5.10.0, simple-salesforce >= 1.12.5)
            `refresh_token`: no field takes a refresh token: the hook has no way to use one
        "#]].assert_eq(&given(&[
            "extra.consumer_key",
            "consumer_secret",
            "domain=login",
            "refresh_token",
        ]));
    }
}
