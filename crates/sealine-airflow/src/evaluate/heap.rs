//! What expressions evaluate to, and where containers live.
//!
//! Invariant: containers are indices into one arena, so that sharing, cycles and dropping need no
//! recursion.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use indexmap::IndexMap;
use ruff_python_ast::name::Name;
use ruff_python_ast::{ExprLambda, StmtClassDef, StmtFunctionDef};
use sealine_model::Value;
use sealine_source::TextRange;

/// A range in one file of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Spot {
    pub(crate) file: usize,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Spot {
    pub(crate) fn range(self) -> TextRange {
        TextRange { start: self.start, end: self.end }
    }
}

/// What an expression is known to be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Val {
    Unknown,
    None,
    Bool(bool),
    Int(i64),
    /// A string; its holes are what is not known of it.
    Text(Rc<Value>),
    /// A list, tuple or set.
    List(usize),
    Dict(usize),
    /// What a call of a class makes, by its arguments.
    Object(usize),
    Function(usize),
    /// A function with its receiver.
    Bound(Rc<Val>, usize),
    Class(usize),
    /// A file of the tree.
    Module(usize),
    /// A folder of the tree.
    Folder(Rc<str>),
    /// A name of the tree that is only looked up when it is needed.
    Imported(usize, Rc<str>),
    /// A dotted name outside of the tree.
    External(Rc<str>),
    /// A method of a value that is no object of the tree.
    Method(Rc<(Val, String)>),
    /// `functools.partial`.
    Partial(usize),
    /// `super()` in a class.
    Super(usize, usize),
    /// One of these; which one is not known.
    Choice(Rc<Vec<Val>>),
}

impl Val {
    /// Returns what it may be.
    pub(crate) fn choices(&self) -> &[Self] {
        match self {
            Self::Choice(values) => values,
            value => std::slice::from_ref(value),
        }
    }

    /// Returns a known text without a place.
    pub(crate) fn text(text: impl AsRef<str>) -> Self {
        Self::Text(Rc::new(Value::known(text.as_ref(), None)))
    }

    /// Returns a text of which nothing is known.
    pub(crate) fn hole() -> Self {
        Self::Text(Rc::new(Value::unknown()))
    }

    /// Returns whether nothing is known of it.
    pub(crate) fn is_unknown(&self) -> bool {
        match self {
            Self::Unknown => true,
            Self::Text(text) => text.is_unknown(),
            _ => false,
        }
    }
}

/// A value with the expression it came from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Arg {
    pub(crate) value: Val,
    pub(crate) spot: Spot,
}

/// A list, tuple or set.
#[derive(Debug, Default)]
pub(crate) struct List {
    pub(crate) items: Vec<Arg>,
    /// Whether there may be other items.
    pub(crate) open: bool,
}

/// A key that can be compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Text(String),
    Int(i64),
    Bool(bool),
    None,
    /// A key that is known in part or not at all: equal to itself alone.
    Other(usize),
}

/// A dict.
#[derive(Debug, Default)]
pub(crate) struct Dict {
    pub(crate) items: IndexMap<Key, (Val, Arg)>,
    /// Whether there may be other keys.
    pub(crate) open: bool,
}

/// What a call of a class made.
#[derive(Debug)]
pub(crate) struct Object {
    /// The dotted name of the class, as far as it leads out of the tree; else its own name.
    pub(crate) class: Rc<str>,
    /// The class, when the tree holds it.
    pub(crate) local: Option<usize>,
    /// Arguments and attributes by name; positional ones without a known name are `#0`, `#1`.
    pub(crate) args: IndexMap<Name, Arg>,
    /// Whether there may be other arguments.
    pub(crate) open: bool,
    /// The callee.
    pub(crate) spot: Spot,
}

impl Object {
    /// Returns the last part of the class's name.
    pub(crate) fn name(&self) -> &str {
        last(&self.class)
    }
}

/// Returns the last part of a dotted name.
pub(crate) fn last(dotted: &str) -> &str {
    dotted.rsplit('.').next().unwrap_or(dotted)
}

/// What Airflow's decorators make of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Plain,
    Property,
    Class,
    Static,
    /// `@task`, with the decorator's arguments in this object.
    Task(usize),
    /// `@dag`, likewise.
    Dag(usize),
    /// `@task_group`, likewise.
    Group(usize),
}

/// The text of a function.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body<'a> {
    Def(&'a StmtFunctionDef),
    Lambda(&'a ExprLambda),
}

/// A function of the tree.
#[derive(Clone, Debug)]
pub(crate) struct Function<'a> {
    pub(crate) body: Body<'a>,
    pub(crate) file: usize,
    /// The scope in which it was defined.
    pub(crate) scope: usize,
    /// The class it belongs to.
    pub(crate) class: Option<usize>,
    pub(crate) role: Role,
}

/// A class of the tree.
#[derive(Debug)]
pub(crate) struct Class<'a> {
    pub(crate) def: &'a StmtClassDef,
    /// Itself and its bases in the tree, nearest first.
    pub(crate) chain: Rc<[usize]>,
    /// The class outside of the tree that it derives from.
    pub(crate) outside: Option<Rc<str>>,
    /// The scope of its body.
    pub(crate) scope: usize,
}

/// A callable with some of its arguments.
#[derive(Clone, Debug)]
pub(crate) struct Partial {
    pub(crate) callee: Val,
    pub(crate) args: Args,
}

/// The arguments of a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Args {
    pub(crate) positional: Vec<Arg>,
    pub(crate) named: IndexMap<Name, Arg>,
    /// Whether there may be others.
    pub(crate) open: bool,
}

impl Args {
    /// Returns an argument by its name or, failing that, its position.
    pub(crate) fn get(&self, name: &str, position: usize) -> Option<&Arg> {
        self.named.get(name).or_else(|| self.positional.get(position))
    }
}

/// The names of a function, class or module.
#[derive(Debug, Default)]
pub(crate) struct Scope<'a> {
    pub(crate) names: HashMap<&'a str, Val>,
    pub(crate) parent: Option<usize>,
    /// `from x import *`, in order.
    pub(crate) stars: Vec<Val>,
    /// Names declared `global` or `nonlocal`.
    pub(crate) outer: Vec<&'a str>,
    /// The module whose statements run when a name of this scope is needed, with those that did.
    pub(crate) lazy: Option<(usize, HashSet<usize>)>,
    /// Class bodies are not seen from the functions in them.
    pub(crate) is_class: bool,
}

/// Everything that evaluation made.
#[derive(Debug, Default)]
pub(crate) struct Heap<'a> {
    pub(crate) lists: Vec<List>,
    pub(crate) dicts: Vec<Dict>,
    pub(crate) objects: Vec<Object>,
    pub(crate) functions: Vec<Function<'a>>,
    pub(crate) classes: Vec<Class<'a>>,
    pub(crate) partials: Vec<Partial>,
    pub(crate) scopes: Vec<Scope<'a>>,
    /// How many keys were made that are equal to themselves alone.
    fresh: usize,
}

impl<'a> Heap<'a> {
    pub(crate) fn list(&mut self, items: Vec<Arg>, open: bool) -> Val {
        self.lists.push(List { items, open });
        Val::List(self.lists.len() - 1)
    }

    pub(crate) fn dict(&mut self, items: IndexMap<Key, (Val, Arg)>, open: bool) -> Val {
        self.dicts.push(Dict { items, open });
        Val::Dict(self.dicts.len() - 1)
    }

    pub(crate) fn object(&mut self, object: Object) -> usize {
        self.objects.push(object);
        self.objects.len() - 1
    }

    pub(crate) fn function(&mut self, function: Function<'a>) -> usize {
        self.functions.push(function);
        self.functions.len() - 1
    }

    pub(crate) fn scope(&mut self, parent: Option<usize>) -> usize {
        self.scopes.push(Scope { parent, ..Scope::default() });
        self.scopes.len() - 1
    }

    /// Returns the key under which `value` stands in a dict.
    pub(crate) fn key(&mut self, value: &Val) -> Key {
        known_key(value).unwrap_or_else(|| {
            self.fresh += 1;
            Key::Other(self.fresh)
        })
    }

    /// Returns an argument of an object.
    pub(crate) fn arg(&self, object: usize, name: &str) -> Option<&Arg> {
        self.objects[object].args.get(name)
    }

    /// Returns the entry of a dict with this text as its key.
    pub(crate) fn entry(&self, dict: usize, key: &str) -> Option<&(Val, Arg)> {
        self.dicts[dict].items.get(&Key::Text(key.to_owned()))
    }
}

/// Returns what a dict holds of a value with this name: a keyword argument, a field.
pub(crate) fn named_item(name: impl AsRef<str>, arg: Arg) -> (Key, (Val, Arg)) {
    let name = name.as_ref();
    (Key::Text(name.to_owned()), (Val::text(name), arg))
}

/// Returns the key under which a known value stands in a dict.
pub(crate) fn known_key(value: &Val) -> Option<Key> {
    match value {
        Val::Text(text) => text.text().map(Key::Text),
        Val::Int(number) => Some(Key::Int(*number)),
        Val::Bool(value) => Some(Key::Bool(*value)),
        Val::None => Some(Key::None),
        _ => None,
    }
}

/// Returns one of two values: which one is not known.
pub(crate) fn either(one: Val, two: Val) -> Val {
    const MOST: usize = 6;
    if one == two {
        return one;
    }
    let mut all: Vec<Val> = Vec::new();
    for value in [one, two] {
        match value {
            Val::Choice(values) => all.extend(values.iter().cloned()),
            value => all.push(value),
        }
    }
    let mut kept: Vec<Val> = Vec::new();
    for value in all {
        let same = |known: &Val| match (known, &value) {
            (Val::Text(one), Val::Text(two)) if one.is_known() => one.text() == two.text(),
            (known, value) => known == value,
        };
        if !kept.iter().any(same) {
            kept.push(value);
        }
    }
    match kept.len() {
        1 => kept.pop().unwrap_or(Val::Unknown),
        2..=MOST => Val::Choice(Rc::new(kept)),
        _ => Val::Unknown,
    }
}
