//! JSON as states hold it: a reader over the text, and a tree whose leaves are secrets.
//!
//! Invariant: texts and numbers of a tree are [`SecretValue`]s, numbers stay as they were written,
//! and keys keep their order.

mod reader;
#[cfg(test)]
mod tests;

use sealine_model::SecretValue;

pub use reader::{DEEPEST, Fault, Kind, Reader};

/// A value whose texts and numbers are kept secret.
#[derive(Debug)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number without fraction and exponent, as it was written; of any size.
    Integer(SecretValue),
    /// Any other number, as it was written.
    Float(SecretValue),
    /// A string.
    String(SecretValue),
    /// A list, set or tuple.
    List(Vec<Json>),
    /// A map or object, in the order of the text.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads the next value.
    ///
    /// # Errors
    ///
    /// When it is broken, or gives a key twice: then nobody knows which one is meant.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        Ok(match reader.kind()? {
            Kind::Null => reader.null().map(|()| Self::Null)?,
            Kind::Bool => Self::Bool(reader.bool()?),
            Kind::Number => {
                let number = reader.number()?;
                let is_integer = !number.contains(['.', 'e', 'E']);
                let value = SecretValue::new(number.as_bytes());
                if is_integer { Self::Integer(value) } else { Self::Float(value) }
            }
            Kind::String => Self::String(SecretValue::new(reader.string()?.into_owned())),
            Kind::List => {
                let mut items = Vec::new();
                reader.list(|reader, _| {
                    items.push(Self::read(reader)?);
                    Ok::<(), Fault>(())
                })?;
                Self::List(items)
            }
            Kind::Object => {
                let mut entries: Vec<(String, Self)> = Vec::new();
                let mut keys = std::collections::HashSet::new();
                reader.object(|reader, key| {
                    let key = key.into_owned();
                    if !keys.insert(key.clone()) {
                        return Err(reader.fault("a key is given twice"));
                    }
                    entries.push((key, Self::read(reader)?));
                    Ok(())
                })?;
                Self::Object(entries)
            }
        })
    }

    /// Returns the value of a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(entries) = self else { return None };
        entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Returns the element at an index.
    pub fn at(&self, index: usize) -> Option<&Self> {
        let Self::List(items) = self else { return None };
        items.get(index)
    }

    /// Returns the name of its type, as Terraform's users know it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Integer(_) | Self::Float(_) => "number",
            Self::String(_) => "string",
            Self::List(_) => "list",
            Self::Object(_) => "object",
        }
    }
}
