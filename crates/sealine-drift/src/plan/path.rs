//! Paths of attributes.
//!
//! Invariant: two paths that mean one attribute have one dotted form, however a person wrote them.

use std::fmt;

use sealine_source::stars::fits;

/// A way into a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Path(pub(crate) Vec<Step>);

/// One step of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Step {
    Key(String),
    Item(usize),
}

impl Path {
    pub(crate) fn key(&self, key: &str) -> Self {
        self.with(Step::Key(key.to_owned()))
    }

    pub(crate) fn item(&self, index: usize) -> Self {
        self.with(Step::Item(index))
    }

    fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// The attribute or block of the resource itself.
    pub(crate) fn first(&self) -> &str {
        match self.0.first() {
            Some(Step::Key(key)) => key,
            _ => "",
        }
    }

    /// `tags.team`, `ingress.0.port`: for comparing.
    pub(crate) fn dotted(&self) -> String {
        let words = self.0.iter().map(|step| match step {
            Step::Key(key) => key.clone(),
            Step::Item(index) => index.to_string(),
        });
        words.collect::<Vec<_>>().join(".")
    }
}

/// `tags["a b"]`, `ingress[0].port`: for showing.
impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if is_word(key) && at == 0 => formatter.write_str(key)?,
                Step::Key(key) if is_word(key) => write!(formatter, ".{key}")?,
                Step::Key(key) => write!(formatter, "[{}]", serde_json::json!(key))?,
                Step::Item(index) => write!(formatter, "[{index}]")?,
            }
        }
        Ok(())
    }
}

fn is_word(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// Returns the dotted form of what a person wrote: `tags["team"]` is `tags.team`.
pub(crate) fn dotted(written: &str) -> String {
    let mut dotted = String::new();
    for c in written.chars() {
        match c {
            '[' => dotted.push('.'),
            ']' | '"' | '\'' => {}
            c => dotted.push(c),
        }
    }
    dotted
}

/// Returns whether a dotted pattern covers an attribute or what it lies in.
pub(crate) fn covers_attribute(pattern: &str, dotted: &str) -> bool {
    let ends = dotted.match_indices('.').map(|(at, _)| at).chain([dotted.len()]);
    { ends }.any(|end| fits(pattern, &dotted[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_as_terraform_writes_them() {
        let path = Path::default().key("ingress").item(0).key("a b").key("port");
        assert_eq!(path.to_string(), r#"ingress[0]["a b"].port"#);
        assert_eq!(path.dotted(), "ingress.0.a b.port");
        assert_eq!(dotted(r#"tags["team"]"#), "tags.team");
        assert_eq!(dotted("metadata[0].annotations"), "metadata.0.annotations");
    }

    #[test]
    fn stars_cover_anything_and_the_rest_itself() {
        for (pattern, text, expected) in [
            ("a.*", "a.b", true),
            ("*", "", true),
            ("a", "ab", false),
            ("*.b", "a.b.c", false),
            ("a*a", "a", false),
            ("m.*.x", "m.a[\"k\"].x", true),
            ("a*b*c", "axxbyyc", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
        assert!(covers_attribute("tags", "tags.team"));
        assert!(covers_attribute("ingress.*.port", "ingress.0.port"));
        assert!(!covers_attribute("tag", "tags.team"));
    }
}
