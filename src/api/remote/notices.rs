//! Says in the log, once, when a store is reached and when it is lost, however many threads meet it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

/// What was said last of each address: whether it was reached.
#[derive(Debug, Default)]
pub(super) struct Notices(Mutex<HashMap<SocketAddr, bool>>);

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

    fn is_news(&self, address: SocketAddr, reached: bool) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.insert(address, reached) != Some(reached)
    }

    /// An address is none of a store any more.
    pub(super) fn forget(&self, address: SocketAddr) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&address);
    }
}
