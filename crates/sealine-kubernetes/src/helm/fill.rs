//! A text of its own filled as a template, outside of charts: a Helmfile and its values files.
//!
//! Invariant: what nobody gave is not known, and what is not known is a hole in what is printed.

use std::sync::Arc;

use sealine_model::tree::Tree;
use sealine_model::{Note, Value as Known};
use sealine_source::{Project, Source};
use sealine_template::{FileId, Functions, Map, Options, Set, TemplateError, execute, parse};

use super::data::{Files, marked};
use super::output;
use crate::delivery::nested::{HOLE, restore_holes};

/// What Helmfile calls a text that it fills.
const NAME: &str = "stringTemplate";

/// What is filled.
pub(crate) struct Page<'a> {
    /// The file.
    pub(crate) source: &'a Arc<Source>,
    /// What is filled of it, at the positions that it has in the file.
    pub(crate) text: &'a str,
    /// Files whose templates it may call.
    pub(crate) partials: &'a [Arc<Source>],
    /// Files that it may read, by the paths that it names them by.
    pub(crate) files: &'a [(String, Arc<Source>)],
}

/// Returns what a page holds once it is filled, its documents; a note where it cannot be filled.
pub(crate) fn fill_page(
    page: &Page<'_>,
    project: &Project,
    data: &dyn Fn(&mut Files<'_>) -> Map,
) -> Result<Vec<Tree>, Note> {
    let mut sources = vec![Arc::clone(page.source)];
    sources.extend(page.partials.iter().cloned());
    sources.extend(page.files.iter().map(|(_, source)| Arc::clone(source)));
    let mut files = Files::new(project, &sources).newer();
    let data = data(&mut files);
    let note = |error: &TemplateError| {
        let file = error.file.map_or(0, |file| file.0 as usize);
        let source = files.sources.get(file).unwrap_or(page.source);
        let message = format!("the template cannot be filled: {}", error.message);
        Note { place: source.place(error.range), message }
    };
    let mut set = Set::default();
    for (index, partial) in page.partials.iter().enumerate() {
        // One that does not parse lends nothing.
        if let Ok(template) = parse(partial.path(), partial.shared_text(), Functions::helmfile()) {
            set.add(FileId(index as u32 + 1), template);
        }
    }
    let first = page.partials.len() + 1;
    for (index, (path, source)) in page.files.iter().enumerate() {
        set.lend(path, FileId((first + index) as u32), source.text());
    }
    let template = parse(NAME, page.text, Functions::helmfile()).map_err(|error| note(&error))?;
    set.add(FileId(0), template);
    let out = execute(&set, NAME, &data.into(), &options()).map_err(|error| note(&error))?;
    let no_yaml = || {
        let message = "what the template makes is no YAML".to_owned();
        Note { place: page.source.top(), message }
    };
    let out = output::with_gaps(out).ok_or_else(no_yaml)?;
    Ok(output::trees(&out, page.source, &files.sources, &mut Vec::new()))
}

/// Returns a scalar whose text is filled; unknown where that fails.
pub(crate) fn fill_scalar(
    scalar: &Tree,
    project: &Project,
    data: &dyn Fn(&mut Files<'_>) -> Map,
) -> Tree {
    let Tree::Scalar { value, place } = scalar else { return scalar.clone() };
    let text = marked(value);
    if !text.contains("{{") {
        return scalar.clone();
    }
    let data = data(&mut Files::new(project, &[]).newer());
    let out = parse(NAME, text.as_str(), Functions::helmfile()).and_then(|template| {
        execute(&Set::of(FileId(0), template), NAME, &data.into(), &options())
    });
    let value = out.map_or_else(|_| Known::unknown(), |out| Known::known(out.text.trim(), None));
    let mut filled = Tree::Scalar { value, place: place.clone() };
    restore_holes(&mut filled);
    filled
}

fn options() -> Options {
    Options { unknown: Some(HOLE), lacking: true, ..Options::helmfile() }
}
