//! What programs find in their environment.
//!
//! Invariant: what the project does not name is not passed on, but for what any program needs; and
//! nothing that would turn a look into something else (`TF_CLI_ARGS`).

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::project::Project;
use crate::redact::Secrets;
use sealine_source::stars::fits;

use super::identity::Identity;
use super::places::Places;

/// What any program needs: to be found, to speak, and to reach the world through a company's proxy.
static NEEDED: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "TZ",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "TF_CLI_CONFIG_FILE",
    "TF_PLUGIN_CACHE_DIR",
    "TOFU_CLI_CONFIG_FILE",
    "XDG_CONFIG_HOME",
];

/// Never passed on, whatever is named.
static REFUSED: &[&str] = &[
    "TF_CLI_ARGS*",
    "TF_WORKSPACE",
    "TF_DATA_DIR",
    "TF_LOG*",
    "TF_REATTACH_PROVIDERS",
    "TF_INPUT",
];

/// Parts of names whose values are secrets.
static SECRET_WORDS: &[&str] =
    &["SECRET", "TOKEN", "PASSWORD", "PASSWD", "KEY", "CREDENTIAL", "SAS", "PASSPHRASE", "PAT"];

/// Makes the environment of helpers that of the program that plans.
pub(super) fn of_program(
    project: &Project,
    places: &Places,
    mut environment: BTreeMap<OsString, OsString>,
    credentials: BTreeMap<String, String>,
) -> BTreeMap<OsString, OsString> {
    for (name, value) in credentials {
        if !is_refused(&name) {
            environment.insert(name.into(), value.into());
        }
    }
    let mut set = |name: &str, value: &OsStr| {
        environment.insert(name.into(), value.to_owned());
    };
    set("TF_DATA_DIR", places.data.as_os_str());
    set("TF_IN_AUTOMATION", OsStr::new("1"));
    set("TF_INPUT", OsStr::new("0"));
    set("CHECKPOINT_DISABLE", OsStr::new("1"));
    if let Some(workspace) = &project.workspace {
        set("TF_WORKSPACE", OsStr::new(workspace));
    }
    // Without the sums of a lock file the program installs anew whatever the cache holds.
    let has_sums = project.folder.join(".terraform.lock.hcl").is_file();
    if has_sums && !environment.contains_key(OsStr::new("TF_PLUGIN_CACHE_DIR")) {
        environment.insert("TF_PLUGIN_CACHE_DIR".into(), places.plugins.clone().into());
    }
    environment
}

/// Returns the environment of the commands that the project names itself.
pub(super) fn of_helper(
    project: &Project,
    all: &BTreeMap<OsString, OsString>,
    run_as: Option<&Identity>,
) -> BTreeMap<OsString, OsString> {
    let passes = |name: &str| {
        NEEDED.contains(&name) || project.environment.iter().any(|pattern| fits(pattern, name))
    };
    let passed = all
        .iter()
        .filter(|(name, _)| name.to_str().is_some_and(|name| passes(name) && !is_refused(name)));
    let passed = passed.map(|(name, value)| (name.clone(), value.clone()));
    let mut environment: BTreeMap<OsString, OsString> = passed.collect();
    if let Some(identity) = run_as {
        identity.name_in(&mut environment);
    }
    environment
}

fn is_refused(name: &str) -> bool {
    REFUSED.iter().any(|pattern| fits(pattern, name))
}

/// Learns the values whose names say that they are secret.
pub(super) fn learn(secrets: &mut Secrets, environment: &BTreeMap<OsString, OsString>) {
    for (name, value) in environment {
        let name = name.to_string_lossy().to_uppercase();
        let Some(value) = value.to_str() else { continue };
        let is_file = Path::new(value).is_absolute();
        if !is_file && SECRET_WORDS.iter().any(|word| name.contains(word)) {
            secrets.learn_text(value);
        }
    }
}

/// Reads what a command for credentials printed: a JSON object of texts, or `NAME=value` lines, with
/// or without `export`.
pub(super) fn read_credentials(printed: &[u8]) -> Option<BTreeMap<String, String>> {
    let text = std::str::from_utf8(printed).ok()?;
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).ok();
    }
    let mut found = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let line = line.strip_prefix("export ").unwrap_or(line);
        if line.starts_with('#') {
            continue;
        }
        let (name, value) = line.split_once('=')?;
        let quoted = ['"', '\''].iter().find_map(|quote| {
            value.strip_prefix(*quote).and_then(|value| value.strip_suffix(*quote))
        });
        found.insert(name.trim().to_owned(), quoted.unwrap_or(value).to_owned());
    }
    Some(found)
}

/// Returns what of the environment looks as if it could write. Names are all that can be seen here:
/// what a role may do, only its cloud knows.
pub(super) fn looks_write_capable(environment: &BTreeMap<OsString, OsString>) -> Option<String> {
    let names = [
        "AWS_ROLE_ARN",
        "AWS_PROFILE",
        "AWS_ROLE_SESSION_NAME",
        "ARM_CLIENT_NAME",
        "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT",
    ];
    let words =
        ["admin", "write", "apply", "deploy", "owner", "poweruser", "contributor", "editor"];
    for name in names {
        let value = environment.get(OsStr::new(name)).map(|value| value.to_string_lossy());
        let value = value.unwrap_or_default().to_lowercase();
        if let Some(word) = words.iter().find(|word| value.contains(*word)) {
            return Some(format!("`{name}` says `{word}`"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<OsString, OsString> {
        pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    #[test]
    fn only_what_is_named_is_passed_on() {
        let all = map(&[
            ("PATH", "/bin"),
            ("AWS_REGION", "x"),
            ("GITHUB_TOKEN", "canary"),
            ("TF_CLI_ARGS_plan", "-lock=true"),
            ("TF_VAR_a", "1"),
        ]);
        let environment = vec!["AWS_*".to_owned(), "TF_*".to_owned()];
        let project = Project { environment, ..Project::default() };
        let passed = of_helper(&project, &all, None);
        let names: Vec<_> = passed.keys().map(|name| name.to_str().unwrap()).collect();
        assert_eq!(names, ["AWS_REGION", "PATH", "TF_VAR_a"]);
    }

    #[test]
    fn credentials_are_lines_or_an_object() {
        let expected = BTreeMap::from([("A".to_owned(), "b=c".to_owned())]);
        for text in ["A=b=c", "# x\nexport A='b=c'\n", "{\"A\": \"b=c\"}"] {
            assert_eq!(read_credentials(text.as_bytes()), Some(expected.clone()), "{text}");
        }
        assert_eq!(read_credentials(b"nothing"), None);
    }

    #[test]
    fn names_of_roles_that_write_are_seen() {
        assert!(looks_write_capable(&map(&[("AWS_ROLE_ARN", "arn:…/TerraformApply")])).is_some());
        assert!(looks_write_capable(&map(&[("AWS_ROLE_ARN", "arn:…/drift-read")])).is_none());
    }
}
