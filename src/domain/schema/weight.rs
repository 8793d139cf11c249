//! Weighs a schema before it is used: how much work it can make of a document, since a few references that are
//! doubled again and again make more than anybody can wait for.
//!
//! A subschema is followed as often as it is reached. What applies to the same value adds up; of what applies to the
//! members of an object only those count that can meet in one member. References back to where one comes from count
//! once: their judgements are remembered for each container of the document.

use super::graph::{Branches, Graph, Node};
use crate::domain::limits;

/// How much work a schema makes.
#[derive(Debug)]
pub(super) struct Weight {
    /// Subschemas that judge a value and one path through what it contains, where repetition is remembered.
    pub(super) once: u64,
    /// The same where nothing is remembered, by the nesting of the document.
    unfolded: Vec<u64>,
    /// Subschemas that are entered within each other, by the nesting of the document.
    deep: Vec<u64>,
    /// Nanoseconds that matching a byte of text takes, where repetition is remembered.
    pub(super) matching: u64,
    /// The same where nothing is remembered, by the nesting of the document.
    matching_unfolded: Vec<u64>,
    /// Nanoseconds that dividing a number takes for each of its digits, where repetition is remembered.
    pub(super) dividing: u64,
    /// The same where nothing is remembered, by the nesting of the document.
    dividing_unfolded: Vec<u64>,
}

impl Weight {
    /// Weighs it; a graph of what is no schema weighs something too.
    pub(super) fn of(graph: &Graph) -> Weight {
        let nodes = graph.nodes();
        let (order, rank) = order(nodes, |node| node.here.iter());
        let order = Order { nodes, order, rank };
        Weight {
            once: if order.goes_around() { u64::MAX } else { once(nodes, |node| node.own, 1) },
            unfolded: order.unfolded(|node| node.own),
            deep: order.deep(),
            matching: once(nodes, |node| node.matching, 0),
            matching_unfolded: order.unfolded(|node| node.matching),
            dividing: once(nodes, |node| node.dividing, 0),
            dividing_unfolded: order.unfolded(|node| node.dividing),
        }
    }

    /// Subschemas that judge one path through a document of that nesting, where nothing is remembered.
    pub(super) fn unfolded(&self, nesting: usize) -> u64 {
        self.unfolded.get(nesting).copied().unwrap_or(u64::MAX)
    }

    /// Nanoseconds that matching a byte of text of such a document takes, where nothing is remembered.
    pub(super) fn matching_unfolded(&self, nesting: usize) -> u64 {
        self.matching_unfolded.get(nesting).copied().unwrap_or(u64::MAX)
    }

    /// Nanoseconds that dividing takes for each digit of such a document, where nothing is remembered.
    pub(super) fn dividing_unfolded(&self, nesting: usize) -> u64 {
        self.dividing_unfolded.get(nesting).copied().unwrap_or(u64::MAX)
    }

    /// Subschemas that are entered within each other for a document of that nesting.
    pub(super) fn deep(&self, nesting: usize) -> u64 {
        self.deep.get(nesting).copied().unwrap_or(u64::MAX)
    }
}

/// Subschemas, each behind those that judge the same value for it.
struct Order<'a> {
    nodes: &'a [Node],
    order: Vec<usize>,
    rank: Vec<usize>,
}

impl Order<'_> {
    /// Whether there is a circle without a step into the value: the specification leaves open what that means, and the
    /// library goes around as often as there are ways.
    fn goes_around(&self) -> bool {
        (0..self.nodes.len()).any(|at| self.nodes[at].here.iter().any(|to| self.rank[*to] >= self.rank[at]))
    }

    fn here(&self, at: usize) -> impl Iterator<Item = usize> {
        self.nodes[at].here.iter().copied().filter(move |to| self.rank[*to] < self.rank[at])
    }

    /// What a value costs where nothing is remembered, by the nesting below it.
    fn unfolded(&self, own: impl Fn(&Node) -> u64) -> Vec<u64> {
        self.by_nesting(|at, costs, below| {
            let node = &self.nodes[at];
            let inside = node.most(|branches| branches.most(|to| below[to]));
            node.all(own(node), sum(self.here(at).map(|to| costs[to])), inside)
        })
    }

    /// How many subschemas are entered within each other, by the nesting below.
    fn deep(&self) -> Vec<u64> {
        self.by_nesting(|at, depths, below| {
            let inside = self.nodes[at].most(|branches| branches.deepest(|to| below[to]));
            self.here(at).map(|to| depths[to]).max().unwrap_or_default().max(inside) + 1
        })
    }

    /// A number of the first subschema for each nesting, made of those of the same nesting and of the one below.
    fn by_nesting(&self, of: impl Fn(usize, &[u64], &[u64]) -> u64) -> Vec<u64> {
        let mut numbers = vec![0; self.nodes.len()];
        let nestings = (0..=limits::NESTING).map(|_| {
            let below = numbers.clone();
            for &at in &self.order {
                numbers[at] = of(at, &numbers, &below);
            }
            numbers[0]
        });
        nestings.collect()
    }
}

/// What a value costs, by what each subschema costs itself, and what one does that leads back.
fn once(nodes: &[Node], own: impl Fn(&Node) -> u64, back: u64) -> u64 {
    let (order, rank) = order(nodes, Node::everything);
    let mut weights = vec![0; nodes.len()];
    for at in order {
        let node = &nodes[at];
        let of = |to: usize| if rank[to] < rank[at] { weights[to] } else { back };
        let here = sum(node.here.iter().map(|to| of(*to)));
        weights[at] = node.all(own(node), here, node.most(|branches| branches.most(of)));
    }
    weights[0]
}

fn sum(weights: impl Iterator<Item = u64>) -> u64 {
    weights.fold(0, u64::saturating_add)
}

impl Node {
    /// What a node costs with that much of itself, in the same place and inside.
    fn all(&self, own: u64, here: u64, inside: u64) -> u64 {
        own.saturating_add(here.saturating_mul(self.times)).saturating_add(inside)
    }

    /// A value is an object or an array, never both.
    fn most(&self, of: impl Fn(&Branches) -> u64) -> u64 {
        of(&self.members).max(of(&self.elements))
    }
}

impl Branches {
    fn most(&self, of: impl Fn(usize) -> u64) -> u64 {
        let one = self.one.iter().map(|to| of(*to)).max().unwrap_or_default();
        sum(self.all.iter().map(|to| of(*to))).saturating_add(one)
    }

    fn deepest(&self, of: impl Fn(usize) -> u64) -> u64 {
        self.one.iter().chain(&self.all).map(|to| of(*to)).max().unwrap_or_default()
    }
}

/// The nodes, each behind those that it leads to, with the place of each. A step that leads back to where one comes
/// from is one to a node of the same or a later place.
fn order<'a, I>(nodes: &'a [Node], next: impl Fn(&'a Node) -> I) -> (Vec<usize>, Vec<usize>)
where
    I: Iterator<Item = &'a usize>,
{
    let mut order = Vec::with_capacity(nodes.len());
    let mut seen = vec![false; nodes.len()];
    for first in 0..nodes.len() {
        if std::mem::replace(&mut seen[first], true) {
            continue;
        }
        // Not by calls within calls: a chain of references can be longer than the stack.
        let mut path = vec![(first, next(&nodes[first]))];
        while let Some((at, steps)) = path.last_mut() {
            match steps.find(|to| !seen[**to]) {
                Some(&to) => {
                    seen[to] = true;
                    path.push((to, next(&nodes[to])));
                }
                None => {
                    order.push(*at);
                    path.pop();
                }
            }
        }
    }
    let mut rank = vec![0; nodes.len()];
    for (place, &at) in order.iter().enumerate() {
        rank[at] = place;
    }
    (order, rank)
}
