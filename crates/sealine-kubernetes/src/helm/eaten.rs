//! Templates of External Secrets Operator that Helm carries out first, because they stand in a
//! chart unescaped.
//!
//! Invariant: an action counts only where dot is surely Helm's own map, which has no such field, and
//! the `ExternalSecret` around it surely fetches one.

use std::sync::Arc;

use sealine_model::delivery::{Mishap, MishapKind};
use sealine_source::{Source, TextRange};
use sealine_template::syntax::{Action, Block, Node, OperandKind, Pipeline};
use sealine_template::{Functions, parse};

use super::escape;

/// What Helm's dot holds at the top of a template.
const BUILT_IN: &[&str] =
    &["capabilities", "chart", "files", "release", "subcharts", "template", "values"];

/// Returns what Helm takes of the `ExternalSecret`s in one template of a chart.
pub(super) fn find(source: &Arc<Source>) -> Vec<Mishap> {
    let text = source.text();
    let has = |word: &str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    if !has("external-secrets.io/") || !has("template:") {
        return Vec::new();
    }
    // What only External Secrets Operator can parse was all the more meant for it.
    let parsed = parse("", text, Functions::helm()).or_else(|_| parse("", text, Functions::eso()));
    let Ok(parsed) = parsed else { return Vec::new() };
    let mut found = Found { text, reads: Vec::new(), actions: Vec::new() };
    found.block(&parsed.body);
    documents(text).filter_map(|document| judge(source, &found, document)).collect()
}

/// A read of a field of Helm's own map.
struct Read {
    name: String,
    range: TextRange,
    /// The index of the printing action, where it stands in one.
    action: Option<usize>,
}

struct Found<'a> {
    text: &'a str,
    reads: Vec<Read>,
    actions: Vec<TextRange>,
}

impl Found<'_> {
    /// Recurses no deeper than the parser nests.
    fn block(&mut self, block: &Block) {
        for node in &block.nodes {
            match node {
                Node::Action(action) => self.action(action),
                Node::If(branches) => {
                    for arm in &branches.arms {
                        self.pipeline(&arm.pipeline, None);
                        self.block(&arm.body);
                    }
                    if let Some(otherwise) = &branches.otherwise {
                        self.block(otherwise);
                    }
                }
                // Inside, dot is another one.
                Node::With(branches) => {
                    branches.arms.iter().for_each(|arm| self.pipeline(&arm.pipeline, None));
                }
                Node::Range(range) => self.pipeline(&range.arm.pipeline, None),
                _ => {}
            }
        }
    }

    fn action(&mut self, action: &Action) {
        let index = action.pipeline.variables.is_empty().then_some(self.actions.len());
        self.actions.push(action.range);
        self.pipeline(&action.pipeline, index);
    }

    fn pipeline(&mut self, pipeline: &Pipeline, action: Option<usize>) {
        for command in &pipeline.commands {
            for operand in &command.operands {
                match &operand.kind {
                    OperandKind::Field(fields) => {
                        let Some(first) = fields.first() else { continue };
                        self.read(&first.name, first.range, action);
                    }
                    OperandKind::Text { value, .. } if indexes_dot(command) => {
                        let name = String::from_utf8_lossy(value).into_owned();
                        self.read(&name, operand.range, action);
                    }
                    OperandKind::Pipeline(inner) => self.pipeline(inner, action),
                    _ => {}
                }
            }
        }
    }

    fn read(&mut self, name: &str, range: TextRange, action: Option<usize>) {
        self.reads.push(Read { name: name.to_owned(), range, action });
    }
}

/// Whether a command is `index . "key"`.
fn indexes_dot(command: &sealine_template::syntax::Command) -> bool {
    let [function, map, ..] = command.operands.as_slice() else { return false };
    matches!(&function.kind, OperandKind::Function(function) if function.name == "index")
        && matches!(map.kind, OperandKind::Dot)
}

/// Returns the bytes of the documents of a text.
fn documents(text: &str) -> impl Iterator<Item = TextRange> {
    let mut starts = vec![0];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            starts.push(at);
        }
        at += line.len();
    }
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([text.len()]).collect();
    starts.into_iter().zip(ends).map(|(start, end)| TextRange::new(start, end))
}

fn judge(source: &Arc<Source>, found: &Found<'_>, document: TextRange) -> Option<Mishap> {
    let text = found.text.get(document.bytes())?;
    let kind = value_of(text, "kind:").next()?;
    if !matches!(kind, "ExternalSecret" | "ClusterExternalSecret") {
        return None;
    }
    // All that is printed below `template:` of the target is for External Secrets Operator.
    let template = document.start + text.find("template:")? as u32;
    let keys: Vec<&str> = value_of(text, "secretKey:").collect();
    let open = text.contains("dataFrom:");
    let is_meant = |read: &&Read| {
        let inside = template < read.range.start && read.range.end <= document.end;
        let is_helms = BUILT_IN.contains(&read.name.to_ascii_lowercase().as_str());
        inside && !is_helms && (open || keys.contains(&read.name.as_str()))
    };
    let meant: Vec<&Read> = found.reads.iter().filter(is_meant).collect();
    let first = meant.first()?;
    let mut actions: Vec<usize> = meant.iter().filter_map(|read| read.action).collect();
    actions.dedup();
    let ranges: Vec<TextRange> =
        actions.iter().filter_map(|index| found.actions.get(*index).copied()).collect();
    let inside =
        |range: &TextRange| first.range.start >= range.start && first.range.end <= range.end;
    let shown = ranges.iter().find(|range| inside(range)).copied().unwrap_or(first.range);
    let written = |range: TextRange| found.text.get(range.bytes()).unwrap_or_default();
    // A condition or a loop would have to be escaped as a whole.
    let certain = meant.iter().all(|read| read.action.is_some());
    let edits = certain.then(|| escape::edits(source, &ranges, &found.actions)).flatten();
    let name = value_of(text, "name:").next().filter(|name| !name.contains("{{"));
    Some(Mishap {
        kind: MishapKind::EatenByHelm,
        object: name.map_or_else(|| kind.to_owned(), |name| format!("{kind} {name}")),
        words: written(shown).to_owned(),
        place: source.place(shown),
        also: ranges.iter().filter(|range| **range != shown).map(|at| source.place(*at)).collect(),
        edits: edits.unwrap_or_default(),
    })
}

/// Returns what stands after a key, wherever the key begins a line or an item.
fn value_of<'a>(text: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(key).filter_map(move |(at, _)| {
        let before = text.get(..at)?.chars().next_back();
        let begins = before.is_none_or(|c| matches!(c, ' ' | '\n' | '{' | ',' | '-'));
        let rest = text.get(at + key.len()..)?;
        let end = rest.find(['\n', ',', '}']).unwrap_or(rest.len());
        begins.then(|| rest.get(..end).unwrap_or_default().trim().trim_matches(['"', '\'']))
    })
}

#[cfg(test)]
mod tests {
    use sealine_source::FileName;

    use super::*;

    fn words(target: &str) -> Vec<String> {
        let text = format!(
            "{{{{- if .Values.on }}}}\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\n\
             metadata:\n  name: db\nspec:\n  data:\n    - secretKey: password\n      \
             remoteRef: {{key: db}}\n  target:\n    template:\n      data:\n        URI: {target}\n\
             {{{{- end }}}}\n"
        );
        let found = find(&Arc::new(Source::new(FileName::new("r", "t.yaml"), text)));
        found.into_iter().map(|mishap| format!("{} {}", mishap.words, mishap.edits.len())).collect()
    }

    #[test]
    fn only_what_helm_does_not_know_and_the_secret_fetches_was_meant_for_eso() {
        for (target, expected) in [
            ("\"u:{{ .password }}@h\"", &["{{ .password }} 1"][..]),
            ("{{ .password | b64enc }}{{ index . \"password\" }}", &["{{ .password | b64enc }} 4"]),
            ("{{ if .password }}x{{ end }}", &[".password 0"]),
            // Helm does not know the function.
            ("{{ .password | pkcs12key }}", &["{{ .password | pkcs12key }} 3"]),
            ("{{ `{{ .password }}` }}", &[]),
            ("\"{{ \"{{\" }} .password {{ \"}}\" }}\"", &[]),
            ("{{ .Values.password }}", &[]),
            // Nothing fetches it: it may be a slip of another kind.
            ("{{ .other }}", &[]),
            // What dot is there is not known.
            ("{{ range .Values.all }}{{ .password }}{{ end }}", &[]),
            ("{{ with .Values.all }}{{ .password }}{{ end }}", &[]),
            ("{{ include \"x\" . }}", &[]),
        ] {
            assert_eq!(words(target), expected, "{target}");
        }
    }
}
