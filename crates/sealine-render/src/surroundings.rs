//! What a printed value of a template stands in: a URI, or a string of a JSON document.
//!
//! Invariant: only literal text is judged; what a template prints stands for any text, but for no
//! `/`, `?`, `"` or line break that would change what surrounds it.

use sealine_source::TextRange;

use crate::analysis::{Analysis, Part, Printed};

/// Functions that let the characters through that a URI or JSON cannot hold.
const PRESERVING: &[&str] = &[
    "b64dec",
    "cat",
    "coalesce",
    "default",
    "dig",
    "first",
    "fromJson",
    "fromYaml",
    "get",
    "index",
    "last",
    "lower",
    "mustFromJson",
    "nospace",
    "print",
    "printf",
    "toString",
    "trim",
    "trimAll",
    "trimPrefix",
    "trimSuffix",
    "trimall",
    "upper",
];

/// A piece of the text around what is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// A character of a literal, and where it stands.
    Char(char, u32),
    /// What is printed here, by its index among the parts.
    Slot(usize),
}

/// A text as units.
pub struct Surroundings<'a> {
    analysis: &'a Analysis,
    units: Vec<Unit>,
}

/// A printed value inside a string of a JSON document.
pub struct InJson<'a> {
    /// What is printed.
    pub printed: &'a Printed,
    /// The bytes of the whole string with its quotes, when nothing else stands in it.
    pub string: Option<TextRange>,
}

impl<'a> Surroundings<'a> {
    /// Takes a text apart.
    pub fn new(text: &str, analysis: &'a Analysis) -> Self {
        let mut units = Vec::new();
        for (index, part) in analysis.parts.iter().enumerate() {
            match part {
                Part::Literal(range) => {
                    let literal = text.get(range.bytes()).unwrap_or_default();
                    let chars = literal.char_indices();
                    units.extend(
                        chars.map(|(at, character)| Unit::Char(character, range.start + at as u32)),
                    );
                }
                Part::Printed(_) => units.push(Unit::Slot(index)),
            }
        }
        Self { analysis, units }
    }

    /// Returns what a slot prints, when that is a value of the source map as it came.
    fn raw(&self, slot: usize) -> Option<&'a Printed> {
        let Part::Printed(printed) = self.analysis.parts.get(slot)? else { return None };
        let kept = printed.functions.iter().all(|name| PRESERVING.contains(name));
        (kept && !printed.keys.is_empty()).then_some(printed)
    }

    /// Returns the values that stand unencoded in the user info or in a query value of a URI.
    pub fn raw_in_uris(&self) -> Vec<&'a Printed> {
        self.slots_in_uris().into_iter().filter_map(|slot| self.raw(slot)).collect()
    }

    fn slots_in_uris(&self) -> Vec<usize> {
        let mut found = Vec::new();
        self.each_uri(|start| self.uri(start, &mut found));
        found
    }

    /// Returns the URIs as templates of their own, without the conditions around and in them; their
    /// scheme is `x` where it is printed.
    pub fn uris(&self, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        self.each_uri(|start| {
            let before = self.units[..start - 3].iter().rev().map_while(|unit| match unit {
                Unit::Char(character, _) if is_of_scheme(*character) => Some(*character),
                _ => None,
            });
            let scheme: String = before.collect::<Vec<_>>().into_iter().rev().collect();
            let mut uri = if scheme.is_empty() { "x".to_owned() } else { scheme };
            uri.push_str("://");
            for unit in self.extent(start) {
                match unit {
                    Unit::Char(character, _) => uri.push(*character),
                    Unit::Slot(index) => {
                        if let Some(Part::Printed(printed)) = self.analysis.parts.get(*index) {
                            uri.push_str(text.get(printed.range.bytes()).unwrap_or_default());
                        }
                    }
                }
            }
            found.push(uri);
            start + 1
        });
        found
    }

    /// Whether a line that is a comment in most files of settings goes on here: `# url: ...`, `// url`.
    fn is_in_comment(&self, at: usize) -> bool {
        let before = &self.units[..at];
        let is_break = |unit: &Unit| matches!(unit, Unit::Char('\n', _));
        let line = before.iter().rposition(is_break).map_or(0, |end| end + 1);
        let mut rest = before[line..].iter().skip_while(|unit| is_space(unit));
        match rest.next() {
            Some(Unit::Char('#', _)) => true,
            Some(Unit::Char('/', _)) => {
                matches!(rest.next(), Some(Unit::Char('/', _))) && rest.next().is_some_and(is_space)
            }
            _ => false,
        }
    }

    /// Calls `look` with where each authority begins; it returns where to go on. Comments are passed over.
    fn each_uri(&self, mut look: impl FnMut(usize) -> usize) {
        let mut at = 0;
        while at + 3 <= self.units.len() {
            let is_scheme = at > 0
                && match self.units[at - 1] {
                    Unit::Char(character, _) => is_of_scheme(character),
                    Unit::Slot(_) => true,
                };
            let is_uri = is_scheme && self.is_at(at, "://") && !self.is_in_comment(at);
            at = if is_uri { look(at + 3) } else { at + 1 };
        }
    }

    fn is_at(&self, at: usize, text: &str) -> bool {
        text.chars().enumerate().all(|(offset, wanted)| {
            matches!(self.units.get(at + offset), Some(Unit::Char(found, _)) if *found == wanted)
        })
    }

    /// Returns the URI whose authority begins at `start`.
    fn extent(&self, start: usize) -> &[Unit] {
        let ends = |unit: &Unit| match unit {
            Unit::Char(character, _) => {
                character.is_whitespace() || "\"'`<>\\".contains(*character)
            }
            Unit::Slot(_) => false,
        };
        let rest = &self.units[start..];
        &rest[..rest.iter().position(ends).unwrap_or(rest.len())]
    }

    /// Reads the URI whose authority begins at `start`, and returns where to go on.
    fn uri(&self, start: usize, found: &mut Vec<usize>) -> usize {
        let uri = self.extent(start);
        let is = |unit: &Unit, any: &str| matches!(unit, Unit::Char(character, _) if any.contains(*character));
        let authority = uri.iter().position(|unit| is(unit, "/?#")).unwrap_or(uri.len());
        if let Some(end) = uri[..authority].iter().rposition(|unit| is(unit, "@")) {
            found.extend(slots(&uri[..end]));
        }
        let fragment = uri.iter().position(|unit| is(unit, "#")).unwrap_or(uri.len());
        let query = uri[..fragment].iter().position(|unit| is(unit, "?")).unwrap_or(fragment);
        for pair in uri[query..fragment].split(|unit| is(unit, "&;")) {
            if let Some(equals) = pair.iter().position(|unit| is(unit, "=")) {
                found.extend(slots(&pair[equals..]));
            }
        }
        // Another URI may stand in the path.
        start + authority.max(1)
    }

    /// Returns the values that stand unencoded in a string of a text that is a JSON document, but
    /// for those that a URI inside it wants encoded.
    pub fn raw_in_json(&self) -> Vec<InJson<'a>> {
        if !self.is_json() {
            return Vec::new();
        }
        let in_uris = self.slots_in_uris();
        let mut found = Vec::new();
        let mut opened: Option<usize> = None;
        let mut at = 0;
        while let Some(unit) = self.units.get(at) {
            match (unit, opened) {
                (Unit::Char('\\', _), Some(_)) => at += 1,
                (Unit::Char('"', _), None) => opened = Some(at),
                (Unit::Char('"', _), Some(start)) => {
                    for slot in slots(&self.units[start..at]) {
                        if let Some(printed) = self.raw(slot).filter(|_| !in_uris.contains(&slot)) {
                            let string = self.string(start, at);
                            found.push(InJson { printed, string });
                        }
                    }
                    opened = None;
                }
                // No string of JSON holds a line break: this is something else.
                (Unit::Char('\n', _), Some(_)) => return Vec::new(),
                _ => {}
            }
            at += 1;
        }
        if opened.is_some() { Vec::new() } else { found }
    }

    /// Returns the values that are all that stands after a `key: ` at the left of a line.
    pub fn raw_yaml_values(&self) -> Vec<&'a Printed> {
        let lines = self.units.split(|unit| matches!(unit, Unit::Char('\n', _)));
        let value = |line: &[Unit]| {
            let at = line.iter().position(|unit| matches!(unit, Unit::Char(':', _)))?;
            let is_key = |unit: &Unit| matches!(unit, Unit::Char(c, _) if c.is_ascii_alphanumeric() || "_-.".contains(*c));
            let key = &line[..at];
            let space = |unit: &&Unit| matches!(unit, Unit::Char(' ' | '\r', _));
            let mut rest = line[at + 1..].iter().filter(|unit| !space(unit));
            match (rest.next(), rest.next()) {
                (Some(Unit::Slot(slot)), None) if !key.is_empty() && key.iter().all(is_key) => {
                    self.raw(*slot)
                }
                _ => None,
            }
        };
        lines.filter_map(value).collect()
    }

    /// The bytes of a string that holds one slot and nothing else.
    fn string(&self, start: usize, end: usize) -> Option<TextRange> {
        match &self.units[start..=end] {
            [Unit::Char(_, open), Unit::Slot(_), Unit::Char(_, close)] => {
                Some(TextRange { start: *open, end: close + 1 })
            }
            _ => None,
        }
    }

    fn is_json(&self) -> bool {
        let solid = |unit: &&Unit| !matches!(unit, Unit::Char(c, _) if c.is_whitespace());
        let mut units = self.units.iter().filter(solid);
        let (first, second, last) = (units.next(), units.next(), units.next_back());
        let last = last.or(second);
        match (first, second, last) {
            (Some(Unit::Char('{', _)), Some(Unit::Char('"', _)), Some(Unit::Char('}', _))) => true,
            (Some(Unit::Char('[', _)), Some(Unit::Char(next, _)), Some(Unit::Char(']', _))) => {
                matches!(next, '"' | '{' | '[')
            }
            _ => false,
        }
    }
}

fn is_space(unit: &Unit) -> bool {
    matches!(unit, Unit::Char(' ' | '\t', _))
}

fn is_of_scheme(character: char) -> bool {
    character.is_ascii_alphanumeric() || "+-.".contains(character)
}

fn slots(units: &[Unit]) -> impl Iterator<Item = usize> {
    units.iter().filter_map(|unit| match unit {
        Unit::Slot(index) => Some(*index),
        Unit::Char(..) => None,
    })
}

#[cfg(test)]
mod tests {
    use sealine_template::{Functions, parse};

    use super::*;
    use crate::analysis::analyse;

    fn found(text: &str, of: impl Fn(&Surroundings<'_>) -> Vec<String>) -> String {
        let analysis = analyse(&parse("t", text, Functions::eso()).unwrap());
        of(&Surroundings::new(text, &analysis)).join(" ")
    }

    fn in_uris(text: &str) -> String {
        found(text, |around| {
            around.raw_in_uris().iter().map(|printed| printed.keys.join("+")).collect()
        })
    }

    fn in_json(text: &str) -> String {
        found(text, |around| {
            let inside = around.raw_in_json();
            let shown = inside.iter().map(|found| {
                let alone = if found.string.is_some() { "" } else { "*" };
                format!("{}{alone}", found.printed.keys.join("+"))
            });
            shown.collect()
        })
    }

    #[test]
    fn user_info_and_query_values_of_uris() {
        for (text, expected) in [
            ("postgresql://app:{{ .password }}@host:5432/app", "password"),
            ("postgresql://{{ .user }}:{{ .pass }}@{{ .host }}:{{ .port }}/{{ .db }}", "user pass"),
            ("redis://:{{ index . \"redis-password\" }}@redis", "redis-password"),
            ("{{ .scheme }}://u:{{ .p }}@h", "p"),
            ("https://{{ .host }}/a@{{ .path }}", ""),
            ("https://h/p?a={{ .a }}&{{ .b }}={{ .c }}#{{ .d }}", "a c"),
            ("postgresql://u:{{ .p | urlquery }}@h", ""),
            ("postgresql://u:{{ .p | urlquery | replace \"+\" \"%20\" }}@h", ""),
            ("postgresql://u:{{ .p | b64enc }}@h", ""),
            ("postgresql://u:{{ .p | trim | default \"x\" }}@h", "p"),
            ("url: http://h\nuser: {{ .u }}@x", ""),
            ("A=http://u:{{ .a }}@h\nB=http://u:{{ .b }}@h", "a b"),
            ("{{ $p := .p }}http://u:{{ $p }}@h", ""),
            ("://{{ .p }}@h", ""),
            ("a: b\n  # http://u:{{ .p }}@h\n", ""),
            ("  // \"http://u:{{ .p }}@h\", // x\n  \"http://u:{{ .q }}@h\"", "q"),
            ("a: http://u:{{ .p }}@h # b", "p"),
            ("{{ .a }}# http://u:{{ .p }}@h", "p"),
        ] {
            assert_eq!(in_uris(text), expected, "{text}");
        }
    }

    #[test]
    fn strings_of_json_documents() {
        for (text, expected) in [
            ("{\"a\": \"{{ .a }}\", \"b\": {{ .b | toJson }}}", "a"),
            ("{\"a\": \"Bearer {{ .a }}\"}", "a*"),
            ("{\"a\": \"{{ .a | b64enc }}\"}", ""),
            ("{\"a\": \"\\\"{{ .a }}\"}", "a*"),
            ("[\"{{ .a }}\"]", "a"),
            ("{\"u\": \"http://u:{{ .a }}@h\"}", ""),
            ("{\"a\": {{ .a }}}", ""),
            ("[section]\nkey = \"{{ .a }}\"", ""),
            ("{ caddy \"{{ .a }}\" }", ""),
            ("key: \"{{ .a }}\"", ""),
            ("{\"a\": \"{{ .a }}", ""),
        ] {
            assert_eq!(in_json(text), expected, "{text}");
        }
    }

    #[test]
    fn values_of_yaml_lines() {
        for (text, expected) in [
            ("a: {{ .a }}\nb: {{ .b | toJson }}\nc: x{{ .c }}\nd:  {{ .d | trim }} ", "a d"),
            ("a: \"{{ .a }}\"\nb: |\n  x: {{ .b }}\n", ""),
        ] {
            let shown = found(text, |around| {
                around.raw_yaml_values().iter().map(|printed| printed.keys.join("+")).collect()
            });
            assert_eq!(shown, expected, "{text}");
        }
    }
}
