//! Which objects a patch or a replacement is for.
//!
//! Invariant: a selector that cannot be read selects nothing, and is an error as for the real tool.

use regex::Regex;
use sealine_model::tree::Tree;

use super::identity::{Identity, TypeName, current, original};
use crate::delivery::object::Object;

/// A selector: expressions that fit the whole text, and what labels and annotations must be.
#[derive(Debug)]
pub(super) struct Selector {
    group: Matcher,
    version: Matcher,
    kind: Matcher,
    name: Matcher,
    namespace: Matcher,
    labels: Vec<Requirement>,
    annotations: Vec<Requirement>,
}

#[derive(Debug)]
enum Matcher {
    Any,
    /// A text that stands for itself: most are, and compiling an expression takes its time.
    Exact(String),
    Expression(Regex),
}

impl Matcher {
    fn read(tree: Option<&Tree>) -> Result<Self, String> {
        let Some(text) = tree.and_then(Tree::text).filter(|text| !text.is_empty()) else {
            let unknown = tree.and_then(Tree::value).is_some_and(|value| !value.is_known());
            return if unknown { Err("the target is not known".to_owned()) } else { Ok(Self::Any) };
        };
        if !text.contains(|c: char| r"\.+*?()|[]{}^$".contains(c)) {
            return Ok(Self::Exact(text));
        }
        let anchored = format!("^(?:{text})$");
        let expression = Regex::new(&anchored);
        let expression = expression.map_err(|_| format!("`{text}` is no regular expression"))?;
        Ok(Self::Expression(expression))
    }

    fn fits(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(wanted) => text == wanted,
            Self::Expression(expression) => expression.is_match(text),
        }
    }
}

impl Selector {
    /// Reads a selector.
    pub(super) fn read(tree: &Tree) -> Result<Self, String> {
        let matcher = |key| Matcher::read(tree.get(key));
        let marks = |key| {
            let text = tree.get(key).and_then(Tree::text).unwrap_or_default();
            requirements(&text).ok_or_else(|| format!("`{text}` is no selector"))
        };
        Ok(Self {
            group: matcher("group")?,
            version: matcher("version")?,
            kind: matcher("kind")?,
            name: matcher("name")?,
            namespace: matcher("namespace")?,
            labels: marks("labelSelector")?,
            annotations: marks("annotationSelector")?,
        })
    }

    /// Returns whether the target of a patch selects an object, by its first or its present name.
    pub(super) fn selects(&self, object: &Object) -> bool {
        let (now, first) = (current(object), original(object));
        let either =
            |matcher: &Matcher, one: &str, other: &str| matcher.fits(one) || matcher.fits(other);
        either(&self.namespace, first.effective_namespace(), now.effective_namespace())
            && either(&self.name, &first.name, &now.name)
            && self.fits_type(&now.of)
            && self.fits_marks(object)
    }

    /// Returns whether the selector fits one identity of an object, labels and annotations aside.
    pub(super) fn fits(&self, identity: &Identity) -> bool {
        self.fits_type(&identity.of)
            && self.name.fits(&identity.name)
            && self.namespace.fits(&identity.namespace)
    }

    /// Returns whether the selector asks for nothing but labels and annotations.
    pub(super) fn is_of_marks_alone(&self) -> bool {
        let all = [&self.group, &self.version, &self.kind, &self.name, &self.namespace];
        all.into_iter().all(|matcher| matches!(matcher, Matcher::Any))
    }

    /// Returns whether the selector asks for labels or annotations.
    pub(super) fn has_marks(&self) -> bool {
        !self.labels.is_empty() || !self.annotations.is_empty()
    }

    /// Returns whether an object has the labels and annotations that are asked for.
    pub(super) fn fits_marks(&self, object: &Object) -> bool {
        let fits = |field, requirements: &[Requirement]| {
            let marks = object.tree.at(&["metadata", field]);
            requirements.iter().all(|requirement| requirement.fits(marks))
        };
        fits("labels", &self.labels) && fits("annotations", &self.annotations)
    }

    fn fits_type(&self, of: &TypeName) -> bool {
        self.group.fits(&of.group) && self.version.fits(&of.version) && self.kind.fits(&of.kind)
    }
}

/// What one label or annotation must be.
#[derive(Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Debug, PartialEq, Eq)]
enum Test {
    Exists,
    Absent,
    In(Vec<String>),
    NotIn(Vec<String>),
    Above(i64),
    Below(i64),
}

impl Requirement {
    fn fits(&self, marks: Option<&Tree>) -> bool {
        let value = marks.and_then(|marks| marks.get(&self.key));
        let text = value.and_then(Tree::text);
        let number = || text.as_deref().and_then(|text| text.parse::<i64>().ok());
        match &self.test {
            Test::Exists => value.is_some(),
            Test::Absent => value.is_none(),
            Test::In(values) => text.as_ref().is_some_and(|text| values.contains(text)),
            Test::NotIn(values) => !text.as_ref().is_some_and(|text| values.contains(text)),
            Test::Above(limit) => number().is_some_and(|number| number > *limit),
            Test::Below(limit) => number().is_some_and(|number| number < *limit),
        }
    }
}

/// Reads a selector of labels: `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1`.
fn requirements(text: &str) -> Option<Vec<Requirement>> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            ',' if depth == 0 => {
                parts.push(text.get(start..at)?);
                start = at + 1;
            }
            _ => {}
        }
    }
    let last = text.get(start..)?;
    if parts.is_empty() && last.trim().is_empty() {
        return Some(Vec::new());
    }
    parts.push(last);
    parts.into_iter().map(|part| requirement(part.trim())).collect()
}

fn requirement(text: &str) -> Option<Requirement> {
    let of = |key: &str, test| {
        let key = key.trim();
        let is_key = !key.is_empty()
            && key.chars().all(|letter| letter.is_alphanumeric() || "-_./".contains(letter));
        is_key.then(|| Requirement { key: key.to_owned(), test })
    };
    let one = |value: &str| vec![value.trim().to_owned()];
    if let Some(key) = text.strip_prefix('!') {
        return of(key, Test::Absent);
    }
    if let Some(inner) = text.strip_suffix(')') {
        let (head, values) = inner.split_once('(')?;
        let values = values.split(',').map(|value| value.trim().to_owned()).collect();
        let (key, word) = head.trim().rsplit_once(char::is_whitespace)?;
        return match word {
            "in" => of(key, Test::In(values)),
            "notin" => of(key, Test::NotIn(values)),
            _ => None,
        };
    }
    if let Some((key, value)) = text.split_once("!=") {
        return of(key, Test::NotIn(one(value)));
    }
    if let Some((key, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        return of(key, Test::In(one(value)));
    }
    if let Some((key, value)) = text.split_once('>') {
        return of(key, Test::Above(value.trim().parse().ok()?));
    }
    if let Some((key, value)) = text.split_once('<') {
        return of(key, Test::Below(value.trim().parse().ok()?));
    }
    of(text, Test::Exists)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_of_labels_are_read_whole() {
        let read = |text| {
            requirements(text)
                .map(|found| found.into_iter().map(|one| (one.key, one.test)).collect::<Vec<_>>())
        };
        let texts = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let expected = vec![
            ("a".to_owned(), Test::In(texts(&["b"]))),
            ("c".to_owned(), Test::NotIn(texts(&["d"]))),
            ("e".to_owned(), Test::In(texts(&["f", "g"]))),
            ("h.io/i".to_owned(), Test::NotIn(texts(&["j"]))),
            ("k".to_owned(), Test::Exists),
            ("l".to_owned(), Test::Absent),
            ("m".to_owned(), Test::Above(1)),
        ];
        assert_eq!(read("a==b, c!=d,e in (f, g),h.io/i notin (j),k,!l,m>1"), Some(expected));
        assert_eq!(read(""), Some(Vec::new()));
        assert_eq!(read("a in b"), None);
        assert_eq!(read("a,,b"), None);
    }
}
