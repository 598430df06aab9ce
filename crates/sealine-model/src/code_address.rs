//! Addresses of code: git repositories, and registries of charts and images.
//!
//! Invariant: what may open something by itself is no such address: a user other than `git`, a
//! password, a query, a part of the path that looks random.

/// Hosts that hold code and nothing that a path alone would open.
const HOSTS: &[&str] = &[
    "bitbucket.org",
    "codeberg.org",
    "dev.azure.com",
    "docker.io",
    "gcr.io",
    "ghcr.io",
    "git.sr.ht",
    "github.com",
    "gitlab.com",
    "public.ecr.aws",
    "quay.io",
    "registry.gitlab.com",
    "ssh.dev.azure.com",
];

/// What the addresses that git and Helm take begin with.
const SCHEMES: &[&str] =
    &["https://", "http://", "ssh://", "git://", "git+ssh://", "git+https://", REGISTRY];

/// What the address of a registry begins with.
const REGISTRY: &str = "oci://";

/// Returns whether a text is the address of a repository or registry and nothing more.
pub(crate) fn is_code_address(text: &str) -> bool {
    let of_scheme = SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme));
    let split = match of_scheme {
        Some(rest) => rest.split_once('/'),
        // `git@host:path`, as git takes it for SSH.
        None => text.split_once(':').filter(|(authority, _)| authority.starts_with("git@")),
    };
    let Some((authority, path)) = split else { return false };
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    let (host, port) = host.split_once(':').unwrap_or((host, "0"));
    let is_registry = text.starts_with(REGISTRY);
    let is_repository = path.trim_end_matches('/').strip_suffix(".git").is_some();
    (HOSTS.contains(&host) || is_registry || is_repository)
        && is_host(host)
        && port.len() <= 5
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && user.is_none_or(|user| is_public_user(user, host, path))
        && path.split('/').all(|part| is_name(part, is_registry))
}

/// Returns whether a text is a scheme and nothing behind it: `google-cloud-platform://`, as
/// connections of Airflow say that the machine's own identity is used.
pub(crate) fn is_bare_scheme(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || b"+-_".contains(&byte);
    text.strip_suffix("://").is_some_and(|scheme| {
        let scheme = scheme.trim_end_matches(|last: char| last.is_ascii_digit());
        (1..=32).contains(&scheme.len()) && scheme.bytes().all(is_part)
    })
}

/// Whether a user opens nothing: SSH wants `git`, and Azure writes the organisation there.
fn is_public_user(user: &str, host: &str, path: &str) -> bool {
    let organisation = path.split('/').next();
    user == "git" || host == "dev.azure.com" && organisation == Some(user)
}

fn is_host(host: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
    !host.is_empty() && host.bytes().all(is_part)
}

/// Whether a part of a path is a name that a person gave. A registry's may end with a version.
fn is_name(part: &str, of_registry: bool) -> bool {
    let part = part.replace("%20", "-");
    let is_sign = |sign: char| "-_.~".contains(sign) || of_registry && sign == ':';
    part.len() <= 100 && part.split(is_sign).all(is_readable)
}

/// Whether a word is not random: in what nobody has to read, letters and digits change often.
fn is_readable(word: &str) -> bool {
    let changes = word.as_bytes().windows(2).filter(|pair| match pair {
        [one, two] => {
            one.is_ascii_digit() != two.is_ascii_digit()
                || one.is_ascii_lowercase() && two.is_ascii_uppercase()
        }
        _ => false,
    });
    let is_random = word.len() >= 32 || word.len() >= 12 && changes.count() * 4 > word.len();
    !is_random && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_code_open_nothing() {
        for text in [
            "git@github.com:acme/infra.git",
            "git@github.com:acme/infra",
            "git@git.example.com:Platform/Live.git",
            "ssh://git@github.com/acme/x.git",
            "ssh://git@git.example.com:2222/acme/x.git",
            "https://github.com/FleetOps-V2/some-Long.Name-of-a-repository-x.git",
            "https://git.example.com/Team/A-rather-long-name-of-a-repository.git/",
            "https://git@github.com/acme/x",
            "oci://ghcr.io/org/chart",
            "oci://registry.example.com/Charts/app:1.20.3",
            "https://dev.azure.com/org/project/_git/repo",
            "https://dev.azure.com/org/Our%20Project/_git/Repo",
            "https://org@dev.azure.com/org/project/_git/repo",
            "git@ssh.dev.azure.com:v3/org/project/repo",
        ] {
            assert!(is_code_address(text), "{text}");
        }
    }

    #[test]
    fn addresses_that_open_something_are_no_addresses_of_code() {
        for text in [
            "https://user:pass@github.com/acme/x.git",
            "https://git:pass@github.com/acme/x.git",
            "https://git:pa/ss@github.com/acme/x.git",
            "https://ghp_0123456789abcdefABCDEF@github.com/acme/x.git",
            "https://x-access-token:ghs_x@github.com/acme/x.git",
            "https://x-access-token@github.com/acme/x.git",
            "https://oauth2:glpat-x@gitlab.com/acme/x.git",
            "https://token@dev.azure.com/org/project/_git/repo",
            "oci://user:pass@ghcr.io/org/chart",
            "git:pass@github.com:acme/x.git",
            "root@example.com:acme/x.git",
            "git@example.com:Harbour-Tulip-7",
            "https://github.com/acme/x.git?token=abc",
            "https://github.com/acme/x.git#abc",
            "https://github.com/acme/x/9f86d081884c7d659a2feaa0c55ad015",
            "https://github.com/acme/ghp_aB3dE6gH9jK2mN5pQ8sT.git",
            "https://git.example.com/abcdefghijklmnopqrstuvwxyzabcdefghijklmnop/x.git",
            "https://hooks.slack.com/services/T0/B0/xxxx",
            "https://hooks.slack.com/services/T00000000/B00000000/aB3dE6gH9jK2mN5pQ8sT1vW4.git",
            "https://discord.com/api/webhooks/1/Abc",
            "https://acme.webhook.office.com/webhookb2/a",
            "https://9f86d081884c7d65@o1.ingest.sentry.io/1",
            "https://github.com:pass/acme/x.git",
        ] {
            assert!(!is_code_address(text), "{text}");
        }
    }

    #[test]
    fn a_scheme_with_nothing_behind_it_opens_nothing() {
        for (text, expected) in [
            ("google-cloud-platform://", true),
            ("s3://", true),
            ("://", false),
            ("Harbour-Tulip-7://", false),
            ("postgres://u:p@h", false),
            ("http://h://", false),
        ] {
            assert_eq!(is_bare_scheme(text), expected, "{text}");
        }
    }
}
