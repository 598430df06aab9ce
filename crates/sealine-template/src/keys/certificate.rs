//! Certificates: which signed which.
//!
//! Invariant: a certificate is passed on byte for byte as it was read.

use super::der::{self, Element, Reader};
use super::pem;

/// What PEM calls a certificate.
pub(crate) const KIND: &str = "CERTIFICATE";

const SUBJECT_KEY: &[u8] = &[0x55, 0x1d, 0x0e];
const AUTHORITY_KEY: &[u8] = &[0x55, 0x1d, 0x23];
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 0x11];

/// A certificate that was read.
#[derive(Clone)]
pub(crate) struct Certificate {
    pub(crate) encoded: Vec<u8>,
    pub(crate) subject_key: Vec<u8>,
    /// The key of who signed it, where it says so.
    pub(crate) authority_key: Option<Vec<u8>>,
    pub(crate) names: Vec<String>,
}

impl Certificate {
    pub(crate) fn is_root(&self) -> bool {
        self.authority_key.as_ref().is_none_or(|key| *key == self.subject_key)
    }

    fn signer_key(&self) -> &[u8] {
        self.authority_key.as_deref().unwrap_or_default()
    }

    /// Returns it as a block of PEM.
    pub(crate) fn pem(&self) -> String {
        pem::encode(KIND, &self.encoded)
    }
}

/// Reads one certificate, or says that it is none.
pub(crate) fn parse(encoded: &[u8]) -> Result<Certificate, &'static str> {
    read(encoded).ok_or("x509: malformed certificate")
}

fn read(encoded: &[u8]) -> Option<Certificate> {
    let mut outer = der::whole(encoded)?;
    let mut inner = outer.sequence()?;
    outer.sequence()?;
    outer.expect(der::BIT_STRING)?;
    let mut certificate = Certificate {
        encoded: encoded.to_vec(),
        subject_key: Vec::new(),
        authority_key: None,
        names: Vec::new(),
    };
    inner.optional(0xa0);
    inner.expect(der::INTEGER)?;
    inner.sequence()?; // signature algorithm
    names(inner.expect(der::SEQUENCE)?)?; // issuer
    let mut validity = inner.sequence()?;
    for _ in 0..2 {
        validity.next().filter(|time| matches!(time.tag, 0x17 | 0x18))?;
    }
    names(inner.expect(der::SEQUENCE)?)?; // subject
    let mut key = inner.sequence()?;
    key.sequence()?;
    key.expect(der::BIT_STRING)?;
    inner.optional(0x81);
    inner.optional(0x82);
    if let Some(extensions) = inner.optional(0xa3) {
        let mut extensions = Reader(extensions.content).sequence()?;
        while !extensions.is_empty() {
            extension(extensions.sequence()?, &mut certificate)?;
        }
    }
    (outer.is_empty() && inner.is_empty()).then_some(certificate)
}

/// Checks the shape of a distinguished name.
fn names(name: Element<'_>) -> Option<()> {
    let mut parts = Reader(name.content);
    while !parts.is_empty() {
        parts.expect(der::SET)?;
    }
    Some(())
}

fn extension(mut extension: Reader<'_>, certificate: &mut Certificate) -> Option<()> {
    let id = extension.expect(der::OBJECT_ID)?.content;
    extension.optional(0x01);
    let value = extension.expect(der::OCTET_STRING)?.content;
    match id {
        SUBJECT_KEY => {
            let mut reader = Reader(value);
            certificate.subject_key = reader.expect(der::OCTET_STRING)?.content.to_vec();
        }
        AUTHORITY_KEY => {
            let mut fields = der::whole(value)?;
            certificate.authority_key = fields.optional(0x80).map(|key| key.content.to_vec());
        }
        ALTERNATIVE_NAMES => certificate.names = alternative_names(der::whole(value)?)?,
        _ => {}
    }
    Some(())
}

/// Returns the names by kind: hosts, addresses, mail addresses, URIs.
fn alternative_names(mut all: Reader<'_>) -> Option<Vec<String>> {
    let mut kinds: [Vec<String>; 4] = Default::default();
    while !all.is_empty() {
        let name = all.next()?;
        let text = || String::from_utf8(name.content.to_vec()).ok();
        let [hosts, addresses, mails, links] = &mut kinds;
        match name.tag {
            0x81 => mails.push(text()?),
            0x82 => hosts.push(text()?),
            0x86 => links.push(text()?),
            0x87 => addresses.push(address(name.content)?),
            _ => {}
        }
    }
    Some(kinds.concat())
}

fn address(bytes: &[u8]) -> Option<String> {
    if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
        return Some(core::net::Ipv4Addr::from(bytes).to_string());
    }
    let bytes = <[u8; 16]>::try_from(bytes).ok()?;
    let address = core::net::Ipv6Addr::from(bytes);
    Some(address.to_ipv4_mapped().map_or_else(|| address.to_string(), |short| short.to_string()))
}

/// Returns the certificates of a text from the leaf to the root, or says why they are no one chain.
pub(crate) fn chain(text: &[u8]) -> Result<Vec<Certificate>, &'static str> {
    let mut certificates = Vec::new();
    let mut rest = text;
    while let (Some(block), left) = pem::decode(rest) {
        rest = left;
        certificates.push(parse(&block.content)?);
    }
    let signer = |index: usize, certificate: &Certificate| {
        let mut others = certificates.iter().enumerate();
        let found = others.find(|(other, candidate)| {
            *other != index && candidate.subject_key == certificate.signer_key()
        });
        found.map(|(other, _)| other)
    };
    let signers: Vec<Option<usize>> =
        certificates.iter().enumerate().map(|(index, one)| signer(index, one)).collect();
    let mut leaves = (0..certificates.len()).filter(|index| !signers.contains(&Some(*index)));
    let leaf = leaves.next();
    if leaves.next().is_some() {
        return Err("found multiple leaf or disjunct certificates");
    }
    let mut next = Some(leaf.ok_or("no leaf certificate found")?);
    let mut ordered = Vec::new();
    while let Some(index) = next {
        if ordered.len() == certificates.len() {
            return Err("constructing chain resulted in cycle");
        }
        ordered.extend(certificates.get(index).cloned());
        next = signers.get(index).copied().flatten();
    }
    Ok(ordered)
}
