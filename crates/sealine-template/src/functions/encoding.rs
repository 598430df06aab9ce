//! Encodings and checksums.
//!
//! Invariant: what cannot be decoded gives the decoder's own error text as the result, because
//! that is what ends up in the output.

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use sha1::Digest as _;

use super::Parameter::Text as AnyText;
use super::{Answer, Function};
use crate::call::Invocation;
use crate::text::Text;

pub(super) const TABLE: &[Function] = &[
    Function::plain("adler32sum", &[AnyText], adler32),
    Function::plain("b32dec", &[AnyText], base32_decode),
    Function::plain("b32enc", &[AnyText], base32_encode),
    Function::plain("b64dec", &[AnyText], base64_decode),
    Function::plain("b64enc", &[AnyText], base64_encode),
    Function::plain("sha1sum", &[AnyText], |call| Ok(hex(&sha1::Sha1::digest(bytes(call))).into())),
    Function::plain("sha256sum", &[AnyText], |call| {
        Ok(hex(&sha2::Sha256::digest(bytes(call))).into())
    }),
    Function::plain("sha512sum", &[AnyText], |call| {
        Ok(hex(&sha2::Sha512::digest(bytes(call))).into())
    }),
];

/// What only External Secrets Operator's copy of sprig has.
pub(super) const NEWER: &[Function] = &[Function::plain("hexdec", &[AnyText], hex_decode)];

fn bytes(call: &Invocation<'_, '_>) -> Vec<u8> {
    call.text(0).as_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

fn adler32(call: &mut Invocation<'_, '_>) -> Answer {
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in call.text(0).as_bytes() {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    Ok(((high << 16) | low).to_string().into())
}

fn base64_encode(call: &mut Invocation<'_, '_>) -> Answer {
    let text = call.text(0);
    call.pay_text(text.len().saturating_mul(2))?;
    if let Some(unknown) = call.executor.part_of(&call.value(0)) {
        return Ok(unknown.into());
    }
    Ok(super::base64(text.as_bytes()).into())
}

/// Go's decoder skips line ends, wants padding and does not mind bits left over.
fn base64_decode(call: &mut Invocation<'_, '_>) -> Answer {
    let text = call.text(0);
    call.pay_text(text.len())?;
    if let Some(unknown) = call.executor.part_of(&call.value(0)) {
        return Ok(unknown.into());
    }
    let source = text.as_bytes();
    let result = decoded(source).map_or_else(
        || Text::from(format!("illegal base64 data at input byte {}", corrupt_base64(source))),
        Text::from,
    );
    Ok(result.into())
}

/// Returns what Go's decoder makes of standard base64, where it does not give up.
pub(super) fn decoded(source: &[u8]) -> Option<Vec<u8>> {
    let plain: Vec<u8> =
        source.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&base64::alphabet::STANDARD, config).decode(&plain).ok()
}

/// Returns the byte at which Go's decoder gives up.
fn corrupt_base64(source: &[u8]) -> usize {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    let mut digits = 0_usize;
    let mut bytes = source.iter().enumerate().filter(|(_, byte)| !matches!(byte, b'\r' | b'\n'));
    while let Some((at, byte)) = bytes.next() {
        if is_digit(*byte) {
            digits += 1;
            continue;
        }
        if *byte != b'=' {
            return at;
        }
        let place = digits % 4;
        if place < 2 {
            return at;
        }
        if place == 2 {
            match bytes.next() {
                None => return source.len(),
                Some((_, b'=')) => {}
                Some((at, _)) => return at - usize::from(at > 0),
            }
        }
        return bytes.next().map_or(source.len(), |(at, _)| at);
    }
    // The last group is not full.
    source.len() - digits % 4
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn base32_encode(call: &mut Invocation<'_, '_>) -> Answer {
    let text = call.text(0);
    call.pay_text(text.len().saturating_mul(2))?;
    let mut out = String::with_capacity(text.len().div_ceil(5) * 8);
    for chunk in text.as_bytes().chunks(5) {
        let bits = chunk.iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
        let bits = bits << (8 * (5 - chunk.len()));
        let digits = (chunk.len() * 8).div_ceil(5);
        for index in 0..8 {
            let digit = (bits >> (35 - 5 * index)) & 31;
            let letter = BASE32.get(digit as usize).copied().unwrap_or(b'=');
            out.push(if index < digits { char::from(letter) } else { '=' });
        }
    }
    Ok(out.into())
}

fn base32_decode(call: &mut Invocation<'_, '_>) -> Answer {
    let text = call.text(0);
    call.pay_text(text.len())?;
    let source: Vec<u8> =
        text.as_bytes().iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let error = |at: usize| Ok(format!("illegal base32 data at input byte {at}").into());
    let mut out = Vec::with_capacity(source.len());
    for (index, group) in source.chunks(8).enumerate() {
        let start = index * 8;
        let digits = group.iter().take_while(|byte| **byte != b'=').count();
        let mut bits = 0_u64;
        for (at, byte) in group.iter().take(digits).enumerate() {
            let digit = BASE32.iter().position(|digit| digit == byte);
            let Some(digit) = digit else { return error(start + at) };
            bits = (bits << 5) | digit as u64;
        }
        if group.len() < 8 {
            // Padding that is too short is noticed at its end, none at all at the group's start.
            let is_padded = digits >= 2 && digits < group.len();
            return error(match (is_padded, digits < group.len()) {
                (true, _) => source.len(),
                (false, true) => start + digits,
                (false, false) => start,
            });
        }
        if digits < 8 {
            let odd = group.iter().skip(digits).position(|byte| *byte != b'=');
            match odd {
                _ if digits < 2 => return error(start + digits),
                Some(odd) => return error(start + digits + odd - 1),
                None if matches!(digits, 3 | 6) => return error(start + digits),
                None => {}
            }
        }
        bits <<= 5 * (8 - digits);
        let bytes = bits.to_be_bytes();
        out.extend(bytes.iter().skip(3).take(digits * 5 / 8));
        if digits < 8 {
            // What follows the padding is not looked at.
            break;
        }
    }
    Ok(Text::from(out).into())
}

fn hex_decode(call: &mut Invocation<'_, '_>) -> Answer {
    let text = call.text(0);
    call.pay_text(text.len())?;
    let digit = |byte: &u8| char::from(*byte).to_digit(16).map(|digit| digit as u8);
    let digits: Option<Vec<u8>> = text.as_bytes().iter().map(digit).collect();
    match digits {
        None => Ok("encoding/hex: invalid byte".into()),
        Some(digits) if digits.len() % 2 == 1 => Ok("encoding/hex: odd length hex string".into()),
        Some(digits) => {
            let pairs = digits.chunks_exact(2);
            let bytes = pairs.map(|pair| pair.iter().fold(0, |byte, digit| (byte << 4) | digit));
            Ok(Text::from(bytes.collect::<Vec<u8>>()).into())
        }
    }
}
