//! What sprig makes of passwords: AES, and passwords derived from one.
//!
//! Invariants: what is derived or decrypted is Go's, byte for byte; what is encrypted starts from
//! zeros instead of something random, and is marked as generated.

use super::Parameter::{Text as AnyText, Uint32};
use super::{Answer, Function, base64, stop};
use crate::call::Invocation;
use crate::keys::cipher::{self, Cipher, Hash};
use crate::origin::Origin;
use crate::text::Text;

pub(super) const TABLE: &[Function] = &[
    Function::plain("decryptAES", &[AnyText, AnyText], decrypt),
    Function::plain("derivePassword", &[Uint32, AnyText, AnyText, AnyText, AnyText], derive),
    Function {
        deterministic: false,
        ..Function::plain("encryptAES", &[AnyText, AnyText], encrypt)
    },
];

/// What deriving a key from a password is counted as: it takes 32 MiB, and time on purpose.
const DERIVING_STEPS: usize = 100_000;

/// Returns the first bytes of a password, filled up with zeros.
fn key(password: &Text) -> [u8; 32] {
    let mut key = [0; 32];
    for (byte, given) in key.iter_mut().zip(password.as_bytes()) {
        *byte = *given;
    }
    key
}

fn encrypt(call: &mut Invocation<'_, '_>) -> Answer {
    let (password, plain) = (call.text(0), call.text(1));
    if plain.is_empty() {
        return Ok("".into());
    }
    call.pay_text(plain.len().saturating_mul(4))?;
    let start = [0; 16];
    let encrypted = cipher::encrypt_aes(&key(&password), &start, plain.as_bytes());
    let text = [start.as_slice(), &encrypted];
    let origin = Origin { generated: true, ..Origin::default() };
    Ok(Text::from(base64(&text.concat())).marked(origin).into())
}

fn decrypt(call: &mut Invocation<'_, '_>) -> Answer {
    let (password, text) = (call.text(0), call.text(1));
    if text.is_empty() {
        return Ok("".into());
    }
    call.pay_text(text.len())?;
    let Some(bytes) = super::encoding::decoded(text.as_bytes()) else {
        return stop("illegal base64 data");
    };
    let Some((start, text)) = bytes.split_at_checked(16).filter(|(_, text)| !text.is_empty())
    else {
        return stop("runtime error: slice bounds out of range");
    };
    let Some(plain) = Cipher::Aes256.decrypt(&key(&password), start, text) else {
        return stop("crypto/cipher: input not full blocks");
    };
    let padding = usize::from(plain.last().copied().unwrap_or_default());
    match plain.len().checked_sub(padding).and_then(|length| plain.get(..length)) {
        Some(kept) => Ok(Text::from(kept.to_vec()).into()),
        None => stop("runtime error: slice bounds out of range"),
    }
}

/// The kinds of passwords: which letters stand where.
const KINDS: &[(&str, &[&str])] = &[
    ("basic", &["aaanaaan", "aannaaan", "aaannaaa"]),
    (
        "long",
        &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
    ),
    ("maximum", &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"]),
    ("medium", &["CvcnoCvc", "CvcCvcno"]),
    ("pin", &["nnnn"]),
    ("short", &["Cvcn"]),
];

/// Returns the letters of a class.
fn letters(class: u8) -> &'static [u8] {
    match class {
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// Returns the password that the Master Password algorithm gives.
fn derive(call: &mut Invocation<'_, '_>) -> Answer {
    const SEED: &[u8] = b"com.lyndir.masterpassword";
    let (counter, kind, password) = (call.int(0), call.text(1), call.text(2));
    let (user, site) = (call.text(3), call.text(4));
    let found = KINDS.iter().find(|(name, _)| name.as_bytes() == kind.as_bytes());
    let Some((_, shapes)) = found else {
        return Ok(format!("cannot find password template {}", kind.to_str()).into());
    };
    call.executor.fuel.step(DERIVING_STEPS)?;
    let counted = |text: &Text| [&(text.len() as u32).to_be_bytes(), text.as_bytes()].concat();
    let salt = [SEED, &counted(&user)].concat();
    let mut key = [0; 64];
    let derived = scrypt::Params::new(15, 8, 2, key.len())
        .is_ok_and(|costs| scrypt::scrypt(password.as_bytes(), &salt, &costs, &mut key).is_ok());
    if !derived {
        return stop("failed to derive password");
    }
    let counter = u32::try_from(counter).unwrap_or_default().to_be_bytes();
    let seed = Hash::Sha256.code(&key, &[SEED, &counted(&site), &counter].concat());
    let mut numbers = seed.iter().map(|byte| usize::from(*byte));
    let shape = shapes.get(numbers.next().unwrap_or_default() % shapes.len());
    let classes = shape.copied().unwrap_or_default().bytes();
    let password: Vec<u8> = classes
        .zip(numbers)
        .filter_map(|(class, number)| letters(class).get(number % letters(class).len()).copied())
        .collect();
    Ok(Text::from(password).into())
}
