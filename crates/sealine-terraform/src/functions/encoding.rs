//! Functions that encode and decode.
//!
//! Invariant: what is encoded stays a tree ([`Kind::Encoded`]), so that keys and places survive
//! until somebody reads it again.

use std::fmt::Write as _;
use std::rc::Rc;

use super::Arguments;
use super::yaml::decode;
use crate::data::{Data, Kind, MapEntry, Piece, Text};
use crate::evaluate::Evaluator;

impl Evaluator<'_> {
    /// Calls a function that encodes or decodes; nothing when it is another function or not known.
    pub(super) fn encoding_function(&self, name: &str, arguments: &Arguments) -> Option<Data> {
        match name {
            "jsonencode" | "yamlencode" => {
                let data = self.settled(arguments.get(0));
                // Encoded twice it is a string in a string; nobody reads that again.
                let twice = matches!(data.kind, Kind::Encoded(_));
                Some(if twice { Data::unknown() } else { Data::new(Kind::Encoded(Rc::new(data))) })
            }
            "jsondecode" | "yamldecode" => match arguments.get(0).kind {
                Kind::Encoded(data) => Some((*data).clone()),
                Kind::Text(text) => self.decoded(&text),
                _ => None,
            },
            _ if name.starts_with("provider::") => self.manifest_function(name, arguments),
            "csvdecode" => csv(&arguments.known(0)?),
            "urlencode" => Some(Data::text(url_encode(&arguments.known(0)?))),
            _ => None,
        }
    }

    /// Calls a function of the Kubernetes provider, by whatever name that goes in the configuration.
    fn manifest_function(&self, name: &str, arguments: &Arguments) -> Option<Data> {
        let (_, function) = name.rsplit_once("::")?;
        match function {
            "manifest_encode" => self.encoding_function("yamlencode", arguments),
            "manifest_decode" => self.encoding_function("yamldecode", arguments),
            "manifest_decode_multi" => match arguments.get(0).kind {
                Kind::Encoded(data) => Some(Data::list(vec![(*data).clone()])),
                Kind::Text(text) => {
                    let mut documents = decode(self, &text);
                    documents.retain(|document| !document.is_null());
                    Some(Data::list(documents))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns the document that a text holds; where the text stands in a file as it is, it is read
    /// once for all that ask.
    fn decoded(&self, text: &Text) -> Option<Data> {
        let [Piece::Literal(_, Some(spot))] = &*text.pieces else {
            return decode(self, text).into_iter().next();
        };
        if let Some(known) = self.decoded.borrow().get(spot) {
            return known.clone();
        }
        let data = decode(self, text).into_iter().next();
        self.decoded.borrow_mut().insert(*spot, data.clone());
        data
    }
}

fn url_encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else if byte == b' ' {
            encoded.push('+');
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// Reads simple CSV: a header, then one object for each line. Quoted fields may hold commas and
/// doubled quotes.
fn csv(text: &str) -> Option<Data> {
    let mut rows = text.lines().filter(|line| !line.trim().is_empty()).map(csv_fields);
    let header: Vec<Rc<str>> = rows.next()?.into_iter().map(Rc::from).collect();
    let object = |fields: Vec<String>| {
        let pairs = header.iter().zip(fields);
        let entry = |(name, field): (&Rc<str>, String)| {
            MapEntry::new(Rc::clone(name), Data::new(Kind::Text(Text::known(field, None))))
        };
        Data::map(pairs.map(entry).collect(), false)
    };
    let objects: Vec<Data> = rows.take(crate::evaluate::MAX_ITEMS).map(object).collect();
    Some(Data::list(objects))
}

fn csv_fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut rest = line.chars().peekable();
    while let Some(next) = rest.next() {
        let Some(field) = fields.last_mut() else { break };
        match next {
            '"' if quoted && rest.peek() == Some(&'"') => {
                rest.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => field.push(other),
        }
    }
    fields
}
