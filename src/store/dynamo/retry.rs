//! Our own repetition of writes: when, how often, and what it ends with.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use crate::domain::{Error, Kind};
use crate::store::judge;
use crate::telemetry::differing;

use super::fault::{self, Fault};

/// Tries that may be repeated at once, before the share counts.
const RESERVE: i64 = 100;
/// Of so many first tries one may be repeated, for good.
const SHARE: i64 = 5;
const LEAST: Duration = Duration::from_millis(10);
const MOST: Duration = Duration::from_millis(320);
/// What a try has to have before its deadline: one that the deadline cuts ends with an outcome that nobody knows.
const ROOM: Duration = Duration::from_millis(50);

/// What keeps repetitions from becoming the load: they are a fifth of what is asked, and a reserve.
#[derive(Debug)]
pub(super) struct Budget {
    /// In parts of a repetition.
    left: AtomicI64,
}

impl Budget {
    pub(super) fn new() -> Budget {
        Budget { left: AtomicI64::new(RESERVE * SHARE) }
    }

    /// Something is tried for the first time.
    pub(super) fn first(&self) {
        if self.left.load(Ordering::Relaxed) < RESERVE * SHARE {
            self.left.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether something may be tried again.
    fn again(&self) -> bool {
        let less = |left: i64| (left >= SHARE).then(|| left - SHARE);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }
}

/// Random waits, so that many do not come at once.
pub(super) fn jittered(whole: Duration) -> Duration {
    let half = whole / 2;
    half + half.mul_f64((differing() % 1024) as f64 / 1024.0)
}

/// The tries of one write.
pub(super) struct Patience<'a> {
    budget: &'a Budget,
    deadline: Instant,
    wait: Duration,
    /// Whether an earlier try may have been done, and nobody knows.
    pub(super) unsure: bool,
}

impl<'a> Patience<'a> {
    /// Of a write that is tried for the first time.
    pub(super) fn new(budget: &'a Budget, deadline: Instant) -> Patience<'a> {
        budget.first();
        Patience { budget, deadline, wait: LEAST, unsure: false }
    }

    /// Waits until it may be tried again after a fault.
    ///
    /// # Errors
    /// What to answer where it may not.
    pub(super) async fn after(&mut self, fault: Fault) -> Result<(), Error> {
        let (error, budgeted) = match fault {
            Fault::Throttled(why, cause) => (fault::throttled(why).with_source(cause), true),
            Fault::Busy(cause) => (fault::busy().with_source(cause), false),
            Fault::InProgress(cause) => {
                self.unsure = true;
                (in_progress().with_source(cause), false)
            }
            Fault::Unknown(cause) => {
                self.unsure = true;
                (judge::outcome_unknown().with_source(cause), true)
            }
            Fault::Late => return Err(judge::outcome_unknown()),
            fault @ Fault::Unsent(_) => (fault.of_read(), true),
            fault => return Err(self.verdict(fault.of_read())),
        };
        if budgeted && !self.budget.again() {
            return Err(self.verdict(error));
        }
        self.pause(error).await
    }

    /// Waits a little, longer each time.
    ///
    /// # Errors
    /// That error, where no time would be left for another try.
    pub(super) async fn pause(&mut self, error: Error) -> Result<(), Error> {
        let wait = jittered(self.wait);
        self.wait = MOST.min(self.wait * 2);
        if Instant::now() + wait + ROOM >= self.deadline {
            return Err(self.verdict(error));
        }
        tokio::time::sleep(wait).await;
        Ok(())
    }

    /// Whether there is time for another try.
    ///
    /// # Errors
    /// `deadline-exceeded`, or `outcome-unknown` where an earlier try may have been done.
    pub(super) fn check(&self) -> Result<(), Error> {
        if Instant::now() < self.deadline { Ok(()) } else { Err(self.verdict(fault::late())) }
    }

    /// The answer, once it is given up.
    pub(super) fn verdict(&self, error: Error) -> Error {
        if self.unsure { judge::outcome_unknown().with_source(error) } else { error }
    }
}

/// The error of a request that another one with the same key is doing just now.
pub(super) fn in_progress() -> Error {
    let detail = "the same request is still being done; repeat it in a second";
    Error::new(Kind::RequestInProgress, detail).with_retry_after(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_are_a_share_of_what_is_asked() {
        let budget = Budget::new();
        let reserve = (0..10_000).filter(|_| budget.again()).count();
        assert_eq!(reserve, 100);
        let more = (0..1000).filter(|_| {
            budget.first();
            budget.again()
        });
        assert_eq!(more.count(), 200);
    }
}
