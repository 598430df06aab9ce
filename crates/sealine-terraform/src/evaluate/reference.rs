//! What references lead to: variables, locals, resources, modules, and steps into values.
//!
//! Invariant: an attribute that the configuration does not give is [`Kind::Computed`]: unknown, but
//! known to be that attribute of that instance, so that ids lead back to what they identify.

use std::rc::Rc;

use super::instance::{Repetition, key_of};
use super::{Evaluator, Instance, InstanceId, Key, Part, Scope, Slot, ValueKey, convert};
use crate::config::Mode;
use crate::data::{Data, Items, Kind, Text};
use crate::syntax::Step;

/// A resource or data source.
#[derive(Clone, Debug)]
pub(crate) struct ResourceHandle {
    pub(crate) instance: InstanceId,
    pub(crate) resource: usize,
    /// The instance that is meant; nothing for all of a repeated resource.
    pub(crate) slot: Option<Rc<Slot>>,
}

/// A module call or, for remote state, another root.
#[derive(Clone, Debug)]
pub(crate) enum ModuleHandle {
    /// A call: by whom, its number, and the instance that is meant.
    Call(InstanceId, usize, Option<Rc<Slot>>),
    /// The outputs of a module instance.
    Outputs(InstanceId),
}

/// An attribute that a provider computes.
#[derive(Clone, Debug)]
pub(crate) struct Computed {
    pub(crate) resource: ResourceHandle,
    /// The name of the attribute.
    pub(crate) attribute: Rc<str>,
}

impl<'w> Evaluator<'w> {
    /// Evaluates a root name with steps; returns the value and how many steps it took.
    pub(super) fn reference(&self, scope: &Scope<'w>, root: &str, steps: &[Step]) -> (Data, usize) {
        let name = |index: usize| match steps.get(index) {
            Some(Step::Attribute(name)) => Some(&**name),
            _ => None,
        };
        let instance = &scope.instance;
        match (root, name(0)) {
            ("var", Some(variable)) => (self.variable(instance, variable), 1),
            ("local", Some(local)) => (self.local(instance, local), 1),
            ("each", Some(part)) => (each(scope, part), 1),
            ("count", Some("index")) => (count_index(scope), 1),
            ("self", _) => (own_resource(scope), 0),
            ("path", Some("module")) => (Data::text(&*instance.directory), 1),
            ("path", Some("root" | "cwd")) => (Data::text("."), 1),
            ("terraform", Some(_)) => (Data::unknown(), 1),
            ("module", Some(call)) => (self.module(instance, call), 1),
            ("dependency", Some(unit)) if name(1) == Some("outputs") => (self.dependency(unit), 2),
            ("data", Some(kind)) => self.resource(instance, Mode::Data, kind, name(1), 2),
            ("ephemeral", Some(kind)) => self.resource(instance, Mode::Ephemeral, kind, name(1), 2),
            (kind, first) => self.resource(instance, Mode::Managed, kind, first, 1),
        }
    }

    fn resource(
        &self,
        instance: &Rc<Instance<'w>>,
        mode: Mode,
        kind: &str,
        name: Option<&str>,
        steps: usize,
    ) -> (Data, usize) {
        let index = name.and_then(|name| instance.config.find(mode, kind, name));
        let Some(resource) = index else { return (Data::unknown(), steps) };
        (self.resource_data(instance, resource), steps)
    }

    fn resource_data(&self, instance: &Rc<Instance<'w>>, resource: usize) -> Data {
        let expansion = self.expand(instance, Part::Resource(resource));
        let single = expansion.by == Repetition::Single;
        let slot = expansion.slots.first().filter(|_| single).cloned();
        let handle = ResourceHandle { instance: instance.id, resource, slot };
        Data::new(Kind::Resource(Rc::new(handle)))
    }

    fn module(&self, instance: &Rc<Instance<'w>>, name: &str) -> Data {
        let Some(call) = instance.config.find_call(name) else { return Data::unknown() };
        let expansion = self.expand(instance, Part::Call(call));
        let single = expansion.by == Repetition::Single;
        let slot = expansion.slots.first().filter(|_| single).cloned();
        Data::new(Kind::Module(Rc::new(ModuleHandle::Call(instance.id, call, slot))))
    }

    /// Evaluates a local value.
    pub(crate) fn local(&self, instance: &Rc<Instance<'w>>, name: &str) -> Data {
        let Some((name, written)) = instance.config.locals.get_key_value(name) else {
            return Data::unknown();
        };
        self.remember(ValueKey::Local(instance.id, name), || {
            self.evaluate(&Scope::new(instance, written.file), written.expression)
        })
    }

    /// Evaluates a variable: what the caller or a file gives, else the default.
    pub(crate) fn variable(&self, instance: &Rc<Instance<'w>>, name: &str) -> Data {
        let Some((name, declared)) = instance.config.variables.get_key_value(name) else {
            return Data::unknown();
        };
        self.remember(ValueKey::Variable(instance.id, name), || {
            let scope = Scope::new(instance, declared.file);
            let given = match &instance.caller {
                Some(caller) => {
                    let mut outer = Scope::new(&caller.instance, caller.call.file);
                    outer.slot = Some(Rc::clone(&caller.slot));
                    let is_given = caller.call.attribute(name).is_some();
                    is_given.then(|| self.attribute(&outer, &caller.call, name))
                }
                None => instance.given.get(*name).cloned(),
            };
            let nullable = self.attribute(&scope, declared, "nullable").as_bool() != Some(false);
            let given = given.filter(|data| nullable || !data.is_null());
            let has_default = declared.attribute("default").is_some();
            let data = match given {
                Some(data) => data,
                None if has_default => {
                    let default = self.attribute(&scope, declared, "default");
                    let sensitive = || self.attribute(&scope, declared, "sensitive").as_bool();
                    let is_empty = default.known_text().is_some_and(|text| text.is_empty());
                    // Nothing, for a secret of the root, says that whoever runs it gives one.
                    let is_given =
                        instance.caller.is_none() && is_empty && sensitive() == Some(true);
                    if is_given { Data::unknown() } else { default }
                }
                None => Data::unknown(),
            };
            // A value from the environment may replace the default of a root's variable, but a
            // default that is only a placeholder is rare; what stands in the text counts.
            match declared.attribute("type") {
                Some(constraint) => convert(self, &scope, data, constraint.expression),
                None => data,
            }
        })
    }

    /// Evaluates an output of a module instance.
    pub(crate) fn output(&self, instance: &Rc<Instance<'w>>, name: &str) -> Data {
        let Some((name, declared)) = instance.config.outputs.get_key_value(name) else {
            return Data::unknown();
        };
        self.remember(ValueKey::Output(instance.id, name), || {
            self.attribute(&Scope::new(instance, declared.file), declared, "value")
        })
    }

    /// Returns what `.name` leads to.
    pub(crate) fn get_attribute(&self, data: &Data, name: &str) -> Data {
        let found = match &data.kind {
            Kind::Map(map) => match map.get(name) {
                Some(entry) => entry.value.clone(),
                None if map.open => Data::unknown(),
                None => Data::error(),
            },
            Kind::Resource(handle) => self.resource_attribute(handle, name),
            Kind::Module(handle) => self.module_attribute(handle, name),
            Kind::Unknown | Kind::Computed(_) | Kind::Encoded(_) => Data::unknown(),
            _ => Data::error(),
        };
        found.guessed(data.guess)
    }

    /// Returns what `[index]` leads to.
    pub(crate) fn get_index(&self, data: &Data, index: &Data) -> Data {
        let key = key_of(index);
        let found = match (&data.kind, &key) {
            (Kind::Map(_), Key::Text(name)) => self.get_attribute(data, name),
            (Kind::Map(_), Key::Number(number)) => self.get_attribute(data, &number.to_string()),
            (Kind::List(items), Key::Number(number)) => item(items, *number),
            (Kind::List(items), Key::Text(text)) => {
                text.parse().map_or_else(|_| Data::error(), |number| item(items, number))
            }
            (Kind::Resource(handle), _) => self.resource_instance(handle, &key, index),
            (Kind::Module(handle), _) => self.module_instance(handle, &key, index),
            (Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::Error, _) => {
                Data::error()
            }
            _ => Data::unknown(),
        };
        found.guessed(data.guess)
    }

    fn resource_instance(&self, handle: &Rc<ResourceHandle>, key: &Key, index: &Data) -> Data {
        if handle.slot.is_some() {
            // A repeated resource of an older configuration, or a mistake.
            return Data::unknown();
        }
        let Some(instance) = self.instance(handle.instance) else { return Data::unknown() };
        let expansion = self.expand(&instance, Part::Resource(handle.resource));
        match expansion.slot(key) {
            Some(slot) => {
                let slot = Some(with_key(slot, index));
                let handle = ResourceHandle { slot, ..(**handle).clone() };
                Data::new(Kind::Resource(Rc::new(handle)))
            }
            None => Data::error(),
        }
    }

    fn module_instance(&self, handle: &Rc<ModuleHandle>, key: &Key, index: &Data) -> Data {
        let ModuleHandle::Call(caller, call, None) = &**handle else { return Data::unknown() };
        let Some(instance) = self.instance(*caller) else { return Data::unknown() };
        let expansion = self.expand(&instance, Part::Call(*call));
        match expansion.slot(key) {
            Some(slot) => {
                let slot = Some(with_key(slot, index));
                Data::new(Kind::Module(Rc::new(ModuleHandle::Call(*caller, *call, slot))))
            }
            None => Data::error(),
        }
    }

    fn module_attribute(&self, handle: &ModuleHandle, name: &str) -> Data {
        match handle {
            ModuleHandle::Outputs(instance) => match self.instance(*instance) {
                Some(instance) => self.output(&instance, name),
                None => Data::unknown(),
            },
            ModuleHandle::Call(caller, call, Some(slot)) => {
                let Some(caller) = self.instance(*caller) else { return Data::unknown() };
                match self.called(&caller, *call, slot) {
                    Some(instance) => self.output(&instance, name),
                    None => self.unloaded_output(&caller, *call, slot, name),
                }
            }
            ModuleHandle::Call(..) => Data::unknown(),
        }
    }

    /// Returns the keys and values that `for` walks, and whether there may be others; nothing for
    /// what cannot be walked or is unknown.
    pub(crate) fn iterate(&self, data: &Data) -> Option<(Vec<(Data, Data)>, bool)> {
        let pairs: Vec<(Data, Data)> = match &data.kind {
            Kind::List(items) => {
                let number = Data::count;
                items.values.iter().enumerate().map(|(at, it)| (number(at), it.clone())).collect()
            }
            Kind::Set(items) => items.values.iter().map(|it| (it.clone(), it.clone())).collect(),
            Kind::Map(map) => {
                map.entries.iter().map(|it| (it.key_data(), it.value.clone())).collect()
            }
            Kind::Resource(_) | Kind::Module(_) => return self.iterate_instances(data),
            _ => return None,
        };
        let open = match &data.kind {
            Kind::List(items) | Kind::Set(items) => items.open,
            Kind::Map(map) => map.open,
            _ => false,
        };
        self.spend(pairs.len()).then_some((pairs, open))
    }

    fn iterate_instances(&self, data: &Data) -> Option<(Vec<(Data, Data)>, bool)> {
        let (caller, part) = match &data.kind {
            Kind::Resource(handle) if handle.slot.is_none() => {
                (handle.instance, Part::Resource(handle.resource))
            }
            Kind::Module(handle) => match &**handle {
                ModuleHandle::Call(caller, call, None) => (*caller, Part::Call(*call)),
                _ => return None,
            },
            _ => return None,
        };
        let expansion = self.expand(&self.instance(caller)?, part);
        let mut pairs = Vec::new();
        let mut open = false;
        let mut slots = expansion.slots.clone();
        if expansion.by == Repetition::Count && slots.iter().any(|slot| slot.key == Key::Unknown) {
            // A count that is not known is nearly always that of something switched on or off.
            slots = expansion.slot(&Key::Number(0)).into_iter().collect();
        }
        for slot in &slots {
            let key = match &slot.key {
                Key::Number(number) => Data::count(*number),
                Key::Text(_) => slot.each.as_ref().map_or_else(Data::unknown, |it| it.0.clone()),
                Key::None | Key::Unknown => {
                    open = true;
                    continue;
                }
            };
            let guess = slot.conditional;
            let slot = Some(Rc::clone(slot));
            let value = match part {
                Part::Resource(resource) => {
                    let handle = ResourceHandle { instance: caller, resource, slot };
                    Kind::Resource(Rc::new(handle))
                }
                Part::Call(call) => Kind::Module(Rc::new(ModuleHandle::Call(caller, call, slot))),
            };
            pairs.push((key, Data::new(value).guessed(guess)));
        }
        Some((pairs, open))
    }
}

fn each(scope: &Scope<'_>, part: &str) -> Data {
    let each = scope.slot.as_ref().and_then(|slot| slot.each.as_ref());
    match (each, part) {
        (Some((key, _)), "key") => key.clone(),
        (Some((_, value)), "value") => value.clone(),
        _ => Data::unknown(),
    }
}

fn count_index(scope: &Scope<'_>) -> Data {
    match scope.slot.as_ref().map(|slot| &slot.key) {
        Some(Key::Number(number)) => Data::count(*number),
        _ => Data::unknown(),
    }
}

pub(super) fn item(items: &Items, index: usize) -> Data {
    match items.values.get(index) {
        Some(item) if !items.open => item.clone(),
        None if !items.open => Data::error(),
        _ => Data::unknown(),
    }
}

/// Gives a made-up instance the key as it was written, so that its literals keep their places.
fn with_key(slot: Rc<Slot>, index: &Data) -> Rc<Slot> {
    match &slot.each {
        Some((_, value)) if slot.conditional => {
            let key = Data::new(Kind::Text(index.to_text().unwrap_or_else(Text::hole)));
            let each = Some((key, value.clone()));
            Rc::new(Slot::new(slot.key.clone(), each, true))
        }
        _ => slot,
    }
}

/// Returns the resource that `self` means.
fn own_resource(scope: &Scope<'_>) -> Data {
    let (Some(resource), Some(slot)) = (scope.resource, &scope.slot) else {
        return Data::unknown();
    };
    let slot = Some(Rc::clone(slot));
    let handle = ResourceHandle { instance: scope.instance.id, resource, slot };
    Data::new(Kind::Resource(Rc::new(handle)))
}
