//! What stands beside secrets and is none: hosts, users, ports, addresses.
//!
//! Invariant: what may hold a credential is never called harmless.

use crate::code_address::{is_bare_scheme, is_code_address};
use crate::site_address::is_address_of_site;

/// What names of such things end with.
const WORDS: &[&str] = &[
    "addr",
    "address",
    "app",
    "broker",
    "bucket",
    "class",
    "cluster",
    "container",
    "database",
    "dbname",
    "domain",
    "driver",
    "email",
    "endpoint",
    "env",
    "environment",
    "format",
    "fqdn",
    "group",
    "host",
    "hostname",
    "id",
    "level",
    "location",
    "login",
    "mail",
    "mechanism",
    "mode",
    "name",
    "namespace",
    "network",
    "path",
    "port",
    "project",
    "protocol",
    "provider",
    "queue",
    "realm",
    "region",
    "schema",
    "server",
    "sslmode",
    "subnet",
    "subnetwork",
    "timeout",
    "timezone",
    "topic",
    "type",
    "update",
    "user",
    "username",
    "version",
    "vpc",
    "zone",
];

/// What stands before such a word without a sign between them: `PGHOST`.
const BEGINNINGS: &[&str] = &["pg", "db", "smtp", "redis", "mysql"];

/// Returns whether a text is no secret, whatever holds it: it stands for one, is an address, names
/// something in a cloud, or is made to be shown.
pub fn is_no_secret(text: &str) -> bool {
    crate::is_stand_in(text)
        || is_plain_address(text)
        || is_host(text)
        || lists_networks(text)
        || names_resource(text)
        || crate::is_public_key(text)
}

/// Returns whether a text is a list of addresses of machines or networks, or one of them:
/// `192.0.2.0/24,198.51.100.7`.
fn lists_networks(text: &str) -> bool {
    let is_network = |part: &str| {
        let (address, bits) = part.split_once('/').unwrap_or((part, "0"));
        // `core` knows addresses, and nobody to ask at one.
        let is_address = address.parse::<core::net::IpAddr>().is_ok();
        // Letters and a colon or two may be anything.
        is_address && address.len() >= 7 && bits.parse::<u8>().is_ok()
    };
    let mut parts = text.split([',', ' ', '\n']).filter(|part| !part.is_empty()).peekable();
    parts.peek().is_some() && parts.all(is_network)
}

/// Returns whether a text is the full name of something in a cloud: an ARN, a path of Google's or of
/// Azure's, an account of Google's, a bucket, a queue. Who knows it may not do anything yet.
fn names_resource(text: &str) -> bool {
    const TOPS: [&str; 4] = ["/subscriptions/", "folders/", "organizations/", "projects/"];
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/*@".contains(&byte);
    let is_path = TOPS.iter().any(|top| text.starts_with(top)) && text.split('/').count() >= 4;
    let is_arn = text.starts_with("arn:aws") && text.split(':').count() >= 6;
    let is_store = ["s3://", "gs://"].iter().any(|scheme| text.starts_with(scheme));
    let is_queue = text.starts_with("https://sqs.") && text.contains(".amazonaws.com/");
    (is_path || is_arn || (is_store || is_queue) && !text.contains('@'))
        && text.bytes().all(is_part)
        || text.ends_with(".gserviceaccount.com") && is_email(text)
}

/// As [`is_no_secret`], for what this name is given: an address for mail, too, where the name says nothing
/// of a credential.
pub fn is_no_secret_in(name: &str, text: &str) -> bool {
    is_no_secret(text) || is_email(text) && !names_credential(name)
}

/// Returns whether a text is the full name of a host: words with dots between them, the last of which
/// may be a domain.
fn is_host(text: &str) -> bool {
    let labels: Vec<&str> = text.split('.').collect();
    let domain = labels.last().copied().unwrap_or_default();
    let is_domain =
        (2..=8).contains(&domain.len()) && domain.bytes().all(|byte| byte.is_ascii_lowercase());
    labels.len() > 2 && is_domain && labels.iter().all(|label| is_label(label))
}

/// Whether a text is a part of a host's name, and no number that nobody would give to one.
fn is_label(label: &str) -> bool {
    let digits = label.bytes().filter(u8::is_ascii_digit).count();
    let fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=24).contains(&label.len()) && digits <= 2 && label.bytes().all(fine)
}

/// What names of words and numbers end with that no text around them could be broken by.
const PLAIN_WORDS: &[&str] = &["level", "port", "region", "sslmode"];

/// Words that say so wherever they stand in a name without a word for a credential.
const TELLING_WORDS: &[&str] = &["fqdn", "host", "hostname", "port", "username"];

/// Returns whether the last word of a name, less a version (`POSTGRES_PORT-V14`), says that what it
/// names is no secret.
pub fn names_no_secret(name: &str) -> bool {
    let tells = |word: &str| TELLING_WORDS.contains(&word.to_ascii_lowercase().as_str());
    ends_with_one_of(name, WORDS)
        || is_database_of_image(name)
        || name.split(['-', '_', '.', '/']).any(tells) && !names_credential(name)
}

/// Returns whether a variable tells an image of a database what its database is called. Other names that end
/// so may be those of an entry with all that a login takes.
fn is_database_of_image(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["POSTGRES_DB", "REDIS_DB"].iter().any(|variable| name.ends_with(variable))
}

/// Returns whether the last word of a name says that it names one word or number without any sign in it.
pub fn names_plain_word(name: &str) -> bool {
    ends_with_one_of(name, PLAIN_WORDS)
}

fn ends_with_one_of(name: &str, words: &[&str]) -> bool {
    let is_version = |word: &&str| {
        let number = word.strip_prefix(['v', 'V']).unwrap_or(word);
        number.bytes().all(|byte| byte.is_ascii_digit())
    };
    let last = name.rsplit(['-', '_', '.', '/']).find(|word| !is_version(word));
    let Some(last) = last.map(str::to_ascii_lowercase) else { return false };
    let bare = BEGINNINGS.iter().find_map(|beginning| last.strip_prefix(beginning));
    let is_known = |word: &str| words.contains(&word);
    is_known(&last) || bare.is_some_and(is_known) || is_known(&last_of_camel(name))
}

/// Returns the last word of a name such as `clientId`, in small letters.
fn last_of_camel(name: &str) -> String {
    let begins = |pair: &[u8]| matches!(pair, [before, first] if before.is_ascii_lowercase() && first.is_ascii_uppercase());
    let start = name.as_bytes().windows(2).rposition(begins).map_or(0, |before| before + 1);
    name.get(start..).unwrap_or_default().to_ascii_lowercase()
}

/// Returns whether a name says that a secret may be behind it, wherever it says so.
pub fn names_credential(name: &str) -> bool {
    const WORDS: [&str; 8] = ["auth", "cred", "key", "pass", "private", "pwd", "secret", "token"];
    let name = name.to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

/// Returns whether each line of a text is a setting that no secret stands in: `ENABLED=false`,
/// `region: eu-west-1`, `"password": ""`. The settings may stand in sections, as in the `cloud.conf` of a
/// cloud's controllers, or be an object of JSON with one on each line.
pub fn is_settings(text: &str) -> bool {
    let is_harmless = |line: &str| {
        let line = line.trim_end_matches(',');
        let parts = line.split_once('=').or_else(|| line.split_once(": "));
        parts.is_some_and(|(name, value)| {
            let (name, value) = (name.trim().trim_matches('"'), value.trim().trim_matches('"'));
            // Behind a hint, another setting may follow.
            let is_one = !value.contains(['"', ',', ';', '=', ':', '&']);
            let is_harmless =
                is_answer(value) || is_plain_address(value) || is_one && crate::is_stand_in(value);
            is_word(name) && (is_harmless || is_setting(name, value))
        })
    };
    let is_section = |line: &str| {
        let name = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        name.is_some_and(is_word)
    };
    let is_comment = |line: &str| line.starts_with(['#', ';']);
    let object = text.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let lines = || object.unwrap_or(text).lines().map(str::trim).filter(|line| !line.is_empty());
    lines().next().is_some()
        && !lines().all(is_section)
        && lines().all(|line| is_comment(line) || is_section(line) || is_harmless(line))
}

/// Whether a name says what its value is, and that is no secret: a project, a network, a region.
fn is_setting(name: &str, value: &str) -> bool {
    !names_credential(name) && (is_email(value) || is_word(value) && names_no_secret(name))
}

/// Returns whether a text is an answer of yes or no, a level of what is logged, or a small number.
pub fn is_answer(text: &str) -> bool {
    matches!(text, "true" | "false" | "DEBUG" | "ERROR" | "INFO" | "TRACE" | "WARN")
        || is_measure(text)
}

/// A number of up to three digits, such as a PIN never is, with or without a unit of time.
fn is_measure(text: &str) -> bool {
    let number = text.trim_end_matches(['s', 'm', 'h', 'd']);
    let unit = text.len() - number.len();
    (1..=3).contains(&number.len()) && unit <= 2 && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns whether a text is the name of an algorithm and nothing more: `sha256`, `aes-xts-plain64`.
pub fn is_algorithm(text: &str) -> bool {
    const PARTS: [&str; 27] = [
        "aes", "argon2", "argon2d", "argon2i", "argon2id", "bcrypt", "cbc", "chacha", "ctr",
        "ecdsa", "ed", "essiv", "gcm", "hmac", "hs", "md", "pbkdf", "plain", "poly", "rs", "rsa",
        "salsa", "scram", "scrypt", "sha", "serpent", "xts",
    ];
    let is_part = |part: &str| {
        let part = part.to_ascii_lowercase();
        let bare = part.trim_end_matches(|it: char| it.is_ascii_digit());
        PARTS.contains(&part.as_str()) || bare.is_empty() || PARTS.contains(&bare)
    };
    text.len() <= 32
        && text.starts_with(|it: char| it.is_ascii_alphabetic())
        && (text.bytes().any(|byte| byte.is_ascii_digit()) || text.ends_with("crypt"))
        && text.split(['-', ':']).all(|part| !part.is_empty() && part.len() <= 8 && is_part(part))
}

/// Returns whether a text is a UUID: an id that something gave, and neither name nor secret.
pub fn is_uuid(text: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && text.bytes().all(is_hex)
}

/// Returns whether a text may name a machine, a database, a person: one word, and no more.
pub fn is_word(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !text.is_empty() && text.len() <= 64 && text.bytes().all(is_part) || is_email(text)
}

/// Returns whether a text is an e-mail address and nothing more, of a person or of an account of
/// Google's. Passwords may look alike, so whoever asks must know that the name says nothing of one.
pub fn is_email(text: &str) -> bool {
    const DOMAINS: [&str; 16] = [
        "app", "cloud", "com", "dev", "edu", "email", "example", "gov", "info", "internal",
        "invalid", "local", "net", "org", "tech", "test",
    ];
    let Some((user, host)) = text.split_once('@') else { return false };
    let digits = user.bytes().filter(u8::is_ascii_digit).count();
    let is_part =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._+-".contains(&byte);
    let labels: Vec<&str> = host.split('.').collect();
    let domain = labels.last().copied().unwrap_or_default();
    let is_fine = |label: &&str| {
        let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty() && label.bytes().all(is_part)
    };
    let is_account = host.ends_with(".gserviceaccount.com");
    (2..=64).contains(&user.len())
        && user.bytes().all(is_part)
        && labels.len() > 1
        && labels.iter().all(is_fine)
        && (is_account || digits <= 2 && labels.iter().all(|label| is_label(label)))
        && (domain.len() == 2 || DOMAINS.contains(&domain))
}

/// Returns whether a text is the address of a site, a service, of code or of a registry and nothing
/// more: no user, no query but how to connect, and no part of the path that may be a token, as addresses
/// of webhooks have.
pub fn is_plain_address(text: &str) -> bool {
    is_address_of_site(text) || is_code_address(text) || is_bare_scheme(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algorithms_are_told_from_passwords() {
        for name in [
            "sha256",
            "aes-xts-plain64",
            "SCRAM-SHA-512",
            "argon2id",
            "RS256",
            "aes-cbc-essiv:sha256",
        ] {
            assert!(is_algorithm(name), "{name}");
        }
        for text in
            ["", "256", "4711-aes", "sha256$abc", "aes-hunter2", "aes-", "plain", "sha123456789"]
        {
            assert!(!is_algorithm(text), "{text}");
        }
    }

    #[test]
    fn names_are_told_from_those_of_secrets() {
        for (name, expected) in [
            ("PGHOST", true),
            ("db-user", true),
            ("POSTGRES_PORT-V14", true),
            ("POSTGRES-PORT-FLEX", true),
            ("port-api-key-old", false),
            ("client_id", true),
            ("clientId", true),
            ("KEYCLOAK_REALM", true),
            ("LOG_LEVEL", true),
            ("POSTGRES_DB", true),
            ("orders-db", false),
            ("availability-zone", true),
            ("network-name", true),
            ("KAFKA_SASL_MECHANISM", true),
            ("KAFKA_CONTRACTS_TOPIC", true),
            ("storageClass", true),
            ("accessKey", false),
            ("oauthSecret", false),
            ("db-username-readonly", true),
            ("username-password", false),
            ("support", false),
            ("password", false),
            ("user-password", false),
        ] {
            assert_eq!(names_no_secret(name), expected, "{name}");
        }
    }

    #[test]
    fn settings_are_told_line_by_line() {
        for (text, expected) in [
            ("[default]\nbucket_location = eu-west-1\n", true),
            ("provider: AWS\nregion: eu-west-1\nuse_iam_profile: true\n", true),
            ("region: eu-west-1\npassword: hunter2\n", false),
            ("region: eu-west-1\nnote: hunter2\n", false),
            ("hunter2", false),
            ("{\n  \"user\": \"\",\n  \"password\": \"changeme\"\n}\n", true),
            ("{\n  \"user\": \"\",\n  \"password\": \"hunter2\"\n}\n", false),
            ("{}", false),
        ] {
            assert_eq!(is_settings(text), expected, "{text}");
        }
    }

    #[test]
    fn plain_words_need_no_encoding() {
        for (name, expected) in [
            ("sslmode", true),
            ("PGPORT", true),
            ("aws_region", true),
            ("username", false),
            ("email", false),
            ("endpoint", false),
        ] {
            assert_eq!(names_plain_word(name), expected, "{name}");
        }
    }

    #[test]
    fn full_names_of_hosts_are_no_secrets() {
        for (text, expected) in [
            ("argocd.internal.dev.example.it", true),
            ("db-1.example.com", true),
            ("hunter2", false),
            ("correct.horse", false),
            ("a8f5f167.f44f4964.e6c998de", false),
            ("A.B.com", false),
        ] {
            assert_eq!(is_no_secret(text), expected, "{text}");
        }
    }

    #[test]
    fn what_names_something_in_a_cloud_is_no_secret() {
        for (text, expected) in [
            ("192.0.2.7,198.51.100.0/24", true),
            ("2001:db8::1", true),
            ("1.2.3.4.5", false),
            ("::1", false),
            ("192.0.2.7,hunter2", false),
            ("arn:aws:kms:eu-west-1:111122223333:key/1c7a9a50-4ac3-4b1e-9f0e-5a8d6f3f2b11", true),
            ("arn:aws", false),
            ("s3://orders-prod/landing/app/", true),
            ("s3://user:hunter2@orders", false),
            ("https://sqs.eu-west-1.amazonaws.com/111122223333/orders_dead", true),
            ("projects/1234/locations/global/workloadIdentityPools/ci/providers/ci-1", true),
            ("projects/harbour", false),
            ("projects/a/b/c?token=hunter2", false),
            ("deploy-1@homelab-466309.iam.gserviceaccount.com", true),
        ] {
            assert_eq!(is_no_secret(text), expected, "{text}");
        }
    }

    #[test]
    fn an_address_for_mail_is_told_from_what_looks_alike() {
        for (text, expected) in [
            ("admin@example.com", true),
            ("jane.doe+ops@mail.example.co.uk", true),
            ("deploy-1@homelab-466309.iam.gserviceaccount.com", true),
            ("P@ssword.com", false),
            ("p@ssw0rd", false),
            ("tulip@harbour.7", false),
            ("hunter2024@example.com", false),
            ("admin@example.com:hunter2", false),
            ("u:hunter2@example.com", false),
            ("a@b@example.com", false),
            ("admin@example.harbour", false),
            ("@example.com", false),
        ] {
            assert_eq!(is_email(text), expected, "{text}");
        }
    }

    #[test]
    fn names_say_when_a_secret_may_be_behind_them() {
        for (name, expected) in [
            ("SMTP_PASSWORD", true),
            ("apiKey", true),
            ("secret-id", true),
            ("ADMIN", false),
            ("acme-contact", false),
        ] {
            assert_eq!(names_credential(name), expected, "{name}");
        }
    }

    #[test]
    fn addresses_that_may_open_something_are_not_plain() {
        for (text, expected) in [
            ("https://client-dev.example.com", true),
            ("https://example.com/langfuse/api/v1/", true),
            ("http://h:8080", true),
            ("git@github.com:acme/infra.git", true),
            ("https://github.com/FleetOps-V2/some-Long.Name-of-a-repository-x.git", true),
            ("google-cloud-platform://", true),
            ("redis://cache.shop.svc.cluster.local:6379/0", true),
            ("mongodb://db-0:27017/orders", true),
            ("postgres://db:5432/app?sslmode=require", true),
            ("postgres://app%40db:REDACTED@db:5432/app?sslmode=verify-full&ssl=true", true),
            ("postgres://db:5432/app?sslmode=hunter2", false),
            ("redis://:hunter2@cache:6379/0", false),
            ("postgres://db:5432/app?password=hunter2", false),
            ("slack://token-a:token-b", false),
            ("nats://nats.apps.svc:4222", true),
            ("nats://u:hunter2@nats", false),
            ("prowl://hunter2", false),
            ("https://u:p@h", false),
            ("https://h/?token=x", false),
            ("https://hooks.slack.com/services/T0000/B0000/XXXX", false),
            ("https://h/9f86d081884c7d659a2feaa0c55ad015", false),
            ("hunter2", false),
        ] {
            assert_eq!(is_plain_address(text), expected, "{text}");
        }
    }
}
