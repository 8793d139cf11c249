//! Which of several lines a call goes to: the less loaded of two that chance picks.

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
    pub(super) fn below(&self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// A time from nothing to `most`.
    pub(super) fn up_to(&self, most: Duration) -> Duration {
        most.mul_f64(self.next() as f64 / u64::MAX as f64)
    }
}

/// The line for a call. Looking at two is nearly as good as looking at all, and does not send everybody to the one
/// that was idle a moment ago.
pub(super) fn choose<'a>(lines: &[&'a Arc<Line>], random: &Random) -> Option<&'a Arc<Line>> {
    match lines {
        [] => None,
        [line] => Some(line),
        lines => {
            let first = random.below(lines.len());
            let second = (first + 1 + random.below(lines.len() - 1)) % lines.len();
            // One that takes no calls any more counts as the more loaded.
            let load = |line: &Line| line.load().unwrap_or(usize::MAX);
            let (first, second) = (lines[first], lines[second]);
            Some(if load(first) <= load(second) { first } else { second })
        }
    }
}
