//! Module instances, and the instances of resources and module calls that `count` and `for_each`
//! make.
//!
//! Invariant: an instance that may exist under an unknown key is listed once, with
//! [`Key::Unknown`] and marked as conditional.

use std::collections::HashMap;
use std::rc::Rc;

use super::{Evaluator, MAX_INSTANCES, MAX_ITEMS, Memo, Part, Scope};
use crate::config::{Config, Declared};
use crate::data::{Data, Kind, Text, bound, float, position};
use crate::world::ConfigId;

/// The number of a module instance in its evaluator.
pub(crate) type InstanceId = usize;

/// How deep modules may be nested.
const MAX_LEVEL: usize = 16;

/// A module that is evaluated: the root, or one instance of a call.
pub(crate) struct Instance<'w> {
    pub(crate) id: InstanceId,
    pub(crate) config: &'w Config<'w>,
    /// Who calls it; nothing for a root.
    pub(crate) caller: Option<Caller<'w>>,
    /// Values from variable files, for a root.
    pub(super) given: HashMap<String, Data>,
    /// `module.a["k"].`; empty for a root.
    pub(crate) prefix: String,
    /// `a.b`: the names of the calls that lead here.
    pub(super) path: String,
    /// `path.module` as Terraform would give it.
    pub(super) directory: String,
    /// Whether the instance may not exist.
    pub(crate) conditional: bool,
    level: usize,
}

/// The call that makes a module instance.
pub(crate) struct Caller<'w> {
    pub(crate) instance: Rc<Instance<'w>>,
    pub(crate) call: Declared<'w>,
    pub(super) slot: Rc<Slot>,
}

/// The key of an instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// Neither `count` nor `for_each`.
    None,
    Number(usize),
    Text(Rc<str>),
    Unknown,
}

/// One instance of a resource or call.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) key: Key,
    /// `each.key` and `each.value`.
    pub(super) each: Option<(Data, Data)>,
    /// Whether it may not exist.
    pub(crate) conditional: bool,
    depth: u16,
}

/// All instances of a resource or call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expansion {
    pub(crate) slots: Vec<Rc<Slot>>,
    /// Whether `count` makes them a list, or `for_each` a map.
    pub(crate) by: Repetition,
}

/// What repeats a resource or call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Repetition {
    #[default]
    Single,
    Count,
    ForEach,
}

impl Key {
    /// Returns the key as it stands in an address; `*` where it is unknown.
    pub(crate) fn suffix(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Number(number) => format!("[{number}]"),
            Self::Text(text) => format!("[\"{text}\"]"),
            Self::Unknown => "[*]".to_owned(),
        }
    }
}

impl Slot {
    /// Returns an instance; the values of one that is nested too deep are unknown.
    pub(super) fn new(key: Key, mut each: Option<(Data, Data)>, conditional: bool) -> Self {
        let depth = bound(each.iter_mut().flat_map(|(key, value)| [key, value]));
        Self { key, each, conditional, depth }
    }

    /// Returns one that may be there under any key.
    pub(crate) fn unknown() -> Self {
        Self::new(Key::Unknown, Some((Data::unknown(), Data::unknown())), true)
    }

    /// Returns `each.key`, with where it is written.
    pub(crate) fn each_key(&self) -> Option<&Data> {
        self.each.as_ref().map(|(key, _)| key)
    }

    /// Returns how deep the values are nested that it holds.
    pub(crate) fn depth(&self) -> u16 {
        self.depth
    }
}

impl Expansion {
    fn single() -> Self {
        let slot = Slot::new(Key::None, None, false);
        Self { slots: vec![Rc::new(slot)], by: Repetition::Single }
    }

    /// Returns the instance under `key`; a made-up one where it may exist.
    pub(crate) fn slot(&self, key: &Key) -> Option<Rc<Slot>> {
        if let Some(slot) = self.slots.iter().find(|slot| slot.key == *key) {
            return Some(Rc::clone(slot));
        }
        let may_exist = self.slots.iter().find(|slot| slot.key == Key::Unknown);
        let each = match key {
            _ if may_exist.is_none() && *key != Key::Unknown => return None,
            Key::Text(text) => Some((Data::text(Rc::clone(text)), Data::unknown())),
            Key::Unknown => Some((Data::unknown(), Data::unknown())),
            _ => None,
        };
        Some(Rc::new(Slot::new(key.clone(), each, true)))
    }
}

impl<'w> Instance<'w> {
    /// Returns the configuration of the root.
    pub(crate) fn root_config(self: &Rc<Self>) -> &'w Config<'w> {
        self.root().config
    }

    /// Returns the path of names that leads to a call of this module.
    pub(crate) fn call_path(&self, name: &str) -> String {
        path_of(&self.path, name)
    }

    /// Returns `path.module` as Terraform would give it.
    pub(crate) fn directory(&self) -> &str {
        &self.directory
    }

    /// Returns the root that this instance belongs to.
    pub(super) fn root(self: &Rc<Self>) -> &Rc<Self> {
        let mut instance = self;
        while let Some(caller) = &instance.caller {
            instance = &caller.instance;
        }
        instance
    }

    fn calls_itself(&self, config: &Config<'w>) -> bool {
        let mut next = Some(self);
        while let Some(instance) = next {
            if std::ptr::eq(instance.config, config) {
                return true;
            }
            next = instance.caller.as_ref().map(|caller| &*caller.instance);
        }
        false
    }
}

impl<'w> Evaluator<'w> {
    /// Adds a root module with the values of these files, the strongest last.
    pub(super) fn add_root(&self, config: &'w Config<'w>, value_files: &[u32]) -> Rc<Instance<'w>> {
        let id = self.instances.borrow().len();
        let root = |given| Instance {
            id,
            config,
            caller: None,
            given,
            prefix: String::new(),
            path: String::new(),
            directory: ".".to_owned(),
            conditional: false,
            level: 0,
        };
        // Values refer to nothing of their root, so that an instance without values can evaluate them. It
        // keeps the place: values may add the roots that they depend on.
        let bare = Rc::new(root(HashMap::new()));
        self.instances.borrow_mut().push(Rc::clone(&bare));
        let mut given = HashMap::new();
        for number in value_files {
            let Some(file) = self.world.files.get(*number as usize) else { continue };
            let scope = Scope::new(&bare, *number);
            for attribute in &file.parsed.body.attributes {
                let data = self.evaluate(&scope, &attribute.value);
                given.insert(attribute.name.to_string(), data);
            }
        }
        let instance = Rc::new(root(given));
        if let Some(place) = self.instances.borrow_mut().get_mut(id) {
            *place = Rc::clone(&instance);
        }
        instance
    }

    pub(super) fn instance(&self, id: InstanceId) -> Option<Rc<Instance<'w>>> {
        self.instances.borrow().get(id).cloned()
    }

    /// Returns the module instance that a call makes under a key, when its source is loaded.
    pub(crate) fn called(
        &self,
        caller: &Rc<Instance<'w>>,
        call: usize,
        slot: &Rc<Slot>,
    ) -> Option<Rc<Instance<'w>>> {
        let key = (caller.id, call, slot.key.clone());
        let known = self.calls.borrow().get(&key).copied();
        if let Some(known) = known {
            return self.instance(known);
        }
        let (name, declared) = caller.config.calls.get(call)?;
        let prefix = format!("{}module.{name}{}.", caller.prefix, slot.key.suffix());
        let config = self.world.config(self.callee(caller, call)?)?;
        if caller.calls_itself(config) {
            return None;
        }
        if self.instances.borrow().len() >= MAX_INSTANCES || caller.level >= MAX_LEVEL {
            self.exhausted.set(true);
            return None;
        }
        let source = declared.attribute("source").and_then(|it| it.expression.literal_text());
        let source = source.unwrap_or_default();
        let path = path_of(&caller.path, name);
        let directory = if source.starts_with('.') {
            crate::functions::path::clean(&format!("{}/{source}", caller.directory))
        } else {
            format!(".terraform/modules/{path}")
        };
        let instance = Rc::new(Instance {
            id: self.instances.borrow().len(),
            config,
            caller: Some(Caller {
                instance: Rc::clone(caller),
                call: declared.clone(),
                slot: Rc::clone(slot),
            }),
            given: HashMap::new(),
            prefix,
            path,
            directory,
            conditional: caller.conditional || slot.conditional,
            level: caller.level + 1,
        });
        self.calls.borrow_mut().insert(key, instance.id);
        self.instances.borrow_mut().push(Rc::clone(&instance));
        Some(instance)
    }

    /// Returns the configuration that a call leads to, when it is loaded.
    pub(crate) fn callee(&self, caller: &Rc<Instance<'w>>, call: usize) -> Option<ConfigId> {
        let (name, declared) = caller.config.calls.get(call)?;
        let source = declared.attribute("source")?.expression.literal_text()?;
        let path = path_of(&caller.path, name);
        let root = caller.root().config;
        self.world.resolve_call(caller.config, &source, Some((root, &path))).1
    }

    /// Returns the instances of a resource or call.
    pub(crate) fn expand(&self, instance: &Rc<Instance<'w>>, part: Part) -> Rc<Expansion> {
        let key = (instance.id, part);
        match self.expansions.borrow().get(&key) {
            Some(Memo::Done(expansion)) => return Rc::clone(expansion),
            Some(Memo::Running) => return Rc::new(unknown(Repetition::ForEach, &Data::unknown())),
            None => {}
        }
        self.expansions.borrow_mut().insert(key, Memo::Running);
        let declared = match part {
            Part::Resource(index) => instance.config.resources.get(index).map(|it| &it.declared),
            Part::Call(index) => instance.config.calls.get(index).map(|(_, call)| call),
        };
        let expansion = declared.map_or_else(Expansion::single, |it| self.repeat(instance, it));
        let expansion = Rc::new(expansion);
        self.expansions.borrow_mut().insert(key, Memo::Done(Rc::clone(&expansion)));
        expansion
    }

    fn repeat(&self, instance: &Rc<Instance<'w>>, declared: &Declared<'w>) -> Expansion {
        let scope = Scope::new(instance, declared.file);
        if declared.attribute("for_each").is_some() {
            let data = self.attribute(&scope, declared, "for_each");
            return self.for_each(&data);
        }
        if declared.attribute("count").is_some() {
            let data = self.attribute(&scope, declared, "count");
            return count(&data);
        }
        Expansion::single()
    }

    fn for_each(&self, data: &Data) -> Expansion {
        let Some((pairs, open)) = self.iterate(data) else {
            return unknown(Repetition::ForEach, data);
        };
        let is_map = !matches!(data.kind, Kind::List(_) | Kind::Set(_));
        let mut slots = Vec::new();
        for (key, value) in pairs {
            let key = if is_map { key } else { value.clone() };
            let value = if is_map { value } else { key.clone() };
            let text = key.to_text().unwrap_or_else(Text::hole);
            let name = match text.whole() {
                Some(name) => Key::Text(name.into()),
                None => Key::Unknown,
            };
            let conditional = data.guess || value.guess || name == Key::Unknown;
            let each = Some((key, value));
            slots.push(Rc::new(Slot::new(name, each, conditional)));
        }
        if open {
            slots.extend(unknown(Repetition::ForEach, data).slots);
        }
        Expansion { slots, by: Repetition::ForEach }
    }
}

fn path_of(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") }
}

fn count(data: &Data) -> Expansion {
    let Some(number) = data.as_number() else { return unknown(Repetition::Count, data) };
    // Negative and huge counts are refused or too much; neither makes an instance that is known.
    if !(0.0..=float(MAX_ITEMS)).contains(&number) {
        return unknown(Repetition::Count, data);
    }
    let slot = |index| Slot::new(Key::Number(index), None, data.guess);
    let slots = (0..position(number)).map(|index| Rc::new(slot(index))).collect();
    Expansion { slots, by: Repetition::Count }
}

/// Returns the one instance that stands for those that cannot be told.
fn unknown(by: Repetition, data: &Data) -> Expansion {
    if data.is_null() || data.is_error() {
        return Expansion { slots: Vec::new(), by };
    }
    Expansion { slots: vec![Rc::new(Slot::unknown())], by }
}

/// Returns the key that a value stands for as an index, with the spot it was written at.
pub(super) fn key_of(data: &Data) -> Key {
    match (&data.kind, data.known_text()) {
        (Kind::Number(number), _) if *number >= 0.0 => Key::Number(position(*number)),
        (_, Some(text)) => Key::Text(text.into()),
        _ => Key::Unknown,
    }
}
