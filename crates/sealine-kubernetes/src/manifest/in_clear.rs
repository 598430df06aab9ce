//! Whether a text is a secret in clear, or stands for one that a tool puts there later.
//!
//! Invariant: what a known tool replaces is never called a secret.

use base64::Engine as _;
use sealine_model::{
    is_algorithm, is_answer, is_email, is_no_secret, is_no_secret_in, is_plain_address,
    is_public_key, is_settings, is_uuid, is_word, names_credential, names_no_secret,
};
use sealine_yaml::Node;

use super::public_files::is_public_file_of_a_program;
use crate::delivery::nested::HOLE;

/// What the references of secret injectors begin with: SOPS, vals, 1Password, Bank-Vaults.
const BEGINNINGS: &[&str] = &["ENC[", "ref+", "secretref+", "op://", "vault:", ">>vault:"];

macro_rules! kept {
    ($($(#[$what:meta])* $visible:vis $name:ident = $mark:literal;)*) => {
        $($(#[$what])* $visible const $name: &str = $mark;)*

        /// All that may be kept: a step of a build that meets it again leaves it as it is.
        const KEPT: &[&str] = &[$($name),*];
    };
}

kept! {
    /// What is kept of a text in clear: nothing but that there is one.
    IN_CLEAR = "*";
    /// What is kept of a text that may be the id of something.
    IDENTIFIER = "#";
    /// What is kept of a text that may be a name or a number.
    pub(super) NAME = "=";
    /// What is kept of an address for mail.
    MAIL = "@";
    /// What is kept of a file that speaks of no credential.
    FILE = "~";
    /// What is kept of a text that may be the name of an image.
    IMAGE = "%";
    /// What is kept of a text that stands for another one.
    pub(super) STAND_IN = "<...>";
    /// What is kept of a text that is no secret in any field.
    HARMLESS = "<>";
}

/// Returns what is kept of a value: one of `KEPT`, or nothing of nothing.
pub(super) fn shape(text: &str) -> &'static str {
    let text = text.trim();
    if text.is_empty() {
        return "";
    }
    if let Some(kept) = KEPT.iter().find(|kept| **kept == text) {
        return kept;
    }
    // As the API server does, which does not mind lines.
    let joined = text.replace(['\r', '\n'], "");
    let decoded = base64::engine::general_purpose::STANDARD.decode(&joined).ok();
    let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let plain = decoded.as_deref().unwrap_or(text).trim();
    // An answer of yes or no, a small number, or how a key is used is no secret in any field.
    if is_answer(plain)
        || is_algorithm(plain)
        || is_plain_address(plain)
        || is_settings(plain)
        || is_public_key(plain)
    {
        return HARMLESS;
    }
    if !is_in_clear(text) || !is_in_clear(plain) || holds_stand_ins(plain) {
        return STAND_IN;
    }
    match plain {
        _ if is_uuid(plain) || is_row_of_ids(plain) => IDENTIFIER,
        _ if is_email(plain) => MAIL,
        _ if is_word(plain) || is_path(plain) => NAME,
        _ if is_image_name(plain) => IMAGE,
        _ if is_public_file_of_a_program(plain) => HARMLESS,
        _ if is_overlay(plain) || are_arguments(plain) || is_script(plain) => HARMLESS,
        _ if speaks_of_no_secret(plain) => FILE,
        _ => IN_CLEAR,
    }
}

/// Returns whether the value of this key, by what was kept of it, is the id of something.
pub(super) fn is_id(key: &str, kept: &str) -> bool {
    let key = key.to_ascii_lowercase();
    kept == IDENTIFIER && (key.ends_with("id") || key.ends_with("handle"))
}

/// Returns whether the value of this key, by what was kept of it, is an address for mail and no
/// password that looks like one.
pub(super) fn is_mail(key: &str, kept: &str) -> bool {
    kept == MAIL && (names_no_secret(key) || !names_credential(key))
}

/// Returns whether the value of this key, by its ending and by what was kept of it, is a file that
/// holds no credential: a style sheet, or statements that set up a database.
pub(super) fn is_public_file(key: &str, kept: &str) -> bool {
    kept == FILE && key.rsplit_once('.').is_some_and(|(_, ending)| matches!(ending, "css" | "sql"))
}

/// Returns whether the value of this key, by what was kept of it, is the name of an image.
pub(super) fn is_image(key: &str, kept: &str) -> bool {
    kept == IMAGE && key.to_ascii_lowercase().ends_with("image")
}

/// Whether a text is a JSON object or, of several lines, a YAML one, and nothing that it holds is a
/// secret.
fn holds_stand_ins(text: &str) -> bool {
    let is_harmless =
        |key: &str, text: &str| matches!(text, "true" | "false") || is_no_secret_in(key, text);
    let is_json = text.starts_with('{');
    let holds =
        |root: &Node| is_json && all_scalars(root, "", &is_harmless) || has_no_credential(root);
    (is_json || text.contains('\n')) && is_document(text, |root| root.is_mapping() && holds(root))
}

/// Whether each field for a credential stands for one only, and the others hold words or addresses.
/// Where no field has a name for a credential, each must have a name of what is no secret.
fn has_no_credential(root: &Node) -> bool {
    let is_told = !all_scalars(root, "", &|key, _| !names_credential(key));
    let is_open = |key: &str, text: &str| {
        let is_setting = names_no_secret(key) || is_told && !names_credential(key);
        is_no_secret(text) || is_answer(text) || is_setting && (is_word(text) || is_path(text))
    };
    all_scalars(root, "", &is_open)
}

/// Whether a text is the path of a file.
pub(super) fn is_path(text: &str) -> bool {
    text.strip_prefix('/').is_some_and(|path| path.split('/').all(is_word))
}

/// Whether a text is one document of YAML, of which this is true.
pub(super) fn is_document(text: &str, test: impl Fn(&Node) -> bool) -> bool {
    let parsed = sealine_yaml::parse(text);
    let is_whole = parsed.problems.is_empty() && parsed.documents.len() == 1;
    is_whole && parsed.root().is_some_and(test)
}

/// Whether something is true of each scalar, with the key that it stands under. Recurses no deeper than
/// the YAML tree, which has a limit.
pub(super) fn all_scalars(node: &Node, key: &str, test: &dyn Fn(&str, &str) -> bool) -> bool {
    node.as_str().is_none_or(|text| test(key, text))
        && node.items().iter().all(|item| all_scalars(item, key, test))
        && node
            .entries()
            .all(|entry| all_scalars(&entry.value, entry.key.as_str().unwrap_or_default(), test))
}

/// Whether a text names an image of a registry, with a tag: `ghcr.io/org/app:v1`.
fn is_image_name(text: &str) -> bool {
    let allowed = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_')
    };
    let named = text.rsplit_once(':').and_then(|(path, tag)| {
        let (host, path) = path.split_once('/')?;
        let mut parts = path.split('/');
        let is_path = parts.all(|part| !part.is_empty() && part.bytes().all(allowed));
        Some(
            host.contains('.')
                && host.bytes().all(allowed)
                && is_path
                && tag.bytes().all(|byte| allowed(byte.to_ascii_lowercase())),
        )
    });
    named == Some(true)
}

/// Whether a text of several lines has no word for a credential, and no address.
pub(super) fn speaks_of_no_secret(text: &str) -> bool {
    const WORDS: [&str; 8] =
        ["auth", "credential", "identified", "pass", "private", "secret", "token", "://"];
    let lower = text.to_ascii_lowercase();
    text.contains('\n') && !WORDS.iter().any(|word| lower.contains(word))
}

/// Whether a text is a list of arguments, a line each, as Java takes them: `-Xmx2G`.
fn are_arguments(text: &str) -> bool {
    let is_argument =
        |line: &str| line.is_empty() || line.starts_with(['-', '#']) && !line.contains(' ');
    speaks_of_no_secret(text) && text.lines().map(str::trim).all(is_argument)
}

/// Whether a text is a script that speaks of no credential.
fn is_script(text: &str) -> bool {
    text.starts_with("#!") && speaks_of_no_secret(text)
}

/// Whether a text is an overlay of ytt, which Carvel takes from Secrets, and speaks of no credential.
fn is_overlay(text: &str) -> bool {
    text.contains("#@ load(\"@ytt:overlay\"") && speaks_of_no_secret(text)
}

/// Whether a text is a row of ids with a UUID among them, such as the handle that a driver gives a volume.
fn is_row_of_ids(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let is_hex = |group: &&str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    let holds_uuid = || groups.windows(5).any(|window| is_uuid(&window.join("-")));
    text.len() <= 128 && groups.iter().all(is_hex) && holds_uuid()
}

/// Returns whether a name is written as those of variables are: `A_B2`.
pub(crate) fn is_variable(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    !name.is_empty() && name.bytes().all(is_part)
}

/// Whether a text holds a variable that Kustomize fills in, `$(db_password)`, and no command of a shell.
fn holds_variable(text: &str) -> bool {
    let names = text.split("$(").skip(1).filter_map(|rest| rest.split_once(')'));
    names.map(|(name, _)| name).any(|name| is_parameter(name) || is_variable(name))
}

/// Whether a name is one of several small words, as those of a script's own variables are: `a_b2`.
fn is_parameter(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.contains('_')
        && name.split('_').all(|word| !word.is_empty() && word.bytes().all(is_part))
        && name.starts_with(|first: char| first.is_ascii_lowercase())
}

/// Returns whether the text is neither empty nor a placeholder.
pub(super) fn is_in_clear(text: &str) -> bool {
    // A part of it is not known.
    if text.contains(HOLE) {
        return false;
    }
    let text = text.trim();
    if KEPT.contains(&text) {
        return !matches!(text, STAND_IN | HARMLESS);
    }
    let is_path = |path: &str| path.contains('#') && !path.contains(char::is_whitespace);
    let replaced = BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
        || text.contains("${")
        || text.contains("{{")
        || holds_variable(text)
        // Argo CD's Vault plugin looks for its marks in texts of any form.
        || text.split("<path:").skip(1).any(|rest| rest.split('>').next().is_some_and(is_path))
        || text.strip_prefix('$').is_some_and(|name| is_variable(name) || is_parameter(name))
        || sealine_model::is_stand_in(text);
    !replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_and_answers_are_no_secrets() {
        for text in ["true", "3", "12h", "500ms", "MTJo", "Mw=="] {
            assert_eq!(shape(text), "<>", "{text}");
        }
        for text in ["4711", "12hours", "m", "MTIzNDU2"] {
            assert_eq!(shape(text), NAME, "{text}");
        }
    }

    /// The configuration of Backstage for the cluster that it runs in.
    #[test]
    fn where_a_token_lies_and_who_gives_it_is_no_secret() {
        let text = "
clusters:
  - url: https://kubernetes.default.svc.cluster.local
    authProvider: serviceAccount
    skipTLSVerify: true
    serviceAccountToken: {$file: /var/run/secrets/kubernetes.io/serviceaccount/token}
";
        assert_eq!(shape(text), STAND_IN);
        assert_eq!(shape(&text.replace("serviceAccount\n", "5erv!ce/accounT\n")), IN_CLEAR);
    }

    #[test]
    fn the_name_of_an_image_is_told_by_its_key_too() {
        // The API server does not mind lines either.
        let lines = "Z2hjci5pby9vcmcvcGx1Z2lu\nLXRlc3Rpbmc6bWFpbg==\n";
        for text in ["ghcr.io/org/plugin-testing:main", lines] {
            assert!(is_image("SIDECAR_IMAGE", shape(text)), "{text}");
        }
        assert!(!is_image("PASSWORD", shape("ghcr.io/org/plugin:main")));
        assert!(is_in_clear(shape("ghcr.io/org/plugin:main")));
        assert!(!is_image("IMAGE", shape("u:hunter2@ghcr.io/org/plugin:main")));
    }

    #[test]
    fn files_and_settings_that_hold_nothing_secret_are_told_apart() {
        for (text, expected) in [
            ("license: A1B2C-D3E4F\nproduct: acme\n", false),
            ("-server\n-Xmx2G\n", true),
            ("-server\n-Dtoken=hunter2\n", false),
            ("#!/bin/sh\nrclone sync a:b c:d\n", true),
            ("#!/bin/sh\nrclone sync --pass hunter2 a:b c:d\n", false),
            ("#@ load(\"@ytt:overlay\", \"overlay\")\n---\nspec: {run: 'a b'}\n", true),
            ("#@ load(\"@ytt:overlay\", \"overlay\")\n---\ndata: {password: b}\n", false),
        ] {
            assert_eq!(shape(text) == HARMLESS, expected, "{text}");
        }
        for text in ["INSTALL_LOCK=true", "# on\nENABLED=false\nPORT = 443"] {
            assert_eq!(shape(text), HARMLESS, "{text}");
        }
        let cloud =
            "[global]\nproject-id = homelab-466309\nnetwork-name = my-vpc\nmultizone = false";
        for text in [cloud, "; of dev\nregion = \"eu-west-1\"\nzone=a", "contact=a.b@example.com"] {
            assert_eq!(shape(text), HARMLESS, "{text}");
        }
        for text in [
            "[global]\nproject-id = homelab\npassword = hunter2",
            "project-id = homelab\nsecret-id = 1c7a9a50-4ac3-4b1e-9f0e-5a8d6f3f2b11",
            "[global]\nhunter2",
            "network = hunter2 harbour tulip",
            "password = a.b@example.com",
        ] {
            assert_ne!(shape(text), HARMLESS, "{text}");
        }
        for text in ["A=hunter2", "A=true\nB=hunter2", "a=b=true"] {
            assert_ne!(shape(text), HARMLESS, "{text}");
        }
    }

    #[test]
    fn documents_without_a_credential_in_them_are_no_secrets() {
        let storage = "{\n  \"type\": \"s3\", \"access_key_id\": \"\", \"secret_access_key\": \"\",\n  \
                       \"endpoint_url\": \"https://s3.example.com\", \"region\": \"eu-west-1\"\n}";
        let kubeconfig = "apiVersion: v1\nkind: Config\nclusters:\n- name: a\n  cluster: {server: \
                          'https://a.example.com'}\nusers:\n- name: u\n  user:\n    token: unused\n";
        let local = "{\"type\": \"localfs\", \"root_path\": \"/mnt/models\"}";
        for text in [storage, kubeconfig, local] {
            assert_eq!(shape(text), STAND_IN, "{text}");
        }
        for text in [
            &*storage.replace("key\": \"\"", "key\": \"hunter2\""),
            &kubeconfig.replace("unused", "hunter2"),
            &kubeconfig.replace("https://a", "https://u:hunter2@a"),
            &local.replace("type", "root"),
            "a: hunter2\nb: c\n",
            "password:\n  - hunter2\nb: c\n",
        ] {
            assert_ne!(shape(text), STAND_IN, "{text}");
        }
    }

    #[test]
    fn the_handle_of_a_volume_is_an_id() {
        let handle = "0001-0024-407036f5-1f73-44ff-ba81-1f219b7a8a64-000000000000000b";
        assert!(is_id("volumeHandle", shape(handle)));
        assert!(!is_id("password", shape(handle)));
        assert!(!is_id("volumeHandle", shape("0001-0024-407036f5")));
        assert_eq!(shape("aes-xts-plain64"), HARMLESS);
    }

    #[test]
    fn what_was_kept_stays_what_it_is() {
        for kept in KEPT {
            assert_eq!(shape(kept), *kept);
            assert_eq!(KEPT.iter().filter(|other| *other == kept).count(), 1, "{kept}");
        }
    }

    #[test]
    fn placeholders_of_tools_are_no_secrets() {
        for text in [
            "",
            "ENC[a]",
            "op://v/i/f",
            "ref+x://y",
            "<path:a#b>",
            "user: x\nkey: \"<path:secret/data/a#b>\"\n",
            "${A}",
            "$A_B",
            "{{ x }}",
            "CHANGE_ME",
        ] {
            assert!(!is_in_clear(text), "{text}");
        }
        for text in ["hunter2", "$ecret", "aHVudGVyMg==", "a<b>", "a<path:b>", "a <path:a b#c>"] {
            assert!(is_in_clear(text), "{text}");
        }
    }
}
