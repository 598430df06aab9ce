//! Expressions.
//!
//! Invariant: every subexpression is evaluated, whatever its parent is, so that tasks and
//! references that are made in passing are seen.

use std::rc::Rc;

use indexmap::IndexMap;
use ruff_python_ast::{BoolOp, Expr, ExprBoolOp, ExprDict, ExprIf, ExprSubscript, Number, UnaryOp};

use super::{Arg, Body, Evaluator, Function, Key, List, Role, Val, either};

impl<'a> Evaluator<'a> {
    /// Returns what is known of an expression.
    pub(super) fn eval(&mut self, expression: &'a Expr) -> Val {
        self.deeper(Val::Unknown, |this| this.expression(expression))
    }

    fn expression(&mut self, expression: &'a Expr) -> Val {
        match expression {
            Expr::StringLiteral(text) => self.string(text),
            Expr::FString(text) => self.interpolated(text),
            Expr::Name(name) => self.name(name.id.as_str()),
            Expr::Call(call) => self.call(call),
            Expr::Attribute(attribute) => {
                let value = self.eval(&attribute.value);
                self.attribute(value, attribute.attr.as_str())
            }
            Expr::List(list) => self.sequence(&list.elts),
            Expr::Tuple(tuple) => self.sequence(&tuple.elts),
            Expr::Set(set) => self.sequence(&set.elts),
            Expr::Dict(dict) => self.dict(dict),
            Expr::ListComp(list) => self.comprehension(&list.elt, &list.generators),
            Expr::SetComp(set) => self.comprehension(&set.elt, &set.generators),
            Expr::Generator(list) => self.comprehension(&list.elt, &list.generators),
            Expr::DictComp(dict) => match &dict.key {
                Some(key) => self.dict_comprehension(key, &dict.value, &dict.generators),
                None => Val::Unknown,
            },
            Expr::Subscript(subscript) => self.subscript(subscript),
            Expr::BinOp(operation) => self.binary(operation),
            Expr::BoolOp(operation) => self.boolean(operation),
            Expr::UnaryOp(operation) => {
                let value = self.eval(&operation.operand);
                match (operation.op, value) {
                    (UnaryOp::Not, value) => {
                        self.truth(&value).map_or(Val::Unknown, |truth| Val::Bool(!truth))
                    }
                    (UnaryOp::USub, Val::Int(number)) => {
                        number.checked_neg().map_or(Val::Unknown, Val::Int)
                    }
                    _ => Val::Unknown,
                }
            }
            Expr::Compare(comparison) => self.compare(comparison),
            Expr::If(choice) => self.choice(choice),
            Expr::Lambda(lambda) => {
                let function = Function {
                    body: Body::Lambda(lambda),
                    file: self.file,
                    scope: self.scope,
                    class: None,
                    role: Role::Plain,
                };
                Val::Function(self.heap.function(function))
            }
            Expr::Named(named) => {
                let value = self.eval(&named.value);
                self.assign(&named.target, value.clone(), &named.value);
                value
            }
            Expr::Await(awaited) => self.eval(&awaited.value),
            Expr::Starred(starred) => self.eval(&starred.value),
            Expr::Yield(yielded) => {
                if let Some(value) = &yielded.value {
                    let spot = self.spot(&**value);
                    let value = self.eval(value);
                    if let Some(frame) = self.frames.last_mut() {
                        frame.yields.push(Arg { value, spot });
                    }
                }
                Val::Unknown
            }
            Expr::YieldFrom(yielded) => {
                let value = self.eval(&yielded.value);
                let (items, _) = self.items(&value);
                if let Some(frame) = self.frames.last_mut() {
                    frame.yields.extend(items);
                }
                Val::Unknown
            }
            Expr::NumberLiteral(number) => match &number.value {
                Number::Int(number) => number.as_i64().map_or(Val::Unknown, Val::Int),
                _ => Val::Unknown,
            },
            Expr::BooleanLiteral(literal) => Val::Bool(literal.value),
            Expr::NoneLiteral(_) => Val::None,
            _ => Val::Unknown,
        }
    }

    fn sequence(&mut self, elements: &'a [Expr]) -> Val {
        let mut items = Vec::with_capacity(elements.len());
        let mut open = false;
        for element in elements {
            let spot = self.spot(element);
            let value = self.eval(element);
            if element.is_starred_expr() {
                let (more, unknown) = self.items(&value);
                items.extend(more);
                open |= unknown;
            } else {
                items.push(Arg { value, spot });
            }
        }
        self.heap.list(items, open)
    }

    fn dict(&mut self, dict: &'a ExprDict) -> Val {
        let mut items = IndexMap::new();
        let mut open = false;
        for item in &dict.items {
            let spot = self.spot(&item.value);
            if let Some(key) = &item.key {
                let key = self.eval(key);
                let value = self.eval(&item.value);
                items.insert(self.heap.key(&key), (key, Arg { value, spot }));
            } else {
                let value = self.eval(&item.value);
                open |= self.merge_into(&mut items, &value);
            }
        }
        let dict = self.heap.dict(items, open);
        if let Val::Dict(id) = dict {
            self.entry_given(id);
        }
        dict
    }

    /// Adds the items of a dict; returns whether there may be others.
    pub(super) fn merge_into(
        &mut self,
        items: &mut IndexMap<Key, (Val, Arg)>,
        value: &Val,
    ) -> bool {
        match value {
            Val::Dict(id) => {
                let dict = &self.heap.dicts[*id];
                let open = dict.open;
                items.extend(dict.items.iter().map(|(key, item)| (key.clone(), item.clone())));
                let count = dict.items.len();
                self.spend(count);
                open
            }
            Val::Choice(values) => {
                for value in values.iter() {
                    self.merge_into(items, value);
                }
                true
            }
            Val::None => false,
            _ => true,
        }
    }

    fn subscript(&mut self, subscript: &'a ExprSubscript) -> Val {
        let container = self.eval(&subscript.value);
        if let Expr::Slice(slice) = &*subscript.slice {
            let mut bound = |side: &'a Option<Box<Expr>>| match side {
                Some(side) => match self.eval(side) {
                    Val::Int(number) => Some(Some(number)),
                    _ => None,
                },
                None => Some(None),
            };
            let bounds = (bound(&slice.lower), bound(&slice.upper), slice.step.is_none());
            return match (container, bounds) {
                (Val::List(id), (Some(lower), Some(upper), true)) => self.slice(id, lower, upper),
                _ => Val::Unknown,
            };
        }
        let key = self.eval(&subscript.slice);
        self.item(&container, &key)
    }

    fn slice(&mut self, list: usize, lower: Option<i64>, upper: Option<i64>) -> Val {
        let List { items, open } = &self.heap.lists[list];
        let length = items.len();
        let at = |bound: Option<i64>, otherwise: usize| match bound {
            Some(bound) if bound < 0 => {
                length.saturating_sub(usize::try_from(bound.unsigned_abs()).unwrap_or(length))
            }
            Some(bound) => usize::try_from(bound).unwrap_or(length).min(length),
            None => otherwise,
        };
        let (start, end) = (at(lower, 0), at(upper, length));
        let kept = items.get(start..end).unwrap_or_default().to_vec();
        let open = *open;
        self.spend(kept.len());
        self.heap.list(kept, open)
    }

    /// Returns an item of a container.
    pub(super) fn item(&mut self, container: &Val, key: &Val) -> Val {
        match (container, key) {
            (Val::Dict(id), key) => {
                let dict = &self.heap.dicts[*id];
                match super::heap::known_key(key) {
                    Some(known) => {
                        dict.items.get(&known).map_or(Val::Unknown, |item| item.1.value.clone())
                    }
                    // Which of them is not known; that it is one of them is.
                    None if !dict.open && !dict.items.is_empty() => dict
                        .items
                        .values()
                        .map(|item| item.1.value.clone())
                        .reduce(either)
                        .unwrap_or(Val::Unknown),
                    None => Val::Unknown,
                }
            }
            (Val::List(id), Val::Int(index)) => {
                let List { items, open } = &self.heap.lists[*id];
                let from_end =
                    || items.len().checked_sub(usize::try_from(index.unsigned_abs()).ok()?);
                let at = match usize::try_from(*index) {
                    Ok(at) => Some(at),
                    Err(_) if *open => None,
                    Err(_) => from_end(),
                };
                at.and_then(|at| items.get(at)).map_or(Val::Unknown, |item| item.value.clone())
            }
            (Val::External(path), _) if &**path == "os.environ" => Val::hole(),
            (Val::Class(_), _) => container.clone(),
            (Val::Choice(values), key) => {
                let found: Vec<Val> = values.iter().map(|value| self.item(value, key)).collect();
                found.into_iter().reduce(either).unwrap_or(Val::Unknown)
            }
            _ => Val::Unknown,
        }
    }

    fn boolean(&mut self, operation: &'a ExprBoolOp) -> Val {
        let mut perhaps: Option<Val> = None;
        let stops = operation.op == BoolOp::Or;
        let join = |perhaps: Option<Val>, value: Val| match perhaps {
            Some(earlier) => either(earlier, value),
            None => value,
        };
        let count = operation.values.len();
        for (index, operand) in operation.values.iter().enumerate() {
            let value = self.eval(operand);
            match self.truth(&value) {
                Some(truth) if truth == stops => return join(perhaps, value),
                Some(_) if index + 1 < count => {}
                _ => perhaps = Some(join(perhaps, value)),
            }
        }
        perhaps.unwrap_or(Val::Unknown)
    }

    fn choice(&mut self, choice: &'a ExprIf) -> Val {
        let test = self.eval(&choice.test);
        match self.truth(&test) {
            Some(true) => self.eval(&choice.body),
            Some(false) => self.eval(&choice.orelse),
            None => {
                let one = self.eval(&choice.body);
                either(one, self.eval(&choice.orelse))
            }
        }
    }

    /// Returns the items of what is iterated, and whether there may be others.
    pub(crate) fn items(&mut self, value: &Val) -> (Vec<Arg>, bool) {
        let (items, open) = match value {
            Val::List(id) => {
                let list = &self.heap.lists[*id];
                (list.items.clone(), list.open)
            }
            Val::Dict(id) => {
                let dict = &self.heap.dicts[*id];
                let keys = dict.items.values();
                let keys = keys.map(|(key, arg)| Arg { value: key.clone(), spot: arg.spot });
                (keys.collect(), dict.open)
            }
            Val::Choice(values) => {
                let values = Rc::clone(values);
                let unsure = values.iter().any(Val::is_unknown);
                let mut all = Vec::new();
                for value in values.iter() {
                    if !matches!(value, Val::Choice(_)) {
                        all.extend(self.items(value).0);
                    }
                }
                // Where something else may be iterated, another text may stand there.
                for item in &mut all {
                    if unsure && matches!(item.value, Val::Text(_)) {
                        item.value = either(Val::hole(), item.value.clone());
                    }
                }
                (all, true)
            }
            Val::None => (Vec::new(), false),
            _ => (Vec::new(), true),
        };
        self.spend(items.len());
        if items.len() > super::ITEMS { (Vec::new(), true) } else { (items, open) }
    }
}
