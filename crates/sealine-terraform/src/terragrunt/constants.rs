//! What is constant in files of Terragrunt, and what another run hands on.
//!
//! Invariant: what is neither comes to nothing known; it is never looked for in the module.

use std::cell::Cell;

use sealine_source::{TextRange, file_name};

use super::{All, MAX_DEPTH};
use crate::config::File;
use crate::syntax::{
    Attribute, Block, Body, Expression, ExpressionKind, ObjectItem, Step, TemplatePiece,
};
use crate::world::folder_key;

/// How many expressions are carried out for one run.
pub(super) const MAX_STEPS: usize = 20_000;

/// Functions whose result is that of their arguments alone, and never a secret's encoding.
const PURE: &[&str] = &[
    "coalesce",
    "concat",
    "element",
    "flatten",
    "format",
    "join",
    "keys",
    "lookup",
    "lower",
    "merge",
    "replace",
    "split",
    "substr",
    "title",
    "tolist",
    "tomap",
    "toset",
    "tostring",
    "trim",
    "trimprefix",
    "trimspace",
    "trimsuffix",
    "try",
    "upper",
    "values",
];

/// The unit that is run, as it is seen from any of its files.
#[derive(Clone, Copy)]
pub(super) struct Unit<'c, 'a, 'p> {
    /// Its folder.
    pub(super) folder: &'c str,
    /// Its file and those that it includes, the nearest first.
    pub(super) chain: &'c [&'a File<'p>],
    /// How many expressions may still be carried out.
    pub(super) steps: &'c Cell<usize>,
}

/// What is constant in one file.
#[derive(Clone, Copy)]
pub(super) struct Constants<'c, 'a, 'p> {
    pub(super) all: &'c All<'a, 'p>,
    pub(super) file: &'a File<'p>,
    pub(super) unit: Unit<'c, 'a, 'p>,
}

impl Constants<'_, '_, '_> {
    /// Returns the inputs that an expression gives; one that is not constant may give any variable.
    pub(super) fn inputs(self, inputs: &Expression, variables: &[&str]) -> Vec<Attribute> {
        let inputs = inputs.bare();
        let objects = match &inputs.kind {
            ExpressionKind::Call { name, arguments, .. } if &**name == "merge" => &**arguments,
            _ => std::slice::from_ref(inputs),
        };
        let mut found: Vec<Attribute> = Vec::new();
        for object in objects {
            let constant = self.of(object, 0);
            let ExpressionKind::Object(items) = constant.kind else {
                let any = variables.iter().map(|name| Attribute {
                    name: (*name).into(),
                    name_range: object.range,
                    value: unknown(object.range),
                });
                found = any.collect();
                continue;
            };
            for item in items {
                let Some(name) = item.key.word() else { continue };
                found.retain(|known| *known.name != *name);
                let (name, name_range) = (name.into(), item.key.range);
                found.push(Attribute { name, name_range, value: item.value });
            }
        }
        found
    }

    /// Returns an expression with its locals put in, and with unknowns for what is not constant.
    fn of(self, expression: &Expression, depth: usize) -> Expression {
        let left = self.unit.steps.get();
        if depth > MAX_DEPTH || left == 0 {
            return unknown(expression.range);
        }
        self.unit.steps.set(left - 1);
        let of = |inner: &Expression| self.of(inner, depth + 1);
        let kind = match &expression.kind {
            ExpressionKind::Null | ExpressionKind::Bool(_) | ExpressionKind::Number(_) => {
                return expression.clone();
            }
            ExpressionKind::Parentheses(inner) => return of(inner),
            ExpressionKind::Template(pieces) => ExpressionKind::Template(
                pieces.iter().map(|piece| self.piece(piece, depth)).collect(),
            ),
            ExpressionKind::Tuple(items) => ExpressionKind::Tuple(items.iter().map(of).collect()),
            ExpressionKind::Object(items) => {
                let mut items = items.clone();
                for item in &mut items {
                    if !matches!(item.key.kind, ExpressionKind::Name(_)) {
                        item.key = of(&item.key);
                    }
                    item.value = of(&item.value);
                }
                ExpressionKind::Object(items)
            }
            ExpressionKind::Get(base, steps) => {
                let found = self.get(base, steps, depth + 1);
                let mut value = found.unwrap_or_else(|| unknown(expression.range));
                // It may stand in another file: here it was taken.
                relocate(&mut value, expression.range);
                return value;
            }
            _ => match self.operation(expression, depth) {
                Some(kind) => kind,
                None => return unknown(expression.range),
            },
        };
        Expression { kind, range: expression.range }
    }

    /// Returns a call, a choice or a chain of operators with what is constant put in; nothing for what
    /// Terragrunt alone can tell.
    fn operation(self, expression: &Expression, depth: usize) -> Option<ExpressionKind> {
        let of = |inner: &Expression| self.of(inner, depth + 1);
        Some(match &expression.kind {
            ExpressionKind::Call { name, arguments, .. } if &**name == "basename" => {
                let ExpressionKind::Call { name, .. } = &arguments.first()?.bare().kind else {
                    return None;
                };
                let is_unit =
                    matches!(&**name, "get_terragrunt_dir" | "get_original_terragrunt_dir");
                let text = is_unit.then(|| file_name(self.unit.folder))?.into();
                let (range, exact) = (expression.range, false);
                ExpressionKind::Template([TemplatePiece::Literal { text, range, exact }].into())
            }
            ExpressionKind::Call { name, arguments, expands } if PURE.contains(&&**name) => {
                let arguments = arguments.iter().map(of).collect();
                ExpressionKind::Call { name: name.clone(), arguments, expands: *expands }
            }
            ExpressionKind::Conditional(branches, last) => {
                let branch = |(test, then): &(Expression, Expression)| (of(test), of(then));
                let branches = branches.iter().map(branch).collect();
                ExpressionKind::Conditional(branches, Box::new(of(last)))
            }
            ExpressionKind::Binary(first, rest) => {
                let rest = rest.iter().map(|(operator, operand)| (*operator, of(operand)));
                ExpressionKind::Binary(Box::new(of(first)), rest.collect())
            }
            _ => return None,
        })
    }

    fn piece(self, piece: &TemplatePiece, depth: usize) -> TemplatePiece {
        match piece {
            TemplatePiece::Literal { .. } => piece.clone(),
            TemplatePiece::Interpolation(inner) => {
                TemplatePiece::Interpolation(self.of(inner, depth + 1))
            }
            TemplatePiece::If(part) => TemplatePiece::Interpolation(unknown(part.condition.range)),
            TemplatePiece::For(part) => {
                TemplatePiece::Interpolation(unknown(part.collection.range))
            }
        }
    }

    /// Returns what steps from a root lead to: a local, a local of a file that is included or read, or
    /// an output of another run.
    fn get(self, base: &Expression, steps: &[Step], depth: usize) -> Option<Expression> {
        match (&base.kind, steps) {
            (ExpressionKind::Name(root), _) if &**root == "local" => self.locals(steps, depth),
            (
                ExpressionKind::Name(root),
                [Step::Attribute(label), Step::Attribute(part), below @ ..],
            ) if &**root == "include" && &**part == "locals" => {
                let blocks = self.unit.chain.first()?.parsed.body.blocks_of("include");
                let path = labelled(blocks, label)?.body.attribute("path")?;
                let own = self.unit.chain.first()?;
                let file = self.all.included(own, self.unit.folder, &path.value)?;
                Constants { file, ..self }.locals(below, depth)
            }
            (ExpressionKind::Name(root), [Step::Attribute(label), below @ ..])
                if &**root == "dependency" =>
            {
                self.dependency(label, below, base.range, depth)
            }
            (ExpressionKind::Call { name, arguments, .. }, [Step::Attribute(part), below @ ..])
                if &**name == "read_terragrunt_config" && &**part == "locals" =>
            {
                let file = self.all.included(self.file, self.unit.folder, arguments.first()?)?;
                let (folder, chain) = (file.source.name().folder(), [file]);
                let unit = Unit { folder, chain: &chain, steps: self.unit.steps };
                Constants { all: self.all, file, unit }.locals(below, depth)
            }
            _ => None,
        }
    }

    /// Returns what steps from the locals of the file lead to.
    fn locals(self, steps: &[Step], depth: usize) -> Option<Expression> {
        let Some((first, below)) = steps.split_first() else {
            return Some(self.all_locals(depth));
        };
        let Step::Attribute(name) = first else { return None };
        let value = local(&self.file.parsed.body, name)?;
        self.within(value, below, depth)
    }

    fn all_locals(self, depth: usize) -> Expression {
        let blocks = self.file.parsed.body.blocks_of("locals");
        let items = blocks.flat_map(|block| &block.body.attributes).map(|local| ObjectItem {
            key: Expression {
                kind: ExpressionKind::Name(local.name.clone()),
                range: local.name_range,
            },
            value: self.of(&local.value, depth + 1),
        });
        let kind = ExpressionKind::Object(items.collect());
        Expression { kind, range: TextRange::default() }
    }

    /// Returns what steps from an expression lead to.
    fn within(self, value: &Expression, steps: &[Step], depth: usize) -> Option<Expression> {
        let Some((first, below)) = steps.split_first() else {
            return Some(self.of(value, depth + 1));
        };
        if depth > MAX_DEPTH {
            return None;
        }
        match &value.bare().kind {
            ExpressionKind::Object(items) => {
                let Step::Attribute(name) = first else { return None };
                let item = items.iter().find(|item| item.key.word().as_deref() == Some(&**name))?;
                self.within(&item.value, below, depth + 1)
            }
            ExpressionKind::Get(base, own) => {
                let steps: Vec<Step> = own.iter().chain(steps).cloned().collect();
                self.get(base, &steps, depth + 1)
            }
            _ => self.get(value.bare(), steps, depth + 1),
        }
    }

    /// Returns what another run hands on: the name of the dependency becomes that of the unit.
    fn dependency(
        self,
        label: &str,
        below: &[Step],
        range: TextRange,
        depth: usize,
    ) -> Option<Expression> {
        let (file, block) = self.unit.chain.iter().find_map(|file| {
            Some((*file, labelled(file.parsed.body.blocks_of("dependency"), label)?))
        })?;
        let path = &block.body.attribute("config_path")?.value;
        let path = Constants { file, ..self }.of(path, depth + 1);
        let repo = file.source.repo();
        let folder = self.all.unit_at(repo, self.unit.folder, &path)?;
        let below = below.iter().map(|step| match step {
            Step::Index(index) => Step::Index(Box::new(self.of(index, depth + 1))),
            step => step.clone(),
        });
        let first = Step::Attribute(folder_key(repo, &folder).into());
        let steps = std::iter::once(first).chain(below).collect();
        let base = Expression { kind: ExpressionKind::Name("dependency".into()), range };
        Some(Expression { kind: ExpressionKind::Get(Box::new(base), steps), range })
    }
}

/// Gives an expression, and all that stands in it, the place of another one. What [`Constants`] made
/// has no other kinds than these.
fn relocate(expression: &mut Expression, to: TextRange) {
    expression.range = to;
    match &mut expression.kind {
        ExpressionKind::Template(pieces) => {
            for piece in pieces {
                match piece {
                    TemplatePiece::Literal { range, exact, .. } => (*range, *exact) = (to, false),
                    TemplatePiece::Interpolation(inner) => relocate(inner, to),
                    TemplatePiece::If { .. } | TemplatePiece::For { .. } => {}
                }
            }
        }
        ExpressionKind::Tuple(items) => items.iter_mut().for_each(|item| relocate(item, to)),
        ExpressionKind::Object(items) => {
            for item in items {
                relocate(&mut item.key, to);
                relocate(&mut item.value, to);
            }
        }
        ExpressionKind::Get(base, steps) => {
            relocate(base, to);
            for step in steps {
                if let Step::Index(index) = step {
                    relocate(index, to);
                }
            }
        }
        ExpressionKind::Call { arguments, .. } => {
            arguments.iter_mut().for_each(|argument| relocate(argument, to));
        }
        ExpressionKind::Conditional(branches, last) => {
            for (test, then) in branches {
                relocate(test, to);
                relocate(then, to);
            }
            relocate(last, to);
        }
        ExpressionKind::Binary(first, rest) => {
            relocate(first, to);
            rest.iter_mut().for_each(|(_, operand)| relocate(operand, to));
        }
        _ => {}
    }
}

/// Returns the block with this label; one without a label has the empty one.
fn labelled<'b>(mut blocks: impl Iterator<Item = &'b Block>, label: &str) -> Option<&'b Block> {
    blocks.find(|block| block.label(0).unwrap_or_default() == label)
}

fn local<'b>(body: &'b Body, name: &str) -> Option<&'b Expression> {
    let blocks = body.blocks_of("locals");
    let mut found = blocks.filter_map(|block: &Block| block.body.attribute(name));
    found.next().map(|attribute| &attribute.value)
}

/// Returns an expression that comes to nothing known.
fn unknown(range: TextRange) -> Expression {
    let base = Expression { kind: ExpressionKind::Name("dependency".into()), range };
    let steps = ["unknown", "outputs"].map(|step| Step::Attribute(step.into()));
    Expression { kind: ExpressionKind::Get(Box::new(base), steps.into()), range }
}
