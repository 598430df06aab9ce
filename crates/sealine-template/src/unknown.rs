//! Text that is not known: what comparing it and deciding by it comes to.
//!
//! Invariants: without such text everything is as in Go; a condition is called open only where what
//! is not known decides it.

use std::ops::Not as _;

use crate::error::ErrorKind;
use crate::execute::{Executed, Executor};
use crate::syntax::{Block, Pipeline};
use crate::text::{Builder, Text};
use crate::value::{Data, Value};
use crate::walk::Flow;

/// How many comparisons that say nothing one condition may hold and still be decided.
const MAX_COMPARED: u32 = 4;

/// What one execution does about text that is not known.
pub(crate) struct Unknown {
    /// The character that stands for it.
    mark: Option<char>,
    /// What the comparisons of the condition that is being decided are taken to say: a bit for each,
    /// in the order in which they are asked. Conditions within it follow the same answers.
    answers: Option<u32>,
    /// How many of them were asked.
    asked: u32,
    /// Whether what is not known decided what was printed.
    pub(crate) decided: bool,
}

impl Unknown {
    pub(crate) fn new(mark: Option<char>) -> Self {
        Self { mark, answers: None, asked: 0, decided: false }
    }

    fn begin(&mut self, answers: u32) {
        self.answers = Some(answers);
        self.asked = 0;
    }

    /// Ends what [`Self::begin`] began; returns how many comparisons there were.
    fn end(&mut self) -> u32 {
        self.answers = None;
        std::mem::take(&mut self.asked)
    }

    /// Returns what the next comparison is taken to say.
    fn answer(&mut self) -> bool {
        let Some(answers) = self.answers else {
            self.decided = true;
            return false;
        };
        self.asked += 1;
        answers >> (self.asked - 1).min(u32::BITS - 1) & 1 == 1
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
        may_be.then(|| self.answer())
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
    /// Returns what stands for a value that nobody gave, where that is not known.
    pub(crate) fn lacked(&self) -> Option<Text> {
        (self.unknown.mark.is_some() && self.options.lacking).then(|| self.not_known())
    }

    /// Returns what stands for a text that is not known; none where nothing stands for it.
    pub(crate) fn not_known(&self) -> Text {
        self.unknown
            .mark
            .map_or_else(Text::default, |mark| Text::from(String::from(mark).into_bytes()))
    }

    /// Returns what stands for a part of a value that is not known itself, or that nobody gave where that is
    /// not known.
    pub(crate) fn part_of(&self, whole: &Value) -> Option<Text> {
        match &whole.data {
            Data::Nil => self.lacked(),
            Data::Text(text) => {
                let mut mark = [0; 4];
                let mark = self.unknown.mark?.encode_utf8(&mut mark);
                (text.as_bytes() == mark.as_bytes()).then(|| text.clone())
            }
            _ => None,
        }
    }

    /// Evaluates a condition; returns its value, and whether what is not known decides it. `is_used`
    /// says whether the value is used for more than its truth.
    pub(crate) fn condition(
        &mut self,
        pipeline: &Pipeline,
        dot: &Value,
        is_used: bool,
    ) -> Executed<(Value, bool)> {
        if self.unknown.mark.is_none() || self.unknown.answers.is_some() {
            return Ok((self.pipeline(pipeline, dot)?, false));
        }
        let (declared, state) = (self.frame.variables.len(), self.state());
        self.unknown.begin(0);
        let value = self.pipeline(pipeline, dot);
        let mut compared = self.unknown.end();
        let value = value?;
        if compared == 0 {
            return Ok((value, false));
        }
        let variables = self.frame.variables.clone();
        let (mut is_open, mut answers) = (false, 0);
        while !is_open && compared <= MAX_COMPARED && answers + 1 < 1 << compared {
            answers += 1;
            self.frame.variables.truncate(declared);
            self.unknown.begin(answers);
            let other = self.pipeline(pipeline, dot);
            compared = compared.max(self.unknown.end());
            self.reset(state);
            is_open = other.is_ok_and(|other| other.is_true() == value.is_true()).not();
        }
        self.frame.variables = variables;
        is_open |= compared > MAX_COMPARED;
        self.unknown.decided |= is_open || is_used || !pipeline.variables.is_empty();
        Ok((value, is_open))
    }

    /// Walks a block that may be meant; nothing of it is left where that fails, since it may not be
    /// meant just as well.
    pub(crate) fn suspected(
        &mut self,
        block: &Block,
        dot: &Value,
        out: &mut Builder,
    ) -> Executed<Option<Flow>> {
        let (length, declared, state) = (out.len(), self.frame.variables.len(), self.state());
        match self.walk(block, dot, out) {
            Ok(flow) => Ok(Some(flow)),
            Err(error) if error.kind == ErrorKind::Budget => Err(error),
            Err(_) => {
                out.cut(length);
                self.frame.variables.truncate(declared);
                self.reset(state);
                Ok(None)
            }
        }
    }

    /// Returns what an error leaves behind.
    fn state(&self) -> (usize, usize) {
        (self.depth, self.overlays.len())
    }

    fn reset(&mut self, (depth, overlays): (usize, usize)) {
        self.depth = depth;
        self.overlays.truncate(overlays);
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
            (r#"{{ if eq (index .unknown "b").c "d" }}a{{ end }}"#, "a", true),
            // What is printed or kept is open, too.
            (r#"{{ $is := eq .unknown "a" }}{{ if $is }}a{{ end }}"#, "", true),
            (r#"{{ with ternary "x" "y" (eq .unknown "a") }}{{ . }}{{ end }}"#, "y", true),
            // Comparisons do not all say the same.
            (r#"{{ if and (ne .unknown "") (eq .unknown "a") }}a{{ end }}"#, "a", true),
            (r#"{{ if and (eq .unknown "a") (ne .name "app-") }}a{{ end }}"#, "a", true),
            (
                r#"{{ if and (eq .unknown "a") (eq .name "app-") (eq .known "x") }}a{{ end }}"#,
                "",
                false,
            ),
            // A helper is asked within the condition.
            (
                r#"{{ define "on" }}{{ if eq .unknown "a" }}true{{ end }}{{ end -}}
                {{ if include "on" . }}a{{ end }}{{ if not (include "on" .) }}b{{ end }}"#,
                "ab",
                true,
            ),
            // What fails is not meant.
            (r#"a{{ if eq .unknown "a" }}b{{ fail "not here" }}{{ end }}c"#, "ac", true),
            (r#"a{{ if eq .unknown "a" }}b{{ .known.deeper.field }}{{ end }}c"#, "ac", true),
        ] {
            let rendered = render(template);
            assert_eq!((rendered.text.as_str(), rendered.is_open), (text, is_open), "{template}");
        }
    }

    #[test]
    fn what_nobody_gave_is_not_known() {
        let data = Map::default();
        data.set("none", Value::nil());
        data.set("empty", Value::from(""));
        let strict = Options { unknown: Some(HOLE), ..Options::helm() };
        let lacking = Options { lacking: true, ..strict };
        for (template, as_helm, text) in [
            ("a:{{ .none }}", Some("a:"), "a:*"),
            ("{{ .none.deeper }}", None, "*"),
            ("{{ .absent | b64enc }}", None, "*"),
            (r#"{{ printf "%s-b" .none }}"#, Some("%!s(<nil>)-b"), "*-b"),
            (r#"{{ required "a name" .empty }}"#, None, "*"),
            // What is asked for with a way out is not lacking.
            (r#"{{ default "a" .none }}{{ if .none }}b{{ end }}"#, Some("a"), "a"),
            (r#"{{ range .none }}a{{ end }}b"#, Some("b"), "b"),
            // Nor is a part of it, what a template of another chart prints, or what a cluster holds.
            ("{{ .none.deeper.still }}", None, "*"),
            (r#"{{ index . "none" "deeper" "still" }}"#, None, "*"),
            ("{{ range .none.items }}a{{ end }}b", None, "b"),
            ("{{ keys .none.deeper | len }}", None, "0"),
            (r#"a:{{ include "elsewhere" . | upper }}"#, None, "a:*"),
            (r#"a:{{ template "elsewhere" }}"#, None, "a:*"),
            (
                r#"{{ if not (lookup "v1" "Secret" .none "a") }}{{ fail "no" }}{{ end }}b"#,
                None,
                "b",
            ),
            (
                r#"{{ $s := get (lookup "v1" "Secret" .none "a") "data" }}{{ if not $s }}{{ fail "no" }}{{ end }}{{ get $s "k" | b64dec }}"#,
                None,
                "*",
            ),
        ] {
            let mut set = Set::default();
            let parsed = parse("t", template, Functions::helm());
            set.add(FileId(0), parsed.unwrap_or_else(|error| panic!("{error}")));
            let run = |options| execute(&set, "t", &data.clone().into(), options).ok();
            let first = run(&strict).map(|out| (out.text, out.lacks));
            let lacks = as_helm.is_some_and(|helm| helm != text);
            assert_eq!(first, as_helm.map(|helm| (helm.to_owned(), lacks)), "{template}");
            let second = run(&lacking).map(|out| out.text.replace(HOLE, "*"));
            assert_eq!(second.as_deref(), Some(text), "{template}");
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
