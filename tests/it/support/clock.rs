//! The clock of the tests: stands still until it is told to go on.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use larder::domain::{Clock, Timestamp};

/// Tells a time that only the test changes, so that no test ever sleeps to see something expire.
#[derive(Debug)]
pub struct TestClock(AtomicU64);

impl TestClock {
    /// A clock that shows 2026-11-23T02:09:21.000Z.
    pub fn new() -> Self {
        TestClock(AtomicU64::new(Timestamp::from_secs(1_795_399_761).micros()))
    }

    /// Moves the time forward.
    pub fn advance(&self, by: Duration) {
        let micros = u64::try_from(by.as_micros()).expect("a test moves the clock by less than an age");
        self.0.fetch_add(micros, Ordering::SeqCst);
    }

    /// Moves the time forward by milliseconds.
    pub fn advance_millis(&self, millis: u64) {
        self.advance(Duration::from_millis(millis));
    }

    /// Turns the time back, as a badly kept machine does.
    pub fn turn_back(&self, by: Duration) {
        let micros = u64::try_from(by.as_micros()).expect("a test moves the clock by less than an age");
        self.0.fetch_sub(micros, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}
