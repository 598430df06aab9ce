//! What references lead to: variables, locals, resources, modules, and steps into values.
//!
//! Invariant: an attribute that the configuration does not give is [`Kind::Computed`]: unknown, but
//! known to be that attribute of that instance, so that ids lead back to what they identify.

use std::rc::Rc;

use super::instance::{Repetition, key_of};
use super::{Evaluator, Instance, InstanceId, Key, Part, Scope, Slot, ValueKey, convert};
use crate::config::{Mode, ResourceConfig};
use crate::data::{Data, Items, Kind, MapEntry, Piece, Text};
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
}

/// Attributes that providers compute and that equal another one.
const SAME_AS: &[(&str, &str, &[&str])] = &[
    ("aws_ecs_cluster", "id", &["name"]),
    ("aws_eks_cluster", "id", &["name"]),
    ("aws_iam_role", "id", &["name"]),
    ("aws_s3_bucket", "id", &["bucket"]),
    ("aws_ssm_parameter", "id", &["name"]),
    ("google_service_account", "name", &["account_id"]),
    ("kubernetes_namespace", "id", &["metadata", "name"]),
    ("kubernetes_namespace_v1", "id", &["metadata", "name"]),
    ("terraform_data", "output", &["input"]),
];

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
            ("self", _) => (self.own_resource(scope), 0),
            ("path", Some("module")) => (Data::text(&*instance.directory), 1),
            ("path", Some("root" | "cwd")) => (Data::text("."), 1),
            ("terraform", Some(_)) => (Data::unknown(), 1),
            ("module", Some(call)) => (self.module(instance, call), 1),
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

    fn own_resource(&self, scope: &Scope<'w>) -> Data {
        let (Some(resource), Some(slot)) = (scope.resource, &scope.slot) else {
            return Data::unknown();
        };
        let slot = Some(Rc::clone(slot));
        let handle = ResourceHandle { instance: scope.instance.id, resource, slot };
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
                None if has_default => self.attribute(&scope, declared, "default"),
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
            (Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_), _) => Data::error(),
            (Kind::Error, _) => Data::error(),
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

    /// Returns the scope in which the attributes of a resource instance are evaluated.
    pub(crate) fn resource_scope(
        &self,
        instance: &Rc<Instance<'w>>,
        resource: usize,
        slot: &Rc<Slot>,
    ) -> Option<(Scope<'w>, &'w ResourceConfig<'w>)> {
        let config: &'w ResourceConfig<'w> = instance.config.resources.get(resource)?;
        let mut scope = Scope::new(instance, config.declared.file);
        scope.slot = Some(Rc::clone(slot));
        scope.resource = Some(resource);
        Some((scope, config))
    }

    /// Returns an attribute of a resource instance: as given, else as the provider computes it.
    pub(crate) fn resource_attribute(&self, handle: &ResourceHandle, name: &str) -> Data {
        let Some(instance) = self.instance(handle.instance) else { return Data::unknown() };
        let Some(slot) = &handle.slot else { return Data::unknown() };
        let Some((scope, config)) = self.resource_scope(&instance, handle.resource, slot) else {
            return Data::unknown();
        };
        if let Some(data) = self.remote_state(&scope, config, name) {
            return data;
        }
        let computed = || Data::new(Kind::Computed(Rc::new(Computed { resource: handle.clone() })));
        if let Some(written) = config.declared.attribute(name) {
            let key = attribute_name(&config.declared, name);
            let key = ValueKey::Attribute(instance.id, handle.resource, slot.key.clone(), key);
            let scope = scope.in_file(written.file);
            // Keys that are unknown stand for several instances, whose values may differ.
            let data = if slot.key == Key::Unknown {
                self.deeper(|| self.evaluate(&scope, written.expression))
            } else {
                self.remember(key, || self.evaluate(&scope, written.expression))
            };
            return if data.is_null() { computed() } else { data };
        }
        let blocks = self.nested_blocks(&scope, config, name);
        if !blocks.is_empty() {
            return Data::list(blocks);
        }
        let prefix = self.attribute(&scope, &config.declared, &format!("{name}_prefix"));
        if let Kind::Text(mut text) = prefix.kind {
            text.push(Piece::Hole);
            return Data::new(Kind::Text(text));
        }
        let same = SAME_AS.iter().find(|(kind, from, _)| *kind == config.kind && *from == name);
        if let Some((.., path)) = same {
            return self.follow(handle, path);
        }
        computed()
    }

    /// Follows attribute names; blocks on the way are taken to be the first.
    pub(crate) fn follow(&self, handle: &ResourceHandle, path: &[&str]) -> Data {
        let mut data = Data::new(Kind::Resource(Rc::new(handle.clone())));
        for name in path {
            if let Kind::List(items) = &data.kind {
                data = item(items, 0);
            }
            data = self.get_attribute(&data, name);
        }
        data
    }

    /// Returns the nested blocks of a kind as objects, `dynamic` ones expanded.
    pub(crate) fn nested_blocks(
        &self,
        scope: &Scope<'w>,
        config: &ResourceConfig<'w>,
        kind: &str,
    ) -> Vec<Data> {
        let mut found = Vec::new();
        for (file, block) in config.declared.blocks() {
            let scope = scope.in_file(file);
            if &*block.kind == kind {
                found.push(self.block_data(&scope, &block.body));
            } else if &*block.kind == "dynamic" && block.label(0) == Some(kind) {
                found.extend(self.dynamic(&scope, kind, &block.body));
            }
        }
        found
    }

    fn dynamic(&self, scope: &Scope<'w>, kind: &str, body: &'w crate::syntax::Body) -> Vec<Data> {
        let Some(content) = body.block("content") else { return Vec::new() };
        let Some(for_each) = body.attribute("for_each") else { return Vec::new() };
        let iterator = body.attribute("iterator").and_then(|it| it.value.word());
        let iterator = iterator.unwrap_or_else(|| kind.to_owned());
        let collection = self.evaluate(scope, &for_each.value);
        let pairs = self.iterate(&collection);
        let (pairs, open) = pairs.unwrap_or_else(|| (Vec::new(), !collection.is_null()));
        let unknown = open.then(|| (Data::unknown(), Data::unknown()));
        let mut found = Vec::new();
        for (key, value) in pairs.into_iter().chain(unknown) {
            let guess = value.guess || collection.guess || key.is_unknown();
            let element = vec![MapEntry::new("key", key), MapEntry::new("value", value)];
            let scope = scope.with(&iterator, Data::map(element, false));
            found.push(self.block_data(&scope, &content.body).guessed(guess));
        }
        found
    }

    /// Returns a block's body as an object, its own nested blocks as lists.
    pub(crate) fn block_data(&self, scope: &Scope<'w>, body: &'w crate::syntax::Body) -> Data {
        self.deeper(|| {
            let mut entries: Vec<MapEntry> = Vec::new();
            for attribute in &body.attributes {
                let value = self.evaluate(scope, &attribute.value);
                let mut entry = MapEntry::new(&*attribute.name, value);
                entry.key_spot =
                    Some(crate::data::Spot { file: scope.file, range: attribute.name_range });
                entries.push(entry);
            }
            for block in &body.blocks {
                let (kind, data) = if &*block.kind == "dynamic" {
                    let Some(kind) = block.label(0) else { continue };
                    (kind, self.dynamic(scope, kind, &block.body))
                } else {
                    (&*block.kind, vec![self.block_data(scope, &block.body)])
                };
                match entries.iter_mut().find(|entry| &*entry.key == kind) {
                    Some(entry) => {
                        let before = entry.value.as_items().map(|it| it.items.clone());
                        let items = before.unwrap_or_default().into_iter().chain(data).collect();
                        entry.value = Data::list(items);
                    }
                    None => entries.push(MapEntry::new(kind, Data::list(data))),
                }
            }
            Data::map(entries, false)
        })
    }

    /// Returns the keys and values that `for` walks, and whether there may be others; nothing for
    /// what cannot be walked or is unknown.
    pub(crate) fn iterate(&self, data: &Data) -> Option<(Vec<(Data, Data)>, bool)> {
        let pairs: Vec<(Data, Data)> = match &data.kind {
            Kind::List(items) => {
                let number = |index: usize| Data::new(Kind::Number(index as f64));
                items.items.iter().enumerate().map(|(at, it)| (number(at), it.clone())).collect()
            }
            Kind::Set(items) => items.items.iter().map(|it| (it.clone(), it.clone())).collect(),
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
                Key::Number(number) => Data::new(Kind::Number(*number as f64)),
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

    /// Returns the address of a resource instance.
    pub(crate) fn address(&self, handle: &ResourceHandle) -> String {
        let Some(instance) = self.instance(handle.instance) else { return String::new() };
        let Some(config) = instance.config.resources.get(handle.resource) else {
            return String::new();
        };
        let mode = match config.mode {
            Mode::Managed => "",
            Mode::Data => "data.",
            Mode::Ephemeral => "ephemeral.",
        };
        let key = handle.slot.as_ref().map_or_else(String::new, |slot| slot.key.suffix());
        format!("{}{mode}{}.{}{key}", instance.prefix, config.kind, config.name)
    }

    /// Returns the configuration of the resource that a handle means.
    pub(crate) fn config_of(&self, handle: &ResourceHandle) -> Option<&'w ResourceConfig<'w>> {
        self.instance(handle.instance)?.config.resources.get(handle.resource)
    }
}

fn attribute_name<'w>(declared: &crate::config::Declared<'w>, name: &str) -> &'w str {
    let found = declared.attributes().into_iter().find(|(_, it)| &*it.name == name);
    found.map_or("", |(_, attribute)| &*attribute.name)
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
        Some(Key::Number(number)) => Data::new(Kind::Number(*number as f64)),
        _ => Data::unknown(),
    }
}

fn item(items: &Items, index: usize) -> Data {
    match items.items.get(index) {
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
            Rc::new(Slot { key: slot.key.clone(), each, conditional: true })
        }
        _ => slot,
    }
}
