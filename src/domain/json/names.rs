//! Finds member names that an object has twice.

use std::borrow::Cow;
use std::collections::HashSet;

use super::text;

/// Up to so many names are compared with one another; an object with more gets a hash set.
const FEW: usize = 48;

/// The names of all objects that are open.
#[derive(Default)]
pub(super) struct Names<'a> {
    few: Vec<Name<'a>>,
    /// Sets of large objects, each with the depth of its object.
    many: Vec<(usize, HashSet<Cow<'a, str>>)>,
}

#[derive(Clone, Copy)]
struct Name<'a> {
    /// Differs for most names that differ.
    print: u64,
    text: &'a str,
}

impl<'a> Names<'a> {
    /// Begins an object; the result is to be given back with its names.
    #[inline]
    pub(super) fn open(&self) -> usize {
        self.few.len()
    }

    /// Ends the object that was opened so, at that depth.
    #[inline]
    pub(super) fn close(&mut self, first: usize, depth: usize) {
        self.few.truncate(first);
        if self.many.last().is_some_and(|(owner, _)| *owner == depth) {
            self.many.pop();
        }
    }

    /// Adds a name as it is written; false if the object has it already.
    #[inline]
    pub(super) fn add(&mut self, first: usize, depth: usize, written: &'a str, escaped: bool) -> bool {
        let large = self.many.last().is_some_and(|(owner, _)| *owner == depth);
        if large || escaped || self.few.len() - first == FEW {
            return self.add_to_set(first, depth, written);
        }
        let print = print(written.as_bytes());
        let there = |name: &Name<'_>| name.print == print && name.text == written;
        if self.few[first..].iter().any(there) {
            return false;
        }
        if self.few.capacity() == 0 {
            self.few.reserve(FEW);
        }
        self.few.push(Name { print, text: written });
        true
    }

    /// The hash is keyed at random, so nobody can choose names that collide.
    #[cold]
    fn add_to_set(&mut self, first: usize, depth: usize, written: &'a str) -> bool {
        if self.many.last().is_none_or(|(owner, _)| *owner != depth) {
            let names = self.few.drain(first..).map(|name| Cow::Borrowed(name.text)).collect();
            self.many.push((depth, names));
        }
        match self.many.last_mut() {
            Some((_, set)) => set.insert(text::content(written)),
            None => true,
        }
    }
}

/// The length, the first and the last eight bytes, mixed.
#[inline]
fn print(name: &[u8]) -> u64 {
    let short = || name.iter().take(8).fold(0, |word, byte| (word << 8) | u64::from(*byte));
    let head = name.first_chunk::<8>().map_or_else(short, |bytes| u64::from_le_bytes(*bytes));
    let tail = name.last_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    head ^ tail.rotate_left(29) ^ ((name.len() as u64) << 56)
}
