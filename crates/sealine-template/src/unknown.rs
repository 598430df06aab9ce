//! Text that is not known: what comparing it and deciding by it comes to.
//!
//! Invariants: without such text everything is as in Go; a condition is called open only where what
//! is not known decides it.

use crate::execute::{Executed, Executor};
use crate::syntax::Pipeline;
use crate::value::{Data, Value};

/// What one execution does about text that is not known.
pub(crate) struct Unknown {
    /// The character that stands for it.
    mark: Option<char>,
    /// What a comparison with it is taken to say.
    assumed: bool,
    /// Whether such a comparison decided anything.
    pub(crate) decided: bool,
}

impl Unknown {
    pub(crate) fn new(mark: Option<char>) -> Self {
        Self { mark, assumed: false, decided: false }
    }

    /// Returns whether two values are equal, as far as it is assumed; nothing where both are known,
    /// or what is known of them tells.
    pub(crate) fn equal(&mut self, left: &Value, right: &Value) -> Option<bool> {
        let mark = self.mark?;
        let text = |value: &Value| match &value.data {
            Data::Text(text) => std::str::from_utf8(text.as_bytes()).ok().map(str::to_owned),
            _ => None,
        };
        let may_be = match (text(left), text(right)) {
            (Some(left), Some(right)) if left == right => false,
            (Some(left), Some(right)) => match (left.contains(mark), right.contains(mark)) {
                (true, true) => true,
                (true, false) => may_be(&left, &right, mark),
                (false, true) => may_be(&right, &left, mark),
                (false, false) => false,
            },
            // Of what type a value is, is not known either.
            (Some(text), None) | (None, Some(text)) => text.chars().eq([mark]),
            (None, None) => false,
        };
        self.decided |= may_be;
        may_be.then_some(self.assumed)
    }
}

/// Returns whether a text with marks may be this other one.
fn may_be(marked: &str, text: &str, mark: char) -> bool {
    let mut parts = marked.split(mark);
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let last = parts.next_back().unwrap_or_default();
    for part in parts {
        let Some((_, behind)) = rest.split_once(part) else { return false };
        rest = behind;
    }
    rest.ends_with(last)
}

impl Executor<'_> {
    /// Evaluates a condition; returns its value, and whether what is not known decides it.
    pub(crate) fn condition(
        &mut self,
        pipeline: &Pipeline,
        dot: &Value,
    ) -> Executed<(Value, bool)> {
        let (variables, depth, overlays) =
            (self.frame.variables.len(), self.depth, self.overlays.len());
        let before = std::mem::take(&mut self.unknown.decided);
        let value = self.pipeline(pipeline, dot)?;
        if !std::mem::replace(&mut self.unknown.decided, before) {
            return Ok((value, false));
        }
        // Decided by a comparison: the other answer must come to something else.
        let declared = self.frame.variables.split_off(variables);
        self.unknown.assumed = !self.unknown.assumed;
        let other = self.pipeline(pipeline, dot);
        self.unknown.assumed = !self.unknown.assumed;
        self.frame.variables.truncate(variables);
        self.frame.variables.extend(declared);
        self.depth = depth;
        self.overlays.truncate(overlays);
        let is_open = other.is_err() || other.is_ok_and(|other| other.is_true() != value.is_true());
        self.unknown.decided = before || is_open;
        Ok((value, is_open))
    }
}

#[cfg(test)]
mod tests {
    use crate::{FileId, Functions, Map, Options, Rendered, Set, Value, execute, parse};

    const HOLE: char = '\u{e7a1}';

    fn render(template: &str) -> Rendered {
        let template = parse("t", template, Functions::helm()).expect("it parses");
        let set = Set::of(FileId(0), template);
        let data = Map::default();
        data.set("unknown", Value::from(HOLE.to_string()));
        data.set("name", Value::from(format!("app-{HOLE}")));
        data.set("known", Value::from("here"));
        let options = Options { unknown: Some(HOLE), ..Options::helm() };
        execute(&set, "t", &data.into(), &options).expect("it renders")
    }

    #[test]
    fn what_may_be_there_is_there_and_said_to_be_open() {
        for (template, text, is_open) in [
            (r#"{{ if eq .unknown "a" }}a{{ end }}"#, "a", true),
            (r#"{{ if ne .unknown "a" }}a{{ end }}"#, "a", true),
            (r#"{{ if not (eq .unknown "a") }}a{{ end }}"#, "a", true),
            (r#"{{ if and (eq .unknown "a") (eq .known "here") }}a{{ end }}"#, "a", true),
            (r#"{{ if or (eq "a" .unknown) false }}a{{ end }}"#, "a", true),
            (r#"{{ if has .unknown (list "a" "b") }}a{{ end }}"#, "a", true),
            (r#"{{ if eq .unknown true }}a{{ end }}"#, "a", true),
            (r#"{{ if eq .name "app-x" }}a{{ end }}"#, "a", true),
            (r#"{{ if eq .unknown "a" }}a{{ else if eq .unknown "b" }}b{{ end }}"#, "a", true),
            // Where one of two must be there, it is the last.
            (r#"{{ if eq .unknown "a" }}a{{ else }}b{{ end }}"#, "b", true),
            // What is known decides.
            (r#"{{ if and (eq .unknown "a") (eq .known "there") }}a{{ end }}"#, "", false),
            (r#"{{ if or (eq .known "here") (eq .unknown "a") }}a{{ end }}"#, "a", false),
            (r#"{{ if eq .name "other" }}a{{ end }}"#, "", false),
            (r#"{{ if eq .unknown .unknown }}a{{ end }}"#, "a", false),
            (r#"{{ if .unknown }}a{{ end }}"#, "a", false),
            // What is printed or kept is open, too.
            (r#"{{ $is := eq .unknown "a" }}{{ if $is }}a{{ end }}"#, "", true),
        ] {
            let rendered = render(template);
            assert_eq!((rendered.text.as_str(), rendered.is_open), (text, is_open), "{template}");
        }
    }

    #[test]
    fn a_text_with_gaps_may_be_many_others() {
        for (marked, text, expected) in [
            ("*", "", true),
            ("a*", "ab", true),
            ("a*", "ba", false),
            ("*b*", "abc", true),
            ("*b*b", "ab", false),
            ("a*a", "a", false),
        ] {
            assert_eq!(super::may_be(marked, text, '*'), expected, "{marked} {text}");
        }
    }
}
