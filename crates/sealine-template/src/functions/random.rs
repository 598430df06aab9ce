//! Functions whose result is different each time: keys, certificates, random texts.
//!
//! Invariants: the result is a fixed placeholder of the right shape, marked as generated; it is
//! never a secret, and nothing is computed that costs time.

use super::Parameter::{Int, Text as AnyText};
use super::{Answer, Function, Parameter, stop};
use crate::call::Invocation;
use crate::keys::{certificate, pem};
use crate::object::Record;
use crate::origin::Origin;
use crate::text::Text;
use crate::value::Value;

const LIST: Parameter = Parameter::List;

const CERTIFICATE: Parameter = Parameter::Struct("sprig.certificate");

pub(super) const TABLE: &[Function] = &[
    random("bcrypt", &[AnyText], |_| Ok(generated(&format!("$2a$10${}", "x".repeat(53))))),
    Function::plain("buildCustomCert", &[AnyText, AnyText], build_custom_cert),
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

const fn random(
    name: &'static str,
    parameters: &'static [Parameter],
    body: super::Implementation,
) -> Function {
    Function { deterministic: false, ..Function::plain(name, parameters, body) }
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
        return stop("invalid argument to Intn");
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
    let decode = |text: Text| {
        let decoded = super::encoding::decoded(text.as_bytes());
        decoded.map(|bytes| Text::from(bytes).marked(text.common_origin()))
    };
    let (Some(certificate), Some(key)) = (decode(call.text(0)), decode(call.text(1))) else {
        return stop("unable to decode base64 certificate");
    };
    let (Some(block), _) = pem::decode(certificate.as_bytes()) else {
        return stop("unable to decode certificate");
    };
    if certificate::parse(&block.content).is_err() {
        return stop("error parsing certificate: decodedCert.Bytes: x509: malformed certificate");
    }
    let (Some(_), _) = pem::decode(key.as_bytes()) else {
        return stop("error parsing private key: no PEM data in input");
    };
    let fields = vec![("Cert", certificate.into()), ("Key", key.into())];
    Ok(Value::object(Record::new("sprig.certificate", fields)))
}
