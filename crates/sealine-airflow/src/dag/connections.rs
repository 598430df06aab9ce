//! Uses of connections: `*_conn_id=`, `get_connection`, hooks, and `{{ conn.x }}`.
//!
//! Invariant: only ids of which something is known are recorded.

use sealine_model::{Piece, Value};

use super::record::Connection;
use crate::evaluate::{Arg, Args, Evaluator, Key, Spot, Val, last};
use crate::signatures::hook_parameter;

impl Evaluator<'_> {
    /// Looks for connections in the arguments of an object.
    pub(crate) fn connections_of(&mut self, id: usize, task: Option<usize>) {
        let object = &self.heap.objects[id];
        // `Connection(conn_id=...)` makes one.
        if self.record.is_quiet() || object.name() == "Connection" {
            return;
        }
        let mut found: Vec<Arg> = Vec::new();
        let named = object.args.iter().filter(|(name, _)| is_connection(name));
        found.extend(named.map(|(_, arg)| arg.clone()));
        if let Some(parameter) = hook_parameter(&object.class)
            && !object.args.contains_key(parameter)
        {
            found.extend(object.args.get("#0").cloned());
        }
        if let Some(Val::Dict(dict)) = object.args.get("op_kwargs").map(|arg| &arg.value) {
            found.extend(self.connections_in(*dict));
        }
        if task.is_some() {
            let texts: Vec<Arg> = object.args.values().cloned().collect();
            for arg in texts {
                self.templated(&arg, &mut found, 0);
            }
        }
        let (dag, running) = self.record.current();
        let task = task.or(running);
        let dag = task.and_then(|task| self.record.tasks[task].dag).or(dag);
        for arg in found {
            self.connection(&arg.value, arg.spot, dag, task);
        }
    }

    /// Looks for connections in `default_args`.
    pub(crate) fn default_connections(&mut self, defaults: &Val, dag: usize) {
        if let Val::Dict(dict) = defaults {
            for arg in self.connections_in(*dict) {
                self.connection(&arg.value, arg.spot, Some(dag), None);
            }
        }
    }

    fn connections_in(&self, dict: usize) -> Vec<Arg> {
        let items = self.heap.dicts[dict].items.iter();
        let named = items.filter(|(key, _)| matches!(key, Key::Text(name) if is_connection(name)));
        named.map(|(_, item)| item.1.clone()).collect()
    }

    /// Looks at a call of a method by its name; returns whether it asks for a connection.
    pub(crate) fn connection_called(
        &mut self,
        name: &str,
        class: Option<&str>,
        args: &Args,
    ) -> bool {
        let class = class.map(last);
        let asks = match name {
            "get_connection" | "get_connection_from_secrets" => true,
            "get" => class == Some("Connection"),
            "get_hook" => class == Some("BaseHook"),
            _ => false,
        };
        if self.record.is_quiet() {
            return asks;
        }
        if asks
            && let Some(arg) =
                args.get("conn_id", 0).or_else(|| args.named.get("conn_name")).cloned()
        {
            let (dag, task) = self.record.current();
            self.connection(&arg.value, arg.spot, dag, task);
        }
        asks
    }

    fn connection(&mut self, value: &Val, spot: Spot, dag: Option<usize>, task: Option<usize>) {
        match value {
            Val::Text(text) => {
                let id = without_jinja(text);
                if !id.is_unknown() && id.text().as_deref() != Some("") {
                    self.record.connections.push(Connection { id, spot, dag, task });
                }
            }
            // A default is no evidence that the connection of its name is asked for.
            Val::Choice(values) if values.contains(&Val::hole()) => {}
            Val::Choice(values) => {
                for value in values.iter() {
                    if let Val::Text(_) = value {
                        self.connection(value, spot, dag, task);
                    }
                }
            }
            _ => {}
        }
    }

    /// Looks for `{{ conn.name.host }}` in texts.
    fn templated(&self, arg: &Arg, found: &mut Vec<Arg>, depth: u32) {
        const DEEPEST: u32 = 3;
        const MOST: usize = 100;
        if depth > DEEPEST || found.len() > MOST {
            return;
        }
        match &arg.value {
            Val::Text(text) => {
                for piece in text.pieces() {
                    let Piece::Literal { text, place } = piece else { continue };
                    for (start, end) in connections_in_template(text) {
                        let value = crate::evaluate::part_of(text, place.as_ref(), start, end);
                        let value = Val::Text(std::rc::Rc::new(value));
                        found.push(Arg { value, spot: arg.spot });
                    }
                }
            }
            Val::List(list) => {
                for item in self.heap.lists[*list].items.iter().take(MOST) {
                    self.templated(item, found, depth + 1);
                }
            }
            Val::Dict(dict) => {
                for (_, item) in self.heap.dicts[*dict].items.values().take(MOST) {
                    self.templated(item, found, depth + 1);
                }
            }
            _ => {}
        }
    }
}

fn is_connection(name: &str) -> bool {
    name == "conn_id" || name.ends_with("_conn_id")
}

/// Returns the ranges of the names in `conn.name` inside of `{{ }}`.
fn connections_in_template(text: &str) -> Vec<(usize, usize)> {
    const WORD: &str = "conn.";
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find("{{").map(|open| at + open) {
        let close = text[open..].find("}}").map_or(text.len(), |close| open + close);
        let mut from = open;
        while let Some(word) = text[from..close].find(WORD).map(|word| from + word) {
            from = word + WORD.len();
            let before = text[..word].chars().next_back();
            let name = &text[from..close];
            let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let end = from + end.unwrap_or(name.len());
            let called = &text[from..end] == "get" && text[end..].starts_with('(');
            let whole = before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '.');
            if whole && end > from && !called {
                found.push((from, end));
            }
        }
        at = close;
    }
    found
}

/// Returns a text with what Jinja fills in as holes.
pub(super) fn without_jinja(value: &Value) -> Value {
    let mut pieces = Vec::new();
    for piece in value.pieces() {
        let Piece::Literal { text, place } = piece else {
            pieces.push(Piece::Hole);
            continue;
        };
        let mut rest = 0;
        while let Some(open) = text[rest..].find("{{").map(|open| rest + open) {
            let before = crate::evaluate::part_of(text, place.as_ref(), rest, open);
            pieces.extend(before.pieces().iter().cloned());
            pieces.push(Piece::Hole);
            rest = text[open..].find("}}").map_or(text.len(), |close| open + close + 2);
        }
        let after = crate::evaluate::part_of(text, place.as_ref(), rest, text.len());
        pieces.extend(after.pieces().iter().cloned());
    }
    Value::from_pieces(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_name_connections() {
        let names = |text: &str| -> Vec<String> {
            let ranges = connections_in_template(text);
            ranges.into_iter().map(|(start, end)| text[start..end].to_owned()).collect()
        };
        assert_eq!(names("curl {{ conn.my_api.host }}:{{conn.other.port}}"), ["my_api", "other"]);
        assert_eq!(names("{{ conn.get('x').host }} conn.plain.host"), [""; 0]);
        assert_eq!(names("{{ my.conn.x }} {{ conn."), [""; 0]);
    }

    #[test]
    fn what_jinja_fills_in_is_a_hole() {
        let pattern = |text: &str| without_jinja(&Value::from(text)).pattern();
        assert_eq!(pattern("{{ var.value.env }}-db"), "*-db");
        assert_eq!(pattern("plain"), "plain");
        assert_eq!(pattern("a{{"), "a*");
    }
}
