//! Partial evaluation of expressions.
//!
//! Invariant: evaluation always ends and never fails: fuel bounds the steps, [`MAX_DEPTH`] the
//! recursion, and what goes beyond is unknown.

mod computing;
mod expression;
mod instance;
mod operators;
mod providers;
mod reference;
mod remote;
mod resource;
mod template;
mod types;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use sealine_source::{Place, Source};

use crate::config::{Config, Declared};
use crate::data::{Data, Map, Piece, Spot, Text};
use crate::references::References;
use crate::world::{ConfigId, World};

pub(crate) use instance::{Expansion, Instance, InstanceId, Key, Slot};
pub(crate) use operators::equal;
pub(crate) use reference::{Computed, ModuleHandle, ResourceHandle};
pub(crate) use resource::resource_scope;
pub(crate) use types::convert;

/// How deep evaluation may recurse, through nested expressions and references alike.
const MAX_DEPTH: usize = 150;

/// How many steps the evaluation of one root may take.
const FUEL: usize = 2_000_000;

/// How long a text may get.
pub(crate) const MAX_TEXT: usize = 1 << 20;

/// How many items a list may get.
pub(crate) const MAX_ITEMS: usize = 20_000;

/// How many module instances one root may have.
const MAX_INSTANCES: usize = 5_000;

/// Evaluates one root, or one module by itself, under one set of variable values.
pub(crate) struct Evaluator<'w> {
    pub(crate) world: &'w World<'w>,
    /// The name of the environment whose values are used.
    pub(crate) environment: Option<String>,
    instances: RefCell<Vec<Rc<Instance<'w>>>>,
    values: Memory<ValueKey<'w>, Data>,
    expansions: Memory<(InstanceId, Part), Rc<Expansion>>,
    calls: RefCell<HashMap<(InstanceId, usize, Key), InstanceId>>,
    /// Files that are no configuration but were read (`file`, `templatefile`); their numbers follow
    /// those of the world.
    others: RefCell<Vec<&'w Source>>,
    pub(crate) templates: RefCell<HashMap<u32, Option<Rc<crate::syntax::Expression>>>>,
    /// What texts hold that stand in files and were decoded: each instance of a module reads the
    /// same files.
    pub(crate) decoded: RefCell<HashMap<Spot, Option<Data>>>,
    /// Compiled regular expressions.
    pub(crate) expressions: RefCell<HashMap<String, Option<Rc<regex::Regex>>>>,
    other_roots: RefCell<HashMap<(ConfigId, Option<String>), InstanceId>>,
    /// The roots that units of Terragrunt run; nothing while one is added.
    units: RefCell<HashMap<String, Option<InstanceId>>>,
    /// The references of modules, by repository and folder.
    pub(crate) references: RefCell<HashMap<(&'w str, &'w str), Rc<References<'w>>>>,
    /// Repositories and paths of files that were read or looked for.
    pub(crate) reads: RefCell<BTreeSet<(String, String)>>,
    fuel: Cell<usize>,
    depth: Cell<usize>,
    /// Whether fuel or instances ran out.
    pub(crate) exhausted: Cell<bool>,
}

/// What a memoised value belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum ValueKey<'w> {
    Variable(InstanceId, &'w str),
    Local(InstanceId, &'w str),
    Output(InstanceId, &'w str),
    Attribute(InstanceId, usize, Key, &'w str),
}

/// What is counted or repeated: a resource or a module call, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    Resource(usize),
    Call(usize),
}

type Memory<K, T> = RefCell<HashMap<K, Memo<T>>>;

enum Memo<T> {
    /// It is being evaluated: asking again is a cycle.
    Running,
    Done(T),
}

/// What names mean in an expression.
#[derive(Clone)]
pub(crate) struct Scope<'w> {
    pub(crate) instance: Rc<Instance<'w>>,
    /// The file the expression stands in.
    pub(crate) file: u32,
    /// The instance of the resource or call that the expression belongs to.
    pub(crate) slot: Option<Rc<Slot>>,
    /// The resource that `self` means.
    pub(crate) resource: Option<usize>,
    names: Option<Rc<Names>>,
}

/// Names that `for`, `dynamic` and templates bring.
struct Names {
    known: Known,
    outer: Option<Rc<Names>>,
}

/// What one step brings.
enum Known {
    One(Rc<str>, Data),
    /// The keys of a map, each for its value.
    Keys(Rc<Map>),
}

impl<'w> Scope<'w> {
    pub(crate) fn new(instance: &Rc<Instance<'w>>, file: u32) -> Self {
        Self { instance: Rc::clone(instance), file, slot: None, resource: None, names: None }
    }

    /// Returns this scope for an expression in another file of the module.
    pub(crate) fn in_file(&self, file: u32) -> Self {
        Self { file, ..self.clone() }
    }

    /// Returns this scope with one more name.
    pub(crate) fn with(&self, name: &str, value: Data) -> Self {
        self.knowing(Known::One(name.into(), value))
    }

    /// Returns this scope with the keys of a map as names.
    pub(crate) fn with_keys(&self, map: &Rc<Map>) -> Self {
        self.knowing(Known::Keys(Rc::clone(map)))
    }

    fn knowing(&self, known: Known) -> Self {
        let names = Some(Rc::new(Names { known, outer: self.names.clone() }));
        Self { names, ..self.clone() }
    }

    fn lookup(&self, name: &str) -> Option<Data> {
        let mut names = self.names.as_ref();
        while let Some(known) = names {
            match &known.known {
                Known::One(own, value) if **own == *name => return Some(value.clone()),
                Known::Keys(map) if let Some(entry) = map.get(name) => {
                    return Some(entry.value.clone());
                }
                _ => names = known.outer.as_ref(),
            }
        }
        None
    }
}

impl Drop for Names {
    fn drop(&mut self) {
        // A long chain is dropped step by step, not by recursion.
        let mut next = self.outer.take();
        while let Some(names) = next {
            next = Rc::try_unwrap(names).ok().and_then(|mut names| names.outer.take());
        }
    }
}

impl<'w> Evaluator<'w> {
    /// Returns an evaluator whose first instance is the module `config`, and that instance.
    pub(crate) fn new(
        world: &'w World<'w>,
        config: &'w Config<'w>,
        environment: Option<String>,
        value_files: &[u32],
    ) -> (Self, Rc<Instance<'w>>) {
        let evaluator = Self {
            world,
            environment,
            instances: RefCell::default(),
            values: RefCell::default(),
            expansions: RefCell::default(),
            calls: RefCell::default(),
            others: RefCell::default(),
            templates: RefCell::default(),
            decoded: RefCell::default(),
            expressions: RefCell::default(),
            other_roots: RefCell::default(),
            units: RefCell::default(),
            references: RefCell::default(),
            reads: RefCell::default(),
            fuel: Cell::new(FUEL),
            depth: Cell::new(0),
            exhausted: Cell::new(false),
        };
        let root = evaluator.add_root(config, value_files);
        (evaluator, root)
    }

    /// Takes `steps` of fuel; returns whether there were as many.
    pub(crate) fn spend(&self, steps: usize) -> bool {
        let left = self.fuel.get();
        if left < steps {
            self.fuel.set(0);
            self.exhausted.set(true);
            return false;
        }
        self.fuel.set(left - steps);
        true
    }

    /// Runs `evaluate` one level deeper, or says that it is too deep.
    fn deeper(&self, evaluate: impl FnOnce() -> Data) -> Data {
        if self.depth.get() >= MAX_DEPTH || !self.spend(1) {
            return Data::unknown();
        }
        self.depth.set(self.depth.get() + 1);
        let data = evaluate();
        self.depth.set(self.depth.get() - 1);
        data
    }

    fn remember(&self, key: ValueKey<'w>, evaluate: impl FnOnce() -> Data) -> Data {
        match self.values.borrow().get(&key) {
            Some(Memo::Done(data)) => return data.clone(),
            Some(Memo::Running) => return Data::unknown(),
            None => {}
        }
        self.values.borrow_mut().insert(key.clone(), Memo::Running);
        let data = self.deeper(evaluate);
        self.values.borrow_mut().insert(key, Memo::Done(data.clone()));
        data
    }

    /// Returns the configurations of all modules that were evaluated, other roots included.
    pub(crate) fn configs(&self) -> Vec<&'w Config<'w>> {
        self.instances.borrow().iter().map(|instance| instance.config).collect()
    }

    /// Returns the file with this number.
    pub(crate) fn source(&self, file: u32) -> Option<&'w Source> {
        self.world.file(file).or_else(|| {
            let index = (file as usize).checked_sub(self.world.files.len())?;
            self.others.borrow().get(index).copied()
        })
    }

    /// Returns the number of a file that is no configuration.
    pub(crate) fn number_of(&self, source: &'w Source) -> u32 {
        let mut others = self.others.borrow_mut();
        let known = others.iter().position(|known| std::ptr::eq(*known, source));
        let index = known.unwrap_or_else(|| {
            others.push(source);
            others.len() - 1
        });
        (self.world.files.len() + index) as u32
    }

    /// Returns the place of a spot.
    pub(crate) fn place(&self, spot: Spot) -> Option<Place> {
        Some(self.source(spot.file)?.place(spot.range))
    }

    /// Returns a text as the model's value.
    pub(crate) fn value_of(&self, text: &Text) -> sealine_model::Value {
        if text.pieces.is_empty() {
            return sealine_model::Value::default();
        }
        let pieces = text.pieces.iter().map(|piece| match piece {
            Piece::Literal(text, spot) => sealine_model::Piece::Literal {
                text: (&**text).into(),
                place: spot.and_then(|spot| self.place(spot)),
            },
            Piece::Hole => sealine_model::Piece::Hole,
        });
        sealine_model::Value::from_pieces(pieces)
    }

    /// Returns data as the model's value; unknown for what is no string.
    pub(crate) fn value(&self, data: &Data) -> sealine_model::Value {
        match data.to_text() {
            Some(text) => self.value_of(&text),
            None => sealine_model::Value::unknown(),
        }
    }

    /// Evaluates an attribute of a block that belongs to `scope`.
    pub(crate) fn attribute(&self, scope: &Scope<'w>, block: &Declared<'w>, name: &str) -> Data {
        match block.attribute(name) {
            Some(written) => {
                let scope = scope.in_file(written.file);
                self.evaluate(&scope, written.expression)
            }
            None => Data::new(crate::data::Kind::Null),
        }
    }
}
