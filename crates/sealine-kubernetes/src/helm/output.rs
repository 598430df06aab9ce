//! From the output of a template back to trees, with the lines a person edits.
//!
//! A scalar that is a value printed as it is stands in the values file; any other stands in the
//! template, though each of its parts keeps the place that it came from.
//!
//! Invariant: a place is never in generated text.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use sealine_model::Note;
use sealine_model::tree::Tree;
use sealine_source::{Origin, OriginMap, Source, TextRange};
use sealine_template::{Rendered, Segment};

use crate::delivery::nested::{HOLE, restore_holes};
use crate::manifest::from_yaml;

/// How many bytes the parts of an output may have before their own.
const MAX_PADDING: usize = 16 << 20;

/// Returns the documents of a template's output.
pub(super) fn trees(
    rendered: &Rendered,
    home: &Arc<Source>,
    sources: &[Arc<Source>],
    notes: &mut Vec<Note>,
) -> Vec<Tree> {
    let (exact, template) = maps(rendered, home, sources);
    let used = Arc::new(used(rendered, sources));
    let origin = |map| Origin::Generated {
        home: Arc::clone(home),
        map: Arc::new(map),
        sources: Arc::clone(&used),
    };
    let (exact, template) = (origin(exact), origin(template));
    let mut trees = Vec::new();
    for part in parts(&rendered.text) {
        let parsed = sealine_yaml::parse(&part);
        for problem in &parsed.problems {
            if problem.kind == sealine_yaml::ProblemKind::Syntax {
                let place = template.place(problem.range);
                let message = format!("the output is no YAML: {}", problem.message);
                notes.push(Note { place, message });
            }
        }
        trees.extend(parsed.documents.iter().map(|document| {
            let mut tree = from_yaml(&document.root, &exact);
            settle(&mut tree, &from_yaml(&document.root, &template));
            restore_holes(&mut tree);
            tree
        }));
    }
    trees
}

/// Returns whether an output is YAML as a whole.
pub(super) fn is_yaml(text: &str) -> bool {
    let is_syntax =
        |problem: &sealine_yaml::Problem| problem.kind == sealine_yaml::ProblemKind::Syntax;
    parts(text).all(|part| !sealine_yaml::parse(&part).problems.iter().any(is_syntax))
}

/// Returns an output that is YAML, if need be without the lines that are not known as a whole, as where a
/// template of a chart that is not in sight would print more items of a list.
pub(super) fn with_gaps(mut out: Rendered) -> Option<Rendered> {
    if is_yaml(&out.text) {
        return Some(out);
    }
    let is_gap = |line: &str| line.contains(HOLE) && line.trim().chars().all(|it| it == HOLE);
    let blank = " ".repeat(HOLE.len_utf8());
    let lines = out.text.split_inclusive('\n');
    // Every position stays what it was.
    let without = |line: &str| line.replace(HOLE, &blank);
    out.text = lines
        .map(|line| if is_gap(line) { without(line).into() } else { Cow::Borrowed(line) })
        .collect();
    out.is_open = true;
    is_yaml(&out.text).then_some(out)
}

/// Splits an output where Helm does and YAML does not: at a `---` that something is glued to, as
/// `---` before a trimming action leaves it. Each part has line breaks for what stands before it, so
/// that ranges in it are those of the output.
fn parts(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let glued = memchr::memmem::find_iter(text.as_bytes(), "---").filter(|at| {
        let begins_line = *at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n');
        let next = text.as_bytes().get(at + 3);
        begins_line && next.is_some_and(|next| !next.is_ascii_whitespace() && *next != b'-')
    });
    let mut glued: Vec<usize> = glued.collect();
    // Each part is read with what is put before it.
    if glued.iter().sum::<usize>() > MAX_PADDING {
        glued.clear();
    }
    let starts = std::iter::once(0).chain(glued.clone().into_iter().map(|at| at + 3));
    let ends = glued.into_iter().chain([text.len()]);
    starts.zip(ends).map(move |(start, end)| {
        let own = text.get(start..end).unwrap_or_default();
        if start == 0 { own.into() } else { format!("{}{own}", "\n".repeat(start)).into() }
    })
}

/// Returns the files that the output came from: few of all, and each position is looked up there.
fn used(rendered: &Rendered, sources: &[Arc<Source>]) -> Vec<Arc<Source>> {
    let files = rendered.segments.iter().flat_map(|segment| {
        let value = segment.value.map(|value| value.file);
        std::iter::once(segment.file).chain(value)
    });
    let files: BTreeSet<usize> = files.map(|file| file.0 as usize).collect();
    files.into_iter().filter_map(|file| sources.get(file).cloned()).collect()
}

/// Returns the way back that prefers values files and named templates, and the one that stays in
/// the template that was rendered: there, what a named template printed stands where it was called.
fn maps(
    rendered: &Rendered,
    home: &Arc<Source>,
    sources: &[Arc<Source>],
) -> (OriginMap, OriginMap) {
    let (mut exact, mut template) = (OriginMap::default(), OriginMap::default());
    let mut last_end = 0;
    for segment in &rendered.segments {
        let Some(source) = sources.get(segment.file.0 as usize) else { continue };
        let node = source.place(segment.node);
        let text = rendered.text.get(segment.output.bytes()).unwrap_or_default();
        match copied(segment, text, sources) {
            Some(place) => exact.push_verbatim(segment.output, place),
            None if segment.verbatim => exact.push_verbatim(segment.output, node.clone()),
            None => exact.push_computed(segment.output, node.clone()),
        }
        if !Arc::ptr_eq(source, home) {
            let call = home.place(TextRange::new(last_end, last_end));
            template.push_computed(segment.output, call);
            continue;
        }
        last_end = segment.node.end as usize;
        if segment.verbatim {
            template.push_verbatim(segment.output, node);
        } else {
            template.push_computed(segment.output, node);
        }
    }
    (exact, template)
}

/// Returns the place of a value that was printed as it stands in its file.
fn copied(segment: &Segment, text: &str, sources: &[Arc<Source>]) -> Option<sealine_source::Place> {
    let value = segment.value.filter(|_| segment.whole)?;
    let source = sources.get(value.file.0 as usize)?;
    let written = source.slice(value.range);
    (written == text && !text.is_empty()).then(|| source.place(value.range))
}

/// Keeps the places of values only for scalars that are one value as a whole.
fn settle(tree: &mut Tree, template: &Tree) {
    match (tree, template) {
        (Tree::Scalar { value, place }, Tree::Scalar { place: other, .. }) => {
            let is_whole = value.single_place().is_some_and(|at| at == place);
            if !is_whole {
                *place = other.clone();
            }
        }
        (Tree::List(items), Tree::List(others)) => {
            items.iter_mut().zip(others).for_each(|(item, other)| settle(item, other));
        }
        (Tree::Map(map), Tree::Map(others)) => {
            for (entry, other) in map.entries.iter_mut().zip(&others.entries) {
                // Where a template is nothing but a call, what the named template writes is asked
                // for there.
                let at = &entry.place;
                let is_written = (at.end - at.start) as usize == entry.key.len();
                let is_named = at.file.path.rsplit_once('.').is_some_and(|(_, end)| end == "tpl");
                if !(is_written && is_named && other.place.start == 0) {
                    entry.place = other.place.clone();
                }
                settle(&mut entry.value, &other.value);
            }
        }
        _ => {}
    }
}
