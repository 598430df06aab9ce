//! What a value that nobody shows is known not to hold.

/// The characters that a value keeps to, the widest first. A value of which nothing is known has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Alphabet {
    /// No quote, backslash or control character: nothing that a JSON string escapes.
    Unquoted,
    /// Letters, digits and `-._~`: what RFC 3986 calls unreserved, and no URI encodes.
    Unreserved,
}

impl Alphabet {
    /// Returns the narrowest alphabet of a text; `None` where it needs escaping everywhere.
    pub fn of(text: &str) -> Option<Self> {
        let is_unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        let is_unquoted = |c: char| !c.is_control() && !['"', '\\'].contains(&c);
        match text {
            _ if text.chars().all(is_unreserved) => Some(Self::Unreserved),
            _ if text.chars().all(is_unquoted) => Some(Self::Unquoted),
            _ => None,
        }
    }
}

/// The alphabets of the value of a vault entry and of the properties of the JSON object it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alphabets {
    /// That of the whole value, when it is known.
    pub whole: Option<Alphabet>,
    /// Those of the properties of which it is known.
    pub properties: Vec<(String, Alphabet)>,
}

impl Alphabets {
    /// Returns the alphabet of the value or of one of its properties.
    pub fn of(&self, property: Option<&str>) -> Option<Alphabet> {
        let Some(property) = property else { return self.whole };
        let found = self.properties.iter().find(|(name, _)| name == property);
        found.map(|(_, alphabet)| *alphabet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_to_the_narrowest() {
        for (text, expected) in [
            ("", Some(Alphabet::Unreserved)),
            ("aZ09-._~", Some(Alphabet::Unreserved)),
            ("p@ss/word", Some(Alphabet::Unquoted)),
            ("pass wörd", Some(Alphabet::Unquoted)),
            ("a\"b", None),
            ("a\\b", None),
            ("a\nb", None),
        ] {
            assert_eq!(Alphabet::of(text), expected, "{text:?}");
        }
        assert!(None < Some(Alphabet::Unquoted) && Alphabet::Unquoted < Alphabet::Unreserved);
    }
}
