//! Templates of `OpenShift`: objects with parameters, `oc process` puts the values in.
//!
//! Invariant: a parameter without a value is not known; one with a value counts as that, which those
//! who process the template may replace.

use std::collections::BTreeMap;

use sealine_model::tree::Tree;
use sealine_model::{Piece, Value};
use sealine_source::Place;

use super::object::kind;
use super::tree::{map_values, rewrite};

/// How long the value of a parameter may be; names are shorter.
const MAX_VALUE: usize = 1024;

/// How many bytes are put into one text.
const MAX_ADDED: usize = 64 * 1024;

/// How many texts of a document are processed.
const MAX_TEXTS: usize = 10_000;

/// Returns the objects of a template, `None` for what is none.
pub(crate) fn objects(tree: &Tree) -> Option<Vec<Tree>> {
    let version = tree.get("apiVersion").and_then(Tree::text)?;
    let is_template = kind(tree) == "Template"
        && (version == "v1" || version.starts_with("template.openshift.io/"))
        && matches!(tree.get("objects"), Some(Tree::List(_)));
    if !is_template {
        return None;
    }
    let given = tree.get("parameters").map(Tree::items).unwrap_or_default().iter();
    let given = given.filter_map(|parameter| {
        let value = parameter.get("value").and_then(Tree::value);
        let value = value.filter(|value| value.text().is_some_and(|text| text.len() <= MAX_VALUE));
        Some((parameter.get("name")?.text()?, value.cloned()))
    });
    let given: BTreeMap<String, Option<Value>> = given.collect();
    let objects = tree.get("objects").map(Tree::items).unwrap_or_default().iter();
    let mut texts = 0;
    let processed = objects.map(|object| {
        let mut object = object.clone();
        map_values(&mut object, &mut |value| {
            let has =
                |piece: &Piece| matches!(piece, Piece::Literal { text, .. } if text.contains("${"));
            if !value.pieces().iter().any(has) {
                return;
            }
            texts += 1;
            if texts > MAX_TEXTS {
                *value = Value::unknown();
            } else {
                *value = rewrite(value, |text, place| process(text, place, &given));
            }
        });
        object
    });
    Some(processed.collect())
}

/// Puts the values of parameters where `${NAME}` or `${{NAME}}` stands.
fn process(
    text: &str,
    place: Option<&Place>,
    given: &BTreeMap<String, Option<Value>>,
) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = place.cloned();
    let (mut rest, mut from, mut left) = (text, 0, MAX_ADDED);
    while let Some(start) = rest.get(from..).and_then(|tail| tail.find("${")).map(|at| from + at) {
        let inner = rest.get(start + 2..).unwrap_or_default();
        let doubled = inner.starts_with('{');
        let inner = inner.get(usize::from(doubled)..).unwrap_or_default();
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = inner.find(|c| !is_part(c)).unwrap_or(inner.len());
        let (name, after) = inner.split_at(length);
        let close = if doubled { "}}" } else { "}" };
        // What is no parameter stays as it is written.
        let Some(value) = given.get(name).filter(|_| after.starts_with(close)) else {
            from = start + 2;
            continue;
        };
        pieces.push(Piece::part(rest, at.as_ref(), 0, start));
        let bytes = value.as_ref().map_or(0, |value| value.head().len());
        match value {
            Some(value) if bytes <= left => pieces.extend(value.pieces().iter().cloned()),
            _ => pieces.push(Piece::Hole),
        }
        left = left.saturating_sub(bytes);
        let end = start + 2 + usize::from(doubled) + length + close.len();
        if let Piece::Literal { place, .. } = Piece::part(rest, at.as_ref(), end, end) {
            at = place;
        }
        rest = rest.get(end..).unwrap_or_default();
        from = 0;
    }
    pieces.push(Piece::part(rest, at.as_ref(), 0, rest.len()));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_is_bounded() {
        let long = "x".repeat(MAX_VALUE + 1);
        let short = "y".repeat(MAX_VALUE);
        let text = format!(
            "apiVersion: v1\nkind: Template\nparameters: [{{name: L, value: {long}}}, {{name: S, value: {short}}}]\n\
             objects: [{{a: 'b-${{L}}', c: '{}', d: '{}'}}]\n",
            "${S}".repeat(1000),
            "${".repeat(100_000),
        );
        let [object] =
            objects(&crate::testing::tree(&text)).expect("a template").try_into().expect("one");
        let shown = |key: &str| object.get(key).and_then(Tree::value).map(Value::pattern);
        assert_eq!(shown("a").as_deref(), Some("b-*"));
        assert!(shown("c").is_some_and(|text| text.len() <= MAX_ADDED + 1000));
        assert_eq!(shown("d").map(|text| text.len()), Some(200_000));
    }

    #[test]
    fn parameters_are_put_in() {
        let tree = crate::testing::tree(
            "
apiVersion: template.openshift.io/v1
kind: Template
parameters: [{name: NAME, value: web}, {name: SUFFIX, required: true}]
objects:
  - {kind: Secret, name: '${NAME}-${SUFFIX}', a: '${{NAME}}', b: '${OTHER} ${', c: '${NAME}${NAME}'}
",
        );
        let [object] = objects(&tree).expect("a template").try_into().expect("one object");
        let shown = |key: &str| object.get(key).and_then(Tree::value).map(Value::pattern);
        let all = ["name", "a", "b", "c"].map(|key| shown(key).unwrap_or_default());
        assert_eq!(all, ["web-*", "web", "${OTHER} ${", "webweb"]);
        assert!(objects(&object).is_none());
    }
}
