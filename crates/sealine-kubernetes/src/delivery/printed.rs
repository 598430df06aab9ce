//! How pieces of a text that a chart prints are written in the chart's own files: within which literal
//! of an action, and within which scalar of the manifest.
//!
//! Invariant: what is not seen for certain is `None`. It is a proposal all the same: whoever edits the
//! chart renders it and looks at the result.

use sealine_model::kubernetes::{Literal, Scalar, Writing};
use sealine_source::{Project, Source, TextRange};
use sealine_template::syntax::{Action, Arm, Block, Node, OperandKind};
use sealine_template::{Functions, Template, parse};

/// Functions that print a text as it is, but for the space around it.
const PASSING: &[&str] = &["indent", "nindent", "toString", "trim"];
/// Functions that quote what they print.
const QUOTING: &[&str] = &["quote", "squote", "toJson", "toYaml"];

/// Returns whether a file is a template of a chart.
pub(super) fn is_template(source: &Source, project: &Project) -> bool {
    let path = source.path();
    let Some(repository) = project.repository(&source.name().repo) else { return false };
    let folders = path.match_indices("templates/").filter_map(|(at, _)| path.get(..at));
    let mut folders = folders.filter(|folder| folder.is_empty() || folder.ends_with('/'));
    folders.any(|folder| repository.exists(&format!("{folder}Chart.yaml")))
}

/// Returns the template that a file of a chart is.
pub(super) fn parsed(source: &Source) -> Option<Template> {
    parse("", source.shared_text(), Functions::helm()).ok()
}

/// Returns how the bytes at `range` are written in a file: a template, or a file of values.
pub(super) fn writing(
    text: &str,
    template: Option<&Template>,
    range: TextRange,
) -> Option<Writing> {
    let Some(template) = template else {
        let scalar = scalar_at(text, range.start as usize, &[], &[]);
        return Some(Writing { literal: Literal::None, scalar });
    };
    let mut found = Found { text, range, actions: Vec::new(), silent: Vec::new(), writing: None };
    found.block(&template.body);
    template.defines.iter().for_each(|define| found.block(&define.body));
    let (start, writing) = found.writing?;
    Some(Writing {
        scalar: match writing.scalar {
            None => scalar_at(text, start, &found.actions, &found.silent),
            Some(scalar) => scalar,
        },
        literal: writing.literal,
    })
}

/// How something is written, and within which scalar when that is known already.
struct Own {
    literal: Literal,
    scalar: Option<Scalar>,
}

struct Found<'a> {
    text: &'a str,
    range: TextRange,
    actions: Vec<TextRange>,
    /// Actions that print nothing: conditions and loops.
    silent: Vec<TextRange>,
    /// Where what is printed begins, and how it is written.
    writing: Option<(usize, Own)>,
}

impl Found<'_> {
    fn holds(&self, range: TextRange) -> bool {
        range.start <= self.range.start && self.range.end <= range.end
    }

    /// Recurses no deeper than the parser nests.
    fn block(&mut self, block: &Block) {
        for node in &block.nodes {
            match node {
                Node::Text(range) if self.holds(*range) => {
                    let own = Own { literal: Literal::None, scalar: None };
                    self.writing = Some((self.range.start as usize, own));
                }
                Node::Action(action) => self.action(action),
                Node::If(branches) | Node::With(branches) => {
                    branches.arms.iter().for_each(|arm| self.arm(arm));
                    branches.otherwise.iter().for_each(|otherwise| self.block(otherwise));
                }
                Node::Range(range) => {
                    self.arm(&range.arm);
                    range.otherwise.iter().for_each(|otherwise| self.block(otherwise));
                }
                Node::Template(call) => self.actions.push(call.range),
                _ => {}
            }
        }
    }

    fn arm(&mut self, arm: &Arm) {
        self.silent.push(arm.range);
        self.block(&arm.body);
    }

    fn action(&mut self, action: &Action) {
        self.actions.push(action.range);
        if !self.holds(action.range) || !action.pipeline.variables.is_empty() {
            return;
        }
        let Some((first, rest)) = action.pipeline.commands.split_first() else { return };
        let [literal] = first.operands.as_slice() else { return };
        let OperandKind::Text { .. } = literal.kind else { return };
        if !self.holds(literal.range) {
            return;
        }
        let mut scalar = None;
        for command in rest {
            let Some(OperandKind::Function(function)) =
                command.operands.first().map(|operand| &operand.kind)
            else {
                return;
            };
            if QUOTING.contains(&function.name) {
                scalar = Some(Scalar::Plain);
            } else if !PASSING.contains(&function.name) {
                return;
            }
        }
        let is_raw = self.text.as_bytes().get(literal.range.start as usize) == Some(&b'`');
        let literal = if is_raw { Literal::Raw } else { Literal::Interpreted };
        self.writing = Some((action.range.start as usize, Own { literal, scalar }));
    }
}

/// Returns the scalar that is open at a byte, as far as its line tells; what `actions` print begins a
/// scalar, `silent` ones print nothing, and neither has quotes of YAML.
fn scalar_at(text: &str, at: usize, actions: &[TextRange], silent: &[TextRange]) -> Scalar {
    let line = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    if is_in_block(text, line) {
        return Scalar::Plain;
    }
    let bytes = text.as_bytes();
    let mut open = Scalar::Plain;
    // Whether a scalar may begin here.
    let mut fresh = true;
    let mut next = line;
    while next < at {
        let here = next as u32;
        let holds = |range: &&TextRange| range.start <= here && here < range.end;
        if let Some(action) = actions.iter().find(holds) {
            next = action.end as usize;
            fresh = false;
            continue;
        }
        if let Some(action) = silent.iter().find(holds) {
            next = action.end as usize;
            continue;
        }
        let byte = bytes.get(next).copied().unwrap_or_default();
        next += 1;
        match (open, byte) {
            (Scalar::Plain, b'"') if fresh => open = Scalar::Double,
            (Scalar::Plain, b'\'') if fresh => open = Scalar::Single,
            (Scalar::Plain, b'[' | b'{' | b',') => fresh = true,
            (Scalar::Plain, b' ' | b'\t') => {
                let before = next.checked_sub(2).and_then(|before| bytes.get(before));
                fresh |= matches!(before, Some(b':' | b'-'));
            }
            (Scalar::Plain, _) => fresh = false,
            (Scalar::Double, b'\\') => next += 1,
            (Scalar::Double, b'"') => open = Scalar::Plain,
            // A doubled one opens it again.
            (Scalar::Single, b'\'') => {
                if bytes.get(next) == Some(&b'\'') {
                    next += 1;
                } else {
                    open = Scalar::Plain;
                }
            }
            _ => {}
        }
        if open == Scalar::Plain && matches!(byte, b'"' | b'\'') {
            fresh = false;
        }
    }
    open
}

/// Returns whether the line that begins at a byte stands in a `|` or `>` block.
pub(crate) fn is_in_block(text: &str, line: usize) -> bool {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let own = text.get(line..).unwrap_or_default().lines().next().unwrap_or_default();
    let mut least = indent(own);
    for above in text.get(..line).unwrap_or_default().lines().rev() {
        let content = above.trim();
        if content.is_empty() || indent(above) >= least || content.starts_with("{{") {
            continue;
        }
        least = indent(above);
        let last = content.split(" #").next().unwrap_or_default().trim_end();
        let last = last.rsplit(' ').next().unwrap_or_default();
        let is_sign = |sign: char| sign.is_ascii_digit() || matches!(sign, '+' | '-');
        if last.strip_prefix(['|', '>']).is_some_and(|rest| rest.chars().all(is_sign)) {
            return true;
        }
        if least == 0 {
            break;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_known_by_its_literal_and_its_scalar() {
        use {Literal as L, Scalar as S};
        for (text, expected) in [
            ("k: \"u:{{ `{{ .a }}` }}@h\"", Some((L::Raw, S::Double))),
            ("k: 'u:{{ \"{{ .a }}\" }}@h'", Some((L::Interpreted, S::Single))),
            ("k: u:{{ `{{ .a }}` }}@h", Some((L::Raw, S::Plain))),
            ("k: {{ \"u:{{ .a }}@h\" | quote }}", Some((L::Interpreted, S::Plain))),
            ("d: {x: 'it''s', k: \"{{ `{{ .a }}` }}\"}", Some((L::Raw, S::Double))),
            ("k: |\n  x: \"{{ `{{ .a }}` }}\"", Some((L::Raw, S::Plain))),
            ("- |-\n  {{- if .y }}\n  x: \"{{ `{{ .a }}` }}\"{{ end }}", Some((L::Raw, S::Plain))),
            ("k: {{ printf \"{{ .a }}%s\" .h | quote }}", None),
            ("k: {{- if .y }} \"{{ `{{ .a }}` }}\"{{ end }}", Some((L::Raw, S::Double))),
            ("k: {{ tpl `{{ .a }}` . }}", None),
            ("k: \"{{ \"{{\" }} .a {{ \"}}\" }}\"", Some((L::None, S::Double))),
        ] {
            let template = parse("", text, Functions::helm()).unwrap();
            let at = text.find(".a").unwrap();
            let found = writing(text, Some(&template), TextRange::new(at, at + 2));
            let found = found.map(|writing| (writing.literal, writing.scalar));
            assert_eq!(found, expected, "{text}");
        }
    }
}
