//! What an array holds, and how large a container is.

use std::ops::Deref;
use std::sync::OnceLock;

/// How large a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Bytes of its compact text.
    pub bytes: usize,
    /// Containers that enclose one another in it.
    pub nesting: usize,
}

impl Measure {
    /// The size of a container around parts of these sizes.
    pub(super) fn around(parts: impl Iterator<Item = Measure>) -> Measure {
        let (all, count) = parts.fold((Measure { bytes: 2, nesting: 1 }, 0usize), |(all, count), part| {
            let nesting = all.nesting.max(part.nesting + 1);
            (Measure { bytes: all.bytes + part.bytes, nesting }, count + 1)
        });
        Measure { bytes: all.bytes + count.saturating_sub(1), nesting: all.nesting }
    }
}

/// The elements of an array.
///
/// Remembers how large they are until they may change, so that measuring a large value again costs nothing.
#[derive(Clone, Debug)]
pub struct Items<T> {
    list: Vec<T>,
    measure: OnceLock<Measure>,
}

impl<T> Items<T> {
    /// These elements.
    pub(super) fn new(list: Vec<T>) -> Self {
        Items { list, measure: OnceLock::new() }
    }

    /// The list, to change it or what is in it.
    pub(in crate::domain) fn edit(&mut self) -> &mut Vec<T> {
        self.measure = OnceLock::new();
        &mut self.list
    }

    /// The size of the array, where each part of it has the size that the function tells.
    pub(super) fn measure(&self, part: impl Fn(&T) -> Measure) -> Measure {
        *self.measure.get_or_init(|| Measure::around(self.list.iter().map(part)))
    }
}

impl<T> Deref for Items<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.list
    }
}

/// Of what they hold alone.
impl<T: PartialEq> PartialEq for Items<T> {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}
