//! Arguments of a call, and the parameters they are bound to.
//!
//! Invariant: a parameter that got no value and has no default is unknown.

use indexmap::IndexMap;
use ruff_python_ast::name::Name;
use ruff_python_ast::{Arguments, Expr, Parameters};

use super::{Arg, Args, Evaluator, Function, Key, Spot, Val, either};

impl<'a> Evaluator<'a> {
    /// Evaluates the arguments of a call.
    pub(super) fn arguments(&mut self, arguments: &'a Arguments) -> Args {
        let mut args = Args::default();
        for argument in &arguments.args {
            let spot = self.spot(argument);
            let value = self.eval(argument);
            let value = self.force(value);
            if argument.is_starred_expr() {
                let (items, open) = self.items(&value);
                args.positional.extend(items);
                args.open |= open;
            } else {
                args.positional.push(Arg { value, spot });
            }
        }
        for keyword in &arguments.keywords {
            let spot = self.spot(&keyword.value);
            let value = self.eval(&keyword.value);
            let value = self.force(value);
            match &keyword.arg {
                Some(name) => {
                    args.named.insert(name.id.clone(), Arg { value, spot });
                }
                None => self.spread(&mut args, &value, spot),
            }
        }
        args
    }

    /// Adds the items of `**value`.
    pub(crate) fn spread(&mut self, args: &mut Args, value: &Val, spot: Spot) {
        let mut items = IndexMap::new();
        args.open |= self.merge_into(&mut items, value);
        for (key, (_, arg)) in items {
            match key {
                Key::Text(name) => {
                    args.named.insert(Name::from(name), arg);
                }
                _ => args.open = true,
            }
        }
        if args.open && args.named.len() > super::ITEMS {
            args.named.insert(Name::new("#"), Arg { value: Val::Unknown, spot });
        }
    }

    /// Gives the parameters of a function their values in the current scope.
    pub(super) fn bind(
        &mut self,
        function: &Function<'a>,
        parameters: &'a Parameters,
        receiver: Option<Val>,
        mut args: Args,
        spot: Spot,
    ) {
        if let Some(value) = receiver {
            args.positional.insert(0, Arg { value, spot });
        }
        let Args { positional, mut named, open } = args;
        let mut positional = positional.into_iter();
        for parameter in parameters.posonlyargs.iter().chain(&parameters.args) {
            let name = parameter.parameter.name.as_str();
            let given = positional.next().or_else(|| named.shift_remove(name));
            self.bind_one(function, name, given, parameter.default.as_deref(), open);
        }
        if let Some(rest) = &parameters.vararg {
            let items = positional.collect();
            let list = self.heap.list(items, open);
            self.set_here(rest.name.as_str(), list);
        }
        for parameter in &parameters.kwonlyargs {
            let name = parameter.parameter.name.as_str();
            let given = named.shift_remove(name);
            self.bind_one(function, name, given, parameter.default.as_deref(), open);
        }
        if let Some(rest) = &parameters.kwarg {
            let items = named.into_iter().map(|(name, arg)| super::named_item(name, arg)).collect();
            let dict = self.heap.dict(items, open);
            self.set_here(rest.name.as_str(), dict);
        }
    }

    fn bind_one(
        &mut self,
        function: &Function<'a>,
        name: &'a str,
        given: Option<Arg>,
        default: Option<&'a Expr>,
        open: bool,
    ) {
        let value = match (given, default) {
            (Some(given), _) => given.value,
            (None, Some(default)) => {
                // Python evaluates defaults once, where the function is defined.
                let inside = (self.file, self.scope);
                (self.file, self.scope) = (function.file, function.scope);
                let value = self.eval(default);
                (self.file, self.scope) = inside;
                if open { either(value, Val::Unknown) } else { value }
            }
            (None, None) => Val::Unknown,
        };
        self.set_here(name, value);
    }

    fn set_here(&mut self, name: &'a str, value: Val) {
        let scope = self.scope;
        self.heap.scopes[scope].names.insert(name, value);
    }
}
