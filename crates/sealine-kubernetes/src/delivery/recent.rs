//! What was asked for last, kept for a while: who asks again mostly does so soon.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// The last things that were kept, as many of them as their texts allow.
#[derive(Debug)]
pub(crate) struct Recent<T> {
    /// How many bytes of text they may have; trees take some ten times as many.
    limit: usize,
    kept: Mutex<Kept<T>>,
}

/// Things with the sizes of their texts, and the sum of those.
#[derive(Debug)]
struct Kept<T> {
    things: VecDeque<(Arc<T>, usize)>,
    sum: usize,
}

impl<T> Recent<T> {
    /// Returns room for things with so many bytes of text.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, kept: Mutex::new(Kept { things: VecDeque::new(), sum: 0 }) }
    }

    /// Keeps a thing, and lets go of those before it that are too many.
    pub(crate) fn keep(&self, thing: Arc<T>, bytes: usize) {
        let mut gone = Vec::new();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.things.push_back((thing, bytes));
        kept.sum += bytes;
        while kept.sum > self.limit
            && let Some((old, bytes)) = kept.things.pop_front()
        {
            kept.sum -= bytes;
            gone.push(old);
        }
        // Trees are large: nobody waits until they are let go of.
        drop(kept);
        drop(gone);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_are_kept() {
        let recent = Recent::new(10);
        let things: Vec<Arc<usize>> = (0..4).map(Arc::new).collect();
        for thing in &things {
            recent.keep(Arc::clone(thing), 4);
        }
        let kept: Vec<bool> = things.iter().map(|thing| Arc::strong_count(thing) > 1).collect();
        assert_eq!(kept, [false, false, true, true]);
        recent.keep(Arc::new(9), 11);
        assert!(things.iter().all(|thing| Arc::strong_count(thing) == 1), "one is too large");
    }
}
