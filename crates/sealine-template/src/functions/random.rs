//! Functions whose result is different each time: keys, certificates, random texts.
//!
//! Invariants: the result is a fixed placeholder of the right shape, marked as generated; it is
//! never a secret, and nothing is computed that costs time.

use super::Parameter::{Int, Text as AnyText};
use super::{Answer, Function, Parameter, Stop};
use crate::call::Invocation;
use crate::error::unsupported;
use crate::object::Record;
use crate::origin::Origin;
use crate::text::Text;
use crate::value::Value;

const LIST: Parameter = Parameter::List;

const CERTIFICATE: Parameter = Parameter::Struct("sprig.certificate");

pub(super) const TABLE: &[Function] = &[
    random("bcrypt", &[AnyText], |_| Ok(generated(&format!("$2a$10${}", "x".repeat(53))))),
    Function::plain("buildCustomCert", &[AnyText, AnyText], build_custom_cert),
    unknown("decryptAES", &[AnyText, AnyText]),
    unknown("derivePassword", &[Parameter::Uint32, AnyText, AnyText, AnyText, AnyText]),
    random("encryptAES", &[AnyText, AnyText], |_| Ok(generated("placeholder"))),
    random("genCA", &[AnyText, Int], |_| Ok(certificate())),
    random("genCAWithKey", &[AnyText, Int, AnyText], |_| Ok(certificate())),
    random("genPrivateKey", &[AnyText], private_key),
    random("genSelfSignedCert", &[AnyText, LIST, LIST, Int], |_| Ok(certificate())),
    random("genSelfSignedCertWithKey", &[AnyText, LIST, LIST, Int, AnyText], |_| Ok(certificate())),
    random("genSignedCert", &[AnyText, LIST, LIST, Int, CERTIFICATE], |_| Ok(certificate())),
    random("genSignedCertWithKey", &[AnyText, LIST, LIST, Int, CERTIFICATE, AnyText], |_| {
        Ok(certificate())
    }),
    random("htpasswd", &[AnyText, AnyText], htpasswd),
    random("randAlpha", &[Int], |call| letters(call, "x")),
    random("randAlphaNum", &[Int], |call| letters(call, "x")),
    random("randAscii", &[Int], |call| letters(call, "x")),
    random("randBytes", &[Int], rand_bytes),
    random("randInt", &[Int, Int], rand_int),
    random("randNumeric", &[Int], |call| letters(call, "1")),
    random("shuffle", &[AnyText], |call| Ok(call.text(0).marked(origin()).into())),
    random("uuidv4", &[], |_| Ok(generated("00000000-0000-4000-8000-000000000000"))),
];

/// What External Secrets Operator brings of its own for keys and certificates.
pub(super) const ESO: &[Function] = &[
    unknown("certSANs", &[AnyText]),
    unknown("filterCertChain", &[AnyText, AnyText]),
    unknown("filterPEM", &[AnyText, AnyText]),
    unknown("fullPemToPkcs12", &[AnyText, AnyText]),
    unknown("fullPemToPkcs12Pass", &[AnyText, AnyText, AnyText]),
    unknown("jwkPrivateKeyPem", &[AnyText]),
    unknown("jwkPublicKeyPem", &[AnyText]),
    unknown("pemToPkcs12", &[AnyText, AnyText]),
    unknown("pemToPkcs12Pass", &[AnyText, AnyText, AnyText]),
    unknown("pemTruststoreToPKCS12", &[AnyText]),
    unknown("pemTruststoreToPKCS12Pass", &[AnyText, AnyText]),
    unknown("pkcs12cert", &[AnyText]),
    unknown("pkcs12certPass", &[AnyText, AnyText]),
    unknown("pkcs12key", &[AnyText]),
    unknown("pkcs12keyPass", &[AnyText, AnyText]),
    unknown("rsaDecrypt", &[AnyText, AnyText, AnyText, AnyText]),
];

const fn random(
    name: &'static str,
    parameters: &'static [Parameter],
    body: super::Implementation,
) -> Function {
    Function { deterministic: false, ..Function::plain(name, parameters, body) }
}

/// A function that is known by name alone.
const fn unknown(name: &'static str, parameters: &'static [Parameter]) -> Function {
    let body: super::Implementation =
        |_| Err(Stop::Own(unsupported("sealine cannot execute this function")));
    Function { supported: false, ..Function::plain(name, parameters, body) }
}

fn origin() -> Origin {
    Origin { generated: true, ..Origin::default() }
}

fn generated(text: &str) -> Value {
    Text::from(text).marked(origin()).into()
}

fn letters(call: &mut Invocation<'_, '_>, letter: &str) -> Answer {
    let count = usize::try_from(call.int(0)).unwrap_or_default();
    call.pay_text(count)?;
    Ok(generated(&letter.repeat(count)))
}

fn rand_bytes(call: &mut Invocation<'_, '_>) -> Answer {
    let count = usize::try_from(call.int(0)).unwrap_or_default();
    call.pay_text(count.saturating_mul(2))?;
    Ok(generated(&super::base64(&vec![0; count])))
}

fn rand_int(call: &mut Invocation<'_, '_>) -> Answer {
    if call.int(1) <= call.int(0) {
        return super::stop("invalid argument to Intn");
    }
    Ok(Value::int(call.int(0)))
}

fn htpasswd(call: &mut Invocation<'_, '_>) -> Answer {
    let user = call.text(0);
    if user.as_bytes().contains(&b':') {
        return Ok(format!("invalid username: {}", user.to_str()).into());
    }
    Ok(generated(&format!("{}:$2a$10${}", user.to_str(), "x".repeat(53))))
}

fn pem(kind: &str) -> String {
    format!("-----BEGIN {kind}-----\nplaceholder\n-----END {kind}-----\n")
}

fn private_key(call: &mut Invocation<'_, '_>) -> Answer {
    let kind = call.text(0);
    Ok(match kind.as_bytes() {
        b"" | b"rsa" => generated(&pem("RSA PRIVATE KEY")),
        b"dsa" => generated(&pem("DSA PRIVATE KEY")),
        b"ecdsa" => generated(&pem("EC PRIVATE KEY")),
        b"ed25519" => generated(&pem("PRIVATE KEY")),
        _ => format!("Unknown type {}", kind.to_str()).into(),
    })
}

fn certificate() -> Value {
    let fields =
        vec![("Cert", generated(&pem("CERTIFICATE"))), ("Key", generated(&pem("RSA PRIVATE KEY")))];
    Value::object(Record::new("sprig.certificate", fields))
}

/// The one function of its family that only decodes what it is given.
fn build_custom_cert(call: &mut Invocation<'_, '_>) -> Answer {
    use base64::Engine as _;
    let decode = |text: Text| {
        let decoded = base64::engine::general_purpose::STANDARD.decode(text.as_bytes());
        decoded.ok().map(|bytes| Value::from(Text::from(bytes).marked(text.common_origin())))
    };
    match (decode(call.text(0)), decode(call.text(1))) {
        (Some(certificate), Some(key)) => {
            let fields = vec![("Cert", certificate), ("Key", key)];
            Ok(Value::object(Record::new("sprig.certificate", fields)))
        }
        _ => super::stop("unable to decode base64 certificate"),
    }
}
