//! Private keys: read from what PEM and archives hold, written as PKCS#8.
//!
//! Invariants: numbers of an RSA key belong together, or the key is refused; a key never shows
//! itself.

use rsa::BigUint;
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};
use zeroize::Zeroizing;

use super::der::{self, Reader};

/// The encoded identifiers.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const ELLIPTIC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const X25519: &[u8] = &[0x2b, 0x65, 0x6e];

/// An elliptic curve.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Curve {
    /// What JSON Web Keys call it.
    pub(crate) name: &'static str,
    /// Its encoded identifier.
    id: &'static [u8],
    /// How many bytes a coordinate has.
    pub(crate) size: usize,
    /// The powers of two that its prime is the sum of, with their signs.
    prime: &'static [(bool, usize)],
    /// The constant of its equation.
    constant: &'static [u8],
}

impl Curve {
    /// Returns whether a point, given by its coordinates, satisfies `y² = x³ - 3x + b`.
    pub(crate) fn holds(&self, coordinates: &[u8]) -> bool {
        let one = || BigUint::from(1_u8);
        let prime = self.prime.iter().fold(BigUint::from(0_u8), |sum, (adds, power)| {
            if *adds { sum + (one() << *power) } else { sum - (one() << *power) }
        });
        let Some((across, up)) = coordinates.split_at_checked(self.size) else { return false };
        let (across, up) = (BigUint::from_bytes_be(across), BigUint::from_bytes_be(up));
        if across >= prime || up >= prime {
            return false;
        }
        let three = BigUint::from(3_u8);
        let constant = BigUint::parse_bytes(self.constant, 16).unwrap_or_default();
        let cube = across.modpow(&three, &prime);
        let right = (cube + constant + &prime * &three - across * &three) % &prime;
        up.modpow(&BigUint::from(2_u8), &prime) == right
    }
}

/// The curves that Go knows.
pub(crate) const CURVES: &[Curve] = &[
    Curve {
        name: "P-224",
        id: &[0x2b, 0x81, 0x04, 0x00, 0x21],
        size: 28,
        prime: &[(true, 224), (false, 96), (true, 0)],
        constant: b"b4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4",
    },
    Curve {
        name: "P-256",
        id: &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
        size: 32,
        prime: &[(true, 256), (false, 224), (true, 192), (true, 96), (false, 0)],
        constant: b"5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
    },
    Curve {
        name: "P-384",
        id: &[0x2b, 0x81, 0x04, 0x00, 0x22],
        size: 48,
        prime: &[(true, 384), (false, 128), (false, 96), (true, 32), (false, 0)],
        constant: b"b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875a\
            c656398d8a2ed19d2a85c8edd3ec2aef",
    },
    Curve {
        name: "P-521",
        id: &[0x2b, 0x81, 0x04, 0x00, 0x23],
        size: 66,
        prime: &[(true, 521), (false, 0)],
        constant: b"051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef10\
            9e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
    },
];

/// A private key.
pub(crate) enum PrivateKey {
    Rsa(Box<rsa::RsaPrivateKey>),
    /// The number, and the point that belongs to it.
    Elliptic(Curve, Zeroizing<Vec<u8>>, Vec<u8>),
    Ed25519(Zeroizing<Vec<u8>>),
    X25519(Zeroizing<Vec<u8>>),
}

/// Reads a key in any of the three forms, or says that it is none.
pub(crate) fn parse(encoded: &[u8]) -> Result<PrivateKey, &'static str> {
    let key = pkcs1(encoded).or_else(|| pkcs8(encoded)).or_else(|| sec1(encoded, None));
    key.ok_or("unable to parse private key type")
}

fn pkcs1(encoded: &[u8]) -> Option<PrivateKey> {
    let mut fields = der::whole(encoded)?;
    (fields.small()? == 0).then_some(())?;
    let mut number = || Some(BigUint::from_bytes_be(fields.number()?));
    let (modulus, public, private) = (number()?, number()?, number()?);
    let primes = vec![number()?, number()?];
    // What follows from the others is there, but not looked at.
    for _ in 0..3 {
        number()?;
    }
    fields.is_empty().then_some(())?;
    rsa_key(modulus, public, private, primes)
}

/// Returns an RSA key whose numbers belong together.
pub(crate) fn rsa_key(
    modulus: BigUint,
    public: BigUint,
    private: BigUint,
    primes: Vec<BigUint>,
) -> Option<PrivateKey> {
    let key = rsa::RsaPrivateKey::from_components(modulus, public, private, primes).ok()?;
    key.validate().ok()?;
    Some(PrivateKey::Rsa(Box::new(key)))
}

/// Reads a key as PKCS#8.
pub(crate) fn pkcs8(encoded: &[u8]) -> Option<PrivateKey> {
    let mut fields = der::whole(encoded)?;
    fields.small()?;
    let mut algorithm = fields.sequence()?;
    let id = algorithm.expect(der::OBJECT_ID)?.content;
    let key = fields.expect(der::OCTET_STRING)?.content;
    let bytes = || {
        let mut inner = Reader(key);
        let bytes = inner.expect(der::OCTET_STRING)?.content;
        (inner.is_empty() && bytes.len() == 32).then(|| Zeroizing::new(bytes.to_vec()))
    };
    match id {
        RSA => pkcs1(key),
        // A point that the key names is believed; what it is for is not computed here.
        ELLIPTIC => {
            let curve = algorithm.expect(der::OBJECT_ID)?.content;
            sec1(key, CURVES.iter().find(|known| known.id == curve).copied())
        }
        ED25519 => bytes().map(PrivateKey::Ed25519),
        X25519 => bytes().map(PrivateKey::X25519),
        _ => None,
    }
}

/// Reads a key on a curve, which the key itself may name.
fn sec1(encoded: &[u8], curve: Option<Curve>) -> Option<PrivateKey> {
    let mut fields = der::whole(encoded)?;
    (fields.small()? == 1).then_some(())?;
    let number = fields.expect(der::OCTET_STRING)?.content;
    let named = fields.optional(0xa0).and_then(|named| {
        let id = Reader(named.content).expect(der::OBJECT_ID)?.content;
        CURVES.iter().find(|known| known.id == id).copied()
    });
    let curve = curve.or(named)?;
    // A key may come without its point, which Go would compute.
    let point = Reader(fields.optional(0xa1)?.content).expect(der::BIT_STRING)?.content;
    let point = point.strip_prefix(&[0])?.to_vec();
    curve.holds(point.strip_prefix(&[4])?).then_some(())?;
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let number = number.get(zeros..)?;
    let padding = curve.size.checked_sub(number.len())?;
    let mut padded = Zeroizing::new(vec![0; padding]);
    padded.extend_from_slice(number);
    Some(PrivateKey::Elliptic(curve, padded, point))
}

/// Returns the key as PKCS#8.
pub(crate) fn to_pkcs8(key: &PrivateKey) -> Option<Zeroizing<Vec<u8>>> {
    let (algorithm, inner) = match key {
        PrivateKey::Rsa(key) => {
            let bytes = |number: &BigUint| der::number(&number.to_bytes_be());
            let [first, second] = key.primes() else { return None };
            let one = BigUint::from(1_u8);
            let inner = der::sequence(&[
                &der::number(&[]),
                &bytes(key.n()),
                &bytes(key.e()),
                &bytes(key.d()),
                &bytes(first),
                &bytes(second),
                &bytes(&(key.d() % (first - &one))),
                &bytes(&(key.d() % (second - &one))),
                // By Fermat: the inverse of the second prime modulo the first.
                &bytes(&second.modpow(&(first - BigUint::from(2_u8)), first)),
            ]);
            (der::sequence(&[&der::identifier(RSA), &der::element(der::NULL, &[])]), inner)
        }
        PrivateKey::Elliptic(curve, number, point) => {
            let inner = der::sequence(&[
                &der::number(&[1]),
                &der::element(der::OCTET_STRING, &[number]),
                &der::element(0xa1, &[&der::bits(point)]),
            ]);
            (der::sequence(&[&der::identifier(ELLIPTIC), &der::identifier(curve.id)]), inner)
        }
        PrivateKey::Ed25519(bytes) => {
            (der::sequence(&[&der::identifier(ED25519)]), der::element(der::OCTET_STRING, &[bytes]))
        }
        PrivateKey::X25519(bytes) => {
            (der::sequence(&[&der::identifier(X25519)]), der::element(der::OCTET_STRING, &[bytes]))
        }
    };
    let inner = Zeroizing::new(inner);
    let parts: &[&[u8]] =
        &[&der::number(&[]), &algorithm, &der::element(der::OCTET_STRING, &[&inner])];
    Some(Zeroizing::new(der::sequence(parts)))
}

/// Returns an RSA key's public half as PKIX writes it.
pub(crate) fn rsa_public(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let algorithm = der::sequence(&[&der::identifier(RSA), &der::element(der::NULL, &[])]);
    let key = der::sequence(&[&der::number(modulus), &der::number(exponent)]);
    der::sequence(&[&algorithm, &der::bits(&key)])
}

/// Returns a point on a curve as PKIX writes it.
pub(crate) fn elliptic_public(curve: Curve, point: &[u8]) -> Vec<u8> {
    let algorithm = der::sequence(&[&der::identifier(ELLIPTIC), &der::identifier(curve.id)]);
    der::sequence(&[&algorithm, &der::bits(point)])
}

/// Returns a key of Ed25519 as PKIX writes it.
pub(crate) fn edwards_public(point: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::sequence(&[&der::identifier(ED25519)]), &der::bits(point)])
}
