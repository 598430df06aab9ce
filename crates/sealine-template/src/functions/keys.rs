//! What External Secrets Operator brings for keys, certificates and archives.
//!
//! Invariants: a result is the operator's, byte for byte, but for archives, whose salts are random
//! there: these are marked as generated. No message holds what was given.

use rsa::Oaep;

use super::Parameter::Text as AnyText;
use super::{Answer, Function, Stop, stop};
use crate::call::Invocation;
use crate::error::unsupported;
use crate::keys::archive::{self, Closed, Contents};
use crate::keys::certificate::{self, Certificate};
use crate::keys::private::{self, PrivateKey};
use crate::keys::{jwk, pem};
use crate::origin::Origin;
use crate::text::Text;
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    Function::plain("certSANs", &[AnyText], names),
    Function::plain("filterCertChain", &[AnyText, AnyText], filter_chain),
    Function::plain("filterPEM", &[AnyText, AnyText], filter_pem),
    archive("fullPemToPkcs12", &[AnyText, AnyText], |call| seal(call, true, None)),
    archive("fullPemToPkcs12Pass", &[AnyText, AnyText, AnyText], |call| seal(call, true, Some(2))),
    Function::plain("jwkPrivateKeyPem", &[AnyText], jwk_private),
    Function::plain("jwkPublicKeyPem", &[AnyText], jwk_public),
    archive("pemToPkcs12", &[AnyText, AnyText], |call| seal(call, false, None)),
    archive("pemToPkcs12Pass", &[AnyText, AnyText, AnyText], |call| seal(call, false, Some(2))),
    archive("pemTruststoreToPKCS12", &[AnyText], |call| seal_trust(call, None)),
    archive("pemTruststoreToPKCS12Pass", &[AnyText, AnyText], |call| seal_trust(call, Some(1))),
    Function::plain("pkcs12cert", &[AnyText], |call| opened_certificates(call, None, 0)),
    Function::plain("pkcs12certPass", &[AnyText, AnyText], |call| {
        opened_certificates(call, Some(0), 1)
    }),
    Function::plain("pkcs12key", &[AnyText], |call| opened_key(call, None, 0)),
    Function::plain("pkcs12keyPass", &[AnyText, AnyText], |call| opened_key(call, Some(0), 1)),
    Function::plain("rsaDecrypt", &[AnyText, AnyText, AnyText, AnyText], rsa_decrypt),
];

/// What hashing a password thousands of times is counted as.
const ARCHIVE_STEPS: usize = 100_000;

/// What reading or using a key is counted as.
const KEY_STEPS: usize = 10_000;

/// What Go says where a text holds no block.
const NO_BLOCK: &str = "runtime error: invalid memory address or nil pointer dereference";

const fn archive(
    name: &'static str,
    parameters: &'static [super::Parameter],
    body: super::Implementation,
) -> Function {
    Function { deterministic: false, ..Function::plain(name, parameters, body) }
}

fn pay(call: &mut Invocation<'_, '_>, steps: usize) -> Result<(), Stop> {
    Ok(call.executor.fuel.step(steps)?)
}

/// Returns a text from its first block on, which newer releases of the operator begin with.
fn from_first_block(text: &[u8]) -> &[u8] {
    let begin = b"-----BEGIN";
    let at = text.windows(begin.len()).position(|window| window == begin);
    text.get(at.unwrap_or(0)..).unwrap_or_default()
}

fn filter_pem(call: &mut Invocation<'_, '_>) -> Answer {
    let (kind, text) = (call.text(0), call.text(1));
    call.pay_text(text.len().saturating_mul(2))?;
    let wanted = kind.to_str().to_lowercase();
    let mut kept = Vec::new();
    let mut rest = from_first_block(text.as_bytes());
    while let (Some(block), left) = pem::decode(rest) {
        rest = left;
        if String::from_utf8_lossy(&block.kind).to_lowercase() == wanted {
            let Some(encoded) = block.encode() else {
                return stop("pem: cannot encode a header key that contains a colon");
            };
            kept.extend(encoded);
        }
    }
    if kept.is_empty() && !rest.is_empty() {
        return stop("error filtering pem: found junk");
    }
    Ok(Text::from(kept).into())
}

fn filter_chain(call: &mut Invocation<'_, '_>) -> Answer {
    let (kind, text) = (call.text(0), call.text(1));
    call.pay_text(text.len().saturating_mul(2))?;
    pay(call, KEY_STEPS)?;
    let chain = match certificate::chain(text.as_bytes()) {
        Ok(chain) => chain,
        Err(reason) => return stop(reason),
    };
    let written = match kind.as_bytes() {
        b"leaf" => chain.first().filter(|first| !first.is_root()).map(Certificate::pem),
        b"intermediate" => {
            let between = chain.iter().skip(1).take_while(|one| !one.is_root());
            Some(between.map(Certificate::pem).collect())
        }
        b"root" => chain.last().filter(|last| last.is_root()).map(Certificate::pem),
        _ => None,
    };
    Ok(written.unwrap_or_default().into())
}

fn names(call: &mut Invocation<'_, '_>) -> Answer {
    let text = call.text(0);
    pay(call, KEY_STEPS)?;
    let (Some(block), _) = pem::decode(from_first_block(text.as_bytes())) else {
        return stop("failed to decode PEM block");
    };
    match certificate::parse(&block.content) {
        Ok(certificate) => {
            Ok(Value::texts(certificate.names.into_iter().map(Text::from).collect()))
        }
        Err(reason) => stop(format!("failed to parse certificate: {reason}")),
    }
}

fn jwk_of(call: &mut Invocation<'_, '_>) -> Result<crate::value::Map, Stop> {
    pay(call, KEY_STEPS)?;
    let text = call.text(0);
    let value = crate::read::json(&text, &mut call.executor.fuel)?;
    match value.as_map() {
        Some(map) => Ok(map.clone()),
        None => stop("failed to unmarshal data"),
    }
}

fn jwk_public(call: &mut Invocation<'_, '_>) -> Answer {
    match jwk::public(&jwk_of(call)?) {
        Ok(encoded) => Ok(pem::encode("PUBLIC KEY", &encoded).into()),
        Err(reason) => stop(reason),
    }
}

fn jwk_private(call: &mut Invocation<'_, '_>) -> Answer {
    match jwk::private(&jwk_of(call)?) {
        Ok(key) => written(&key),
        Err(reason) => stop(reason),
    }
}

/// Returns a key as a block of PEM.
fn written(key: &PrivateKey) -> Answer {
    match private::to_pkcs8(key) {
        Some(encoded) => Ok(pem::encode("PRIVATE KEY", &encoded).into()),
        None => stop("the key cannot be written"),
    }
}

/// Opens the archive of one argument with the password of another.
fn opened(
    call: &mut Invocation<'_, '_>,
    password: Option<usize>,
    archive: usize,
    refusal: &str,
) -> Result<Contents, Stop> {
    pay(call, ARCHIVE_STEPS)?;
    let password = password.map(|index| call.text(index)).unwrap_or_default();
    match archive::open(call.text(archive).as_bytes(), &password.to_str()) {
        Ok(contents) => Ok(contents),
        Err(Closed::Refused(reason)) => stop(format!("{refusal}: {reason}")),
        Err(Closed::TooExpensive) => {
            Err(unsupported("sealine does not hash a password that often").into())
        }
    }
}

fn opened_key(call: &mut Invocation<'_, '_>, password: Option<usize>, archive: usize) -> Answer {
    written(&opened(call, password, archive, "unable to decode pkcs12 with password")?.key)
}

fn opened_certificates(
    call: &mut Invocation<'_, '_>,
    password: Option<usize>,
    archive: usize,
) -> Answer {
    let refusal = "unable to decode pkcs12 certificate with password";
    let contents = opened(call, password, archive, refusal)?;
    let unordered: String = contents.certificates.iter().map(Certificate::pem).collect();
    // Where they are no one chain, they stay as they are.
    let ordered = certificate::chain(unordered.as_bytes());
    let text = ordered.map(|chain| chain.iter().map(Certificate::pem).collect());
    Ok(text.unwrap_or(unordered).into())
}

/// Returns the certificates of a text that holds nothing else.
fn all_certificates(mut rest: &[u8]) -> Result<Vec<Certificate>, Stop> {
    let mut all = Vec::new();
    while !rest.is_empty() {
        let (Some(block), left) = pem::decode(rest) else { return stop(NO_BLOCK) };
        rest = left;
        all.push(certificate::parse(&block.content).or_else(stop)?);
    }
    Ok(all)
}

fn sealed(
    call: &mut Invocation<'_, '_>,
    key: Option<&PrivateKey>,
    certificates: &[Certificate],
    password: Option<usize>,
) -> Answer {
    let password = password.map(|index| call.text(index)).unwrap_or_default();
    match archive::seal(key, certificates, &password.to_str()) {
        Ok(archive) => {
            let origin = Origin { generated: true, ..Origin::default() };
            Ok(Text::from(super::base64(&archive)).marked(origin).into())
        }
        Err(Closed::Refused(reason)) => stop(reason),
        Err(Closed::TooExpensive) => stop("pkcs12: too many rounds"),
    }
}

fn seal(call: &mut Invocation<'_, '_>, takes_all: bool, password: Option<usize>) -> Answer {
    pay(call, ARCHIVE_STEPS)?;
    let text = call.text(0);
    let (Some(block), rest) = pem::decode(text.as_bytes()) else { return stop(NO_BLOCK) };
    let mut certificates = vec![certificate::parse(&block.content).or_else(stop)?];
    if takes_all {
        certificates.extend(all_certificates(rest)?);
    }
    let key = call.text(1);
    let (Some(block), _) = pem::decode(key.as_bytes()) else { return stop(NO_BLOCK) };
    let key = private::parse(&block.content).or_else(stop)?;
    sealed(call, Some(&key), &certificates, password)
}

fn seal_trust(call: &mut Invocation<'_, '_>, password: Option<usize>) -> Answer {
    pay(call, ARCHIVE_STEPS)?;
    let certificates = all_certificates(call.text(0).as_bytes())?;
    sealed(call, None, &certificates, password)
}

fn rsa_decrypt(call: &mut Invocation<'_, '_>) -> Answer {
    let (scheme, hash, text, key) = (call.text(0), call.text(1), call.text(2), call.text(3));
    match scheme.as_bytes() {
        b"None" => return Ok(text.into()),
        b"RSA-OAEP" => {}
        _ => return stop("the decryption scheme is not supported"),
    }
    pay(call, KEY_STEPS)?;
    let (Some(block), _) = pem::decode(key.as_bytes()) else {
        return stop("failed to decode PEM block");
    };
    let key = match private::parse(&block.content) {
        Ok(PrivateKey::Rsa(key)) => key,
        Ok(_) => return stop("could not parse RSA private key"),
        Err(reason) => return stop(format!("could not parse private key: {reason}")),
    };
    let padding = match hash.as_bytes() {
        b"SHA1" => Oaep::new::<sha1::Sha1>(),
        b"SHA512" => Oaep::new::<sha2::Sha512>(),
        _ => Oaep::new::<sha2::Sha256>(),
    };
    match key.decrypt(padding, text.as_bytes()) {
        Ok(plain) => Ok(Text::from(plain).into()),
        Err(_) => stop("error decrypting data with RSA: crypto/rsa: decryption error"),
    }
}
