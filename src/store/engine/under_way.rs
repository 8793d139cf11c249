//! Writes that are under way, so that whoever removes their collection can wait for them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch::{self, Receiver, Sender};

use crate::domain::CollectionName;

/// Collections beyond which those without writes are forgotten.
const MANY: usize = 1000;

/// The writes under way in this process, by collection.
#[derive(Default)]
pub(super) struct Writes(Mutex<HashMap<CollectionName, Sender<()>>>);

/// A write that is under way as long as this lives.
pub(super) struct UnderWay {
    _counted: Receiver<()>,
}

impl Writes {
    /// Begins a write, before it asks for the settings that it goes by.
    pub(super) fn begin(&self, name: &CollectionName) -> UnderWay {
        let mut writes = self.lock();
        if writes.len() >= MANY {
            writes.retain(|_, sender| sender.receiver_count() > 0);
        }
        let sender = writes.entry(name.clone()).or_insert_with(|| watch::channel(()).0);
        UnderWay { _counted: sender.subscribe() }
    }

    /// Waits until those have ended that are under way now.
    pub(super) async fn ended(&self, name: &CollectionName) {
        let sender = self.lock().remove(name);
        if let Some(sender) = sender {
            sender.closed().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<CollectionName, Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn only_writes_that_began_before_are_waited_for() {
        let (writes, notes) = (Writes::default(), CollectionName::parse("notes").unwrap());
        assert_eq!(writes.ended(&notes).now_or_never(), Some(()));
        let (first, second) = (writes.begin(&notes), writes.begin(&notes));
        let _elsewhere = writes.begin(&CollectionName::parse("other").unwrap());
        let mut ended = Box::pin(writes.ended(&notes));
        assert_eq!(ended.as_mut().now_or_never(), None);
        drop(first);
        let _later = writes.begin(&notes);
        assert_eq!(ended.as_mut().now_or_never(), None);
        drop(second);
        assert_eq!(ended.now_or_never(), Some(()));
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let writes = Writes::default();
        for n in 0..3 * MANY {
            drop(writes.begin(&CollectionName::parse(&format!("c{n}")).unwrap()));
        }
        assert!(writes.lock().len() <= MANY);
    }
}
