//! Walks over everything in a state, plan or list of outputs that may hold a value.
//!
//! Invariant: one instance at a time, over the text itself; nothing of it is kept.

use std::borrow::Cow;

use sealine_model::SecretValue;

use super::path::{Mark, Step, marks, tree_marks};
use crate::form::Form;
use crate::json::{Fault, Kind, Reader};

/// What holds values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A managed resource.
    Managed,
    /// A data source.
    Data,
    /// An output.
    Output,
    /// A variable, whose value a plan holds.
    Variable,
}

/// The values of one instance, output or variable.
pub(super) struct Block<'a> {
    pub(super) holder: Holder,
    /// `module.x.type.name["key"]`, `output.name`, `var.name`.
    pub(super) address: String,
    /// The type of the resource.
    pub(super) kind: String,
    pub(super) marks: Vec<Mark>,
    pub(super) values: Reader<'a>,
}

/// What else a state says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The program's version that wrote it.
    pub written_by: Option<String>,
    /// Which state it is.
    pub lineage: Option<String>,
    /// Which version of it.
    pub serial: Option<u64>,
}

/// Calls `each` with all that holds values.
pub(super) fn blocks<'a>(
    reader: &mut Reader<'a>,
    form: Form,
    each: &mut dyn FnMut(Block<'a>) -> Result<(), Fault>,
) -> Result<Head, Fault> {
    let mut head = Head::default();
    if form == Form::Outputs {
        outputs(reader, each)?;
        return Ok(head);
    }
    reader.object(|reader, key| {
        match (form, &*key, reader.kind()?) {
            (_, "terraform_version", Kind::String) => {
                head.written_by = Some(reader.string()?.into_owned());
            }
            (_, "lineage", Kind::String) => head.lineage = Some(reader.string()?.into_owned()),
            (_, "serial", Kind::Number) => head.serial = reader.number()?.parse().ok(),
            (Form::State { .. }, "outputs", Kind::Object) => outputs(reader, each)?,
            (Form::State { .. }, "resources", Kind::List) => {
                reader.list(|reader, _| resource(reader, each))?;
            }
            (Form::Shown, "values", Kind::Object)
            | (Form::Plan, "planned_values", Kind::Object) => shown(reader, each)?,
            (Form::Plan, "prior_state", Kind::Object) => {
                reader.object(|reader, key| {
                    let is_values = key == "values" && reader.kind()? == Kind::Object;
                    if is_values { shown(reader, each) } else { reader.skip().map(|_| ()) }
                })?;
            }
            (Form::Plan, "variables", Kind::Object) => variables(reader, each)?,
            (Form::Plan, "resource_changes" | "resource_drift", Kind::List) => {
                reader.list(|reader, _| planned(reader, each))?;
            }
            _ => drop(reader.skip()?),
        }
        Ok::<(), Fault>(())
    })?;
    Ok(head)
}

type Each<'e, 'a> = &'e mut dyn FnMut(Block<'a>) -> Result<(), Fault>;

fn outputs<'a>(reader: &mut Reader<'a>, each: Each<'_, 'a>) -> Result<(), Fault> {
    reader.object(|reader, name| {
        let (mut sensitive, mut values) = (false, None);
        object(reader, |reader, key| {
            match (key, reader.kind()?) {
                ("sensitive", Kind::Bool) => sensitive = reader.bool()?,
                ("value", _) => values = Some(later(reader)?),
                _ => drop(reader.skip()?),
            }
            Ok(())
        })?;
        let Some(values) = values else { return Ok(()) };
        let marks = if sensitive { vec![Mark::new()] } else { Vec::new() };
        let address = format!("output.{name}");
        each(Block { holder: Holder::Output, address, kind: String::new(), marks, values })
    })
}

fn variables<'a>(reader: &mut Reader<'a>, each: Each<'_, 'a>) -> Result<(), Fault> {
    reader.object(|reader, name| {
        let mut values = None;
        object(reader, |reader, key| {
            if key == "value" {
                values = Some(later(reader)?);
                return Ok(());
            }
            reader.skip().map(|_| ())
        })?;
        let Some(values) = values else { return Ok(()) };
        // The name of a variable says as much as that of an attribute: it stands in the path.
        let block = Block {
            holder: Holder::Variable,
            address: format!("var.{name}"),
            kind: String::new(),
            marks: Vec::new(),
            values,
        };
        each(block)
    })
}

/// A resource of a stored state, with its instances.
fn resource<'a>(reader: &mut Reader<'a>, each: Each<'_, 'a>) -> Result<(), Fault> {
    let mut named = Named::default();
    let mut instances = None;
    object(reader, |reader, key| {
        if key == "instances" && reader.kind()? == Kind::List {
            instances = Some(later(reader)?);
            return Ok(());
        }
        named.learn(reader, key)
    })?;
    let Some(mut instances) = instances else { return Ok(()) };
    instances.list(|reader, _| {
        let (mut index, mut deposed) = (String::new(), String::new());
        let (mut attributes, mut marked) = (Vec::new(), Vec::new());
        object(reader, |reader, key| {
            match (key, reader.kind()?) {
                ("index_key", Kind::Number) => index = format!("[{}]", reader.number()?),
                ("index_key", Kind::String) => index = format!("[{:?}]", reader.string()?),
                ("deposed", Kind::String) => deposed = format!(" (deposed {})", reader.string()?),
                ("attributes" | "attributes_flat", Kind::Object) => {
                    attributes.push(later(reader)?);
                }
                ("sensitive_attributes", _) => marked = marks(reader)?,
                _ => drop(reader.skip()?),
            }
            Ok(())
        })?;
        for values in attributes {
            each(Block {
                holder: named.holder(),
                address: format!("{}{index}{deposed}", named.address()),
                kind: named.kind.clone(),
                marks: marked.clone(),
                values,
            })?;
        }
        Ok(())
    })
}

/// What `show -json` calls values: outputs, and a tree of modules.
fn shown<'a>(reader: &mut Reader<'a>, each: Each<'_, 'a>) -> Result<(), Fault> {
    reader.object(|reader, key| match (&*key, reader.kind()?) {
        ("outputs", Kind::Object) => outputs(reader, each),
        ("root_module", Kind::Object) => module(reader, each),
        _ => reader.skip().map(|_| ()),
    })
}

fn module<'a>(reader: &mut Reader<'a>, each: Each<'_, 'a>) -> Result<(), Fault> {
    reader.object(|reader, key| match (&*key, reader.kind()?) {
        ("resources", Kind::List) => reader.list(|reader, _| {
            let mut named = Named::default();
            let (mut values, mut marked) = (None, Vec::new());
            object(reader, |reader, key| {
                match (key, reader.kind()?) {
                    ("values", Kind::Object) => values = Some(later(reader)?),
                    ("sensitive_values", _) => marked = tree_marks(reader)?,
                    _ => named.learn(reader, key)?,
                }
                Ok(())
            })?;
            named.give(values, marked, each)
        }),
        ("child_modules", Kind::List) => reader.list(|reader, _| {
            let is_module = reader.kind()? == Kind::Object;
            if is_module { module(reader, each) } else { reader.skip().map(|_| ()) }
        }),
        _ => reader.skip().map(|_| ()),
    })
}

/// A change of a plan: what was, and what will be.
fn planned<'a>(reader: &mut Reader<'a>, each: Each<'_, 'a>) -> Result<(), Fault> {
    let mut named = Named::default();
    let mut sides = [(None, Vec::new()), (None, Vec::new())];
    object(reader, |reader, key| {
        if key != "change" || reader.kind()? != Kind::Object {
            return named.learn(reader, key);
        }
        reader.object(|reader, key| {
            match (&*key, reader.kind()?) {
                ("before", Kind::Object) => sides[0].0 = Some(later(reader)?),
                ("before_sensitive", _) => sides[0].1 = tree_marks(reader)?,
                ("after", Kind::Object) => sides[1].0 = Some(later(reader)?),
                ("after_sensitive", _) => sides[1].1 = tree_marks(reader)?,
                _ => drop(reader.skip()?),
            }
            Ok(())
        })
    })?;
    for (values, marked) in sides {
        named.give(values, marked, each)?;
    }
    Ok(())
}

/// What names a resource.
#[derive(Default)]
struct Named {
    module: String,
    data: bool,
    kind: String,
    name: String,
    /// The address, where it is given whole.
    whole: Option<String>,
}

impl Named {
    fn learn(&mut self, reader: &mut Reader<'_>, key: &str) -> Result<(), Fault> {
        if reader.kind()? != Kind::String {
            return reader.skip().map(|_| ());
        }
        match key {
            "module" => self.module = reader.string()?.into_owned() + ".",
            "mode" => self.data = reader.string()? == "data",
            "type" => self.kind = reader.string()?.into_owned(),
            "name" => self.name = reader.string()?.into_owned(),
            "address" => self.whole = Some(reader.string()?.into_owned()),
            _ => drop(reader.skip()?),
        }
        Ok(())
    }

    fn holder(&self) -> Holder {
        if self.data { Holder::Data } else { Holder::Managed }
    }

    fn address(&self) -> String {
        let data = if self.data { "data." } else { "" };
        let own = || format!("{}{data}{}.{}", self.module, self.kind, self.name);
        self.whole.clone().unwrap_or_else(own)
    }

    fn give<'a>(
        &self,
        values: Option<Reader<'a>>,
        marks: Vec<Mark>,
        each: Each<'_, 'a>,
    ) -> Result<(), Fault> {
        let Some(values) = values else { return Ok(()) };
        let (holder, address, kind) = (self.holder(), self.address(), self.kind.clone());
        each(Block { holder, address, kind, marks, values })
    }
}

/// Passes over a value, to come back to it.
fn later<'a>(reader: &mut Reader<'a>) -> Result<Reader<'a>, Fault> {
    let here = reader.clone();
    reader.skip()?;
    Ok(here)
}

/// Reads an object; passes over anything else.
fn object<'a>(
    reader: &mut Reader<'a>,
    mut each: impl FnMut(&mut Reader<'a>, &str) -> Result<(), Fault>,
) -> Result<(), Fault> {
    if reader.kind()? != Kind::Object {
        return reader.skip().map(|_| ());
    }
    reader.object(|reader, key| each(reader, &key))
}

/// A text or number among the values.
pub(super) struct Leaf<'l> {
    pub(super) text: &'l str,
    /// Whether it is a string.
    pub(super) is_text: bool,
    /// In `{"name": "X", "value": …}`, what the value is called.
    pub(super) called: Option<&'l str>,
}

/// Calls `each` with every string and number below.
pub(super) fn leaves<'a>(
    reader: &mut Reader<'a>,
    each: &mut dyn FnMut(&[Step<'a>], &Leaf<'_>),
) -> Result<(), Fault> {
    leaves_below(reader, &mut Vec::new(), None, each)
}

fn leaves_below<'a>(
    reader: &mut Reader<'a>,
    at: &mut Vec<Step<'a>>,
    called: Option<&str>,
    each: &mut dyn FnMut(&[Step<'a>], &Leaf<'_>),
) -> Result<(), Fault> {
    match reader.kind()? {
        Kind::String => {
            let text = reader.string()?;
            each(at, &Leaf { text: &text, is_text: true, called });
            wipe(text);
            Ok(())
        }
        Kind::Number => {
            let text = reader.number()?;
            each(at, &Leaf { text, is_text: false, called });
            Ok(())
        }
        Kind::List => reader.list(|reader, index| {
            at.push(Step::Index(index));
            leaves_below(reader, at, None, each)?;
            at.pop();
            Ok(())
        }),
        Kind::Object => {
            // Keys are sorted where Terraform writes them: the name comes before the value.
            let mut named: Option<Cow<'a, str>> = None;
            reader.object(|reader, key| {
                let is_value = key == "value";
                if matches!(&*key, "name" | "key") && reader.kind()? == Kind::String {
                    named = Some(reader.clone().string()?);
                }
                at.push(Step::Key(key));
                let called = if is_value { named.as_deref() } else { None };
                leaves_below(reader, at, called, each)?;
                at.pop();
                Ok(())
            })
        }
        Kind::Null | Kind::Bool => reader.skip().map(|_| ()),
    }
}

/// Wipes a text that had to be decoded.
pub(super) fn wipe(text: Cow<'_, str>) {
    if let Cow::Owned(text) = text {
        drop(SecretValue::new(text));
    }
}
