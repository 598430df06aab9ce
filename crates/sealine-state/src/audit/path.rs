//! Where a value lies within the attributes of an instance, and which paths are marked.
//!
//! Invariant: a mark covers what lies below it, too.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::json::{Fault, Kind, Reader};

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// To the value of a key.
    Key(Cow<'a, str>),
    /// To an element.
    Index(usize),
}

/// A path that is marked as sensitive.
pub(super) type Mark = Vec<Step<'static>>;

/// Writes a path as Terraform does: `user[0].password`, `data["tls.key"]`.
pub(super) fn shown(prefix: &str, steps: &[Step<'_>]) -> String {
    let mut out = prefix.to_owned();
    for step in steps {
        match step {
            Step::Index(index) => drop(write!(out, "[{index}]")),
            Step::Key(key) if is_name(key) && out.is_empty() => out.push_str(key),
            Step::Key(key) if is_name(key) => drop(write!(out, ".{key}")),
            Step::Key(key) => drop(write!(out, "[{key:?}]")),
        }
    }
    out
}

fn is_name(key: &str) -> bool {
    let mut bytes = key.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// Returns how many steps of a path a mark takes, when it covers the path.
pub(super) fn covered(marks: &[Mark], steps: &[Step<'_>]) -> Option<usize> {
    let covers = |mark: &&Mark| {
        mark.len() <= steps.len() && mark.iter().zip(steps).all(|(mark, step)| mark == step)
    };
    marks.iter().filter(covers).map(Vec::len).min()
}

/// Returns how many steps of a path lead to an attribute of a list without indexes, such as
/// `user.password`.
pub(super) fn within(attribute: &str, steps: &[Step<'_>]) -> Option<usize> {
    let mut wanted = attribute.split('.').peekable();
    for (at, step) in steps.iter().enumerate() {
        if wanted.peek().is_none() {
            return Some(at);
        }
        match step {
            Step::Index(_) => {}
            Step::Key(key) if wanted.peek().is_some_and(|name| name == key) => {
                wanted.next();
            }
            Step::Key(_) => return None,
        }
    }
    wanted.peek().is_none().then_some(steps.len())
}

/// Reads `sensitive_attributes` of a stored state: a list of paths, each a list of steps. What has
/// another form is passed over.
pub(super) fn marks(reader: &mut Reader<'_>) -> Result<Vec<Mark>, Fault> {
    let mut marks = Vec::new();
    if reader.kind()? != Kind::List {
        reader.skip()?;
        return Ok(marks);
    }
    reader.list(|reader, _| {
        let mut mark = Vec::new();
        let mut whole = reader.kind()? == Kind::List;
        if !whole {
            return reader.skip().map(|_| ());
        }
        reader.list(|reader, _| {
            match step(reader)? {
                Some(step) => mark.push(step),
                None => whole = false,
            }
            Ok::<(), Fault>(())
        })?;
        if whole {
            marks.push(mark);
        }
        Ok(())
    })?;
    Ok(marks)
}

/// `{"type": "get_attr", "value": "x"}` or `{"type": "index", "value": {"value": 0}}`.
fn step(reader: &mut Reader<'_>) -> Result<Option<Step<'static>>, Fault> {
    let mut step = None;
    if reader.kind()? != Kind::Object {
        reader.skip()?;
        return Ok(step);
    }
    reader.object(|reader, key| match (&*key, reader.kind()?) {
        ("value", Kind::Object) => reader.object(|reader, key| {
            if key == "value" {
                step = plain_step(reader)?;
                return Ok(());
            }
            reader.skip().map(|_| ())
        }),
        ("value", _) => {
            step = plain_step(reader)?;
            Ok(())
        }
        _ => reader.skip().map(|_| ()),
    })?;
    Ok(step)
}

fn plain_step(reader: &mut Reader<'_>) -> Result<Option<Step<'static>>, Fault> {
    Ok(match reader.kind()? {
        Kind::String => Some(Step::Key(Cow::Owned(reader.string()?.into_owned()))),
        Kind::Number => reader.number()?.parse().ok().map(Step::Index),
        _ => {
            reader.skip()?;
            None
        }
    })
}

/// Reads a tree whose `true` leaves are marks, as `show -json` prints it.
pub(super) fn tree_marks(reader: &mut Reader<'_>) -> Result<Vec<Mark>, Fault> {
    let (mut marks, mut at) = (Vec::new(), Vec::new());
    below(reader, &mut at, &mut marks)?;
    Ok(marks)
}

fn below(reader: &mut Reader<'_>, at: &mut Mark, marks: &mut Vec<Mark>) -> Result<(), Fault> {
    match reader.kind()? {
        Kind::Bool => {
            if reader.bool()? {
                marks.push(at.clone());
            }
            Ok(())
        }
        Kind::List => reader.list(|reader, index| {
            at.push(Step::Index(index));
            below(reader, at, marks)?;
            at.pop();
            Ok(())
        }),
        Kind::Object => reader.object(|reader, key| {
            at.push(Step::Key(Cow::Owned(key.into_owned())));
            below(reader, at, marks)?;
            at.pop();
            Ok(())
        }),
        _ => reader.skip().map(|_| ()),
    }
}
