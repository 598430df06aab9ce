//! The limits of one execution.
//!
//! Invariant: whatever a template does is paid for before it is done, so that no input hangs or
//! fills the memory.

use crate::error::{Outcome, over_budget};

/// What one execution may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How many nodes, commands and items are looked at.
    pub steps: u64,
    /// How long the output, and any one text, may become.
    pub output_bytes: usize,
    /// How many bytes all texts, lists and maps together may take, those no longer used included.
    pub total_bytes: usize,
    /// How deep calls, blocks and parentheses may nest.
    pub depth: usize,
}

/// How deep lists and maps may nest where they are printed, copied or compared.
pub(crate) const DATA_DEPTH: usize = 100;

/// What a list item or map entry is counted as.
pub(crate) const ITEM_BYTES: usize = 64;

impl Budget {
    /// Returns the limits for a template of an `ExternalSecret`: a Secret holds 1 MiB.
    pub const fn secret() -> Self {
        Self { steps: 1 << 20, output_bytes: 1 << 20, total_bytes: 48 << 20, depth: 250 }
    }

    /// Returns the limits for one template file of a chart.
    pub const fn chart() -> Self {
        Self { steps: 10 << 20, output_bytes: 16 << 20, total_bytes: 1 << 30, depth: 250 }
    }
}

/// What is left of a budget.
#[derive(Debug)]
pub(crate) struct Fuel {
    budget: Budget,
    steps: u64,
    bytes: usize,
}

impl Fuel {
    pub(crate) fn new(budget: Budget) -> Self {
        Self { budget, steps: budget.steps, bytes: budget.total_bytes }
    }

    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Pays for looking at `count` things.
    pub(crate) fn step(&mut self, count: usize) -> Outcome<()> {
        let Some(left) = self.steps.checked_sub(count as u64) else {
            let limit = self.budget.steps;
            return Err(over_budget(format!("the template takes more than {limit} steps")));
        };
        self.steps = left;
        Ok(())
    }

    /// Pays for one text of this length.
    pub(crate) fn text(&mut self, bytes: usize) -> Outcome<()> {
        if bytes > self.budget.output_bytes {
            let limit = self.budget.output_bytes;
            return Err(over_budget(format!("the template makes more than {limit} bytes of text")));
        }
        self.bytes(bytes)
    }

    /// Pays for `added` bytes at the end of a text of `length`.
    pub(crate) fn append(&mut self, length: usize, added: usize) -> Outcome<()> {
        if length.saturating_add(added) > self.budget.output_bytes {
            return self.text(usize::MAX);
        }
        self.bytes(added)
    }

    /// Pays for a list or map of this many items.
    pub(crate) fn items(&mut self, count: usize) -> Outcome<()> {
        let bytes = count.saturating_mul(ITEM_BYTES);
        // One list is all there at once, while the total counts what is long gone, too.
        if bytes > self.budget.output_bytes.saturating_mul(4) {
            let limit = self.budget.output_bytes * 4 / ITEM_BYTES;
            return Err(over_budget(format!(
                "the template makes a list of more than {limit} items"
            )));
        }
        self.bytes(bytes)?;
        self.step(count)
    }

    fn bytes(&mut self, bytes: usize) -> Outcome<()> {
        let Some(left) = self.bytes.checked_sub(bytes) else {
            let limit = self.budget.total_bytes;
            return Err(over_budget(format!("the template uses more than {limit} bytes")));
        };
        self.bytes = left;
        Ok(())
    }

    /// Pays for going one level deeper into a value.
    pub(crate) fn level(&mut self, depth: usize) -> Outcome<()> {
        if depth > DATA_DEPTH {
            let message = format!("a value nests deeper than {DATA_DEPTH} levels");
            return Err(over_budget(message));
        }
        self.step(1)
    }
}
