//! From what a store gave to the source data of an `ExternalSecret`: rewriting, converting,
//! checking and decoding, in the operator's order.
//!
//! Invariants: nothing is read or asked for here; no message holds a value. Where two keys become
//! one and the operator's choice is by chance, the last in the order of the old keys stays.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use crate::budget::{Budget, Fuel};
use crate::execute::{MissingKey, Options, execute};
use crate::format::{self, JsonStyle, float};
use crate::functions::Functions;
use crate::origin::FileId;
use crate::set::Set;
use crate::text::Text;
use crate::value::{Data, Map, MapType, Value};

/// Values by key.
pub type Values = BTreeMap<String, Vec<u8>>;

/// What an entry of `dataFrom` does with keys and values.
#[derive(Clone, Debug, Default)]
pub struct KeyRules {
    /// The rewrites, in their order; with any, nothing is converted.
    pub rewrites: Vec<Rewrite>,
    /// How letters are replaced that a key may not have.
    pub conversion: Conversion,
    /// How values are decoded.
    pub decoding: Decoding,
}

/// How keys are rewritten.
#[derive(Clone, Debug)]
pub enum Rewrite {
    /// Each match of a regular expression is replaced.
    Regexp {
        /// The expression.
        source: String,
        /// What replaces it, with groups as `$1`.
        target: String,
    },
    /// A template makes the key from `.value`, the old one.
    Transform {
        /// The template.
        template: String,
    },
    /// The objects that all values are become one.
    Merge(Merge),
}

/// How objects are put together.
#[derive(Clone, Debug, Default)]
pub struct Merge {
    /// The key that holds the result as JSON.
    pub into: String,
    /// The keys that come last, and so win.
    pub priority: Vec<String>,
    /// Whether a key of `priority` may be missing.
    pub ignores_missing: bool,
    /// Whether two objects may have the same field.
    pub ignores_conflicts: bool,
    /// Whether the result is one value of JSON instead of a value for each field.
    pub is_json: bool,
}

/// How letters are replaced that a key may not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Conversion {
    /// By `_`.
    #[default]
    Default,
    /// By their number, `_U0040_`.
    Unicode,
}

/// How values are decoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decoding {
    /// Not at all.
    #[default]
    None,
    /// As base64.
    Base64,
    /// As base64 for URLs.
    Base64Url,
    /// As whichever of both it can be read as; ordinary text may be one, too.
    Auto,
}

impl Decoding {
    /// Returns the strategy of this name; none of any other.
    pub fn named(name: &str) -> Self {
        match name {
            "Base64" => Self::Base64,
            "Base64URL" => Self::Base64Url,
            "Auto" => Self::Auto,
            _ => Self::None,
        }
    }
}

/// Returns the source data that becomes of what a store gave.
///
/// # Errors
///
/// Returns what the operator would refuse, or what a limit stops, in words close to the operator's.
pub fn source_keys(given: &Values, rules: &KeyRules) -> Result<Values, String> {
    let mut values = given.clone();
    for (index, rewrite) in rules.rewrites.iter().enumerate() {
        let rewritten = match rewrite {
            Rewrite::Regexp { source, target } => regexp(&values, source, target),
            Rewrite::Transform { template } => renamed(&values, template, &[]),
            Rewrite::Merge(merge) => merged(&values, merge),
        };
        let failed = |reason| format!("failed rewrite operation[{index}]: {reason}");
        values = rewritten.map_err(failed)?;
    }
    if rules.rewrites.is_empty() {
        values = converted(&values, rules.conversion)?;
    }
    // A key of no letters at all is dropped, silently.
    values.remove("");
    values.keys().try_for_each(|key| check(key))?;
    let decode = |(key, value): (String, Vec<u8>)| {
        let decoded = decoded(&value, rules.decoding);
        let failed = |reason| format!("failure decoding key {key}: {reason}");
        Ok((key.clone(), decoded.map_err(failed)?))
    };
    values.into_iter().map(decode).collect()
}

/// Returns the values under the names that a template makes of `.value`, their key.
fn renamed(values: &Values, template: &str, more: &[(&str, &str)]) -> Result<Values, String> {
    // Only here a missing key is no error to the operator.
    let options = Options { missing_key: MissingKey::Invalid, ..Options::eso() };
    let parsed = crate::parse("transform", template, Functions::eso());
    let parsed = parsed.map_err(|error| format!("failed to parse template: {error}"))?;
    let set = Set::of(FileId(0), parsed);
    let mut out = Values::new();
    for (key, value) in values {
        let data = Map::new(MapType::Text);
        data.set("value", key.as_str().into());
        for (name, text) in more {
            data.set(name, (*text).into());
        }
        let rendered = execute(&set, "transform", &data.into(), &options);
        let failed = |error| format!("failed to execute template for key {key:?}: {error}");
        out.insert(rendered.map_err(failed)?.text, value.clone());
    }
    Ok(out)
}

fn regexp(values: &Values, source: &str, target: &str) -> Result<Values, String> {
    // The template function is the same as what the operator calls here.
    let template = "{{ mustRegexReplaceAll .source .value .target }}";
    let checked = Values::from([(String::new(), Vec::new())]);
    let more = [("source", source), ("target", target)];
    // An expression that is none is refused even where there is no key.
    renamed(&checked, template, &more)
        .and_then(|_| renamed(values, template, &more))
        .map_err(|_| "regexp failed: it cannot be used".to_owned())
}

fn merged(values: &Values, merge: &Merge) -> Result<Values, String> {
    let mut fuel = Fuel::new(Budget::secret());
    let others = values.keys().filter(|key| !merge.priority.contains(key));
    let together = Map::default();
    let mut conflicts = Vec::new();
    for key in others.chain(&merge.priority) {
        let Some(value) = values.get(key) else {
            if merge.ignores_missing {
                continue;
            }
            return Err(format!("merge failed with key {key:?} not found in input map"));
        };
        let failed = "merge failed with failed to unmarshal JSON";
        let value = crate::read::json(&Text::from(value.clone()), &mut fuel);
        let value = value.map_err(|_| failed.to_owned())?;
        let Some(fields) = value.as_map() else {
            if value.is_nil() {
                continue;
            }
            return Err(failed.to_owned());
        };
        for (field, value) in fields.entries() {
            let field = field.to_str();
            if together.contains(&field) {
                conflicts.push(field.to_string());
            }
            together.set(&field, value);
        }
    }
    if !merge.ignores_conflicts && !conflicts.is_empty() {
        return Err(format!("merge failed with conflicts: {}", conflicts.join(", ")));
    }
    let mut json = |value: &Value, escapes_html: bool| {
        let style = JsonStyle { escapes_html, is_pretty: false };
        let written = format::json(value, style, &mut fuel);
        written.map(|text| text.as_bytes().to_vec()).map_err(|failure| failure.message)
    };
    if merge.is_json {
        if merge.into.is_empty() {
            return Err("merge failed with missing 'into' field".to_owned());
        }
        let mut out = values.clone();
        out.insert(merge.into.clone(), json(&together.into(), false)?);
        return Ok(out);
    }
    let mut out = Values::new();
    for (field, value) in together.entries() {
        let bytes = match &value.data {
            Data::Text(text) => text.as_bytes().to_vec(),
            Data::Float(number) => float::fixed(*number).into_bytes(),
            Data::Nil | Data::Invalid => Vec::new(),
            _ => json(&value, true)?,
        };
        out.insert(field.to_str().into_owned(), bytes);
    }
    Ok(out)
}

/// Returns whether a key of a Secret may have this letter; the operator takes any language's.
fn may_stand(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '-' | '.' | '_')
}

fn converted(values: &Values, conversion: Conversion) -> Result<Values, String> {
    let mut out = Values::new();
    for (key, value) in values {
        let mut name = String::with_capacity(key.len());
        for letter in key.chars() {
            match conversion {
                _ if may_stand(letter) => name.push(letter),
                Conversion::Default => name.push('_'),
                Conversion::Unicode => {
                    name.extend(["_U", &format!("{:04x}", u32::from(letter)), "_"]);
                }
            }
        }
        if out.contains_key(&name) {
            return Err(format!("secret name collision during conversion: {name}"));
        }
        out.insert(name, value.clone());
    }
    Ok(out)
}

fn check(key: &str) -> Result<(), String> {
    const LONGEST: usize = 253;
    if key.len() > LONGEST {
        return Err(format!("key has length {} but max is {LONGEST}", key.len()));
    }
    match key.chars().find(|letter| !may_stand(*letter)) {
        None => Ok(()),
        Some(odd) => Err(format!(
            "key has invalid character {odd}, only alphanumeric, '-', '.' and '_' are allowed: {key}"
        )),
    }
}

pub(crate) fn decoded(value: &[u8], decoding: Decoding) -> Result<Vec<u8>, &'static str> {
    let read = |alphabet| {
        // Go passes over line ends, wants padding and does not mind bits left over.
        let plain: Vec<u8> =
            value.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
        let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
        GeneralPurpose::new(alphabet, config).decode(plain).map_err(|_| "illegal base64 data")
    };
    match decoding {
        Decoding::None => Ok(value.to_vec()),
        Decoding::Base64 => read(&base64::alphabet::STANDARD),
        Decoding::Base64Url => read(&base64::alphabet::URL_SAFE),
        Decoding::Auto => Ok(read(&base64::alphabet::STANDARD)
            .or_else(|_| read(&base64::alphabet::URL_SAFE))
            .unwrap_or_else(|_| value.to_vec())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_may_be_base64() {
        let given = Values::from([("a b".to_owned(), b"password".to_vec())]);
        let rules = KeyRules { decoding: Decoding::Auto, ..KeyRules::default() };
        let made = source_keys(&given, &rules).expect("source data");
        let (key, value) = made.first_key_value().expect("one value");
        assert_eq!((key.as_str(), value.len()), ("a_b", 6));
    }

    #[test]
    fn errors_name_keys_and_no_values() {
        let given = Values::from([("a".to_owned(), b"hunter2!".to_vec())]);
        let rules = KeyRules { decoding: Decoding::Base64, ..KeyRules::default() };
        let error = source_keys(&given, &rules).expect_err("it is no base64");
        assert_eq!(error, "failure decoding key a: illegal base64 data");
        let merge = vec![Rewrite::Merge(Merge::default())];
        let rules = KeyRules { rewrites: merge, ..KeyRules::default() };
        let error = source_keys(&given, &rules).expect_err("it is no object");
        assert!(!error.contains("hunter2"), "{error}");
    }
}
