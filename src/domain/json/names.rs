//! Finds member names that an object has twice.

use std::borrow::Cow;
use std::collections::HashSet;

use super::reader::DEEPEST;
use super::text;

/// Up to so many names are compared with one another; an object with more gets a hash set.
const FEW: usize = 192;

/// Room that most documents get along with.
const ORDINARY: usize = 32;

/// How many of the names were there when an object began.
pub(super) type Mark = u16;
const _: () = assert!(FEW * DEEPEST < Mark::MAX as usize, "marks must reach the end of the names, and less");

/// The names of all objects that are open.
#[derive(Default)]
pub(super) struct Names<'a> {
    /// For each name a number that differs for most names that differ.
    prints: Vec<u32>,
    texts: Vec<&'a str>,
    /// Sets of large objects, each with the depth of its object.
    large: Vec<(usize, HashSet<Cow<'a, str>>)>,
}

impl<'a> Names<'a> {
    /// Begins an object; the mark is to be given back with its names.
    #[inline]
    pub(super) fn open(&self) -> Mark {
        self.texts.len() as Mark
    }

    /// Ends the object that was opened so, at that depth.
    #[inline]
    pub(super) fn close(&mut self, mark: Mark, depth: usize) {
        self.prints.truncate(usize::from(mark));
        self.texts.truncate(usize::from(mark));
        if self.is_large(depth) {
            self.large.pop();
        }
    }

    /// Adds a name as it is written; false if the object has it already.
    #[inline]
    pub(super) fn add(&mut self, mark: Mark, depth: usize, written: &'a str, escaped: bool) -> bool {
        let first = usize::from(mark);
        if self.is_large(depth) || escaped || self.texts.len() - first == FEW {
            return self.add_to_set(first, depth, written);
        }
        let print = print(written.as_bytes());
        if contains(&self.prints[first..], print) && self.texts[first..].contains(&written) {
            return false;
        }
        if self.texts.capacity() == 0 {
            self.prints.reserve(ORDINARY);
            self.texts.reserve(ORDINARY);
        }
        self.prints.push(print);
        self.texts.push(written);
        true
    }

    #[inline]
    fn is_large(&self, depth: usize) -> bool {
        self.large.last().is_some_and(|(owner, _)| *owner == depth)
    }

    /// The hash is keyed at random, so nobody can choose names that collide.
    #[cold]
    fn add_to_set(&mut self, first: usize, depth: usize, written: &'a str) -> bool {
        if !self.is_large(depth) {
            self.prints.truncate(first);
            let names = self.texts.drain(first..).map(Cow::Borrowed).collect();
            self.large.push((depth, names));
        }
        match self.large.last_mut() {
            Some((_, set)) => set.insert(text::content(written)),
            None => true,
        }
    }
}

/// Made from the length, the first and the last eight bytes.
#[inline]
fn print(name: &[u8]) -> u32 {
    let short = || name.iter().take(8).fold(0, |word, byte| (word << 8) | u64::from(*byte));
    let head = name.first_chunk::<8>().map_or_else(short, |bytes| u64::from_le_bytes(*bytes));
    let tail = name.last_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let mixed = (head ^ tail.rotate_left(29)).wrapping_add(name.len() as u64);
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

/// Looks at eight at a time without leaving early, which processors do at once.
#[inline]
fn contains(prints: &[u32], print: u32) -> bool {
    let (eights, rest) = prints.as_chunks::<8>();
    let any = |eight: &[u32; 8]| eight.iter().fold(false, |found, other| found | (*other == print));
    eights.iter().any(any) || rest.contains(&print)
}
