//! Operators, comparisons, truth, and assignments into containers.
//!
//! Invariant: a comparison is only decided when both sides are certain; everything else has no
//! truth.

use std::rc::Rc;

use indexmap::IndexMap;
use ruff_python_ast::name::Name;
use ruff_python_ast::{CmpOp, ExprBinOp, ExprCompare, Operator, StmtAugAssign};

use super::heap::known_key;
use super::text::text_of;
use super::{Arg, Evaluator, Spot, Val, last};

impl<'a> Evaluator<'a> {
    pub(super) fn binary(&mut self, operation: &'a ExprBinOp) -> Val {
        let left = self.eval(&operation.left);
        let right = self.eval(&operation.right);
        let spot = self.spot(operation);
        self.operate(&left, operation.op, right, spot)
    }

    fn operate(&mut self, left: &Val, operator: Operator, right: Val, spot: Spot) -> Val {
        match operator {
            Operator::Add => self.add(left, &right, spot),
            Operator::Mod => self.percent(left, &right),
            Operator::BitOr => match (left, &right) {
                (Val::Dict(_), _) | (_, Val::Dict(_)) => {
                    let mut items = IndexMap::new();
                    let mut open = self.merge_into(&mut items, left);
                    open |= self.merge_into(&mut items, &right);
                    self.heap.dict(items, open)
                }
                _ => Val::Unknown,
            },
            Operator::Sub => match (left, &right) {
                (Val::Int(one), Val::Int(two)) => {
                    one.checked_sub(*two).map_or(Val::Unknown, Val::Int)
                }
                _ => Val::Unknown,
            },
            // Tasks are chained with these.
            Operator::RShift | Operator::LShift => right,
            // Only a path can be divided by a text.
            Operator::Div if matches!(right, Val::Text(_)) => {
                let parts = [left.clone(), right].map(|value| Arg { value, spot });
                self.path_of(&parts)
            }
            _ => Val::Unknown,
        }
    }

    fn add(&mut self, left: &Val, right: &Val, spot: Spot) -> Val {
        match (left, right) {
            (Val::Int(one), Val::Int(two)) => one.checked_add(*two).map_or(Val::Unknown, Val::Int),
            (Val::Text(_), _) | (_, Val::Text(_)) => {
                let one = text_of(left);
                let two = text_of(right);
                self.joined(vec![one, two])
            }
            (Val::List(_), _) | (_, Val::List(_)) => {
                let (mut items, open) = self.items(left);
                let (more, unknown) = self.items(right);
                // What is no list here is seen again where the whole is walked.
                for side in [left, right] {
                    if matches!(side, Val::Unknown | Val::Object(_)) {
                        items.push(Arg { value: side.clone(), spot });
                    }
                }
                items.extend(more);
                self.heap.list(items, open || unknown)
            }
            _ => Val::Unknown,
        }
    }

    pub(super) fn augment(&mut self, statement: &'a StmtAugAssign) {
        let before = self.eval(&statement.target);
        let value = self.eval(&statement.value);
        let spot = self.spot(&*statement.value);
        match (&before, statement.op) {
            (Val::List(id), Operator::Add) => {
                let (items, open) = self.items(&value);
                self.extend(*id, items, open);
            }
            (Val::Dict(id), Operator::BitOr) => {
                let mut items = IndexMap::new();
                let open = self.merge_into(&mut items, &value);
                let dict = &mut self.heap.dicts[*id];
                dict.items.extend(items);
                dict.open |= open;
            }
            _ => {
                let after = self.operate(&before, statement.op, value, spot);
                self.assign(&statement.target, after, &statement.value);
            }
        }
    }

    /// Adds items to a list in place.
    pub(super) fn extend(&mut self, list: usize, items: Vec<Arg>, open: bool) {
        let list = &mut self.heap.lists[list];
        list.open |= open || list.items.len() + items.len() > super::ITEMS;
        if list.items.len() + items.len() <= super::ITEMS {
            list.items.extend(items);
        }
    }

    pub(super) fn set_attribute(&mut self, object: &Val, name: &str, value: Val, spot: Spot) {
        if let Val::Object(id) = object {
            self.heap.objects[*id].args.insert(Name::new(name), Arg { value, spot });
        }
    }

    pub(super) fn set_item(&mut self, container: &Val, key: Val, value: Val, spot: Spot) {
        match (container, &key) {
            (Val::Dict(id), _) => {
                let known = self.heap.key(&key);
                self.heap.dicts[*id].items.insert(known, (key, Arg { value, spot }));
            }
            (Val::List(id), Val::Int(index)) => {
                let items = &mut self.heap.lists[*id].items;
                if let Some(item) = usize::try_from(*index).ok().and_then(|at| items.get_mut(at)) {
                    *item = Arg { value, spot };
                }
            }
            _ => {}
        }
    }

    pub(super) fn compare(&mut self, comparison: &'a ExprCompare) -> Val {
        let mut left = self.eval(&comparison.left);
        let mut all = Some(true);
        for (operator, right) in comparison.ops.iter().zip(&comparison.comparators) {
            let right = self.eval(right);
            match self.compared(&left, *operator, &right) {
                Some(false) => all = Some(false),
                Some(true) => {}
                None if all == Some(false) => {}
                None => all = None,
            }
            left = right;
        }
        all.map_or(Val::Unknown, Val::Bool)
    }

    fn compared(&self, left: &Val, operator: CmpOp, right: &Val) -> Option<bool> {
        match operator {
            CmpOp::Eq | CmpOp::Is => equal(left, right),
            CmpOp::NotEq | CmpOp::IsNot => equal(left, right).map(|equal| !equal),
            CmpOp::In => self.contains(right, left),
            CmpOp::NotIn => self.contains(right, left).map(|contains| !contains),
            CmpOp::Lt | CmpOp::LtE | CmpOp::Gt | CmpOp::GtE => {
                let (Val::Int(one), Val::Int(two)) = (left, right) else { return None };
                Some(match operator {
                    CmpOp::Lt => one < two,
                    CmpOp::LtE => one <= two,
                    CmpOp::Gt => one > two,
                    _ => one >= two,
                })
            }
        }
    }

    fn contains(&self, container: &Val, value: &Val) -> Option<bool> {
        match container {
            Val::List(id) => {
                let list = &self.heap.lists[*id];
                let mut sure = !list.open;
                for item in &list.items {
                    match equal(&item.value, value) {
                        Some(true) => return Some(true),
                        Some(false) => {}
                        None => sure = false,
                    }
                }
                sure.then_some(false)
            }
            Val::Dict(id) => {
                let dict = &self.heap.dicts[*id];
                let found = dict.items.contains_key(&known_key(value)?);
                (found || !dict.open).then_some(found)
            }
            Val::Text(text) => match value {
                Val::Text(part) => Some(text.text()?.contains(&part.text()?)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns whether `value` counts as true, where that is certain.
    pub(crate) fn truth(&self, value: &Val) -> Option<bool> {
        match value {
            Val::None => Some(false),
            Val::Bool(value) => Some(*value),
            Val::Int(number) => Some(*number != 0),
            Val::Text(text) => match text.text() {
                Some(text) => Some(!text.is_empty()),
                None => (!text.is_unknown()).then_some(true),
            },
            Val::List(id) => {
                let list = &self.heap.lists[*id];
                if list.items.is_empty() { (!list.open).then_some(false) } else { Some(true) }
            }
            Val::Dict(id) => {
                let dict = &self.heap.dicts[*id];
                if dict.items.is_empty() { (!dict.open).then_some(false) } else { Some(true) }
            }
            // A call of a function of a library may return anything.
            Val::Object(id) => {
                let name = last(&self.heap.objects[*id].class);
                name.starts_with(char::is_uppercase).then_some(true)
            }
            Val::Function(_) | Val::Bound(..) | Val::Class(_) | Val::Module(_) => Some(true),
            Val::Choice(values) => {
                let values = Rc::clone(values);
                let mut all = values.iter().map(|value| match value {
                    Val::Choice(_) => None,
                    value => self.truth(value),
                });
                let first = all.next()??;
                all.all(|truth| truth == Some(first)).then_some(first)
            }
            _ => None,
        }
    }
}

/// Returns whether two values are equal, where that is certain.
fn equal(one: &Val, two: &Val) -> Option<bool> {
    let simple = |value: &Val| {
        matches!(value, Val::None | Val::Bool(_) | Val::Int(_) | Val::List(_) | Val::Dict(_))
    };
    match (one, two) {
        (Val::Text(one), Val::Text(two)) => match one.unify(two) {
            None => Some(false),
            Some(_) => (one.is_known() && two.is_known()).then_some(true),
        },
        (Val::Text(_), other) | (other, Val::Text(_)) if simple(other) => Some(false),
        (Val::List(_) | Val::Dict(_), Val::List(_) | Val::Dict(_))
        // A function of a library may return `None`.
        | (Val::Object(_), _) | (_, Val::Object(_)) => None,
        (Val::None, Val::Function(_) | Val::Class(_) | Val::Bound(..))
        | (Val::Function(_) | Val::Class(_) | Val::Bound(..), Val::None) => Some(false),
        (one, two) if simple(one) && simple(two) => Some(one == two),
        _ => None,
    }
}
