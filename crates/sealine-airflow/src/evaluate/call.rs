//! Calls: of functions and classes of the tree, and of what lies outside of it.
//!
//! Invariant: a call of something outside of the tree makes an object of its arguments, which is
//! recorded; nothing is ever run.

use indexmap::IndexMap;
use ruff_python_ast::name::Name;
use ruff_python_ast::{Expr, ExprCall};

use super::heap::Partial;
use super::{Arg, Args, Body, Evaluator, Frame, Object, Role, Spot, Val, either};
use crate::signatures;

impl<'a> Evaluator<'a> {
    pub(super) fn call(&mut self, call: &'a ExprCall) -> Val {
        let spot = self.spot(&*call.func);
        let callee = match &*call.func {
            Expr::Attribute(attribute) => {
                let receiver = self.eval(&attribute.value);
                let name = attribute.attr.as_str();
                match self.attribute(receiver.clone(), name) {
                    // The name of a method tells something even of what is unknown.
                    Val::Unknown => Val::Method(std::rc::Rc::new((receiver, name.to_owned()))),
                    callee => callee,
                }
            }
            func => self.eval(func),
        };
        let args = self.arguments(&call.arguments);
        self.apply(callee, args, spot)
    }

    /// Returns what `callee` returns for `args`.
    pub(crate) fn apply(&mut self, callee: Val, args: Args, spot: Spot) -> Val {
        self.deeper(Val::Unknown, |this| this.applied(callee, args, spot))
    }

    fn applied(&mut self, callee: Val, args: Args, spot: Spot) -> Val {
        match callee {
            Val::Function(id) => self.call_function(id, None, args, spot),
            Val::Bound(receiver, id) => {
                self.call_function(id, Some((*receiver).clone()), args, spot)
            }
            Val::Class(id) => self.instantiate(id, args, spot),
            Val::External(path) => self.call_external(&path, args, spot),
            Val::Method(method) => self.call_method(&method.0, &method.1, args, spot),
            Val::Partial(id) => {
                let Partial { callee, args: mut all } = self.heap.partials[id].clone();
                all.positional.extend(args.positional);
                all.named.extend(args.named);
                all.open |= args.open;
                self.apply(callee, all, spot)
            }
            Val::Object(id) => self.call_object(id, args, spot),
            Val::Choice(callees) => {
                let mut result: Option<Val> = None;
                for callee in callees.iter() {
                    let value = self.apply(callee.clone(), args.clone(), spot);
                    result = Some(match result {
                        Some(earlier) => either(earlier, value),
                        None => value,
                    });
                }
                result.unwrap_or(Val::Unknown)
            }
            value @ Val::Imported(..) => {
                let callee = self.force(value);
                self.apply(callee, args, spot)
            }
            _ => self.call_unknown("", args, spot),
        }
    }

    /// A call of which only the arguments are known.
    pub(super) fn call_unknown(&mut self, name: &str, args: Args, spot: Spot) -> Val {
        let telling = |name: &str| name == "task_id" || name.ends_with("conn_id");
        if args.named.keys().any(|name| telling(name)) {
            let id = self.object_of(name.into(), args, spot);
            self.recorded(id);
            return Val::Object(id);
        }
        Val::Unknown
    }

    fn call_function(&mut self, id: usize, receiver: Option<Val>, args: Args, spot: Spot) -> Val {
        match self.heap.functions[id].role {
            Role::Task(decorator) => {
                self.task_called(id, decorator, args);
                Val::Unknown
            }
            Role::Dag(decorator) => self.dag_called(id, decorator, args, spot),
            Role::Group(decorator) => self.group_called(id, decorator, args, spot),
            _ => self.run_function(id, receiver, args, spot),
        }
    }

    /// Runs the body of a function, whatever its role.
    pub(crate) fn run_function(
        &mut self,
        id: usize,
        receiver: Option<Val>,
        args: Args,
        spot: Spot,
    ) -> Val {
        let function = self.heap.functions[id].clone();
        let defined = self.function_spot(id);
        let repeated = self.frames.iter().filter(|frame| frame.function == Some(defined)).count();
        if repeated > 2 || self.frames.len() > super::CALLS {
            return Val::Unknown;
        }
        self.called.insert(defined);
        let method = match (&receiver, function.class) {
            (Some(Val::Object(object)), Some(class)) => Some((*object, class)),
            _ => None,
        };
        let outside = (self.file, self.scope);
        let scope = self.heap.scope(Some(function.scope));
        (self.file, self.scope) = (function.file, scope);
        self.frames.push(Frame { method, function: Some(defined), ..Frame::default() });
        let result = match function.body {
            Body::Def(def) => {
                self.bind(&function, &def.parameters, receiver, args, spot);
                match self.block(&def.body) {
                    super::statement::Flow::Return(value) => Some(value),
                    super::statement::Flow::Stop => None,
                    _ => Some(Val::None),
                }
            }
            Body::Lambda(lambda) => {
                if let Some(parameters) = &lambda.parameters {
                    self.bind(&function, parameters, receiver, args, spot);
                }
                Some(self.eval(&lambda.body))
            }
        };
        let frame = self.frames.pop().unwrap_or_default();
        (self.file, self.scope) = outside;
        if !frame.yields.is_empty() {
            return self.heap.list(frame.yields, true);
        }
        frame.returns.into_iter().chain(result).reduce(either).unwrap_or(Val::Unknown)
    }

    /// Returns where a function is defined: its name, or the lambda.
    pub(crate) fn function_spot(&self, id: usize) -> Spot {
        let function = &self.heap.functions[id];
        let range = match function.body {
            Body::Def(def) => crate::syntax::range(&def.name),
            Body::Lambda(lambda) => crate::syntax::range(lambda),
        };
        Spot { file: function.file, start: range.start, end: range.end }
    }

    fn call_external(&mut self, path: &str, args: Args, spot: Spot) -> Val {
        if let Some(value) = self.builtin(path, &args, spot) {
            return value;
        }
        let decorated = args.positional.first().map(|arg| arg.value.clone());
        if let (Some(Val::Function(function)), 1) = (decorated, args.positional.len())
            && let Some(value) = self.decorate_with(path, None, function, spot)
        {
            return value;
        }
        let id = self.object_of(path.into(), args, spot);
        self.recorded(id);
        Val::Object(id)
    }

    /// Returns the object that a class makes of its arguments, positional ones by the parameters
    /// that are known of it.
    pub(super) fn object_of(&mut self, class: std::rc::Rc<str>, args: Args, spot: Spot) -> usize {
        let parameters = signatures::parameters(&class);
        let args_by_name = by_name(parameters, args.positional, args.named);
        self.heap.object(Object { class, local: None, args: args_by_name, open: args.open, spot })
    }

    /// Calls what a call returned: a decorator with its arguments, or an object with `__call__`.
    fn call_object(&mut self, id: usize, args: Args, spot: Spot) -> Val {
        let class = std::rc::Rc::clone(&self.heap.objects[id].class);
        if let Some(Val::Function(function)) = args.positional.first().map(|arg| arg.value.clone())
            && let Some(value) = self.decorate_with(&class, Some(id), function, spot)
        {
            return value;
        }
        if let Some(local) = self.heap.objects[id].local
            && let Some(Val::Function(function)) = self.class_name(local, "__call__")
        {
            return self.call_function(function, Some(Val::Object(id)), args, spot);
        }
        self.call_unknown("", args, spot)
    }
}

/// Returns positional and named arguments by name.
pub(super) fn by_name(
    parameters: &[&str],
    positional: Vec<Arg>,
    named: IndexMap<Name, Arg>,
) -> IndexMap<Name, Arg> {
    let mut all = IndexMap::new();
    for (index, arg) in positional.into_iter().enumerate() {
        let name = match parameters.get(index) {
            Some(name) => Name::new(*name),
            None => Name::from(format!("#{index}")),
        };
        all.insert(name, arg);
    }
    all.extend(named);
    all
}
