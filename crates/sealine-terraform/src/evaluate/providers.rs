//! The provider configuration that a resource uses.
//!
//! Invariant: a module without a provider block of its own uses its caller's, under the alias that
//! the call passes.

use std::rc::Rc;

use super::{Evaluator, Instance, Scope};
use crate::config::Declared;
use crate::data::Data;
use crate::syntax::{Expression, ExpressionKind};

/// How many callers are asked.
const MAX_LEVELS: usize = 16;

impl<'w> Evaluator<'w> {
    /// Returns an attribute, or the blocks of a kind as a list, of the provider that a resource of this
    /// instance uses; null where the provider is seen not to give it, unknown where it is not seen.
    pub(crate) fn provider_attribute(
        &self,
        instance: &Rc<Instance<'w>>,
        resource: &Declared<'w>,
        provider: &str,
        name: &str,
    ) -> Data {
        let named = resource.attribute("provider");
        let (mut local, mut alias) = match named.and_then(|it| spelled(it.expression)) {
            Some(written) => written,
            None => (provider.to_owned(), None),
        };
        let mut instance = Rc::clone(instance);
        for _ in 0..MAX_LEVELS {
            if let Some(block) = find(&instance, &local, alias.as_deref()) {
                return attribute(self, &instance, block, name);
            }
            let Some(caller) = &instance.caller else { break };
            if let Some((name, known)) = passed(&caller.call, &local, alias.as_deref()) {
                (local, alias) = (name, known);
            }
            let outer = Rc::clone(&caller.instance);
            instance = outer;
        }
        Data::unknown()
    }
}

fn find<'i, 'w>(
    instance: &'i Instance<'w>,
    local: &str,
    alias: Option<&str>,
) -> Option<&'i Declared<'w>> {
    instance.config.providers.iter().find(|provider| {
        let own = provider.attribute("alias").and_then(|it| it.expression.literal_text());
        provider.block.label(0) == Some(local) && own.as_deref() == alias
    })
}

fn attribute<'w>(
    evaluator: &Evaluator<'w>,
    instance: &Rc<Instance<'w>>,
    provider: &Declared<'w>,
    name: &str,
) -> Data {
    let scope = Scope::new(instance, provider.file);
    if provider.attribute(name).is_some() {
        return evaluator.attribute(&scope, provider, name);
    }
    let blocks = provider.blocks().into_iter().filter(|(_, block)| &*block.kind == name);
    let blocks: Vec<Data> =
        blocks.map(|(_, block)| evaluator.block_data(&scope, &block.body)).collect();
    if blocks.is_empty() { Data::unknown() } else { Data::list(blocks) }
}

/// Returns what `providers = { local = name.alias }` of a call passes.
fn passed(
    call: &Declared<'_>,
    local: &str,
    alias: Option<&str>,
) -> Option<(String, Option<String>)> {
    let providers = call.attribute("providers")?;
    let ExpressionKind::Object(items) = &providers.expression.bare().kind else { return None };
    let wanted = (local.to_owned(), alias.map(str::to_owned));
    let item = items.iter().find(|item| spelled(&item.key).as_ref() == Some(&wanted))?;
    spelled(&item.value)
}

/// Takes `aws` or `aws.west` apart.
fn spelled(expression: &Expression) -> Option<(String, Option<String>)> {
    if let Some(text) = expression.literal_text() {
        let (name, alias) = text.split_once('.').map_or((&*text, None), |(a, b)| (a, Some(b)));
        return Some((name.to_owned(), alias.map(str::to_owned)));
    }
    let (root, names) = expression.reference()?;
    Some((root.to_owned(), names.first().map(|alias| (*alias).to_owned())))
}
