//! Which places are encrypted, and what may go to the others.
//!
//! Invariant: a place is only taken for encrypted when the rule that decides it is known to say so.

use sealine_sops::{Selection, Value};

use crate::Fault;
use crate::select::Wanted;
use crate::tree_path::shown;

/// Refuses outputs whose places are not what they need.
pub(crate) fn check(
    at: &[String],
    wanted: &[Wanted],
    selection: Option<&Selection>,
    said: &str,
) -> Result<(), Fault> {
    for wanted in wanted {
        let keys: Vec<String> = at.iter().chain(&wanted.key).cloned().collect();
        leaves(&wanted.value, &mut keys.clone(), &mut |path| {
            let words: Vec<&str> = path.iter().map(String::as_str).collect();
            let is_encrypted = match selection {
                Some(selection) => selection.selects(&words),
                None => Some(false),
            };
            let (output, key) = (wanted.output.clone(), shown(path));
            let said = said.to_owned();
            match (is_encrypted, wanted.encrypted) {
                (Some(true), Some(false)) => Err(Fault::Encrypted { output, key, said }),
                (Some(true), _) => Ok(()),
                _ if wanted.sensitive => Err(Fault::Sensitive { output, key, said }),
                (_, Some(true)) => Err(Fault::InClear { output, key, said }),
                _ => Ok(()),
            }
        })?;
    }
    Ok(())
}

/// What lets a place stay in clear: the setting that selects values, and whose it is.
pub(crate) fn said(selection: &Selection, whose: &str) -> String {
    match selection {
        Selection::UnencryptedSuffix(text) => {
            format!("{whose} leaves keys that end with `{text}` in clear")
        }
        Selection::EncryptedSuffix(text) => {
            format!("{whose} encrypts keys that end with `{text}` only")
        }
        Selection::UnencryptedRegex(pattern) => {
            format!("{whose} leaves keys that match `{}` in clear", pattern.text)
        }
        Selection::EncryptedRegex(pattern) => {
            format!("{whose} encrypts keys that match `{}` only", pattern.text)
        }
        _ => format!("{whose} lets comments decide"),
    }
}

/// Visits the keys that lead to leaves. Recurses no deeper than the tree is.
fn leaves(
    value: &Value,
    path: &mut Vec<String>,
    visit: &mut dyn FnMut(&[String]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    match value {
        Value::Map(map) if !map.entries.is_empty() => {
            for entry in &map.entries {
                path.push(entry.key.clone());
                leaves(&entry.value, path, visit)?;
                path.pop();
            }
            Ok(())
        }
        // Items of a list have the keys of the list.
        Value::List(list) if !list.items.is_empty() => {
            list.items.iter().try_for_each(|item| leaves(&item.value, path, visit))
        }
        _ => visit(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealine_sops::{Format, Pattern, Plain};

    fn checked(
        value: &str,
        sensitive: bool,
        encrypted: Option<bool>,
        selection: Option<&Selection>,
    ) -> Option<String> {
        let plain = Plain::read(Format::Yaml, value).unwrap();
        let map = plain.documents.into_iter().next().unwrap();
        let wanted = Wanted {
            key: vec!["db".to_owned()],
            value: Value::Map(map),
            sensitive,
            encrypted,
            output: "db".to_owned(),
        };
        let at = ["data".to_owned()];
        check(&at, &[wanted], selection, "it says so").err().map(|fault| fault.to_string())
    }

    #[test]
    fn sensitive_values_need_a_place_that_is_encrypted() {
        let all = Selection::default();
        let value = "host: x\nport_unencrypted: 1\n";
        assert_eq!(checked("host: x\n", true, None, Some(&all)), None);
        assert_eq!(
            checked(value, true, None, Some(&all)).as_deref(),
            Some(
                "the output `db` is sensitive, and `data.db.port_unencrypted` is not encrypted: it says so"
            )
        );
        assert_eq!(checked(value, false, None, Some(&all)), None);
        assert!(checked("host: x\n", true, None, None).is_some());
        let regex = Selection::EncryptedRegex(Pattern::new("^data$"));
        assert_eq!(checked("l: [{a: x}]\n", true, None, Some(&regex)), None);
        let broken = Selection::EncryptedRegex(Pattern::new("("));
        assert!(checked("a: x\n", true, None, Some(&broken)).is_some());
    }

    #[test]
    fn what_the_configuration_says_of_a_place_has_to_be_true() {
        let all = Selection::default();
        assert!(checked("a: x\n", false, Some(true), None).is_some());
        assert!(checked("a: x\n", false, Some(false), Some(&all)).is_some());
        assert_eq!(checked("a: x\n", false, Some(false), None), None);
    }
}
