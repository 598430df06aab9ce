//! A text rendered and read: with harmless values first, then with a hostile one.
//!
//! A harmless value is a word that occurs nowhere else, so that a field which holds it tells where
//! the key arrives.

use std::collections::{BTreeMap, BTreeSet};

use sealine_template::source_keys::Values;
use sealine_template::target::{Item, SecretTemplate, Unrendered, secret_within};

use serde_json::{Map, Value as Json};

use super::hostile::{HOSTILE, PEM_FORMS};
use super::{Consumer, Text, consumer};
use crate::analysis::Analysis;
use crate::parse::Fields;
use crate::sample;

/// Functions that change a value on purpose, so that it need not arrive as it is.
const CHANGING: &[&str] = &[
    "abbrev",
    "camelcase",
    "initials",
    "kebabcase",
    "lower",
    "nospace",
    "regexFind",
    "regexReplaceAll",
    "regexReplaceAllLiteral",
    "snakecase",
    "split",
    "splitList",
    "splitn",
    "substr",
    "title",
    "trim",
    "trimAll",
    "trimPrefix",
    "trimSuffix",
    "trimall",
    "trunc",
    "untitle",
    "upper",
    "mustRegexFind",
    "mustRegexReplaceAll",
    "mustRegexReplaceAllLiteral",
];

/// How deep forms may stand in one another: a URI in a JSON document in keys and values.
const MAX_FORMS: usize = 3;

/// A text with what it reads.
pub(super) struct Subject<'a> {
    pub(super) text: Text<'a>,
    pub(super) analysis: &'a Analysis,
}

impl Subject<'_> {
    fn template(&self) -> SecretTemplate {
        let text = self.text.text.to_owned();
        let mut template = SecretTemplate::default();
        if self.text.key.is_empty() {
            template.from.push(Item { text, ..Item::default() });
        } else {
            template.data.insert(self.text.key.to_owned(), text);
        }
        template
    }

    fn render(&self, values: &Values) -> Result<Values, Unrendered> {
        let made = secret_within(&self.template(), values, &Values::new(), sample::SMALL);
        made.map(|made| made.data)
    }

    fn keys(&self) -> BTreeSet<String> {
        let read = self.analysis.references.iter().map(|reference| reference.key.clone());
        let whole = self.analysis.whole.then_some(self.text.source_keys).into_iter().flatten();
        read.chain(whole.cloned()).collect()
    }

    fn is_changed(&self, key: &str) -> bool {
        let of_key = self.analysis.references.iter().filter(|reference| reference.key == key);
        of_key.flat_map(|reference| &reference.functions).any(|name| CHANGING.contains(name))
    }
}

/// How many keys a text may read, and how long it may be, to be tried out.
const MAX_KEYS: usize = 64;
const MAX_TEXT: usize = 64 << 10;

/// How a harmless value looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Word,
    Number,
    Pem,
}

/// A value that can be another one: that of a key, or a field of it where it is JSON.
pub(super) struct Slot {
    /// The key.
    pub(super) key: String,
    field: Option<String>,
    /// The harmless value.
    word: Vec<u8>,
}

/// The result with harmless values.
pub(super) struct Harmless {
    values: Values,
    slots: Vec<Slot>,
    looks: BTreeMap<String, Look>,
    /// Who reads which value, by the path of the field; empty for the key itself.
    forms: BTreeMap<String, Consumer>,
    fields: Fields,
    /// The slots that arrive where any text may stand.
    free: BTreeSet<usize>,
    /// The keys that the template changes on purpose.
    changed: BTreeSet<String>,
}

impl Harmless {
    /// Finds harmless values that pass: words, and numbers where nothing else fits.
    pub(super) fn find(subject: &Subject<'_>) -> Option<Self> {
        let keys: Vec<String> = subject.keys().into_iter().collect();
        if keys.len() > MAX_KEYS || subject.text.text.len() > MAX_TEXT {
            return None;
        }
        let named: Vec<&String> = keys.iter().filter(|key| is_number(key)).collect();
        let all = |look: Look| keys.iter().map(|key| (key.clone(), look)).collect();
        let numbers = |numbers: &[&String]| {
            let mut looks: BTreeMap<String, Look> = all(Look::Word);
            looks.extend(numbers.iter().map(|key| ((*key).clone(), Look::Number)));
            looks
        };
        let mut tries = vec![numbers(&[]), numbers(&named)];
        for key in &keys {
            let mut these = named.clone();
            these.push(key);
            tries.push(numbers(&these));
        }
        tries.push(all(Look::Pem));
        tries.into_iter().find_map(|looks| Self::with(subject, looks))
    }

    fn with(subject: &Subject<'_>, looks: BTreeMap<String, Look>) -> Option<Self> {
        let mut values: Values =
            looks.iter().map(|(key, look)| (key.clone(), harmless(key, *look))).collect();
        sample::fill(&mut values, &subject.template(), true, |key| {
            String::from_utf8_lossy(&harmless(key, Look::Word)).into_owned()
        });
        let made = subject.render(&values).ok()?;
        let mut found = Self {
            slots: slots(&values, &looks),
            values,
            looks,
            forms: BTreeMap::new(),
            fields: Fields::new(),
            free: BTreeSet::new(),
            changed: BTreeSet::new(),
        };
        for (key, value) in &made {
            let text = std::str::from_utf8(value).ok()?;
            // Text that only happens to be PEM was put there here.
            let is_pem = found.looks.values().any(|look| *look == Look::Pem);
            let seen = if is_pem { "" } else { text };
            let inferred = consumer::infer(key, subject.text.secret_type, seen);
            let form = match inferred {
                Some(form) => form,
                None if subject.text.key.is_empty() => Consumer::Operator,
                None => continue,
            };
            if !found.read(key, form, text, MAX_FORMS) {
                // What the operator alone reads may be anything else.
                let plain = subject.text.key.is_empty();
                if !plain || !found.read(key, Consumer::Operator, text, MAX_FORMS) {
                    return None;
                }
            }
        }
        found.changed =
            found.values.keys().filter(|key| subject.is_changed(key)).cloned().collect();
        Some(found).filter(|found| !found.forms.is_empty())
    }

    /// Reads a text, and what stands in its fields.
    fn read(&mut self, path: &str, form: Consumer, text: &str, depth: usize) -> bool {
        let Ok(fields) = form.read(text) else { return false };
        self.forms.insert(path.to_owned(), form);
        for (name, value) in fields {
            let inner = format!("{path}\u{0}{name}");
            let below = std::str::from_utf8(&value).ok().filter(|_| depth > 0);
            let nested = below.and_then(|text| Some((consumer::of_form(text)?, text)));
            let holds = self.slots.iter().any(|slot| contains(&value, &slot.word));
            if form != Consumer::Uri
                && let Some((nested, text)) =
                    nested.filter(|_| holds && !name.is_empty() || form == Consumer::Operator)
                && self.read(&inner, nested, text, depth - 1)
            {
                continue;
            }
            if form.is_free(&name, text) {
                let here = self.slots.iter().enumerate();
                let here = here.filter(|(_, slot)| {
                    contains(&value, &slot.word) || contains(name.as_bytes(), &slot.word)
                });
                self.free.extend(here.map(|(index, _)| index));
            }
            self.fields.insert(inner, value);
        }
        true
    }

    /// Returns the slots that are tried: those that arrive where any text may stand.
    pub(super) fn judged(&self) -> impl Iterator<Item = &Slot> {
        let pem = self.looks.values().any(|look| *look == Look::Pem);
        let is_number = |slot: &Slot| self.looks.get(&slot.key) == Some(&Look::Number);
        let slots = self.slots.iter().enumerate();
        let tried = slots
            .filter(move |(index, slot)| !is_number(slot) && (pem || self.free.contains(index)));
        tried.map(|(_, slot)| slot)
    }

    /// Returns who reads the text.
    pub(super) fn consumer(&self) -> Option<Consumer> {
        let forms = self.forms.values().copied();
        forms.clone().find(|form| *form != Consumer::Operator).or_else(|| forms.into_iter().next())
    }

    /// Returns the values that are tried, with what is odd about them.
    pub(super) fn hostile_values(&self) -> Vec<(&'static str, Vec<u8>)> {
        if self.looks.values().any(|look| *look == Look::Pem) {
            let forms = PEM_FORMS.iter();
            return forms.map(|(kind, form)| (*kind, form("").into_bytes())).collect();
        }
        let forms: Vec<Consumer> = self.forms.values().copied().collect();
        let fit = HOSTILE.iter().filter(|value| forms.iter().all(|form| value.fits(*form)));
        fit.map(|value| (value.kind, value.value())).collect()
    }

    /// Returns who cannot read the result when a slot has this value, and what happens.
    pub(super) fn broken_by(
        &self,
        subject: &Subject<'_>,
        slot: &Slot,
        kind: &str,
        value: &[u8],
    ) -> Option<(Consumer, String)> {
        let own = slot.word.as_slice();
        let pem = PEM_FORMS.iter().find(|(known, _)| *known == kind).map(|(_, form)| form);
        let put = match pem {
            Some(form) => form(&String::from_utf8_lossy(own)).into_bytes(),
            None => value.to_vec(),
        };
        let mut values = self.values.clone();
        values.insert(slot.key.clone(), self.whole(slot, &put)?);
        let made = match subject.render(&values) {
            Ok(made) => made,
            // A template may refuse a value on purpose; only what the operator reads again is judged.
            Err(unrendered) if unrendered.range.is_none() && unrendered.is_final => {
                return Some((Consumer::Operator, "the operator refuses the text".to_owned()));
            }
            Err(_) => return None,
        };
        let mut fields = Fields::new();
        for (path, form) in self.forms.iter().filter(|(path, _)| !path.contains('\u{0}')) {
            let Some(text) = made.get(path) else {
                return Some((Consumer::Operator, format!("there is no `{path}` any more")));
            };
            let Ok(text) = std::str::from_utf8(text) else { return None };
            if let Err((form, effect)) = self.read_again(path, *form, text, &mut fields) {
                return Some((form, effect));
            }
        }
        if let Some(extra) = made.keys().find(|path| !self.forms.contains_key(*path))
            && subject.text.key.is_empty()
        {
            return Some((
                Consumer::Operator,
                format!("a key appears that was not there: {}", shown(extra)),
            ));
        }
        self.differs(slot, &put, pem.is_some(), &fields)
    }

    /// Returns the value of a key one slot of which is another one.
    fn whole(&self, slot: &Slot, put: &[u8]) -> Option<Vec<u8>> {
        let Some(field) = &slot.field else { return Some(put.to_vec()) };
        let mut object: Map<String, Json> =
            serde_json::from_slice(self.values.get(&slot.key)?).ok()?;
        object.insert(field.clone(), Json::from(std::str::from_utf8(put).ok()?));
        serde_json::to_vec(&object).ok()
    }

    fn read_again(
        &self,
        path: &str,
        form: Consumer,
        text: &str,
        found: &mut Fields,
    ) -> Result<(), (Consumer, String)> {
        let fields = form.read(text).map_err(|unread| (form, unread.to_owned()))?;
        for (name, value) in fields {
            let inner = format!("{path}\u{0}{name}");
            match (self.forms.get(&inner), std::str::from_utf8(&value)) {
                (Some(nested), Ok(text)) => self.read_again(&inner, *nested, text, found)?,
                _ => drop(found.insert(inner, value)),
            }
        }
        Ok(())
    }

    /// Returns the first field that holds something else than what was put in.
    fn differs(
        &self,
        slot: &Slot,
        put: &[u8],
        is_pem: bool,
        fields: &Fields,
    ) -> Option<(Consumer, String)> {
        let own = slot.word.as_slice();
        let is_changed = self.changed.contains(&slot.key);
        // A value may also be the name of a field.
        let renamed = |path: &str| {
            let renamed = replaced(path.as_bytes(), own, put);
            String::from_utf8_lossy(&renamed).into_owned()
        };
        let mut expected_paths = BTreeSet::new();
        for (path, harmless) in &self.fields {
            let expected_path = if is_pem { path.clone() } else { renamed(path) };
            let holds = contains(harmless, own);
            let expected = if is_pem { harmless.clone() } else { replaced(harmless, own, put) };
            let found = fields.get(&expected_path);
            expected_paths.insert(expected_path);
            let same = found == Some(&expected) || (holds && is_changed && found.is_some());
            if !same {
                let field = path.rsplit('\u{0}').next().unwrap_or_default();
                let field = if field.is_empty() { "the value" } else { &format!("`{field}`") };
                return Some((self.form_of(path), format!("{field} is read as something else")));
            }
        }
        let extra = fields.keys().find(|path| !expected_paths.contains(*path))?;
        let form = self.form_of(extra);
        Some((form, "a field appears that was not there".to_owned()))
    }

    fn form_of(&self, path: &str) -> Consumer {
        let above = path.rsplit_once('\u{0}').map_or("", |(above, _)| above);
        self.forms.get(above).copied().unwrap_or(Consumer::Operator)
    }
}

/// Returns what can be another value: each key that the text reads, and each field of those that are
/// JSON.
fn slots(values: &Values, looks: &BTreeMap<String, Look>) -> Vec<Slot> {
    let mut slots = Vec::new();
    for (key, value) in values.iter().filter(|(key, _)| looks.contains_key(*key)) {
        let slot = |field, word| Slot { key: key.clone(), field, word };
        match serde_json::from_slice::<Map<String, Json>>(value) {
            Ok(object) => slots.extend(object.into_iter().filter_map(|(field, word)| {
                Some(slot(Some(field), word.as_str()?.as_bytes().to_vec()))
            })),
            Err(_) => slots.push(slot(None, value.clone())),
        }
    }
    slots
}

/// A key that appears comes out of a value that is made up here, so that it may be shown.
fn shown(key: &str) -> String {
    format!("`{}`", key.escape_debug())
}

fn is_number(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["port", "timeout", "count", "size", "limit"].iter().any(|word| key.ends_with(word))
}

/// Returns a harmless value: a word for each key, the same each time.
fn harmless(key: &str, look: Look) -> Vec<u8> {
    let digest = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let letters = |count: u32| -> String {
        let letter = |index: u32| b"abcdefghkmnpqrst"[(digest >> (4 * index) & 15) as usize];
        (0..count).map(|index| char::from(letter(index))).collect()
    };
    match look {
        Look::Word => format!("Zq{}", letters(14)).into_bytes(),
        Look::Number => format!("{}", 10_000 + digest % 50_000).into_bytes(),
        Look::Pem => {
            let body = letters(16);
            let label = if key.to_ascii_lowercase().contains("key") {
                "PRIVATE KEY"
            } else {
                "CERTIFICATE"
            };
            format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n").into_bytes()
        }
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && text.windows(part.len()).any(|window| window == part)
}

fn replaced(text: &[u8], part: &[u8], new: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(part.len()).position(|window| window == part) {
        out.extend(&rest[..at]);
        out.extend(new);
        rest = &rest[at + part.len()..];
    }
    out.extend(rest);
    out
}
