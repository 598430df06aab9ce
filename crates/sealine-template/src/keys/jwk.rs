//! JSON Web Keys.
//!
//! Invariant: a key whose fields are missing or of a wrong form is refused.

use base64::Engine as _;
use rsa::BigUint;
use zeroize::Zeroizing;

use super::private::{self, CURVES, Curve, PrivateKey};
use crate::value::Map;

type Read<T> = Result<T, &'static str>;

/// Returns the bytes of a field in any of base64's forms.
fn bytes(key: &Map, field: &'static str) -> Read<Option<Vec<u8>>> {
    let Some(value) = key.get(field) else { return Ok(None) };
    let text = value.as_text().ok_or("a field of the key is no text")?;
    let text = text.to_str();
    let plain: String = text
        .trim_end_matches('=')
        .chars()
        .map(|digit| match digit {
            '+' => '-',
            '/' => '_',
            digit => digit,
        })
        .collect();
    let config = base64::engine::GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone);
    let engine = base64::engine::GeneralPurpose::new(&base64::alphabet::URL_SAFE, config);
    engine.decode(plain).map(Some).map_err(|_| "a field of the key is no base64")
}

fn needed(key: &Map, field: &'static str) -> Read<Vec<u8>> {
    bytes(key, field)?.ok_or("a field of the key is missing")
}

fn text(key: &Map, field: &str) -> String {
    let value = key.get(field);
    let text = value.as_ref().and_then(crate::value::Value::as_text);
    text.map(|text| text.to_str().into_owned()).unwrap_or_default()
}

fn curve(key: &Map) -> Read<Curve> {
    let name = text(key, "crv");
    // One that Go's library for these keys knows only when it is asked for is none here, too.
    let known = CURVES.iter().filter(|curve| curve.name != "P-224");
    known.copied().find(|curve| curve.name == name).ok_or("the key's curve is not known")
}

/// Returns a point from its coordinates.
fn point(key: &Map, curve: Curve) -> Read<Vec<u8>> {
    let mut point = vec![4];
    for field in ["x", "y"] {
        let bytes = needed(key, field)?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let bytes = bytes.get(zeros..).unwrap_or_default();
        let padding = curve.size.checked_sub(bytes.len()).ok_or("the point is not on its curve")?;
        point.extend(std::iter::repeat_n(0, padding));
        point.extend(bytes);
    }
    if !curve.holds(point.get(1..).unwrap_or_default()) {
        return Err("the point is not on its curve");
    }
    Ok(point)
}

/// Returns a public key as PKIX writes it; Go refuses one that holds its private half, too.
pub(crate) fn public(key: &Map) -> Read<Vec<u8>> {
    if key.contains("d") {
        return Err("x509: unsupported public key type");
    }
    match text(key, "kty").as_str() {
        "RSA" => Ok(private::rsa_public(&needed(key, "n")?, &needed(key, "e")?)),
        "EC" => {
            let curve = curve(key)?;
            Ok(private::elliptic_public(curve, &point(key, curve)?))
        }
        "OKP" if text(key, "crv") == "Ed25519" => Ok(private::edwards_public(&needed(key, "x")?)),
        _ => Err("x509: unsupported public key type"),
    }
}

/// Returns a private key.
pub(crate) fn private(key: &Map) -> Read<PrivateKey> {
    const WRONG: &str = "the key's fields do not belong together";
    if !key.contains("d") {
        return Err("x509: unknown key type while marshaling PKCS#8");
    }
    let number = Zeroizing::new(needed(key, "d")?);
    match text(key, "kty").as_str() {
        "RSA" => {
            let field =
                |field| -> Read<BigUint> { Ok(BigUint::from_bytes_be(&needed(key, field)?)) };
            let primes = vec![field("p")?, field("q")?];
            let private = BigUint::from_bytes_be(&number);
            private::rsa_key(field("n")?, field("e")?, private, primes).ok_or(WRONG)
        }
        "EC" => {
            let curve = curve(key)?;
            let padding = curve.size.checked_sub(number.len()).ok_or(WRONG)?;
            let mut padded = Zeroizing::new(vec![0; padding]);
            padded.extend_from_slice(&number);
            Ok(PrivateKey::Elliptic(curve, padded, point(key, curve)?))
        }
        "OKP" if text(key, "crv") == "Ed25519" && number.len() == 32 => {
            needed(key, "x")?;
            Ok(PrivateKey::Ed25519(number))
        }
        _ => Err("x509: unknown key type while marshaling PKCS#8"),
    }
}
