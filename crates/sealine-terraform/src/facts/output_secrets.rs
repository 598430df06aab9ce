//! Which outputs pass on a secret.
//!
//! Invariant: only references that lead to an attribute of the table count; what goes through a
//! function that may change it does not, nor what `nonsensitive` calls no secret and a name does, too.

use sealine_model::names_no_secret;
use sealine_model::secret_attributes::holds_secret;

use crate::config::{Config, Mode};
use crate::syntax::{Expression, ExpressionKind, Step, TemplatePiece, attributes};
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

/// What names of settings end with, beside those of [`names_no_secret`]: enough where somebody wrote
/// `nonsensitive`, too.
const SETTINGS: &[&str] =
    &["ami", "arn", "cidr", "context", "dns", "domain", "environment", "path", "subnet", "zone"];

/// Returns the secret attribute that an expression passes on, for people.
pub(super) fn secret_source(
    world: &World<'_>,
    config: &Config<'_>,
    expression: &Expression,
) -> Option<String> {
    search(world, config, expression, Way { depth: 0, deliberate: false })
}

/// How an expression was reached.
#[derive(Clone, Copy)]
struct Way {
    depth: usize,
    /// Whether `nonsensitive` stands around it.
    deliberate: bool,
}

impl Way {
    fn deeper(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }
}

fn search(
    world: &World<'_>,
    config: &Config<'_>,
    expression: &Expression,
    way: Way,
) -> Option<String> {
    if way.depth >= MAX_DEPTH {
        return None;
    }
    let inside = |inner: &Expression| search(world, config, inner, way.deeper());
    match &expression.kind {
        ExpressionKind::Get(base, steps) => match &base.kind {
            ExpressionKind::Name(root) => reference(world, config, root, steps, way),
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
            let deliberate = way.deliberate || &**name == "nonsensitive";
            let way = Way { deliberate, ..way.deeper() };
            arguments.iter().find_map(|inner| search(world, config, inner, way))
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
    way: Way,
) -> Option<String> {
    let names: Vec<&str> = attributes(steps).collect();
    match (root, names.as_slice()) {
        ("local", [name, ..]) => {
            let written = config.locals.get(name)?;
            search(world, config, written.expression, way.deeper())
        }
        ("module", [name, output, ..]) => {
            let (_, call) = config.calls.get(config.find_call(name)?)?;
            let source = call.attribute("source")?.expression.literal_text()?;
            let called = world.resolve_call(config, &source, None).1?;
            let called = world.config(called)?;
            let value = called.outputs.get(output)?.attribute("value")?;
            let found = search(world, called, value.expression, way.deeper())?;
            Some(format!("module.{name}.{found}"))
        }
        ("data", [kind, name, attribute, rest @ ..]) => {
            let path = path(attribute, rest);
            let is_none = way.deliberate && path == "value" && reads_no_secret(config, kind, name);
            (holds_secret(kind, &path) && !is_none).then(|| format!("data.{kind}.{name}.{path}"))
        }
        ("var" | "each" | "count" | "self" | "path" | "terraform" | "ephemeral", _) => None,
        (kind, [name, attribute, rest @ ..]) => {
            let path = path(attribute, rest);
            holds_secret(kind, &path).then(|| format!("{kind}.{name}.{path}"))
        }
        _ => None,
    }
}

/// Whether a data source that reads one value (a parameter, an entry) says by its own name or by
/// that of what it reads that this is no secret. What `secret_string` reads may hold several.
fn reads_no_secret(config: &Config<'_>, kind: &str, name: &str) -> bool {
    let read = config.find(Mode::Data, kind, name).and_then(|index| config.resources.get(index));
    let read = read.and_then(|data| data.declared.attribute("name"));
    let tail = read.and_then(|read| match &read.expression.bare().kind {
        ExpressionKind::Template(pieces) => pieces.last(),
        _ => None,
    });
    let names_setting = |name: &str| {
        let last = name.rsplit(['-', '_', '.', '/']).next().unwrap_or_default();
        names_no_secret(name) || SETTINGS.contains(&last.to_ascii_lowercase().as_str())
    };
    matches!(tail, Some(TemplatePiece::Literal { text, .. }) if names_setting(text))
        || names_setting(name)
}

fn path(attribute: &str, rest: &[&str]) -> String {
    std::iter::once(attribute).chain(rest.iter().copied()).collect::<Vec<_>>().join(".")
}
