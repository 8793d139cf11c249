//! What a container holds, and how large that is.

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

/// The elements or members of a container.
///
/// Remembers how large they are until they may change, so that measuring a large value again costs nothing.
#[derive(Clone, Debug)]
pub struct Items<T> {
    list: Vec<T>,
    measure: OnceLock<Measure>,
}

impl<T> Items<T> {
    /// These elements or members.
    pub(super) fn new(list: Vec<T>) -> Self {
        Items { list, measure: OnceLock::new() }
    }

    /// The list, to change it or what is in it.
    pub(in crate::domain) fn edit(&mut self) -> &mut Vec<T> {
        self.measure = OnceLock::new();
        &mut self.list
    }

    /// The list.
    pub(in crate::domain) fn into_list(self) -> Vec<T> {
        self.list
    }

    /// The size of the container, where each part of it has the size that the function tells.
    pub(super) fn measure(&self, part: impl Fn(&T) -> Measure) -> Measure {
        *self.measure.get_or_init(|| {
            let separators = self.list.len().saturating_sub(1);
            self.list.iter().map(part).fold(Measure { bytes: 2 + separators, nesting: 1 }, |all, part| {
                Measure { bytes: all.bytes + part.bytes, nesting: all.nesting.max(part.nesting + 1) }
            })
        })
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
