//! Texts that stand where a value is to be given later.

/// Returns whether nobody would take this text for a secret: nothing, a word such as `changeme`,
/// or a hint in words at what belongs there.
pub fn is_stand_in(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    let bare: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let framed = [("<", ">"), ("[", "]"), ("{{", "}}"), ("${", "}"), ("__", "__")]
        .iter()
        .any(|(open, close)| text.starts_with(open) && text.ends_with(close));
    let one_letter = bare.chars().all(|letter| bare.starts_with(letter)) && bare.len() > 2;
    bare.is_empty()
        || framed
        || one_letter
        || WORDS.contains(&bare.as_str())
        || HINTS.iter().any(|hint| bare.starts_with(hint))
        || ENDINGS.iter().any(|ending| bare.ends_with(ending))
        || bare.contains("1234567890")
        || is_elsewhere(&bare)
        || is_order(&text)
}

/// Whether words say where else a value is given: `stagingonly`, `prod only`.
fn is_elsewhere(bare: &str) -> bool {
    bare.strip_suffix("only").is_some_and(|place| ENVIRONMENTS.contains(&place))
}

/// What people call environments.
const ENVIRONMENTS: &[&str] =
    &["dev", "development", "prod", "production", "sandbox", "staging", "test"];

/// Whether words tell somebody what to do: `UPDATE_AWS_ACCESS_KEY_ID`.
fn is_order(text: &str) -> bool {
    let mut words = text.split(['_', '-', ' ']);
    let verb = words.next().is_some_and(|word| VERBS.contains(&word));
    let mut rest = words.peekable();
    verb && rest.peek().is_some()
        && rest.all(|word| word.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

/// What an order begins with.
const VERBS: &[&str] =
    &["add", "change", "enter", "fill", "insert", "provide", "put", "replace", "update"];

/// Whole texts, without anything but letters and digits.
const WORDS: &[&str] = &[
    "changeit",
    "default",
    "dummy",
    "dummyvalue",
    "empty",
    "example",
    "fake",
    "false",
    "initial",
    "initialvalue",
    "mock",
    "na",
    "nil",
    "none",
    "notset",
    "notused",
    "null",
    "redacted",
    "tbd",
    "tobedefined",
    "tobeset",
    "true",
    "undefined",
    "unset",
];

/// Beginnings of texts that say that somebody shall do something.
const HINTS: &[&str] = &[
    "changeme",
    "changethis",
    "enteryour",
    "fillin",
    "fillme",
    "insertyour",
    "overrideme",
    "overwriteme",
    "placeholder",
    "putyour",
    "replaceafter",
    "replaceby",
    "replaceme",
    "replacethis",
    "replacewith",
    "setby",
    "setin",
    "setmanually",
    "setme",
    "todo",
    "tobefilled",
    "tobereplaced",
    "updateme",
    "updatedmanually",
    "your",
];

/// Endings behind the beginning that a value of its kind has: `sk_test_REPLACE_ME`.
const ENDINGS: &[&str] =
    &["changeme", "fillme", "goeshere", "placeholder", "replaceme", "tobereplaced"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_are_told_from_secrets() {
        for (text, expected) in [
            ("", true),
            ("changeme", true),
            ("sk_test_REPLACE_ME", true),
            ("CHANGE_ME_IN_PRODUCTION", true),
            ("Replace after build", true),
            ("<set manually>", true),
            ("xxxxxxxx", true),
            ("****", true),
            ("{}", true),
            ("your-token-here", true),
            ("admin-key-goes-here", true),
            ("UPDATE_AWS_ACCESS_KEY_ID", true),
            ("stagingonly", true),
            ("prod-only", true),
            ("E1234567890ABC", true),
            ("lonely", false),
            ("update", false),
            ("change-4-tulips", false),
            ("hunter2", false),
            ("Harbour-Tulip-7", false),
            ("P@ssw0rd1234!", false),
            ("a", false),
        ] {
            assert_eq!(is_stand_in(text), expected, "{text}");
        }
    }
}
