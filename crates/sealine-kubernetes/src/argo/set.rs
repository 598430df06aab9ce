//! `ApplicationSet`: the Applications that its generators make, as far as files tell.
//!
//! Invariant: what a generator would learn from a cluster or a service is a hole in the
//! Application, so that nothing is said about a path or name that is not known.

use std::borrow::Cow;
use std::collections::BTreeMap;

use sealine_model::tree::Tree;
use sealine_model::{Piece, Value};
use sealine_source::Place;
use sealine_template::{
    Element, FileId, Functions, List, Map, Options, Set, Value as Data, execute, parse,
};

use super::clusters::{self, Told};
use super::{bases, generators};
use crate::delivery::inventory::RepoId;
use crate::delivery::lookup::Lookup;
use crate::delivery::object::place_of;
use crate::delivery::tree::{is_true, map_at, map_values, rewrite, set, text_at};

/// The parameters of one Application, by path: `path.basename`, `cluster`.
pub(super) type Parameters = BTreeMap<String, Value>;

/// How many Applications one set may make.
const MAX_APPLICATIONS: usize = 2_000;

/// An Application of a set.
pub(crate) struct Made {
    /// The object.
    pub(crate) application: Tree,
    /// The cluster it goes to, where only files tell of that one.
    pub(crate) guess: Option<Told>,
    /// Whether only files tell which folders annotations of the cluster name.
    pub(crate) by_base: bool,
}

/// Returns the Applications of a set.
pub(crate) fn applications(object: &Tree, home: RepoId, lookup: &Lookup<'_>) -> Vec<Made> {
    let filled = bases::filled_in(object, home, lookup);
    let (object, by_base) = (filled.as_ref().unwrap_or(object), filled.is_some());
    let (Some(spec), Some(place)) = (object.get("spec"), place_of(object)) else {
        return Vec::new();
    };
    let Some(template) = spec.get("template") else { return Vec::new() };
    let go = is_true(spec.get("goTemplate"));
    let mut made = Vec::new();
    for generator in spec.get("generators").map(Tree::items).unwrap_or_default() {
        let own = own_template(generator).map(|own| over(own, template));
        let template = own.as_ref().unwrap_or(template);
        let of_clusters = clusters::are_chosen(generator);
        let open = generators::is_open(generator, home, lookup);
        for set in &generators::parameters(generator, home, lookup) {
            let told = of_clusters.then(|| clusters::told(template, set, home, lookup));
            let guesses: Vec<Option<Told>> = match told {
                Some(told) if !told.is_empty() => told.into_iter().map(Some).collect(),
                _ => vec![None],
            };
            for guess in guesses {
                if made.len() == MAX_APPLICATIONS {
                    return made;
                }
                let filled = guess.as_ref().map(|told| told.fill(set));
                let parameters = filled.as_ref().unwrap_or(set);
                let language = Language { parameters, go, open };
                let application = application(object, template, &language, place);
                made.push(Made { application, guess, by_base });
            }
        }
    }
    made
}

/// Returns the template that a generator brings along.
fn own_template(generator: &Tree) -> Option<&Tree> {
    generator.entries().iter().find_map(|entry| entry.value.get("template"))
}

/// Returns a template laid over another: what it says nothing of is as below. Recurses no deeper
/// than a tree may be.
fn over(top: &Tree, below: &Tree) -> Tree {
    match (top, below) {
        (Tree::Map(upper), Tree::Map(lower)) => {
            let mut merged = upper.clone();
            for entry in &lower.entries {
                match merged.entries.iter_mut().find(|own| own.key == entry.key) {
                    Some(own) => own.value = over(&own.value, &entry.value),
                    None => merged.entries.push(entry.clone()),
                }
            }
            Tree::Map(merged)
        }
        (Tree::Null, below) => below.clone(),
        // An empty text says nothing.
        (Tree::Scalar { value, .. }, below) if value.text().as_deref() == Some("") => below.clone(),
        (top, _) => top.clone(),
    }
}

/// How a template is filled.
struct Language<'a> {
    parameters: &'a Parameters,
    /// Whether it is a Go template.
    go: bool,
    /// Whether there may be parameters that files do not tell.
    open: bool,
}

fn application(object: &Tree, template: &Tree, language: &Language<'_>, place: &Place) -> Tree {
    let mut tree = map_at(
        [
            ("apiVersion".to_owned(), text_at("argoproj.io/v1alpha1", place)),
            ("kind".to_owned(), text_at("Application", place)),
        ],
        place,
    );
    for key in ["metadata", "spec"] {
        let part = template.get(key).cloned().unwrap_or(Tree::Null);
        set(&mut tree, &[key], part, place);
    }
    if let Some(namespace) = object.at(&["metadata", "namespace"]) {
        set(&mut tree, &["metadata", "namespace"], namespace.clone(), place);
    }
    map_values(&mut tree, &mut |value| *value = language.filled(value));
    tree
}

/// Returns a value with the parameters put in as the simple language does; what has none is a hole.
pub(super) fn filled(value: &Value, parameters: &Parameters) -> Value {
    Language { parameters, go: false, open: true }.filled(value)
}

/// Returns a value with each `{{ … }}` in one piece: a chart that escapes them (`{{ "{{" }} .name`)
/// prints them in several.
pub(super) fn in_one_piece(value: &Value) -> Cow<'_, Value> {
    let is_part = |piece: &Piece| {
        let Piece::Literal { text, .. } = piece else { return false };
        text.matches("{{").count() != text.matches("}}").count()
    };
    if !value.pieces().iter().any(is_part) {
        return Cow::Borrowed(value);
    }
    let mut joined: Vec<Piece> = Vec::new();
    for piece in value.pieces() {
        match (joined.last_mut(), piece) {
            (Some(Piece::Literal { text: before, place }), Piece::Literal { text, .. }) => {
                before.push_str(text);
                *place = None;
            }
            _ => joined.push(piece.clone()),
        }
    }
    Cow::Owned(Value::from_pieces(joined))
}

impl Language<'_> {
    /// Returns a value with the parameters put in for `{{ … }}`.
    fn filled(&self, value: &Value) -> Value {
        let value = &*in_one_piece(value);
        let text = value.pattern();
        if self.go && has_control(&text) {
            let whole = value.text().and_then(|text| self.carried_out(&text));
            return whole.map_or_else(Value::unknown, |text| Value::known(text, None));
        }
        rewrite(value, |text, place| {
            let mut pieces = Vec::new();
            let mut done = 0;
            while let Some((range, expression)) = action(text, done) {
                pieces.push(Piece::part(text, place, done, range.start));
                done = range.end;
                let computed = || {
                    let action = text.get(range).filter(|_| self.go)?;
                    Some(Value::known(self.carried_out(action)?, None))
                };
                let known = self.parameters.get(&parameter_name(expression)).cloned();
                match known.or_else(computed) {
                    Some(value) => pieces.extend(value.pieces().iter().cloned()),
                    None => pieces.push(Piece::Hole),
                }
            }
            pieces.push(Piece::part(text, place, done, text.len()));
            pieces
        })
    }

    /// Returns what a Go template prints, when all that it could look at is known.
    fn carried_out(&self, text: &str) -> Option<String> {
        let data = Map::default();
        let mut segments = Vec::new();
        for (path, value) in self.parameters {
            let value = value.text()?;
            if path.ends_with(']') {
                segments.push(Data::from(value));
                continue;
            }
            put(&data, path, value);
        }
        if self.parameters.is_empty() || self.open && !self.knows_all(text) {
            return None;
        }
        if let Some(path) = data.get("path").as_ref().and_then(Data::as_map) {
            path.set("segments", List::new(segments, Element::Any).into());
        }
        let mut templates = Set::default();
        templates.add(FileId(0), parse("set", text, Functions::argo()).ok()?);
        let options = Options { functions: Functions::argo(), ..Options::helm() };
        let out = execute(&templates, "set", &Data::from(data), &options).ok()?;
        // What is missing prints nothing here, and `<no value>` in Argo CD.
        (!out.text.is_empty() && !out.text.contains("<no value>")).then_some(out.text)
    }

    /// Returns whether every parameter is known that a Go template asks for by its path.
    fn knows_all(&self, text: &str) -> bool {
        let is_part =
            |character: char| character.is_alphanumeric() || matches!(character, '_' | '.');
        let words = text.split(|character: char| !is_part(character));
        let mut fields = words.filter_map(|word| word.strip_prefix('.'));
        let known = |field: &str| self.parameters.contains_key(field) || field == "path.segments";
        !text.contains("index .metadata") && fields.all(known)
    }
}

/// Puts a text under a path with `.` between its parts; a map wins over a text at the same path.
fn put(data: &Map, path: &str, text: String) {
    let mut at = data.clone();
    let mut parts = path.split('.').peekable();
    while let Some(part) = parts.next() {
        let below = at.get(part);
        let below = below.as_ref().and_then(Data::as_map).cloned();
        if parts.peek().is_none() {
            if below.is_none() {
                at.set(part, Data::from(text));
            }
            return;
        }
        at = below.unwrap_or_else(|| {
            let made = Map::default();
            at.set(part, made.clone().into());
            made
        });
    }
}

/// Returns whether the text between two actions depends on one of them.
fn has_control(text: &str) -> bool {
    text.split("{{").skip(1).any(|action| {
        let word = action.trim_start_matches(['-', ' ']).split([' ', '}', '-']).next();
        matches!(word, Some("if" | "else" | "range" | "with" | "end" | "define" | "block"))
    })
}

/// Returns where the next action from `from` on stands, and what is between its braces.
pub(super) fn action(text: &str, from: usize) -> Option<(std::ops::Range<usize>, &str)> {
    let start = from + text.get(from..)?.find("{{")?;
    let end = start + text.get(start..)?.find("}}")? + 2;
    Some((start..end, text.get(start + 2..end - 2)?))
}

/// Returns the parameter that a simple expression of either template language means.
pub(super) fn parameter_name(expression: &str) -> String {
    let expression = expression.trim_matches(['-', ' ']);
    if let Some(index) = expression.strip_prefix("index .path.segments ") {
        return format!("path[{}]", index.trim());
    }
    let indexed = expression.strip_prefix("index .").and_then(|rest| rest.split_once(' '));
    if let Some((map, key)) = indexed
        && let Some(key) = key.trim().strip_prefix('"').and_then(|key| key.strip_suffix('"'))
        && !key.contains('"')
    {
        return format!("{map}.{key}");
    }
    expression.strip_prefix('.').unwrap_or(expression).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_templates_are_carried_out_when_all_is_known() {
        let known = |pairs: &[(&str, &str)]| -> Parameters {
            pairs.iter().map(|(key, text)| ((*key).to_owned(), Value::from(*text))).collect()
        };
        let all = known(&[
            ("path", "apps/Web"),
            ("path.path", "apps/Web"),
            ("path.basename", "Web"),
            ("path[0]", "apps"),
            ("path[1]", "Web"),
            ("env", "qa"),
        ]);
        let mut some = all.clone();
        some.insert("env".to_owned(), Value::unknown());
        for (text, expected, in_some) in [
            ("{{ .path.basename }}-{{.env}}", "Web-qa", "Web-*"),
            ("{{ .path.basename | lower }}", "web", "*"),
            ("{{ index .path.segments 1 }}", "Web", "Web"),
            ("x{{ if eq .env \"qa\" }}-q{{ end }}", "x-q", "*"),
            ("{{ .gone }}", "*", "*"),
            ("{{ .gone | default \"x\" }}", "x", "*"),
            ("{{ normalize .path.path }}", "apps-web", "*"),
            ("{{ .path.path | slugify 4 }}", "apps", "*"),
        ] {
            for (parameters, expected) in [(&all, expected), (&some, in_some)] {
                let language = Language { parameters, go: true, open: false };
                assert_eq!(language.filled(&Value::from(text)).pattern(), expected, "{text}");
                // Nobody knows what a cluster would say.
                let open = Language { open: true, ..language };
                let asks_more = text.contains(".gone");
                let expected = if asks_more { "*" } else { expected };
                assert_eq!(open.filled(&Value::from(text)).pattern(), expected, "{text}");
            }
        }
    }
}
