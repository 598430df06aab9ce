//! Functions that make digests and base64 of texts, which names are made unique by.
//!
//! Invariant: only a text that is known as a whole has a digest.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::Arguments;
use crate::data::Data;

/// Calls a function of digests and base64; nothing when it is another function or not known.
pub(super) fn call(name: &str, arguments: &Arguments) -> Option<Data> {
    let text = || arguments.known(0);
    let made = match name {
        "md5" => hex::<Md5>(&text()?),
        "sha1" => hex::<Sha1>(&text()?),
        "sha256" => hex::<Sha256>(&text()?),
        "sha512" => hex::<Sha512>(&text()?),
        "base64sha256" => STANDARD.encode(Sha256::digest(text()?.as_bytes())),
        "base64sha512" => STANDARD.encode(Sha512::digest(text()?.as_bytes())),
        "base64encode" => STANDARD.encode(text()?.as_bytes()),
        "base64decode" => String::from_utf8(STANDARD.decode(text()?.as_bytes()).ok()?).ok()?,
        _ => return None,
    };
    Some(Data::text(made))
}

fn hex<D: Digest>(text: &str) -> String {
    use std::fmt::Write as _;
    D::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
