//! Texts that stand where a value is to be given later.

/// Returns whether nobody would take this text for a secret: nothing, a word such as `changeme`,
/// or a hint in words at what belongs there.
pub fn is_stand_in(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    let bare: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let framed = FRAMES
        .iter()
        .any(|(open, close)| text.strip_prefix(open).is_some_and(|rest| rest.ends_with(close)));
    let one_letter = bare.chars().all(|letter| bare.starts_with(letter)) && bare.len() > 2;
    bare.is_empty()
        || framed
        || is_token(&text)
        || one_letter
        || is_covered(&text)
        || is_filled_up(&text)
        || is_said_among_words(&text)
        || names_itself(&text)
        || WORDS.contains(&bare.as_str())
        || HINTS.iter().any(|hint| bare.starts_with(hint))
        || ENDINGS.iter().any(|ending| bare.ends_with(ending))
        || bare.contains("1234567890")
        || is_elsewhere(&bare)
        || is_order(&text)
}

/// Returns the host behind a user and a password that stand for others: `user:password@db`, `app:changeme@db`.
/// Any other text stays as it is.
pub(crate) fn host_of(authority: &str) -> &str {
    let Some((credentials, host)) = authority.rsplit_once('@') else { return authority };
    let Some((user, password)) = credentials.split_once(':') else { return authority };
    let is_name = |text: &str| text.len() <= 16 && text.bytes().all(|it| it.is_ascii_alphabetic());
    let are_words = matches!(user, "user" | "username") && matches!(password, "pass" | "password");
    // A user may have a host of its own, behind an `@` that is written so.
    let is_user = || user.split("%40").all(is_name);
    let stands_for = are_words || !password.is_empty() && is_user() && is_stand_in(password);
    if stands_for { host } else { authority }
}

/// What stands around texts that a tool or a person replaces.
const FRAMES: &[(&str, &str)] = &[("<", ">"), ("[", "]"), ("{{", "}}"), ("${", "}"), ("__", "__")];

/// Whether a text is a name between the signs that release tools look for: `#{TOKEN}#`, `%TOKEN%`.
fn is_token(text: &str) -> bool {
    let is_name = |name: &str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        !name.is_empty() && name.bytes().all(is_part)
    };
    let frames = [("#{", "}#"), ("#{", "}"), ("%", "%"), ("$(", ")"), ("@@", "@@"), ("@", "@")];
    frames.iter().any(|(open, close)| {
        let inner = text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        inner.is_some_and(is_name)
    })
}

/// Whether a text is covered but for a beginning that its kind has: `xoxb-****`, `sk-xxxxxxxx`.
fn is_covered(text: &str) -> bool {
    let head = ['*', 'x'].into_iter().map(|cover| text.trim_end_matches(cover));
    let is_head = |head: &str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        head.ends_with(['-', '_']) && head.len() <= 16 && head.bytes().all(is_part)
    };
    head.into_iter().any(|head| text.len() >= head.len() + 4 && is_head(head))
}

/// Whether a text is the beginning that ids of its kind have, filled up to their length:
/// `AKIAXXXXXXXXXXXXXXXX`. What was filled up must be short beside what fills it.
fn is_filled_up(text: &str) -> bool {
    ['x', 'y', 'z', '0'].into_iter().any(|filling| {
        let head = text.trim_end_matches(filling);
        let filled = text.len() - head.len();
        (1..=6).contains(&head.len())
            && filled >= 8.max(head.len() * 2)
            && head.bytes().all(|byte| byte.is_ascii_alphabetic())
    })
}

/// Whether one of a few words is a hint, and the others could be read out: `pg-changeme-demo`. A
/// long word or a number that is no year may be a secret beside the hint.
fn is_said_among_words(text: &str) -> bool {
    let words: Vec<&str> = text.split(['_', '-', '.', ' ']).collect();
    let is_plain = |word: &&str| {
        let letters = word.bytes().all(|byte| byte.is_ascii_alphabetic());
        let digits = word.bytes().all(|byte| byte.is_ascii_digit());
        letters && word.len() <= 10 || digits && word.len() <= 4
    };
    let is_hint = |word: &&str| ENDINGS.contains(word);
    let (hints, others): (Vec<&str>, Vec<&str>) = words.into_iter().partition(is_hint);
    hints.len() == 1 && others.len() <= 3 && others.iter().all(is_plain)
}

/// Whether a text says in words what belongs there, and nothing else: `my-access-key`. Two words may
/// be a setting, such as `key-auth`.
fn names_itself(text: &str) -> bool {
    let words: Vec<&str> = text.split(['_', '-', ' ', '.']).collect();
    let is_owned = words.first().is_some_and(|word| matches!(*word, "my" | "some"));
    words.len() > usize::from(!is_owned) + 1 && words.iter().all(|word| OWN_NAMES.contains(word))
}

/// The words in which a secret is named.
const OWN_NAMES: &[&str] = &[
    "a", "access", "account", "admin", "api", "app", "auth", "aws", "client", "db", "id", "key",
    "my", "of", "pass", "password", "private", "secret", "some", "the", "token", "user", "value",
];

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
    "notavailable",
    "notconfigured",
    "notprovided",
    "notset",
    "null",
    "redacted",
    "tbd",
    "tobedefined",
    "tobeset",
    "true",
    "undefined",
    "unset",
    "unused",
];

/// Beginnings of texts that say that somebody shall do something.
const HINTS: &[&str] = &[
    "changeme",
    "changethis",
    "enteryour",
    "fillin",
    "fillme",
    "insertyour",
    "notareal",
    "notneeded",
    "notrequired",
    "notused",
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
    fn users_and_passwords_that_stand_for_others_are_taken_off_a_host() {
        for examples in [
            "user:password@db",
            "username:pass@db",
            "app:changeme@db",
            "app:<TODO>@db",
            "app%40server:REDACTED@db",
        ] {
            assert_eq!(host_of(examples), "db", "{examples}");
        }
        for kept in [
            "app:password@db",
            "app:hunter2@db",
            "token:@db",
            "user@db",
            "db:5432",
            "9f86d0:todo@db",
            "app%40server:hunter2@db",
            "app%409f86d0:todo@db",
        ] {
            assert_eq!(host_of(kept), kept, "{kept}");
        }
    }

    #[test]
    fn stand_ins_are_told_from_secrets() {
        for (text, expected) in [
            ("", true),
            ("changeme", true),
            ("sk_test_REPLACE_ME", true),
            ("CHANGE_ME_IN_PRODUCTION", true),
            ("Replace after build", true),
            ("<set manually>", true),
            ("not-used-only-for-tests", true),
            ("xxxxxxxx", true),
            ("****", true),
            ("{}", true),
            ("your-token-here", true),
            ("admin-key-goes-here", true),
            ("UPDATE_AWS_ACCESS_KEY_ID", true),
            ("stagingonly", true),
            ("prod-only", true),
            ("E1234567890ABC", true),
            ("xoxb-****", true),
            ("sk-xxxxxxxx", true),
            ("#{TOKEN}#", true),
            ("%TOKEN%", true),
            ("$(TOKEN)", true),
            ("@@TOKEN@@", true),
            ("MY_ACCESS_SECRET_KEY", true),
            ("not-a-real-secret", true),
            ("my_token", true),
            ("SUAXXXXXXXXXXXXXXXX", true),
            ("SUAYYYYYYYYYYYYYYYYYYYYYY", true),
            ("AKIA0000000000000000", true),
            ("AIzaSyXXXXXXXXXXXXXXXX", true),
            ("pg-changeme-demo", true),
            ("changeme-demo-2024", true),
            ("redis_placeholder_value", true),
            ("SUAXXXXXXX", false),
            ("SUAXXXXXXXXXXXXXXXXQ", false),
            ("S4AXXXXXXXXXXXXXXXX", false),
            ("hunter00000000", false),
            ("password00000000000000000000", false),
            ("MIIEvQIBADANBgkqhkXXXXXXXXXXXXXX", false),
            ("pg-changemeharbour-demo", false),
            ("x7Qv-changeme-demo", false),
            ("pg-changeme-kqzxwvbnmtrpl", false),
            ("pg-changeme-20240817", false),
            ("pg-changeme-a-b-c-d", false),
            ("password", false),
            ("# *** db ***\npassword=hunter2", false),
            ("MIIEvQIBADANBgkqhkxxxxG9w0BAQEFAASCBKcw", false),
            ("MIIEvQIBADANBgkqhk-w0BAQEFAASCBKcwxxxx", false),
            ("{\"auth\": \"hunter2\", \"email\": \"xxxx\"}", false),
            ("key-auth", false),
            ("my-key-7", false),
            ("%41%42", false),
            ("@home", false),
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
