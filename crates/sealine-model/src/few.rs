//! A list of mostly one item, without the room that a list sets aside.
//!
//! Invariant: one item never lies in a list of its own, so that equal items are equal lists.

use std::ops::Deref;

/// Items in their order, nearly always just one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Few<T>(Items<T>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Items<T> {
    One(T),
    List(Vec<T>),
}

impl<T> Few<T> {
    /// Returns the list of this item.
    pub const fn one(item: T) -> Self {
        Self(Items::One(item))
    }

    /// Appends an item.
    pub fn push(&mut self, item: T) {
        match &mut self.0 {
            Items::List(items) if items.is_empty() => self.0 = Items::One(item),
            Items::List(items) => items.push(item),
            Items::One(_) => {
                if let Items::One(first) = std::mem::replace(&mut self.0, Items::List(Vec::new())) {
                    self.0 = Items::List(vec![first, item]);
                }
            }
        }
    }
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self(Items::List(Vec::new()))
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            Items::One(item) => std::slice::from_ref(item),
            Items::List(items) => items,
        }
    }
}

impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut few = Self::default();
        items.into_iter().for_each(|item| few.push(item));
        if let Items::List(items) = &mut few.0 {
            items.shrink_to_fit();
        }
        few
    }
}

impl<T> IntoIterator for Few<T> {
    type Item = T;
    type IntoIter = std::iter::Chain<std::option::IntoIter<T>, std::vec::IntoIter<T>>;

    fn into_iter(self) -> Self::IntoIter {
        let (one, list) = match self.0 {
            Items::One(item) => (Some(item), Vec::new()),
            Items::List(items) => (None, items),
        };
        one.into_iter().chain(list)
    }
}

impl<'a, T> IntoIterator for &'a Few<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_the_same_however_they_came_together() {
        for count in 0..4 {
            let collected: Few<usize> = (0..count).collect();
            let mut pushed = Few::default();
            (0..count).for_each(|item| pushed.push(item));
            assert_eq!(collected, pushed);
            assert_eq!(collected.to_vec(), (0..count).collect::<Vec<_>>());
            assert_eq!(pushed.into_iter().collect::<Few<_>>(), collected);
        }
        assert_eq!(Few::one(7), std::iter::once(7).collect());
    }
}
