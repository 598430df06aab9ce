//! Findings with snippets, for people.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use sealine_model::{Finding, Safety, Severity};
use sealine_source::Place;

use crate::escape::acts;
use crate::{Format, Masked, Report, for_terminal, on_one_line};

pub(super) static FORMAT: Format =
    Format { name: "text", summary: "findings with snippets, for people", render };

fn render(report: &Report<'_>) -> String {
    let masked = Masked::new(report.project, report.secret_texts);
    let renderer = if report.color { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for finding in report.findings {
        out.push_str(&renderer.render(&groups(report, &masked, finding)));
        out.push_str("\n\n");
    }
    out.push_str(&summary(report));
    out.push('\n');
    out
}

fn groups<'a>(report: &Report<'_>, masked: &Masked<'_>, finding: &'a Finding) -> Vec<Group<'a>> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let title = level.primary_title(on_one_line(&finding.message)).id(finding.rule);
    let mut places = vec![(&finding.place, finding.label.as_str(), true)];
    places.extend(finding.related.iter().map(|(place, label)| (place, label.as_str(), false)));
    let mut group = Group::with_title(title);
    let mut done = vec![false; places.len()];
    for index in 0..places.len() {
        if done[index] {
            continue;
        }
        let file = &places[index].0.file;
        let same: Vec<usize> =
            (index..places.len()).filter(|other| places[*other].0.file == *file).collect();
        for other in &same {
            done[*other] = true;
        }
        let path = on_one_line(&report.path(places[index].0));
        let Some(text) = masked.text(file) else {
            // A file of another checkout, or one that is gone: there is no text to show.
            for other in same {
                let (place, label, _) = places[other];
                let origin = Origin::path(path.clone()).line(place.line as usize);
                group = group.element(origin.char_column(place.column as usize));
                if !label.is_empty() {
                    group = group.element(Level::NOTE.message(on_one_line(label)));
                }
            }
            continue;
        };
        let spans: Vec<Range<usize>> =
            same.iter().map(|other| span(&text, places[*other].0)).collect();
        let (cut, line) = surroundings(&text, &spans);
        let source = shown(&text[cut.clone()]);
        let mut snippet = Snippet::source(source).line_start(line).path(path);
        for (other, span) in same.into_iter().zip(spans) {
            let (_, label, primary) = places[other];
            let kind = if primary { AnnotationKind::Primary } else { AnnotationKind::Context };
            let annotation = kind.span(span.start - cut.start..span.end - cut.start);
            let label = (!label.is_empty()).then(|| on_one_line(label));
            snippet = snippet.annotation(annotation.label(label));
        }
        group = group.element(snippet);
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(for_terminal(help)));
    }
    if let Some(fix) = &finding.fix {
        let flag = match fix.safety {
            Safety::Safe => "--fix",
            Safety::Unsafe => "--fix --unsafe-fixes",
        };
        let text = format!("{} (`{flag}`)", for_terminal(&fix.title));
        group = group.element(Level::HELP.with_name("fix").message(text));
    }
    vec![group]
}

/// The text as it may be shown: what does something to a terminal becomes as many `?` as it has
/// bytes, so that offsets stay. A carriage return stays where it ends a line.
fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let ends_line = c == '\r' && chars.peek() == Some(&'\n');
        if acts(c) && !ends_line {
            out.extend(std::iter::repeat_n('?', c.len_utf8()));
        } else {
            out.push(c);
        }
    }
    out
}

/// The bytes to underline: the place, cut to its first line, since a block of fifty lines is no
/// pointer; and an empty place widened to a character.
fn span(text: &str, place: &Place) -> Range<usize> {
    let start = (place.start as usize).min(text.len());
    let end = (place.end as usize).clamp(start, text.len());
    let line = text[start..end].find(['\n', '\r']).map_or(end, |at| start + at);
    let width = text[start..].chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8);
    start..line.max(start + width)
}

/// The lines that hold these spans with one more on either side, and the number of the first: who draws
/// them need not walk the whole text for each finding.
fn surroundings(text: &str, spans: &[Range<usize>]) -> (Range<usize>, usize) {
    let first = spans.iter().map(|span| span.start).min().unwrap_or_default();
    let last = spans.iter().map(|span| span.end).max().unwrap_or(text.len());
    let line_start = |at: usize| text[..at].rfind('\n').map_or(0, |end| end + 1);
    let line_end = |at: usize| text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
    let start = line_start(line_start(first).saturating_sub(1));
    let line = text[..start].matches('\n').count() + 1;
    (start..line_end(line_end(last)), line)
}

/// The last lines: how many findings, and how much was understood.
fn summary(report: &Report<'_>) -> String {
    let count =
        |severity| report.findings.iter().filter(|finding| finding.severity == severity).count();
    let mut parts = Vec::new();
    for (severity, one, many) in [
        (Severity::Error, "error", "errors"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Info, "info", "infos"),
    ] {
        match count(severity) {
            0 => {}
            1 => parts.push(format!("1 {one}")),
            n => parts.push(format!("{n} {many}")),
        }
    }
    let mut out = if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") };
    if report.suppressed > 0 {
        let _ = write!(out, "; {} allowed", report.suppressed);
    }
    if report.baselined > 0 {
        let _ = write!(out, "; {} in the baseline", report.baselined);
    }
    let safe = report.findings.iter().filter_map(|finding| finding.fix.as_ref());
    let safe = safe.filter(|fix| fix.safety == Safety::Safe).count();
    if safe > 0 {
        let _ = write!(out, "; {safe} can be repaired with `--fix`");
    }
    let coverage = report.coverage;
    let _ = write!(out, "\nunderstood {} of {} documents", coverage.understood, coverage.documents);
    match report.opaque_roots {
        0 => {}
        1 => out.push_str("; 1 root opaque (-v lists it)"),
        n => {
            let _ = write!(out, "; {n} roots opaque (-v lists them)");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_is_cut_from_its_surroundings() {
        let text = "a\nb\nc\nd\ne\nf\n";
        let cut = |text: &'static str, spans: &[(usize, usize)]| {
            let spans: Vec<Range<usize>> = spans.iter().map(|(start, end)| *start..*end).collect();
            let (range, line) = surroundings(text, &spans);
            (&text[range], line)
        };
        assert_eq!(cut(text, &[(4, 5)]), ("b\nc\nd\n", 2));
        assert_eq!(cut(text, &[(6, 7), (2, 3)]), ("a\nb\nc\nd\ne\n", 1));
        assert_eq!(cut(text, &[(0, 1)]), ("a\nb\n", 1));
        assert_eq!(cut(text, &[(12, 12)]), ("f\n", 6));
        assert_eq!(cut(text, &[(11, 12)]), ("e\nf\n", 5));
        assert_eq!(cut("", &[(0, 0)]), ("", 1));
    }
}
