//! Says in the log, once, when a store is reached and when it is lost, however many threads meet it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::telemetry::log::{Throttle, without_numbers};

use super::connect::NoLine;

/// What was said last of each address: whether it was reached.
#[derive(Debug, Default)]
pub(super) struct Notices {
    reached: Mutex<HashMap<SocketAddr, bool>>,
    /// Why there was no line.
    reasons: Throttle<(SocketAddr, String)>,
    /// Whether the last look for stores found none, and that was said.
    lost: AtomicBool,
}

impl Notices {
    /// A line came up.
    pub(super) fn up(&self, address: SocketAddr) {
        if self.is_news(address, true) {
            tracing::info!(store = %address, "a store is reached");
        }
    }

    /// There is no line to a store. Another reason is news as well.
    pub(super) fn down(&self, address: SocketAddr, none: &NoLine) {
        let other_way = self.is_news(address, false);
        if self.reasons.news((address, without_numbers(&none.reason)), Instant::now()).is_none() && !other_way
        {
            return;
        }
        let reason = none.reason.as_str();
        if none.refused {
            tracing::warn!(store = %address, reason, "a store refuses our connection");
        } else {
            tracing::warn!(store = %address, reason, "no store answers; start one with `app --role=store`");
        }
    }

    /// Stores were looked for, and found.
    pub(super) fn found(&self, url: &str) {
        if self.lost.swap(false, Ordering::Relaxed) {
            tracing::info!(url, "stores are found again");
        }
    }

    /// Stores were looked for, and not found.
    pub(super) fn not_found(&self, url: &str, reason: &str, known: bool) {
        if !self.lost.swap(true, Ordering::Relaxed) {
            let so = if known { "the last ones that were are kept" } else { "there are none to speak to" };
            tracing::warn!(url, reason, "no stores are found; {so}");
        }
    }

    fn is_news(&self, address: SocketAddr, reached: bool) -> bool {
        let mut said = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        said.insert(address, reached) != Some(reached)
    }

    /// An address is none of a store any more.
    pub(super) fn forget(&self, address: SocketAddr) {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner).remove(&address);
    }
}
