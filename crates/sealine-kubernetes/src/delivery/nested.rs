//! YAML inside a string of YAML: inline patches, Helm values of an Application, values in a
//! `ConfigMap`.
//!
//! Invariant: places in the inner trees are those of the outer file, as far as the string stands
//! there as it is; what was not known of the string is not known in the inner trees either.

use std::sync::Arc;

use sealine_model::kubernetes::{Consumer, Scope};
use sealine_model::tree::Tree;
use sealine_model::{Facts, Piece, Value};
use sealine_source::{Origin, OriginMap, Place, Project, Source, TextRange};

use super::handed::Sight;
use super::mishaps::is_ciphertext;
use super::tree::{map_values, rewrite};
use crate::manifest::{from_yaml, values_references};

/// Stands for a hole while a text is parsed; a character that YAML allows and nobody writes.
pub(crate) const HOLE: char = '\u{e7a1}';

/// Returns the trees of the documents in a string, and whether all of it could be parsed.
pub(crate) fn parse(value: &Value, place: &Place, project: &Project) -> (Vec<Tree>, bool) {
    let mut text = String::new();
    let mut map = OriginMap::default();
    let mut sources: Vec<Arc<Source>> = Vec::new();
    for piece in value.pieces() {
        let start = text.len();
        match piece {
            Piece::Hole => text.push(HOLE),
            Piece::Literal { text: literal, place: literal_place } => {
                text.push_str(literal);
                let range = TextRange::new(start, text.len());
                match literal_place {
                    Some(at) => {
                        remember(at, project, &mut sources);
                        map.push_verbatim(range, at.clone());
                    }
                    None => map.push_computed(range, place.clone()),
                }
            }
        }
    }
    let parsed = sealine_yaml::parse(&text);
    remember(place, project, &mut sources);
    let home = sources.iter().find(|source| source.name() == &place.file).cloned();
    let home = home.unwrap_or_else(|| Arc::new(Source::new((*place.file).clone(), "")));
    let origin = Origin::Generated { home, map: Arc::new(map), sources: Arc::new(sources) };
    let trees = parsed.documents.iter().map(|document| {
        let mut tree = from_yaml(&document.root, &origin);
        restore_holes(&mut tree);
        tree
    });
    let trees = trees.collect();
    let whole = parsed
        .problems
        .iter()
        .all(|problem| problem.kind == sealine_yaml::ProblemKind::DuplicateKey);
    (trees, whole)
}

/// Reads the Secrets that the values of a chart name by convention, also where a value is a text of
/// YAML (`extraEnvFrom: |`) or holds the name of the release, when that is known.
pub(crate) fn read_values(
    values: &Tree,
    release: Option<&str>,
    scope: &Scope,
    consumer: &Consumer,
    sight: &Sight<'_>,
    facts: &mut Facts,
) {
    let mut unfolded = values.clone();
    map_values(&mut unfolded, &mut |value| {
        if value.known_text().is_some_and(|text| is_ciphertext(&text)) {
            *value = Value::unknown();
        }
    });
    unfold(&mut unfolded, "", sight.inventory.project);
    name_release_in(&mut unfolded, release);
    values_references(&unfolded, scope, consumer, &|name| sight.knows(name), facts);
}

/// Puts the name of the release, when it is known, where a chart's `tpl` would.
pub(crate) fn name_release_in(tree: &mut Tree, release: Option<&str>) {
    if let Some(release) = release {
        map_values(tree, &mut |value| name_release(value, release));
    }
}

/// Replaces texts that are YAML for parts of a pod by what they say. Recurses no deeper than a tree
/// may be.
fn unfold(tree: &mut Tree, field: &str, project: &Project) {
    match tree {
        Tree::Scalar { value, place } if is_part_of_pod(field) => {
            let lines =
                |piece: &Piece| matches!(piece, Piece::Literal { text, .. } if text.contains(": "));
            if !value.pieces().iter().any(lines) {
                return;
            }
            let (documents, whole) = parse(value, place, project);
            if let ([inner @ (Tree::Map(_) | Tree::List(_))], true) = (documents.as_slice(), whole)
            {
                *tree = inner.clone();
            }
        }
        Tree::List(items) => items.iter_mut().for_each(|item| unfold(item, field, project)),
        Tree::Map(map) => {
            map.entries.iter_mut().for_each(|entry| unfold(&mut entry.value, &entry.key, project));
        }
        _ => {}
    }
}

/// Puts the name of the release where a chart's `tpl` would.
fn name_release(value: &mut Value, release: &str) {
    let asks = |piece: &Piece| matches!(piece, Piece::Literal { text, .. } if text.contains(NAME));
    if !value.pieces().iter().any(asks) {
        return;
    }
    *value = rewrite(value, |text, place| {
        let mut pieces = Vec::new();
        let mut done = 0;
        while let Some((start, end)) = text.get(done..).and_then(action) {
            pieces.push(Piece::part(text, place, done, done + start));
            pieces.push(Piece::Literal { text: release.into(), place: None });
            done += end;
        }
        pieces.push(Piece::part(text, place, done, text.len()));
        pieces.retain(|piece| !matches!(piece, Piece::Literal { text, .. } if text.is_empty()));
        pieces
    });
}

/// What a template calls the release.
const NAME: &str = ".Release.Name";

/// Returns where the first action stands that prints the name of the release and nothing else.
fn action(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    loop {
        let start = from + text.get(from..)?.find("{{")?;
        let end = start + text.get(start..)?.find("}}")? + 2;
        let inner = text.get(start + 2..end - 2)?.trim_matches('-').trim();
        if inner.strip_prefix('$').unwrap_or(inner) == NAME {
            return Some((start, end));
        }
        from = end;
    }
}

/// Returns whether charts put the value of this name into a pod as it is: `extraEnv`,
/// `extraVolumes`, `envFrom`.
fn is_part_of_pod(field: &str) -> bool {
    let field = field.to_ascii_lowercase();
    ["env", "volume", "container"].iter().any(|word| field.contains(word))
}

fn remember(place: &Place, project: &Project, sources: &mut Vec<Arc<Source>>) {
    if sources.iter().all(|source| source.name() != &place.file)
        && let Some(source) = project.source(&place.file)
    {
        sources.push(Arc::clone(source));
    }
}

/// Makes holes of the marks that stand for them.
pub(crate) fn restore_holes(tree: &mut Tree) {
    map_values(tree, &mut |value| {
        let marked =
            |piece: &Piece| matches!(piece, Piece::Literal { text, .. } if text.contains(HOLE));
        if value.pieces().iter().any(marked) {
            *value = rewrite(value, |text, place| {
                let mut pieces = Vec::new();
                let mut start = 0;
                for (at, mark) in text.match_indices(HOLE) {
                    pieces.push(Piece::part(text, place, start, at));
                    pieces.push(Piece::Hole);
                    start = at + mark.len();
                }
                pieces.push(Piece::part(text, place, start, text.len()));
                pieces
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_release_stands_where_templates_ask_for_it() {
        for (text, expected) in [
            ("{{ .Release.Name }}-db", "web-db"),
            ("a-{{- $.Release.Name -}}-{{ .Release.Name }}", "a-web-web"),
            ("{{ .Release.Name | upper }}", "{{ .Release.Name | upper }}"),
            ("{{ .Values.x }}-{{ .Release.Name }}", "{{ .Values.x }}-web"),
            ("{{ .Release.Name", "{{ .Release.Name"),
            (".Release.Name", ".Release.Name"),
        ] {
            let mut value = Value::from(text);
            name_release(&mut value, "web");
            assert_eq!(value.text().as_deref(), Some(expected));
        }
    }
}
