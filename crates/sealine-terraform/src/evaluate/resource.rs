//! Attributes of resources: as given, as nested blocks give them, or as the provider computes them.
//!
//! Invariant: an attribute that the configuration does not give is [`Kind::Computed`].

use std::rc::Rc;

use super::reference::item;
use super::{Computed, Evaluator, Instance, Key, ResourceHandle, Scope, Slot, ValueKey};
use crate::config::{Declared, Mode, ResourceConfig};
use crate::data::{Data, Kind, MapEntry, Piece, Spot, Text};
use crate::syntax::Body;

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
    /// Returns an attribute of a resource instance: as given, else as the provider computes it.
    pub(crate) fn resource_attribute(&self, handle: &ResourceHandle, name: &str) -> Data {
        let Some(instance) = self.instance(handle.instance) else { return Data::unknown() };
        let Some(slot) = &handle.slot else { return Data::unknown() };
        let Some((scope, config)) = resource_scope(&instance, handle.resource, slot) else {
            return Data::unknown();
        };
        if let Some(data) = self.remote_state(&scope, config, name) {
            return data;
        }
        if let Some(data) = self.computing(&scope, config, name) {
            return data;
        }
        let computed = || {
            let computed = Computed { resource: handle.clone(), attribute: name.into() };
            Data::new(Kind::Computed(Rc::new(computed)))
        };
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
            if !data.is_null() {
                return data;
            }
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
        if config.kind == "aws_region" && ["name", "id", "region"].contains(&name) {
            // Of the data source without arguments: where the provider works.
            let region = self.provider_attribute(&instance, &config.declared, "aws", "region");
            return if region.known_text().is_some() { region } else { computed() };
        }
        let same = SAME_AS.iter().find(|(kind, from, _)| *kind == config.kind && *from == name);
        if let Some((.., path)) = same {
            return self.follow(handle, path);
        }
        computed()
    }

    /// Returns what is known of an attribute that a provider computes: the ARN of an entry holds its name,
    /// and behind that six characters.
    pub(crate) fn computed_text(&self, computed: &Computed) -> Text {
        self.entry_arn(computed).unwrap_or_else(Text::hole)
    }

    fn entry_arn(&self, computed: &Computed) -> Option<Text> {
        let config = self.config_of(&computed.resource)?;
        let is_arn = matches!(&*computed.attribute, "arn" | "id");
        if config.kind != "aws_secretsmanager_secret" || !is_arn {
            return None;
        }
        let name = self.resource_attribute(&computed.resource, "name").to_text()?;
        if name == Text::hole() {
            return None;
        }
        let literal = |text: &str| Piece::Literal(text.into(), None);
        let mut arn = Text::known("arn:aws:secretsmanager:", None);
        arn.push(Piece::Hole);
        arn.push(literal(":secret:"));
        arn.append(&name);
        arn.push(literal("-"));
        arn.push(Piece::Hole);
        Some(arn)
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

    fn dynamic(&self, scope: &Scope<'w>, kind: &str, body: &'w Body) -> Vec<Data> {
        let Some(content) = body.block("content") else { return Vec::new() };
        let repetitions = self.repetitions(scope, kind, body).into_iter();
        repetitions
            .map(|(scope, guess)| self.block_data(&scope, &content.body).guessed(guess))
            .collect()
    }

    /// Returns the scopes of the blocks that a `dynamic` block stands for, and whether it is a guess that each
    /// is there.
    pub(crate) fn repetitions(
        &self,
        scope: &Scope<'w>,
        kind: &str,
        body: &'w Body,
    ) -> Vec<(Scope<'w>, bool)> {
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
            found.push((scope, guess));
        }
        found
    }

    /// Returns a block's body as an object, its own nested blocks as lists.
    pub(crate) fn block_data(&self, scope: &Scope<'w>, body: &'w Body) -> Data {
        self.deeper(|| {
            let mut entries: Vec<MapEntry> = Vec::new();
            for attribute in &body.attributes {
                let value = self.evaluate(scope, &attribute.value);
                let mut entry = MapEntry::new(&*attribute.name, value);
                entry.key_spot = Some(Spot { file: scope.file, range: attribute.name_range });
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
                        let before = entry.value.as_items().map(|it| it.values.clone());
                        let items = before.unwrap_or_default().into_iter().chain(data).collect();
                        entry.value = Data::list(items);
                    }
                    None => entries.push(MapEntry::new(kind, Data::list(data))),
                }
            }
            Data::map(entries, false)
        })
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

fn attribute_name<'w>(declared: &Declared<'w>, name: &str) -> &'w str {
    let found = declared.attributes().into_iter().find(|(_, it)| &*it.name == name);
    found.map_or("", |(_, attribute)| &*attribute.name)
}

/// Returns the scope in which the attributes of a resource instance are evaluated.
pub(crate) fn resource_scope<'w>(
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
