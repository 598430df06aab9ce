//! Which outputs an export takes, and where each of them goes.
//!
//! Invariant: a pattern, a path or a name that leads to nothing is a fault with the nearest name,
//! never an export that is silently smaller.

use sealine_sops::Value;
use sealine_state::{Json, Outputs};
use thiserror::Error;

use crate::convert::{self, Number};
use crate::template::{Template, TemplateFault};
use crate::tree_path::shown;

/// One line of an export: an output, or a text made of outputs, and its key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The output's name, in which `*` stands for any text; nothing with a template.
    pub output: String,
    /// The way into its value: keys of objects, numbers of items.
    pub path: Vec<String>,
    /// The key below the export's place; the output's name without. One `*` in it stands for what
    /// the first `*` of the name stood for.
    pub key: Option<Vec<String>>,
    /// The text, instead of an output's value.
    pub template: Option<Template>,
    /// Whether the place has to be encrypted, or has not to be; whatever it is without.
    pub encrypted: Option<bool>,
}

/// What an export wants at one key.
#[derive(Debug)]
pub struct Wanted {
    /// The keys below the export's place.
    pub key: Vec<String>,
    /// The value.
    pub value: Value,
    /// Whether an output that it is made of is sensitive.
    pub sensitive: bool,
    /// What was said of the place.
    pub encrypted: Option<bool>,
    /// The output, for messages; several with commas between them.
    pub output: String,
}

/// Why outputs cannot be selected.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SelectFault {
    /// There is no such output.
    #[error("there is no output `{name}`")]
    Missing {
        /// The name, or the pattern.
        name: String,
        /// The nearest name.
        near: Option<String>,
    },
    /// There are no outputs at all.
    #[error("there are no outputs")]
    None,
    /// The way into a value leads nowhere.
    #[error("the output `{output}` has no `{path}`")]
    NoPart {
        /// The output.
        output: String,
        /// The way, as far as it was wanted.
        path: String,
        /// The nearest key.
        near: Option<String>,
    },
    /// A text is made of something that is no text.
    #[error("`{reference}` is {kind}, which has no place in a template")]
    NoText {
        /// The reference.
        reference: String,
        /// What it is.
        kind: &'static str,
    },
    /// Two outputs want one key, or one wants a key below another's.
    #[error("`{one}` and `{other}` both go to `{key}`")]
    Twice {
        /// One output.
        one: String,
        /// The other one.
        other: String,
        /// The key.
        key: String,
    },
    /// A number that no values file holds as it is.
    #[error("a number in the output `{output}` has more digits than a values file keeps")]
    Number {
        /// The output.
        output: String,
    },
    /// A template without a key.
    #[error("a template needs a `key`")]
    NoKey,
    /// A template cannot be read.
    #[error(transparent)]
    Template(#[from] TemplateFault),
}

impl SelectFault {
    /// Returns what to do.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Missing { near: Some(near), .. } | Self::NoPart { near: Some(near), .. } => {
                Some(format!("did you mean `{near}`?"))
            }
            Self::None | Self::Missing { .. } => {
                Some("a new output is there after the next `apply`".to_owned())
            }
            Self::NoText { .. } => Some("go on into it, as in `${output.key}`".to_owned()),
            Self::Number { .. } => Some("make it a text: `tostring(…)`".to_owned()),
            _ => None,
        }
    }
}

/// Returns what an export wants; every output under its own name without selections.
///
/// # Errors
///
/// When a selection finds nothing, or two of them want one key.
pub fn select(outputs: &Outputs, selections: &[Selection]) -> Result<Vec<Wanted>, SelectFault> {
    let every = [Selection { output: "*".to_owned(), ..Selection::default() }];
    if outputs.values.is_empty() {
        return Err(SelectFault::None);
    }
    let mut found: Vec<Wanted> = Vec::new();
    for selection in if selections.is_empty() { &every } else { selections } {
        match &selection.template {
            Some(template) => found.push(written(outputs, selection, template)?),
            None => take(outputs, selection, &mut found)?,
        }
    }
    check_keys(&found)?;
    Ok(found)
}

fn take(
    outputs: &Outputs,
    selection: &Selection,
    found: &mut Vec<Wanted>,
) -> Result<(), SelectFault> {
    let mut any = false;
    for (name, output) in &outputs.values {
        let Some(star) = matched(&selection.output, name) else { continue };
        any = true;
        let value = part(name, &output.value, &selection.path)?;
        let value =
            convert::value(value).map_err(|Number| SelectFault::Number { output: name.clone() })?;
        let key = match &selection.key {
            Some(key) => key.iter().map(|part| part.replacen('*', star, 1)).collect(),
            None => vec![selection.path.last().unwrap_or(name).clone()],
        };
        let encrypted = selection.encrypted;
        found.push(Wanted {
            key,
            value,
            sensitive: output.sensitive,
            encrypted,
            output: name.clone(),
        });
    }
    if any {
        return Ok(());
    }
    Err(missing(outputs, &selection.output))
}

fn missing(outputs: &Outputs, name: &str) -> SelectFault {
    let near = nearest(name, outputs.values.keys().map(String::as_str));
    SelectFault::Missing { name: name.to_owned(), near }
}

/// The text of a template, whose references are looked up in the outputs.
fn written(
    outputs: &Outputs,
    selection: &Selection,
    template: &Template,
) -> Result<Wanted, SelectFault> {
    let key = selection.key.clone().ok_or(SelectFault::NoKey)?;
    let mut names = Vec::new();
    let mut sensitive = false;
    let text = template.render(&mut |reference| {
        let (name, path) = reference.split_first().ok_or(SelectFault::None)?;
        let output = outputs.values.get(name).ok_or_else(|| missing(outputs, name))?;
        sensitive |= output.sensitive;
        if !names.contains(name) {
            names.push(name.clone());
        }
        let value = part(name, &output.value, path)?;
        let kind = match value {
            Json::Null => "null",
            Json::List(_) => "a list",
            Json::Object(_) => "an object",
            _ => "",
        };
        convert::text(value)
            .ok_or_else(|| SelectFault::NoText { reference: reference.join("."), kind })
    })?;
    let value = Value::Leaf(sealine_sops::Leaf::string(text.expose()));
    let encrypted = selection.encrypted;
    Ok(Wanted { key, value, sensitive, encrypted, output: names.join(", ") })
}

/// Goes into a value.
fn part<'a>(output: &str, value: &'a Json, path: &[String]) -> Result<&'a Json, SelectFault> {
    let mut at = value;
    for (index, step) in path.iter().enumerate() {
        let next = match at {
            Json::Object(_) => at.get(step),
            Json::List(_) => step.parse().ok().and_then(|index| at.at(index)),
            _ => None,
        };
        at = next.ok_or_else(|| {
            let keys = match at {
                Json::Object(entries) => entries.iter().map(|(key, _)| key.as_str()).collect(),
                _ => Vec::new(),
            };
            SelectFault::NoPart {
                output: output.to_owned(),
                path: path.get(..=index).unwrap_or(path).join("."),
                near: nearest(step, keys.into_iter()),
            }
        })?;
    }
    Ok(at)
}

fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    sealine_rules::similar::nearest(name, names, None).map(|(near, _)| near.to_owned())
}

/// Returns what the first `*` of the pattern stands for when the name matches; no text without one.
fn matched<'a>(pattern: &str, name: &'a str) -> Option<&'a str> {
    let Some((head, tail)) = pattern.split_once('*') else {
        return (pattern == name).then_some("");
    };
    let rest = name.strip_prefix(head)?;
    if !tail.contains('*') {
        return rest.strip_suffix(tail);
    }
    // The shortest text for the first star behind which the others match.
    (0..=rest.len())
        .filter(|end| rest.is_char_boundary(*end))
        .find(|end| rest.get(*end..).is_some_and(|rest| matched(tail, rest).is_some()))
        .and_then(|end| rest.get(..end))
}

/// Two values cannot stand in one place, nor one within the other.
fn check_keys(found: &[Wanted]) -> Result<(), SelectFault> {
    let mut sorted: Vec<&Wanted> = found.iter().collect();
    sorted.sort_by(|one, other| one.key.cmp(&other.key));
    for pair in sorted.windows(2) {
        let [one, other] = pair else { continue };
        if other.key.starts_with(&one.key) {
            return Err(SelectFault::Twice {
                one: one.output.clone(),
                other: other.output.clone(),
                key: shown(&one.key),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs() -> Outputs {
        let text = br#"{"egress_lb_ip": {"sensitive": false, "type": "string", "value": "10.0.0.1"},
            "egress_cidr": {"sensitive": false, "type": "string", "value": "10.0.0.0/8"},
            "db": {"sensitive": true, "type": "x", "value": {"host": "db", "port": 5432, "all": ["a", "b"]}},
            "huge": {"sensitive": false, "type": "number", "value": 123456789012345678901234567890}}"#;
        sealine_state::outputs::read(text).unwrap()
    }

    fn selection(output: &str, path: &[&str], key: Option<&[&str]>) -> Selection {
        let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Selection {
            output: output.to_owned(),
            path: own(path),
            key: key.map(own),
            ..Selection::default()
        }
    }

    fn keys(selections: &[Selection]) -> Result<Vec<(String, bool)>, SelectFault> {
        let found = select(&outputs(), selections)?;
        Ok(found.iter().map(|wanted| (shown(&wanted.key), wanted.sensitive)).collect())
    }

    #[test]
    fn patterns_paths_and_renames() {
        let chosen = [
            selection("egress_*", &[], Some(&["egress", "*"])),
            selection("db", &["all", "1"], Some(&["second"])),
            selection("db", &["host"], None),
        ];
        let expected =
            [("egress.cidr", false), ("egress.lb_ip", false), ("second", true), ("host", true)];
        let expected = expected.map(|(key, sensitive)| (key.to_owned(), sensitive));
        assert_eq!(keys(&chosen).unwrap(), expected);
    }

    #[test]
    fn what_is_not_there_is_a_fault_with_the_nearest_name() {
        let fault = keys(&[selection("egres_cidr", &[], None)]).unwrap_err();
        assert_eq!(fault.to_string(), "there is no output `egres_cidr`");
        assert_eq!(fault.help().as_deref(), Some("did you mean `egress_cidr`?"));
        let fault = keys(&[selection("db", &["hots"], None)]).unwrap_err();
        assert_eq!(fault.to_string(), "the output `db` has no `hots`");
        assert!(matches!(
            keys(&[selection("db", &["all", "2"], None)]),
            Err(SelectFault::NoPart { .. })
        ));
        assert!(matches!(keys(&[selection("x*", &[], None)]), Err(SelectFault::Missing { .. })));
        assert_eq!(select(&Outputs::default(), &[]).unwrap_err(), SelectFault::None);
    }

    #[test]
    fn a_key_belongs_to_one_output() {
        let twice = [
            selection("db", &["host"], Some(&["a"])),
            selection("egress_cidr", &[], Some(&["a", "b"])),
        ];
        let fault = keys(&twice).unwrap_err();
        assert_eq!(fault.to_string(), "`db` and `egress_cidr` both go to `a`");
    }

    #[test]
    fn a_number_that_would_change_is_refused() {
        let fault = keys(&[selection("huge", &[], None)]).unwrap_err();
        assert!(matches!(fault, SelectFault::Number { .. }), "{fault}");
    }

    #[test]
    fn a_template_is_as_sensitive_as_what_it_is_made_of() {
        let template =
            Template::parse("postgresql://${db.host}:${db.port}/${egress_lb_ip}").unwrap();
        let chosen = Selection {
            key: Some(vec!["url".to_owned()]),
            template: Some(template),
            ..Selection::default()
        };
        let found = select(&outputs(), &[chosen]).unwrap();
        let text = found[0].value.as_leaf().and_then(sealine_sops::Leaf::text);
        assert_eq!(text, Some("postgresql://db:5432/10.0.0.1"));
        assert!(found[0].sensitive);
        assert_eq!(found[0].output, "db, egress_lb_ip");
        let whole = Selection {
            key: Some(vec!["url".to_owned()]),
            template: Some(Template::parse("${db}").unwrap()),
            ..Selection::default()
        };
        assert!(matches!(select(&outputs(), &[whole]), Err(SelectFault::NoText { .. })));
    }

    #[test]
    fn stars_match_any_text() {
        assert_eq!(matched("a", "a"), Some(""));
        assert_eq!(matched("a", "b"), None);
        assert_eq!(matched("a_*_z", "a_b_c_z"), Some("b_c"));
        assert_eq!(matched("*_*", "a_b_c"), Some("a"));
        assert_eq!(matched("*", "ü"), Some("ü"));
    }
}
