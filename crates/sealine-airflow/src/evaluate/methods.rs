//! Methods of texts, lists, dicts, and of what comes from outside of the tree.
//!
//! Invariant: a method that is not known here changes nothing and returns what is unknown.

use std::rc::Rc;

use indexmap::IndexMap;
use sealine_model::Value;

use super::text::{mapped, part_of, text_of};
use super::{Arg, Args, Evaluator, Role, Spot, Val, named_item};
use crate::signatures;

impl Evaluator<'_> {
    pub(super) fn call_method(
        &mut self,
        receiver: &Val,
        name: &str,
        args: Args,
        spot: Spot,
    ) -> Val {
        match receiver {
            Val::Text(text) => self.text_method(&Rc::clone(text), name, &args, spot),
            Val::List(id) => self.list_method(*id, name, &args),
            Val::Dict(id) => self.dict_method(*id, name, args),
            Val::Function(id) => self.function_method(*id, name, args, spot),
            Val::Class(id) if name == "partial" => self.instantiate(*id, args, spot),
            Val::Class(id) => {
                let path = self.heap.classes[*id].def.name.as_str();
                self.method_called(name, Some(path), None, &args);
                self.call_unknown(name, args, spot)
            }
            Val::Super(object, class) => {
                if name == "__init__" {
                    let path = Rc::clone(&self.heap.objects[*object].class);
                    let _ = class;
                    self.fill(*object, signatures::parameters(&path), args);
                    return Val::None;
                }
                self.call_unknown(name, args, spot)
            }
            Val::Object(id) => self.object_method(*id, name, args, spot),
            _ => {
                self.method_called(name, None, None, &args);
                self.call_unknown(name, args, spot)
            }
        }
    }

    /// Looks at what a method of something outside of the tree is asked for.
    fn method_called(
        &mut self,
        name: &str,
        class: Option<&str>,
        object: Option<usize>,
        args: &Args,
    ) {
        self.connection_called(name, class, args);
        self.entry_called(name, class, object, args);
    }

    fn object_method(&mut self, id: usize, name: &str, args: Args, spot: Spot) -> Val {
        match name {
            // `Operator.partial(...).expand(...)`.
            "expand" | "expand_kwargs" | "override" => {
                self.fill(id, &[], args);
                Val::Object(id)
            }
            "to_dict" | "copy" => Val::Object(id),
            "sanitize_for_serialization" => {
                args.positional.first().map_or(Val::Unknown, |arg| arg.value.clone())
            }
            _ => {
                let class = Rc::clone(&self.heap.objects[id].class);
                self.method_called(name, Some(&class), Some(id), &args);
                self.call_unknown(name, args, spot)
            }
        }
    }

    /// Methods of a function that `@task` decorated.
    fn function_method(&mut self, id: usize, name: &str, args: Args, spot: Spot) -> Val {
        let Role::Task(decorator) = self.heap.functions[id].role else {
            return match name {
                "partial" | "override" => Val::Function(id),
                _ => self.call_unknown(name, args, spot),
            };
        };
        match name {
            "override" => {
                let object = &self.heap.objects[decorator];
                let mut all = object.args.clone();
                all.extend(args.named);
                let open = object.open || args.open;
                let class = Rc::clone(&object.class);
                let merged = Args { positional: Vec::new(), named: all, open };
                let object = self.object_of(class, merged, spot);
                let mut copy = self.heap.functions[id].clone();
                copy.role = Role::Task(object);
                Val::Function(self.heap.function(copy))
            }
            "partial" => Val::Function(id),
            "expand" | "expand_kwargs" => {
                self.task_called(id, decorator, args);
                Val::Unknown
            }
            _ => Val::Unknown,
        }
    }

    fn list_method(&mut self, list: usize, name: &str, args: &Args) -> Val {
        let first = args.positional.first().cloned();
        match (name, first) {
            ("append" | "add", Some(item)) => {
                self.extend(list, vec![item], false);
                Val::None
            }
            ("extend" | "update", Some(more)) => {
                let (items, open) = self.items(&more.value);
                self.extend(list, items, open);
                Val::None
            }
            ("insert", Some(_)) => {
                let item = args.positional.get(1).cloned();
                self.extend(list, item.into_iter().collect(), false);
                Val::None
            }
            ("copy" | "union", more) => {
                let (mut items, mut open) = self.items(&Val::List(list));
                if let Some(more) = more {
                    let (others, unknown) = self.items(&more.value);
                    items.extend(others);
                    open |= unknown;
                }
                self.heap.list(items, open)
            }
            _ => Val::Unknown,
        }
    }

    fn dict_method(&mut self, dict: usize, name: &str, args: Args) -> Val {
        match name {
            "items" => {
                let pairs: Vec<_> = self.heap.dicts[dict].items.values().cloned().collect();
                let open = self.heap.dicts[dict].open;
                self.spend(pairs.len());
                let mut items = Vec::with_capacity(pairs.len());
                for (key, arg) in pairs {
                    let spot = arg.spot;
                    let pair = vec![Arg { value: key, spot }, arg];
                    items.push(Arg { value: self.heap.list(pair, false), spot });
                }
                self.heap.list(items, open)
            }
            "keys" => {
                let (items, open) = self.items(&Val::Dict(dict));
                self.heap.list(items, open)
            }
            "values" => {
                let dict = &self.heap.dicts[dict];
                let items: Vec<Arg> = dict.items.values().map(|item| item.1.clone()).collect();
                let open = dict.open;
                self.spend(items.len());
                self.heap.list(items, open)
            }
            "get" | "pop" | "setdefault" => self.dict_get(dict, name, &args),
            "update" => {
                let mut all = IndexMap::new();
                let mut open = args.open;
                if let Some(arg) = args.positional.first() {
                    open |= self.merge_into(&mut all, &arg.value);
                }
                all.extend(args.named.into_iter().map(|(name, arg)| named_item(name, arg)));
                let dict = &mut self.heap.dicts[dict];
                dict.items.extend(all);
                dict.open |= open;
                Val::None
            }
            "copy" => {
                let mut items = IndexMap::new();
                let open = self.merge_into(&mut items, &Val::Dict(dict));
                self.heap.dict(items, open)
            }
            _ => Val::Unknown,
        }
    }

    fn dict_get(&mut self, dict: usize, name: &str, args: &Args) -> Val {
        let Some(key) = args.positional.first() else { return Val::Unknown };
        let default = args.get("default", 1).cloned();
        let known = super::heap::known_key(&key.value);
        let open = self.heap.dicts[dict].open;
        let present =
            known.as_ref().is_some_and(|known| self.heap.dicts[dict].items.contains_key(known));
        if present || known.is_none() {
            let found = self.item(&Val::Dict(dict), &key.value);
            return match default {
                Some(default) if !present => super::either(found, default.value),
                _ => found,
            };
        }
        if let (Some(default), "setdefault") = (&default, name) {
            self.set_item(&Val::Dict(dict), key.value.clone(), default.value.clone(), default.spot);
        }
        let missing = default.map_or(Val::None, |default| default.value);
        if open { super::either(missing, Val::Unknown) } else { missing }
    }

    fn text_method(&mut self, text: &Rc<Value>, name: &str, args: &Args, spot: Spot) -> Val {
        let known = |value: Option<&Arg>| match value.map(|arg| &arg.value) {
            Some(Val::Text(text)) => text.text(),
            _ => None,
        };
        let first = known(args.positional.first());
        let second = known(args.positional.get(1));
        let changed = |change: &dyn Fn(&str) -> String| Val::Text(Rc::new(mapped(text, change)));
        let whole = text.text();
        match (name, first, second) {
            ("format", ..) => self.format(text, args),
            ("upper", ..) => changed(&str::to_uppercase),
            ("lower", ..) => changed(&str::to_lowercase),
            ("replace", Some(from), Some(to)) => changed(&|text| text.replace(&from, &to)),
            ("strip", None, _) if args.positional.is_empty() && whole.is_some() => {
                changed(&|text| text.trim().to_owned())
            }
            ("removeprefix", Some(prefix), _) if whole.is_some() => {
                changed(&|text| text.strip_prefix(&prefix).unwrap_or(text).to_owned())
            }
            ("removesuffix", Some(suffix), _) if whole.is_some() => {
                changed(&|text| text.strip_suffix(&suffix).unwrap_or(text).to_owned())
            }
            ("startswith", Some(prefix), _) => match whole {
                Some(whole) => Val::Bool(whole.starts_with(&prefix)),
                None => Val::Unknown,
            },
            ("endswith", Some(suffix), _) => match whole {
                Some(whole) => Val::Bool(whole.ends_with(&suffix)),
                None => Val::Unknown,
            },
            ("split", separator, _) if whole.is_some() => {
                self.split(text, separator.as_deref(), spot)
            }
            ("resolve" | "absolute" | "as_posix", ..) => Val::Text(Rc::clone(text)),
            ("join", ..) => {
                let Some(list) = args.positional.first() else { return Val::hole() };
                let (items, open) = self.items(&list.value);
                if open {
                    return Val::hole();
                }
                let mut parts = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        parts.push((**text).clone());
                    }
                    parts.push(text_of(&item.value));
                }
                self.joined(parts)
            }
            (
                "startswith" | "endswith" | "isdigit" | "count" | "find" | "index" | "splitlines"
                | "rsplit" | "split" | "partition" | "rpartition" | "encode",
                ..,
            ) => Val::Unknown,
            _ => Val::hole(),
        }
    }

    /// Splits a known text; each part keeps its place where it stands as it is.
    fn split(&mut self, text: &Value, separator: Option<&str>, spot: Spot) -> Val {
        let Some(whole) = text.text() else { return Val::Unknown };
        let place = text.single_place().cloned();
        let offset = |part: &str| part.as_ptr() as usize - whole.as_ptr() as usize;
        let parts: Vec<&str> = match separator {
            Some("") => return Val::Unknown,
            Some(separator) => whole.split(separator).collect(),
            None => whole.split_whitespace().collect(),
        };
        self.spend(parts.len());
        if parts.len() > super::ITEMS {
            return Val::Unknown;
        }
        let mut items = Vec::with_capacity(parts.len());
        for part in parts {
            let start = offset(part);
            let value = part_of(&whole, place.as_ref(), start, start + part.len());
            items.push(Arg { value: Val::Text(Rc::new(value)), spot });
        }
        self.heap.list(items, false)
    }
}
