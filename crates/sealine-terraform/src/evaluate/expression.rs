//! Evaluation of each kind of expression.
//!
//! Invariant: every expression is evaluated through [`Evaluator::evaluate`], which counts depth and
//! fuel.

use std::rc::Rc;

use super::operators;
use super::{Evaluator, MAX_ITEMS, Scope};
use crate::data::{Data, Kind, MapEntry, Spot};
use crate::syntax::{Expression, ExpressionKind, ForExpression, ObjectItem, Step};

impl<'w> Evaluator<'w> {
    /// Evaluates an expression.
    pub(crate) fn evaluate(&self, scope: &Scope<'w>, expression: &Expression) -> Data {
        let data = self.deeper(|| self.evaluate_kind(scope, expression));
        data.at(Spot { file: scope.file, range: expression.range })
    }

    fn evaluate_kind(&self, scope: &Scope<'w>, expression: &Expression) -> Data {
        match &expression.kind {
            ExpressionKind::Null => Data::new(Kind::Null),
            ExpressionKind::Bool(value) => Data::new(Kind::Bool(*value)),
            ExpressionKind::Number(number) => Data::new(Kind::Number(*number)),
            ExpressionKind::Template(pieces) => self.template(scope, pieces),
            ExpressionKind::Name(name) => self.name(scope, name),
            ExpressionKind::Get(base, steps) => self.get(scope, base, steps),
            ExpressionKind::Tuple(items) => self.tuple(scope, items),
            ExpressionKind::Object(items) => self.object(scope, items),
            ExpressionKind::Call { name, arguments, expands } => {
                self.call(scope, name, arguments, *expands)
            }
            ExpressionKind::For(expression) => self.for_expression(scope, expression),
            ExpressionKind::Unary(operators, operand) => {
                operators::unary(operators, &self.evaluate(scope, operand))
            }
            ExpressionKind::Binary(first, rest) => {
                let mut left = self.evaluate(scope, first);
                for (operator, operand) in rest {
                    let right = self.evaluate(scope, operand);
                    left = operators::binary(&left, *operator, &right);
                }
                left
            }
            ExpressionKind::Conditional(arms, last) => self.conditional(scope, arms, last),
            ExpressionKind::Parentheses(inner) => self.evaluate(scope, inner),
        }
    }

    fn name(&self, scope: &Scope<'w>, name: &str) -> Data {
        scope.lookup(name).unwrap_or_else(|| self.reference(scope, name, &[]).0)
    }

    fn get(&self, scope: &Scope<'w>, base: &Expression, steps: &[Step]) -> Data {
        let (data, taken) = match &base.kind {
            ExpressionKind::Name(name) => match scope.lookup(name) {
                Some(data) => (data, 0),
                None => self.reference(scope, name, steps),
            },
            _ => (self.evaluate(scope, base), 0),
        };
        self.steps(scope, data, steps.get(taken..).unwrap_or_default())
    }

    /// Takes steps into a value. A splat recurses for the steps after it; there are few of them.
    fn steps(&self, scope: &Scope<'w>, data: Data, steps: &[Step]) -> Data {
        let mut data = data;
        for (at, step) in steps.iter().enumerate() {
            let rest = steps.get(at + 1..).unwrap_or_default();
            data = match step {
                Step::Attribute(name) => self.get_attribute(&data, name),
                Step::Index(index) => {
                    let index = self.evaluate(scope, index);
                    self.get_index(&data, &index)
                }
                Step::Splat => return self.splat(scope, &data, rest),
                Step::AttributeSplat => {
                    let is_name = |step: &&Step| matches!(step, Step::Attribute(_));
                    let names = rest.iter().take_while(is_name).count();
                    let (inner, outer) = rest.split_at(names);
                    let list = self.splat(scope, &data, inner);
                    return self.deeper(|| self.steps(scope, list.clone(), outer));
                }
            };
        }
        data
    }

    fn splat(&self, scope: &Scope<'w>, data: &Data, rest: &[Step]) -> Data {
        let (elements, open) = match &data.kind {
            Kind::Null => (Vec::new(), false),
            Kind::Unknown | Kind::Computed(_) | Kind::Encoded(_) => (Vec::new(), true),
            Kind::Error => return Data::error(),
            Kind::Map(_) | Kind::Text(_) | Kind::Bool(_) | Kind::Number(_) => {
                (vec![data.clone()], false)
            }
            Kind::List(_) | Kind::Set(_) | Kind::Resource(_) | Kind::Module(_) => {
                match self.iterate(data) {
                    Some((pairs, open)) => (pairs.into_iter().map(|it| it.1).collect(), open),
                    None => (vec![data.clone()], false),
                }
            }
        };
        if !self.spend(elements.len()) {
            return Data::unknown();
        }
        let guess = data.guess || elements.iter().any(|element| element.guess);
        let step = |element: Data| self.deeper(|| self.steps(scope, element.clone(), rest));
        let items = elements.into_iter().map(step).collect();
        Data::new(Kind::list(items, open)).guessed(guess)
    }

    fn tuple(&self, scope: &Scope<'w>, items: &[Expression]) -> Data {
        Data::list(items.iter().map(|item| self.evaluate(scope, item)).collect())
    }

    fn object(&self, scope: &Scope<'w>, items: &[ObjectItem]) -> Data {
        let mut entries = Vec::with_capacity(items.len());
        let mut open = false;
        for item in items {
            let value = self.evaluate(scope, &item.value);
            if let ExpressionKind::Name(name) = &item.key.kind {
                let key_spot = Some(Spot { file: scope.file, range: item.key.range });
                entries.push(MapEntry::at(&**name, key_spot, value));
                continue;
            }
            match MapEntry::under(&self.evaluate(scope, &item.key), value) {
                Some(entry) => entries.push(entry),
                None => open = true,
            }
        }
        Data::map(entries, open)
    }

    fn for_expression(&self, scope: &Scope<'w>, expression: &ForExpression) -> Data {
        let collection = self.evaluate(scope, &expression.collection);
        let is_map = expression.key.is_some();
        let Some((pairs, mut open)) = self.iterate(&collection) else {
            return if is_map && collection.is_unknown() {
                Data::map(Vec::new(), true)
            } else {
                Data::unknown()
            };
        };
        let mut guess = collection.guess;
        let mut items = Vec::new();
        let mut entries: Vec<MapEntry> = Vec::new();
        for (key, value) in pairs {
            let uncertain = value.guess;
            let mut inner = scope.with(&expression.value_name, value);
            if let Some(name) = &expression.key_name {
                inner = inner.with(name, key);
            }
            let condition = expression.condition.as_ref().map(|it| self.evaluate(&inner, it));
            match condition.map(|data| data.as_bool()) {
                Some(Some(false)) => continue,
                Some(None) => guess = true,
                _ => {}
            }
            let value = self.evaluate(&inner, &expression.value).guessed(uncertain);
            let Some(key) = &expression.key else {
                items.push(value);
                continue;
            };
            match MapEntry::under(&self.evaluate(&inner, key), value) {
                Some(entry) => entries.push(entry),
                None => open = true,
            }
        }
        if items.len() > MAX_ITEMS || entries.len() > MAX_ITEMS {
            return Data::unknown();
        }
        if !is_map {
            return Data::new(Kind::list(items, open)).guessed(guess);
        }
        if expression.groups {
            entries = grouped(entries);
        }
        Data::map(entries, open).guessed(guess)
    }

    fn conditional(
        &self,
        scope: &Scope<'w>,
        arms: &[(Expression, Expression)],
        last: &Expression,
    ) -> Data {
        let mut candidates = Vec::new();
        for (condition, then) in arms {
            match self.evaluate(scope, condition).as_bool() {
                Some(true) => {
                    candidates.push(self.evaluate(scope, then));
                    return operators::either(candidates);
                }
                Some(false) => {}
                None => candidates.push(self.evaluate(scope, then)),
            }
        }
        candidates.push(self.evaluate(scope, last));
        operators::either(candidates)
    }
}

/// Gathers the values of each key, as `...` asks.
fn grouped(entries: Vec<MapEntry>) -> Vec<MapEntry> {
    let mut groups: Vec<(MapEntry, Vec<Data>)> = Vec::new();
    let mut index = std::collections::HashMap::new();
    for entry in entries {
        let at = *index.entry(Rc::clone(&entry.key)).or_insert(groups.len());
        let value = entry.value.clone();
        match groups.get_mut(at) {
            Some((_, values)) => values.push(value),
            None => groups.push((entry, vec![value])),
        }
    }
    let gather = |(entry, values)| MapEntry { value: Data::list(values), ..entry };
    groups.into_iter().map(gather).collect()
}
