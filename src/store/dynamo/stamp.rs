//! Stamps of versions: the time, and never the same one twice in a process.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::{Timestamp, Version};

/// The stamps of a process.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    last: AtomicU64,
}

impl Stamps {
    /// A stamp that is greater than any before it here, and not less than the time.
    pub(super) fn next(&self, now: Timestamp) -> u64 {
        let after = |last: u64| Some(now.micros().max(last + 1));
        match self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, after) {
            Ok(last) | Err(last) => now.micros().max(last + 1),
        }
    }

    /// The same over a version, which may be ahead of this clock. What is ahead is not taken over: it would carry
    /// one badly set clock into every version that is written from then on.
    pub(super) fn over(&self, now: Timestamp, before: Option<Version>, leap: u64) -> u64 {
        let next = self.next(now);
        before.map_or(next, |version| next.max(version.stamp + leap))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::WriteId;

    #[test]
    fn stamps_grow_though_the_clock_stands_or_goes_back() {
        let stamps = Stamps::default();
        let at = Timestamp::from_micros;
        assert_eq!(
            [stamps.next(at(5)), stamps.next(at(5)), stamps.next(at(3)), stamps.next(at(9))],
            [5, 6, 7, 9]
        );
        let ahead = Version { stamp: 100, write: WriteId::from_bits(1) };
        assert_eq!(stamps.over(at(10), Some(ahead), 1), 101);
        assert_eq!(stamps.next(at(11)), 11, "one version ahead does not carry all others with it");
    }
}
