//! Comprehensions.
//!
//! Invariant: what is iterated without being known gives one element, and the result stays open.

use indexmap::IndexMap;
use ruff_python_ast::{Comprehension, Expr};

use super::{Arg, Evaluator, Key, Val};

/// What a comprehension collects.
enum Collected {
    List(Vec<Arg>),
    Dict(IndexMap<Key, (Val, Arg)>),
}

impl<'a> Evaluator<'a> {
    pub(super) fn comprehension(
        &mut self,
        element: &'a Expr,
        generators: &'a [Comprehension],
    ) -> Val {
        let (collected, open) = self.collect(None, element, generators);
        match collected {
            Collected::List(items) => self.heap.list(items, open),
            Collected::Dict(items) => self.heap.dict(items, open),
        }
    }

    pub(super) fn dict_comprehension(
        &mut self,
        key: &'a Expr,
        element: &'a Expr,
        generators: &'a [Comprehension],
    ) -> Val {
        let (collected, open) = self.collect(Some(key), element, generators);
        match collected {
            Collected::List(items) => self.heap.list(items, open),
            Collected::Dict(items) => self.heap.dict(items, open),
        }
    }

    fn collect(
        &mut self,
        key: Option<&'a Expr>,
        element: &'a Expr,
        generators: &'a [Comprehension],
    ) -> (Collected, bool) {
        let outside = self.scope;
        self.scope = self.heap.scope(Some(outside));
        let mut collected = match key {
            Some(_) => Collected::Dict(IndexMap::new()),
            None => Collected::List(Vec::new()),
        };
        let open = self.generate(key, element, generators, &mut collected);
        self.scope = outside;
        (collected, open)
    }

    /// Runs the first generator and, inside of it, the others; returns whether there may be other
    /// elements.
    fn generate(
        &mut self,
        key: Option<&'a Expr>,
        element: &'a Expr,
        generators: &'a [Comprehension],
        collected: &mut Collected,
    ) -> bool {
        let Some((generator, inner)) = generators.split_first() else {
            let spot = self.spot(element);
            let key = key.map(|key| self.eval(key));
            let value = self.eval(element);
            match collected {
                Collected::List(items) if items.len() < super::ITEMS => {
                    items.push(Arg { value, spot });
                }
                Collected::Dict(items) if items.len() < super::ITEMS => {
                    let key = key.unwrap_or(Val::Unknown);
                    items.insert(self.heap.key(&key), (key, Arg { value, spot }));
                }
                _ => return true,
            }
            return false;
        };
        let iterated = self.eval(&generator.iter);
        let spot = self.spot(&generator.iter);
        let (mut items, mut open) = self.items(&iterated);
        if open {
            items.push(Arg { value: Val::Unknown, spot });
        }
        for item in items {
            if !self.spend(1) {
                return true;
            }
            self.assign(&generator.target, item.value, &generator.iter);
            let mut taken = Some(true);
            for condition in &generator.ifs {
                let value = self.eval(condition);
                taken = match (taken, self.truth(&value)) {
                    (Some(true), truth) => truth,
                    (Some(false), _) | (None, Some(false)) => Some(false),
                    (None, _) => None,
                };
            }
            if taken == Some(false) {
                continue;
            }
            open |= taken.is_none();
            open |= self.deeper(true, |this| this.generate(key, element, inner, collected));
        }
        open
    }
}
