//! Which outputs pass on a secret.
//!
//! Invariant: only references that lead to an attribute of the table count; what goes through a
//! function that may change it does not.

use sealine_model::secret_attributes::holds_secret;

use crate::config::Config;
use crate::syntax::{Expression, ExpressionKind, Step, TemplatePiece};
use crate::world::World;

/// How far references are followed.
const MAX_DEPTH: usize = 24;

/// Functions that pass their arguments on.
const PASSING: &[&str] = &[
    "coalesce",
    "concat",
    "element",
    "flatten",
    "format",
    "join",
    "jsonencode",
    "lookup",
    "merge",
    "nonsensitive",
    "one",
    "replace",
    "sensitive",
    "tolist",
    "tomap",
    "tostring",
    "trimspace",
    "try",
    "values",
    "yamlencode",
];

/// Returns the secret attribute that an expression passes on, for people.
pub(super) fn secret_source(
    world: &World<'_>,
    config: &Config<'_>,
    expression: &Expression,
) -> Option<String> {
    search(world, config, expression, 0)
}

fn search(
    world: &World<'_>,
    config: &Config<'_>,
    expression: &Expression,
    depth: usize,
) -> Option<String> {
    if depth >= MAX_DEPTH {
        return None;
    }
    let inside = |inner: &Expression| search(world, config, inner, depth + 1);
    match &expression.kind {
        ExpressionKind::Get(base, steps) => match &base.kind {
            ExpressionKind::Name(root) => reference(world, config, root, steps, depth),
            _ => inside(base),
        },
        ExpressionKind::Template(pieces) => pieces.iter().find_map(|piece| match piece {
            TemplatePiece::Interpolation(inner) => inside(inner),
            _ => None,
        }),
        ExpressionKind::Parentheses(inner) => inside(inner),
        ExpressionKind::Tuple(items) => items.iter().find_map(inside),
        ExpressionKind::Object(items) => items.iter().find_map(|item| inside(&item.value)),
        ExpressionKind::Call { name, arguments, .. } if PASSING.contains(&&**name) => {
            arguments.iter().find_map(inside)
        }
        ExpressionKind::Conditional(arms, last) => {
            arms.iter().find_map(|(_, then)| inside(then)).or_else(|| inside(last))
        }
        ExpressionKind::For(inner) => inside(&inner.value),
        _ => None,
    }
}

fn reference(
    world: &World<'_>,
    config: &Config<'_>,
    root: &str,
    steps: &[Step],
    depth: usize,
) -> Option<String> {
    let names: Vec<&str> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Attribute(name) => Some(&**name),
            _ => None,
        })
        .collect();
    match (root, names.as_slice()) {
        ("local", [name, ..]) => {
            let written = config.locals.get(name)?;
            search(world, config, written.expression, depth + 1)
        }
        ("module", [name, output, ..]) => {
            let (_, call) = config.calls.get(config.find_call(name)?)?;
            let source = call.attribute("source")?.expression.literal_text()?;
            let called = world.resolve_call(config, &source, None).1?;
            let called = world.config(called)?;
            let value = called.outputs.get(output)?.attribute("value")?;
            let found = search(world, called, value.expression, depth + 1)?;
            Some(format!("module.{name}.{found}"))
        }
        ("data", [kind, name, attribute, rest @ ..]) => {
            let path = path(attribute, rest);
            holds_secret(kind, &path).then(|| format!("data.{kind}.{name}.{path}"))
        }
        ("var" | "each" | "count" | "self" | "path" | "terraform" | "ephemeral", _) => None,
        (kind, [name, attribute, rest @ ..]) => {
            let path = path(attribute, rest);
            holds_secret(kind, &path).then(|| format!("{kind}.{name}.{path}"))
        }
        _ => None,
    }
}

fn path(attribute: &str, rest: &[&str]) -> String {
    std::iter::once(attribute).chain(rest.iter().copied()).collect::<Vec<_>>().join(".")
}
