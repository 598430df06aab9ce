//! Looks for the private keys of age where SOPS looks for them.
//!
//! Invariant: what is found is never shown. Of each place it is said whether there is something, and
//! why it is of no use; a file that cannot be used does not keep the others from being used.

use std::path::{Path, PathBuf};

use age::ssh::UnsupportedKey;
use sealine_credentials::{Services, programs};
use sealine_http::escaped;
use sealine_model::SecretValue;

/// Takes the keys out of a text that was found in a place.
type Take = fn(&str, &SecretValue, &mut Found);

/// What was found.
pub(crate) struct Found {
    /// The identities, SSH keys first.
    pub(crate) keys: Vec<Box<dyn age::Identity + Send + Sync>>,
    /// Each place, with what is there.
    pub(crate) looked: Vec<String>,
}

impl Found {
    fn note(&mut self, place: &str, what: &str) {
        self.looked.push(format!("{place}: {what}"));
    }

    fn missing(&mut self, place: &str) {
        self.note(place, "not there");
    }
}

/// Looks in all places but those where a program must run.
pub(crate) async fn find(services: &Services) -> Found {
    let mut found = Found { keys: Vec::new(), looked: Vec::new() };
    ssh(services, &mut found).await;
    if let Some(text) = services.variable("SOPS_AGE_KEY") {
        let text = SecretValue::new(text.split_whitespace().collect::<Vec<_>>().join("\n"));
        age_keys("`SOPS_AGE_KEY`", &text, &mut found);
    } else {
        found.note("`SOPS_AGE_KEY`", "not set");
    }
    match services.variable("SOPS_AGE_KEY_FILE") {
        Some(file) => {
            from_file(Path::new(file), "`SOPS_AGE_KEY_FILE` ", age_keys, &mut found).await;
        }
        None => found.note("`SOPS_AGE_KEY_FILE`", "not set"),
    }
    if let Some(folder) = configuration_folder(services) {
        from_file(&folder.join("sops/age/keys.txt"), "", age_keys, &mut found).await;
    }
    found
}

/// Runs the programs that print an identity, for the recipient of a wrapped key.
pub(crate) async fn ask_programs(recipient: &str, services: &Services, found: &mut Found) {
    let programs: [(&str, Take); 2] =
        [("SOPS_AGE_KEY_CMD", age_keys), ("SOPS_AGE_SSH_PRIVATE_KEY_CMD", ssh_key)];
    for (variable, take) in programs {
        let Some(line) = services.variable(variable) else { continue };
        let place = format!("`{variable}`");
        match programs::key(line, recipient, services).await {
            Ok(text) => take(&place, &text, found),
            Err(reason) => found.note(&place, &reason),
        }
    }
}

async fn ssh(services: &Services, found: &mut Found) {
    match services.variable("SOPS_AGE_SSH_PRIVATE_KEY_FILE") {
        Some(file) => {
            let place = "`SOPS_AGE_SSH_PRIVATE_KEY_FILE` ";
            from_file(Path::new(file), place, ssh_key, found).await;
        }
        None => found.note("`SOPS_AGE_SSH_PRIVATE_KEY_FILE`", "not set"),
    }
    for name in ["id_ed25519", "id_rsa"] {
        if let Some(home) = services.home() {
            from_file(&home.join(".ssh").join(name), "", ssh_key, found).await;
        }
    }
}

/// The folder for configuration: what `XDG_CONFIG_HOME` says, or the one that the system uses.
fn configuration_folder(services: &Services) -> Option<PathBuf> {
    if let Some(folder) = services.variable("XDG_CONFIG_HOME") {
        return Some(PathBuf::from(folder));
    }
    if cfg!(windows) {
        return services.variable("APPDATA").map(PathBuf::from);
    }
    let below = if cfg!(target_os = "macos") { "Library/Application Support" } else { ".config" };
    services.home().map(|home| home.join(below))
}

/// Reads a file and takes the keys in it.
async fn from_file(file: &Path, prefix: &str, take: Take, found: &mut Found) {
    let place = format!("{prefix}`{}`", escaped(&file.to_string_lossy(), 200));
    match sealine_credentials::read(file).await {
        Ok(text) => take(&place, &text, found),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => found.missing(&place),
        Err(error) => found.note(&place, &format!("not readable: {}", error.kind())),
    }
}

/// Takes the keys of a file of age identities, one on a line.
fn age_keys(place: &str, text: &SecretValue, found: &mut Found) {
    let Ok(text) = std::str::from_utf8(text.expose()) else {
        return found.note(place, "not a file of age identities");
    };
    if text.starts_with("age-encryption.org/") || text.starts_with("-----BEGIN AGE") {
        return found.note(place, "locked with a passphrase, which is not supported");
    }
    let mut count = 0;
    for (number, line) in (1_usize..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let problem = if line.starts_with("AGE-PLUGIN-") {
            "an identity of an age plugin, and plugins are not supported"
        } else if line.starts_with("AGE-SECRET-KEY-PQ-1") {
            "a post-quantum identity, which is not supported"
        } else if let Ok(key) = line.parse::<age::x25519::Identity>() {
            found.keys.push(Box::new(key));
            count += 1;
            continue;
        } else {
            "not an age identity"
        };
        found.note(place, &format!("line {number} is {problem}"));
    }
    match count {
        0 => found.note(place, "no identity that can be used"),
        1 => found.note(place, "one identity, for another recipient"),
        _ => found.note(place, &format!("{count} identities, for other recipients")),
    }
}

/// Takes an SSH key.
fn ssh_key(place: &str, text: &SecretValue, found: &mut Found) {
    use age::ssh::Identity;
    let problem = match Identity::from_buffer(text.expose(), None) {
        Ok(key @ Identity::Unencrypted(_)) => {
            found.keys.push(Box::new(key));
            "an SSH key, for another recipient"
        }
        Ok(
            Identity::Encrypted(_)
            | Identity::Unsupported(UnsupportedKey::EncryptedPem | UnsupportedKey::EncryptedSsh(_)),
        ) => "locked with a passphrase, which is not supported",
        Ok(Identity::Unsupported(UnsupportedKey::Hardware(_))) => {
            "a key of a security key, which is not supported"
        }
        Ok(Identity::Unsupported(UnsupportedKey::Type(_))) => {
            "an SSH key of a type that age does not use"
        }
        Err(_) => "not a private key of SSH",
    };
    found.note(place, problem);
}
