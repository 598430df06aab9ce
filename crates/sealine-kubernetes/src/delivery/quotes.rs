//! The quotes around template texts, seen in the files themselves.
//!
//! Invariant: what is said of a text holds for all of it; where that cannot be told, nothing is.

use sealine_model::Facts;
use sealine_model::kubernetes::{Quotes, TemplateText};
use sealine_source::{Place, Project, TextRange};

/// Notes what stands around each template text.
pub(super) fn note(facts: &mut Facts, project: &Project) {
    for external in &mut facts.external_secrets {
        for text in external.target.template.iter_mut().flat_map(|template| &mut template.texts) {
            text.quotes = of(text, project);
        }
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
    use std::sync::Arc;

    use sealine_source::{FileName, Repository, Source};

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
                None => "nothing",
            };
            assert_eq!(found, expected, "{written}");
        }
    }
}
