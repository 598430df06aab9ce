//! States and plans that `OpenTofu` encrypted with a passphrase: key provider `pbkdf2`, method
//! `aes_gcm`.
//!
//! Invariant: what comes out was authenticated as a whole; a passphrase is never part of a fault.

use aes_gcm::aead::KeyInit;
use aes_gcm::aead::consts::U12;
use aes_gcm::aes::Aes192;
use aes_gcm::{Aes128Gcm, Aes256Gcm, AesGcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sealine_model::SecretValue;
use sha2::{Sha256, Sha512};

use crate::json::{Fault, Kind, Reader};

/// How many rounds are done at most: a file must not keep us busy for hours.
const MOST_ROUNDS: u32 = 20_000_000;

/// A passphrase.
#[derive(Debug)]
pub struct Passphrase(SecretValue);

impl Passphrase {
    /// Takes a passphrase in; a line end at its end, as files have one, is no part of it.
    pub fn new(value: &SecretValue) -> Self {
        let bytes = value.expose();
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        Self(SecretValue::new(bytes.strip_suffix(b"\r").unwrap_or(bytes)))
    }
}

/// Why a text stays encrypted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecryptError {
    /// The text is broken.
    #[error("no JSON: {0}")]
    Broken(#[from] Fault),
    /// Another version of the format.
    #[error("encrypted in a version of the format that is not known")]
    Version,
    /// The key does not come from a passphrase.
    #[error("its key comes from another key provider than `pbkdf2`")]
    OtherProvider,
    /// The parameters of the key are out of bounds.
    #[error("the parameters of its key are out of bounds")]
    Parameters,
    /// The passphrase is another, or the text was changed.
    #[error("the passphrase does not open it, or it was tampered with")]
    Refused,
}

/// How a key is made of a passphrase.
#[derive(Debug, Default, PartialEq, Eq)]
struct Derivation {
    salt: Vec<u8>,
    rounds: u32,
    hash: String,
    length: usize,
}

/// Decrypts a text.
///
/// # Errors
///
/// When the passphrase is not the one, the text was changed, or it was encrypted otherwise.
pub fn decrypt(text: &[u8], passphrase: &Passphrase) -> Result<SecretValue, DecryptError> {
    let (mut derivations, mut data, mut version) = (Vec::new(), None, String::new());
    Reader::new(text)?.object(|reader, key| {
        match (&*key, reader.kind()?) {
            ("meta", Kind::Object) => reader.object(|reader, _| {
                if reader.kind()? == Kind::String {
                    derivations.extend(derivation(&reader.string()?));
                    return Ok(());
                }
                reader.skip().map(|_| ())
            })?,
            ("encrypted_data", Kind::String) => data = STANDARD.decode(reader.raw_string()?).ok(),
            ("encryption_version", Kind::String) => version = reader.string()?.into_owned(),
            _ => drop(reader.skip()?),
        }
        Ok::<(), Fault>(())
    })?;
    if version != "v0" {
        return Err(DecryptError::Version);
    }
    let data = data.ok_or(DecryptError::Refused)?;
    if derivations.is_empty() {
        return Err(DecryptError::OtherProvider);
    }
    let mut reason = DecryptError::Refused;
    for derivation in &derivations {
        match key(derivation, passphrase).and_then(|key| open(key.expose(), &data)) {
            Ok(plain) => return Ok(plain),
            Err(error) => reason = error,
        }
    }
    Err(reason)
}

/// What the key provider `pbkdf2` writes down: base64 of a JSON object.
fn derivation(text: &str) -> Option<Derivation> {
    let decoded = STANDARD.decode(text).ok()?;
    let mut reader = Reader::new(&decoded).ok()?;
    let mut derivation = Derivation::default();
    let read = reader.object(|reader, key| {
        match (&*key, reader.kind()?) {
            ("salt", Kind::String) => {
                derivation.salt = STANDARD.decode(reader.raw_string()?).unwrap_or_default();
            }
            ("iterations", Kind::Number) => {
                derivation.rounds = reader.number()?.parse().unwrap_or(u32::MAX);
            }
            ("hash_function", Kind::String) => derivation.hash = reader.string()?.into_owned(),
            ("key_length", Kind::Number) => {
                derivation.length = reader.number()?.parse().unwrap_or_default();
            }
            _ => drop(reader.skip()?),
        }
        Ok::<(), Fault>(())
    });
    let is_whole = !derivation.salt.is_empty() && derivation.rounds > 0;
    (read.is_ok() && is_whole).then_some(derivation)
}

fn key(derivation: &Derivation, passphrase: &Passphrase) -> Result<SecretValue, DecryptError> {
    let Derivation { salt, rounds, hash, length } = derivation;
    if *rounds > MOST_ROUNDS || !matches!(length, 16 | 24 | 32) {
        return Err(DecryptError::Parameters);
    }
    let mut key = vec![0; *length];
    let passphrase = passphrase.0.expose();
    match hash.as_str() {
        "sha256" => pbkdf2::pbkdf2_hmac::<Sha256>(passphrase, salt, *rounds, &mut key),
        "sha512" => pbkdf2::pbkdf2_hmac::<Sha512>(passphrase, salt, *rounds, &mut key),
        _ => return Err(DecryptError::Parameters),
    }
    Ok(SecretValue::new(key))
}

/// The nonce stands before the ciphertext, the tag behind it.
fn open(key: &[u8], data: &[u8]) -> Result<SecretValue, DecryptError> {
    match key.len() {
        16 => opened::<Aes128Gcm>(key, data),
        24 => opened::<AesGcm<Aes192, U12>>(key, data),
        _ => opened::<Aes256Gcm>(key, data),
    }
}

fn opened<C>(key: &[u8], data: &[u8]) -> Result<SecretValue, DecryptError>
where
    C: KeyInit + aes_gcm::aead::Aead + aes_gcm::AeadCore<NonceSize = U12>,
{
    let (nonce, sealed) = data.split_at_checked(12).ok_or(DecryptError::Refused)?;
    let cipher = C::new_from_slice(key).map_err(|_| DecryptError::Parameters)?;
    let plain = cipher.decrypt(Nonce::<U12>::from_slice(nonce), sealed);
    plain.map(SecretValue::new).map_err(|_| DecryptError::Refused)
}
