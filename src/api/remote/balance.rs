//! Which of several lines a call goes to: of those that are wanted first, the less loaded of two that chance picks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::line::Line;

/// Numbers that need not be good, only different.
#[derive(Debug)]
pub(super) struct Random(AtomicU64);

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        Random(AtomicU64::new(seed))
    }

    /// The next one (splitmix64).
    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub(super) fn below(&self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A time from nothing to `most`.
    pub(super) fn up_to(&self, most: Duration) -> Duration {
        most.mul_f64(self.next() as f64 / u64::MAX as f64)
    }
}

/// What a service record says about when an endpoint is wanted (RFC 2782).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rank {
    /// The lower is wanted first; the others only where none of these is up.
    pub(super) priority: u16,
    /// How much of the calls it is to have, among those of its priority.
    pub(super) weight: u16,
}

impl Rank {
    /// The weight as a share. One without weight gets little, but where all are without, each the same.
    fn share(self) -> u64 {
        u64::from(self.weight) * 100 + 1
    }
}

/// A line that a call could go to.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) line: Arc<Line>,
    pub(super) rank: Rank,
}

impl Candidate {
    /// Whether it had better be left alone, and then how much it is wanted.
    fn order(&self) -> (bool, u16) {
        (self.line.outlier().is_outlier(), self.rank.priority)
    }

    /// How loaded it is for what it is to carry. One that takes no calls any more is the most loaded.
    fn load(&self) -> f64 {
        self.line.load().map_or(f64::MAX, |calls| (calls + 1) as f64 / self.rank.share() as f64)
    }
}

/// The line for a call. Looking at two is nearly as good as looking at all, and does not send everybody to the one
/// that was idle a moment ago.
pub(super) fn choose<'a>(candidates: &'a [Candidate], random: &Random) -> Option<&'a Arc<Line>> {
    let first = candidates.iter().map(Candidate::order).min()?;
    let wanted: Vec<&Candidate> = candidates.iter().filter(|one| one.order() == first).collect();
    let one = by_weight(&wanted, random)?;
    let others: Vec<&Candidate> = wanted.iter().copied().filter(|other| !std::ptr::eq(*other, one)).collect();
    match by_weight(&others, random) {
        Some(other) if other.load() < one.load() => Some(&other.line),
        _ => Some(&one.line),
    }
}

/// One of them, as often as its weight says.
fn by_weight<'a>(candidates: &[&'a Candidate], random: &Random) -> Option<&'a Candidate> {
    let all: u64 = candidates.iter().map(|one| one.rank.share()).sum();
    let mut at = if all == 0 { return None } else { random.below(all) };
    candidates.iter().copied().find(|one| {
        let share = one.rank.share();
        let here = at < share;
        at = at.saturating_sub(share);
        here
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(priority: u16, weight: u16) -> Candidate {
        Candidate { line: Line::new(), rank: Rank { priority, weight } }
    }

    /// How often each is chosen, of a thousand times.
    fn chosen(candidates: &[Candidate]) -> Vec<usize> {
        let random = Random::new(11);
        let mut times = vec![0; candidates.len()];
        for _ in 0..1000 {
            let line = choose(candidates, &random).unwrap();
            times[candidates.iter().position(|one| Arc::ptr_eq(&one.line, line)).unwrap()] += 1;
        }
        times
    }

    #[test]
    fn where_nothing_is_said_all_are_the_same() {
        assert!(choose(&[], &Random::new(1)).is_none());
        let times = chosen(&[candidate(0, 0), candidate(0, 0), candidate(0, 0)]);
        assert!(times.iter().all(|times| (250..420).contains(times)), "{times:?}");
    }

    #[test]
    fn a_lower_priority_comes_first_and_one_in_trouble_last() {
        let candidates = [candidate(1, 0), candidate(0, 0), candidate(2, 9)];
        assert_eq!(chosen(&candidates), [0, 1000, 0]);
        (0..5).for_each(|_| candidates[1].line.outlier().note(false));
        assert_eq!(chosen(&candidates), [1000, 0, 0]);
        // Where all are in trouble, that tells nothing about one of them.
        for one in &candidates {
            (0..5).for_each(|_| one.line.outlier().note(false));
        }
        assert_eq!(chosen(&candidates), [0, 1000, 0]);
    }

    #[test]
    fn calls_in_flight_are_shared_by_weight() {
        let mut calls = vec![0_usize; 2];
        let candidates = [candidate(0, 1), candidate(0, 3)];
        // Idle lines are as loaded as they are heavy to load.
        for _ in 0..1000 {
            let line = choose(&candidates, &Random::new(calls.iter().sum::<usize>() as u64)).unwrap();
            calls[usize::from(Arc::ptr_eq(&candidates[1].line, line))] += 1;
        }
        assert!(calls[1] > calls[0] * 2, "{calls:?}");
    }
}
