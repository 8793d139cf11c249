//! Says in the log, once, when a store is reached and when it is lost, however many threads meet it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// What was said last of each address: whether it was reached.
#[derive(Debug, Default)]
pub(super) struct Notices {
    reached: Mutex<HashMap<SocketAddr, bool>>,
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

    /// A store can't be reached.
    pub(super) fn down(&self, address: SocketAddr, reason: &str) {
        if self.is_news(address, false) {
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
