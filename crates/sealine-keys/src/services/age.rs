//! age: recipients of X25519 and SSH keys.
//!
//! Invariant: no program is started on account of a recipient, whatever it is called.

use std::future::ready;
use std::io::{Read as _, Write as _};

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::ssh::ParseRecipientKeyError;
use age::{DecryptError, Decryptor, Encryptor, Recipient};
use sealine_http::escaped;
use sealine_sops::{DataKey, Master, WrappedKey};
use zeroize::Zeroizing;

use super::{Kind, Services, Unwrapping, Wrapping, other_kind};
use crate::fault::KeyFault;
use crate::identities::{self, Found};

pub(super) const KIND: Kind = Kind {
    name: "age",
    unwrap: |key, services| Box::pin(unwrap(key, services)) as Unwrapping<'_>,
    wrap: |master, key, _| Box::pin(ready(wrap(master, key))) as Wrapping<'_>,
};

async fn unwrap(key: &WrappedKey, services: &Services) -> Result<DataKey, KeyFault> {
    let Master::Age { recipient } = &key.master else { return Err(other_kind()) };
    // A file for a plugin is told apart by its recipient before any identity is looked for.
    if let Err(fault @ KeyFault::Unsupported(_)) = parse(recipient) {
        return Err(fault);
    }
    let mut found = identities::find(services).await;
    let outcome = opened(key, &found);
    if !matches!(outcome, Err(KeyFault::NoIdentity { .. })) {
        return outcome;
    }
    // A program may want a finger on a device, so it runs only where nothing else helps.
    identities::ask_programs(recipient, services, &mut found).await;
    opened(key, &found)
}

fn opened(key: &WrappedKey, found: &Found) -> Result<DataKey, KeyFault> {
    let keys = found.keys.iter().map(|key| &**key as &dyn age::Identity);
    let decryptor = Decryptor::new_buffered(ArmoredReader::new(key.enc.trim().as_bytes()));
    let decryptor = decryptor.map_err(|error| fault(&error, &found.looked))?;
    if decryptor.is_scrypt() {
        let reason = "the wrapped key in the file is locked with a passphrase";
        return Err(KeyFault::NotAKey(reason.to_owned()));
    }
    let reader = decryptor.decrypt(keys).map_err(|error| fault(&error, &found.looked))?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(64));
    let read = reader.take(64).read_to_end(&mut bytes);
    read.map_err(|_| KeyFault::NotAKey("the wrapped key in the file was changed".to_owned()))?;
    DataKey::from_bytes(&bytes).map_err(|fault| KeyFault::NotAKey(fault.to_string()))
}

fn wrap(master: &Master, key: &DataKey) -> Result<(Master, String), KeyFault> {
    let Master::Age { recipient } = master else { return Err(other_kind()) };
    let parsed = parse(recipient)?;
    let armored = encrypted(&*parsed, key.expose())
        .ok_or_else(|| KeyFault::Invalid("age does not encrypt for this recipient".to_owned()))?;
    Ok((master.clone(), armored))
}

fn encrypted(recipient: &dyn Recipient, bytes: &[u8]) -> Option<String> {
    let encryptor = Encryptor::with_recipients(std::iter::once(recipient)).ok()?;
    let armor = ArmoredWriter::wrap_output(Vec::new(), Format::AsciiArmor).ok()?;
    let mut writer = encryptor.wrap_output(armor).ok()?;
    writer.write_all(bytes).ok()?;
    String::from_utf8(writer.finish().ok()?.finish().ok()?).ok()
}

/// Reads a recipient as SOPS does, without the recipients that need a program.
fn parse(recipient: &str) -> Result<Box<dyn Recipient + Send + Sync>, KeyFault> {
    let recipient = recipient.trim();
    if recipient.starts_with("age1pq1") {
        let reason = "post-quantum recipients (`age1pq1…`) are not supported";
        return Err(KeyFault::Unsupported(reason.to_owned()));
    }
    if let Some((plugin, _)) = recipient.strip_prefix("age1").and_then(|rest| rest.rsplit_once('1'))
    {
        let plugin = escaped(plugin, 40);
        let reason = format!(
            "its recipient belongs to the age plugin `{plugin}`, and plugins are not supported"
        );
        return Err(KeyFault::Unsupported(reason));
    }
    if recipient.starts_with("age1") {
        let parsed = recipient.parse::<age::x25519::Recipient>();
        let parsed = parsed.map_err(|_| KeyFault::Invalid("not an age recipient".to_owned()))?;
        return Ok(Box::new(parsed));
    }
    let reason = match recipient.parse::<age::ssh::Recipient>() {
        Ok(parsed) => return Ok(Box::new(parsed)),
        Err(ParseRecipientKeyError::RsaModulusTooSmall) => "the RSA key is too short",
        Err(ParseRecipientKeyError::RsaModulusTooLarge) => "the RSA key is too long",
        Err(_) if recipient.starts_with("ssh-") || recipient.starts_with("ecdsa-") => {
            "of SSH keys, age takes those of the types `ssh-ed25519` and `ssh-rsa`"
        }
        Err(_) => "not an age recipient: it starts with neither `age1` nor `ssh-`",
    };
    Err(KeyFault::Invalid(reason.to_owned()))
}

fn fault(error: &DecryptError, looked: &[String]) -> KeyFault {
    let reason = match error {
        DecryptError::NoMatchingKeys => {
            return KeyFault::NoIdentity { looked: looked.to_vec() };
        }
        DecryptError::UnknownFormat | DecryptError::InvalidHeader | DecryptError::Io(_) => {
            "the wrapped key in the file is not an age file"
        }
        DecryptError::ExcessiveWork { .. } => "the wrapped key in the file asks for too much work",
        _ => "the wrapped key in the file was changed, or is for another key of the same name",
    };
    KeyFault::NotAKey(reason.to_owned())
}
