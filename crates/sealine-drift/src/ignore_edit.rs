//! Writes rules into the text of a `sealine.yaml`.
//!
//! Invariant: only lines are added; every other byte, comments included, stays as it is. Where that
//! cannot be done there is no edit.

use sealine_yaml::{Node, NodeValue};

use crate::report::{Change, Difference, Kind, RunReport};

/// A rule to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRule {
    /// The address.
    pub address: String,
    /// The attribute; everything without.
    pub attribute: Option<String>,
    /// The project.
    pub project: String,
}

/// What the user says of all rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Why.
    pub reason: String,
    /// Who says so.
    pub owner: Option<String>,
    /// Until when.
    pub until: Option<String>,
}

/// Why no rule can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The section is written on one line.
    #[error("`drift` or `drift.ignore` is written in braces or brackets")]
    Flow,
    /// The file does not parse.
    #[error("the file is no YAML")]
    Unreadable,
}

/// Returns the rules that would hold back what the reports found, narrowed by address and attribute.
pub fn rules_for(
    reports: &[RunReport],
    address: Option<&str>,
    attribute: Option<&str>,
) -> Vec<NewRule> {
    let mut rules = Vec::new();
    for report in reports {
        for finding in &report.findings {
            let meant =
                address.is_none_or(|glob| sealine_source::stars::fits(glob, &finding.address));
            if meant && finding.kind != Kind::Failed {
                add(&mut rules, report, finding, attribute);
            }
        }
    }
    rules
}

fn add(
    rules: &mut Vec<NewRule>,
    report: &RunReport,
    finding: &Difference,
    attribute: Option<&str>,
) {
    let rule = |attribute: Option<String>| NewRule {
        address: finding.address.clone(),
        attribute,
        project: report.project.clone(),
    };
    let within = matches!(finding.change, Change::ChangedOutside | Change::Update);
    if !within || finding.attributes.is_empty() {
        if attribute.is_none() {
            rules.push(rule(None));
        }
        return;
    }
    let pattern = attribute.map(crate::plan::path::dotted);
    for one in &finding.attributes {
        let dotted = crate::plan::path::dotted(&one.path);
        let covers = |pattern: &String| crate::plan::path::covers_attribute(pattern, &dotted);
        if pattern.as_ref().is_none_or(covers) {
            rules.push(rule(Some(one.path.clone())));
        }
    }
}

/// Returns the text with the rules added.
///
/// # Errors
///
/// When the section stands in a form to which lines cannot be added.
pub fn with_rules(text: &str, rules: &[NewRule], said: &Said) -> Result<String, EditError> {
    let parsed = sealine_yaml::parse(text);
    if !parsed.problems.is_empty() {
        return Err(EditError::Unreadable);
    }
    let root = parsed.documents.first().map(|document| &document.root);
    let drift = root.and_then(|root| root.get("drift"));
    let ignore = drift.and_then(|drift| drift.get("ignore"));
    let (at, lines) = match (drift, ignore) {
        (_, Some(list)) if !list.is_null() => {
            let NodeValue::Sequence(items) = &list.value else { return Err(EditError::Flow) };
            let first = items.first().ok_or(EditError::Flow)?;
            let indent = block_indent(text, first, '-')?;
            (end_of_line(text, list), listed(rules, said, &indent))
        }
        (Some(drift), None) if !drift.is_null() => {
            let entry = drift.entries().next().ok_or(EditError::Flow)?;
            let indent = block_indent(text, &entry.key, '\0')?;
            let items = listed(rules, said, &format!("{indent}  "));
            (end_of_line(text, drift), format!("{indent}ignore:\n{items}"))
        }
        (Some(_), _) => return Err(EditError::Flow),
        (None, _) => {
            let items = listed(rules, said, "    ");
            let gap = if text.trim().is_empty() { "" } else { "\n" };
            (text.len(), format!("{gap}drift:\n  ignore:\n{items}"))
        }
    };
    let (before, after) = text.split_at(at);
    let newline = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    Ok(format!("{before}{newline}{lines}{after}"))
}

/// The blanks before a block entry, which begins its line but for a dash.
fn block_indent(text: &str, node: &Node, dash: char) -> Result<String, EditError> {
    let before = text.get(..node.range.start as usize).ok_or(EditError::Unreadable)?;
    let line = before.rsplit('\n').next().unwrap_or_default();
    let blanks = line.trim_end_matches([' ', dash]);
    if !blanks.is_empty() || (dash == '-' && !line.contains('-')) {
        return Err(EditError::Flow);
    }
    Ok(line.split(dash).next().unwrap_or_default().to_owned())
}

fn end_of_line(text: &str, node: &Node) -> usize {
    let end = (node.range.end as usize).min(text.len());
    // A range may reach to the start of the line after.
    let end = text.get(..end).map_or(end, |before| before.trim_end().len());
    text.get(end..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| end + at + 1)
}

fn listed(rules: &[NewRule], said: &Said, indent: &str) -> String {
    let mut text = String::new();
    for rule in rules {
        let lines = [
            ("address", Some(&rule.address)),
            ("attribute", rule.attribute.as_ref()),
            ("project", Some(&rule.project)),
            ("reason", Some(&said.reason)),
            ("owner", said.owner.as_ref()),
            ("until", said.until.as_ref()),
        ];
        let mut lead = "- ";
        for (key, value) in lines.into_iter().filter_map(|(key, value)| Some((key, value?))) {
            text.extend([indent, lead, key, ": ", &sealine_yaml::edit::quoted(value), "\n"]);
            lead = "  ";
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(text: &str, expected: &Expect) {
        let rule = NewRule {
            address: "t.a[\"k\"]".to_owned(),
            attribute: Some("tags".to_owned()),
            project: "p".to_owned(),
        };
        let said = Said { reason: "a: b".to_owned(), owner: None, until: None };
        let edited = with_rules(text, &[rule], &said).expect("an edit");
        for line in text.lines() {
            assert!(edited.contains(line), "{line}");
        }
        assert!(sealine_yaml::parse(&edited).problems.is_empty(), "{edited}");
        expected.assert_eq(&edited);
    }

    #[test]
    fn rules_are_added_where_they_belong() {
        check(
            "# mine\nvaults: {}\n",
            &expect![[r##"
                # mine
                vaults: {}

                drift:
                  ignore:
                    - address: 't.a["k"]'
                      attribute: tags
                      project: p
                      reason: 'a: b'
            "##]],
        );
        check(
            "drift:\n  projects:\n    - path: a # one\nvaults: {}\n",
            &expect![[r#"
                drift:
                  projects:
                    - path: a # one
                  ignore:
                    - address: 't.a["k"]'
                      attribute: tags
                      project: p
                      reason: 'a: b'
                vaults: {}
            "#]],
        );
        check(
            "drift:\n  ignore: # known\n  - address: x\n    reason: y # why\n\n# end\nvaults: {}\n",
            &expect![[r#"
                drift:
                  ignore: # known
                  - address: x
                    reason: y # why
                  - address: 't.a["k"]'
                    attribute: tags
                    project: p
                    reason: 'a: b'

                # end
                vaults: {}
            "#]],
        );
    }

    #[test]
    fn braces_are_left_alone() {
        for text in ["drift: {ignore: [{address: a, reason: b}]}\n", "drift: {projects: []}\n"] {
            assert_eq!(with_rules(text, &[], &Said::default()), Err(EditError::Flow), "{text}");
        }
    }
}
