//! Edits inside template texts.
//!
//! Invariant: the file reads back as before but for the edit, however the text is quoted there.

use sealine_model::kubernetes::{Quotes, TemplateText, Writing};
use sealine_model::{Finding, Fix, Safety};
use sealine_render::round_trip::applied;
use sealine_source::{Edit, Place, TextRange};

/// Returns the finding with the repair that puts a new text in the place of each range, and with what the text
/// shall say then; as it is where the text cannot be edited so.
///
/// As for [`edits`], the new texts are template code of Sealine's own.
pub(crate) fn mended(
    finding: Finding,
    text: &TemplateText,
    changes: &[(TextRange, String)],
    title: impl Into<String>,
    safety: Safety,
) -> Finding {
    let edits = if changes.is_empty() { None } else { edits(text, changes) };
    let Some(edits) = edits else { return finding };
    finding.wanted(wanted(text, changes)).fix(Some(Fix { title: title.into(), safety, edits }))
}

/// Returns the edits that put a new text in the place of each range; `None` where a range does not
/// stand in a file byte by byte, or the file cannot hold the new text there. An empty range inserts.
///
/// The new texts are template code of Sealine's own, whose literals hold neither quotes, backquotes
/// nor backslashes.
fn edits(text: &TemplateText, changes: &[(TextRange, String)]) -> Option<Vec<Edit>> {
    let quoted = changes.iter().any(|(_, new)| new.contains('"'));
    let mut found = Vec::new();
    let write: fn(&str) -> String = match &text.quotes {
        Quotes::Printed(writings) => return printed(text, writings, changes),
        _ if !quoted => str::to_owned,
        Quotes::Free => str::to_owned,
        Quotes::Double(open, close) if becomes_single(text, open) => {
            let single = |place: &Place| Edit { place: place.clone(), text: "'".to_owned() };
            found.extend([single(open), single(close)]);
            str::to_owned
        }
        Quotes::Double(..) => |new| new.replace('"', "\\\""),
        Quotes::Unknown => |new| new.replace('"', "`"),
    };
    for (range, new) in changes {
        found.push(Edit { place: text.exact_place(*range)?, text: write(new) });
    }
    Some(found)
}

/// The edits of a text that a chart prints.
fn printed(
    text: &TemplateText,
    writings: &[Option<Writing>],
    changes: &[(TextRange, String)],
) -> Option<Vec<Edit>> {
    let edit = |(range, new): &(TextRange, String)| {
        let (segment, place) = text.segment_of(*range)?;
        let written = match writings.get(segment).copied().flatten() {
            Some(writing) => writing.write(new)?,
            None if new.contains(['"', '\'', '\\', '`', '%']) => return None,
            None => new.clone(),
        };
        Some(Edit { place, text: written })
    };
    changes.iter().map(edit).collect()
}

/// Returns what the text shall say after these changes, which are in its order, where that has to be
/// looked at: what a chart makes of an edit is seen when it is rendered.
pub(crate) fn wanted(text: &TemplateText, changes: &[(TextRange, String)]) -> Option<String> {
    if !matches!(text.quotes, Quotes::Printed(_)) {
        return None;
    }
    let mut sorted = changes.to_vec();
    sorted.sort_by_key(|(range, _)| range.start);
    applied(&text.text, &sorted)
}

/// Whether the text may stand between `'` instead: only YAML has both.
fn becomes_single(text: &TemplateText, open: &Place) -> bool {
    let path = std::path::Path::new(&open.file.path);
    let is_yaml = path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
    is_yaml && !text.text.contains('\'')
}

#[cfg(test)]
mod tests {

    use sealine_source::{FileName, Source, apply_edits};

    use super::*;

    /// Inserts ` | replace "+" "%20"` after `.a` of a text that stands at `at` in a file.
    fn edited(
        file: &str,
        written: &str,
        inner: &str,
        quotes: fn(&Source, usize) -> Quotes,
    ) -> String {
        let source = Source::new(FileName::new("r", file), written);
        let at = written.find(inner).unwrap();
        let text = TemplateText {
            key: "K".to_owned(),
            text: inner.to_owned(),
            place: source.top(),
            segments: vec![(
                TextRange::new(0, inner.len()),
                source.place(TextRange::new(at, at + inner.len())),
            )],
            quotes: quotes(&source, at + inner.len()),
        };
        let after = inner.find(".a").unwrap() + 2;
        let change = (TextRange::new(after, after), " | replace \"+\" \"%20\"".to_owned());
        let edits = edits(&text, &[change]).unwrap();
        apply_edits(written, &edits.iter().collect::<Vec<_>>()).unwrap()
    }

    fn double(source: &Source, end: usize) -> Quotes {
        let open = source.text().find('"').unwrap();
        let place = |at: usize| source.place(TextRange::new(at, at + 1));
        Quotes::Double(place(open), place(end))
    }

    #[test]
    fn quotes_are_written_as_the_file_allows() {
        assert_eq!(
            edited("a.yaml", "k: 'x{{ .a }}'", "x{{ .a }}", |_, _| Quotes::Free),
            "k: 'x{{ .a | replace \"+\" \"%20\" }}'"
        );
        assert_eq!(
            edited("a.yaml", "k: \"x{{ .a }}\"", "x{{ .a }}", double),
            "k: 'x{{ .a | replace \"+\" \"%20\" }}'"
        );
        assert_eq!(
            edited("a.yaml", "k: \"it's {{ .a }}\"", "it's {{ .a }}", double),
            "k: \"it's {{ .a | replace \\\"+\\\" \\\"%20\\\" }}\""
        );
        assert_eq!(
            edited("a.json", "{\"x{{ .a }}\"", "x{{ .a }}", double),
            "{\"x{{ .a | replace \\\"+\\\" \\\"%20\\\" }}\""
        );
        assert_eq!(
            edited("a.tf", "k = x{{ .a }}", "x{{ .a }}", |_, _| Quotes::Unknown),
            "k = x{{ .a | replace `+` `%20` }}"
        );
    }
}
