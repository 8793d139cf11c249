//! How long to wait before a store that failed is tried again.

use std::time::Duration;

use super::balance::Random;

const LEAST: Duration = Duration::from_millis(5);
const MOST: Duration = Duration::from_millis(320);
/// Where somebody is there who refuses us, which seldom changes by itself.
const MOST_REFUSED: Duration = Duration::from_secs(2);

/// Doubles from 5 to 320 ms; each wait is between half of that and all of it, so that many do not come at once.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
    most: Duration,
}

impl Backoff {
    pub(super) fn new() -> Backoff {
        Backoff { next: LEAST, most: MOST }
    }

    /// Waits may grow to 2 s, or no longer.
    pub(super) fn patient(&mut self, refused: bool) {
        self.most = if refused { MOST_REFUSED } else { MOST };
        self.next = self.next.min(self.most);
    }

    /// It went well.
    pub(super) fn reset(&mut self) {
        self.next = LEAST;
    }

    /// How long to wait now.
    pub(super) fn next(&mut self, random: &Random) -> Duration {
        let whole = self.next;
        self.next = self.most.min(whole * 2);
        whole / 2 + random.up_to(whole / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound_and_begin_anew() {
        let (mut backoff, random) = (Backoff::new(), Random::new(7));
        let waits: Vec<Duration> = (0..10).map(|_| backoff.next(&random)).collect();
        assert!(waits[0] <= LEAST && waits[0] >= LEAST / 2);
        assert!(waits[7..].iter().all(|wait| *wait <= MOST && *wait >= MOST / 2), "{waits:?}");
        backoff.patient(true);
        let waits: Vec<Duration> = (0..10).map(|_| backoff.next(&random)).collect();
        assert!(
            waits[5..].iter().all(|wait| *wait <= MOST_REFUSED && *wait >= MOST_REFUSED / 2),
            "{waits:?}"
        );
        backoff.patient(false);
        assert!(backoff.next(&random) <= MOST);
        backoff.reset();
        assert!(backoff.next(&random) <= LEAST);
    }
}
