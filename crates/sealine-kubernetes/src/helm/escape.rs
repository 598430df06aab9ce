//! Actions that Helm shall print instead of carrying them out: how they are written in a chart so that
//! the manifest holds them as they were meant.
//!
//! Invariant: the line of the manifest is read with the actions in it; where its texts are not those that
//! were meant, there is no edit.

use std::sync::Arc;

use sealine_model::kubernetes::Scalar;
use sealine_source::{Edit, Source, TextRange};
use sealine_yaml::{Node, NodeValue, ScalarStyle};

use crate::delivery::printed::is_in_block;

/// Returns the edits after which Helm prints the actions at `ranges`; `actions` are all of the file.
pub(super) fn edits(
    source: &Arc<Source>,
    ranges: &[TextRange],
    actions: &[TextRange],
) -> Option<Vec<Edit>> {
    let mut found = Vec::new();
    let mut rest = ranges;
    while let Some(first) = rest.first() {
        let line = line_of(source.text(), first.start as usize);
        let own = rest.iter().take_while(|range| line.contains(&(range.start as usize))).count();
        let (own, others) = rest.split_at_checked(own.max(1))?;
        found.extend(Line { source, bytes: line, own, actions }.edits()?);
        rest = others;
    }
    Some(found)
}

fn line_of(text: &str, at: usize) -> std::ops::Range<usize> {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| at + end);
    start..end
}

/// One line, and the actions in it that shall be printed.
struct Line<'a> {
    source: &'a Arc<Source>,
    bytes: std::ops::Range<usize>,
    own: &'a [TextRange],
    actions: &'a [TextRange],
}

impl Line<'_> {
    fn edits(&self) -> Option<Vec<Edit>> {
        let words: Vec<&str> = self.own.iter().filter_map(|range| self.text(*range)).collect();
        if words.iter().any(|words| words.contains(['\n', '\r'])) {
            return None;
        }
        if is_in_block(self.source.text(), self.bytes.start) {
            return Some(self.printing(&words));
        }
        // What the line would say if Helm printed the actions, read with words in their place.
        let meant = self.with_stand_ins()?;
        let leaves = texts(&meant)?;
        let wanted: Vec<String> = leaves.iter().map(|leaf| filled(&leaf.text, &words)).collect();
        let reads_back = |line: &str| {
            texts(line).is_some_and(|found| {
                found.iter().map(|leaf| &leaf.text).eq(wanted.iter()) && found.len() == leaves.len()
            })
        };
        for scalar in [Scalar::Plain, Scalar::Double, Scalar::Single] {
            let printed: Vec<String> = words.iter().map(|words| scalar.escaped(words)).collect();
            let printed: Vec<&str> = printed.iter().map(String::as_str).collect();
            if reads_back(&filled(&meant, &printed)) {
                return Some(self.printing(&printed));
            }
        }
        // Without quotes, a text cannot begin with an action.
        let bare: Vec<&Leaf> = leaves.iter().filter(|leaf| leaf.has_own(&words)).collect();
        if bare.iter().any(|leaf| !leaf.takes_quotes(&words)) {
            return None;
        }
        let ends = bare.iter().flat_map(|leaf| [leaf.range.start, leaf.range.end]);
        let quoted = with_quotes(&meant, ends.map(|end| end as usize));
        let mut edits = self.printing(&words);
        for leaf in bare {
            edits.extend(self.quotes(leaf)?);
        }
        reads_back(&filled(&quoted, &words)).then_some(edits)
    }

    fn text(&self, range: TextRange) -> Option<&str> {
        self.source.text().get(range.bytes())
    }

    /// The edits that make Helm print these texts.
    fn printing(&self, printed: &[&str]) -> Vec<Edit> {
        let edit = |(range, printed): (&TextRange, &&str)| Edit {
            place: self.source.place(*range),
            text: format!("{{{{ {} }}}}", literal(printed)),
        };
        self.own.iter().zip(printed).map(edit).collect()
    }

    /// The line without its indentation, with a word in the place of each action.
    fn with_stand_ins(&self) -> Option<String> {
        let text = self.source.text();
        let mut out = String::new();
        let mut at = self.bytes.start;
        let mut own = 0;
        for range in self.actions {
            let (start, end) = (range.start as usize, range.end as usize);
            if start < at || end > self.bytes.end {
                continue;
            }
            out.push_str(text.get(at..start)?);
            if self.own.contains(range) {
                out.push_str(&stand_in(own));
                own += 1;
            } else {
                out.push_str(OTHER);
            }
            at = end;
        }
        out.push_str(text.get(at..self.bytes.end)?);
        Some(out.trim_start_matches(' ').to_owned())
    }

    /// The edits that put a text without quotes between `'`. It stands in the file as it is, but for the
    /// actions.
    fn quotes(&self, leaf: &Leaf) -> Option<[Edit; 2]> {
        let at = |index: &usize| leaf.text.find(&stand_in(*index));
        let own: Vec<usize> = (0..self.own.len()).filter(|index| at(index).is_some()).collect();
        let (first, last) = (own.first()?, own.last()?);
        let start = (self.own.get(*first)?.start as usize).checked_sub(at(first)?)?;
        let behind = leaf.text.len().checked_sub(at(last)? + stand_in(*last).len())?;
        let end = self.own.get(*last)?.end as usize + behind;
        let quote = |at: usize| Edit {
            place: self.source.place(TextRange::new(at, at)),
            text: "'".to_owned(),
        };
        Some([quote(start), quote(end)])
    }
}

/// What stands for an action that is not looked at.
const OTHER: &str = "sealineother";

/// What stands for an own action.
fn stand_in(index: usize) -> String {
    format!("sealineown{index}x")
}

/// Puts texts in the place of the own actions.
fn filled(line: &str, texts: &[&str]) -> String {
    let all = texts.iter().enumerate();
    all.fold(line.to_owned(), |line, (index, text)| line.replace(&stand_in(index), text))
}

fn with_quotes(line: &str, at: impl Iterator<Item = usize>) -> String {
    let mut out = String::new();
    let mut done = 0;
    for at in at {
        out.push_str(line.get(done..at).unwrap_or_default());
        out.push('\'');
        done = at;
    }
    out.push_str(line.get(done..).unwrap_or_default());
    out
}

/// Writes a text as a literal of Go.
fn literal(text: &str) -> String {
    if text.contains('`') {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        format!("`{text}`")
    }
}

/// A text of a line.
struct Leaf {
    text: String,
    style: ScalarStyle,
    range: TextRange,
}

impl Leaf {
    fn has_own(&self, words: &[&str]) -> bool {
        (0..words.len()).any(|index| self.text.contains(&stand_in(index)))
    }

    /// Whether it may stand between `'`, as it does not yet. What Helm prints of its own may hold one.
    fn takes_quotes(&self, words: &[&str]) -> bool {
        self.style == ScalarStyle::Plain
            && !self.text.contains(OTHER)
            && !filled(&self.text, words).contains('\'')
    }
}

/// Returns the texts of a line that is a map or a list by itself.
fn texts(line: &str) -> Option<Vec<Leaf>> {
    let parsed = sealine_yaml::parse(line);
    let [document] = parsed.documents.as_slice() else { return None };
    if !parsed.problems.is_empty() || matches!(document.root.value, NodeValue::Scalar(_)) {
        return None;
    }
    let mut found = Vec::new();
    collect(&document.root, &mut found);
    Some(found)
}

/// Recurses no deeper than the parser's trees are.
fn collect(node: &Node, found: &mut Vec<Leaf>) {
    match &node.value {
        NodeValue::Null => {}
        NodeValue::Scalar(scalar) => {
            let (text, style) = (scalar.text.clone(), scalar.style);
            found.push(Leaf { text, style, range: node.range });
        }
        NodeValue::Sequence(items) => {
            for item in &**items {
                collect(item, found);
            }
        }
        NodeValue::Mapping(mapping) => {
            for entry in &*mapping.entries {
                collect(&entry.key, found);
                collect(&entry.value, found);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sealine_source::{FileName, apply_edits};
    use sealine_template::syntax::Node as Part;
    use sealine_template::{Functions, parse};

    use super::*;

    /// Escapes all actions of a text that read `.a`.
    fn escaped(text: &str) -> String {
        let source = Arc::new(Source::new(FileName::new("r", "t.yaml"), text));
        let parsed = parse("", text, Functions::helm()).unwrap();
        let range = |node: &Part| match node {
            Part::Action(action) => Some(action.range),
            _ => None,
        };
        let actions: Vec<TextRange> = parsed.body.nodes.iter().filter_map(range).collect();
        let own: Vec<TextRange> = actions
            .iter()
            .filter(|range| {
                text[range.bytes()].contains("a\"") || text[range.bytes()].contains(".a")
            })
            .copied()
            .collect();
        let Some(edits) = edits(&source, &own, &actions) else { return "nothing".to_owned() };
        apply_edits(text, &edits.iter().collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn what_helm_prints_reads_back_as_it_was_meant() {
        for (text, expected) in [
            ("k: \"u:{{ .a }}@h\"", "k: \"u:{{ `{{ .a }}` }}@h\""),
            ("k: {{ .a }}", "k: '{{ `{{ .a }}` }}'"),
            ("- k: {{ .a }}/{{ .a }} # x", "- k: '{{ `{{ .a }}` }}/{{ `{{ .a }}` }}' # x"),
            ("k: {{ .a | quote }}", "k: '{{ `{{ .a | quote }}` }}'"),
            ("k: u:{{ .a }}@h", "k: u:{{ `{{ .a }}` }}@h"),
            ("k: \"{{ index . \"a\" }}\"", "k: \"{{ `{{ index . \\\"a\\\" }}` }}\""),
            ("k: '{{ .a | replace \"'\" \"\" }}'", "k: '{{ `{{ .a | replace \"''\" \"\" }}` }}'"),
            ("d: {k: \"{{ .a }}\", l: x}", "d: {k: \"{{ `{{ .a }}` }}\", l: x}"),
            ("d: {k: {{ .a }}, l: x}", "d: {k: '{{ `{{ .a }}` }}', l: x}"),
            ("k: |\n  u: \"{{ .a }}\"", "k: |\n  u: \"{{ `{{ .a }}` }}\""),
            ("k: {{ replace `x` \"y\" .a }}", "k: '{{ \"{{ replace `x` \\\"y\\\" .a }}\" }}'"),
            ("k: \"{{ .Values.h }}:{{ .a }}\"", "k: \"{{ .Values.h }}:{{ `{{ .a }}` }}\""),
            // What Helm prints may hold a quote, and what does not stand in one line is not seen.
            ("k: {{ .a }}{{ .Values.h }}", "nothing"),
            ("k: \"x\n  {{ .a }}\"", "nothing"),
        ] {
            assert_eq!(escaped(text), expected, "{text}");
        }
    }
}
