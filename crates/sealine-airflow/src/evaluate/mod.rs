//! A partial evaluator for the Python that builds DAGs.
//!
//! Invariant: evaluation ends and never overflows its stack. Each step takes fuel, each level of
//! nesting is counted, and beyond either limit everything is [`Val::Unknown`].

mod bind;
mod builtins;
mod call;
mod class;
mod comprehension;
mod expression;
mod heap;
mod import;
mod methods;
mod names;
mod operators;
mod path;
mod statement;
mod text;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use ruff_text_size::Ranged;
use sealine_model::Value;

use crate::dag::Record;
use crate::syntax::range;
use crate::tree::Tree;

pub(crate) use heap::{Arg, Args, Body, Dict, Function, Heap, Key, List, Object, Role, Spot, Val};
pub(crate) use heap::{either, last, named_item};
pub(crate) use text::{mapped, part_of, text_of};

/// Steps for the text of one DAG file with everything it imports.
const FUEL: u32 = 500_000;
/// Steps for the bodies of its tasks.
const RUN_FUEL: u32 = 150_000;
/// Steps for one of them.
const TASK_FUEL: u32 = 20_000;
/// Expressions, statements and calls inside each other.
const DEPTH: u32 = 100;
/// Calls inside each other.
const CALLS: usize = 20;
/// Containers with more items are not followed.
const ITEMS: usize = 20_000;

/// The state of one evaluation: a DAG file with everything it imports.
pub(crate) struct Evaluator<'a> {
    pub(crate) tree: &'a Tree<'a>,
    pub(crate) heap: Heap<'a>,
    /// What was seen of DAGs, tasks and connections.
    pub(crate) record: Record,
    /// Every path that an import looked at.
    pub(crate) looked: BTreeSet<String>,
    /// Functions whose body was run, by where they are defined.
    pub(crate) called: HashSet<Spot>,
    /// The scopes of the modules that were begun.
    modules: HashMap<usize, usize>,
    /// Literals that were met, by file and offset.
    literals: HashMap<(usize, u32), Rc<Value>>,
    frames: Vec<Frame>,
    /// The file that is run, and the scope of its names.
    file: usize,
    scope: usize,
    fuel: u32,
    depth: u32,
}

/// One call that is under way.
#[derive(Default)]
struct Frame {
    /// What is returned on paths that may be taken.
    returns: Vec<Val>,
    /// What is yielded.
    yields: Vec<Arg>,
    /// The class and the receiver of a method.
    method: Option<(usize, usize)>,
    function: Option<Spot>,
}

impl<'a> Evaluator<'a> {
    /// Returns an evaluator that has done nothing.
    pub(crate) fn new(tree: &'a Tree<'a>, file: usize) -> Self {
        let mut heap = Heap::default();
        let scope = heap.scope(None);
        Self {
            tree,
            heap,
            record: Record::default(),
            looked: BTreeSet::new(),
            called: HashSet::new(),
            modules: HashMap::from([(file, scope)]),
            literals: HashMap::new(),
            frames: vec![Frame::default()],
            file,
            scope,
            fuel: FUEL,
            depth: 0,
        }
    }

    /// Runs the statements of the file.
    pub(crate) fn run(&mut self) {
        self.block(&self.tree.files[self.file].body);
    }

    /// Gives the functions of tasks fuel of their own.
    pub(crate) fn refuel(&mut self) {
        self.fuel = RUN_FUEL;
    }

    /// Runs `work` with the fuel of one task.
    pub(crate) fn rationed(&mut self, work: impl FnOnce(&mut Self)) {
        let whole = self.fuel;
        let ration = whole.min(TASK_FUEL);
        self.fuel = ration;
        work(self);
        self.fuel = whole - (ration - self.fuel);
    }

    /// Returns the file that is being run; outside of calls, the one evaluation began with.
    pub(crate) fn file(&self) -> usize {
        self.file
    }

    /// Returns whether the fuel is spent.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.fuel == 0
    }

    /// Returns the modules that were run, the file itself included.
    pub(crate) fn files(&self) -> Vec<usize> {
        let mut files: Vec<usize> = self.modules.keys().copied().collect();
        files.sort_unstable();
        files
    }

    /// Takes the fuel for `steps`; false when there is not enough.
    fn spend(&mut self, steps: usize) -> bool {
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        self.fuel = self.fuel.saturating_sub(steps);
        self.fuel > 0
    }

    /// Runs `work` one level deeper, or returns `otherwise` when that is too deep or costs too much.
    pub(crate) fn deeper<T>(&mut self, otherwise: T, work: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= DEPTH || !self.spend(1) {
            return otherwise;
        }
        self.depth += 1;
        let result = work(self);
        self.depth -= 1;
        result
    }

    /// Returns the spot of a node in the current file.
    fn spot(&self, node: &impl Ranged) -> Spot {
        let range = range(node);
        Spot { file: self.file, start: range.start, end: range.end }
    }

    /// Returns the place of a spot.
    pub(crate) fn place(&self, spot: Spot) -> sealine_source::Place {
        self.tree.files[spot.file].source.place(spot.range())
    }

    /// Returns the text at a spot, cut short, for messages.
    pub(crate) fn excerpt(&self, spot: Spot) -> String {
        const LONGEST: usize = 60;
        let text = self.tree.files[spot.file].source.slice(spot.range());
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match words.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}...", &words[..end]),
            None => words,
        }
    }
}
