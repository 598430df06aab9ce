//! One resource instance with everything a reader of its type asks for.
//!
//! Invariant: what a reader gets is a value of the model, with the places people edit.

use std::rc::Rc;

use sealine_model::Value;
use sealine_source::{Place, Source};

use crate::config::{Mode, ResourceConfig};
use crate::data::Data;
use crate::evaluate::{Evaluator, Instance, ResourceHandle, Scope, Slot, resource_scope};

/// One instance of a resource or data source.
pub(super) struct View<'e, 'w> {
    pub(super) evaluator: &'e Evaluator<'w>,
    pub(super) handle: ResourceHandle,
    pub(super) instance: Rc<Instance<'w>>,
    pub(super) scope: Scope<'w>,
    pub(super) config: &'w ResourceConfig<'w>,
    pub(super) source: &'w Source,
    pub(super) address: String,
    /// The head of the block.
    pub(super) place: Place,
    /// Whether the instance may not exist.
    pub(super) conditional: bool,
}

impl<'e, 'w> View<'e, 'w> {
    pub(super) fn new(
        evaluator: &'e Evaluator<'w>,
        instance: &Rc<Instance<'w>>,
        resource: usize,
        slot: &Rc<Slot>,
    ) -> Option<Self> {
        let (scope, config) = resource_scope(instance, resource, slot)?;
        let source = evaluator.source(config.declared.file)?;
        let slot_handle = Some(Rc::clone(slot));
        let handle = ResourceHandle { instance: instance.id, resource, slot: slot_handle };
        let address = evaluator.address(&handle);
        let place = source.place(config.declared.block.head);
        let conditional = instance.conditional || slot.conditional;
        let instance = Rc::clone(instance);
        Some(Self {
            evaluator,
            handle,
            instance,
            scope,
            config,
            source,
            address,
            place,
            conditional,
        })
    }

    pub(super) fn is_data(&self) -> bool {
        self.config.mode != Mode::Managed
    }

    /// Returns an attribute as given; null where it is not.
    pub(super) fn given(&self, name: &str) -> Data {
        self.evaluator.attribute(&self.scope, &self.config.declared, name)
    }

    /// Returns an attribute of the provider that the resource uses.
    pub(super) fn provider_attribute(&self, provider: &str, name: &str) -> Data {
        let declared = &self.config.declared;
        self.evaluator.provider_attribute(&self.instance, declared, provider, name)
    }

    /// Returns an attribute as given or computed.
    pub(super) fn data(&self, name: &str) -> Data {
        self.evaluator.resource_attribute(&self.handle, name)
    }

    /// Returns an attribute as a value; unknown where it is not given.
    pub(super) fn value(&self, name: &str) -> Value {
        self.evaluator.value(&self.data(name))
    }

    /// Returns an attribute as a value, when it is given.
    pub(super) fn given_value(&self, name: &str) -> Option<Value> {
        let data = self.given(name);
        (!data.is_null()).then(|| self.evaluator.value(&data))
    }

    pub(super) fn is_given(&self, name: &str) -> bool {
        self.config.declared.attribute(name).is_some() && !self.given(name).is_null()
    }

    /// Returns what a block's attribute holds, of the first block of this kind.
    pub(super) fn nested(&self, block: &str, name: &str) -> Data {
        self.evaluator.follow(&self.handle, &[block, name])
    }

    /// Returns the key of the instance, where `for_each` gives it one.
    pub(super) fn key(&self) -> Option<Value> {
        let key = self.handle.slot.as_ref()?.each_key()?;
        Some(self.evaluator.value(key))
    }

    /// Returns where an attribute's expression stands.
    pub(super) fn expression_place(&self, name: &str) -> Option<Place> {
        let written = self.config.declared.attribute(name)?;
        Some(self.evaluator.source(written.file)?.place(written.expression.range))
    }

    /// Returns the whole block.
    pub(super) fn block(&self) -> Place {
        self.source.place(self.config.declared.block.range)
    }

    /// Returns the names in `ignore_changes`, as written.
    pub(super) fn ignore_changes(&self) -> Vec<String> {
        super::resource::ignore_changes(&self.config.declared)
    }

    /// Returns whether Terraform leaves an argument alone.
    pub(super) fn ignores(&self, argument: &str) -> bool {
        self.ignore_changes().iter().any(|name| {
            let first = name.split(['.', '[']).next().unwrap_or_default();
            first == argument || name == "all"
        })
    }
}
