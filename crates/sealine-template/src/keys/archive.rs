//! Archives of keys and certificates: PKCS#12.
//!
//! Invariants: an archive is opened by its password alone; how often a password is hashed is
//! limited, so that no archive costs more than its budget. What is written has salts that never
//! change, since nothing random is made here.

use zeroize::Zeroizing;

use super::certificate::{self, Certificate};
use super::cipher::{self, Cipher, Hash, Purpose};
use super::der::{self, Reader};
use super::private::{self, PrivateKey};

/// The most rounds of hashing that one step may take.
const ROUNDS: u32 = 100_000;

const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
const ENCRYPTED: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x06];
const CERTIFICATE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x16, 0x01];
/// What the bags' identifiers begin with; the last byte tells the kind.
const BAG: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01];
/// What the older ciphers' identifiers begin with; the last byte tells which one.
const OLD_CIPHER: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01];
const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];
const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c];
/// Authentication codes; the last byte tells the hash function.
const CODE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02];
/// AES; the last byte tells size and mode.
const AES: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01];
const SHA1: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x1a];
const SHA2: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];

/// Why an archive was not opened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Closed {
    /// Go refuses it, too.
    Refused(&'static str),
    /// Its password is hashed more often than is done here.
    TooExpensive,
}

type Opened<T> = Result<T, Closed>;

/// What an archive holds.
pub(crate) struct Contents {
    pub(crate) key: PrivateKey,
    /// The key's own certificate first.
    pub(crate) certificates: Vec<Certificate>,
}

fn broken<T>(part: Option<T>) -> Opened<T> {
    part.ok_or(Closed::Refused("pkcs12: error reading P12 data"))
}

/// Returns a password as PKCS#12 hashes it: UTF-16 with a zero at its end.
fn wide(password: &str) -> Opened<Zeroizing<Vec<u8>>> {
    if password.chars().any(|letter| u32::from(letter) > 0xffff) {
        return Err(Closed::Refused(
            "pkcs12: string contains characters that cannot be encoded in UCS-2",
        ));
    }
    Ok(Zeroizing::new(password.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect()))
}

/// Opens an archive of one key and its certificates.
pub(crate) fn open(archive: &[u8], password: &str) -> Opened<Contents> {
    let mut wide = wide(password)?;
    let mut fields = broken(der::whole(archive))?;
    if broken(fields.small())? != 3 {
        return Err(Closed::Refused("pkcs12: can only decode v3 PFX PDU's"));
    }
    let safe = broken(fields.sequence().and_then(|info| content(info, DATA)))?;
    if fields.is_empty() {
        if !password.is_empty() {
            return Err(Closed::Refused("pkcs12: no MAC in data"));
        }
    } else {
        let code = broken(fields.sequence())?;
        if !is_authentic(code, safe, &wide)? {
            // Some programs take no password for none at all.
            wide.clear();
            if !password.is_empty() || !is_authentic(code, safe, &wide)? {
                return Err(Closed::Refused("pkcs12: decryption password incorrect"));
            }
        }
    }
    let mut parts = broken(der::whole(safe))?;
    let (mut key, mut certificates) = (None, Vec::new());
    let mut count = 0;
    while !parts.is_empty() {
        count += 1;
        let part = broken(parts.sequence())?;
        let bags = match content(part, DATA) {
            Some(data) => Zeroizing::new(data.to_vec()),
            None => decrypted_part(part, password, &wide)?,
        };
        let mut bags = broken(der::whole(&bags))?;
        while !bags.is_empty() {
            bag(broken(bags.sequence())?, password, &wide, &mut key, &mut certificates)?;
        }
    }
    if !(1..=2).contains(&count) {
        return Err(Closed::Refused("pkcs12: expected one or two items in the authenticated safe"));
    }
    if certificates.is_empty() {
        return Err(Closed::Refused("pkcs12: certificate missing"));
    }
    let key = key.ok_or(Closed::Refused("pkcs12: private key missing"))?;
    Ok(Contents { key, certificates })
}

/// Returns the bytes of a part of this kind.
fn content<'d>(mut info: Reader<'d>, kind: &[u8]) -> Option<&'d [u8]> {
    let id = info.expect(der::OBJECT_ID)?.content;
    let inner = info.expect(0xa0)?.content;
    if id != kind {
        return None;
    }
    Some(Reader(inner).expect(der::OCTET_STRING)?.content)
}

fn is_authentic(mut data: Reader<'_>, safe: &[u8], password: &[u8]) -> Opened<bool> {
    let mut digest = broken(data.sequence())?;
    let algorithm = broken(digest.sequence().and_then(|mut it| it.expect(der::OBJECT_ID)))?.content;
    let hash = match algorithm.split_at_checked(SHA2.len()) {
        Some((SHA2, [1])) => Hash::Sha256,
        Some((SHA2, [3])) => Hash::Sha512,
        _ if algorithm == SHA1 => Hash::Sha1,
        _ => return Err(Closed::Refused("pkcs12: MAC digest algorithm not supported")),
    };
    let wanted = broken(digest.expect(der::OCTET_STRING))?.content;
    let salt = broken(data.expect(der::OCTET_STRING))?.content;
    let rounds = if data.is_empty() { 1 } else { broken(data.small())? };
    let key = cipher::pkcs12(hash, Purpose::Code, password, salt, limited(rounds)?, hash.size());
    Ok(hash.code(&key, safe) == wanted)
}

fn limited(rounds: u32) -> Opened<u32> {
    if rounds > ROUNDS { Err(Closed::TooExpensive) } else { Ok(rounds.max(1)) }
}

fn decrypted_part(mut info: Reader<'_>, password: &str, wide: &[u8]) -> Opened<Zeroizing<Vec<u8>>> {
    let id = broken(info.expect(der::OBJECT_ID))?.content;
    if id != ENCRYPTED {
        return Err(Closed::Refused(
            "pkcs12: only data and encryptedData content types are supported",
        ));
    }
    let inner = broken(info.expect(0xa0))?.content;
    let mut data = broken(der::whole(inner))?;
    broken(data.small())?;
    let mut content = broken(data.sequence())?;
    broken(content.expect(der::OBJECT_ID))?;
    let algorithm = broken(content.sequence())?;
    let text = broken(content.expect(0x80))?.content;
    decrypted(algorithm, text, password, wide)
}

fn decrypted(
    mut algorithm: Reader<'_>,
    text: &[u8],
    password: &str,
    wide: &[u8],
) -> Opened<Zeroizing<Vec<u8>>> {
    const WRONG: Closed = Closed::Refused("pkcs12: decryption error, incorrect padding");
    let id = broken(algorithm.expect(der::OBJECT_ID))?.content;
    let parameters = broken(algorithm.sequence())?;
    let old = id.strip_prefix(OLD_CIPHER);
    let (cipher, key, start) = match old {
        Some([3]) => derived(Cipher::TripleDes, parameters, wide)?,
        Some([5]) => derived(Cipher::Rc2(16), parameters, wide)?,
        Some([6]) => derived(Cipher::Rc2(5), parameters, wide)?,
        None if id == PBES2 => newer(parameters, password)?,
        _ => return Err(Closed::Refused("pkcs12: pbe algorithm is not supported")),
    };
    let mut plain = cipher.decrypt(&key, &start, text).ok_or(WRONG)?;
    let padding = usize::from(plain.last().copied().unwrap_or_default());
    let kept =
        plain.len().checked_sub(padding).filter(|_| (1..=cipher.block_size()).contains(&padding));
    let kept = kept.ok_or(WRONG)?;
    if plain.iter().skip(kept).any(|byte| usize::from(*byte) != padding) {
        return Err(WRONG);
    }
    plain.truncate(kept);
    Ok(plain)
}

type Keyed = (Cipher, Zeroizing<Vec<u8>>, Vec<u8>);

fn derived(cipher: Cipher, mut parameters: Reader<'_>, password: &[u8]) -> Opened<Keyed> {
    let salt = broken(parameters.expect(der::OCTET_STRING))?.content;
    let rounds = limited(broken(parameters.small())?)?;
    let derive = |purpose, size| cipher::pkcs12(Hash::Sha1, purpose, password, salt, rounds, size);
    let key = derive(Purpose::Key, cipher.key_size());
    let start = derive(Purpose::Start, cipher.block_size());
    Ok((cipher, key, start.to_vec()))
}

fn newer(mut parameters: Reader<'_>, password: &str) -> Opened<Keyed> {
    let mut derivation = broken(parameters.sequence())?;
    if broken(derivation.expect(der::OBJECT_ID))?.content != PBKDF2 {
        return Err(Closed::Refused("pkcs12: pbes2 kdf algorithm is not supported"));
    }
    let mut fields = broken(derivation.sequence())?;
    let salt = broken(fields.expect(der::OCTET_STRING))?.content;
    let rounds = limited(broken(fields.small())?)?;
    if fields.optional(der::INTEGER).is_none() {
        // The length of the key follows from the cipher.
    }
    let hash = match fields.sequence() {
        None => Hash::Sha1,
        Some(mut hash) => match broken(hash.expect(der::OBJECT_ID))?.content.strip_prefix(CODE) {
            Some([7]) => Hash::Sha1,
            Some([9]) => Hash::Sha256,
            Some([11]) => Hash::Sha512,
            _ => return Err(Closed::Refused("pkcs12: pbes2 prf is not supported")),
        },
    };
    let mut scheme = broken(parameters.sequence())?;
    let cipher = match broken(scheme.expect(der::OBJECT_ID))?.content.strip_prefix(AES) {
        Some([2]) => Cipher::Aes128,
        Some([22]) => Cipher::Aes192,
        Some([42]) => Cipher::Aes256,
        _ => return Err(Closed::Refused("pkcs12: pbes2 algorithm is not supported")),
    };
    let start = broken(scheme.expect(der::OCTET_STRING))?.content.to_vec();
    let key = cipher::pbkdf2(hash, password.as_bytes(), salt, rounds, cipher.key_size());
    Ok((cipher, key, start))
}

fn bag(
    mut bag: Reader<'_>,
    password: &str,
    wide: &[u8],
    key: &mut Option<PrivateKey>,
    certificates: &mut Vec<Certificate>,
) -> Opened<()> {
    let id = broken(bag.expect(der::OBJECT_ID))?.content;
    let value = broken(bag.expect(0xa0))?.content;
    let found = match id.strip_prefix(BAG) {
        Some([1]) => private::pkcs8(value),
        Some([2]) => {
            let mut fields = broken(der::whole(value))?;
            let algorithm = broken(fields.sequence())?;
            let text = broken(fields.expect(der::OCTET_STRING))?.content;
            private::pkcs8(&decrypted(algorithm, text, password, wide)?)
        }
        Some([3]) => {
            let mut fields = broken(der::whole(value))?;
            if broken(fields.expect(der::OBJECT_ID))?.content != CERTIFICATE {
                let reason = "pkcs12: only X509 certificates are supported in cert bags";
                return Err(Closed::Refused(reason));
            }
            let inner = broken(fields.expect(0xa0))?.content;
            let encoded = broken(Reader(inner).expect(der::OCTET_STRING))?.content;
            certificates.push(certificate::parse(encoded).map_err(Closed::Refused)?);
            return Ok(());
        }
        _ => return Ok(()),
    };
    if key.is_some() {
        return Err(Closed::Refused("pkcs12: expected exactly one key bag"));
    }
    *key = Some(found.ok_or(Closed::Refused("pkcs12: error parsing PKCS#8 private key"))?);
    Ok(())
}

/// How often what is written hashes its password, as Go's library does it today.
const WRITTEN_ROUNDS: u32 = 2048;

/// Returns an archive of certificates and, when there is one, a key: the same for the same input.
pub(crate) fn seal(
    key: Option<&PrivateKey>,
    certificates: &[Certificate],
    password: &str,
) -> Opened<Vec<u8>> {
    let wide = wide(password)?;
    let bag = |kind: u8, value: &[u8]| {
        let id = [BAG, &[kind]].concat();
        der::sequence(&[&der::identifier(&id), &der::element(0xa0, &[value])])
    };
    let certificates: Vec<u8> = certificates
        .iter()
        .flat_map(|certificate| {
            let encoded = der::element(der::OCTET_STRING, &[&certificate.encoded]);
            let inner = der::element(0xa0, &[&encoded]);
            bag(3, &der::sequence(&[&der::identifier(CERTIFICATE), &inner]))
        })
        .collect();
    let (algorithm, text) = encrypted(&der::sequence(&[&certificates]), password);
    let content =
        der::sequence(&[&der::identifier(DATA), &algorithm, &der::element(0x80, &[&text])]);
    let content = der::sequence(&[&der::number(&[]), &content]);
    let mut parts = der::sequence(&[&der::identifier(ENCRYPTED), &der::element(0xa0, &[&content])]);
    if let Some(key) = key {
        let plain = private::to_pkcs8(key);
        let plain = plain.ok_or(Closed::Refused("pkcs12: the key cannot be written"))?;
        let (algorithm, text) = encrypted(&plain, password);
        let shrouded = der::sequence(&[&algorithm, &der::element(der::OCTET_STRING, &[&text])]);
        let bags = der::sequence(&[&bag(2, &shrouded)]);
        parts.extend(data(&bags));
    }
    let safe = der::sequence(&[&parts]);
    let hash = Hash::Sha256;
    let salt = [0; 16];
    let code_key = cipher::pkcs12(hash, Purpose::Code, &wide, &salt, WRITTEN_ROUNDS, hash.size());
    let code = der::element(der::OCTET_STRING, &[&hash.code(&code_key, &safe)]);
    let id = der::identifier(&[SHA2, &[1]].concat());
    let algorithm = der::sequence(&[&id, &der::element(der::NULL, &[])]);
    let authentic = der::sequence(&[
        &der::sequence(&[&algorithm, &code]),
        &der::element(der::OCTET_STRING, &[&salt]),
        &der::number(&WRITTEN_ROUNDS.to_be_bytes()),
    ]);
    Ok(der::sequence(&[&der::number(&[3]), &data(&safe), &authentic]))
}

fn data(bytes: &[u8]) -> Vec<u8> {
    let inner = der::element(0xa0, &[&der::element(der::OCTET_STRING, &[bytes])]);
    der::sequence(&[&der::identifier(DATA), &inner])
}

/// Returns how a text is encrypted, and the text.
fn encrypted(plain: &[u8], password: &str) -> (Vec<u8>, Vec<u8>) {
    let (salt, start) = ([0; 16], [0; 16]);
    let derived = cipher::pbkdf2(Hash::Sha256, password.as_bytes(), &salt, WRITTEN_ROUNDS, 32);
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(&derived);
    let text = cipher::encrypt_aes(&key, &start, plain);
    let code = der::identifier(&[CODE, &[9]].concat());
    let code = der::sequence(&[&code, &der::element(der::NULL, &[])]);
    let derivation = der::sequence(&[
        &der::element(der::OCTET_STRING, &[&salt]),
        &der::number(&WRITTEN_ROUNDS.to_be_bytes()),
        &code,
    ]);
    let derivation = der::sequence(&[&der::identifier(PBKDF2), &derivation]);
    let scheme = der::identifier(&[AES, &[42]].concat());
    let scheme = der::sequence(&[&scheme, &der::element(der::OCTET_STRING, &[&start])]);
    let parameters = der::sequence(&[&derivation, &scheme]);
    (der::sequence(&[&der::identifier(PBES2), &parameters]), text)
}
