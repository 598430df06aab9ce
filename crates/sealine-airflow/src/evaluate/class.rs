//! Functions and classes of the tree, and the attributes of values.
//!
//! Invariant: a class that inherits from outside of the tree makes objects of that outside class,
//! so that an operator stays an operator however often it is derived.

use std::rc::Rc;

use indexmap::IndexMap;
use ruff_python_ast::{Expr, Stmt, StmtClassDef, StmtFunctionDef};

use super::heap::Class;
use super::{Arg, Args, Body, Evaluator, Function, Object, Role, Spot, Val, last, named_item};
use crate::signatures;

/// Classes that derive from each other.
const BASES: usize = 12;

impl<'a> Evaluator<'a> {
    pub(super) fn define_function(&mut self, def: &'a StmtFunctionDef) {
        let in_class = self.heap.scopes[self.scope].is_class;
        let class = in_class
            .then(|| self.heap.classes.iter().rposition(|class| class.scope == self.scope))
            .flatten();
        let function = Function {
            body: Body::Def(def),
            file: self.file,
            scope: self.scope,
            class,
            role: Role::Plain,
        };
        let id = self.heap.function(function);
        self.record.defined(id);
        let mut value = Val::Function(id);
        for decorator in def.decorator_list.iter().rev() {
            let spot = self.spot(&decorator.expression);
            let callee = self.eval(&decorator.expression);
            let callee = self.force(callee);
            value = self.decorated(callee, value, spot);
        }
        self.set(def.name.as_str(), value);
    }

    fn decorated(&mut self, decorator: Val, value: Val, spot: Spot) -> Val {
        let result = match (&decorator, &value) {
            (Val::External(path), Val::Function(id)) => {
                let (path, id) = (Rc::clone(path), *id);
                self.decorate_with(&path, None, id, spot)
            }
            (Val::Object(object), Val::Function(id)) => {
                let (object, id) = (*object, *id);
                let path = Rc::clone(&self.heap.objects[object].class);
                self.decorate_with(&path, Some(object), id, spot)
            }
            (Val::Function(_) | Val::Bound(..) | Val::Partial(_), _) => {
                let args = Args {
                    positional: vec![Arg { value: value.clone(), spot }],
                    ..Args::default()
                };
                Some(self.apply(decorator, args, spot))
            }
            _ => None,
        };
        match result {
            Some(Val::Unknown | Val::None) | None => value,
            Some(result) => result,
        }
    }

    /// Returns what a decorator from outside of the tree makes of a function, when it is one whose
    /// meaning is known.
    pub(super) fn decorate_with(
        &mut self,
        path: &str,
        arguments: Option<usize>,
        function: usize,
        spot: Spot,
    ) -> Option<Val> {
        let role = match path {
            "builtins.property" | "functools.cached_property" => Role::Property,
            "builtins.staticmethod" => Role::Static,
            "builtins.classmethod" => Role::Class,
            _ => {
                let made = crate::dag::decorator(path)?;
                let id =
                    arguments.unwrap_or_else(|| self.object_of(path.into(), Args::default(), spot));
                made(id)
            }
        };
        if let Role::Dag(_) = role {
            self.record.meet_dag();
        }
        let mut copy = self.heap.functions[function].clone();
        copy.role = role;
        let id = self.heap.function(copy);
        self.record.defined(id);
        Some(Val::Function(id))
    }

    pub(super) fn define_class(&mut self, def: &'a StmtClassDef) {
        let bases = def.arguments.as_ref().map(|arguments| self.arguments(arguments));
        let bases = bases.map(|args| args.positional).unwrap_or_default();
        let own = self.heap.classes.len();
        let mut chain = vec![own];
        let mut outside = None;
        for base in bases {
            match base.value {
                Val::Class(base) => {
                    let base = &self.heap.classes[base];
                    outside = outside.or_else(|| base.outside.clone());
                    for class in base.chain.iter() {
                        if !chain.contains(class) && chain.len() < BASES {
                            chain.push(*class);
                        }
                    }
                }
                Val::External(path)
                    if !matches!(&*path, "builtins.object" | "abc.ABC" | "enum.Enum") =>
                {
                    outside = outside.or(Some(path));
                }
                _ => {}
            }
        }
        let scope = self.heap.scope(Some(self.scope));
        self.heap.scopes[scope].is_class = true;
        self.heap.classes.push(Class { def, chain: chain.into(), outside, scope });
        let outside = self.scope;
        self.scope = scope;
        self.block(&def.body);
        self.scope = outside;
        self.set(def.name.as_str(), Val::Class(own));
    }

    /// Returns what a class or one of its bases in the tree defines as `name`.
    pub(super) fn class_name(&mut self, class: usize, name: &str) -> Option<Val> {
        let chain = Rc::clone(&self.heap.classes[class].chain);
        chain.iter().find_map(|class| {
            let scope = self.heap.classes[*class].scope;
            self.name_in(scope, name)
        })
    }

    /// Makes an object of a class of the tree.
    pub(super) fn instantiate(&mut self, class: usize, args: Args, spot: Spot) -> Val {
        let outside = self.heap.classes[class].outside.clone();
        let own = self.heap.classes[class].def.name.as_str();
        let path = outside.clone().unwrap_or_else(|| own.into());
        let id = self.heap.object(Object {
            class: path,
            local: Some(class),
            args: IndexMap::new(),
            open: false,
            spot,
        });
        let named = args.named.clone();
        if let Some(Val::Function(init)) = self.class_name(class, "__init__") {
            self.heap.objects[id].open |= args.open;
            self.apply(Val::Bound(Rc::new(Val::Object(id)), init), args, spot);
        } else {
            let fields = self.fields(class);
            let fields: Vec<&str> = match &outside {
                Some(path) if fields.is_empty() => signatures::parameters(path).to_vec(),
                _ => fields,
            };
            self.fill(id, &fields, args);
        }
        // What the constructor passes on in ways that are not followed still reaches the operator.
        let object = &mut self.heap.objects[id];
        for (name, arg) in named {
            object.args.entry(name).or_insert(arg);
        }
        self.recorded(id);
        Val::Object(id)
    }

    /// Returns the fields of a data class, bases first.
    fn fields(&self, class: usize) -> Vec<&'a str> {
        let mut fields = Vec::new();
        for class in self.heap.classes[class].chain.iter().rev() {
            for statement in &self.heap.classes[*class].def.body {
                if let Stmt::AnnAssign(field) = statement
                    && let Expr::Name(name) = &*field.target
                    && !fields.contains(&name.id.as_str())
                {
                    fields.push(name.id.as_str());
                }
            }
        }
        fields
    }

    /// Returns the fields of an object of a data class as a dict.
    pub(super) fn as_dict(&mut self, value: &Val) -> Val {
        let Val::Object(id) = value else { return Val::Unknown };
        let Some(class) = self.heap.objects[*id].local else { return Val::Unknown };
        let (spot, open) = (self.heap.objects[*id].spot, self.heap.objects[*id].open);
        let items = self.fields(class).into_iter().map(|name| {
            let spot = self.heap.arg(*id, name).map_or(spot, |arg| arg.spot);
            named_item(name, Arg { value: self.object_attribute(*id, name), spot })
        });
        let items = items.collect();
        self.heap.dict(items, open)
    }

    /// Returns what a field of a data class is that was given no value.
    fn default_of_field(&mut self, field: usize, spot: Spot) -> Val {
        if let Some(default) = self.heap.arg(field, "default") {
            return default.value.clone();
        }
        let factory = self.heap.arg(field, "default_factory").map(|arg| arg.value.clone());
        factory.map_or(Val::Unknown, |factory| self.apply(factory, Args::default(), spot))
    }

    /// Adds arguments to an object.
    pub(super) fn fill(&mut self, object: usize, parameters: &[&str], args: Args) {
        let all = super::call::by_name(parameters, args.positional, args.named);
        let object = &mut self.heap.objects[object];
        object.args.extend(all);
        object.open |= args.open;
    }

    /// Returns an attribute of a value.
    pub(crate) fn attribute(&mut self, value: Val, name: &str) -> Val {
        match value {
            Val::Module(file) => self.deeper(Val::Unknown, |this| this.module_name(file, name)),
            Val::Folder(folder) => self.child(&folder, name),
            Val::External(path) => Val::External(format!("{path}.{name}").into()),
            Val::Object(id) => self.object_attribute(id, name),
            Val::Class(id) => match self.class_name(id, name) {
                Some(Val::Function(function))
                    if self.heap.functions[function].role == Role::Class =>
                {
                    Val::Bound(Rc::new(Val::Class(id)), function)
                }
                Some(found) => found,
                None => Val::Method(Rc::new((Val::Class(id), name.to_owned()))),
            },
            Val::Super(object, class) => self.super_attribute(object, class, name),
            // The members of an enumeration are the texts they stand for.
            Val::Text(text) if name == "value" => Val::Text(text),
            Val::Text(path) if name == "parent" => super::path::folder_of(&path),
            value @ (Val::Text(_)
            | Val::List(_)
            | Val::Dict(_)
            | Val::Function(_)
            | Val::Partial(_)) => Val::Method(Rc::new((value, name.to_owned()))),
            Val::Choice(values) => {
                let known = values.iter().filter(|v| !matches!(v, Val::None | Val::Unknown));
                let found: Vec<Val> = known
                    .map(|value| {
                        self.deeper(Val::Unknown, |this| this.attribute(value.clone(), name))
                    })
                    .collect();
                found.into_iter().reduce(super::either).unwrap_or(Val::Unknown)
            }
            value @ Val::Imported(..) => match self.force(value) {
                Val::Imported(..) => Val::Unknown,
                value => self.deeper(Val::Unknown, |this| this.attribute(value, name)),
            },
            _ => Val::Unknown,
        }
    }

    fn object_attribute(&mut self, id: usize, name: &str) -> Val {
        if let Some(arg) = self.heap.arg(id, name) {
            return arg.value.clone();
        }
        if let Some(class) = self.heap.objects[id].local
            && let Some(found) = self.class_name(class, name)
        {
            if let Val::Object(field) = found
                && &*self.heap.objects[field].class == "dataclasses.field"
            {
                let spot = self.heap.objects[id].spot;
                return self.default_of_field(field, spot);
            }
            let Val::Function(function) = found else { return found };
            let receiver = Rc::new(Val::Object(id));
            return match self.heap.functions[function].role {
                Role::Static => found,
                Role::Property => {
                    let args = Args::default();
                    let spot = self.heap.objects[id].spot;
                    self.apply(Val::Bound(receiver, function), args, spot)
                }
                _ => Val::Bound(receiver, function),
            };
        }
        let class = &self.heap.objects[id].class;
        if name == "task" && last(class) == "DAG" {
            return Val::External("airflow.decorators.task".into());
        }
        if last(class).starts_with("V1") && !name.starts_with("to_") {
            return Val::None;
        }
        Val::Method(Rc::new((Val::Object(id), name.to_owned())))
    }

    fn super_attribute(&mut self, object: usize, class: usize, name: &str) -> Val {
        let chain = Rc::clone(&self.heap.classes[class].chain);
        for base in chain.iter().skip(1) {
            let scope = self.heap.classes[*base].scope;
            if let Some(found) = self.name_in(scope, name) {
                return match found {
                    Val::Function(function) => Val::Bound(Rc::new(Val::Object(object)), function),
                    found => found,
                };
            }
        }
        Val::Method(Rc::new((Val::Super(object, class), name.to_owned())))
    }
}
