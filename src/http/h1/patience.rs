//! How long a caller may take over what nothing above this bounds: a head, and the rest of a body that nobody reads.
//!
//! The framework waits in time only for the first head of a connection, and passes over an unread body for as long as it
//! comes. Each byte counts there as a sign of life, so who sends one now and then would keep a connection, and the memory
//! of what it has sent, for ever.

use std::pin::Pin;
use std::task::Context;
use std::time::Duration;

use tokio::time::{Sleep, sleep};

/// How long may be waited for what.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) struct Patience {
    /// From the first byte of a head to its last.
    pub(in crate::http) head: Duration,
    /// From the answer to the end of the body that it did not wait for.
    pub(in crate::http) rest: Duration,
}

/// A wait for a caller: few requests need one, so there is no timer before there is a reason.
#[derive(Debug, Default)]
pub(super) struct Wait(Option<Pin<Box<Sleep>>>);

impl Wait {
    /// Begins, if it has not begun.
    pub(super) fn begin(&mut self, limit: Duration) {
        self.0.get_or_insert_with(|| Box::pin(sleep(limit)));
    }

    /// Ends: what was waited for is there.
    pub(super) fn end(&mut self) {
        if self.0.is_some() {
            self.0 = None;
        }
    }

    /// Whether it is too long; where it is not yet, whoever asks is woken when it is.
    pub(super) fn is_over(&mut self, cx: &mut Context<'_>) -> bool {
        self.0.as_mut().is_some_and(|timer| timer.as_mut().poll(cx).is_ready())
    }
}
