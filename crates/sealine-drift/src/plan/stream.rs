//! Reads the parts of a plan one after the other, and lets go of each.
//!
//! Invariant: at most one resource that does not differ is in memory at a time.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Change, Held, Path, Plan, ResourceChange};
use crate::redact::Secrets;

type Json<R> = serde_json::Deserializer<serde_json::de::IoRead<R>>;

pub(super) fn read<R: std::io::Read>(
    plan: &mut Plan,
    parser: &mut Json<R>,
) -> Result<(), serde_json::Error> {
    parser.deserialize_map(Whole { plan })
}

pub(super) fn read_state<R: std::io::Read>(
    plan: &mut Plan,
    parser: &mut Json<R>,
) -> Result<(), serde_json::Error> {
    State { secrets: &mut plan.secrets }.deserialize(parser)
}

/// Feeds each item of a list to a function.
struct Each<T, F> {
    take: F,
    item: PhantomData<T>,
}

fn each<T, F: FnMut(T)>(take: F) -> Each<T, F> {
    Each { take, item: PhantomData }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T)> DeserializeSeed<'de> for Each<T, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T)> Visitor<'de> for Each<T, F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element()? {
            (self.take)(item);
        }
        Ok(())
    }
}

struct Whole<'a> {
    plan: &'a mut Plan,
}

#[derive(Deserialize)]
struct GivenVariable {
    #[serde(default)]
    value: Held,
}

impl<'de> Visitor<'de> for Whole<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a plan")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let plan = self.plan;
        let mut variables: BTreeMap<String, GivenVariable> = BTreeMap::new();
        while let Some(key) = entries.next_key::<String>()? {
            match key.as_str() {
                "format_version" => plan.format = entries.next_value()?,
                "terraform_version" => plan.program_version = entries.next_value()?,
                "variables" => variables = entries.next_value::<Option<_>>()?.unwrap_or_default(),
                "resource_drift" => {
                    let (drift, secrets) = (&mut plan.drift, &mut plan.secrets);
                    entries.next_value_seed(each(|change: ResourceChange| {
                        learn(secrets, &change);
                        if change.mode != "data" {
                            drift.push(change);
                        }
                    }))?;
                }
                "resource_changes" => {
                    let taken = &mut *plan;
                    entries.next_value_seed(each(|change| take(taken, change)))?;
                }
                "output_changes" => {
                    plan.outputs = entries.next_value::<Option<_>>()?.unwrap_or_default();
                    for change in plan.outputs.values() {
                        learn_change(&mut plan.secrets, "", change);
                    }
                }
                "prior_state" => {
                    entries.next_value_seed(State { secrets: &mut plan.secrets })?;
                }
                "configuration" => plan.configuration = entries.next_value()?,
                "relevant_attributes" => {
                    plan.relevant = entries.next_value::<Option<_>>()?.unwrap_or_default();
                }
                "checks" => plan.checks = entries.next_value::<Option<_>>()?.unwrap_or_default(),
                "errored" => plan.errored = entries.next_value()?,
                _ => drop(entries.next_value::<IgnoredAny>()?),
            }
        }
        for (name, given) in variables {
            let declared = plan.configuration.root_module.variables.get(&name);
            if declared.is_some_and(|variable| variable.sensitive) {
                plan.secrets.learn_all(&given.value);
            }
        }
        Ok(())
    }
}

fn take(plan: &mut Plan, change: ResourceChange) {
    learn(&mut plan.secrets, &change);
    if change.mode == "data" {
        return;
    }
    if !change.change.before.is_null() && change.change.importing.is_null() {
        let deposed = change.deposed.as_deref().unwrap_or_default();
        let suffix = if deposed.is_empty() { "" } else { " deposed " };
        plan.existing.insert(format!("{}{suffix}{deposed}", change.address));
    }
    let moves = change.previous_address.as_ref().is_some_and(|old| *old != change.address);
    let imports = !change.change.importing.is_null();
    if moves || imports || !(change.change.is(&["no-op"]) || change.change.is(&["read"])) {
        plan.changes.push(change);
    }
}

fn learn(secrets: &mut Secrets, change: &ResourceChange) {
    learn_change(secrets, &change.kind, &change.change);
}

fn learn_change(secrets: &mut Secrets, kind: &str, change: &Change) {
    let marks = [&change.before_sensitive, &change.after_sensitive];
    secrets.learn(kind, &Path::default(), &change.before, marks);
    // A resource that stays as it is holds the same on both sides, and nearly all do.
    if change.before != change.after {
        secrets.learn(kind, &Path::default(), &change.after, marks);
    }
}

/// Walks modules of a state, and learns what is marked.
struct State<'a> {
    secrets: &'a mut Secrets,
}

#[derive(Deserialize)]
struct StateResource {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    values: Held,
    #[serde(default)]
    sensitive_values: Held,
}

#[derive(Deserialize)]
struct StateOutput {
    #[serde(default)]
    sensitive: bool,
    #[serde(default)]
    value: Held,
}

impl State<'_> {
    fn again(&mut self) -> State<'_> {
        State { secrets: self.secrets }
    }
}

impl<'de> DeserializeSeed<'de> for State<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for State<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a state")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self.again())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        while let Some(key) = entries.next_key::<String>()? {
            match key.as_str() {
                "resources" => {
                    let secrets = &mut *self.secrets;
                    entries.next_value_seed(each(|resource: StateResource| {
                        let StateResource { kind, values, sensitive_values } = resource;
                        let marks = [&sensitive_values, &Held::Null];
                        secrets.learn(&kind, &Path::default(), &values, marks);
                    }))?;
                }
                "outputs" => {
                    let outputs = entries.next_value::<Option<BTreeMap<String, StateOutput>>>()?;
                    for output in outputs.unwrap_or_default().values() {
                        if output.sensitive {
                            self.secrets.learn_all(&output.value);
                        }
                    }
                }
                "values" | "root_module" | "child_modules" => {
                    entries.next_value_seed(self.again())?;
                }
                _ => drop(entries.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}
