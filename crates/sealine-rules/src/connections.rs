//! Airflow's connections as templates compose them: the text with stand-ins for what is printed.
//!
//! Invariant: a text of which a part depends on a condition gives nothing; what holds a stand-in is
//! unknown, and a place is only told where the text stands as it is.

use std::collections::BTreeSet;
use std::ops::Range;

use sealine_airflow::connection::{Form, KEYS};
use sealine_model::graph::{FactId, ProducerId};
use sealine_model::kubernetes::UseKind;
use sealine_render::analysis::Part;
use sealine_source::TextRange;
use sealine_template::syntax::Node;

use crate::Context;
use crate::airflow::PREFIX;
use crate::chain::use_of;
use crate::similar::nearest;
use crate::templates::{Judged, Read, read_texts};

/// Stands for what a template prints: a character that nobody writes, and that is no part of a URI's
/// syntax.
const HOLE: char = '\u{e7a2}';

/// Names that people write for those of the JSON form.
const MEANT: &[(&str, &str)] = &[
    ("database", "schema"),
    ("db", "schema"),
    ("dbname", "schema"),
    ("extras", "extra"),
    ("hostname", "host"),
    ("pass", "password"),
    ("server", "host"),
    ("type", "conn_type"),
    ("user", "login"),
    ("username", "login"),
];

/// A text that becomes a connection.
pub(crate) struct Composed<'a> {
    /// The template's text.
    pub(crate) judged: &'a Judged<'a>,
    /// The variable that Airflow reads.
    pub(crate) variable: String,
    /// The text with its stand-ins.
    pub(crate) shape: Shape,
}

/// A template's text with stand-ins for what it prints.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    /// The text.
    pub(crate) text: String,
    /// Runs of it that are copied: where each begins, and its bytes in the template.
    copied: Vec<(usize, TextRange)>,
    /// Where the first stand-in is.
    hole: Option<usize>,
}

impl Shape {
    /// Returns the text that a template without conditions makes, in the form in which Airflow reads
    /// it; `None` where a stand-in decides the form.
    fn of(text: &str, read: &Read) -> Option<(Self, Form)> {
        let plain = |node: &Node| matches!(node, Node::Text(_) | Node::Action(_));
        if !read.template.body.nodes.iter().all(plain) {
            return None;
        }
        let mut shape = Self::default();
        let mut quoted = Quoted::default();
        let mut form = None;
        for part in &read.analysis.parts {
            match part {
                Part::Literal(range) => {
                    let literal = text.get(range.bytes())?;
                    shape.copied.push((shape.text.len(), *range));
                    shape.text.push_str(literal);
                    quoted.read(literal);
                }
                Part::Printed(_) => {
                    form = form.or_else(|| sealine_airflow::connection::form(&shape.text));
                    shape.hole = shape.hole.or(Some(shape.text.len()));
                    match form? {
                        // Whatever it prints, it is a value: a string is one.
                        Form::Json if !quoted.inside => {
                            shape.text.extend(['"', HOLE, '"']);
                        }
                        _ => shape.text.push(HOLE),
                    }
                }
            }
        }
        let form = form.or_else(|| sealine_airflow::connection::form(&shape.text))?;
        Some((shape, form))
    }

    /// Returns the bytes of the template that stand at a range of the text.
    pub(crate) fn range(&self, range: &Range<usize>) -> Option<TextRange> {
        self.copied.iter().rev().find(|(start, _)| *start <= range.start).and_then(
            |(start, run)| {
                let at = run.start as usize + (range.start - start);
                let end = at + range.len();
                (end <= run.end as usize).then(|| TextRange::new(at, end))
            },
        )
    }

    /// Returns whether everything before this byte is known.
    pub(crate) fn is_known_to(&self, at: usize) -> bool {
        self.hole.is_none_or(|hole| at < hole)
    }

    /// Returns whether nothing of the text is unknown.
    pub(crate) fn is_known(&self) -> bool {
        self.hole.is_none()
    }
}

/// Returns whether a part of this is unknown.
pub(crate) fn has_hole(text: &str) -> bool {
    text.contains(HOLE)
}

/// Whether the reader of a JSON text is inside a string.
#[derive(Default)]
struct Quoted {
    inside: bool,
    escaped: bool,
}

impl Quoted {
    fn read(&mut self, text: &str) {
        for sign in text.chars() {
            match sign {
                _ if self.escaped => self.escaped = false,
                '\\' if self.inside => self.escaped = true,
                '"' => self.inside = !self.inside,
                _ => {}
            }
        }
    }
}

/// Returns the texts that become connections, each with the form in which Airflow reads it.
pub(crate) fn composed<'a>(context: &'a Context<'_>) -> Vec<(Composed<'a>, Form)> {
    let read = read_as_variables(context);
    shapes(context, |at, key| {
        let by_reader = read.iter().find(|(known, name, _)| *known == at && name == key);
        let own = || key.starts_with(PREFIX).then(|| key.to_owned());
        by_reader.map(|(_, _, variable)| variable.clone()).or_else(own)
    })
}

/// Returns all texts, as if they became connections under their own names.
pub(crate) fn written<'a>(context: &'a Context<'_>) -> Vec<(Composed<'a>, Form)> {
    shapes(context, |_, key| Some(key.to_owned()))
}

/// Returns the texts for which `variable` has a name.
fn shapes<'a>(
    context: &'a Context<'_>,
    variable: impl Fn(FactId, &str) -> Option<String>,
) -> Vec<(Composed<'a>, Form)> {
    let mut found = Vec::new();
    for (judged, read) in read_texts(context) {
        let Some(variable) = variable(judged.id, &judged.text.key) else { continue };
        if let Some((shape, form)) = Shape::of(&judged.text.text, read) {
            found.push((Composed { judged, variable, shape }, form));
        }
    }
    found
}

/// Returns the keys that pods read into variables of connections under another name.
fn read_as_variables(context: &Context<'_>) -> BTreeSet<(FactId, String, String)> {
    let mut found = BTreeSet::new();
    for link in &context.links.uses {
        let reader = use_of(context, link);
        let UseKind::Env(name) = &reader.kind else { continue };
        let (Some(name), Some(key)) = (name.text(), reader.key.as_ref()) else { continue };
        let Some(key) = key.0.text().filter(|_| name.starts_with(PREFIX)) else { continue };
        // Where several may make the Secret, it is not known whose text is read.
        if let [(ProducerId::External(id), sealine_model::Certainty::Exact)] =
            link.producers.as_slice()
        {
            found.insert((*id, key, name));
        }
    }
    found
}

/// Returns the key of the JSON form that another name stands for.
pub(crate) fn meant_by(key: &str) -> Option<&'static str> {
    let meant = MEANT.iter().find(|(wrong, _)| *wrong == key).map(|(_, right)| *right);
    meant.or_else(|| nearest(key, KEYS.iter().copied(), None).map(|(near, _)| near))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Option<String> {
        Shape::of(text, &Read::of("t", text).unwrap())
            .map(|(shape, _)| shape.text.replace(HOLE, "?"))
    }

    #[test]
    fn what_is_printed_is_a_value() {
        for (text, expected) in [
            (
                "{\"a\": \"x{{ .a }}\", \"b\": {{ .b | toJson }}}",
                Some("{\"a\": \"x?\", \"b\": \"?\"}"),
            ),
            ("{\"a\": \"\\\"{{ .a }}\"}", Some("{\"a\": \"\\\"?\"}")),
            ("http://{{ .a }}@h", Some("http://?@h")),
            ("{{ $x := .a }}http://{{ $x }}", Some("http://?")),
            ("{{ .a }}://h", None),
            ("http://{{ if .a }}x{{ end }}", None),
        ] {
            assert_eq!(shape(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn places_are_those_of_the_template() {
        let text = "{\"a\": {{ .a }}, \"bc\": 1}";
        let (shape, _) = Shape::of(text, &Read::of("t", text).unwrap()).unwrap();
        let at = shape.text.find("bc").unwrap();
        let range = shape.range(&(at..at + 2)).unwrap();
        assert_eq!(&text[range.bytes()], "bc");
        assert!(shape.range(&(at - 5..at)).is_none());
    }
}
