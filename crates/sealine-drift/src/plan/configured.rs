//! What the configuration in a plan says of resources: which attributes it gives, and what they
//! refer to.
//!
//! Invariant: no constant of the configuration is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The configuration of a plan.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Configuration {
    #[serde(default)]
    pub(crate) root_module: Module,
}

/// A module.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Module {
    #[serde(default)]
    pub(crate) resources: Vec<Resource>,
    #[serde(default, rename = "module_calls")]
    pub(crate) calls: BTreeMap<String, Call>,
    #[serde(default)]
    pub(crate) outputs: BTreeMap<String, Output>,
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, Variable>,
}

/// A call of a module.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Call {
    #[serde(default)]
    pub(crate) expressions: Expressions,
    #[serde(default)]
    pub(crate) module: Module,
}

/// A resource or data source.
#[derive(Debug, Deserialize)]
pub(crate) struct Resource {
    #[serde(default)]
    pub(crate) address: String,
    #[serde(default)]
    pub(crate) expressions: Expressions,
}

/// An output.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Output {
    #[serde(default)]
    pub(crate) sensitive: bool,
    #[serde(default)]
    pub(crate) expression: References,
}

/// A variable.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Variable {
    #[serde(default)]
    pub(crate) sensitive: bool,
}

/// The attributes and blocks that are given, and what each refers to.
pub(crate) type Expressions = BTreeMap<String, References>;

/// What an expression refers to, at any depth: `aws_vpc.main.id`, `aws_vpc.main`, `var.name`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct References(pub(crate) BTreeSet<String>);

impl<'de> Deserialize<'de> for References {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ReferencesVisitor)
    }
}

struct ReferencesVisitor;

impl<'de> Visitor<'de> for ReferencesVisitor {
    type Value = References;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an expression")
    }

    fn visit_unit<E>(self) -> Result<References, E> {
        Ok(References::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<References, E> {
        Ok(References::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<References, E> {
        Ok(References::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<References, E> {
        Ok(References::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<References, E> {
        Ok(References::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<References, E> {
        Ok(References::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<References, A::Error> {
        let mut all = References::default();
        while let Some(References(found)) = items.next_element()? {
            all.0.extend(found);
        }
        Ok(all)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<References, A::Error> {
        let mut all = References::default();
        while let Some(key) = entries.next_key::<String>()? {
            match key.as_str() {
                "references" => all.0.extend(entries.next_value::<Vec<String>>()?),
                "constant_value" => drop(entries.next_value::<IgnoredAny>()?),
                _ => all.0.extend(entries.next_value::<References>()?.0),
            }
        }
        Ok(all)
    }
}

impl Configuration {
    /// Returns the resource of an address without instance keys: `module.a.aws_vpc.main`.
    pub(crate) fn resource(&self, bare: &str) -> Option<&Resource> {
        let (module, rest) = self.module(bare)?;
        module.resources.iter().find(|resource| resource.address == rest)
    }

    /// Returns the module that a bare address lies in, and the rest of the address.
    pub(crate) fn module<'a, 'b>(&'a self, bare: &'b str) -> Option<(&'a Module, &'b str)> {
        let mut module = &self.root_module;
        let mut rest = bare;
        while let Some(after) = rest.strip_prefix("module.") {
            let (name, after) = after.split_once('.')?;
            module = &module.calls.get(name)?.module;
            rest = after;
        }
        Some((module, rest))
    }
}

/// Returns an address without the keys of instances: `module.a["k.x"].b.c[0]` is `module.a.b.c`.
pub(crate) fn bare(address: &str) -> String {
    let mut bare = String::with_capacity(address.len());
    let mut quoted = false;
    let mut escaped = false;
    let mut depth = 0_usize;
    for c in address.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if depth > 0 => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            c if depth == 0 => bare.push(c),
            _ => {}
        }
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_instances_are_left_out() {
        assert_eq!(bare(r#"module.a["k.]\"x"].b.c[0]"#), "module.a.b.c");
        assert_eq!(bare("b.c"), "b.c");
    }

    #[test]
    fn references_are_found_at_any_depth_and_constants_forgotten() {
        let text = r#"{"root_module": {"module_calls": {"m": {"module": {"resources": [
            {"address": "t.n", "expressions": {
                "a": {"constant_value": {"references": ["not.one"]}},
                "block": [{"x": {"references": ["var.a", "var"]}}]}}]}}}}}"#;
        let configuration: Configuration = serde_json::from_str(text).unwrap();
        let resource = configuration.resource("module.m.t.n").unwrap();
        assert_eq!(resource.expressions["a"], References::default());
        let found: Vec<_> = resource.expressions["block"].0.iter().map(String::as_str).collect();
        assert_eq!(found, ["var", "var.a"]);
    }
}
