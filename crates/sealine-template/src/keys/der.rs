//! DER: reading one element after the other, and writing.
//!
//! Invariant: an element's length lies within its input, in the one form DER allows.

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OBJECT_ID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// One element.
#[derive(Clone, Copy)]
pub(crate) struct Element<'d> {
    pub(crate) tag: u8,
    /// What it holds.
    pub(crate) content: &'d [u8],
}

/// What is left of a sequence of elements.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'d>(pub(crate) &'d [u8]);

impl<'d> Reader<'d> {
    pub(crate) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Returns the next element.
    pub(crate) fn next(&mut self) -> Option<Element<'d>> {
        let data = self.0;
        let (tag, first) = (*data.first()?, *data.get(1)?);
        // Tags of several bytes stand nowhere in what is read here.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (length, header) = if first < 0x80 {
            (usize::from(first), 2)
        } else {
            let count = usize::from(first & 0x7f);
            let digits = data.get(2..2 + count).filter(|_| (1..=4).contains(&count))?;
            let length = digits.iter().fold(0, |length, byte| (length << 8) | usize::from(*byte));
            if digits.first() == Some(&0) || length < 0x80 {
                return None;
            }
            (length, 2 + count)
        };
        let end = header.checked_add(length)?;
        let encoded = data.get(..end)?;
        self.0 = data.get(end..)?;
        Some(Element { tag, content: encoded.get(header..)? })
    }

    /// Returns the next element, which has this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Option<Element<'d>> {
        self.next().filter(|element| element.tag == tag)
    }

    /// Returns the next element if it has this tag, and leaves any other alone.
    pub(crate) fn optional(&mut self, tag: u8) -> Option<Element<'d>> {
        if self.0.first() == Some(&tag) { self.next() } else { None }
    }

    /// Returns a reader of the next element, which is a sequence.
    pub(crate) fn sequence(&mut self) -> Option<Reader<'d>> {
        self.expect(SEQUENCE).map(|element| Reader(element.content))
    }

    /// Returns the bytes of the next element, a number that is not negative, without leading zeros.
    pub(crate) fn number(&mut self) -> Option<&'d [u8]> {
        let content = self.expect(INTEGER)?.content;
        match content {
            [] => None,
            [0] => Some(&[]),
            [0, second, ..] if *second < 0x80 => None,
            [0, rest @ ..] => Some(rest),
            [first, ..] if *first >= 0x80 => None,
            content => Some(content),
        }
    }

    /// Returns the next element, a small number.
    pub(crate) fn small(&mut self) -> Option<u32> {
        let bytes = self.number().filter(|bytes| bytes.len() <= 4)?;
        Some(bytes.iter().fold(0, |number, byte| (number << 8) | u32::from(*byte)))
    }
}

/// Returns a reader of the one sequence that the data is.
pub(crate) fn whole(data: &[u8]) -> Option<Reader<'_>> {
    let mut reader = Reader(data);
    let sequence = reader.sequence()?;
    reader.is_empty().then_some(sequence)
}

/// Returns an element of this tag.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 6);
    out.push(tag);
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let digits = length.to_be_bytes();
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        out.push(0x80 | (digits.len() - zeros) as u8);
        out.extend(digits.iter().skip(zeros));
    }
    out.extend(parts.iter().copied().flatten());
    out
}

/// Returns a sequence.
pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(SEQUENCE, parts)
}

/// Returns a number from its bytes.
pub(crate) fn number(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let bytes = bytes.get(zeros..).unwrap_or_default();
    let sign: &[u8] = if bytes.first().is_none_or(|first| *first >= 0x80) { &[0] } else { &[] };
    element(INTEGER, &[sign, bytes])
}

/// Returns a bit string of whole bytes.
pub(crate) fn bits(bytes: &[u8]) -> Vec<u8> {
    element(BIT_STRING, &[&[0], bytes])
}

/// Returns an identifier from its encoded content.
pub(crate) fn identifier(content: &[u8]) -> Vec<u8> {
    element(OBJECT_ID, &[content])
}
