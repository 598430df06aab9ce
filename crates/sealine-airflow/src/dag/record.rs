//! What evaluation reports while it runs: DAGs, tasks, references and the functions it met.
//!
//! Invariant: nothing that happens while a module is imported is recorded, except references to
//! Secrets, which belong to whoever uses them.

use std::collections::{BTreeSet, HashMap, HashSet};

use sealine_model::Value;

use super::entries::AskedEntry;
use super::{decorator, is_reference};
use crate::evaluate::{Args, Evaluator, Role, Spot, Val, last, text_of};

/// A DAG.
#[derive(Debug)]
pub(crate) struct Dag {
    pub(crate) id: Value,
    pub(crate) spot: Spot,
    /// Its `default_args`.
    pub(crate) defaults: Option<Val>,
}

/// A task.
#[derive(Debug)]
pub(crate) struct Task {
    /// The arguments of its operator or decorator.
    pub(crate) object: usize,
    pub(crate) id: Value,
    pub(crate) dag: Option<usize>,
    /// `default_args` that apply, nearest first.
    pub(crate) defaults: Vec<Val>,
    pub(crate) spot: Spot,
    /// The function it runs, with the arguments that are known.
    pub(crate) callable: Option<(Val, Args)>,
    /// Whether the `execute` method of its operator was run.
    pub(crate) executed: bool,
}

/// A use of a connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) id: Value,
    pub(crate) spot: Spot,
    pub(crate) dag: Option<usize>,
    pub(crate) task: Option<usize>,
}

/// What the statements that are being run stand in.
#[derive(Debug)]
enum Context {
    Dag(usize),
    /// With its whole id, unless its tasks do not carry it.
    Group {
        id: Value,
        prefixes: bool,
        defaults: Option<Val>,
    },
}

/// Everything that was reported.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) dags: Vec<Dag>,
    pub(crate) tasks: Vec<Task>,
    pub(crate) connections: Vec<Connection>,
    pub(crate) entries: Vec<AskedEntry>,
    /// Objects that name Secrets.
    pub(crate) references: Vec<usize>,
    /// Functions in the order of their definition.
    pub(crate) functions: Vec<usize>,
    /// The objects of DAGs.
    by_object: HashMap<usize, usize>,
    contexts: Vec<Context>,
    /// Whether a module is being imported.
    quiet: bool,
    /// The DAG and task whose function is being run, once the file itself was run.
    pub(crate) running: Option<(Option<usize>, Option<usize>)>,
    /// Whether a DAG was met, recorded or not.
    met_dag: bool,
    /// Functions of the file that make DAGs and that nothing in it calls.
    pub(crate) factories: BTreeSet<Spot>,
    /// Pod templates as dicts, by their path in the tree; unknown where the file is none.
    pub(crate) templates: HashMap<String, Val>,
}

impl Record {
    /// Stops recording; the result is for [`Record::end_import`].
    pub(crate) fn begin_import(&mut self) -> bool {
        std::mem::replace(&mut self.quiet, true)
    }

    /// Goes on as before the import.
    pub(crate) fn end_import(&mut self, before: bool) {
        self.quiet = before;
    }

    /// Notes that a function was defined.
    pub(crate) fn defined(&mut self, function: usize) {
        if !self.quiet {
            self.functions.push(function);
        }
    }

    /// Leaves the innermost DAG or group.
    pub(crate) fn leave(&mut self) {
        self.contexts.pop();
    }

    /// Returns the innermost DAG.
    fn dag(&self) -> Option<usize> {
        self.contexts.iter().rev().find_map(|context| match context {
            Context::Dag(dag) => Some(*dag),
            Context::Group { .. } => None,
        })
    }

    /// Returns the id of a task or group of this name: the innermost group alone says whether its
    /// own id stands before it.
    fn child(&self, name: Value) -> Value {
        match self.contexts.last() {
            Some(Context::Group { id, prefixes: true, .. }) => {
                id.clone().concat(Value::known(".", None)).concat(name)
            }
            _ => name,
        }
    }

    /// Returns the DAG and the task that what is evaluated now belongs to.
    pub(crate) fn current(&self) -> (Option<usize>, Option<usize>) {
        self.running.unwrap_or_else(|| (self.dag(), None))
    }

    /// Notes that a DAG is made, recorded or not.
    pub(crate) fn meet_dag(&mut self) {
        self.met_dag |= !self.quiet;
    }

    fn builds(&self) -> bool {
        !self.quiet && self.running.is_none()
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }
}

impl Evaluator<'_> {
    /// Looks at an object that was just made.
    pub(crate) fn recorded(&mut self, id: usize) {
        let class = std::rc::Rc::clone(&self.heap.objects[id].class);
        if is_reference(&class) {
            self.record.references.push(id);
        }
        if self.record.quiet || decorator(&class).is_some() {
            return;
        }
        if last(&class) == "DAG" {
            self.record.meet_dag();
            if self.record.builds() {
                self.dag_made(id);
            }
            return;
        }
        let task = (self.record.builds() && self.is_task(id)).then(|| self.task_made(id));
        self.connections_of(id, task);
    }

    /// An operator is a class with a `task_id`; a function of a library counts when it is also told
    /// something about the pod.
    fn is_task(&self, id: usize) -> bool {
        let object = &self.heap.objects[id];
        let name = object.name();
        let pod = ["executor_config", "secrets", "env_from", "env_vars"];
        object.args.contains_key("task_id")
            && !matches!(name, "TaskInstance" | "TaskInstanceKey" | "DagRun" | "XCom" | "BaseXCom")
            && (name.is_empty()
                || name == "partial"
                || name.starts_with(char::is_uppercase)
                || pod.iter().any(|arg| object.args.contains_key(*arg)))
    }

    fn dag_made(&mut self, id: usize) -> usize {
        let dag_id = match self.heap.arg(id, "dag_id") {
            Some(arg) => text_of(&arg.value),
            None => Value::unknown(),
        };
        let defaults = self.heap.arg(id, "default_args").map(|arg| arg.value.clone());
        let spot = self.heap.objects[id].spot;
        self.begin_dag(id, dag_id, defaults, spot)
    }

    fn begin_dag(&mut self, object: usize, id: Value, defaults: Option<Val>, spot: Spot) -> usize {
        let dag = self.record.dags.len();
        self.record.by_object.insert(object, dag);
        if let Some(defaults) = &defaults {
            self.default_connections(defaults, dag);
        }
        self.record.dags.push(Dag { id, spot, defaults });
        dag
    }

    fn task_made(&mut self, id: usize) -> usize {
        let name = match self.heap.arg(id, "task_id") {
            Some(arg) => text_of(&arg.value),
            None => Value::unknown(),
        };
        let callable = self.heap.arg(id, "python_callable").map(|arg| arg.value.clone());
        let mut args = Args { open: true, ..Args::default() };
        if let Some(known) = self.heap.arg(id, "op_kwargs").cloned() {
            self.spread(&mut args, &known.value, known.spot);
        }
        if let Some(known) = self.heap.arg(id, "op_args").cloned() {
            args.positional = self.items(&known.value).0;
        }
        let spot = self.heap.objects[id].spot;
        self.add_task(id, name, spot, callable.map(|callable| (callable, args)))
    }

    fn add_task(
        &mut self,
        object: usize,
        name: Value,
        spot: Spot,
        callable: Option<(Val, Args)>,
    ) -> usize {
        let given = match self.heap.arg(object, "dag").map(|arg| &arg.value) {
            Some(Val::Object(dag)) => self.record.by_object.get(dag).copied(),
            _ => None,
        };
        let dag = given.or_else(|| self.record.dag());
        let id = self.record.child(name);
        let groups = self.record.contexts.iter().rev().filter_map(|context| match context {
            Context::Group { defaults, .. } => defaults.clone(),
            Context::Dag(_) => None,
        });
        let mut defaults: Vec<Val> = groups.collect();
        defaults.extend(dag.and_then(|dag| self.record.dags[dag].defaults.clone()));
        let executed = false;
        self.record.tasks.push(Task { object, id, dag, defaults, spot, callable, executed });
        self.record.tasks.len() - 1
    }

    /// Enters a `with` block; returns whether it is a DAG or a group.
    pub(crate) fn enter_context(&mut self, value: &Val) -> bool {
        let Val::Object(id) = value else { return false };
        if !self.record.builds() {
            if self.heap.arg(*id, "dag_id").is_some() {
                self.record.meet_dag();
            }
            return false;
        }
        if let Some(dag) = self.record.by_object.get(id) {
            self.record.contexts.push(Context::Dag(*dag));
            return true;
        }
        let object = &self.heap.objects[*id];
        if object.name() == "TaskGroup" {
            self.enter_group(*id, None);
            return true;
        }
        if object.args.contains_key("dag_id") {
            // A class of a library that is a DAG by its arguments and its use.
            let dag = self.dag_made(*id);
            self.record.contexts.push(Context::Dag(dag));
            return true;
        }
        false
    }

    fn enter_group(&mut self, object: usize, name: Option<&str>) {
        let bare = matches!(
            self.heap.arg(object, "prefix_group_id").map(|arg| &arg.value),
            Some(Val::Bool(false))
        );
        let own = match self.heap.arg(object, "group_id") {
            Some(arg) => text_of(&arg.value),
            None => name.map_or_else(Value::unknown, Value::from),
        };
        let id = self.record.child(own);
        let defaults = self.heap.arg(object, "default_args").map(|arg| arg.value.clone());
        self.record.contexts.push(Context::Group { id, prefixes: !bare, defaults });
    }

    /// Calls a function that `@task` decorated.
    pub(crate) fn task_called(&mut self, function: usize, decorator: usize, args: Args) {
        let spot = self.function_spot(function);
        self.called.insert(spot);
        if !self.record.builds() {
            return;
        }
        let name = match self.heap.arg(decorator, "task_id") {
            Some(arg) => text_of(&arg.value),
            None => Value::from(self.function_name(function)),
        };
        let args = Args { open: true, ..args };
        let task = self.add_task(decorator, name, spot, Some((Val::Function(function), args)));
        self.connections_of(decorator, Some(task));
    }

    /// Calls a function that `@dag` decorated.
    pub(crate) fn dag_called(
        &mut self,
        function: usize,
        decorator: usize,
        args: Args,
        spot: Spot,
    ) -> Val {
        let defined = self.function_spot(function);
        self.called.insert(defined);
        self.record.meet_dag();
        if !self.record.builds() {
            return Val::Unknown;
        }
        let id = match self.heap.arg(decorator, "dag_id") {
            Some(arg) => text_of(&arg.value),
            None => Value::from(self.function_name(function)),
        };
        let defaults = self.heap.arg(decorator, "default_args").map(|arg| arg.value.clone());
        let dag = self.begin_dag(decorator, id, defaults, defined);
        self.record.contexts.push(Context::Dag(dag));
        self.run_function(function, None, args, spot);
        self.record.contexts.pop();
        Val::Object(decorator)
    }

    /// Calls a function that `@task_group` decorated.
    pub(crate) fn group_called(
        &mut self,
        function: usize,
        decorator: usize,
        args: Args,
        spot: Spot,
    ) -> Val {
        let name = self.function_name(function).to_owned();
        self.enter_group(decorator, Some(&name));
        let result = self.run_function(function, None, args, spot);
        self.record.contexts.pop();
        result
    }

    /// Runs what the file defines and does not call: DAGs and tasks that something unknown calls,
    /// and these functions, which make some.
    pub(crate) fn call_forgotten(&mut self, file: usize, factories: &BTreeSet<Spot>) {
        let mut index = 0;
        // What a factory defines comes after it.
        while let Some(id) = self.record.functions.get(index).copied() {
            index += 1;
            let spot = self.function_spot(id);
            if spot.file != file || self.called.contains(&spot) {
                continue;
            }
            let args = Args { open: true, ..Args::default() };
            match self.heap.functions[id].role {
                Role::Dag(decorator) => {
                    self.dag_called(id, decorator, args, spot);
                }
                Role::Task(decorator) => self.task_called(id, decorator, args),
                _ if factories.contains(&spot) => {
                    self.run_function(id, None, args, spot);
                }
                _ => {}
            }
        }
    }

    /// Runs the functions of tasks, and then every function of the file that nothing called, for
    /// the connections and references in them.
    pub(crate) fn run_functions(&mut self, file: usize) {
        let only = (self.record.dags.len() == 1).then_some(0);
        for index in 0..self.record.tasks.len() {
            let task = &self.record.tasks[index];
            let dag = task.dag.or(only);
            let (object, spot) = (task.object, task.spot);
            let callable = match &task.callable {
                None if !task.executed => self.execute_of(object),
                callable => callable.clone(),
            };
            let Some((callable, args)) = callable else { continue };
            self.record.running = Some((dag, Some(index)));
            self.rationed(|this| {
                match callable {
                    Val::Function(id) => this.run_function(id, None, args, spot),
                    callable => this.apply(callable, args, spot),
                };
            });
        }
        self.record.running = Some((only, None));
        let mut begun = HashSet::new();
        for index in 0..self.record.functions.len() {
            let id = self.record.functions[index];
            let spot = self.function_spot(id);
            if spot.file == file && !self.called.contains(&spot) && begun.insert(spot) {
                let args = Args { open: true, ..Args::default() };
                self.record.met_dag = false;
                self.rationed(|this| {
                    this.run_function(id, None, args, spot);
                });
                if self.record.met_dag {
                    self.record.factories.insert(spot);
                }
                // A later one may call it.
                self.called.remove(&spot);
            }
        }
        self.record.factories.retain(|factory| !self.called.contains(factory));
        self.record.running = None;
    }

    pub(super) fn function_name(&self, function: usize) -> &str {
        match self.heap.functions[function].body {
            crate::evaluate::Body::Def(def) => def.name.as_str(),
            crate::evaluate::Body::Lambda(_) => "lambda",
        }
    }
}
