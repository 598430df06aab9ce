//! How services spell bytes.
//!
//! Invariant: the bytes of a data key are wiped wherever they pass through.

use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, Engine};
use sealine_sops::DataKey;
use zeroize::Zeroizing;

use crate::fault::KeyFault;

/// Padding is written, and need not be there to be read.
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// Base64 as most services write it.
pub(super) const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);

/// Base64 as Azure writes it.
pub(super) const URL_SAFE: GeneralPurpose =
    GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT.with_encode_padding(false));

/// Returns the data key that a service spells so.
pub(super) fn data_key(text: &str, spelling: &impl Engine) -> Result<DataKey, KeyFault> {
    let bytes = spelling.decode(text).map(Zeroizing::new);
    let bytes = bytes.map_err(|_| KeyFault::NotAKey("the answer is not base64".to_owned()))?;
    DataKey::from_bytes(&bytes).map_err(|fault| KeyFault::NotAKey(fault.to_string()))
}

/// Returns the wrapped key of a file, which is base64.
pub(super) fn wrapped(enc: &str, spelling: &impl Engine) -> Result<Vec<u8>, KeyFault> {
    let bytes = spelling.decode(enc.trim());
    bytes.map_err(|_| KeyFault::NotAKey("the wrapped key in the file is not base64".to_owned()))
}

/// Returns a text within the JSON of an answer.
pub(super) fn text(body: &[u8], pointer: &str) -> Result<Zeroizing<String>, KeyFault> {
    sealine_credentials::text(body, pointer)
        .ok_or_else(|| KeyFault::NotAKey(format!("the answer has no `{pointer}`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_read_with_and_without_padding() {
        for text in ["AAECAw==", "AAECAw"] {
            assert_eq!(wrapped(text, &STANDARD), Ok(vec![0, 1, 2, 3]));
            assert_eq!(wrapped(text, &URL_SAFE), Ok(vec![0, 1, 2, 3]));
        }
        assert_eq!(URL_SAFE.encode([251, 255, 0, 1]), "-_8AAQ");
        assert_eq!(STANDARD.encode([251, 255, 0, 1]), "+/8AAQ==");
        assert!(wrapped("hunter2!", &STANDARD).is_err());
    }

    #[test]
    fn an_answer_that_is_no_key_is_not_shown() {
        for fault in [
            data_key("aHVudGVyMg==", &STANDARD).unwrap_err(),
            data_key("hunter2!", &STANDARD).unwrap_err(),
            text(b"{\"plaintext\": [\"hunter2\"]}", "/plaintext").unwrap_err(),
        ] {
            assert!(!format!("{fault} {fault:?}").contains("hunter2"), "{fault}");
        }
    }
}
