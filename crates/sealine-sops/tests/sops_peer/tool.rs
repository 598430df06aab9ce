//! The real `sops`, with one age key of its own.

use std::path::Path;
use std::process::{Command, Stdio};

use age::secrecy::ExposeSecret as _;
use sealine_sops::{DataKey, Encrypted, Master, WrappedKey};
use tempfile::TempDir;

use crate::peers::peer;

/// The program, a key, and a folder without any configuration.
pub(crate) struct Tool {
    program: std::path::PathBuf,
    identity: age::x25519::Identity,
    folder: TempDir,
}

impl Tool {
    /// Returns the program when it is there.
    pub(crate) fn find() -> Option<Self> {
        let program = peer("sops")?;
        let folder = tempfile::tempdir().unwrap();
        Some(Self { program, identity: age::x25519::Identity::generate(), folder })
    }

    /// Returns what `sops encrypt` makes of a file of this name, or what it says against it; the
    /// creation rule has these settings beside its key.
    pub(crate) fn encrypt(&self, name: &str, text: &str, settings: &str) -> Result<String, String> {
        let recipient = self.identity.to_public();
        let rule = format!("creation_rules:\n- age: {recipient}\n{settings}");
        let config = self.write(&format!("{name}.config"), &rule);
        let config = config.to_string_lossy();
        self.run(&["--config", &config, "encrypt"], name, text)
    }

    /// Returns what `sops decrypt` makes of a file of this name, or what it says against it.
    pub(crate) fn decrypt(&self, name: &str, text: &str) -> Result<String, String> {
        self.run(&["decrypt"], name, text)
    }

    /// Puts a value into an encrypted file with `sops set`.
    pub(crate) fn set(
        &self,
        name: &str,
        text: &str,
        at: &str,
        value: &str,
    ) -> Result<String, String> {
        let file = self.write(name, text);
        self.call(&["set"], &file, &[at, value])?;
        Ok(read(&file))
    }

    fn run(&self, arguments: &[&str], name: &str, text: &str) -> Result<String, String> {
        let file = self.write(name, text);
        self.call(arguments, &file, &[])
    }

    #[expect(clippy::disallowed_methods, reason = "the real program reads files")]
    fn write(&self, name: &str, text: &str) -> std::path::PathBuf {
        let file = self.folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        file
    }

    #[expect(clippy::disallowed_methods, reason = "the real program is what is compared with")]
    fn call(&self, arguments: &[&str], file: &Path, rest: &[&str]) -> Result<String, String> {
        let output = Command::new(&self.program)
            .args(arguments)
            .arg(file)
            .args(rest)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("SOPS_AGE_KEY", self.identity.to_string().expose_secret())
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(String::from_utf8(output.stdout).unwrap())
    }

    /// Returns a data key and its wrapping for the tool.
    pub(crate) fn data_key(&self) -> (DataKey, Vec<WrappedKey>) {
        let key = DataKey::generate().unwrap();
        let recipient = self.identity.to_public();
        let enc = age::encrypt_and_armor(&recipient, key.expose()).unwrap();
        let master = Master::Age { recipient: recipient.to_string() };
        (key, vec![WrappedKey { master, enc, created_at: None }])
    }

    /// Returns the data key of a file that the tool encrypted.
    pub(crate) fn unwrap(&self, file: &Encrypted) -> DataKey {
        let enc = file.metadata().keys[0].enc.as_bytes();
        DataKey::from_bytes(&age::decrypt(&self.identity, enc).unwrap()).unwrap()
    }
}

#[expect(clippy::disallowed_methods, reason = "the real program writes files")]
fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap()
}
