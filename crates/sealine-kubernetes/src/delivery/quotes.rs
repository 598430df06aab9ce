//! The quotes around template texts, seen in the files themselves.
//!
//! Invariant: what is said of a text holds for all of it; where that cannot be told, nothing is.

use std::collections::BTreeMap;
use std::sync::Arc;

use sealine_model::Facts;
use sealine_model::kubernetes::{Quotes, TemplateText, Writing};
use sealine_source::{FileName, Place, Project, TextRange};
use sealine_template::Template;

use super::printed;

/// Notes what stands around each template text.
pub(super) fn note(facts: &mut Facts, project: &Project) {
    let mut charts = Charts { project, read: BTreeMap::new() };
    for external in &mut facts.external_secrets {
        let files = std::iter::once(&external.place.file);
        let is_printed = files.into_iter().any(|file| charts.is_template(file));
        for text in external.target.template.iter_mut().flat_map(|template| &mut template.texts) {
            let mut files = text.segments.iter().map(|(_, place)| &place.file);
            text.quotes = if is_printed || files.any(|file| charts.is_template(file)) {
                let writings = text.segments.iter().map(|(_, place)| charts.writing(place));
                Quotes::Printed(writings.collect())
            } else {
                of(text, project)
            };
        }
    }
}

/// The templates of charts that were looked at.
struct Charts<'a> {
    project: &'a Project,
    read: BTreeMap<Arc<FileName>, ChartFile>,
}

/// What a file is to a chart.
enum ChartFile {
    /// No template of one.
    Other,
    /// A template that does not parse.
    Broken,
    /// A template.
    Template(Template),
}

impl Charts<'_> {
    fn file(&mut self, file: &Arc<FileName>) -> &ChartFile {
        let project = self.project;
        self.read.entry(Arc::clone(file)).or_insert_with(|| {
            let source = project.source(file);
            let Some(source) = source.filter(|source| printed::is_template(source, project)) else {
                return ChartFile::Other;
            };
            printed::parsed(source).map_or(ChartFile::Broken, ChartFile::Template)
        })
    }

    fn is_template(&mut self, file: &Arc<FileName>) -> bool {
        !matches!(self.file(file), ChartFile::Other)
    }

    fn writing(&mut self, place: &Place) -> Option<Writing> {
        let source = self.project.source(&place.file)?;
        let template = match self.file(&place.file) {
            ChartFile::Template(template) => Some(template),
            ChartFile::Broken => return None,
            ChartFile::Other => None,
        };
        printed::writing(source.text(), template, place.range())
    }
}

fn of(text: &TemplateText, project: &Project) -> Quotes {
    let Some((_, first)) = text.segments.first() else { return Quotes::Unknown };
    let Some(source) = project.source(&first.file) else { return Quotes::Unknown };
    let quote_at = |start: u32| -> Option<Place> {
        let range = TextRange { start, end: start + 1 };
        (source.text().get(range.bytes()) == Some("\"")).then(|| source.place(range))
    };
    // A `"` that stands for itself cannot stand between two others.
    let holds_one = text
        .segments
        .iter()
        .any(|(range, _)| text.text.get(range.bytes()).is_some_and(|run| run.contains('"')));
    let before = first.start.checked_sub(1).and_then(quote_at);
    match (before, text.segments.as_slice()) {
        _ if holds_one => Quotes::Free,
        (Some(open), [(range, place)]) if range.bytes().len() == text.text.len() => {
            quote_at(place.end).map_or(Quotes::Unknown, |close| Quotes::Double(open, close))
        }
        // Between two `"`, one stands right before the first byte.
        (None, [(range, _), ..]) if range.start == 0 => Quotes::Free,
        _ => Quotes::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use sealine_source::{Repository, Source};

    use super::*;

    #[test]
    fn only_a_text_between_two_quotes_stands_between_them() {
        let head = "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: a}\n\
            spec:\n  target:\n    template:\n      data:\n        K: ";
        for (written, expected) in [
            ("\"x {{ .a }}\"", "double"),
            ("'x {{ .a }}'", "free"),
            ("x {{ .a }}", "free"),
            ("'{\"x\": {{ .a }}}'", "free"),
            ("|\n          x\n          {{ .a }}", "free"),
            ("\"x\\t{{ .a }}\"", "unknown"),
            ("\"\\t{{ .a }}\"", "unknown"),
        ] {
            let source = Source::new(FileName::new("r", "a.yaml"), format!("{head}{written}\n"));
            let mut repository = Repository::new("r");
            repository.add(Arc::new(source));
            let mut project = Project::default();
            project.repositories.push(repository);
            let reading = crate::delivery::read(&project, &crate::delivery::Options::default());
            let external = reading.facts.iter().flat_map(|facts| &facts.external_secrets).next();
            let template = external.and_then(|external| external.target.template.as_ref());
            let found = match template.map(|template| &template.texts[0].quotes) {
                Some(Quotes::Double(..)) => "double",
                Some(Quotes::Free) => "free",
                Some(Quotes::Unknown) => "unknown",
                Some(Quotes::Printed(_)) => "printed",
                None => "nothing",
            };
            assert_eq!(found, expected, "{written}");
        }
    }
}
