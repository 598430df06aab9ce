//! Whether a text under the name of a secret is one: the name and the look must both say so.
//!
//! Invariant: ids, references, hashes, certificates, dates, paths and words pass, whatever they are
//! called.

use sealine_model::{is_stand_in, is_uuid};

/// The longest text that is taken for a password or key.
const LONGEST: usize = 512;

/// What a name ends with when it speaks about a secret and does not hold it.
const ABOUT: &[&str] = &[
    "id",
    "ids",
    "arn",
    "arns",
    "name",
    "names",
    "version",
    "versions",
    "length",
    "type",
    "types",
    "hash",
    "sha1",
    "sha256",
    "sha512",
    "md5",
    "fingerprint",
    "thumbprint",
    "checksum",
    "digest",
    "url",
    "uri",
    "endpoint",
    "path",
    "file",
    "enabled",
    "policy",
    "ttl",
    "expiration",
    "expiry",
    "expires",
    "date",
    "at",
    "days",
    "hours",
    "format",
    "algorithm",
    "size",
    "bits",
    "count",
    "region",
    "rotation",
    "ref",
    "reference",
    "prefix",
    "suffix",
    "issuer",
    "audience",
    "header",
    "location",
    "provider",
    "store",
    "manager",
    "mount",
    "usage",
    "spec",
    "description",
    "status",
    "class",
    "keepers",
    "mode",
    "source",
    "kid",
    "scope",
    "scopes",
    "claim",
    "field",
    "selector",
    "template",
];

/// Names in two words that hold a secret; the first word alone does not.
const PAIRS: &[(&str, &str)] = &[
    ("api", "key"),
    ("access", "key"),
    ("account", "key"),
    ("auth", "key"),
    ("client", "key"),
    ("encryption", "key"),
    ("function", "key"),
    ("host", "key"),
    ("hmac", "key"),
    ("license", "key"),
    ("master", "key"),
    ("preshared", "key"),
    ("primary", "key"),
    ("private", "key"),
    ("secondary", "key"),
    ("secret", "key"),
    ("shared", "key"),
    ("signing", "key"),
    ("storage", "key"),
    ("password", "value"),
    ("secret", "value"),
    ("secret", "data"),
    ("secret", "string"),
    ("token", "value"),
];

/// Tokens that only say where a list goes on, or make a request unique.
const HARMLESS_TOKENS: &[&str] =
    &["client", "continuation", "creation", "idempotency", "next", "page", "request", "sync"];

/// How much a name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    /// Nothing of secrets.
    Nothing,
    /// A key or token, which looks random.
    Key,
    /// A password, which people make up.
    Password,
}

/// Returns whether a name and its text are those of a secret.
pub(super) fn is_secret(name: &str, text: &str) -> bool {
    if text.len() < 8 || text.len() > LONGEST || !may_say(name) {
        return false;
    }
    let is_random = match says(name) {
        Says::Nothing => false,
        Says::Key => is_random(text),
        Says::Password => is_password(text),
    };
    is_random && !is_stand_in(text)
}

/// A quick look before a name is taken apart.
fn may_say(name: &str) -> bool {
    let bytes = name.as_bytes();
    let is = |at: usize, word: &[u8]| {
        bytes.get(at..at + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word))
    };
    bytes.iter().enumerate().any(|(at, byte)| match byte.to_ascii_lowercase() {
        b'p' => is(at, b"pass") || is(at, b"pwd") || is(at, b"psk"),
        b's' => is(at, b"secret"),
        b't' => is(at, b"token"),
        b'k' => is(at, b"key"),
        b'c' => is(at, b"credential"),
        _ => false,
    })
}

fn says(name: &str) -> Says {
    let words = words(name);
    let mut backwards = words.iter().rev().map(String::as_str);
    let (Some(last), before) = (backwards.next(), backwards.next().unwrap_or_default()) else {
        return Says::Nothing;
    };
    match last {
        _ if ABOUT.contains(&last) => Says::Nothing,
        "password" | "passwd" | "passphrase" | "pwd" | "pass" => Says::Password,
        "token" if HARMLESS_TOKENS.contains(&before) => Says::Nothing,
        "secret" | "token" | "credential" | "credentials" | "apikey" | "psk" => Says::Key,
        _ if PAIRS.contains(&(before, last)) => Says::Key,
        _ => Says::Nothing,
    }
}

/// `clientSecret`, `CLIENT_SECRET` and `client-secret` as `client`, `secret`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for character in name.chars() {
        let begins = character.is_ascii_uppercase() && was_lower;
        if begins || !character.is_alphanumeric() {
            words.push(String::new());
        }
        if character.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(character.to_lowercase());
        }
        was_lower = character.is_ascii_lowercase() || character.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

fn is_password(text: &str) -> bool {
    let plain = text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    plain && text.len() <= 128 && classes(text) >= 2 && !is_known_harmless(text) && !is_worded(text)
}

/// Returns whether a text looks like the output of a generator.
pub(super) fn is_random(text: &str) -> bool {
    let plain = text.bytes().all(|byte| (0x21..0x7f).contains(&byte));
    let classes = classes(text);
    let varied = classes >= 3 || (classes == 2 && text.len() >= 24 && has_digit(text));
    plain
        && text.len() >= 12
        && varied
        && entropy(text) >= 3.0
        && !is_known_harmless(text)
        && !is_worded(text)
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

/// How many of lower case, upper case, digits and the rest occur.
fn classes(text: &str) -> usize {
    let has = |class: fn(&u8) -> bool| usize::from(text.as_bytes().iter().any(class));
    has(u8::is_ascii_lowercase)
        + has(u8::is_ascii_uppercase)
        + has(u8::is_ascii_digit)
        + has(|byte| !byte.is_ascii_alphanumeric())
}

/// Bits a character, by Shannon.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    text.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    let length = f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX));
    let shares = counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / length);
    -shares.map(|share| share * share.log2()).sum::<f64>()
}

/// Texts of known forms that let nobody in.
fn is_known_harmless(text: &str) -> bool {
    const STARTS: &[&str] = &[
        // Certificates and public keys.
        "MII",
        "LS0t",
        "-----BEGIN CERT",
        "-----BEGIN PUBLIC",
        "ssh-",
        "ecdsa-",
        "AAAA",
        // Hashes of passwords.
        "$2a$",
        "$2b$",
        "$2y$",
        "$1$",
        "$5$",
        "$6$",
        "$argon2",
        "$pbkdf2",
        "{SSHA",
        "sha256:",
        "SHA256:",
        "sha512-",
        "sha384-",
        // Ciphertexts.
        "AQICAH",
        "vault:v",
        "ENC[",
        "ENC(",
        "AgA",
        "$ANSIBLE_VAULT",
        // References.
        "arn:",
        "projects/",
        "/",
        "./",
        "../",
        "~",
        "${",
        "{{",
        "$(",
        "%(",
        "@Microsoft.KeyVault",
        "ref+",
        "secretref:",
        "vault:",
        "file:",
        "env:",
        "op://",
        "ssm:",
        "valueFrom",
        // Ids of access keys.
        "AKIA",
        "ASIA",
    ];
    STARTS.iter().any(|start| text.starts_with(start))
        // `<set by hand>`; what only begins so may be a password.
        || text.starts_with('<') && text.ends_with('>')
        || text.contains("://")
        || is_uuid(text.trim_matches(['{', '}']))
        || is_hexadecimal(text)
        || is_date(text)
        || is_address(text)
}

/// A hash or fingerprint: hexadecimal digits, with or without colons.
fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':')
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    (0..4).all(digit)
        && bytes.get(4) == Some(&b'-')
        && digit(5)
        && digit(6)
        && bytes.get(7) == Some(&b'-')
}

/// A mail address.
fn is_address(text: &str) -> bool {
    let Some((user, host)) = text.split_once('@') else { return false };
    let word = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    !user.is_empty() && user.chars().all(word) && host.contains('.') && host.chars().all(word)
}

/// Words with something between them, as people name things: `prod/db/Password-2`.
fn is_worded(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['-', '_', '.', '/', ':', ' ', ',']).collect();
    let is_word = |part: &&str| {
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let one_case = letters.chars().skip(1).all(|c| c.is_ascii_lowercase())
            || letters.chars().all(|c| c.is_ascii_uppercase());
        letters.chars().all(|c| c.is_ascii_alphabetic())
            && one_case
            && letters.len() <= 16
            && part.len() - letters.len() <= 4
    };
    parts.len() > 1 && parts.iter().all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_under_their_names_are_seen() {
        for (name, text) in [
            ("password", "Tr0ub4dor&3"),
            ("db_password", "kx7Qm2v9Lp4z"),
            ("DB_PASSWORD", "admin123"),
            ("password", "<kx7Qm2v9Lp4z"),
            ("clientSecret", "x9Kq2Lm8Vt4Rw6Yz1Bn3"),
            ("client-secret", "x9Kq2Lm8Vt4Rw6Yz1Bn3"),
            ("api_key", "f8sK29dkQlz0PqmX71vY"),
            ("DATADOG_API_KEY", "f8sK29dkQlz0PqmX71vY"),
            ("auth_token", "8f3kd9s0xm2l4q7w1e5r6t9y"),
            ("sas_token", "?sv=2022-11-02&ss=b&sig=Xc9Zk2mQ8w%3D"),
        ] {
            assert!(is_secret(name, text), "{name} {text}");
        }
    }

    #[test]
    fn what_lets_nobody_in_passes() {
        for (name, text) in [
            ("password", "changeme"),
            ("password", "password"),
            ("password", "${var.password}"),
            ("password", "<Fill-in: 24 characters>"),
            ("password", "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"),
            ("password", "projects/p/secrets/db/versions/1"),
            ("password", "prod/db/Password-2"),
            ("password", "arn:aws:secretsmanager:eu-west-1:1:secret:db-AbCdEf"),
            ("password_hash", "kx7Qm2v9Lp4z"),
            ("secret_name", "kx7Qm2v9Lp4z"),
            ("secret_id", "x9Kq2Lm8Vt4Rw6Yz1Bn3"),
            ("secret", "1a79a4d60de6718e8e5b326e338ae533"),
            ("secret", "0a6e2bd5-6d4e-4a8c-9a8f-3a2b1c0d9e8f"),
            ("kms_key_id", "x9Kq2Lm8Vt4Rw6Yz1Bn3"),
            ("access_key", "AKIAIOSFODNN7EXAMPL3"),
            ("public_key", "x9Kq2Lm8Vt4Rw6Yz1Bn3"),
            ("key", "x9Kq2Lm8Vt4Rw6Yz1Bn3"),
            ("next_token", "x9Kq2Lm8Vt4Rw6Yz1Bn3"),
            ("token", "2024-01-01T00:00:00Z"),
            ("token", "my-Service-Token-2024"),
            ("token_type", "x9Kq2Lm8Vt4Rw6Yz1Bn3"),
            ("secret", "Some.One@example.com"),
            ("private_key", "MIIEpAIBAAKCAQEAx9Kq2Lm8Vt4Rw6Yz1Bn3"),
            ("etag", "x9Kq2Lm8Vt4Rw6Yz1Bn3"),
            ("password_policy", "Tr0ub4dor&3"),
            ("ca_certificate", "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"),
        ] {
            assert!(!is_secret(name, text), "{name} {text}");
        }
    }
}
