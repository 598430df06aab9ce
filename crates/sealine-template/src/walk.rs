//! Walks the nodes of a template and writes its output.
//!
//! Invariants: every byte of the output knows its node; what is printed is paid for before more is
//! printed.

use sealine_source::TextRange;

use crate::error::over_budget;
use crate::execute::{Executed, Executor};
use crate::format;
use crate::origin::{NodeOrigin, Origin};
use crate::syntax::{Block, Branches, Call, Node, RangeLoop};
use crate::text::{Builder, Text};
use crate::value::{Data, Value};

/// How long pieces of output must be on average for the limit of bytes to be met first.
const BYTES_A_PIECE: usize = 16;

/// How a block ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    Next,
    Break,
    Continue,
}

impl Executor<'_> {
    fn check_output(&mut self, range: TextRange, pushed: usize, out: &Builder) -> Executed<()> {
        let paid = self.fuel.text(pushed).and_then(|()| {
            let limit = self.fuel.budget().output_bytes;
            if out.len() > limit {
                return Err(over_budget(format!("the template prints more than {limit} bytes")));
            }
            // Each piece remembers where it came from, which takes more than a short one does.
            let limit = limit / BYTES_A_PIECE;
            if out.pieces() <= limit {
                return Ok(());
            }
            Err(over_budget(format!("the template prints more than {limit} pieces")))
        });
        paid.map_err(|failure| self.error(range, failure))
    }

    pub(crate) fn walk(&mut self, block: &Block, dot: &Value, out: &mut Builder) -> Executed<Flow> {
        for node in &block.nodes {
            let flow = match node {
                Node::Text(range) => self.text(*range, out)?,
                Node::Action(action) => {
                    self.step(action.range)?;
                    let value = self.pipeline(&action.pipeline, dot)?;
                    if action.pipeline.variables.is_empty() {
                        self.print(action.range, &value, out)?;
                    }
                    Flow::Next
                }
                Node::If(branches) => self.branches(branches, false, dot, out)?,
                Node::With(branches) => self.branches(branches, true, dot, out)?,
                Node::Range(range_loop) => self.range_loop(range_loop, dot, out)?,
                Node::Template(call) => self.template(call, dot, out)?,
                Node::Break(_) => Flow::Break,
                Node::Continue(_) => Flow::Continue,
            };
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn text(&mut self, range: TextRange, out: &mut Builder) -> Executed<Flow> {
        self.step(range)?;
        let start = out.len();
        if let Some(given) = &self.frame.given {
            out.print(&given.text.slice(range.bytes()), given.site);
        } else {
            let entry = &self.frame.entry;
            let node = NodeOrigin { file: entry.file, range, verbatim: true };
            let text = entry.text.as_bytes().get(range.bytes()).unwrap_or_default();
            out.push_marked(text, Origin { node: Some(node), ..Origin::default() });
        }
        self.check_output(range, out.len() - start, out)?;
        Ok(Flow::Next)
    }

    fn print(&mut self, range: TextRange, value: &Value, out: &mut Builder) -> Executed<()> {
        let text = format::print(value, &mut self.fuel);
        let text = text.map_err(|failure| self.error(range, failure))?;
        out.print(&text, self.node(range));
        self.check_output(range, text.len(), out)
    }

    fn branches(
        &mut self,
        branches: &Branches,
        sets_dot: bool,
        dot: &Value,
        out: &mut Builder,
    ) -> Executed<Flow> {
        let outside = self.frame.variables.len();
        self.enter(branches.range)?;
        let mut flow = None;
        for arm in &branches.arms {
            let (value, is_open) = self.condition(&arm.pipeline, dot, sets_dot)?;
            if value.is_true() {
                flow = Some(self.walk(&arm.body, if sets_dot { &value } else { dot }, out)?);
            } else if is_open && !sets_dot && branches.otherwise.is_none() {
                flow = self.suspected(&arm.body, dot, out)?;
            }
            if flow.is_some() {
                break;
            }
        }
        let flow = match (flow, &branches.otherwise) {
            (Some(flow), _) => flow,
            (None, Some(block)) => self.walk(block, dot, out)?,
            (None, None) => Flow::Next,
        };
        self.leave();
        self.frame.variables.truncate(outside);
        Ok(flow)
    }

    fn range_loop(
        &mut self,
        range_loop: &RangeLoop,
        dot: &Value,
        out: &mut Builder,
    ) -> Executed<Flow> {
        let outside = self.frame.variables.len();
        self.enter(range_loop.range)?;
        let value = self.pipeline(&range_loop.arm.pipeline, dot)?;
        let any = match self.items(range_loop, &value)? {
            Items::Count(count) => {
                let two = range_loop.arm.pipeline.variables.len() > 1;
                if two {
                    let message = format!(
                        "can't use {} to iterate over more than one variable",
                        value.type_name()
                    );
                    return self.fail(range_loop.arm.range, message);
                }
                for index in 0..count {
                    let item = Value::int(index);
                    if self.iteration(range_loop, Value::default(), &item, out)? == Flow::Break {
                        break;
                    }
                }
                count > 0
            }
            Items::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let index = Value::int(index as i64);
                    if self.iteration(range_loop, index, item, out)? == Flow::Break {
                        break;
                    }
                }
                !items.is_empty()
            }
            Items::Entries(entries) => {
                let any = !entries.is_empty();
                for (key, item) in entries {
                    if self.iteration(range_loop, key.into(), &item, out)? == Flow::Break {
                        break;
                    }
                }
                any
            }
        };
        let flow = match &range_loop.otherwise {
            Some(block) if !any => self.walk(block, dot, out)?,
            _ => Flow::Next,
        };
        self.leave();
        self.frame.variables.truncate(outside);
        Ok(flow)
    }

    fn items(&mut self, range_loop: &RangeLoop, value: &Value) -> Executed<Items> {
        let inner = match &value.data {
            Data::Object(object) => object.as_value(),
            _ => None,
        };
        let value = inner.as_ref().unwrap_or(value);
        Ok(match &value.data {
            Data::Invalid | Data::Nil => Items::List(Vec::new()),
            Data::Text(_) if self.options.lacking && self.part_of(value).is_some() => {
                self.unknown.decided = true;
                Items::List(Vec::new())
            }
            Data::Int(count) | Data::Int64(count) => Items::Count(*count),
            Data::List(list) => Items::List(list.items().to_vec()),
            Data::Bytes(bytes) => Items::List(
                bytes.as_bytes().iter().map(|byte| Value::int((*byte).into())).collect(),
            ),
            Data::Map(map) => Items::Entries(map.entries()),
            _ => {
                let message = format!("range can't iterate over {}", value.type_name());
                return self.fail(range_loop.arm.pipeline.range, message);
            }
        })
    }

    fn iteration(
        &mut self,
        range_loop: &RangeLoop,
        index: Value,
        item: &Value,
        out: &mut Builder,
    ) -> Executed<Flow> {
        let arm = &range_loop.arm;
        self.step(arm.range)?;
        let pipeline = &arm.pipeline;
        let values = match pipeline.variables.len() {
            0 => Vec::new(),
            1 => vec![item.clone()],
            _ => vec![index, item.clone()],
        };
        for (variable, value) in pipeline.variables.iter().zip(values) {
            self.assign(variable, value)?;
        }
        let inside = self.frame.variables.len();
        let flow = self.walk(&arm.body, item, out)?;
        self.frame.variables.truncate(inside);
        Ok(flow)
    }

    fn template(&mut self, call: &Call, dot: &Value, out: &mut Builder) -> Executed<Flow> {
        self.enter(call.range)?;
        let Some((entry, given)) = self.find(&call.name) else {
            if let Some(unknown) = self.lacked() {
                self.leave();
                self.unknown.decided = true;
                self.print(call.range, &unknown.into(), out)?;
                return Ok(Flow::Next);
            }
            let shown = if self.frame.given.is_some() { "…" } else { &call.name };
            let message = format!("template {shown:?} not defined");
            return self.fail(call.range, message);
        };
        let data = match &call.pipeline {
            Some(pipeline) => self.pipeline(pipeline, dot)?,
            None => Value::default(),
        };
        self.call(entry, given, &data, out).map_err(|error| self.called_at(call.range, error))?;
        self.leave();
        Ok(Flow::Next)
    }
}

/// What a `range` walks over.
enum Items {
    Count(i64),
    List(Vec<Value>),
    Entries(Vec<(Text, Value)>),
}
