//! Functions of Python and its library that fold, and those that read what only a run can know.
//!
//! Invariant: what the environment, a Variable or a file says is a hole. A default is one of the
//! texts it may be: which of them a deployment takes is not known.

use std::rc::Rc;

use indexmap::IndexMap;

use super::heap::Partial;
use super::path::folder_of;
use super::text::text_of;
use super::{Arg, Args, Evaluator, Spot, Val, either, last, named_item};

impl Evaluator<'_> {
    /// Returns what a known function returns; `None` for what is not known here.
    pub(super) fn builtin(&mut self, path: &str, args: &Args, spot: Spot) -> Option<Val> {
        if let Some(name) = path.strip_prefix("builtins.") {
            return Some(self.python(name, args, spot));
        }
        let first = args.positional.first();
        Some(match path {
            "functools.partial" => {
                let (callee, rest) = args.positional.split_first()?;
                self.heap.partials.push(Partial {
                    callee: callee.value.clone(),
                    args: Args { positional: rest.to_vec(), ..args.clone() },
                });
                Val::Partial(self.heap.partials.len() - 1)
            }
            "copy.copy" | "copy.deepcopy" => {
                let value = first?.value.clone();
                self.copy(&value)
            }
            "dataclasses.asdict" => self.as_dict(&first?.value.clone()),
            "dataclasses.replace" => {
                let value = first?.value.clone();
                let copy = self.copy(&value);
                for (name, arg) in &args.named {
                    self.set_attribute(&copy, name, arg.value.clone(), arg.spot);
                }
                copy
            }
            "itertools.chain" => {
                let lists: Vec<Arg> = args.positional.clone();
                self.chained(&lists, args.open)
            }
            "itertools.chain.from_iterable" => {
                let (lists, open) = self.items(&first?.value.clone());
                self.chained(&lists, open)
            }
            "os.getenv" | "os.environ.get" | "os.environ.pop" => or_default(args.get("default", 1)),
            "os.path.join" | "pathlib.Path" | "pathlib.PurePath" => self.path_of(&args.positional),
            "os.path.dirname" => folder_of(&text_of(&first?.value)),
            "os.path.abspath" | "os.path.realpath" | "os.path.normpath" => {
                Val::Text(Rc::new(text_of(&first?.value)))
            }
            "collections.OrderedDict" | "types.MappingProxyType" => self.python("dict", args, spot),
            "typing.cast" => args.positional.get(1)?.value.clone(),
            _ if path.ends_with("Variable.get") => {
                or_default(args.named.get("default_var").or_else(|| args.get("default", 1)))
            }
            // The second argument is the option of a section.
            _ if path.ends_with("conf.get") => or_default(args.named.get("fallback")),
            _ => {
                let class = path.rsplit_once('.').map(|(class, _)| class);
                return self.connection_called(last(path), class, args).then_some(Val::Unknown);
            }
        })
    }

    fn python(&mut self, name: &str, args: &Args, spot: Spot) -> Val {
        let first = args.positional.first().map(|arg| arg.value.clone());
        match (name, first) {
            ("list" | "tuple" | "set" | "frozenset" | "sorted" | "iter", Some(value)) => {
                let (items, open) = self.items(&value);
                self.heap.list(items, open)
            }
            ("list" | "tuple" | "set" | "frozenset", None) => self.heap.list(Vec::new(), args.open),
            ("reversed", Some(value)) => {
                let (mut items, open) = self.items(&value);
                items.reverse();
                self.heap.list(items, open)
            }
            ("dict", first) => self.new_dict(first, args),
            ("str", Some(value)) => {
                let text = text_of(&value);
                self.joined(vec![text])
            }
            ("int", Some(value @ Val::Int(_))) | ("bool", Some(value @ Val::Bool(_))) => value,
            ("bool", Some(value)) => self.truth(&value).map_or(Val::Unknown, Val::Bool),
            ("int", Some(Val::Text(text))) => {
                let number = text.text().and_then(|text| text.trim().parse().ok());
                number.map_or(Val::Unknown, Val::Int)
            }
            ("len", Some(value @ (Val::List(_) | Val::Dict(_)))) => {
                let (items, open) = self.items(&value);
                if open {
                    Val::Unknown
                } else {
                    i64::try_from(items.len()).map_or(Val::Unknown, Val::Int)
                }
            }
            ("range", _) => self.range(args, spot),
            ("enumerate", Some(value)) => {
                let (items, open) = self.items(&value);
                let mut pairs = Vec::with_capacity(items.len());
                for (index, item) in (0_i64..).zip(items) {
                    let spot = item.spot;
                    let pair = vec![Arg { value: Val::Int(index), spot }, item];
                    pairs.push(Arg { value: self.heap.list(pair, false), spot });
                }
                self.heap.list(pairs, open)
            }
            ("zip", _) => self.zip(args, spot),
            ("map", Some(function)) => {
                let Some(list) = args.positional.get(1) else { return Val::Unknown };
                let (mut items, open) = self.items(&list.value.clone());
                for item in &mut items {
                    let one = Args { positional: vec![item.clone()], ..Args::default() };
                    item.value = self.apply(function.clone(), one, spot);
                }
                self.heap.list(items, open)
            }
            ("filter", Some(_)) => {
                let Some(list) = args.positional.get(1) else { return Val::Unknown };
                let (items, _) = self.items(&list.value.clone());
                self.heap.list(items, true)
            }
            ("getattr", Some(value)) => match args.positional.get(1).map(|arg| &arg.value) {
                Some(Val::Text(text)) => match text.text() {
                    Some(name) => self.attribute(value, &name),
                    None => Val::Unknown,
                },
                _ => Val::Unknown,
            },
            ("setattr", Some(object)) => {
                if let [_, name, value] = args.positional.as_slice()
                    && let Val::Text(name) = &name.value
                    && let Some(name) = name.text()
                {
                    let value = value.clone();
                    self.set_attribute(&object, &name, value.value, value.spot);
                }
                Val::None
            }
            ("isinstance", Some(value)) => self.is_instance(&value, args),
            ("super", _) => {
                let method = self.frames.last().and_then(|frame| frame.method);
                method.map_or(Val::Unknown, |(object, class)| Val::Super(object, class))
            }
            ("print", _) => Val::None,
            _ => Val::Unknown,
        }
    }

    fn new_dict(&mut self, first: Option<Val>, args: &Args) -> Val {
        let mut items = IndexMap::new();
        let mut open = args.open;
        match first {
            Some(value @ Val::List(_)) => {
                let (pairs, unknown) = self.items(&value);
                open |= unknown;
                for pair in pairs {
                    let (pair, _) = self.items(&pair.value);
                    match <[Arg; 2]>::try_from(pair) {
                        Ok([key, value]) => {
                            items.insert(self.heap.key(&key.value), (key.value, value));
                        }
                        Err(_) => open = true,
                    }
                }
            }
            Some(value) => open |= self.merge_into(&mut items, &value),
            None => {}
        }
        items.extend(args.named.iter().map(|(name, arg)| named_item(name, arg.clone())));
        self.heap.dict(items, open)
    }

    fn range(&mut self, args: &Args, spot: Spot) -> Val {
        const LONGEST: i64 = 1000;
        let number = |index: usize| match args.positional.get(index).map(|arg| &arg.value) {
            Some(Val::Int(number)) => Some(*number),
            _ => None,
        };
        let bounds = match args.positional.len() {
            1 => number(0).map(|end| (0, end)),
            2 => number(0).zip(number(1)),
            _ => None,
        };
        let Some((start, end)) = bounds else { return Val::Unknown };
        if end.saturating_sub(start) > LONGEST {
            return Val::Unknown;
        }
        let items = (start..end).map(|number| Arg { value: Val::Int(number), spot }).collect();
        self.heap.list(items, false)
    }

    fn zip(&mut self, args: &Args, spot: Spot) -> Val {
        let mut columns = Vec::new();
        let mut open = args.open;
        for arg in &args.positional {
            let (items, unknown) = self.items(&arg.value);
            open |= unknown;
            columns.push(items);
        }
        let rows = columns.iter().map(Vec::len).min().unwrap_or_default();
        let mut items = Vec::with_capacity(rows);
        for row in 0..rows {
            let row: Vec<Arg> =
                columns.iter().filter_map(|column| column.get(row).cloned()).collect();
            items.push(Arg { value: self.heap.list(row, false), spot });
        }
        self.heap.list(items, open)
    }

    fn chained(&mut self, lists: &[Arg], open: bool) -> Val {
        let mut items = Vec::new();
        let mut open = open;
        for list in lists {
            let (more, unknown) = self.items(&list.value);
            items.extend(more);
            open |= unknown;
        }
        self.heap.list(items, open)
    }

    fn is_instance(&self, value: &Val, args: &Args) -> Val {
        let Some(class) = args.positional.get(1) else { return Val::Unknown };
        let classes = match &class.value {
            Val::List(id) => self.heap.lists[*id].items.iter().map(|item| &item.value).collect(),
            class => vec![class],
        };
        let kind: &[&str] = match value {
            Val::Text(_) => &["builtins.str"],
            Val::List(_) => &["builtins.list", "builtins.tuple", "builtins.set"],
            Val::Dict(_) => &["builtins.dict"],
            Val::Object(_) | Val::None | Val::Bool(_) | Val::Int(_) => &[],
            _ => return Val::Unknown,
        };
        let mut sure = true;
        for class in classes {
            match class {
                Val::External(path) if kind.contains(&&**path) => return Val::Bool(true),
                Val::External(path) => {
                    let name = last(path);
                    sure &= path.starts_with("builtins.") || matches!(value, Val::Text(_));
                    if let Val::Object(id) = value {
                        let object = &self.heap.objects[*id];
                        if object.name() == name {
                            return Val::Bool(true);
                        }
                        sure |= object.name().starts_with("V1") && object.local.is_none();
                    }
                }
                _ => sure = false,
            }
        }
        if sure { Val::Bool(false) } else { Val::Unknown }
    }

    /// Copies a value, with everything it holds.
    fn copy(&mut self, value: &Val) -> Val {
        self.deeper(value.clone(), |this| match value {
            Val::List(id) => {
                let list = &this.heap.lists[*id];
                let (mut items, open) = (list.items.clone(), list.open);
                for item in &mut items {
                    item.value = this.copy(&item.value);
                }
                this.heap.list(items, open)
            }
            Val::Dict(id) => {
                let dict = &this.heap.dicts[*id];
                let (mut items, open) = (dict.items.clone(), dict.open);
                for (_, item) in items.values_mut() {
                    item.value = this.copy(&item.value);
                }
                this.heap.dict(items, open)
            }
            Val::Object(id) => {
                let object = &this.heap.objects[*id];
                let mut copy = super::Object {
                    class: Rc::clone(&object.class),
                    local: object.local,
                    args: object.args.clone(),
                    open: object.open,
                    spot: object.spot,
                };
                for arg in copy.args.values_mut() {
                    arg.value = this.copy(&arg.value);
                }
                Val::Object(this.heap.object(copy))
            }
            value => value.clone(),
        })
    }
}

/// Returns what only a run can know, or this default when the run says nothing. Defaults other than
/// texts are not followed: a list's items would count as certain.
fn or_default(default: Option<&Arg>) -> Val {
    let is_text = |value: &Val| matches!(value, Val::Text(_));
    match default.map(|arg| &arg.value) {
        Some(value) if is_text(value) => either(Val::hole(), value.clone()),
        Some(value @ Val::Choice(values)) if values.iter().all(is_text) => {
            either(Val::hole(), value.clone())
        }
        _ => Val::hole(),
    }
}
